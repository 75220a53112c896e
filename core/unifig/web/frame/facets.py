"""What a set of runs has by each name: how many, how many different values, which ones mostly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .distinct import Distinct
from .frame import Frame
from .kinds import Bools, Reals

_TOP: Final = 10
_FEW: Final = 50
_BINS: Final = 20


@dataclass(frozen=True, slots=True)
class Histogram:
    """How numbers spread; infinite ones and NaN are in none of the bins."""

    edges: list[float]
    """Where bins begin, and the last one ends; it alone has its end."""
    counts: list[int]
    """How many runs have a number in each of them."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What a set of runs has by one name."""

    name: str
    count: int
    """How many of the runs have a value."""
    of: int
    """How many runs there are."""
    distinct: int
    """How many different values they have."""
    top: list[tuple[Any, int]]
    """The values that most of them have, and how many do; empty where there are over 50 values."""
    lowest: Any
    """The lowest number, as it is; None where there is none."""
    highest: Any
    histogram: Histogram | None
    """Of the numbers; None of fewer than two different ones."""

    @property
    def varies(self) -> bool:
        """Whether the value of a run, or that it has one, says something of it."""
        return self.distinct > 1 or 0 < self.count < self.of


def facets(frame: Frame, mask: Bools, names: Iterable[str] | None = None) -> list[Facet]:
    """What the rows of a mask have by some names, or by all that one of them has; in that order."""
    rows = np.flatnonzero(mask)
    wanted = frame.names() if names is None else names
    found = []
    for name in wanted:
        column = frame.column(name)
        counts = np.zeros(0, np.intp) if column is None else _counts(column, mask, rows)
        if names is not None or counts.any():
            found.append(_facet(name, column, counts, len(rows)))
    return found


Counts = NDArray[np.intp]


def _counts(column: Column, mask: Bools, rows: NDArray[np.intp]) -> Counts:
    """Of each different value how many of the rows have it."""
    if not column.covers(len(mask)):
        codes = column.codes[mask[column.rows]]
    elif len(rows) == len(mask):
        codes = column.codes
    else:
        codes = column.codes[rows]
    return np.bincount(codes, minlength=len(column.distinct))


def _facet(name: str, column: Column | None, counts: Counts, of: int) -> Facet:
    if column is None:
        return Facet(name, 0, of, 0, [], None, None, None)
    distinct, is_there = column.distinct, counts > 0
    different = int(np.count_nonzero(is_there))
    top = _top(distinct, counts) if different <= _FEW else []
    count = int(counts.sum())
    return Facet(name, count, of, different, top, *_numbers(distinct, counts, is_there))


def _top(distinct: Distinct, counts: Counts) -> list[tuple[Any, int]]:
    there = np.flatnonzero(counts)
    order = there[np.argsort(-counts[there], kind="stable")][:_TOP]
    return [(distinct[at], int(counts[at])) for at in order.tolist()]


def _numbers(
    distinct: Distinct, counts: Counts, is_there: Bools
) -> tuple[Any, Any, Histogram | None]:
    """The lowest and the highest number, and how they spread."""
    among = distinct.numeric
    reals = distinct.reals_of_numeric
    reals = reals[: len(reals) - int(np.count_nonzero(np.isnan(reals[-1:])))]
    begin, end = among.start, among.start + len(reals)
    if (ends := _ends(is_there[begin:end])) is None:
        return None, None, None
    lowest, highest = (distinct[begin + at] for at in ends)
    down = int(np.searchsorted(reals, -np.inf, "right"))
    up = int(np.searchsorted(reals, np.inf, "left"))
    finite = slice(begin + down, begin + up)
    return lowest, highest, _histogram(reals[down:up], counts[finite], is_there[finite])


def _ends(is_there: Bools) -> tuple[int, int] | None:
    """The first and the last place where something is; None where nothing is."""
    if not len(is_there) or not is_there[first := int(is_there.argmax())]:
        return None
    return first, len(is_there) - 1 - int(is_there[::-1].argmax())


def _histogram(reals: Reals, counts: Counts, is_there: Bools) -> Histogram | None:
    """How numbers spread, which are in order, by how many there are of each."""
    if (ends := _ends(is_there)) is None or reals[ends[0]] == reals[ends[1]]:
        return None
    low, high = (float(reals[at]) for at in ends)
    is_few = high - low < _BINS and np.count_nonzero(is_there) <= 2 * _BINS
    if is_few and _are_whole(reals[is_there]):
        edges = np.arange(low, high + 2)
    else:
        shares = np.linspace(0, 1, _BINS + 1)
        edges = np.clip(low * (1 - shares) + high * shares, low, high)
        edges[-1] = high
    # No edge inside is above the highest number: each has a place.
    places = np.concatenate([[0], np.searchsorted(reals, edges[1:-1])])
    sums = np.add.reduceat(counts, places)
    sums[np.diff(places, append=len(reals)) == 0] = 0
    return Histogram(edges.tolist(), sums.tolist())


def _are_whole(reals: Reals) -> bool:
    return bool((reals == np.floor(reals)).all())
