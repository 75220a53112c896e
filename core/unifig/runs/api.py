"""``Api``: recorded runs, read and edited from any program."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from unifig._config import started_in
from unifig.absent import told_of_api

from . import paths
from .event import Problem
from .folder import find
from .opening import default_place
from .recorded import RecordedRun, Runs

_NEEDS = 'reading runs back needs SQLAlchemy: pip install "unifig[store]"'


class Api:
    """The runs of a folder: the one that ``init()`` would record into, unless told.

    ``dir`` is a folder of runs, ``store`` the path or URL of the store over it; ``UNIFIG_DIR`` and
    ``UNIFIG_STORE`` say the same. What is read is brought up to date first. Raises
    ModuleNotFoundError where SQLAlchemy is not installed.
    """

    def __init__(
        self,
        dir: str | os.PathLike[str] | None = None,  # noqa: A002 - as init() names it
        store: str | None = None,
    ) -> None:
        try:
            import sqlalchemy  # noqa: F401 - only to see that it is there
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(_NEEDS, name="sqlalchemy") from error
        from .archive import Archive

        start = started_in()
        self._archive = Archive(find(dir, start), store)
        self._place = default_place(start)

    def __repr__(self) -> str:
        return f"<Api of {self.folder}>"

    @property
    def folder(self) -> str:
        """The folder of runs."""
        return self._archive.folder.path

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(told_of_api(name))

    def run(self, path: str) -> RecordedRun:
        """The run at ``entity/project/id``; entity and project may be left out where they are ours.

        Raises RunPathError for what is no path, RunNotFoundError for a run that is not there,
        StoreError for a store that can't be read.
        """
        return RecordedRun(self._archive, self._archive.row(paths.parse(path, self._place)))

    def find(self, text: str) -> RecordedRun:
        """The run that a person means: its path, its id, how that begins, or ``latest``.

        An id need not be of our project where no other run has one that begins so; ``latest`` is
        the newest run of all, ``project/latest`` that of a project. Raises RunPathError for what is
        no path or may be several runs, RunNotFoundError where there is none.
        """
        return RecordedRun(self._archive, self._archive.find(text, self._place))

    def refresh(self, progress: Callable[[int, int], object] | None = None) -> None:
        """Brings the store up to date with the journals, as everything does that reads.

        ``progress`` is told how many bytes are delivered, and of how many. Warns of lines that
        can't be read. Raises StoreError for a store that can't be read.
        """
        self._archive.refresh(progress)

    def runs(
        self,
        path: str | None = None,
        filters: Mapping[str, Any] | None = None,
        order: str = "-created_at",
        per_page: int = 50,
    ) -> Runs:
        """The runs of ``entity/project`` or ``project``, of all projects where none is named.

        ``filters`` says which, ``{"config.lr": {"$lt": 0.1}}``, ``order`` by what they are sorted,
        ``-summary.acc``, and ``per_page`` how many are read at a time. Raises RunPathError for what
        is no path, FilterError for filters and orders that make no sense.
        """
        from .store import filters as conditions
        from .store import queries

        where = None if path is None else paths.parse_project(path, self._place)
        what = queries.Asked(where, conditions.parse(filters), queries.order_of(order))
        return Runs(self._archive, what, max(1, per_page))

    def problems(self) -> list[Problem]:
        """The lines of journals that can't be read: file, line, what is wrong."""
        return self._archive.problems()
