"""What the numbers of groups come to: how many, mean, deviation, lowest and highest."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .column import Column
from .kinds import Ints, Reals

_EXPONENTS: Final = 400


@dataclass(frozen=True, slots=True)
class Spread:
    """What numbers come to; NaN is counted apart and is in none of the others.

    With an infinity the mean is infinite, or NaN where there are two of opposite signs, and there
    is no deviation.
    """

    count: int
    nan: int
    mean: float | None
    """None of no number."""
    deviation: float | None
    """The sample standard deviation; None of fewer than two numbers, and of an infinity."""
    lowest: float | None
    highest: float | None

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "count": self.count,
            "nan": self.nan,
            "mean": self.mean,
            "std": self.deviation,
            "min": self.lowest,
            "max": self.highest,
        }


@dataclass(frozen=True, slots=True)
class Spreads:
    """What the numbers of each group come to, an array each; see :class:`Spread`."""

    count: NDArray[np.int64]
    nan: NDArray[np.int64]
    mean: Reals
    """NaN of no number."""
    deviation: Reals
    """NaN where there is none."""
    lowest: Reals
    """Infinity of no number."""
    highest: Reals
    """The negative infinity of no number."""

    def sorted(self, order: NDArray[np.intp]) -> Spreads:
        """The same of groups in another order."""
        return Spreads(*(getattr(self, field.name)[order] for field in fields(self)))

    def at(self, group: int) -> Spread | None:
        """Those of one group; None where no run of it has a number."""
        count, nan = int(self.count[group]), int(self.nan[group])
        if not count:
            return Spread(0, nan, None, None, None, None) if nan else None
        deviation = float(self.deviation[group])
        return Spread(
            count,
            nan,
            float(self.mean[group]),
            None if math.isnan(deviation) else deviation,
            float(self.lowest[group]),
            float(self.highest[group]),
        )


def spreads(column: Column | None, size: int, rows: Ints, begins: NDArray[np.intp]) -> Spreads:
    """What the numbers of groups come to, in two passes.

    ``rows``, of a frame of ``size`` of them, are those of the first group, then those of the next;
    ``begins`` is where each group begins.
    """
    counts = np.diff(np.append(begins, len(rows)))
    if column is None or not len(begins):
        none, nothing = np.zeros(len(begins), np.int64), np.full(len(begins), np.nan)
        return Spreads(none, none, nothing, nothing, nothing, nothing)
    numbers = column.reals(size)[rows]
    is_there = ~np.isnan(numbers)
    count = np.add.reduceat(is_there, begins, dtype=np.int64)
    are_there = is_there.all()
    low, high = (
        numbers if are_there else np.where(is_there, numbers, end) for end in (np.inf, -np.inf)
    )
    lowest, highest = np.minimum.reduceat(low, begins), np.maximum.reduceat(high, begins)
    mean, deviation = _moments(numbers, begins, counts, count, (lowest, highest))
    nan = np.zeros_like(count)
    if len(of_nan := column.rows_of_nan):
        is_nan = np.zeros(size, np.bool_)
        is_nan[of_nan] = True
        nan = np.add.reduceat(is_nan[rows], begins, dtype=np.int64)
    return Spreads(count, nan, mean, deviation, lowest, highest)


def _moments(
    numbers: Reals,
    begins: NDArray[np.intp],
    counts: NDArray[np.int64],
    count: NDArray[np.int64],
    ends: tuple[Reals, Reals],
) -> tuple[Reals, Reals]:
    """Mean and sample standard deviation of each group, of which ``count`` are numbers."""
    is_finite = np.isfinite(numbers)
    are_finite = is_finite.all()
    finite = numbers if are_finite else np.where(is_finite, numbers, 0.0)
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in ends)
    # No sum or square is to be beyond what a float can be, nor to vanish.
    tops = np.maximum(-low, high) if are_finite else np.maximum.reduceat(np.abs(finite), begins)
    exponents = np.frexp(tops)[1]
    beyond = exponents - np.clip(exponents, -_EXPONENTS, _EXPONENTS)
    if beyond.any():
        finite = np.ldexp(finite, np.repeat(-beyond, counts))
        low, high = np.ldexp(low, -beyond), np.ldexp(high, -beyond)
    some = np.maximum(count, 1)
    # Between its ends: then numbers that are all the same have no deviation at all.
    mean = np.clip(np.add.reduceat(finite, begins) / some, low, high)
    off = np.repeat(mean, counts)
    np.subtract(finite, off, out=off)
    if not are_finite:
        off[~is_finite] = 0.0
    rest = np.add.reduceat(off, begins) / some
    np.multiply(off, off, out=off)
    squares = np.maximum(np.add.reduceat(off, begins) - some * rest * rest, 0.0)
    mean = np.ldexp(np.clip(mean + rest, low, high), beyond)
    with np.errstate(over="ignore"):  # that of the largest numbers is infinite
        deviation = np.ldexp(np.sqrt(squares / np.maximum(count - 1, 1)), beyond)
    deviation[count < 2] = np.nan
    mean[count == 0] = np.nan
    is_down, is_up = (count > 0) & (ends[0] == -np.inf), (count > 0) & (ends[1] == np.inf)
    deviation[is_down | is_up] = np.nan
    mean[is_down], mean[is_up], mean[is_down & is_up] = -np.inf, np.inf, np.nan
    return mean, deviation
