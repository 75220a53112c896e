"""How much of a metric each config value explains."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unifig import FilterError
from unifig.web.figures.bars import bars
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.statistics.confounding import Confounding, confounded
from unifig.web.statistics.importance import Ranking, importance
from unifig.web.view import View

from .axes import Axes
from .listing import Made, listing

_OPTIONS: Final = ("metric",)
_HOWS: Final = {
    "rank": "\N{GREEK SMALL LETTER RHO}",
    "categories": "V",
    "decides": "follows from this",
    "decided by": "decides this",
}
"""How keys move together."""


def show(request: Request) -> Response:
    """The config values of the runs of a view, those first that have most to do with a metric."""
    return listing(request, _page, _OPTIONS, "chart", is_long=True)


def _page(_site: Site, selection: Selection, view: View) -> Made:
    return "importance.html", _ranking(selection, view)


def _ranking(selection: Selection, view: View) -> dict[str, Any]:
    metrics = selection.metrics
    metric = view.options.get("metric") or next(iter(metrics), "")
    values = {"metric": metric, "metrics": metrics, "ranking": None, "figure": None}
    if not metric or not selection.count:
        return values
    axes = Axes(selection)
    names = [
        facet.name
        for facet in selection.facets
        if facet.name.startswith("config.") and facet.varies and facet.name != metric
    ]
    ranking, ties = selection.kept((__name__, metric), lambda: _worked_out(axes, metric, names))
    if not ranking.runs:
        raise FilterError(f"none of these runs has a number under {metric}: choose another metric")
    return {
        **values,
        "ranking": ranking,
        "ties": ties,
        "figure": bars(ranking.keys),
        "scatter": lambda name: view.with_options({"x": name, "y": metric}).url("/scatter"),
        "hows": _HOWS,
    }


def _worked_out(axes: Axes, metric: str, names: list[str]) -> tuple[Ranking, Confounding]:
    measured = axes.reals(metric)
    columns = {name: axes.values(name) for name in names}
    ranking = importance(measured, columns)
    return ranking, confounded(measured, columns, [key.name for key in ranking.keys])
