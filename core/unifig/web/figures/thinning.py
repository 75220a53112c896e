"""Fewer points of a long line, without its highest, its lowest and its gaps being lost."""

from __future__ import annotations

from typing import Final

import numpy as np

from unifig.web.statistics.values import Places, Reals

_OF_BUCKET: Final = 3


def thinned(values: Reals, most: int) -> Places:
    """The places of at most so many values, in their order.

    The first, the last, and of each bucket the lowest, the highest, and a NaN where there is one.
    """
    if values.size <= most:
        return np.arange(values.size)
    buckets = (most - 2) // _OF_BUCKET
    width = -(-values.size // buckets)
    padded = np.full(buckets * width, np.nan)
    padded[: values.size] = values
    rows = padded.reshape(buckets, width)
    is_gap = np.isnan(rows)
    found = [
        np.where(is_gap, np.inf, rows).argmin(axis=1),
        np.where(is_gap, -np.inf, rows).argmax(axis=1),
        is_gap.argmax(axis=1),
    ]
    places = np.concatenate([width * np.arange(buckets) + place for place in found])
    places = np.union1d(places, [0, values.size - 1])
    return places[places < values.size]
