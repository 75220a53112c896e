"""What several lines come to: their mean and deviation at each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from unifig.web.statistics.values import Reals

_MOST_EXACT: Final = 1_000
_MOST_BINS: Final = 200
_FEWEST_BINS: Final = 10
_NARROWEST: Final = 1e-300  # of a width that can be divided by


class Grid(NamedTuple):
    """Where several lines are compared."""

    x: Reals
    width: float | None
    """Of the bins, whose middles ``x`` are; None where the lines have just these."""


class Band(NamedTuple):
    """Several lines at the places of a grid, a value for each."""

    mean: Reals
    """NaN where no line has a value, and where these are too large."""
    deviation: Reals
    """The sample standard deviation; NaN where fewer than two lines have a value, as well."""
    lowest: Reals
    """The lowest line's."""
    lines: Reals
    """How many have a value."""


def grid_of(xs: Sequence[Reals]) -> Grid:
    """The places that all lines have, at most 1,000; else at most 200 bins of equal width.

    No bin is narrower than the steps of the line that has the widest, for then the mean would be
    that of one line here and of another there; but there are at least 10.
    """
    different = [np.unique(x) for x in xs]
    first = different[0]
    if first.size <= _MOST_EXACT and all(np.array_equal(first, x) for x in different):
        return Grid(first, None)
    low = float(min(x[0] for x in different))
    span = float(max(x[-1] for x in different)) - low
    steps = [float(x[-1] - x[0]) / (x.size - 1) for x in different if x.size > 1]
    width = max(min(max([*steps, span / _MOST_BINS]), span / _FEWEST_BINS), _NARROWEST)
    bins = min(_MOST_BINS, int(np.ceil(span / width)))
    middles = low + width * (np.arange(bins, dtype=np.float64) + 0.5)
    return Grid(middles, width)


def band(grid: Grid, xs: Sequence[Reals], ys: Sequence[Reals]) -> Band:
    """The mean of several lines, each of which counts as one wherever it has a value.

    A line's value in a bin is the mean of those that it has there; NaN is none.
    """
    with np.errstate(all="ignore"):  # the largest numbers have no squares: there is no deviation
        lines = np.array([_on(grid, x, y) for x, y in zip(xs, ys, strict=True)])
        is_there = ~np.isnan(lines)
        count = is_there.sum(axis=0).astype(np.float64)
        mean = np.where(is_there, lines, 0).sum(axis=0) / count
        squares = np.where(is_there, (lines - mean) ** 2, 0).sum(axis=0)
        deviation = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    mean[~np.isfinite(mean)] = np.nan
    deviation[~np.isfinite(deviation)] = np.nan
    lowest = np.where(is_there, lines, np.inf).min(axis=0)
    return Band(mean, deviation, lowest, count)


def _on(grid: Grid, x: Reals, y: Reals) -> Reals:
    """A line at the places of a grid."""
    known = ~np.isnan(y)
    if grid.width is None:
        places = np.searchsorted(grid.x, x[known])
    else:
        places = ((x[known] - (grid.x[0] - grid.width / 2)) / grid.width).astype(np.intp)
        places = places.clip(0, grid.x.size - 1)
    sums = np.bincount(places, weights=y[known], minlength=grid.x.size)
    means: Reals = sums / np.bincount(places, minlength=grid.x.size)
    return means
