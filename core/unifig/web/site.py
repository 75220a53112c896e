"""What the pages have in common: the runs, what is kept of them in memory, the templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Final, NamedTuple, cast

import numpy as np
from starlette.requests import Request
from starlette.responses import HTMLResponse

from unifig import RecordedRun, __version__
from unifig.display.columns import Line
from unifig.display.conditions import OPERATORS
from unifig.runs.archive import Archive
from unifig.runs.paths import Place, RunPath

from .frame.cache import Cache
from .frame.frame import Frame
from .pages import TABS, Pages
from .selection import Selection, Selections
from .view import SIZES, View, read_query

_PATIENCE: Final = 10.0  # seconds
_MOST_NAMES: Final = 2000  # that a list to choose from has

FIELDS: Final = (
    *("id", "name", "state", "created_at", "finished_at", "project", "entity", "group"),
    *("job_type", "tags", "notes", "step", "exit_code", "error"),
)
"""What is known of a run beside its config and its summary, in the order in which it is offered."""


class CrowdedError(Exception):
    """Too many ask at once for what takes long."""


class Site:
    """One store, and the pages over it. ``mine`` is the place of paths that name no project."""

    def __init__(self, archive: Archive, mine: Place) -> None:
        self.archive = archive
        self.mine = mine
        self.cache = Cache(archive)
        self.selections = Selections()
        self._turn = BoundedSemaphore()
        self.pages = Pages(
            {"version": __version__, "store": archive.store.name, "operators": OPERATORS}
        )

    def selection(self, view: View) -> Selection:
        """The runs of a view, as they are now.

        Raises StillLoading until all runs were read once, FilterError and RunPathError for what
        makes no sense.
        """
        return self.selections.of(self.cache.frame(), view, self.mine)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """What takes long is done for one at a time, lest a few who ask again and again stop all.

        Raises CrowdedError where the turn does not come within some seconds.
        """
        if not self._turn.acquire(timeout=_PATIENCE):
            raise CrowdedError("others ask for what takes long: try again in a few seconds")
        try:
            yield
        finally:
            self._turn.release()

    def lines(self, frame: Frame, rows: Iterable[int]) -> list[Line]:
        """Runs by their rows in memory, as the store has them; without those that are gone."""
        keys = [int(frame.keys[row]) for row in rows]
        return [Line(RecordedRun(self.archive, row)) for row in self.archive.rows(keys)]

    def run(self, path: RunPath) -> RecordedRun:
        """A run as the store has it, after it was brought up to date.

        Raises RunNotFoundError where it is not there.
        """
        return RecordedRun(self.archive, self.archive.row(path))

    def projects(self) -> list[Project]:
        """The projects that have runs, by name."""
        frame = self.cache.frame()
        return frame.kept("projects", lambda: _projects(frame))

    def listing(
        self,
        request: Request,
        template: str,
        view: View,
        values: Mapping[str, Any],
        *,
        selection: Selection | None = None,
        error: str | None = None,
        policy: str | None = None,
    ) -> HTMLResponse:
        """A page about the runs of a view; with an ``error`` it says why there are none."""
        path = request.url.path
        shared = view.shared()
        common = {
            "path": path,
            "view": view,
            "urls": {place: shared.url(place) for place, _ in TABS},
            "projects": self.projects(),
            "project": view.project,
            "trouble": self.cache.trouble,
            "warnings": self.cache.warnings,
            "selection": selection,
            "unknown": [] if selection is None else selection.unknown,
            "names": [] if selection is None else offered(selection),
            "sizes": SIZES,
            "error": error,
            "tried": dict(query_of(request)) if error else {},
        }
        status = 200 if error is None else 400
        return self.pages.page(template, {**common, **values}, status=status, policy=policy)


class Project(NamedTuple):
    """A project, and how many runs it has."""

    path: str
    runs: int


def _projects(frame: Frame) -> list[Project]:
    ones, others = frame.categories("entity"), frame.categories("project")
    if ones is None or others is None:
        return []
    both = ones.codes.astype(np.int64) * (len(others.values) + 1) + others.codes
    found, counts = np.unique(both[frame.alive], return_counts=True)
    pairs = [divmod(int(code), len(others.values) + 1) for code in found]
    return [
        Project(f"{ones.values[one]}/{others.values[other]}", int(count))
        for (one, other), count in zip(pairs, counts, strict=True)
    ]


def offered(selection: Selection) -> list[str]:
    """The names that can be asked for of some runs: what tells them apart first."""
    config, metrics = selection.telling
    rest = [facet.name for facet in selection.facets]
    return list(dict.fromkeys([*config, *metrics, *FIELDS, *rest]))[:_MOST_NAMES]


def query_of(request: Request) -> list[tuple[str, str]]:
    """The parts of a request's address after its question mark."""
    return read_query(request.scope["query_string"])


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    return cast("Site", request.app.state.site)
