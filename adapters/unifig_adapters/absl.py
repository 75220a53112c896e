"""absl: a ``FlagValues``, or the module ``absl.flags`` for its ``FLAGS``, by the flags' names.

The flags that absl and TensorFlow define for themselves (logging, help, pdb) are left out, unless
``using(FLAGS, all=True)`` asks for them. An alias stands beside the flag that it is for; a short
name does not.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from unifig import Context, Value, hookimpl

from ._absl_arguments import Given, may_have_made, own_classes, read_again

if TYPE_CHECKING:
    from absl.flags import Flag, FlagValues

    from unifig import Part, RebuildContext, Rebuilt

types = ("absl.flags:FlagValues",)
objects = ("absl.flags",)
options = ("all",)

_LIBRARIES = ("absl.", "tensorflow.")
_NO_HELP = "(no help available)"  # what absl writes where there is none
_ALIAS = "Alias for --"  # how the help of an alias begins; a flag's name and a full stop follow
_NOWHERE = (
    "absl.flags"  # what a flag of the program may define while it is parsed seems to be in it
)
_PERSON = 2  # the rank of who started the program


rebuild_options = ("flagfile",)


@hookimpl
def update(obj: FlagValues | ModuleType, context: Context) -> dict[str, Value]:
    """The value of each flag, with its origin, its default and its help; parses nothing.

    Warns where the flags are not parsed yet, for the defaults are all there is to record.
    """
    flags: FlagValues = obj.FLAGS if isinstance(obj, ModuleType) else obj
    if not flags.is_parsed():
        which = f"the flags at {context.key!r}" if context.path else "the flags"
        context.warn(
            f"{which} are not parsed yet, and their defaults are recorded: call app.run(main) or "
            "FLAGS(sys.argv) first"
        )
    left_out = set() if context.options.get("all") else _of_libraries(flags)
    registry = _Registry(flags)
    own, places = registry.classes.simple, registry.places
    lists = registry.classes.with_lists
    values = {}
    for name in flags:
        flag = flags[name]
        at = id(flag)
        if at in left_out or (name != flag.name and _has(flags, flag)):
            continue
        if flag.using_default_value and type(flag) in own and not flag.present:
            value = flag.value
            if value is flag.default and type(value) is not list and type(flag.parser) not in lists:
                # What nearly all flags are; the arguments in their order, for it is quicker.
                help_ = None if flag.help == _NO_HELP else flag.help
                values[name] = Value(value, "default", "--" + name, help_, places.get(at))
                continue
        value = _value(flag, name, registry, context)
        if value.form is not None and "alias" in value.form:
            # It refers to the flag: what is secret there is so here.
            value = value._replace(raw=f"${{{value.form['alias']}}}")
        values[name] = value
    return values


@hookimpl
def rebuild(part: Part, context: RebuildContext) -> Rebuilt:
    """The flags that were chosen, as arguments; with ``flagfile=True`` as the text of a file."""
    from ._absl_rebuild import rebuilt

    return rebuilt(part, context.options)


def _has(flags: FlagValues, flag: Flag[Any]) -> bool:
    """Whether a flag is there under its full name, which can be deleted without the short one."""
    return flag.name in flags and flags[flag.name] is flag


def _of_libraries(flags: FlagValues) -> set[int]:
    """The ids of the flags that absl's and TensorFlow's own modules define.

    ``absl.flags`` defines none: its name goes with what a flag of the program defines while it is
    parsed, as those of ml_collections do. The flags of a script have its path for a module, which
    may look like a library's name but is not loaded by it.
    """
    return {
        id(flag)
        for module, defined in flags.flags_by_module_dict().items()
        if module.startswith(_LIBRARIES)
        and not module.startswith(_NOWHERE)
        and module in sys.modules
        for flag in defined
    }


class _Registry:
    """What is to be known of flags as a whole, to tell of each one; found out where it is asked."""

    def __init__(self, flags: FlagValues) -> None:
        self.flags = flags
        self.classes = own_classes()
        self.places = _places(flags)

    @cached_property
    def given(self) -> Given:
        """What ``sys.argv`` gives to the flags, by their ids."""
        return read_again(sys.argv[1:], self.flags, lambda flag: _original(flag, self.flags))

    @cached_property
    def aliased(self) -> set[int]:
        """The ids of the flags that were given by an alias."""
        all_flags = [self.flags[name] for name in self.flags]
        return {
            id(original)
            for flag in all_flags
            if flag.present and (original := _original(flag, self.flags)) is not flag
        }


def _places(flags: FlagValues) -> dict[int, str]:
    """The files of the modules that define the flags, by the ids of these.

    A script's module goes by another name there, so that the module itself is what counts.
    """
    defined = flags.flags_by_module_id_dict()
    places = {}
    for name in (*flags.flags_by_module_dict(), "__main__"):
        module = sys.modules.get(name)
        file = module.__dict__.get("__file__") if isinstance(module, ModuleType) else None
        if type(file) is str and not name.startswith(_NOWHERE):
            place = os.path.abspath(file)  # noqa: PTH100 - a place is text
            places.update(dict.fromkeys(map(id, defined.get(id(module), ())), place))
    return places


def _value(flag: Flag[Any], name: str, registry: _Registry, context: Context) -> Value:
    try:
        value = flag.value
    except Exception as error:  # noqa: BLE001 - a stranger's Flag may raise anything; the others go on
        context.warn(
            f"flag --{name} can't be read, and is recorded as missing: "
            f"{type(error).__name__}: {error}"
        )
        return Value(None, type="missing", name=f"--{name}")
    help_ = None if flag.help == _NO_HELP else flag.help
    form = _form(flag, registry)
    own = type(flag) in registry.classes.flags
    if not own:
        flag = _original(flag, registry.flags)
        own = type(flag) in registry.classes.flags
    declared = registry.places.get(id(flag))
    name = "--" + name
    # The arguments of Values stand in their order: this runs once for each flag.
    if not flag.present and flag.using_default_value and value is flag.default:
        if type(value) is list and not _is_as_declared(flag, registry):
            return Value(value, "code", name, help_, form=form)  # by FLAGS.layers.append(64)
        return Value(value, "default", name, help_, declared, form=form)
    kind, place, rank = _chosen(flag, value, registry)
    if not own:
        return Value(value, kind, name, help_, place, rank=rank, form=form)
    return Value(value, kind, name, help_, place, None, None, rank, flag.default, form=form)


def _form(flag: Flag[Any], registry: _Registry) -> dict[str, Any] | None:
    """How a flag's values are written, where its name and they do not say it."""
    original = _original(flag, registry.flags)
    form = {} if original is flag else {"alias": original.name}
    return {**form, **_form_of(original, registry)} or None


def _form_of(flag: Flag[Any], registry: _Registry) -> dict[str, Any]:
    """The form of a flag that is no alias; see ``_absl_rebuild``."""
    classes = registry.classes
    own = type(flag) in classes.flags and type(flag.parser) in classes.parsers
    is_multi = type(flag) in classes.lists
    if own and not is_multi:
        kind = classes.with_lists.get(type(flag.parser))
        if kind == "space" and flag.parser.parse("a,b") != ["a,b"]:
            kind = "either"
        return {} if kind is None else {"do": kind}
    form: dict[str, Any] = {"do": "multi" if is_multi else "own"}
    given = registry.given.get(id(flag), ()) if flag.present else ()
    if not given or flag.present % len(given):
        return form  # another list than sys.argv was parsed: what is there says nothing
    if not own:
        form["given"] = [argument.text for argument in given]
    if is_multi and flag.present > len(given):
        form["times"] = flag.present // len(given)
    return form


def _is_as_declared(flag: Flag[Any], registry: _Registry) -> bool:
    """Whether a list that is a default still holds what it held when it was declared.

    absl keeps the text that it had then; where the program writes it, nobody can tell.
    """
    if (
        type(flag) not in registry.classes.flags
        or type(flag.parser) not in registry.classes.parsers
    ):
        return True
    if flag.serializer is None or not type(flag.serializer).__module__.startswith(_NOWHERE):
        return True
    try:
        return repr(flag.serializer.serialize(flag.value)) == flag.default_as_str
    except (AttributeError, TypeError):
        return False  # it holds what absl would not have put there


def _chosen(
    flag: Flag[Any], value: object, registry: _Registry
) -> tuple[Literal["cli", "file", "code", "unknown"], str | None, int | None]:
    """Who chose the value of a flag, as far as absl knows: the kind, place and rank of its origin.

    The place is that in a flagfile.
    """
    if not flag.present:
        # By FLAGS.lr = 0.1, or by FLAGS["lr"].value = 0.1.
        by_code = not flag.using_default_value or (value is not None and _stores(flag))
        return ("code" if by_code else "unknown"), None, None
    given = registry.given.get(id(flag))
    if given is None or flag.present % len(given):
        # Another list than sys.argv was parsed, or a flagfile can't be read again. One flag alone
        # may have been parsed, too, by FLAGS["lr"].parse("0.1"), which says less of it.
        alone = flag.using_default_value and id(flag) not in registry.aliased
        return ("unknown" if alone else "cli"), None, None
    if not may_have_made(given, flag, value):
        return "unknown", None, None
    place = given[-1].place
    return ("cli", None, None) if place is None else ("file", place, _PERSON)


def _original(flag: Flag[Any], flags: FlagValues) -> Flag[Any]:
    """The flag that an alias is for: its help is all that tells. Any other flag is its own."""
    passed = set()
    while (
        flag.help
        and flag.help.startswith(_ALIAS)
        and (name := flag.help[len(_ALIAS) : -1]) in flags
        and name not in passed
        and not _stores(flag)
    ):
        passed.add(name)
        flag = flags[name]
    return flag


def _stores(flag: Flag[Any]) -> bool:
    """Whether a flag keeps its value itself, as all but aliases and some of absl's own do."""
    from absl.flags import Flag

    return type(flag).value is Flag.value
