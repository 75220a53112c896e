"""Runs side by side: what differs, with types and origins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from unifig import RecordedRun
from unifig.display.columns import Line
from unifig.flat import Flat
from unifig.messages import told
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.table import run_url
from unifig.web.value import Shown, shown
from unifig.web.view import View

from .listing import Made, begin_of, first, listing, numbered, picked

_OPTIONS: Final = ("find", "all", "origins")
_MOST_CELLS: Final = 4_000  # on a page
_ABOUT: Final = ("command", "arguments", "cwd", "commit", "dirty", "host", "python", "unifig")


class Side(NamedTuple):
    """A run among others."""

    run: RecordedRun
    url: str
    without_url: str
    """The page without it."""


class Compared(NamedTuple):
    """What one run has under a key."""

    value: Shown | None
    """None where it has nothing there."""
    type: str | None
    origin: str | None
    is_odd: bool
    """Whether it is another one than that of the first run."""


class Row(NamedTuple):
    """A key, and what each run has there."""

    part: str
    key: str
    cells: list[Compared]
    differs: bool


def show(request: Request) -> Response:
    """The runs that a view names, or the first ones of those that it is about."""
    return listing(request, _compare, _OPTIONS, is_long=True)


def _compare(site: Site, selection: Selection, view: View) -> Made:
    runs = picked(site, view) if view.runs else first(site, selection, view, view.size)
    rows = [row for row in _rows(runs) if _is_meant(row, view)]
    begin = begin_of(view)
    end = min(len(rows), begin + max(8, _MOST_CELLS // max(1, len(runs))))
    return "compare.html", {
        "sides": [_side(run, view, runs) for run in runs],
        "rows": rows[begin:end],
        **numbered(view, "/compare", begin, end, len(rows)),
        "options": view.options,
        "of": None if view.runs else selection.count,
    }


def _side(run: RecordedRun, view: View, runs: list[RecordedRun]) -> Side:
    rest = tuple(other.path for other in runs if other.path != run.path)
    return Side(run, run_url(run.path), view.url("/compare", runs=rest))


def _is_meant(row: Row, view: View) -> bool:
    find = view.options.get("find", "")
    is_found = find.casefold() in f"{row.part}.{row.key}".casefold()
    return is_found and (row.differs or "all" in view.options)


def _rows(runs: list[RecordedRun]) -> Iterator[Row]:
    yield from _part("config", [run.flat() for run in runs])
    yield from _part("summary", [Line(run).part("summary") for run in runs])
    yield from _part("", [_about(run) for run in runs])


def _about(run: RecordedRun) -> Flat:
    """What was known of the run itself."""
    metadata = run.metadata
    found = {name: metadata[name] for name in _ABOUT if metadata.get(name) is not None}
    return Flat({"state": run.state, "group": run.group, "tags": run.tags, **found})


def _part(part: str, flats: list[Flat]) -> Iterator[Row]:
    for key in dict.fromkeys(key for flat in flats for key in flat):
        values = [flat.get(key, NOTHING) for flat in flats]
        # Types are told apart, those that a value had before it was recorded included.
        texts = [
            "" if value is NOTHING else f"{flat.types.get(key)} {dumps(value)}"
            for value, flat in zip(values, flats, strict=True)
        ]
        cells = [
            _compared(flat, key, value, is_odd=text != texts[0])
            for flat, value, text in zip(flats, values, texts, strict=True)
        ]
        yield Row(part, key, cells, len(set(texts)) > 1)


def _compared(flat: Flat, key: str, value: Any, *, is_odd: bool) -> Compared:
    if value is NOTHING:
        return Compared(None, None, None, is_odd)
    origin = flat.origins.get(key)
    type_ = flat.types.get(key) or type(value).__name__
    return Compared(shown(value), type_, None if origin is None else told(origin), is_odd)
