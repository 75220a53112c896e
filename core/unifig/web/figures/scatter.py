"""One value of each run against another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from unifig.web.statistics.values import Places

from . import colours
from .axis import Axis, drawable
from .figure import Figure, Named, Runs, axis_layout, layout, sampled
from .frontier import frontier as best_so_far
from .scales import shades
from .texts import labels, lines, literal
from .ticks import category_ticks, evenly

MOST_COLOURS: Final = 12
"""Categories beyond are drawn as others."""

_MOST_BEST: Final = 1_000
_SIZE: Final = 8  # of a point, in pixels
_LAST: Final = 2_000  # in the legend, though drawn first, below the others


class _Drawn(NamedTuple):
    """The runs that are drawn, each at its place of the arrays."""

    x: Axis
    y: Axis
    colour: Axis | None
    runs: dict[int, Named]

    def trace(self, places: Places, **more: Any) -> dict[str, Any]:
        """Some of the runs as points."""
        ordered = places.tolist()
        return {
            "type": "scatter",
            "mode": "markers",
            "x": self.x.places[places].tolist(),
            "y": self.y.places[places].tolist(),
            "hovertext": [self._told(run) for run in ordered],
            "hoverinfo": "text",
            "customdata": [self.runs[run].link for run in ordered],
            **more,
        }

    def _told(self, run: int) -> str:
        axes = [self.x, self.y, *([] if self.colour is None else [self.colour])]
        named = self.runs[run]
        return lines([named.name, named.link, *(f"{axis.name}: {axis.text(run)}" for axis in axes)])


def scatter(
    x: Axis,
    y: Axis,
    runs: Runs,
    *,
    colour: Axis | None = None,
    frontier: Literal["lowest", "highest"] | None = None,
) -> Figure:
    """A point for each run, at most 5,000 of them; a click on one opens the run.

    ``frontier`` joins the runs whose y is the lowest or the highest so far, in the order of x.
    """
    shown, left_out = drawable([x, y])
    among = np.flatnonzero(shown)
    places = sampled(among)
    best = _best(x, y, among, frontier)
    asked = np.union1d(places, best).tolist()
    drawn = _Drawn(x, y, colour, dict(zip(asked, runs(asked), strict=True)))
    data = [*_coloured(drawn, places)]
    if best.size:
        data.append(_joined(drawn, best))
    return Figure(
        data,
        layout(
            xaxis=_axis(x, places),
            yaxis=_axis(y, places),
            showlegend=sum("name" in trace for trace in data) > 0,
        ),
        shown=places.size,
        of=among.size,
        left_out=left_out,
        notes=_notes(x, y, frontier),
        brushes=[],
    )


def _axis(axis: Axis, places: Places) -> dict[str, Any]:
    flipped: dict[str, Any] = {"autorange": "reversed"} if axis.flip else {}
    if not axis.is_category:
        return axis_layout(literal(axis.name), log=axis.log, **flipped)
    at, texts = category_ticks(axis, places)
    return axis_layout(literal(axis.name), tickvals=at, ticktext=texts, zeroline=False, **flipped)


def _best(x: Axis, y: Axis, among: Places, frontier: Literal["lowest", "highest"] | None) -> Places:
    if frontier is None or x.is_category or y.is_category:
        return among[:0]
    sign = 1.0 if frontier == "lowest" else -1.0
    return evenly(among[best_so_far(x.reals[among], sign * y.reals[among])], _MOST_BEST)


def _notes(x: Axis, y: Axis, frontier: Literal["lowest", "highest"] | None) -> list[str]:
    names = [axis.name for axis in (x, y) if axis.is_category]
    if frontier is None or not names:
        return []
    return [f"There is no frontier, for {' and '.join(names)} has values that are no numbers."]


def _joined(drawn: _Drawn, best: Places) -> dict[str, Any]:
    return drawn.trace(
        best,
        mode="lines+markers",
        name="best so far",
        line={"color": colours.TEXT, "width": 1.5, "shape": "hv"},
        marker={"color": colours.TEXT, "size": _SIZE - 2, "symbol": "circle-open"},
    )


def _coloured(drawn: _Drawn, places: Places) -> Iterator[dict[str, Any]]:
    colour = drawn.colour
    if colour is None:
        yield drawn.trace(places, marker=_marker(color=colours.CATEGORIES[0]))
        return
    known = drawable([colour])[0][places]
    if not known.all():
        yield drawn.trace(
            places[~known],
            name=literal(f"no {colour.name}"),
            marker=_marker(color=colours.MUTED, symbol="circle-open"),
            legendrank=_LAST,
        )
    if colour.is_category:
        yield from _by_category(drawn, colour, places[known])
    elif known.any():
        yield drawn.trace(
            places[known], marker=_marker(**shades(colour, colour.reals[places[known]]))
        )


def _marker(**more: Any) -> dict[str, Any]:
    outline = {"color": colours.SURFACE, "width": 0.5}
    return {"size": _SIZE, "opacity": 0.85, "line": outline, **more}


def _by_category(drawn: _Drawn, axis: Axis, places: Places) -> Iterator[dict[str, Any]]:
    codes = axis.places[places].astype(np.intp)
    own = _most_frequent(codes)
    others = ~np.isin(codes, own)
    if others.any():
        count = np.unique(codes[others]).size
        yield drawn.trace(
            places[others],
            name=f"other ({count} values)",
            marker=_marker(color=colours.MUTED, opacity=0.4),
            legendrank=_LAST,
        )
    names = labels(_texts(axis, own))
    for number, (code, name) in enumerate(zip(own, names, strict=True)):
        yield drawn.trace(
            places[codes == code],
            name=name,
            marker=_marker(color=colours.category(number), symbol=colours.symbol(number)),
        )


def _most_frequent(codes: Places) -> list[int]:
    """The codes that have a colour of their own, in the order of the values."""
    different, counts = np.unique(codes, return_counts=True)
    if different.size <= MOST_COLOURS:
        return list(different.tolist())
    return sorted(different[np.argsort(-counts, kind="stable")][:MOST_COLOURS].tolist())


def _texts(axis: Axis, codes: Sequence[int]) -> list[str]:
    return [] if axis.texts is None else [axis.texts[code] for code in codes]
