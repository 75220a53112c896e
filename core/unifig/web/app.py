"""The application: which page answers which address."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from unifig import RunNotFoundError, StoreError, UnifigError
from unifig.runs.archive import Archive
from unifig.runs.paths import Place

from .figures.script import plotly_script
from .frame.cache import StillLoading
from .site import CrowdedError, Site, site_of
from .views import (
    compare,
    counting,
    curves,
    edits,
    importance,
    keys,
    parallel,
    run,
    runs,
    scatter,
    sheets,
)

_LONG: Final = "private, max-age=86400"
_RUN: Final = "/run/{entity}/{project}/{id}"


def create_app(archive: Archive, mine: Place) -> Starlette:
    """The pages over the runs of an archive, which begin to be read.

    ``mine`` is the place of paths that name no project. The application has no guards: see
    :mod:`.guard`.
    """
    site = Site(archive, mine)
    app = Starlette(routes=_routes(), exception_handlers=_HANDLERS)
    app.state.site = site
    site.cache.start()
    return app


def _routes() -> list[BaseRoute]:
    pages = {
        "/": runs.show,
        "/keys": keys.show,
        "/scatter": scatter.show,
        "/parallel": parallel.show,
        "/importance": importance.show,
        "/curves": curves.show,
        "/compare": compare.show,
        "/runs.csv": sheets.show,
        "/count": counting.show,
        "/plotly.js": _plotly,
        _RUN: run.show,
    }
    with as_file(files(__package__).joinpath("static")) as folder:
        static = StaticFiles(directory=folder)
    return [
        *(Route(path, show, methods=["GET"]) for path, show in pages.items()),
        Route(_RUN, edits.change, methods=["POST"]),
        Mount("/static", static),
    ]


def _plotly(_request: Request) -> Response:
    """The script of Plotly, as its Python package has it."""
    return FileResponse(
        plotly_script(), media_type="text/javascript", headers={"Cache-Control": _LONG}
    )


# What goes wrong


def _still_loading(request: Request, error: Exception) -> Response:
    assert isinstance(error, StillLoading)  # noqa: S101 - what it is registered for
    values = {"done": error.done, "total": error.total}
    return site_of(request).pages.page("loading.html", values, status=503)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    text = f"There is no page {request.url.path}" if error.status_code == 404 else error.detail
    return _error(request, "This can't be shown", text, error.status_code)


def _failed(request: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, StoreError) else 400
    return _error(request, "This can't be shown", str(error), status)


def _missing(request: Request, error: Exception) -> Response:
    return _error(request, "No such run", str(error), 404)


def _error(request: Request, title: str, text: str, status: int) -> Response:
    return site_of(request).pages.page("error.html", {"title": title, "text": text}, status=status)


def _crowded(request: Request, error: Exception) -> Response:
    return _error(request, "One moment", str(error), 503)


_HANDLERS: Final = {
    StillLoading: _still_loading,
    CrowdedError: _crowded,
    HTTPException: _refused,
    RunNotFoundError: _missing,
    UnifigError: _failed,
}
