"""A column of runs: the values by one name, of the rows that have one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from unifig.origin import NOTHING

from .distinct import Distinct, reals_of, value_of
from .kinds import (
    Bools,
    Ints,
    Kind,
    Kinds,
    Part,
    Reals,
    frozen,
    joined,
    packed,
    packed_kinds,
    repooled,
)
from .known import Known
from .merging import more

_Scalar = TypeVar("_Scalar", np.int32, np.float64, np.bool_)


_MANY: Final = 16  # parts that wait to be one: each looks at the store leaves one


class Categories(NamedTuple):
    """The different values of a column, and which of them each row has."""

    codes: Ints
    """By row; -1 where there is no value."""
    values: Distinct
    """In order: see :class:`~.distinct.Distinct`."""


class Column:
    """The values by one name: compact arrays of the rows that have one. It never changes.

    What is made of it is kept: ``distinct``, ``codes``, and by row :meth:`categories` and
    :meth:`reals`. All arrays are for reading alone.
    """

    __slots__ = ("_before", "_categories", "_known", "_parts", "_reals")

    def __init__(self, parts: Sequence[Part], before: Known | None = None) -> None:
        self._parts = tuple(parts)
        self._before = before
        """What is known of the first of its values."""
        self._known: Known | None = None
        self._categories: Categories | None = None
        self._reals: Reals | None = None

    def __len__(self) -> int:
        """How many rows have a value."""
        return sum(len(part.rows) for part in self._parts)

    def extended(self, part: Part) -> Column:
        """A column with the values of more rows, which come after all that it has."""
        parts = self._parts if len(self._parts) < _MANY else (self.whole,)
        return Column((*parts, part), self._known or self._before)

    @property
    def whole(self) -> Part:
        """All of its values."""
        parts = self._parts
        if len(parts) > 1:
            self._parts = parts = (joined(parts),)
        return parts[0]

    @property
    def rows(self) -> Ints:
        """The rows that have a value, rising."""
        return self.whole.rows

    @property
    def kinds(self) -> Kinds:
        """Of each value; see :class:`~.kinds.Kind`."""
        return self.whole.kinds

    @property
    def numbers(self) -> Reals:
        """Of each value; see :class:`~.kinds.Part`."""
        return self.whole.numbers

    @property
    def known(self) -> Known:
        """The different values, and which of them each value is."""
        if self._known is None:
            self._known = more(self._before, self.whole)
            self._before = None
        return self._known

    @property
    def distinct(self) -> Distinct:
        """The different values in order, those of rows that are dead included."""
        return self.known.distinct

    @property
    def codes(self) -> Ints:
        """Of each value its place in :attr:`distinct`."""
        return self.known.codes

    @property
    def is_of_floats(self) -> bool:
        """Whether all of its values are floats."""
        kinds = self.kinds
        return kinds.strides == (0,) and kinds[0] == Kind.FLOAT  # see alike()

    @property
    def rows_of_nan(self) -> Ints:
        """The rows whose number is NaN."""
        return self.rows[np.isnan(self.numbers)]

    def covers(self, size: int) -> bool:
        """Whether each of ``size`` rows has a value."""
        return len(self) == size

    def is_dense(self, size: int) -> bool:
        """Whether so many of ``size`` rows have a value that arrays by row may be kept."""
        return 4 * len(self) >= size

    def categories(self, size: int) -> Categories:
        """The different values, and of each of ``size`` rows its place among them, or -1."""
        kept = self._categories
        if kept is not None and len(kept.codes) == size:
            return kept
        codes, different = self.codes, self.distinct
        made = Categories(
            codes if self.covers(size) else _spread(codes, self.rows, size, -1), different
        )
        if self.is_dense(size):
            self._categories = made
        return made

    def reals(self, size: int) -> Reals:
        """Of each of ``size`` rows the number; NaN where there is none. A bool is 0 or 1."""
        kept = self._reals
        if kept is not None and len(kept) == size:
            return kept
        whole = self.whole
        reals = frozen(reals_of(whole.kinds, whole.numbers, whole.others))
        if not self.covers(size):
            reals = _spread(reals, whole.rows, size, np.nan)
        if self.is_dense(size):
            self._reals = reals
        return reals

    def at(self, rows: Ints) -> list[Any]:
        """The Python values of some rows; NOTHING where there is none."""
        own, kinds, numbers, texts, others = self.whole
        places = np.minimum(np.searchsorted(own, rows), len(own) - 1)
        known = zip(
            (own[places] == rows).tolist(),
            kinds[places].tolist(),
            numbers[places].tolist(),
            strict=True,
        )
        return [
            value_of(kind, number, texts, others) if is_there else NOTHING
            for is_there, kind, number in known
        ]

    def compacted(self, is_alive: Bools, numbers: Ints) -> Column | None:
        """The column of the rows that are alive, by their new numbers; None without any."""
        whole = self.whole
        is_kept = is_alive[whole.rows]
        if not is_kept.any():
            return None
        rows = packed(numbers[whole.rows[is_kept]])
        picked = whole._replace(
            rows=rows, kinds=packed_kinds(whole.kinds[is_kept]), numbers=whole.numbers[is_kept]
        )
        return Column([repooled(picked)])


def _spread(values: NDArray[_Scalar], rows: Ints, size: int, otherwise: float) -> NDArray[_Scalar]:
    """Values by row."""
    found = np.full(size, otherwise, values.dtype)
    found[rows] = values
    return frozen(found)
