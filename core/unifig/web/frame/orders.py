"""Rows in an order: just that of :mod:`unifig.runs.store.queries`.

Numbers come by value, bools as 0 and 1 among them, then texts by code point; lists, and what JSON
has no form for, are texts as they are stored. Metrics come by their numbers alone, as floats. Those
without a value to sort by are last. Who is alike comes by primary key, which a descending order
turns round as well, but for those without a value.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.runs.store.filters import Place, Recorded
from unifig.runs.store.queries import Order

from .column import Column
from .distinct import Distinct
from .frame import Frame, name_of
from .kinds import Bools, Ints, Kind, nearest

_METRICS: Final = {"summary", "lowest", "highest"}

Ranks = NDArray[np.int64]


class After(NamedTuple):
    """Where a page ended: what its last run is sorted by, and that run's primary key."""

    value: Any
    """Plain data; NOTHING where there is none."""
    key: int


def ordered(frame: Frame, mask: Bools, order: Order) -> Ints:
    """The rows of a mask in an order."""
    ranked = np.empty(0, np.int32)
    if (column := frame.column(name_of(order.place))) is not None:
        ranked = frame.kept(("ranked", order.place), lambda: _ranked(frame, column, order.place))
    with_value = ranked[mask[ranked]]
    if order.descending:
        with_value = with_value[::-1]
    if len(with_value) == np.count_nonzero(mask):
        return with_value
    rest = mask.copy()
    rest[with_value] = False
    rows = np.flatnonzero(rest).astype(np.int32)
    return np.concatenate([with_value, rows[np.argsort(frame.keys[rows], kind="stable")]])


def page(frame: Frame, rows: Ints, order: Order, number: int, after: After | None = None) -> Ints:
    """The next rows of those that :func:`ordered` gave, from the one on that a page ended with.

    The run that it ended with may have changed since, or be gone.
    """
    begin = 0 if after is None else _end(frame, rows, order, after)
    return rows[begin : begin + number]


def end_of(frame: Frame, row: int, order: Order) -> After:
    """Where a page ends whose last run is that of a row."""
    [value] = frame.values(name_of(order.place), np.array([row], np.int32))
    return After(NOTHING if _place(order, value) is None else value, int(frame.keys[row]))


def _end(frame: Frame, rows: Ints, order: Order, after: After) -> int:
    """How many rows come before what comes after a page."""
    name = name_of(order.place)
    end = _place(order, after.value), after.key

    def is_after(at: int) -> bool:
        row = rows[at : at + 1]
        [value] = frame.values(name, row)
        here = _place(order, value), int(frame.keys[row[0]])
        if here[0] is None or end[0] is None:
            return here[0] is None and (end[0] is not None or here[1] > end[1])
        return here < end if order.descending else here > end

    return bisect_left(range(len(rows)), True, key=is_after)  # noqa: FBT003 - what is looked for


def _place(order: Order, value: Any) -> tuple[Any, ...] | None:
    """Where a value stands in an order; None where it has no place."""
    if value is NOTHING or value is None:
        return None
    if isinstance(order.place, Recorded) and order.place.column in _METRICS:
        real = nearest(value) if isinstance(value, (int, float)) else math.nan
        return None if math.isnan(real) else (0, real)
    return _place_of_any(value)


def _place_of_any(value: Any) -> tuple[Any, ...]:
    if type(value) is str and "\0" not in value and value.isascii():
        return 1, value
    stored = dumps(value)
    if stored[0] in "[{":
        return 1, stored
    return (1, value) if type(value) is str else (0, value)


def _ranked(frame: Frame, column: Column, place: Place) -> Ints:
    """The rows that have a place in an order, in it."""
    rows, ranks = column.rows, _ranks(column.distinct, place)[column.codes]
    if not (has_place := ranks >= 0).all():
        rows, ranks = rows[has_place], ranks[has_place]
    # No two are alike: a quick sort that keeps no order will do.
    by_key = frame.kept("keys", lambda: _ranks_of(frame.keys))[rows]
    return rows[np.argsort(ranks * frame.size + by_key)]


def _ranks_of(numbers: NDArray[Any]) -> Ranks:
    """Of each number its place among the different ones."""
    return np.unique(numbers, return_inverse=True)[1]


def _ranks(distinct: Distinct, place: Place) -> Ranks:
    """Of each different value its place in an order; -1 where it has none."""
    if isinstance(place, Recorded) and place.column in _METRICS:
        reals = distinct.reals
        return np.where(np.isnan(reals), -1, _ranks_of(reals))
    if not isinstance(place, Recorded) and place.kind != "tags":
        return np.arange(len(distinct))
    if _is_plain(distinct):
        numbers = distinct.kinds <= Kind.FLOAT
        ranks = np.arange(len(distinct))
        ranks[numbers] = _ranks_of(distinct.numbers[numbers])
        ranks[distinct.kinds == Kind.NONE] = -1
        return ranks
    return _ranks_of_any(distinct[:])


def _is_plain(distinct: Distinct) -> bool:
    """Whether there are numbers and texts alone, and each stands in JSON as it is."""
    if distinct.others or np.isnan(distinct.numbers).any():
        return False
    return all(text.isascii() and "\0" not in text for text in distinct.texts)


def _ranks_of_any(values: Sequence[Any]) -> Ranks:
    places = [None if value is None else _place_of_any(value) for value in values]
    ordered_ = sorted({place for place in places if place is not None})
    ranks = {place: rank for rank, place in enumerate(ordered_)}
    return np.array([-1 if place is None else ranks[place] for place in places], np.int64)
