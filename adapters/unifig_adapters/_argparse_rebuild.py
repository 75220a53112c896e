"""A command line for argparse, made of a record and the forms in it; no parser of the program's.

What was given is given again, word for word; a changed value by an argument that can give it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from unifig import Origin, Part, Rebuilt, Wanted, split

from ._argparse_line import Declared, Line, Once

_NO_PARSER: Final = (
    "it was recorded without its parser: record it with unifig.using(args, parser=parser)"
)
_OTHER_COMMAND: Final = "another subcommand has other arguments"
_UNCLEAR: Final = "the command line can be read in more than one way"


class _LostError(Exception):
    """A value that can't be given; the message says why."""


def rebuilt(part: Part) -> Rebuilt:
    """The command line for what is wanted."""
    done = Rebuilt()
    declared = {key: _declared(key, origin) for key, origin in part.origins.items()}
    for key, known in declared.items():
        if key not in part.wanted and known.is_command and (known.form or {}).get("given"):
            done.lost[key] = _OTHER_COMMAND  # it was changed to none
    once: dict[str, list[Once]] = {}
    for key, one in part.wanted.items():
        try:
            once[key] = list(_given(declared[key], one))
        except _LostError as error:
            done.lost[key] = str(error)
    _refuse_exclusive(once, part.wanted, done.lost)
    line = Line(list(declared.values()))
    done.argv = line.fitting(once, part.wanted, done.lost)
    return done


def _declared(key: str, origin: Origin) -> Declared:
    *prefix, name = split(key)
    form = origin.form
    at = (tuple(prefix), tuple((form or {}).get("in", ())), str(name))
    if form is None and origin.name and not origin.name[0].isalnum():  # an option's name says all
        return Declared(at, ({"options": [origin.name]},), form, origin.name)
    return Declared(at, (form or {}).get("ways", ()), form, origin.name)


# How a value is given


def _given(known: Declared, one: Wanted) -> Iterator[Once]:
    """The arguments that give a value; none where the command line had none for it either."""
    form = known.form or {}
    if form.get("unclear"):
        raise _LostError(_UNCLEAR)
    if not one.changed:
        if known.name is None and not known.form:
            raise _LostError(_NO_PARSER)
        for at, option, *words in form.get("given", ()):
            yield Once(at, option, tuple(words), known.dest, _way_of(known, option))
        return
    if not known.ways:
        told = "the parser has no argument for it" if known.form else _NO_PARSER
        raise _LostError(told)
    places = [at for at, *_ in form.get("given", ())]
    reasons = []
    for way in known.ways:
        try:
            made = _by(way, one)
        except _LostError as error:
            reasons.append(str(error))
            continue
        at = max(places) if places else -1 if "options" in way else float("inf")
        for option, words in made:
            yield Once(at, option, words, known.dest, way)
        return
    raise _LostError("; ".join(dict.fromkeys(reasons)))


def _way_of(known: Declared, option: str | None) -> Mapping[str, Any]:
    """The argument that was given by an option, or by a word without one."""
    for way in known.ways:
        if (option is None and "at" in way) or option in way.get("options", ()):
            return way
    return {"options": [option]} if option else {"at": 0}


_Made = list[tuple[str | None, tuple[str, ...]]]
"""Options and words."""


def _by(way: Mapping[str, Any], one: Wanted) -> _Made:
    """How one argument gives a value."""
    return _MAKERS[way.get("do", "store")](way, one)


def _stored(way: Mapping[str, Any], one: Wanted) -> _Made:
    option = _option(way)
    if option and way.get("nargs") == "?" and "const" in way and _same(one.value, way["const"]):
        return [(option, ())]
    return [(option, _texts(way, one.value, one.typed))]


def _const(way: Mapping[str, Any], one: Wanted) -> _Made:
    if "const" in way and _same(one.value, way["const"]):
        return [(_option(way), ())]
    raise _LostError(f"{_option(way)} gives {way.get('const', 'another value')!r} alone")


def _switched(way: Mapping[str, Any], one: Wanted) -> _Made:
    names = [name for name in way["options"] if name.startswith("--no-") is not one.value]
    if type(one.value) is not bool or not names:
        raise _LostError(f"{_option(way)} gives True or False, not {one.value!r}")
    return [(max(names, key=len), ())]


def _counted(way: Mapping[str, Any], one: Wanted) -> _Made:
    start = one.default or 0
    if type(one.value) is not int or type(start) is not int or one.value < start:
        raise _LostError(f"{_option(way)} counts upwards, from {start}")
    return [(_option(way), ())] * (one.value - start)


def _commanded(_way: Mapping[str, Any], _one: Wanted) -> _Made:
    raise _LostError(_OTHER_COMMAND)


def _by_program(way: Mapping[str, Any], _one: Wanted) -> _Made:
    raise _LostError(f"what {_option(way) or 'the argument'} does is the program's own code")


def _added(way: Mapping[str, Any], one: Wanted) -> _Made:
    """How an argument that adds to a list gives a list."""
    option, value = _option(way), one.value
    start = one.default or []
    if not isinstance(value, list) or not isinstance(start, list):
        raise _LostError(f"{option or 'the argument'} adds to a list, and {value!r} is none")
    if not _same(value[: len(start)], start):
        raise _LostError(f"{option or 'the argument'} adds to its default, {start!r}")
    more = value[len(start) :]
    if way["do"] == "extend":
        return [(option, _texts(way, more, None))] if more else []
    if way["do"] == "append":
        return [(option, _texts(way, item, None)) for item in more]
    if all("const" in way and _same(item, way["const"]) for item in more):
        return [(option, ())] * len(more)
    raise _LostError(f"{option} adds {way.get('const', 'another value')!r} alone")


def _texts(way: Mapping[str, Any], value: Any, typed: str | None) -> tuple[str, ...]:
    """The words of a value, as many as the argument takes."""
    nargs = way.get("nargs")
    what = _option(way) or "the argument"
    if nargs in (None, "?"):
        if isinstance(value, (list, dict)) and typed is None:
            raise _LostError(f"{what} takes one word, and {value!r} is more")
        return (_text(value, typed, what),)
    if not isinstance(value, list):
        raise _LostError(f"{what} takes a list, and {value!r} is none")
    if isinstance(nargs, int) and len(value) != nargs:
        raise _LostError(f"{what} takes {nargs} words, not {len(value)}")
    if nargs == "+" and not value:
        raise _LostError(f"{what} takes one word or more")
    return tuple(_text(item, None, what) for item in value)


def _text(value: Any, typed: str | None, what: str) -> str:
    if value is None:
        raise _LostError(f"no word gives None to {what}")
    if typed is not None:
        return typed
    if isinstance(value, (list, dict)):
        raise _LostError(f"{what} takes words, and {value!r} is none")
    return str(value)


def _option(way: Mapping[str, Any]) -> str | None:
    """The name to give an argument by, the long one; None for a positional."""
    names = [name for name in way.get("options", ()) if not name.startswith("--no-")]
    long = [name for name in names if len(name) > 2 and name[0] == name[1]]
    return next(iter(long or names or way.get("options", ())), None)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _refuse_exclusive(
    once: dict[str, list[Once]], wanted: Mapping[str, Wanted], lost: dict[str, str]
) -> None:
    """Takes out what is changed and would stand beside an argument that excludes it."""
    groups: dict[Any, dict[str, Once]] = {}
    for key, all_ in once.items():
        for one in all_:
            if "group" in one.way:
                place = (*one.dest[:2], one.way["group"])
                groups.setdefault(place, {})[key] = one
    for keys in groups.values():
        changed = [key for key in keys if wanted[key].changed]
        for key in changed if len(keys) > 1 else ():
            other = next(one for one in keys if one != key)
            lost[key] = f"the parser does not take it together with {other}"
            once.pop(key, None)


_MAKERS: Final[dict[str, Callable[[Mapping[str, Any], Wanted], _Made]]] = {
    "store": _stored,
    "const": _const,
    "switch": _switched,
    "count": _counted,
    "append": _added,
    "append_const": _added,
    "extend": _added,
    "command": _commanded,
    "custom": _by_program,
}
"""How each kind of argument gives a value."""
