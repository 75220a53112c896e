"""absl's command line, read again: which flags were given there, as what text, and in which file.

absl takes ``--flagfile`` apart before it parses and keeps no trace of it, so ``sys.argv`` is read
once more, in the two steps and by the rules of ``FlagValues.read_flags_from_files`` and of its
parser. No flag is parsed, and nothing is called that may write or change anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from absl.flags import Flag, FlagValues


class Argument(NamedTuple):
    """One argument, or the text that one gave to a flag (``true`` for ``--amp``)."""

    text: str
    place: str | None
    """``file:line`` of the flagfile that it stands in; None for the command line itself."""


Given = dict[int, list[Argument]]
"""What flags were given, in order, by the id of the flag."""


class Classes(NamedTuple):
    """absl's own classes, whose attributes mean what absl says."""

    flags: frozenset[type]
    simple: frozenset[type]
    """Those of them that have one value."""
    lists: frozenset[type]
    """The flags among them that may be given several times."""
    parsers: frozenset[type]
    """They may be called: nothing of the program's runs in them."""
    with_lists: dict[type, str]
    """The parsers among them that read a list out of one text, and what is between its elements."""


@cache
def own_classes() -> Classes:
    """The classes that absl itself defines."""
    from absl import flags as own

    lists = {own.MultiFlag, own.MultiEnumClassFlag}
    parsers: set[type] = {own.FloatParser, own.IntegerParser, own.BooleanParser}
    parsers |= {own.ArgumentParser, own.EnumParser, own.EnumClassParser}
    parsers |= {own.ListParser, own.WhitespaceSeparatedListParser}
    flags = {own.Flag, own.BooleanFlag, own.EnumFlag, own.EnumClassFlag, *lists}
    with_lists: dict[type, str]
    with_lists = {own.ListParser: "list", own.WhitespaceSeparatedListParser: "space"}
    simple = frozenset(flags) - frozenset(lists)
    return Classes(frozenset(flags), simple, frozenset(lists), frozenset(parsers), with_lists)


class _OtherwiseError(Exception):
    """What is here now can't be what absl has parsed."""


def read_again(
    argv: list[str], flags: FlagValues, original: Callable[[Flag[Any]], Flag[Any]]
) -> Given:
    """What ``argv``, without the program's name, gives to the flags that it names.

    ``original`` gives the flag that an alias is for. Empty where a flagfile can't be read again.
    """
    if not all(type(argument) is str for argument in argv):
        return {}
    gnu = flags.is_gnu_getopt()
    given: Given = {}
    try:
        for flag, argument in _flags(_expanded(argv, flags, gnu=gnu), flags, gnu=gnu):
            given.setdefault(id(original(flag)), []).append(argument)
    except (_OtherwiseError, OSError, ValueError):  # a ValueError: not text, or no path
        return {}
    return given


def may_have_made(given: list[Argument], flag: Flag[Any], value: object) -> bool:
    """Whether arguments may have made a flag's value, which the program may have changed since.

    Where absl's own parser can't tell, they may.
    """
    own = own_classes()
    if type(flag) not in own.flags or type(flag.parser) not in own.parsers:
        return True
    try:
        parsed = [flag.parser.parse(text) for text, _ in given]
    except (TypeError, ValueError, OverflowError):
        return False
    if type(flag) in own.lists:
        return _same(parsed * (flag.present // len(given)), value)
    return _same(parsed[-1], value)


def _same(one: object, other: object) -> bool:
    """Whether two values of absl's own parsers are the same: 1 is not 1.0, and NaN is NaN."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) in {bool, int, float, str} and type(one) is type(other):
        return repr(one) == repr(other)
    return one is other


def _expanded(argv: list[str], flags: FlagValues, *, gnu: bool) -> list[Argument]:
    """The arguments, with those of flagfiles in the place of each ``--flagfile``."""
    found: list[Argument] = []
    at = 0
    while at < len(argv):
        text = argv[at]
        at += 1
        if text in ("--flagfile", "-flagfile"):
            if at == len(argv):
                raise _OtherwiseError
            found += _lines(os.path.expanduser(argv[at]), ())  # noqa: PTH111 - the path as absl has it
            at += 1
        elif (name := _flagfile(text)) is not None:
            found += _lines(name, ())
        else:
            found.append(Argument(text, None))
            if text == "--" or (not text.startswith("-") and not gnu):
                break
            if text.startswith("-") and _takes_next(argv, at, flags):
                found.append(Argument(argv[at], None))
                at += 1
    return found + [Argument(text, None) for text in argv[at:]]


def _takes_next(argv: list[str], at: int, flags: FlagValues) -> bool:
    """Whether the argument before ``at`` is a flag whose value stands there."""
    before = argv[at - 1]
    name = before.lstrip("-")
    return (
        "=" not in before
        and at < len(argv)
        and not argv[at].startswith("-")
        and name in flags
        and not flags[name].boolean
    )


def _flagfile(text: str) -> str | None:
    """The file that ``--flagfile=…`` names; None for any other argument."""
    for start in ("--flagfile=", "-flagfile="):
        if text.startswith(start):
            return os.path.expanduser(text[len(start) :].strip())  # noqa: PTH111 - as absl has it
    return None


def _lines(name: str, outer: tuple[str, ...]) -> Iterator[Argument]:
    """The arguments in a flagfile, and in those that it names; ``outer`` are being read already."""
    if not name or name in outer:
        return  # as absl does, which told of the circle
    if not os.path.isfile(name):  # noqa: PTH113 - as below
        raise _OtherwiseError  # gone, or a pipe, which can be read but once
    whole = os.path.abspath(name)  # noqa: PTH100 - pathlib has no such thing without links resolved
    with open(name) as file:  # noqa: PTH123 - in the encoding that absl reads it in
        for number, line in enumerate(file, 1):
            if line.isspace() or line.startswith(("#", "//")):
                continue
            inner = _flagfile(line)
            if inner is not None:
                yield from _lines(inner, (*outer, name))
            else:
                yield Argument(line.strip(), f"{whole}:{number}")


def _flags(
    arguments: list[Argument], flags: FlagValues, *, gnu: bool
) -> Iterator[tuple[Flag[Any], Argument]]:
    """Each flag that the arguments name, and what they give it."""
    rest = iter(arguments)
    for text, place in rest:
        if text == "--":
            return
        name, equals, value = text.removeprefix("-").removeprefix("-").partition("=")
        if not text.startswith("-") or not name:
            if gnu:
                continue
            return
        flag = flags[name] if name in flags else None  # noqa: SIM401 - FlagValues has no get()
        if name == "undefok" or (flag is not None and not equals and not flag.boolean):
            value = value if equals else _next(rest)
        elif flag is not None:
            value = value if equals else "true"
        elif name.startswith("no") and name[2:] in flags and flags[name[2:]].boolean:
            flag, value = flags[name[2:]], "false"
        if flag is not None and name != "undefok":
            yield flag, Argument(value, place)


def _next(rest: Iterator[Argument]) -> str:
    for text, _ in rest:
        return text
    raise _OtherwiseError
