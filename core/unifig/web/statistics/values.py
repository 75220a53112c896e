"""The values of one config key over all runs, as numpy arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
"""For each run the place of its value among a key's distinct ones; -1 where it has none."""

Reals = NDArray[np.float64]
"""For each run its value as a number (a bool is 0 or 1); NaN where it has none."""

Places = NDArray[np.intp]
"""For each run a whole number from 0 on, below the number of different ones."""

Mask = NDArray[np.bool_]
"""For each run whether something holds."""


class Values(NamedTuple):
    """The values of one key, a place of the arrays for each run."""

    codes: Codes
    reals: Reals
    distinct: int
    """How many distinct values the key has; each code is below."""

    def of(self, runs: Mask | Places) -> Values:
        """The values of some of the runs."""
        return Values(self.codes[runs], self.reals[runs], self.distinct)


def renumbered(places: NDArray[np.integer], size: int) -> tuple[Places, int]:
    """Numbers below ``size``, without gaps and in the same order; how many different ones."""
    seen = np.bincount(places, minlength=size) > 0
    return (np.cumsum(seen) - 1)[places], int(np.count_nonzero(seen))
