"""Delivers the journals of one run into a store that others share, as often as it is asked to.

Each time is one transaction on one connection, and none where nothing has come: the server may be
far, and many processes ask it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from unifig.runs.event import Problem
from unifig.runs.folder import Folder, slug
from unifig.runs.paths import RunPath

from . import beats, journals, tables
from .connection import Store, open_store
from .delivery import parts_of
from .failures import RefusedError
from .intake import Delivered, Intake, Waiting

_UNDER_WAY: Final = 1_000_000
"""Microseconds after which whoever records a run has written what happened by then."""


def opened(folder: Folder, path: RunPath) -> Errand:
    """One for the store that ``UNIFIG_STORE`` says.

    Raises StoreError where that can't be opened, ModuleNotFoundError without its driver.
    """
    return Errand(folder, open_store(folder), path)


class Errand:
    """Delivers the journals of the run at ``path``, wherever in a folder they are."""

    def __init__(self, folder: Folder, store: Store, path: RunPath) -> None:
        self._folder = folder
        self._store = store
        self._path = path
        self._slug = slug(path[2])
        self._found: tuple[journals.Times, list[tuple[str, str]]] | None = None
        self._reached: dict[str, int] = {}
        """How far each journal is delivered, as far as this process knows."""
        self._refused: dict[str, int] = {}
        """Journals that the database can't take, and how long they were."""
        self._heard = 0.0

    def run(self, *, last: bool = False) -> list[Problem]:
        """Delivers what there is; the lines that could not be read, which nobody was told of yet.

        Of several writers' journals, unless it is for the ``last`` time, what is a second old: what
        one of them has written by then, all have, and nothing comes too late. Raises StoreError
        where the store can't be used.
        """
        problems: list[Problem] = []
        while (waiting := list(self._waiting())) or self._is_silent():
            until = None
            if len(self._paths()) > 1 and not last:
                until = time.time_ns() // 1000 - _UNDER_WAY
            some = self._deliver(waiting, until)
            problems += some.problems
            if not some.bytes:
                break
        return problems

    def is_done(self) -> bool:
        """Whether all is delivered that stands in the journals now."""
        return not any(self._waiting()) and not self._refused

    def _deliver(self, waiting: list[Waiting], until: int | None) -> Delivered:
        part = next(parts_of(waiting, self._store), [])
        try:
            return self._in_one(part, until)
        except RefusedError as error:
            if len(part) > 1:
                return self._deliver(part[:1], until)
            for one in part:
                self._refused[one.name] = one.size
            path = part[0].path if part else self._folder.path
            return Delivered(0, [Problem(path, 0, f"it can't be delivered: {error}")])

    def _in_one(self, part: list[Waiting], until: int | None) -> Delivered:
        """One transaction: some of what waits, and a sign of life."""
        some = Delivered()
        with self._store.writing([self._slug]) as connection:
            if part:
                some = Intake(connection, self._folder, keeps=True).deliver(part, until)
            if self._is_silent():
                self._give_sign(connection)
        self._reached.update(some.reached)
        self._heard = time.monotonic()
        return some

    def _give_sign(self, connection: Connection) -> None:
        query = select(tables.run.c.key).where(tables.is_run(self._path))
        beats.beat(connection, list(connection.scalars(query)))

    def _is_silent(self) -> bool:
        return time.monotonic() - self._heard > beats.PERIOD

    def _waiting(self) -> Iterator[Waiting]:
        """The journals with more than is delivered, as far as this process knows."""
        for name, path in self._paths():
            size, reached = journals.size(path), self._reached.get(name, 0)
            if size is not None and size not in (reached, self._refused.get(name)):
                yield Waiting(name, path, size, reached)

    def _paths(self) -> list[tuple[str, str]]:
        """The run's journals, by name and path; looked for again where there may be new ones."""
        times = journals.times(self._folder)
        if not (
            journals.are_settled(times) and self._found is not None and self._found[0] == times
        ):
            of_folder = journals.of(self._folder)
            meant = sorted(pair for pair in of_folder if journals.slug_of(pair[0]) == self._slug)
            self._found = times, meant
        return self._found[1]
