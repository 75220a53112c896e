"""The hooks that the core defines and adapters answer. This file is their table of contents.

==============  =====================================================================
``update``      turns an object into config values
``job``         names the job that is running, where a framework runs several in one process
``started_in``  the folder that the program was started in, where a framework left it
``rebuild``     turns config values back into what the framework reads
==============  =====================================================================

An adapter is a module, or any object, with an implementation of ``update`` and data that says
what it converts. At least one of the first three is needed::

    types      = ("absl.flags:FlagValues",)     classes, by name; instances of subclasses too
    objects    = ("absl.flags",)                particular objects, by name
    structures = ("__dataclass_fields__",)      attributes of a class, or abstract classes by
                                                name; asked after all types
    options    = ("all",)                       what ``using(obj, all=True)`` may say
    rebuild_options = ("flagfile",)             what ``rebuild(record, flagfile=True)`` may say
    rebuild_as = "dataclasses"                  whose ``rebuild`` is asked for its values, for
                                                objects of both stand in each other
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

from .flat import Path, join
from .origin import Value

if TYPE_CHECKING:
    from .rebuilt import Part, RebuildContext, Rebuilt  # few programs turn a record back

hookspec = pluggy.HookspecMarker("unifig")
hookimpl = pluggy.HookimplMarker("unifig")
"""Marks a function as an adapter's implementation of a hook."""

Answer = Mapping[Any, Any] | Value


class Context:
    """What an adapter is told about the object that it is asked for.

    ``path``     where the object stands in the configuration; empty at the top
    ``options``  what ``using(obj, …)`` said, by name
    """

    __slots__ = ("_delegate", "_warn", "options", "path")

    def __init__(
        self,
        path: Path,
        options: Mapping[str, Any],
        delegate: Callable[[object], Answer | None],
        warn: Callable[[str], None],
    ) -> None:
        self.path = path
        self.options = options
        self._delegate = delegate
        self._warn = warn

    @property
    def key(self) -> str:
        """The flat key of the object; empty at the top."""
        return join(self.path) if self.path else ""

    def delegate(self, obj: object) -> Answer | None:
        """The answer of another adapter, for an object that this one is built on.

        For the very object that was asked for, the adapters that come after this one are asked;
        for another object, all that convert it. None where nobody does.
        """
        return self._delegate(obj)

    def warn(self, message: str) -> None:
        """Warns the user, at their own line, of what is recorded otherwise than they may expect.

        It is a UnifigWarning, given once the whole object is converted; Python shows each message
        once per line.
        """
        self._warn(message)


@hookspec(firstresult=True)
def update(obj: object, context: Context) -> Answer | None:
    """Turns ``obj`` into config values.

    The answer is a mapping, nested with literal keys, or flat as ``Flat({...})``. Its values may
    be anything: plain data, other frameworks' objects (their adapters are asked in turn), or any
    of these wrapped as ``Value(value, kind=…, name=…)`` to say more. An object inside another one
    may also be answered with a ``Value``, for one value or a list. None means "not mine".

    Conversion is pure: it changes neither the object nor the framework, and gives the same answer
    again.
    """


@hookspec(firstresult=True)
def job() -> str | None:
    """Names the job that is running now, where a framework runs several in one process.

    The answer is any text that no other job of the process has. The config of the process starts
    afresh with each job: what one of them chose is no choice of the next one. None means that no
    job is running.
    """


@hookspec(firstresult=True)
def started_in() -> str | None:
    """The folder that the program was started in, where a framework changed the working directory.

    Runs are recorded there. None means that it did not.
    """


@hookspec(firstresult=True)
def rebuild(part: Part, context: RebuildContext) -> Rebuilt | None:
    """Turns values that this adapter recorded back into what its framework reads.

    ``part.wanted`` has what is to be given, ``part.origins`` what the adapter said of all its keys
    when it recorded them, with the ``form`` that it gave to each ``Value``. The answer has argv,
    never a shell's line, or what else the framework reads, and names in ``lost`` each wanted key
    that it can't carry, with the reason. None where nothing of it can be told.

    The framework need not be imported, and the program's own code does not run.
    """
