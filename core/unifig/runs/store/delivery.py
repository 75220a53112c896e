"""Brings what stands in the journals into the store: each event once, whenever it is stopped.

What is done with a part of a journal, and how far that reached, is one transaction. The events of a
run have one order, whoever wrote them: one that comes too late makes its run be folded anew from
all its journals. So a store that is thrown away and made again is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from unifig.runs.event import Problem
from unifig.runs.folder import Folder
from unifig.runs.life import is_gone
from unifig.runs.record import RUNNING

from . import journals, tables
from .connection import BusyError, Store
from .intake import Intake, Waiting, known, remember
from .rows import CRASHED, writers_of

_FILES: Final = 1000  # of one transaction
_BYTES: Final = 1 << 26
_SETTLED: Final = 1_000_000_000  # nanoseconds, by which a folder's time tells all changes
_TORN: Final = 0.2  # seconds after which half a line is no line under way

Progress = Callable[[int, int], object]
"""Told how many bytes are delivered, of how many."""


class _Found(NamedTuple):
    """What there is to do."""

    waiting: list[Waiting]
    listed: journals.Times
    states: list[dict[str, Any]]


class Delivery:
    """Delivers the journals of one folder to one store, as often as it is asked to."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._store = store

    def run(self, progress: Progress | None = None) -> list[Problem]:
        """Delivers all that waits; the lines that could not be read, which nobody was told of yet.

        Raises BusyError where another process writes to the store for long, StoreError where it
        can't be written.
        """
        times = journals.times(self._folder)
        problems: list[Problem] = []
        found = self._look()
        if found.waiting:
            problems = self._deliver(found.waiting, progress)
            found = self._look()
        if not found.waiting and found.listed != times:
            self._remember_listing(times)
        if found.states:
            self._tell_states(found.states)
        return problems

    def _look(self) -> _Found:
        """What there is to do; all in one transaction, for mostly it is nothing."""
        with self._store.reading() as connection:
            return _Found(
                self._waiting(connection), self._listed(connection), self._states(connection)
            )

    def _deliver(self, waiting: list[Waiting], progress: Progress | None) -> list[Problem]:
        problems: list[Problem] = []
        delivered, torn, total = 0, False, sum(one.size - one.offset for one in waiting)
        while waiting:
            with self._store.writing() as connection:
                intake = Intake(connection, self._folder)
                done = intake.deliver(_part(waiting))
            problems += intake.problems
            torn = torn or intake.is_torn
            delivered += done
            if progress is not None:
                progress(delivered, max(total, delivered))
            if not done:
                break  # half lines, and what can't be read
            with self._store.reading() as connection:
                waiting = self._waiting(connection)
        return problems + (self._tell_torn(waiting) if torn and waiting else [])

    def within(self, connection: Connection) -> None:
        """Delivers all that waits inside a transaction that writes; what it can't read waits on."""
        while waiting := self._waiting(connection):
            if not Intake(connection, self._folder).deliver(_part(waiting)):
                return

    def _waiting(self, connection: Connection) -> list[Waiting]:
        """The journals with more than the store has, those of one run beside each other."""
        columns = tables.journal.c
        query = select(columns.name, columns.offset, columns.done)
        as_known = journals.times(self._folder) == self._listed(connection)
        if as_known:  # no journal has come or gone: those that are done stay so
            query = query.where(columns.done.is_(False))
        found = connection.execute(query).all()
        offsets = {name: offset for name, offset, done in found if not done}
        if as_known:
            paths = [(name, journals.path(self._folder, name)) for name in offsets]
        else:
            done = {name for name, _, is_done in found if is_done}
            paths = [pair for pair in journals.of(self._folder) if pair[0] not in done]
        waiting = []
        for name, path in paths:
            size = journals.size(path)
            if size is not None and size != offsets.get(name, 0):
                waiting.append(Waiting(name, path, size, offsets.get(name, 0)))
        return sorted(waiting)

    @staticmethod
    def _listed(connection: Connection) -> journals.Times:
        columns = tables.listing.c
        rows = connection.execute(select(columns.place, columns.modified))
        return {place: modified for place, modified in rows}  # noqa: C416 - no dict() of rows

    def _remember_listing(self, times: journals.Times) -> None:
        """Remembers how the folders were before they were looked through, where that is sure."""
        if not times or max(times.values()) > time.time_ns() - _SETTLED:
            return  # what comes at the same tick of the clock would be overlooked
        with suppress(BusyError), self._store.writing() as connection:
            connection.execute(tables.listing.delete())
            rows = [{"place": place, "modified": modified} for place, modified in times.items()]
            connection.execute(tables.listing.insert(), rows)

    def _tell_torn(self, waiting: list[Waiting]) -> list[Problem]:
        """What is half a line, and stays so for a moment."""
        time.sleep(_TORN)
        torn = [one for one in waiting if journals.size(one.path) == one.size]
        with self._store.writing() as connection:
            before = known(connection, [one.name for one in torn])
            problems = [
                Problem(
                    one.path,
                    before[one.name].line + 1,
                    "the line is not whole: its process was stopped while it wrote it",
                )
                for one in torn
                if one.name in before and before[one.name].offset < one.size
            ]
            return remember(connection, self._folder, problems)

    def _states(self, connection: Connection) -> list[dict[str, Any]]:
        """The runs whose processes are gone, or go on, and that are not known to."""
        columns = tables.run.c
        query = select(columns.key, columns.id, columns.state, columns.writers).where(
            columns.state.in_((RUNNING, CRASHED)), columns.exists
        )
        return [
            {"row": row["key"], "now": state}
            for row in connection.execute(query).mappings()
            if (state := self._state(row)) != row["state"]
        ]

    def _tell_states(self, states: list[dict[str, Any]]) -> None:
        columns = tables.run.c
        here = (columns.key == bindparam("row")) & columns.finished.is_(None)
        with self._store.writing() as connection:
            connection.execute(
                tables.run.update().where(here).values(state=bindparam("now")), states
            )

    def _state(self, row: Any) -> str:
        for name, writer in writers_of(row).items():
            if writer.open and not is_gone(row["id"], name, writer.process, self._folder.journals):
                return RUNNING
        return CRASHED


def _part(waiting: list[Waiting]) -> list[Waiting]:
    """What one transaction takes of what waits."""
    part: list[Waiting] = []
    size = 0
    for one in waiting:
        part.append(one)
        size += one.size - one.offset
        if len(part) == _FILES or size > _BYTES:
            break
    return part
