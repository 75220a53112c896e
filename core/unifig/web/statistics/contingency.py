"""How far the categories of one key tell those of another."""

from __future__ import annotations

import math

import numpy as np

from .groups import Groups
from .values import Places


def cramers_v(one: Groups, other: Groups) -> float | None:
    """Cramér's V of two categories of each run, less its bias (Bergsma, 2013), from 0 to 1.

    None where one of the two has one category alone, or so many that chance explains all.
    """
    runs = one.places.size
    if min(one.size, other.size) < 2:
        return None
    mean_square = max(0.0, _mean_square(one, other) - _bias(one.size, other.size, runs))
    least = min(_unbiased(one.size, runs), _unbiased(other.size, runs)) - 1
    if least <= 0:
        return None
    return min(1.0, math.sqrt(mean_square / least))


def _bias(size: int, other_size: int, runs: int) -> float:
    return (size - 1) * (other_size - 1) / (runs - 1)


def _unbiased(size: int, runs: int) -> float:
    return size - (size - 1) ** 2 / (runs - 1)


def _mean_square(one: Groups, other: Groups) -> float:
    """φ²: χ² by the number of runs; of the pairs that there are alone, as most have no run."""
    pairs, counts = np.unique(one.places * other.size + other.places, return_counts=True)
    of_one = np.bincount(one.places)[pairs // other.size]
    of_other = np.bincount(other.places)[pairs % other.size]
    return float(np.sum(counts / of_one * (counts / of_other))) - 1


def decides(one: Places, other: Places) -> bool:
    """Whether a run's category of one key tells that of another, for every run.

    Categories of a single run tell anything, and so do not count: at least half of the runs must be
    in larger ones, and these must not all have the same category of the other key.
    """
    counts = np.bincount(one)
    larger = counts[one] > 1
    if 2 * np.count_nonzero(larger) < one.size:
        return False
    some = np.zeros(counts.size, dtype=np.intp)
    some[one] = other
    seen = other[larger]
    return bool(np.all(some[one] == other)) and bool(np.any(seen != seen[:1]))
