"""Filters of runs: from ``{"config.lr": {"$lt": 0.1}}`` to a condition.

A filter maps names to what is asked of them; all of it must be true.

=====================  =========================================================================
``config.<flat key>``  a value of the config
``summary.<metric>``   a value of the summary; also ``summary_metrics.``
``min.<metric>``       the lowest value that was logged; ``max.`` the highest
a run's field          ``id``, ``name``, ``state``, ``tags``, ``created_at`` and more, see FIELDS
=====================  =========================================================================

What is asked is a value, or a mapping of the operators ``$eq $ne $in $nin $lt $lte $gt $gte
$exists $regex $not``. Around filters stand ``$and``, ``$or`` and ``$not``.

Numbers compare by value and exactly, text by code point; nothing else has an order. True is no 1,
a text no number, NaN is NaN alone, and a list is the same list, types included. ``$ne``, ``$nin``
and ``$not`` are true wherever their opposites are not, so for runs that lack the key. For ``tags``
one tag that fits is enough; a list is compared with all of them. A time without an offset is local,
as Python's own are. Every database says the same: see :mod:`.clauses`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final, Literal, get_args

from unifig.errors import ConversionError, FilterError, FlatKeyError
from unifig.flat import SCALARS, split
from unifig.messages import excerpt, near, one_line
from unifig.names import type_name
from unifig.values import Elements, recorded, rule_for, sort_key

DEEPEST: Final = 50
MOST_CONDITIONS: Final = 250
MOST_VALUES: Final = 10_000
"""What a filter may have: SQLite takes expressions of up to 1,000 levels and 32,766 parameters."""

_LONGEST_PATTERN: Final = 1_000  # characters


# Conditions


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value by flat key, in a column of such: config, summary, lowest or highest."""

    column: str
    key: str


@dataclass(frozen=True, slots=True)
class Field:
    """A run's own column, and what is in it."""

    column: str
    kind: Literal["text", "integer", "time", "tags"]


Place = Recorded | Field
Order = Literal["$lt", "$lte", "$gt", "$gte"]


@dataclass(frozen=True, slots=True)
class In:
    """The value equals one of ``values``."""

    place: Place
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """The value is below or above a number or a text."""

    place: Place
    order: Order
    bound: int | float | str


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value."""

    place: Place


@dataclass(frozen=True, slots=True)
class Matches:
    """The value is a text in which a regular expression is found."""

    place: Place
    pattern: str


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions are true."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the conditions is true, or more."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition is not true."""

    condition: Condition


Test = In | Ordered | Exists | Matches
Condition = Test | Every | Some | Not

FIELDS: Final[Mapping[str, Field]] = {
    **{
        name: Field(name, "text")
        for name in ("id", "name", "entity", "project", "group", "job_type", "notes", "state")
    },
    "display_name": Field("name", "text"),
    "error": Field("error", "text"),
    "exit_code": Field("exit_code", "integer"),
    "step": Field("step", "integer"),
    "created_at": Field("created", "time"),
    "finished_at": Field("finished", "time"),
    "tags": Field("tags", "tags"),
}
"""The fields of a run, by their names in filters."""

_COLUMNS: Final = {
    "config": "config",
    "summary": "summary",
    "summary_metrics": "summary",
    "min": "lowest",
    "max": "highest",
}
"""The columns of values by flat key, by what stands before the dot."""

_AROUND: Final = ("$and", "$or", "$not")
_OPERATORS: Final = ("$eq", "$ne", "$in", "$nin", *get_args(Order), "$exists", "$regex", "$not")


# Reading


def parse(filters: Mapping[str, Any] | None) -> Condition:
    """The condition that a filter stands for; None and ``{}`` are true for every run.

    Raises FilterError, also for a filter of over 50 levels, 250 conditions or 10,000 values.

    >>> parse({"state": "finished", "config.lr": {"$lt": 0.1}}).conditions[1]
    Ordered(place=Recorded(column='config', key='lr'), order='$lt', bound=0.1)
    """
    return _Reader().filter({} if filters is None else filters, "", 0)


def place_of(name: str) -> Place:
    """Where a name's value is. Raises FilterError for a name that no run has."""
    if (field := FIELDS.get(name)) is not None:
        return field
    prefix, dot, key = name.partition(".")
    if not dot or prefix not in _COLUMNS:
        known = (*FIELDS, *_COLUMNS, *_AROUND)
        hint = near(prefix, known) if dot else near(name, known)
        raise FilterError(
            f"{name!r} is nothing that runs have: write 'config.<flat key>', 'summary.<metric>', "
            f"'min.<metric>', 'max.<metric>' or one of {', '.join(FIELDS)}{hint}"
        )
    try:
        split(key)
    except FlatKeyError as error:
        raise FilterError(f"{name!r} names no value: {error}") from None
    return Recorded(_COLUMNS[prefix], key)


class _Reader:
    """Reads one filter. ``at`` is the place in it, for messages."""

    def __init__(self) -> None:
        self.conditions = 0
        self.values = 0

    def filter(self, data: object, at: str, depth: int) -> Condition:
        """A filter, the whole or one inside another."""
        if not isinstance(data, Mapping):
            raise _error(data, at, "is no filter: write a mapping, {'config.lr': {'$lt': 0.1}}")
        self._count(max(1, len(data)), depth)
        return _every([self._entry(name, asked, at, depth) for name, asked in data.items()])

    def _entry(self, name: object, asked: object, at: str, depth: int) -> Condition:
        if not isinstance(name, str):
            raise _error(name, at, "is no name: write a text, 'config.lr'")
        inner = f"{at}.{name}" if at else name
        if name == "$not":
            return Not(self.filter(asked, inner, depth + 1))
        if name in _AROUND:
            if not isinstance(asked, (list, tuple)) or not asked:
                raise _error(
                    asked, inner, f"is no list of filters: write {{{name!r}: [{{…}}, {{…}}]}}"
                )
            parts = enumerate(asked)
            conditions = tuple(self.filter(part, f"{inner}[{i}]", depth + 1) for i, part in parts)
            return Every(conditions) if name == "$and" else Some(conditions)
        if name in _OPERATORS:
            raise _error(name, at, f"asks without a name: write {{'config.lr': {{{name!r}: …}}}}")
        return self._asked(place_of(name), asked, inner, depth)

    def _asked(self, place: Place, asked: object, at: str, depth: int) -> Condition:
        """What is asked of one place: a value, or operators."""
        if not isinstance(asked, Mapping) or not asked:
            return In(place, (self._value(place, asked, at),))
        self._count(len(asked) - 1, depth)
        return _every(
            [self._test(place, name, operand, at, depth) for name, operand in asked.items()]
        )

    def _test(self, place: Place, name: Any, operand: Any, outer: str, depth: int) -> Condition:
        """What one operator asks."""
        at = f"{outer}.{name}"
        test: Condition
        match name:
            case "$eq" | "$ne":
                test = In(place, (self._value(place, operand, at),))
            case "$in" | "$nin":
                test = In(place, self._values(place, operand, at))
            case "$lt" | "$lte" | "$gt" | "$gte":
                test = self._ordered(place, name, operand, at)
            case "$exists":
                if type(operand) is not bool:
                    raise _error(operand, at, "is no answer: write True or False")
                test = Exists(place)
            case "$regex":
                test = Matches(place, _pattern(place, operand, at))
            case "$not":
                test = self._asked(place, operand, at, depth + 1)
            case _:
                raise _error(name, outer, _no_operator(name))
        negative = name in {"$ne", "$nin", "$not"} or (name == "$exists" and not operand)
        return Not(test) if negative else test

    def _count(self, conditions: int, depth: int) -> None:
        self.conditions += conditions
        if depth >= DEEPEST or self.conditions > MOST_CONDITIONS:
            raise FilterError(
                f"a filter has more than {DEEPEST} levels or {MOST_CONDITIONS} conditions, or "
                "contains itself: ask for many values of one name with $in"
            )

    def _ordered(self, place: Place, order: Order, operand: object, at: str) -> Condition:
        bound = self._value(place, operand, at)
        if type(bound) not in {int, float, str}:
            raise _error(operand, at, "has no order: compare with a number or a text")
        is_nan = bound != bound  # noqa: PLR0124 - just what NaN alone is
        return Some(()) if is_nan else Ordered(place, order, bound)

    def _values(self, place: Place, operand: object, at: str) -> tuple[Any, ...]:
        if isinstance(operand, (str, bytes, Mapping)) or not isinstance(operand, Collection):
            raise _error(operand, at, "is no list of values: write [value, value]")
        return tuple(self._value(place, value, at) for value in operand)

    def _value(self, place: Place, value: object, at: str) -> Any:
        """A value in the form that is stored at a place."""
        plain = self._plain(value, at, 0)
        kind = type(plain)
        if isinstance(place, Recorded) or (plain is None and place.kind != "tags"):
            return plain
        match place.kind:
            case "text" if kind is str:
                return plain
            case "integer" if kind in {int, float}:
                return plain
            case "tags" if kind is str or (kind is list and all(type(tag) is str for tag in plain)):
                return plain
            case "time" if kind in {int, float, str}:
                try:
                    return _microseconds(plain)
                except (ValueError, OverflowError, OSError):
                    pass
        raise _error(value, at, _FITTING[place.kind])

    def _plain(self, value: object, at: str, depth: int) -> Any:
        """A value as it would be recorded."""
        self.values += 1
        if depth >= DEEPEST or self.values > MOST_VALUES:
            raise _error(
                value, at, f"is too much: write up to {MOST_VALUES:,} values in {DEEPEST} levels"
            )
        if type(value) in SCALARS:
            return value
        if isinstance(value, Mapping):
            if value:
                raise _error(value, at, f"is no value, for {_NO_VALUE}")
            return {}
        rule = rule_for(type(value))
        if rule is None:
            told = f"is of the type {type_name(type(value))}"
            raise _error(value, at, f"{told}: write a text, a number, a bool, None or a list")
        try:
            leaf = recorded(value, rule[1])
        except ConversionError as error:
            raise _error(value, at, f"is no value: {one_line(error)}") from None
        if not isinstance(leaf, Elements):
            return leaf.value
        items = [self._plain(item, at, depth + 1) for item in leaf.items]
        if {} in items:
            raise _error(value, at, f"is no value, for {_NO_VALUE}")
        return items if leaf.ordered else sorted(items, key=sort_key)


_NO_VALUE: Final = "a mapping is recorded by its leaves: ask for their flat keys, 'config.a[0].b'"
_FITTING: Final = {
    "text": "is no text",
    "integer": "is no number",
    "time": "is no time: write seconds since the epoch, a datetime or '2025-11-25T16:00:00+00:00'",
    "tags": "is neither a tag nor a list of tags: write a text or a list of texts",
}


def _every(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Every(tuple(conditions))


def _error(value: object, at: str, told: str) -> FilterError:
    """What is wrong with ``value``, and where it stands."""
    place = f"at {at} in the filter" if at else "at the top of the filter"
    return FilterError(f"{excerpt(value)} {place} {told}")


def _no_operator(name: object) -> str:
    """Why there is no such operator."""
    if not isinstance(name, str) or not name.startswith("$"):
        return f"is no operator, and {_NO_VALUE}"
    if name in _AROUND:
        return f"stands around whole filters: write {{{name!r}: [{{'config.lr': …}}, {{…}}]}}"
    return f"is no operator: write one of {' '.join(_OPERATORS)}{near(name, _OPERATORS)}"


def _pattern(place: Place, pattern: object, at: str) -> str:
    if isinstance(place, Field) and place.kind not in {"text", "tags"}:
        raise _error(pattern, at, "asks for a text where none is: compare with $lt and $gt")
    if not isinstance(pattern, str) or len(pattern) > _LONGEST_PATTERN:
        raise _error(
            pattern, at, f"is no pattern: write a text of up to {_LONGEST_PATTERN:,} characters"
        )
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise _error(
            pattern, at, f"is no regular expression of Python's: {one_line(error)}"
        ) from None
    return str(pattern)


def _microseconds(value: float | str) -> int:
    """Seconds since the epoch, or a time in ISO 8601, as microseconds since the epoch."""
    if not isinstance(value, str):
        return round(Fraction(value) * 1_000_000)
    since = datetime.fromisoformat(value).astimezone(UTC) - datetime.fromtimestamp(0, UTC)
    return since // timedelta(microseconds=1)
