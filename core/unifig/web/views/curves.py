"""A metric over the steps: of runs that are picked, or of groups of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unifig.display import cells
from unifig.display.columns import Line
from unifig.origin import NOTHING
from unifig.web.figures.curves import Curve, X, curves
from unifig.web.histories import histories
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.table import cell, run_url
from unifig.web.view import View

from .listing import Made, first, listing, picked

_OPTIONS: Final = ("metric", "x", "logy")
_MOST_RUNS: Final = 10
_MOST_IN_GROUPS: Final = 200
_MOST_ROWS: Final = 2_000_000
"""Rows of histories that one page reads."""


def show(request: Request) -> Response:
    """A metric of the runs that a view names, of the first ones, or of its groups."""
    return listing(request, _page, _OPTIONS, "chart", is_long=True)


def _page(site: Site, selection: Selection, view: View) -> Made:
    return "curves.html", _figure(site, selection, view)


def _figure(site: Site, selection: Selection, view: View) -> dict[str, Any]:
    most = _MOST_IN_GROUPS if view.group else _MOST_RUNS
    runs = picked(site, view) if view.runs else first(site, selection, view, most)
    lines = sorted(map(Line, runs), key=lambda line: _group(line, view))
    metrics = list(dict.fromkeys(name for line in lines for name in line.part("min")))
    metric = view.options.get("metric", "").removeprefix("summary.") or next(iter(metrics), "")
    found, is_whole = _curves(site, lines, metric, view)
    x: X = "seconds" if view.options.get("x") == "seconds" else "step"
    means = bool(view.group) and not view.runs
    figure = (
        curves(metric, found, x=x, log_y="logy" in view.options, means=means) if found else None
    )
    return {
        "metric": metric,
        "metrics": metrics,
        "options": view.options,
        "x": x,
        "means": means,
        "groups_url": view.shared().with_list("metrics", (f"summary.{metric}",)).url("/"),
        "figure": figure,
        "lines": [_row(line, curve, metric) for line, curve in zip(lines, found, strict=False)],
        "of": None if view.runs else selection.count,
        "is_whole": is_whole,
        "most_rows": _MOST_ROWS,
    }


def _curves(site: Site, lines: Iterable[Line], metric: str, view: View) -> tuple[list[Curve], bool]:
    """The histories of runs, and whether those of all could be read."""
    found: list[Curve] = []
    rows = 0
    for line in lines:
        run = line.run
        rows += site.archive.history_size(run.row["key"])
        if rows > _MOST_ROWS and found:
            return found, False
        logged = histories(run, [metric])[metric]
        path = (run.entity, run.project, run.id)
        found.append(Curve(path, run.name, logged, _group(line, view)))
    return found, True


def _group(line: Line, view: View) -> str:
    """What a group is called: its values."""
    values = [(name.partition(".")[2] or name, line.get(name)) for name in view.group]
    return ", ".join(
        f"{name} {'(none)' if value is NOTHING else cells.bare(value)}" for name, value in values
    )


def _row(line: Line, curve: Curve, metric: str) -> dict[str, Any]:
    """A run as a line of the table beside the chart."""
    parts = (line.part(name).get(metric, NOTHING) for name in ("summary", "min", "max"))
    last, lowest, highest = (cell(value, f"summary.{metric}") for value in parts)
    return {
        "name": curve.name,
        "url": run_url(line.run.path),
        "group": curve.group,
        "points": len(curve.rows),
        "last": last,
        "lowest": lowest,
        "highest": highest,
    }
