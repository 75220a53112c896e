"""A folder of runs with its store: brought up to date, then read; edited by one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import Any, Final

from unifig.errors import RunNotFoundError, RunPathError
from unifig.messages import near
from unifig.place import warn

from . import edits
from .event import Problem
from .folder import Folder, slug
from .paths import Place, RunPath, parse
from .store import journals, queries
from .store.connection import Store, open_store
from .store.delivery import Delivery, Progress
from .store.failures import BusyError

_MOST_TOLD: Final = 10  # lines of journals, in warnings


class Archive:
    """What :class:`unifig.Api` and what it gives read from and write to."""

    def __init__(self, folder: Folder, named: str | None) -> None:
        self.folder = folder
        self._named = named

    @cached_property
    def store(self) -> Store:
        """The store, opened when it is first asked for. Raises StoreError where it can't be."""
        return open_store(self.folder, self._named)

    def reopen(self) -> None:
        """Makes the store be opened anew when it is next asked for: its file may be gone."""
        for name in ("store", "_delivery"):
            self.__dict__.pop(name, None)

    @cached_property
    def _delivery(self) -> Delivery:
        return Delivery(self.folder, self.store)

    def refresh(self, progress: Progress | None = None) -> None:
        """Delivers what stands in the journals; warns of the lines that can't be read.

        Where another process writes for long it warns, and what is there already is read.
        """
        try:
            told = self.deliver(progress)
        except BusyError as error:
            warn(f"{error}. What was recorded last may be missing here")
            return
        for text in told:
            warn(text)

    def deliver(self, progress: Progress | None = None) -> list[str]:
        """Delivers what stands in the journals; what there is to tell of lines that can't be read.

        Raises BusyError where another process writes for long, StoreError where it can't be done.
        """
        problems = self._delivery.run(progress)
        told = list(map(str, problems[:_MOST_TOLD]))
        if len(problems) > _MOST_TOLD:
            told.append(f"{len(problems) - _MOST_TOLD:,} more lines of journals can't be read")
        return told

    def row(self, path: RunPath) -> queries.Row:
        """The row of a run. Raises RunNotFoundError where there is none."""
        self.refresh()
        with self.store.reading() as connection:
            row = queries.one(connection, path)
            if row is None:
                raise self._missing(path, queries.near_paths(connection, path))
        return row

    def find(self, text: str, place: Place) -> queries.Row:
        """The row of the run that a person means: by its path, its id, how that begins, ``latest``.

        Where entity and project are left out, those of ``place`` come before others. Raises
        RunPathError where several runs may be meant, RunNotFoundError where none is.
        """
        path = parse(text, place)
        self.refresh()
        parts = [part for part in text.strip("/").split("/") if part != "runs"]
        entity, project = [None, None, *path[3 - len(parts) : 2]][-2:]
        with self.store.reading() as connection:
            row = queries.one(connection, path)
            rows = [row] if row else queries.meant(connection, entity, project, path[2])
            if not rows:
                raise self._missing(path, queries.near_paths(connection, path))
        if len(rows) > 1:
            named = [f"{row['entity']}/{row['project']}/{row['id']}" for row in rows]
            raise RunPathError(f"{text!r} may be one of {', '.join(named)}: write more of it")
        return rows[0]

    def _missing(self, path: RunPath, others: list[RunPath]) -> RunNotFoundError:
        if path[2] == queries.LATEST and not others:
            return RunNotFoundError(f"there is no run yet in {self.folder.path}")
        told = "/".join(path)
        known = ["/".join(other) for other in others]
        return RunNotFoundError(f"there is no run {told} in {self.folder.path}{near(told, known)}")

    def page(
        self, what: queries.Asked, number: int, after: queries.After | None
    ) -> tuple[list[queries.Row], queries.After | None]:
        """The next runs of those that were asked for."""
        if after is None:
            self.refresh()
        with self.store.reading() as connection:
            return queries.page(connection, what, number, after)

    def rows(self, keys: Sequence[int]) -> list[queries.Row]:
        """The rows of runs by their primary keys, in that order, without those that are gone.

        As they are in the store, which is not brought up to date for it.
        """
        with self.store.reading() as connection:
            return queries.rows(connection, keys)

    def count(self, what: queries.Asked) -> int:
        """How many runs were asked for."""
        self.refresh()
        with self.store.reading() as connection:
            return queries.count(connection, what)

    def history(self, key: int) -> Iterator[list[Any]]:
        """The rows of a run's history."""
        for chunk in count():
            # Nothing is held open while somebody uses the rows.
            with self.store.reading() as connection:
                rows = queries.history(connection, key, chunk)
            if rows is None:
                return
            yield from rows

    def history_size(self, key: int) -> int:
        """How many rows a run's history has."""
        with self.store.reading() as connection:
            return queries.history_size(connection, key)

    def packages(self, digest: str | None) -> dict[str, str]:
        """The distributions of an environment."""
        with self.store.reading() as connection:
            return queries.packages(connection, digest)

    def problems(self) -> list[Problem]:
        """The lines of journals that can't be read, all that are known."""
        self.refresh()
        with self.store.reading() as connection:
            found = queries.problems(connection)
        return [
            Problem(journals.path(self.folder, name, must_exist=self.store.is_remote), line, told)
            for name, line, told in found
        ]

    @contextmanager
    def editing(self, path: RunPath) -> Iterator[queries.Row]:
        """The row of a run as it is now, while nobody else edits; see :meth:`append`.

        Raises RunNotFoundError where there is none, BusyError where somebody else edits for long.
        """
        with self.store.writing([slug(path[2])]) as connection:
            self._delivery.within(connection, path[2])
            row = queries.one(connection, path)
            if row is None:
                raise self._missing(path, queries.near_paths(connection, path))
            yield row
            self._delivery.within(connection, path[2])

    def append(self, path: RunPath, now: queries.Row, bodies: Sequence[str]) -> None:
        """Writes events of an edit, after all that the run has; inside :meth:`editing`."""
        edits.append(self.folder, path, now["last_at"], bodies)
