"""The table of runs, and of groups of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from unifig import FilterError
from unifig.display import cells
from unifig.display.columns import as_data
from unifig.messages import excerpt
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps, loads
from unifig.runs.store.queries import order_of
from unifig.web.frame import groups
from unifig.web.frame.frame import Frame
from unifig.web.frame.orders import After, end_of, page
from unifig.web.selection import Selection, condition_of
from unifig.web.site import Site
from unifig.web.table import Cell, Heading, are_numbers, cell, cell_of, heading, turned
from unifig.web.view import View, check_names

from .listing import Made, begin_of, listing, numbered

_MOST_CONFIG: Final = 7
_MOST_METRICS: Final = 4


def show(request: Request) -> Response:
    """The runs of a view a page at a time, or its groups."""
    return listing(request, _table)


def _table(site: Site, selection: Selection, view: View) -> Made:
    if view.group:
        return "groups.html", _groups(selection, view)
    return "runs.html", _runs(site, selection, view)


# Runs


def shown(selection: Selection, view: View) -> list[str]:
    """The names of the columns that a table of runs has: pinned ones first."""
    names = view.columns
    if not names:
        config, metrics = selection.telling
        projects = ["project"] if view.project is None and _is_mixed(selection) else []
        first = ["name", *projects, "state", "created_at"]
        names = (*first, *config[:_MOST_CONFIG], *metrics[:_MOST_METRICS])
    return list(dict.fromkeys([*view.pinned, *names]))


def _is_mixed(selection: Selection) -> bool:
    return any(facet.name == "project" and facet.varies for facet in selection.facets)


def _runs(site: Site, selection: Selection, view: View) -> dict[str, Any]:
    frame, order = selection.frame, order_of(view.sort)
    ordered = selection.ordered(order)
    rows = page(frame, ordered, order, view.size, after_of(view.after))
    begin = int(np.flatnonzero(ordered == rows[0])[0]) if len(rows) else 0
    end = begin + len(rows)
    lines = site.lines(frame, rows)
    names = shown(selection, view)
    columns = [[cell_of(line, name) for line in lines] for name in names]

    def url_from(place: int) -> str:
        if place <= 0:
            return view.url()
        return view.url(after=_after(end_of(frame, int(ordered[place - 1]), order)))

    return {
        "names_shown": names,
        "headings": [_heading(name, view) for name in names],
        "numbers": [are_numbers(column) for column in columns],
        "lines": [(line.run, [column[at] for column in columns]) for at, line in enumerate(lines)],
        "begin": begin,
        "end": end,
        "next": url_from(end) if end < len(ordered) else None,
        "previous": url_from(begin - view.size) if begin else None,
        "columns": Columns(view, names),
        "csv": view.url("/runs.csv", columns=tuple(names)),
    }


class Columns:
    """Where the columns of a table can be changed: an address for each change."""

    def __init__(self, view: View, names: list[str]) -> None:
        self._view = view
        self._names = names

    def moved(self, at: int, by: int) -> str:
        """The table with one of its columns further to the right, or to the left."""
        names = list(self._names)
        names.insert(at + by, names.pop(at))
        return self._view.url(columns=tuple(names))

    def pinned(self, name: str) -> str:
        """The table with a column pinned, or no longer."""
        pinned = self._view.pinned
        rest = tuple(other for other in pinned if other != name)
        return self._view.url(
            columns=tuple(self._names), pinned=rest if name in pinned else (*pinned, name)
        )

    def hidden(self, name: str) -> str:
        """The table without a column."""
        pinned = tuple(other for other in self._view.pinned if other != name)
        names = tuple(other for other in self._names if other != name)
        return self._view.url(columns=names, pinned=pinned)


def _heading(name: str, view: View) -> Heading:
    url = view.url() if name == "path" else view.url(sort=turned(name, view.sort))
    return heading(name, view.sort, url, is_pinned=name in view.pinned)


def _after(end: After) -> str:
    """Where a page ended, as a part of an address."""
    return f"{end.key}~{'' if end.value is NOTHING else dumps(end.value)}"


def after_of(text: str | None) -> After | None:
    """The inverse of :func:`_after`. Raises FilterError for what is none."""
    if text is None:
        return None
    key, _, value = text.partition("~")
    try:
        return After(loads(value) if value else NOTHING, int(key))
    except (ValueError, RecursionError):
        raise FilterError(f"no page begins after {excerpt(text)}: open the first one") from None


# Groups


class GroupLine:
    """A group as a line of a table."""

    def __init__(self, frame: Frame, group: groups.Group, names: Sequence[str], view: View) -> None:
        self.values = [
            cell(value, name) if value is not NOTHING else Cell("(none)", kind="none")
            for name, value in zip(names, group.values, strict=True)
        ]
        self.count = group.count
        self.spreads = group.spreads
        opened = view
        for name, value in zip(names, group.values, strict=True):
            opened = condition_of(frame, opened, name, as_data(value))
        self.url = opened.url(group=(), sort="-created_at")


def measured(selection: Selection, view: View) -> list[str]:
    """The names of what groups are measured by."""
    return list(view.metrics) or selection.metrics[:_MOST_METRICS]


def grouped(selection: Selection, view: View) -> groups.Groups:
    """The groups of a view, in its order: that of their values where nobody says it.

    Raises FilterError for an order that groups don't have.
    """
    names, metrics = list(view.group), measured(selection, view)
    name = view.sort.lstrip("+-")
    descending = view.sort.startswith("-")
    if view.sort not in {View.sort, "runs", "-runs"} and name not in names:
        check_names([name])
        metrics = list(dict.fromkeys([*metrics, name]))
    found = groups.grouped(selection.frame, selection.mask, names, metrics)
    if view.sort == View.sort:
        return found
    if name in names:
        return found.by_value(names.index(name), descending=descending)
    if name == "runs":
        return found.by_size(descending=descending)
    return found.by_mean(name, descending=descending)


def _groups(selection: Selection, view: View) -> dict[str, Any]:
    metrics = measured(selection, view)
    found = grouped(selection, view)
    begin = begin_of(view)
    shown_ = found[begin : begin + view.size]
    lines = [GroupLine(selection.frame, group, view.group, view) for group in shown_]
    return {
        "key_numbers": [
            are_numbers(line.values[at] for line in lines) for at in range(len(view.group))
        ],
        "keys": [_sortable(name, view) for name in view.group],
        "by_count": _sortable("runs", view),
        "metrics": [_sortable(name, view) for name in metrics],
        "metric_names": metrics,
        "lines": lines,
        **numbered(view, "/", begin, begin + len(shown_), len(found), back=begin - view.size),
        "csv": view.url("/runs.csv"),
        "short": cells.short,
    }


def _sortable(name: str, view: View) -> Heading:
    way = f"-{name}" if name == "runs" and view.sort != "-runs" else turned(name, view.sort)
    return heading(name, view.sort, view.url(sort=way), is_pinned=False)
