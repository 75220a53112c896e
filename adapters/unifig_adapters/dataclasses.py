"""Dataclasses: an instance, by field, whatever its class adds (slots, frozen, inheritance).

A field that was never set (``init=False`` without a default, or deleted) is recorded as missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from unifig import Value, hookimpl

from ._defaults import ABSENT, Default

if TYPE_CHECKING:
    from dataclasses import Field

    from unifig import Part, RebuildContext, Rebuilt

structures = ("__dataclass_fields__",)
rebuild_options = ("cls", "at")

_FACTORIES = (list, dict, set, frozenset, tuple, str, int, float, bool)
"""The factories whose result is known: one of the program's may do anything, and is not called."""


_NO_ARGUMENT = {"init": False}
"""The form of a field that the class sets by itself."""


@hookimpl
def update(obj: Any) -> dict[str, Any]:
    """The value of each field, with its help, and told from its default where there is one.

    ``dataclasses.fields`` leaves pseudo-fields (InitVar) out.
    """
    values: dict[str, Any] = {}
    for name, default in _known.get(type(obj)) or _fields(obj):
        value = getattr(obj, name, ABSENT)
        if default is not None:
            value = default.told(value)
        elif value is ABSENT:
            value = Value(None, type="missing")
        values[name] = value
    return values


@hookimpl
def rebuild(part: Part, context: RebuildContext) -> Rebuilt:
    """Keyword arguments for what was chosen; with ``cls=TrainConfig`` an instance as well.

    ``at="train"`` is the flat key of the object, where it does not stand at the top.
    """
    from ._keywords import rebuilt

    return rebuilt(part, context.options.get("cls"), at=context.options.get("at"))


_Fields = list[tuple[str, Default | None]]
_known: WeakKeyDictionary[type, _Fields] = WeakKeyDictionary()
"""The fields of the classes seen so far, in order; None for one that they say nothing more of."""


def _fields(obj: Any) -> _Fields:
    import dataclasses

    fields = [(field.name, _declared(field)) for field in dataclasses.fields(obj)]
    return _known.setdefault(type(obj), fields)


def _declared(field: Field[Any]) -> Default | None:
    """What a class says of a field: its default, and its help as transformers has it."""
    import dataclasses

    value: Any = field.default
    make: Any = field.default_factory
    if value is dataclasses.MISSING:
        value = make() if any(make is factory for factory in _FACTORIES) else ABSENT
    help_ = field.metadata.get("help")
    if not isinstance(help_, str) or not help_:
        help_ = None
    form = None if field.init else _NO_ARGUMENT
    return None if value is ABSENT and not (help_ or form) else Default(value, help_, form)
