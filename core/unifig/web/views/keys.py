"""All keys and metrics of some runs: what is there under each, to filter, show and group by."""

from __future__ import annotations

from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from unifig.display import cells
from unifig.display.columns import as_data
from unifig.web.frame.facets import Facet
from unifig.web.frame.frame import TIMES
from unifig.web.frame.groups import moment
from unifig.web.selection import Selection, condition_of
from unifig.web.site import Site
from unifig.web.table import Cell, cell
from unifig.web.view import View

from .listing import Made, begin_of, listing, numbered
from .runs import shown

_OPTIONS: Final = ("find", "all")
_MOST_VALUES: Final = 8


class Choice(NamedTuple):
    """A value that some runs have."""

    cell: Cell
    runs: int
    url: str
    """The runs that have it."""


class Key(NamedTuple):
    """What runs have under one name."""

    facet: Facet
    choices: list[Choice]
    more: int
    """How many values there are beside the choices."""
    ends: list[str]
    """Of numbers and times the lowest and the highest."""
    bars: list[tuple[int, int]]
    """Of numbers how high each bar is, in percent, and how many runs it stands for."""
    show_url: str | None
    """The table with it as a column; None where it is one."""
    group_url: str
    sort_url: str


def show(request: Request) -> Response:
    """What each key of the runs of a view has."""
    return listing(request, _keys, _OPTIONS)


def _keys(_site: Site, selection: Selection, view: View) -> Made:
    find, is_whole = view.options.get("find", ""), "all" in view.options
    found = [facet for facet in selection.facets if _is_meant(facet, find, is_whole=is_whole)]
    begin = begin_of(view)
    page = found[begin : begin + view.size]
    end = begin + len(page)
    names = shown(selection, view)
    return "keys.html", {
        "keys": [_key(selection, facet, view, names) for facet in page],
        "find": find,
        "whole": is_whole,
        **numbered(view, "/keys", begin, end, len(found), back=begin - view.size),
    }


def _is_meant(facet: Facet, find: str, *, is_whole: bool) -> bool:
    if find:
        return find.casefold() in facet.name.casefold()
    return is_whole or facet.varies


def _key(selection: Selection, facet: Facet, view: View, names: list[str]) -> Key:
    table = view.shared()
    if facet.name in TIMES:
        ends = [cells.instant(moment(end)) for end in (facet.lowest, facet.highest)]
    elif facet.lowest is not None:
        ends = [cells.short(facet.lowest), cells.short(facet.highest)]
    else:
        ends = []
    is_few = facet.distinct <= _MOST_VALUES or facet.distinct < facet.count
    has_choices = is_few and facet.name not in TIMES
    choices = [
        Choice(
            cell(value, facet.name),
            count,
            condition_of(selection.frame, table, facet.name, as_data(value)).url(),
        )
        for value, count in (facet.top[:_MOST_VALUES] if has_choices else [])
    ]
    bins = facet.histogram.counts if facet.histogram and facet.distinct > _MOST_VALUES else []
    if bins:
        choices = [choice for choice in choices if choice.runs > 1]
    is_shown = facet.name in names
    return Key(
        facet,
        choices,
        facet.distinct - len(choices),
        ends,
        [(round(100 * count / max(bins)), count) for count in bins],
        None if is_shown else table.url(columns=(*names, facet.name)),
        table.url(group=tuple(dict.fromkeys([*view.group, facet.name])), sort=View.sort),
        table.url(sort=f"-{facet.name}"),
    )
