"""A column that grows while runs are read: from Python values to arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import compress, islice
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from unifig.runs.encoding import decode

from .kinds import (
    EXACT,
    Ints,
    Kind,
    Kinds,
    Part,
    Reals,
    alike,
    frozen,
    joined_rows,
    packed,
    packed_kinds,
)

ENOUGH: Final = 1000
"""So many values wait at most until arrays are made of them."""

_MANY: Final = 1 << 14

_KINDS: Final = {
    type(None): Kind.NONE,
    bool: Kind.BOOL,
    int: Kind.INT,
    float: Kind.FLOAT,
    str: Kind.TEXT,
    list: Kind.OTHER,
    dict: Kind.OTHER,
}

_Scalar = TypeVar("_Scalar", np.uint8, np.float64)

Expected = Callable[[int], int]
"""How many values a column will have in the end, which has so many by now."""


class _Places(dict[str, int]):
    """Texts, numbered from ``begin`` on as they first come."""

    def __init__(self, begin: int) -> None:
        super().__init__()
        self._begin = begin

    def __missing__(self, text: str) -> int:
        self[text] = place = self._begin + len(self)
        return place


class _Pool:
    """What numbers point to, each value once where it comes again and again."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places = _Places(0)

    def places(self, texts: list[str], values: list[Any] | None = None) -> Reals:
        """The places of values, which are decoded, by their texts; of these themselves for None."""
        known = len(self._places)
        found = np.fromiter(map(self._places.__getitem__, texts), np.float64, len(texts))
        new = len(self._places) - known
        if values is None:
            self.values += islice(self._places, known, None)
        elif new:
            for value, place in zip(values, found.tolist(), strict=True):
                if place == len(self.values):
                    self.values.append(decode(value))
        if len(self._places) > _MANY and 2 * new > len(texts):
            # Hardly any comes again: to know them all would take more memory than they do.
            self._places = _Places(len(self.values))
        return found


class Growing:
    """A column that grows. Values are what ``json.loads`` gives."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self.rows: list[int] = []
        """Of the values that wait."""
        self._values: list[Any] = []
        self._made: list[Ints] = []
        self._kinds: Kinds = np.empty(0, np.uint8)
        self._numbers: Reals = np.empty(0)
        self._size = 0
        self._texts = _Pool()
        self._others = _Pool()

    def add(self, rows: Iterable[int], values: Iterable[Any]) -> None:
        """Takes values of rows that come after all of which arrays are made."""
        self.rows += rows
        self._values += values

    def make(self) -> None:
        """Makes arrays of the values that wait. Raises ValueError for what was not recorded."""
        rows = np.array(self.rows, np.int32)
        kinds, numbers = self._arrays(self._values)
        if (np.diff(rows) < 0).any():
            order = np.argsort(rows)
            rows, kinds, numbers = rows[order], kinds[order], numbers[order]
        self._made.append(packed(rows))
        begin, self._size = self._size, self._size + len(rows)
        if self._size > len(self._kinds):
            size = max(self._size, self._expected(self._size))
            self._kinds, self._numbers = _longer(self._kinds, size), _longer(self._numbers, size)
        self._kinds[begin : self._size] = kinds
        self._numbers[begin : self._size] = numbers
        self.rows, self._values = [], []

    def part(self) -> Part:
        """All of it. Raises ValueError for what was not recorded."""
        if self.rows:
            self.make()
        kinds, numbers = packed_kinds(self._kinds[: self._size]), self._numbers[: self._size]
        if 4 * self._size < 3 * len(self._kinds):
            kinds, numbers = kinds.copy(), numbers.copy()
        rows = joined_rows(self._made)
        return Part(rows, kinds, frozen(numbers), self._texts.values, self._others.values)

    def _arrays(self, values: list[Any]) -> tuple[Kinds, Reals]:
        types = set(map(type, values))
        if len(types) == 1:
            return self._alike(_KINDS[types.pop()], values)
        kinds = np.fromiter(map(_KINDS.__getitem__, map(type, values)), np.uint8, len(values))
        numbers = np.empty(len(values))
        for kind in np.unique(kinds):
            where = kinds == kind
            some = list(compress(values, where.tolist()))
            kinds[where], numbers[where] = self._alike(kind, some)
        return kinds, numbers

    def _alike(self, kind: int, values: list[Any]) -> tuple[Kinds, Reals]:
        """Values of one kind, as they stand in JSON."""
        match kind:
            case Kind.TEXT:
                return _all(kind, self._texts.places(values))
            case Kind.INT:
                return self._ints(values)
            case Kind.OTHER:
                return self._decoded(values)
            case Kind.NONE:
                return _all(kind, np.zeros(len(values)))
        return _all(kind, np.array(values, np.float64))

    def _ints(self, values: list[int]) -> tuple[Kinds, Reals]:
        if min(values) >= -EXACT and max(values) <= EXACT:
            return _all(Kind.INT, np.array(values, np.float64))
        is_exact = np.array([-EXACT <= value <= EXACT for value in values])
        numbers = np.empty(len(values))
        numbers[is_exact] = list(compress(values, is_exact.tolist()))
        long = list(compress(values, (~is_exact).tolist()))
        numbers[~is_exact] = self._others.places(list(map(repr, long)), long)
        return np.where(is_exact, np.uint8(Kind.INT), np.uint8(Kind.LONG)), numbers

    def _decoded(self, values: list[Any]) -> tuple[Kinds, Reals]:
        """Lists, empty mappings, and the mappings that stand for what JSON has no form for."""
        if any("$" in value for value in values if type(value) is dict):
            return self._arrays(
                [decode(it) if type(it) is dict and "$" in it else it for it in values]
            )
        return _all(Kind.OTHER, self._others.places(list(map(repr, values)), values))


def _all(kind: int, numbers: Reals) -> tuple[Kinds, Reals]:
    return alike(kind, len(numbers)), numbers


def _longer(array: NDArray[_Scalar], size: int) -> NDArray[_Scalar]:
    """An array with more room behind it."""
    longer = np.empty(size, array.dtype)
    longer[: len(array)] = array
    return longer
