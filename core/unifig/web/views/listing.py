"""What the pages about many runs have in common: which runs, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from unifig import FilterError, RecordedRun, RunNotFoundError, RunPathError
from unifig.runs.paths import parse
from unifig.runs.store.queries import order_of
from unifig.web.actions import changed
from unifig.web.selection import Selection
from unifig.web.site import Site, query_of, site_of
from unifig.web.view import View

Made = tuple[str, Mapping[str, Any]]
"""The name of a template, and what it needs beside what all pages have."""

WRONG = (FilterError, RunNotFoundError, RunPathError)
"""What a view that makes no sense raises; its page says it."""


def listing(
    request: Request,
    make: Callable[[Site, Selection, View], Made],
    options: Sequence[str] = (),
    policy: str | None = None,
    *,
    is_long: bool = False,
) -> Response:
    """A page about the runs that an address says; ``options`` are the page's own parts of it.

    One whose making ``is_long`` waits for its turn. What a form has sent becomes a part of the
    address first. What makes no sense is told on the page, with the filters as they were, so that
    they can be mended.
    """
    site, pairs = site_of(request), query_of(request)
    view = View.read(pairs, options)
    if (told := view.excess()) is not None:
        few = View(project=view.project)
        return site.listing(request, "wrong.html", few, {}, error=told)
    try:
        view.check()
        after = changed(view, pairs, site.cache.frame().columns)
        if after is not None:
            return RedirectResponse(after.url(request.url.path), 303)
        selection = site.selection(view)
        with site.turn() if is_long else nullcontext():
            template, values = make(site, selection, view)
    except WRONG as error:
        return site.listing(request, "wrong.html", view, {}, error=str(error))
    return site.listing(request, template, view, values, selection=selection, policy=policy)


def check(view: View) -> None:
    """Raises FilterError for a view that has names of nothing, or more than a page takes."""
    if (told := view.excess()) is not None:
        raise FilterError(told)
    view.check()


def begin_of(view: View) -> int:
    """Where a page of a table that is numbered begins."""
    after = view.after or ""
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0


def numbered(
    view: View, path: str, begin: int, end: int, number: int, *, back: int = 0
) -> dict[str, Any]:
    """What a page needs of a table whose lines are numbered: this part of it, and those beside it.

    The part before it begins at ``back``.
    """
    return {
        "begin": begin,
        "end": end,
        "number": number,
        "next": view.url(path, after=str(end)) if end < number else None,
        "previous": view.url(path, after=str(back) if back > 0 else None) if begin else None,
    }


def picked(site: Site, view: View) -> list[RecordedRun]:
    """The runs that a view names. Raises RunNotFoundError where one is not there."""
    return [site.run(parse(path, site.mine)) for path in view.runs]


def first(site: Site, selection: Selection, view: View, number: int) -> list[RecordedRun]:
    """The first of the runs that a view is about, in its order."""
    rows = selection.ordered(order_of(view.sort))[:number]
    return [line.run for line in site.lines(selection.frame, rows)]
