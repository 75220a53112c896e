"""Brings what stands in the journals into the store: each event once, whenever it is stopped.

What is done with a part of a journal, and how far that reached, is one transaction. The events of a
run have one order, whoever wrote them: one that comes too late makes its run be folded anew from all
its journals. So a store that is thrown away and made again is the same.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from unifig.runs import reading
from unifig.runs.encoding import dumps
from unifig.runs.event import Event, Problem, RunPath
from unifig.runs.folder import SUFFIX, Folder
from unifig.runs.metadata import is_dead
from unifig.runs.record import RUNNING, RunRecord, order

from . import tables
from .connection import Store
from .rows import CRASHED, metrics_of, record_of, row_of, writers_of

SILENT: Final = 60.0
"""Seconds after which a process that has said nothing counts as gone."""

_ELSEWHERE: Final = "cache/"  # before the names of journals in the user's cache
_FILES: Final = 1000  # of one transaction
_BYTES: Final = 1 << 26
_CHUNK: Final = 1000  # rows of a history
_TORN: Final = 0.2  # seconds after which half a line is no line under way
_BINDS: Final = 500

Progress = Callable[[int, int], object]
"""Told how many bytes are delivered, of how many."""


class Waiting(NamedTuple):
    """A journal that has more than the store."""

    name: str
    path: str
    size: int
    offset: int


class Known(NamedTuple):
    """How much of a journal the store has."""

    offset: int
    line: int
    done: bool
    run: int | None


class Delivery:
    """Delivers the journals of one folder to one store, as often as it is asked to."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._done: set[str] = set()

    def run(self, progress: Progress | None = None) -> list[Problem]:
        """Delivers all that waits; the lines that could not be read, which nobody was told of yet.

        Raises BusyError where another process writes to the store for long, StoreError where it
        can't be written.
        """
        problems: list[Problem] = []
        delivered, torn = 0, False
        waiting = self._waiting()
        total = sum(one.size - one.offset for one in waiting)
        while waiting:
            with self._store.writing() as connection:
                pass_ = _Pass(connection, self._folder)
                done, torn_here = pass_.deliver(_part(waiting))
            problems += pass_.problems
            torn = torn or torn_here
            delivered += done
            if progress is not None:
                progress(delivered, max(total, delivered))
            if not done:
                break  # half lines, and what can't be read
            waiting = self._waiting()
        if torn and waiting:
            problems += self._tell_torn(waiting)
        self._look_after()
        return problems

    def _waiting(self) -> list[Waiting]:
        """The journals with more than the store has, those of one run beside each other."""
        with self._store.reading() as connection:
            known = {
                name: offset
                for name, offset, done in connection.execute(
                    select(*(tables.journal.c[name] for name in ("name", "offset", "done"))).where(
                        tables.journal.c.done.is_(False) if self._done else True  # noqa: FBT003
                    )
                )
                if not (done and self._done.add(name) is None)
            }
        waiting = []
        for name, path in _journals(self._folder):
            if name in self._done:
                continue
            try:
                size = os.stat(path).st_size
            except FileNotFoundError:
                continue
            if size != known.get(name, 0):
                waiting.append(Waiting(name, path, size, known.get(name, 0)))
        return sorted(waiting)
