"""Runs in categories by their values of a key."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from .ranks import mid_ranks, ordered
from .values import Places, Values, renumbered

MOST_NUMBERS: Final = 20
"""Of more distinct numbers, they are put into bins."""

BINS: Final = 10


class Groups(NamedTuple):
    """The category of each run."""

    places: Places
    size: int
    """How many categories there are."""
    binned: bool
    """Whether numbers were put into bins."""


def groups_of(values: Values) -> Groups:
    """A category for each distinct value, and one for the runs without the key.

    More than 20 distinct numbers are in 10 bins that have about as many runs each.
    """
    has_number = ~np.isnan(values.reals)
    numbers = values.of(has_number)
    has_code = np.bincount(numbers.codes, minlength=values.distinct) > 0
    places, size = values.codes.astype(np.intp), values.distinct
    binned = int(np.count_nonzero(has_code)) > MOST_NUMBERS
    if binned:
        places[has_number] = size + _bins(numbers)
        size += BINS
    places[values.codes < 0] = size
    return Groups(*renumbered(places, size + 1), binned)


def _bins(numbers: Values) -> Places:
    """The bin of each number; equal ones are in the same."""
    ranks = mid_ranks(*ordered(*numbers))
    return ((ranks - 0.5) / ranks.size * BINS).astype(np.intp)
