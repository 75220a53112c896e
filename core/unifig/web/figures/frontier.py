"""The runs that are the best so far."""

from __future__ import annotations

import numpy as np

from unifig.web.statistics.values import Places, Reals


def frontier(x: Reals, y: Reals) -> Places:
    """Where y is lower than at every lower or equal x: the places, in the order of x.

    Of runs that are equal in both the first is told.
    """
    order = np.lexsort((y, x))
    ordered = y[order]
    before = np.concatenate(([np.inf], np.minimum.accumulate(ordered)[:-1]))
    return order[ordered < before]
