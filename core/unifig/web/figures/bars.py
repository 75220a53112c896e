"""How much of a result each key explains, as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from unifig.web.statistics.importance import Importance

from .colours import ACCENT
from .figure import Figure, axis_layout, layout
from .texts import endings, lines, number

MOST: Final = 20
"""So many keys have a bar."""

_WIDEST: Final = 36  # characters of a name
_HEIGHT: Final = 26  # of a bar with its gap, in pixels


def bars(keys: Sequence[Importance]) -> Figure:
    """A bar for each of the first 20 keys, the first on top.

    ``shown`` and ``of`` count keys.
    """
    drawn = keys[:MOST]
    places = list(range(len(drawn)))
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [key.weight for key in drawn],
        "y": places,
        "marker": {"color": ACCENT},
        "hovertext": [lines(_told(key)) for key in drawn],
        "hoverinfo": "text",
    }
    names = endings([key.name for key in drawn], _WIDEST)
    ticks: dict[str, Any] = {"tickvals": places, "ticktext": names, "showgrid": False}
    return Figure(
        [trace],
        layout(
            xaxis=axis_layout("share of the variance", rangemode="tozero", tickformat=".0%"),
            yaxis=axis_layout("", autorange="reversed", **ticks),
            height=100 + _HEIGHT * max(4, len(drawn)),
            bargap=0.3,
        ),
        shown=len(drawn),
        of=len(keys),
        left_out={},
        notes=[],
        brushes=[],
    )


def _told(key: Importance) -> Iterator[str]:
    yield key.name
    yield f"share of the variance: {key.weight:.1%}"
    yield f"runs: {key.count}, without the key: {key.absent}, distinct values: {key.distinct}"
    measures = {"Pearson": key.pearson, "Spearman": key.spearman, "eta²": key.eta2}
    for name, value in measures.items():
        if value is not None:
            yield f"{name}: {number(value)}"
