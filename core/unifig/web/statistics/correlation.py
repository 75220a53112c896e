"""How well one number goes with another: Pearson's r and Spearman's rho."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from .ranks import mid_ranks, ordered_reals
from .values import Places, Reals

FEWEST: Final = 3
"""Of fewer runs there is no correlation: two points are always on a line."""


def centred(numbers: Reals) -> Reals | None:
    """Finite numbers less their mean, as parts of a power of two near the largest.

    So they have squares, and those that differ still do. None where they do not vary.
    """
    if not numbers.size:
        return None
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return None
    scaled = np.ldexp(numbers, -math.frexp(max(-low, high))[1])
    scaled -= scaled.min()  # exact for numbers that differ little
    scaled -= scaled.mean()
    return scaled


def pearson(one: Reals, other: Reals) -> float | None:
    """Pearson's r of pairs of finite numbers, from -1 to 1.

    None of fewer than three pairs, and where one of the two does not vary.
    """
    if one.size < FEWEST:
        return None
    return _cosine(centred(one), centred(other))


def spearman(one: Reals, other: Reals) -> float | None:
    """Spearman's rho of pairs of numbers, infinities among them; None as for :func:`pearson`."""
    return spearman_of_places(*ordered_reals(one), *ordered_reals(other))


def spearman_of_places(one: Places, size: int, other: Places, other_size: int) -> float | None:
    """The same of places among different numbers, ``size`` of them and ``other_size``."""
    if one.size < FEWEST:
        return None
    return _cosine(_centred_ranks(one, size), _centred_ranks(other, other_size))


def _centred_ranks(places: Places, size: int) -> Reals | None:
    centred_ = mid_ranks(places, size) - (places.size + 1) / 2
    return centred_ if centred_.any() else None


def _cosine(one: Reals | None, other: Reals | None) -> float | None:
    if one is None or other is None:
        return None
    cosine = np.dot(one, other) / math.sqrt(np.dot(one, one) * np.dot(other, other))
    return float(np.clip(cosine, -1.0, 1.0))
