"""What a table shows, all of its pages, as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from unifig.display.columns import as_data
from unifig.display.sheet import cell, text_cell
from unifig.origin import NOTHING
from unifig.runs.store.queries import order_of
from unifig.web.frame import groups
from unifig.web.selection import Selection
from unifig.web.site import Site, query_of, site_of
from unifig.web.view import View

from .listing import WRONG, check
from .runs import grouped, measured, shown

_AT_ONCE: Final = 500  # runs
_MEASURES: Final = ("mean", "std", "min", "max", "count", "nan")


def show(request: Request) -> Response:
    """The table of a view, of runs or of groups."""
    site = site_of(request)
    view = View.read(query_of(request))
    try:
        check(view)
        selection = site.selection(view)
        rows = _groups(selection, view) if view.group else _runs(site, selection, view)
    except WRONG as error:
        return PlainTextResponse(str(error).encode("utf-8", "backslashreplace"), 400)
    name = "groups.csv" if view.group else "runs.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_text(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _text(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for at, row in enumerate(rows):
        writer.writerow(row)
        if at % _AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "backslashreplace")  # half a character has no form in UTF-8


def _runs(site: Site, selection: Selection, view: View) -> Iterator[list[str]]:
    names = ["path", *(name for name in shown(selection, view) if name != "path")]
    order = selection.ordered(order_of(view.sort))
    return _lines_of_runs(site, selection, names, order)


def _lines_of_runs(
    site: Site, selection: Selection, names: list[str], order: Any
) -> Iterator[list[str]]:
    yield list(map(text_cell, names))
    for begin in range(0, len(order), _AT_ONCE):
        for line in site.lines(selection.frame, order[begin : begin + _AT_ONCE]):
            values = [line.run.path if name == "path" else line.get(name) for name in names]
            yield ["" if value is NOTHING else cell(as_data(value)) for value in values]


def _groups(selection: Selection, view: View) -> Iterator[list[str]]:
    return _lines_of_groups(grouped(selection, view), view.group, measured(selection, view))


def _lines_of_groups(
    found: Iterable[groups.Group], names: tuple[str, ...], metrics: list[str]
) -> Iterator[list[str]]:
    headings = [*names, "runs", *(f"{name} {what}" for name in metrics for what in _MEASURES)]
    yield list(map(text_cell, headings))
    for group in found:
        line = ["" if value is NOTHING else cell(as_data(value)) for value in group.values]
        line.append(str(group.count))
        for name in metrics:
            spread = group.spreads.get(name)
            told = {} if spread is None else spread.as_dict()
            found_ = (told.get(what) for what in _MEASURES)
            line += ["" if value is None else cell(value) for value in found_]
        yield line
