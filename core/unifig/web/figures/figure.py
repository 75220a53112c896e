"""A figure: what Plotly draws, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from markupsafe import Markup

from unifig.runs.paths import RunPath
from unifig.web.statistics.values import Places, Reals

from .colours import CLEAR, LINE, MUTED, SURFACE, TEXT

_FAMILY: Final = "system-ui, sans-serif"
_LOG_TICKS: Final = 5  # of more there are those at 7, 8 and 9 too, which cover each other

MOST: Final = 5_000
"""Of more runs a sample is drawn."""


class Named(NamedTuple):
    """A run, as a figure names it and links to it."""

    path: RunPath
    name: str

    @property
    def link(self) -> str:
        """What charts.js makes the address of the run's page from."""
        return "/".join(self.path)


Runs = Callable[[Sequence[int]], Sequence[Named]]
"""The runs at some places of the arrays: only those that are drawn are asked for."""


class Figure(NamedTuple):
    """What Plotly draws, as plain data, and what it leaves out."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]
    shown: int
    """How many runs are drawn."""
    of: int
    """How many could be: those with all values that the figure needs."""
    left_out: dict[str, int]
    """How many runs can't be drawn, by the reason in words."""
    notes: list[str]
    """What else there is to say: sentences."""
    brushes: list[dict[str, Any]]
    """For parallel coordinates: what charts.js fills the inputs of each axis with."""

    def json(self) -> Markup:
        """The text of ``<script type="application/json">``, which nothing in it can end."""
        parts = {"data": self.data, "layout": self.layout, "brushes": self.brushes}
        text = json.dumps(parts, allow_nan=False, separators=(",", ":"))
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return Markup(text)  # noqa: S704 - no character of HTML's is left in it


def sampled(among: Places) -> Places:
    """At most 5,000 of some runs in their order, drawn at random, the same ones each time."""
    if among.size <= MOST:
        return among
    return np.sort(np.random.default_rng(0).choice(among, MOST, replace=False))


def plain(numbers: Reals) -> list[float | None]:
    """Numbers as JSON has them: None for what it has not."""
    return [number if np.isfinite(number) else None for number in numbers.tolist()]


def layout(**more: Any) -> dict[str, Any]:
    """What all figures have in common, and more."""
    return {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"color": TEXT, "family": _FAMILY, "size": 13},
        "modebar": {"bgcolor": CLEAR, "color": MUTED, "activecolor": TEXT},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": SURFACE,
            "bordercolor": MUTED,
            "font": {"color": TEXT, "family": _FAMILY},
            "align": "left",
            "namelength": -1,
        },
        "margin": {"l": 64, "r": 24, "t": 24, "b": 56},
        **more,
    }


def axis_layout(title: str, *, log: bool = False, **more: Any) -> dict[str, Any]:
    """What all axes of numbers have in common, and more. The title is shown as Plotly reads it."""
    ticks = {"type": "log", "nticks": _LOG_TICKS} if log else {"type": "linear"}
    return {
        **ticks,
        "exponentformat": "e",
        "title": {"text": title},
        "automargin": True,
        "gridcolor": LINE,
        "linecolor": LINE,
        "zerolinecolor": LINE,
        "tickcolor": LINE,
        **more,
    }
