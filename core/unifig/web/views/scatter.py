"""One value of each run against another."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unifig.web.figures.scatter import scatter
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.view import View

from .axes import Axes, beside
from .listing import Made, listing

_OPTIONS: Final = ("x", "y", "color", "logx", "logy", "logcolor", "frontier")


def show(request: Request) -> Response:
    """A point for each run of a view."""
    return listing(request, _page, _OPTIONS, "chart", is_long=True)


def _page(site: Site, selection: Selection, view: View) -> Made:
    return "scatter.html", _figure(site, selection, view)


def _figure(site: Site, selection: Selection, view: View) -> dict[str, Any]:
    options = view.options
    config, metrics = selection.axes, selection.metrics
    x = options.get("x") or next(iter([*_of_numbers(selection, config), *config, "created_at"]))
    y = options.get("y") or next(iter([*metrics, "step", "created_at"]))
    colour = options.get("color", "")
    values = {"x": x, "y": y, "colour": colour, "options": options, "figure": None, "log": {}}
    if not selection.count:
        return values
    axes = Axes(selection)
    # Whoever chose no axis has chosen no scale either.
    log = {
        name: f"log{name}" in options or (name not in options and axes.is_wide(chosen))
        for name, chosen in (("x", x), ("y", y))
    }
    frontier = options.get("frontier")
    figure = scatter(
        axes.of(x, log=log["x"]),
        axes.of(y, log=log["y"]),
        axes.named,
        colour=axes.of(colour, log="logcolor" in options) if colour else None,
        frontier="lowest" if frontier == "lowest" else "highest" if frontier == "highest" else None,
    )
    table = beside(site, selection, view, [name for name in (x, y, colour) if name], f"-{y}")
    return {**values, "log": log, "figure": figure, "table": table}


def _of_numbers(selection: Selection, names: list[str]) -> list[str]:
    """Those of some names that have numbers."""
    numeric = {facet.name for facet in selection.facets if facet.lowest is not None}
    return [name for name in names if name in numeric]
