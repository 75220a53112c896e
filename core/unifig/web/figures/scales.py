"""Colours for what runs have, and the bar that tells what these mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from unifig.web.statistics.values import Reals

from . import colours
from .axis import Axis
from .texts import literal
from .ticks import log_scale


def shades(axis: Axis, numbers: Reals) -> dict[str, Any]:
    """Numbers as colours, the way markers and lines have them; on a log axis their logarithms."""
    bar = {
        "title": {"text": literal(axis.name), "side": "right"},
        "thickness": 12,
        "outlinewidth": 0,
        "tickcolor": colours.LINE,
    }
    if axis.is_log and numbers.size:
        bar["tickvals"], bar["ticktext"] = log_scale(float(numbers.min()), float(numbers.max()))
    return {
        "color": (np.log10(numbers) if axis.is_log else numbers).tolist(),
        "colorscale": colours.scale(),
        "reversescale": axis.flip,
        "showscale": True,
        "colorbar": bar,
    }
