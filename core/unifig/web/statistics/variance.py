"""How much of a number's variance is between the runs of different categories."""

from __future__ import annotations

import numpy as np

from .values import Places, Reals


def eta2(groups: Places, size: int, centred: Reals | None) -> float | None:
    """η²: the share of the sum of squares that is between groups, from 0 to 1.

    ``centred`` are the numbers less their mean, None where they do not vary. None of one group, and
    of more than half as many as there are runs: by chance alone those explain nearly all.
    """
    if centred is None or size < 2 or 2 * size > groups.size:
        return None
    counts = np.bincount(groups, minlength=size)
    sums = np.bincount(groups, weights=centred, minlength=size)
    between = np.dot(sums, sums / counts)
    return min(1.0, float(between / np.dot(centred, centred)))


def corrected(share: float, runs: int, parameters: int) -> float:
    """A share of variance, less what so many ``parameters`` explain by chance; not below 0.

    ε² from η² with as many parameters as there are groups, adjusted rho² from rho² with two.
    """
    if runs <= parameters:
        return 0.0
    return max(0.0, 1 - (1 - share) * (runs - 1) / (runs - parameters))
