"""What argparse makes of a command line: the value of each destination, as far as it can be known.

The types and actions of the program are not run, so that a value they made is not known. The
actions of argparse itself, and types that only read a text, are. Imported once argparse is in use.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from ._argparse_presence import Given, Reading

# What a parser holds, and argparse's own actions, have no public names.
# ruff: noqa: SLF001

ANYTHING: Final[Any] = object()
"""Stands for a value that can't be known without running the program's code."""

NOTHING: Final[Any] = object()
"""Stands for a value that is not there, or that argparse can't have made."""

_READERS: Final = (int, float, complex, bool, Path, PurePath, Fraction)
"""Types that a text can be given to, for they do nothing but read it."""

_COMPARED: Final = (int, float, complex, bool, str, bytes, type(None), Fraction)
"""Types whose objects are compared by ``==``, as are Paths and what containers hold; any other
object is the same only where it is that very object."""


class _OfClass(NamedTuple):
    """Stands for a value of which only the class is known: the option's type."""

    kind: type


class Slot(NamedTuple):
    """What argparse makes of one destination."""

    parser: argparse.ArgumentParser
    """The program's own, or that of its subcommand: the one that the value is from."""
    action: argparse.Action | None
    """The one that gave the value; None where ``set_defaults`` did."""
    value: Any
    """ANYTHING where it can't be known, NOTHING where there is none."""
    default: Any
    """What it would be, had nobody chosen it, by a type of the program as text; or NOTHING."""
    given: Given | None = None
    """What gave it last; None where nothing did."""


def outcome(reading: Reading) -> dict[str, Slot]:
    """What argparse makes of a reading, by destination. A subcommand's values win, as there."""
    parser = reading.parser
    slots = _defaults(parser)
    for given in reading.given:
        action = given.action
        before = slots.get(action.dest) or Slot(parser, action, NOTHING, NOTHING)
        value = _unfilled(action) if given.empty else _applied(given, before.value)
        if action.dest != argparse.SUPPRESS and value is not argparse.SUPPRESS:
            source = None if given.empty else given
            slots[action.dest] = Slot(parser, action, value, before.default, source)
        if given.inner is not None:
            slots.update(outcome(given.inner))
    run = {id(given.action) for given in reading.given}
    for action in parser._actions:
        slot = slots.get(action.dest)
        if slot is not None and id(action) not in run and slot.value is action.default:
            slots[action.dest] = slot._replace(value=_read_default(action))
    return slots


def same(expected: Any, value: Any) -> bool:
    """Whether a value is what was expected; of the same type, and NaN is itself."""
    if expected is ANYTHING or expected is value:
        return True
    kind = type(expected)
    if kind is _OfClass:
        return any(base is expected.kind for base in type(value).__mro__)
    if kind is not type(value):
        return False
    if kind in {list, tuple}:
        return len(expected) == len(value) and all(map(same, expected, value))
    if kind is dict:
        return expected.keys() == value.keys() and all(same(expected[k], value[k]) for k in value)
    return _equal(expected, value)


def _equal(expected: Any, value: Any) -> bool:
    kind = type(expected)
    if kind is float and math.isnan(expected):
        return math.isnan(value)
    return (kind in _COMPARED or issubclass(kind, PurePath)) and bool(expected == value)


def is_known(action: argparse.Action) -> bool:
    """Whether an action is one of argparse's own, so that it is known what it does."""
    return type(action) in _RULES


# What stands there before the first word is read, and where there is none


def _defaults(parser: argparse.ArgumentParser) -> dict[str, Slot]:
    """The defaults as argparse sets them: the first action of a destination wins."""
    slots: dict[str, Slot] = {}
    for action in parser._actions:
        hidden = action.dest == argparse.SUPPRESS or action.default is argparse.SUPPRESS
        if not hidden and action.dest not in slots:
            slots[action.dest] = Slot(parser, action, action.default, _instead(action))
    for dest, value in parser._defaults.items():
        slots.setdefault(dest, Slot(parser, None, value, value))
    return slots


def _instead(action: argparse.Action) -> Any:
    """What the value would be, had nobody chosen it; the text of it where a type is unknown."""
    if not action.option_strings and action.nargs in {argparse.ZERO_OR_MORE, argparse.REMAINDER}:
        return _unfilled(action)
    if action.required:
        return NOTHING
    read = _read_default(action)
    return action.default if read is ANYTHING or type(read) is _OfClass else read


def _read_default(action: argparse.Action) -> Any:
    default = action.default
    return _read(action, default) if isinstance(default, str) else default


def _unfilled(action: argparse.Action) -> Any:
    """What argparse gives to a positional for which there was no word."""
    default = action.default
    if type(action) is argparse._StoreAction:
        if action.nargs == argparse.REMAINDER or (
            action.nargs == argparse.ZERO_OR_MORE and default is None
        ):
            return []
        if action.nargs == argparse.OPTIONAL and default is not argparse.SUPPRESS:
            return _read_default(action)
    return default


# What argparse's own actions do


def _applied(given: Given, before: Any) -> Any:
    rule = _RULES.get(type(given.action))
    return ANYTHING if rule is None else rule(given, before)


def _stored(given: Given, _before: Any = None) -> Any:
    action, values = given.action, given.values
    if values is None:  # by nargs='?', which reads its const only where that is a text
        return _read(action, action.const) if isinstance(action.const, str) else action.const
    if isinstance(values, str):
        return _read(action, values)
    return [_read(action, text) for text in values]


def _read(action: argparse.Action, text: str) -> Any:
    """What an action's type makes of a text."""
    kind = action.type
    if kind is None or kind is str:
        return text
    if any(kind is reader for reader in _READERS):
        assert callable(kind)  # noqa: S101 - for the type checker: a name may stand for a type too
        try:
            return kind(text)
        except (ValueError, ArithmeticError):
            return NOTHING
    return _OfClass(kind) if isinstance(kind, type) else ANYTHING


def _const(given: Given, _before: Any) -> Any:
    return given.action.const


def _counted(_given: Given, before: Any) -> Any:
    before = 0 if before is None or before is NOTHING else before
    return before + 1 if isinstance(before, int) else ANYTHING


def _switched(given: Given, _before: Any) -> Any:
    return not str(given.option).startswith("--no-")


def _command(given: Given, _before: Any) -> Any:
    return given.values[0] if isinstance(given.values, list) else ANYTHING


def _adding(items: Callable[[Given, Any], Any]) -> Callable[[Given, Any], Any]:
    """The rule of an action that adds to a list what ``items`` tells."""

    def rule(given: Given, before: Any) -> Any:
        before = [] if before is None or before is NOTHING else before
        added = items(given, None)
        known = type(before) is list and type(added) is list
        return [*before, *added] if known else ANYTHING

    return rule


_RULES: Final[dict[type, Callable[[Given, Any], Any]]] = {
    argparse._StoreAction: _stored,
    argparse._StoreConstAction: _const,
    argparse._StoreTrueAction: _const,
    argparse._StoreFalseAction: _const,
    argparse._AppendAction: _adding(lambda given, _: [_stored(given)]),
    argparse._AppendConstAction: _adding(lambda given, _: [_const(given, None)]),
    argparse._ExtendAction: _adding(_stored),
    argparse._CountAction: _counted,
    argparse._SubParsersAction: _command,
    argparse.BooleanOptionalAction: _switched,
}
"""What each of argparse's own actions makes of what is given and of what stood there before."""
