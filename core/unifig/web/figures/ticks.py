"""Where an axis has its ticks, and what stands at them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from unifig.web.statistics.values import Places

from .axis import Axis
from .texts import labels, number

_MOST: Final = 30
"""Of more categories only some have a label."""

_STEPS: Final = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
"""Within a power of ten, the more the fewer of these there are."""

Ticks = tuple[list[float], list[str]]
"""Where they are, and what stands there, as Plotly reads it."""


def log_ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers from ``low`` to ``high``, which are above 0; these two where there are none."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / most))
    found: list[float] = []
    for steps in _STEPS:
        powers = range(first, last + 1, every)
        ticks = [float(f"{step}e{power}") for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) > most:
            break
        found = ticks
    return found if len(found) > 1 else sorted({low, high})


def log_scale(low: float, high: float) -> Ticks:
    """Ticks of an axis that has the logarithms to base 10 of what it shows."""
    ticks = log_ticks(low, high)
    return [math.log10(tick) for tick in ticks], [number(tick) for tick in ticks]


def category_ticks(axis: Axis, runs: Places) -> Ticks:
    """Ticks of an axis of categories, at those that some runs have; of many, at some of these."""
    codes = evenly(np.unique(axis.places[runs]).astype(np.intp), _MOST)
    return codes.astype(float).tolist(), labels(
        [axis.texts[code] for code in codes.tolist()] if axis.texts else []
    )


def evenly(places: Places, most: int) -> Places:
    """At most so many of them, the first and the last among these."""
    if places.size <= most:
        return places
    return places[np.linspace(0, places.size - 1, most).round().astype(np.intp)]
