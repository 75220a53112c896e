"""Runs in groups by their values: how many, and what their metrics come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from unifig.origin import NOTHING

from .column import Column
from .frame import TIMES, Frame
from .kinds import Bools, Ints
from .spreads import Spread, Spreads, spreads

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Group:
    """The runs that have the same values."""

    values: list[Any]
    """A value for each of the names that runs are grouped by; NOTHING where there is none."""
    count: int
    spreads: dict[str, Spread]
    """By the name of what is measured, of which some run has a number."""
    rows: Ints
    """The rows of the runs."""


class Groups(Sequence[Group]):
    """Groups in an order. They are arrays, of which ``groups[at]`` and a slice make objects."""

    def __init__(self, found: _Found, order: NDArray[np.intp]) -> None:
        self._found = found
        self._order = order

    @property
    def names(self) -> list[str]:
        """What runs are grouped by."""
        return self._found.names

    @property
    def metrics(self) -> list[str]:
        """What is measured, of which some run has a number."""
        found = self._found.spreads
        return [name for name, it in found.items() if (it.count + it.nan).any()]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many runs each group has."""
        return self._found.counts[self._order]

    def spreads(self, metric: str) -> Spreads:
        """What the numbers of a metric come to, by group. Raises KeyError for one not asked for."""
        return self._found.spreads[metric].sorted(self._order)

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, at: int) -> Group: ...

    @overload
    def __getitem__(self, at: slice) -> list[Group]: ...

    def __getitem__(self, at: int | slice) -> Group | list[Group]:
        if isinstance(at, slice):
            return [self._found.group(int(number)) for number in self._order[at]]
        return self._found.group(int(self._order[at]))

    # What they are sorted by; those that are alike stay in the order of all their values.

    def by_value(self, at: int, *, descending: bool) -> Groups:
        """The groups in the order of one of their values; those that have none come last."""
        codes = self._found.codes[at]
        has_value = codes < len(self._found.values[at])
        return self._sorted(-codes if descending else codes, has_value)

    def by_size(self, *, descending: bool) -> Groups:
        """The groups in the order of how many runs they have."""
        counts = self._found.counts
        return self._sorted(-counts if descending else counts, counts > 0)

    def by_mean(self, metric: str, *, descending: bool) -> Groups:
        """The groups in the order of a metric's means; those that have none come last.

        Raises KeyError for a metric that was not asked for.
        """
        means = self._found.spreads[metric].mean
        return self._sorted(-means if descending else means, ~np.isnan(means))

    def _sorted(self, by: NDArray[Any], has_place: Bools) -> Groups:
        known = np.flatnonzero(has_place)
        known = known[np.argsort(by[known], kind="stable")]
        return Groups(self._found, np.concatenate([known, np.flatnonzero(~has_place)]))


@dataclass(frozen=True, slots=True)
class _Found:
    """Groups in the order of their values."""

    frame: Frame
    names: list[str]
    values: list[Sequence[Any]]
    """By name: the different values."""
    codes: list[Ints]
    """By name, and by group: the place of its value; one more than there are where it has none."""
    rows: Ints
    """Those of the first group, then those of the next one."""
    begins: NDArray[np.intp]
    counts: NDArray[np.int64]
    spreads: dict[str, Spreads]

    def group(self, at: int) -> Group:
        begin = int(self.begins[at])
        rows = self.rows[begin : begin + int(self.counts[at])]
        by_name = zip(self.names, self.values, self.codes, strict=True)
        values = [_value(name, different, int(codes[at])) for name, different, codes in by_name]
        told = {name: self._spread(name, at, rows) for name in self.spreads}
        known = {name: spread for name, spread in told.items() if spread is not None}
        return Group(values, len(rows), known, rows)

    def _spread(self, name: str, at: int, rows: Ints) -> Spread | None:
        spread = self.spreads[name].at(at)
        column = self.frame.column(name)
        if spread is None or column is None or not spread.count or column.is_of_floats:
            return spread
        return replace(
            spread,
            lowest=_exact(column, self.frame.size, rows, spread.lowest, min),
            highest=_exact(column, self.frame.size, rows, spread.highest, max),
        )


def grouped(frame: Frame, mask: Bools, names: Sequence[str], metrics: Iterable[str]) -> Groups:
    """The rows of a mask by their values of some names, and what the numbers of metrics come to.

    Types are told apart: 1 is not 1.0, nor True. Groups come in the order of their values, those
    without one last.
    """
    rows = np.flatnonzero(mask).astype(np.int32)
    values, codes = [], []
    for name in names:
        different, found = _coded(frame, name, rows)
        values.append(different)
        codes.append(found)
    key = _key(codes, [len(different) + 1 for different in values], len(rows))
    order = _order(key)
    key = key[order]
    begins = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])[: len(key)])
    rows = rows[order]
    firsts = order[begins]
    counts = np.diff(np.append(begins, len(rows)))
    measured = {it: spreads(frame.column(it), frame.size, rows, begins) for it in metrics}
    coded = [found[firsts] for found in codes]
    found_ = _Found(frame, list(names), values, coded, rows, begins, counts, measured)
    return Groups(found_, np.arange(len(begins)))


def _coded(frame: Frame, name: str, rows: Ints) -> tuple[Sequence[Any], Ints]:
    """The different values by a name, and of each row the place of its own."""
    found = frame.categories(name)
    if found is None:
        return (), np.zeros(len(rows), np.int32)
    codes = found.codes if len(rows) == frame.size else found.codes[rows]
    return found.values, np.where(codes < 0, np.int32(len(found.values)), codes)


def _key(codes: Sequence[Ints], sizes: Sequence[int], number: int) -> NDArray[np.int64]:
    """Of each row a number that rows of the same values share, rising with these."""
    key, size = np.zeros(number, np.int64), 1
    for some, more in zip(codes, sizes, strict=True):
        if size * more >= _MOST:
            different, key = np.unique(key, return_inverse=True)
            size = len(different)
        key = key * more + some
        size *= more
    return key


_MOST: Final = 2**62


def _order(key: NDArray[np.int64]) -> NDArray[np.intp]:
    """What brings rows of the same key together, in the order of keys."""
    if not len(key) or key.max() < 2**16:
        return np.argsort(key.astype(np.uint16), kind="stable")  # by digits: far quicker
    return np.argsort(key, kind="stable")


def _value(name: str, different: Sequence[Any], code: int) -> Any:
    if code >= len(different):
        return NOTHING
    value = different[code]
    return moment(value) if name in TIMES else value


def moment(microseconds: int) -> datetime:
    """A time that a column has, in UTC. Raises OverflowError for one that is no year's."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _exact(
    column: Column, size: int, rows: Ints, near: float | None, pick: Callable[[list[Any]], Any]
) -> Any:
    """The number, as it is, of those rows that have the number which it is near to: 3 for 3.0."""
    alike = rows[column.reals(size)[rows] == near]
    values = column.at(alike if column.whole.others else alike[:1])
    return pick([int(value) if type(value) is bool else value for value in values])
