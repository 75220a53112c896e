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
_UNCLEAR: Final = "the command line does not tell how it was given"
_ELSEWHERE: Final = (
    "it was not on the command line: the parser's class may read it elsewhere, or the program "
    "set it"
)
_WORDS_MASKED: Final = "what was given for it had a secret in it, and is not recorded"
_BESIDE_MASKED: Final = (
    "it is told apart by its place, beside the secret {}, of which the place is not recorded"
)
_MASKED: Final = "it is a secret, of which the record does not say how to give it"
_TWO_PARSERS: Final = "two parsers of the record read different command lines: rebuild one of them"


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
    _refuse_beside_secrets(once, declared, part.origins, done.lost)
    _refuse_two_parsers(once, declared, done.lost)
    _refuse_exclusive(once, part.wanted, done.lost)
    line = Line(list(declared.values()))
    done.argv = line.fitting(once, part.wanted, done.lost)
    for key in done.lost:
        if part.origins[key].note is not None:
            done.lost[key] = _MASKED  # the reason may show it
    return done


def _declared(key: str, origin: Origin) -> Declared:
    *prefix, name = split(key)
    form = origin.form
    at = (tuple(prefix), tuple((form or {}).get("in", ())), str(name))
    if form is None and _is_option(origin.name):  # which says all
        return Declared(at, ({"options": [origin.name]},), form, origin.name)
    return Declared(at, (form or {}).get("ways", ()), form, origin.name)


# How a value is given


def _given(known: Declared, one: Wanted) -> Iterator[Once]:
    """The arguments that give a value; none where the command line had none for it either."""
    if one.changed:
        return _anew(known, one)
    return _again(known, one)


def _again(known: Declared, one: Wanted) -> Iterator[Once]:
    """What gave a value then."""
    form = known.form or {}
    if known.name is None and not form:
        raise _LostError(_NO_PARSER)
    if form.get("unclear"):
        raise _LostError(_UNCLEAR)
    if form.get("elsewhere"):
        raise _LostError(_ELSEWHERE)
    if _is_masked(known, one):
        raise _LostError(_WORDS_MASKED)
    for at, option, *words in form.get("given", ()):
        yield Once(at, option, tuple(words), known.dest, _way_of(known, option))


def _anew(known: Declared, one: Wanted) -> Iterator[Once]:
    """What gives another value."""
    # A password that is supplied is taken for one word, as nearly all are.
    if one.origin.note is None and _is_masked(known, one):
        raise _LostError(_WORDS_MASKED)
    if not known.ways:
        raise _LostError("the parser has no argument for it" if known.form else _NO_PARSER)
    places = [at for at, *_ in (known.form or {}).get("given", ())]
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


def _is_masked(known: Declared, one: Wanted) -> bool:
    """Whether words were given that had a secret in them: then there is no form at all.

    Of a default there is none either where its name says all.
    """
    return known.form is None and known.name is not None and one.origin.kind != "default"


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
    _check_start(_option(way), one)
    start = one.default or 0
    if type(one.value) is not int or type(start) is not int or one.value < start:
        raise _LostError(f"{_option(way)} counts upwards, from {start}")
    if one.value == start and one.default is None:
        raise _LostError(f"{_option(way)} gives 1 or more; without it, the value is None")
    return [(_option(way), ())] * (one.value - start)


def _commanded(_way: Mapping[str, Any], _one: Wanted) -> _Made:
    raise _LostError(_OTHER_COMMAND)


def _by_program(way: Mapping[str, Any], _one: Wanted) -> _Made:
    raise _LostError(f"what {_option(way) or 'the argument'} does is the program's own code")


def _added(way: Mapping[str, Any], one: Wanted) -> _Made:
    """How an argument that adds to a list gives a list."""
    option, value = _option(way), one.value
    _check_start(option, one)
    start = one.default or []
    if not isinstance(value, list) or not isinstance(start, list):
        raise _LostError(f"{option or 'the argument'} adds to a list, and {value!r} is none")
    if not _same(value[: len(start)], start):
        raise _LostError(f"{option or 'the argument'} adds to its default, {start!r}")
    more = value[len(start) :]
    if not more and one.default is None and (way["do"] != "extend" or way.get("nargs") != "*"):
        raise _LostError(f"{option or 'the argument'} gives no empty list")
    if way["do"] == "extend":
        return [(option, _texts(way, more, None))] if more or one.default is None else []
    if way["do"] == "append":
        return [(option, _texts(way, item, None)) for item in more]
    if all("const" in way and _same(item, way["const"]) for item in more):
        return [(option, ())] * len(more)
    raise _LostError(f"{option} adds {way.get('const', 'another value')!r} alone")


def _check_start(option: str | None, one: Wanted) -> None:
    """Refuses to add to a default that the record does not have."""
    if one.origin.kind == "unknown":
        told = "adds to its default, which is not known: the program changed the value"
        raise _LostError(f"{option or 'the argument'} {told}")


def _texts(way: Mapping[str, Any], value: Any, typed: str | None) -> tuple[str, ...]:
    """The words of a value, as many as the argument takes."""
    nargs = way.get("nargs")
    what = _option(way) or "the argument"
    if nargs in (None, "?"):
        if isinstance(value, (list, dict)) and typed is None:
            raise _LostError(f"{what} takes one word, and {value!r} is more")
        return (_text(way, value, typed),)
    if not isinstance(value, list):
        raise _LostError(f"{what} takes a list, and {value!r} is none")
    if isinstance(nargs, int) and len(value) != nargs:
        raise _LostError(f"{what} takes {nargs} words, not {len(value)}")
    if nargs == "+" and not value:
        raise _LostError(f"{what} takes one word or more")
    return tuple(_text(way, item, None) for item in value)


def _text(way: Mapping[str, Any], value: Any, typed: str | None) -> str:
    what = _option(way) or "the argument"
    if value is None:
        raise _LostError(f"no word gives None to {what}")
    if way.get("type") == "bool":
        if type(value) is not bool:
            raise _LostError(f"{what} gives True or False, not {value!r}")
        return "True" if value else ""
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


def _is_option(name: str | None) -> bool:
    """Whether a name is an option's, where words begin with no other sign than a dash."""
    return name is not None and name.startswith("-")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


# What can't stand beside each other


def _refuse_beside_secrets(
    once: dict[str, list[Once]],
    declared: Mapping[str, Declared],
    origins: Mapping[str, Origin],
    lost: dict[str, str],
) -> None:
    """Takes out words that would be read as others, where one that is a secret is missing."""
    for secret, origin in origins.items():
        was_given = origin.note is not None and origin.kind != "default"
        if not was_given or origin.form is not None or _is_option(origin.name):
            continue
        for key, all_ in list(once.items()):
            beside = declared[key].dest[0] == declared[secret].dest[0]
            if beside and any(one.option is None for one in all_):
                lost[key] = _BESIDE_MASKED.format(secret)
                del once[key]


def _refuse_two_parsers(
    once: dict[str, list[Once]], declared: Mapping[str, Declared], lost: dict[str, str]
) -> None:
    """Takes out all, where the record has two parsers whose command lines are not the same."""
    positionals = [
        (*known.dest[:2], way["at"])
        for known in declared.values()
        for way in known.ways
        if "at" in way
    ]
    places: dict[int, set[tuple[str | None, tuple[str, ...]]]] = {}
    for key, known in declared.items():
        if key not in once or "files" in (known.form or {}):
            continue  # of a file all words have one place
        for at, option, *words in (known.form or {}).get("given", ()):
            places.setdefault(at, set()).add((option, tuple(words)))
    differ = any(len(found) > 1 and not _is_cluster(found) for found in places.values())
    if differ or len(set(positionals)) < len(positionals):
        lost.update(dict.fromkeys(once, _TWO_PARSERS))
        once.clear()


def _is_cluster(found: set[tuple[str | None, tuple[str, ...]]]) -> bool:
    """Whether one word can give several options, as ``-vx3`` does."""
    are_short = all(option is not None and len(option) == 2 for option, _ in found)
    return are_short and sum(bool(words) for _, words in found) <= 1


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
