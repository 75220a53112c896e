"""Different values of a column, in their order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from unifig.runs.encoding import dumps
from unifig.values import sort_key

from .kinds import Kind, Kinds, Reals, nearest


class Distinct(Sequence[Any]):
    """Different values, types told apart, in the order of :func:`unifig.values.sort_key`.

    1, 1.0, True and "1" are four values, 0.0 and -0.0 are two, NaN is one. What sorts alike comes
    by the name of its type, 1.0 before 1. As arrays they take little memory: ``distinct[at]`` makes
    the Python value.
    """

    __slots__ = ("kinds", "numbers", "numeric", "others", "texts")

    def __init__(
        self, kinds: Kinds, numbers: Reals, texts: Sequence[str] = (), others: Sequence[Any] = ()
    ) -> None:
        self.kinds = kinds
        self.numbers = numbers
        """As in a :class:`~.kinds.Part`."""
        self.texts = texts
        """In order."""
        self.others = others
        """Long ints in order, then the others in order."""
        begin, end = np.searchsorted(SEGMENTS[kinds], (Kind.INT, Kind.TEXT))
        self.numeric = slice(int(begin), int(end))
        """Where the numbers stand: ints and floats, NaN the last. Bools are before them."""

    def __len__(self) -> int:
        return len(self.kinds)

    @overload
    def __getitem__(self, at: int) -> Any: ...

    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...

    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return value_of(int(self.kinds[at]), float(self.numbers[at]), self.texts, self.others)

    def code_of(self, text: str) -> int | None:
        """The place of a text; None where it is not there."""
        at = bisect_left(self.texts, text)
        if at == len(self.texts) or self.texts[at] != text:
            return None
        return at + self.numeric.stop

    @property
    def reals(self) -> Reals:
        """The value of each that is a number or a bool, NaN of the others."""
        return reals_of(self.kinds, self.numbers, self.others)

    @property
    def reals_of_numeric(self) -> Reals:
        """The same of the numbers alone, in order but for NaN, which is the last."""
        among = self.numeric
        if not self.others:
            return self.numbers[among]
        return reals_of(self.kinds[among], self.numbers[among], self.others)


SEGMENTS: Final = np.array([0, 1, 2, 2, 2, 5, 6], np.uint8)
"""By kind: what stands together."""


def value_of(kind: int, number: float, texts: Sequence[str], others: Sequence[Any]) -> Any:
    """The Python value that is held so; see :class:`~.kinds.Part`."""
    match kind:
        case Kind.FLOAT:
            return number
        case Kind.INT:
            return int(number)
        case Kind.TEXT:
            return texts[int(number)]
        case Kind.BOOL:
            return number != 0.0
        case Kind.NONE:
            return None
    return others[int(number)]


def reals_of(kinds: Kinds, numbers: Reals, others: Sequence[Any]) -> Reals:
    """The value of each that is a number or a bool, the nearest one of long ints; else NaN."""
    is_real = (kinds >= Kind.BOOL) & (kinds <= Kind.FLOAT)
    if is_real.all():
        return numbers
    reals = np.where(is_real, numbers, np.nan)
    if others and (long := kinds == Kind.LONG).any():
        reals[long] = [nearest(others[int(number)]) for number in numbers[long]]
    return reals


def place_of(value: Any) -> tuple[Any, ...]:
    """Where a list or a mapping stands among others."""
    return sort_key(value), dumps(value)


_SIGN: Final = 2**63 - 1


def rising(numbers: Reals) -> NDArray[np.int64]:
    """Ints in the order of floats, by which -0.0 is less than 0.0, and NaN more than all."""
    bits = numbers.view(np.int64)
    return bits ^ ((bits >> 63) & _SIGN)


def from_rising(keys: NDArray[np.int64]) -> Reals:
    """The inverse of :func:`rising`."""
    return (keys ^ ((keys >> 63) & _SIGN)).view(np.float64)
