"""Brings what stands in the journals into the store: each event once, whenever it is stopped.

What is done with a part of a journal, and how far that reached, is one transaction. The events of a
run have one order, whoever wrote them: one that comes too late makes its run be folded anew from
all its journals. So a store that is thrown away and made again is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from unifig.runs.event import Problem
from unifig.runs.folder import Folder, slug
from unifig.runs.metadata import host

from . import journals, states, tables
from .backlog import NOTHING, known, not_done
from .connection import Store
from .failures import BusyError, ForbiddenError, RefusedError
from .intake import Delivered, Intake, Waiting, remember

_FILES: Final = 1000  # of one transaction
_BYTES: Final = 1 << 26
_TORN: Final = 0.2  # seconds after which half a line is no line under way

Progress = Callable[[int, int], object]
"""Told how many bytes are delivered, of how many."""


class _Found(NamedTuple):
    """What there is to do."""

    waiting: list[Waiting]
    listed: journals.Times
    states: list[states.Change]


class Delivery:
    """Delivers the journals of one folder to one store, as often as it is asked to."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._store = store
        # Of many folders that deliver into one store each remembers its own.
        self._site = f"{host()}:{folder.path}:" if store.is_remote else ""
        self._refused: dict[str, int] = {}
        """Journals that the database can't take, and how long they were."""

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
        # Of a store that others share somebody else may tell the rest, who is let or has the time.
        with suppress(BusyError, ForbiddenError) if self._store.is_remote else nullcontext():
            if not (found.waiting or self._refused) and found.listed != times:
                self._remember_listing(times)
            if found.states:
                with self._store.writing() as connection:
                    states.tell(connection, found.states, keeps=self._store.is_remote)
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
            before = delivered
            for part in parts_of(waiting, self._store):
                some = self._deliver_part(part)
                problems += some.problems
                torn = torn or some.is_torn
                delivered += some.bytes
                if progress is not None:
                    progress(delivered, max(total, delivered))
            if delivered == before:
                break  # half lines, and what can't be read
            with self._store.reading() as connection:
                waiting = self._waiting(connection)
        if torn and waiting:
            problems += self._tell_torn(waiting)
        return problems

    def _deliver_part(self, part: list[Waiting]) -> Delivered:
        """Delivers some journals; where the database can't take them, each by itself."""
        try:
            with self._store.writing({one.slug for one in part}) as connection:
                return self._intake(connection).deliver(part)
        except RefusedError as error:
            if len(part) > 1:
                return _sum(self._deliver_part([one]) for one in part)
            self._refused[part[0].name] = part[0].size
            return Delivered(0, [Problem(part[0].path, 0, f"it can't be delivered: {error}")])

    def _intake(self, connection: Connection) -> Intake:
        return Intake(connection, self._folder, keeps=self._store.is_remote)

    def within(self, connection: Connection, run_id: str | None = None) -> None:
        """Delivers all that waits inside a transaction that writes; what it can't read waits on.

        With ``run_id`` that of the runs of this id, whose names the transaction has locked.
        """
        only = None if run_id is None else slug(run_id)
        while waiting := [one for one in self._waiting(connection) if only in (None, one.slug)]:
            parts = parts_of(waiting, self._store)
            if not sum(self._intake(connection).deliver(part).bytes for part in parts):
                return

    def _waiting(self, connection: Connection) -> list[Waiting]:
        """The journals with more than the store has, those of one run beside each other."""
        waiting = []
        for name, path, offset in self._unfinished(connection):
            size = journals.size(path)
            if size is not None and size not in (offset, self._refused.get(name)):
                waiting.append(Waiting(name, path, size, offset))
        return sorted(waiting)

    def _unfinished(self, connection: Connection) -> Iterator[tuple[str, str, int]]:
        """The journals that may grow: name, path, and how far each is delivered."""
        if journals.times(self._folder) == self._listed(connection):
            # No journal has come or gone: those that are done stay so.
            for name, one in not_done(connection).items():
                yield name, journals.path(self._folder, name), one.offset
            return
        found = list(journals.of(self._folder))
        # A store of many folders has far more journals than are here.
        names = [name for name, _ in found] if self._store.is_remote else None
        before = known(connection, names)
        for name, path in found:
            one = before.get(name, NOTHING)
            if not one.done:
                yield name, path, one.offset

    def _listed(self, connection: Connection) -> journals.Times:
        columns = tables.listing.c
        query = select(columns.place, columns.modified).where(columns.place.in_(self._places()))
        return {
            place.removeprefix(self._site): modified
            for place, modified in connection.execute(query)
        }

    def _places(self) -> list[str]:
        """What the folders of journals are called in the store."""
        return [self._site + place for place in journals.PLACES]

    def _remember_listing(self, times: journals.Times) -> None:
        """Remembers how the folders were before they were looked through, where that is sure."""
        if not times or not journals.are_settled(times):
            return  # what comes at the same tick of the clock would be overlooked
        rows = [{"place": self._site + place, "modified": at} for place, at in times.items()]
        with suppress(BusyError), self._store.writing([self._site]) as connection:
            here = tables.listing.c.place.in_(self._places())
            connection.execute(tables.listing.delete().where(here))
            connection.execute(tables.listing.insert(), rows)

    def _tell_torn(self, waiting: list[Waiting]) -> list[Problem]:
        """What is half a line, and stays so for a moment."""
        time.sleep(_TORN)
        torn = [one for one in waiting if journals.size(one.path) == one.size]
        with self._store.writing({one.slug for one in torn}) as connection:
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

    def _states(self, connection: Connection) -> list[states.Change]:
        find = states.of_remote if self._store.is_remote else states.of_local
        return find(connection, self._folder)


def _sum(parts: Iterable[Delivered]) -> Delivered:
    whole = list(parts)
    return Delivered(
        sum(one.bytes for one in whole),
        [problem for one in whole for problem in one.problems],
        any(one.is_torn for one in whole),
    )


def parts_of(waiting: list[Waiting], store: Store) -> Iterator[list[Waiting]]:
    """What waits, as each transaction takes some of it; of a store that others share, little."""
    files, most = (_FILES // 10, _BYTES // 8) if store.is_remote else (_FILES, _BYTES)
    part: list[Waiting] = []
    size = 0
    for one in waiting:
        part.append(one)
        size += one.size - one.offset
        if len(part) == files or size > most:
            yield part
            part, size = [], 0
    if part:
        yield part
