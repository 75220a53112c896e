"""Parallel coordinates: an axis for each of several values, and ranges of them to filter by."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from unifig import FilterError
from unifig.display.cells import cut, short
from unifig.runs.encoding import dumps
from unifig.web.figures.axis import Axis
from unifig.web.figures.parallel import parallel
from unifig.web.lists import read_list, write_list
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.view import View, check_names

from .axes import Axes, beside
from .listing import Made, listing

_OPTIONS: Final = ("axes", "log", "flip", "color")
_MOST_CONFIG: Final = 5
_MOST_METRICS: Final = 2
_MOST_AXES: Final = 20
_MOST_CHOICES: Final = 200
_WIDEST: Final = 60  # characters of a choice


class Choice(NamedTuple):
    """A value of an axis of categories."""

    code: int
    text: str
    exact: str
    """As the form sends it back."""


class Range(NamedTuple):
    """The inputs of the form for one axis."""

    name: str
    axis: Axis
    lowest: str
    highest: str
    choices: list[Choice]
    """Of an axis of categories its values, as many as can be chosen from."""


def show(request: Request) -> Response:
    """A line for each run of a view."""
    return listing(request, _page, _OPTIONS, "webgl", is_long=True)


def _page(site: Site, selection: Selection, view: View) -> Made:
    return "parallel.html", _figure(site, selection, view)


def _figure(site: Site, selection: Selection, view: View) -> dict[str, Any]:
    options = view.options
    config, metrics = selection.axes, selection.metrics
    names = read_list(options.get("axes", "")) or [*config[:_MOST_CONFIG], *metrics[:_MOST_METRICS]]
    if len(names) > _MOST_AXES:
        raise FilterError(f"{len(names)} axes are too many to be read: take up to {_MOST_AXES}")
    check_names(names)
    flip = read_list(options.get("flip", ""))
    colour = options.get("color") or next(iter(metrics), "")
    values = {
        "axis_names": names,
        "colour": colour,
        "figure": None,
        "ranges": [],
        "options": options,
    }
    if not selection.count or len(names) < 2:
        return values
    axes = Axes(selection)
    log = read_list(options.get("log", ""))
    if not options:  # whoever chose no axis has chosen no scale either
        log = [name for name in names if axes.is_wide(name)]
    made = [axes.of(name, log=name in log, flip=name in flip) for name in names]
    figure = parallel(made, colour=axes.of(colour, log=colour in log) if colour else None)
    ranges = [_range(selection, axes, name, axis) for name, axis in zip(names, made, strict=True)]
    given = {**options, "axes": write_list(names), "log": write_list(log), "color": colour}

    def toggled(option: str, name: str) -> str:
        """The chart with an axis turned round, or of another scale."""
        listed = {"log": log, "flip": flip}[option]
        rest = [other for other in listed if other != name]
        made = write_list(rest if name in listed else [*listed, name])
        return view.with_options({**given, option: made}).url("/parallel")

    table = beside(site, selection, view, names, f"-{colour or names[-1]}")
    return {**values, "figure": figure, "ranges": ranges, "toggled": toggled, "table": table}


def _range(selection: Selection, axes: Axes, name: str, axis: Axis) -> Range:
    if axis.texts is not None:
        choices = [
            Choice(code, cut(text, _WIDEST), dumps(value))
            for code, (text, value) in enumerate(
                zip(axis.texts[:_MOST_CHOICES], axes.distinct(name), strict=False)
            )
        ]
        return Range(name, axis, "", "", choices)
    facet = next(facet for facet in selection.facets if facet.name == name)
    return Range(name, axis, short(facet.lowest), short(facet.highest), [])
