"""What can go from a folder of runs, and its going: journals of deleted runs, and what is empty.

A run that exists is never touched, nor a journal that a process may still write. What goes is
looked at twice: when it is listed, and again while nobody else writes to the store.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from unifig.runs.folder import Folder, is_on_network, journal_name, slug
from unifig.runs.life import is_gone, modified
from unifig.runs.metadata import is_dead
from unifig.runs.paths import RunPath

from . import journals, tables
from .changes import begin_generation
from .delivery import Delivery, Progress
from .sqlite import SqliteStore
from .traces import Author, Trace, authors, exists, trace

UNSEEN: Final = 3600.0
"""Seconds of silence after which a process that can't be seen from here counts as gone."""

_CHANGED: Final = "it has changed since it was looked at"
_BESIDE: Final = ("", "-wal", "-shm")
"""What the names of a store's files end with."""


class File(NamedTuple):
    """A file, as it was when it was looked at."""

    path: str
    size: int
    inode: int
    modified: int


class Rubbish(NamedTuple):
    """What can go, together."""

    why: str
    """``deleted``: the journals of a run; ``empty``: one without an event; ``store``: unused;
    ``delivered``: a journal that is in a store which others share."""
    run: RunPath | None
    files: tuple[File, ...]
    """In the order in which they go: whatever is left when that is stopped means the same."""
    kept: frozenset[str] = frozenset()
    """The journals that say that the run was deleted, where somebody may not know that yet."""

    @property
    def name(self) -> str:
        """What it is called: the run's path, or the file's."""
        return "/".join(self.run) if self.run else self.files[0].path

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(file.size for file in self.files)


class Left(NamedTuple):
    """What could go, but for what is said."""

    name: str
    why: str


class Tidying:
    """Tidies one folder, over which there is one store."""

    def __init__(self, folder: Folder, store: SqliteStore) -> None:
        self._folder = folder
        self._store = store
        self._delivery = Delivery(folder, store)

    # Looking

    def look(self, progress: Progress | None = None) -> tuple[list[Rubbish], list[Left]]:
        """What can go, and what could if its process were gone.

        Nothing is changed but the store, which is brought up to date; ``progress`` is told of that.
        Raises StoreError where it can't be.
        """
        self._delivery.run(progress)
        with self._store.reading() as connection:
            runs = _deleted(connection)
        rubbish: list[Rubbish] = []
        left: list[Left] = []
        by_slug = self._by_slug()
        for run in runs:
            sort(self._of_run(run, by_slug), rubbish, left)
        for path in sorted(path for paths in by_slug.values() for path in paths):
            sort(of_empty(path), rubbish, left)
        return rubbish + self._unused_stores(), left

    def _by_slug(self) -> dict[str, list[str]]:
        """The journals, by what the names of one run's begin with."""
        found: dict[str, list[str]] = defaultdict(list)
        for _, path in journals.of(self._folder):
            if os.path.isfile(path):
                found[os.path.basename(path).rpartition("-")[0]].append(path)
        return found

    def _of_run(self, run: RunPath, by_slug: dict[str, list[str]]) -> Rubbish | Left:
        """The journals of a run that was deleted."""
        found: dict[File, Trace] = {}
        for path in by_slug.get(slug(run[2]), ()):
            try:
                file = file_at(path)
                traced = trace(path)
            except FileNotFoundError:
                continue
            except OSError as error:  # what may be in it is not known
                return Left("/".join(run), f"{path}: {error.strerror or error}")
            if run in traced.runs:
                found[file] = traced
        if (why := self._why_it_stays(run, found)) is not None:
            return Left("/".join(run), why)
        kept = {file.path for file in found if found[file].deletes and self._others_may_ask()}
        # Deletions last. Of the rest what begins last first: a writer that was there before a
        # deletion is told by its beginning, and what it wrote afterwards counts for nothing.
        ordered = sorted(found, key=lambda file: (found[file].deletes, -found[file].begins))
        return Rubbish(
            "deleted",
            run,
            tuple(file for file in ordered if file.path not in kept),
            frozenset(kept),
        )

    def _why_it_stays(self, run: RunPath, found: dict[File, Trace]) -> str | None:
        """Why the journals of a deleted run can't go; None where they can."""
        if any(one.is_newer for one in found.values()):
            return "its journals have lines of a later version: upgrade unifig"
        if any(one.runs != {run} for one in found.values()):
            return "a journal of it has events of another run as well"
        if exists(run, found.values()):
            return _CHANGED
        told = (
            self._why_it_may_live(run, writer, author)
            for writer, author in authors(found.values()).items()
            if not author.has_ended
        )
        return next(filter(None, told), None)

    def _why_it_may_live(self, run: RunPath, writer: str, author: Author) -> str | None:
        """What tells that a writer's process may still write; None where it does not."""
        process = author.process
        if process is not None and (dead := is_dead(process)) is not None:
            return None if dead else f"its process {process.rpartition('/')[2]} still runs"
        places = self._folder.journals
        if author.is_aside:  # what it writes without the run counts for nothing
            gone = is_gone(run[2], writer, None, places)
            return None if gone else "a process that was forked off it may still run"
        name = journal_name(run[2], writer)
        silence = _silence([os.path.join(place, name) for place in places])
        return told_of(silence) if silence < UNSEEN else None

    def _others_may_ask(self) -> bool:
        """Whether there may be another store, which has not heard of a deletion yet."""
        return is_on_network(self._folder.path) or self._store.name not in self._folder.stores

    def _unused_stores(self) -> list[Rubbish]:
        """The store in the user's cache, where the folder has its own, and uses it."""
        here, *elsewhere = self._folder.stores
        found = []
        for path in elsewhere if self._store.name == here else ():
            if os.path.isfile(path):
                files = [file_at(path + end) for end in _BESIDE if os.path.isfile(path + end)]
                found.append(Rubbish("store", None, tuple(files)))
        return found

    # Tidying

    def tidy(
        self, rubbish: Sequence[Rubbish], progress: Progress | None = None
    ) -> tuple[list[Rubbish], list[Left]]:
        """Removes what :meth:`look` has found, and is as it was: what went, and what did not.

        Raises StoreError where the store can't be written.
        """
        gone: list[Rubbish] = []
        left: list[Left] = []
        with self._store.writing() as connection:
            self._delivery.within(connection)
            by_slug = self._by_slug()
            for at, one in enumerate(rubbish):
                if one.why == "store":
                    why = _remove_store(one, gone)
                elif (why := self._why_it_changed(connection, one, by_slug)) is None:
                    why = self._remove(connection, one, gone)
                if why is not None:
                    left.append(Left(one.name, why))
                if progress is not None:
                    progress(at + 1, len(rubbish))
        return gone, left

    def _why_it_changed(
        self, connection: Connection, one: Rubbish, by_slug: dict[str, list[str]]
    ) -> str | None:
        """Why something stays that could go when it was looked at; None where it still can."""
        if one.run is None:
            return None if of_empty(one.files[0].path) == one else _CHANGED
        if not _deleted(connection, one.run):
            return _CHANGED
        now = self._of_run(one.run, by_slug)
        if isinstance(now, Left):
            return now.why
        return None if now == one else _CHANGED

    def _remove(self, connection: Connection, one: Rubbish, gone: list[Rubbish]) -> str | None:
        """Removes journals and their rows; why not all of them."""
        removed: list[File] = []
        why = None
        for file in one.files:
            try:
                os.unlink(file.path)
            except OSError as error:
                why = f"{file.path}: {error.strerror or error}"
                break
            removed.append(file)
        self._forget(connection, removed)
        if one.run is not None and why is None and not one.kept:
            _forget_run(connection, one.run)
        if removed or why is None:
            gone.append(one._replace(files=tuple(removed)))
        return why

    def _forget(self, connection: Connection, removed: Iterable[File]) -> None:
        """Takes what the store has of journals out of it."""
        names = [{"gone": journals.name(self._folder, file.path)} for file in removed]
        if names:
            for column in (tables.journal.c.name, tables.problem.c.journal):
                query = column.table.delete().where(column == bindparam("gone"))
                connection.execute(query, names)


def sort(found: Rubbish | Left | None, rubbish: list[Rubbish], left: list[Left]) -> None:
    """Puts what was found where it belongs."""
    if isinstance(found, Left):
        left.append(found)
    elif found is not None and (found.files or not found.kept):
        rubbish.append(found)


def _deleted(connection: Connection, run: RunPath | None = None) -> list[RunPath]:
    """The runs that were deleted, as the store has it; with ``run`` this one, if it was."""
    columns = tables.run.c
    query = select(columns.entity, columns.project, columns.id).where(~columns.exists)
    if run is not None:
        query = query.where(tables.is_run(run))
    return [tuple(row) for row in connection.execute(query.order_by(columns.key))]


def _forget_run(connection: Connection, run: RunPath) -> None:
    """Takes a run that was deleted out of the store."""
    columns = tables.run.c
    query = select(columns.key).where(tables.is_run(run), ~columns.exists)
    key = connection.execute(query).scalar()
    for column in (tables.metric.c.run, tables.history.c.run, columns.key):
        connection.execute(column.table.delete().where(column == key))
    begin_generation(connection)  # nobody may have seen that it was deleted


def of_empty(path: str) -> Rubbish | Left | None:
    """A journal without a whole line, if it is one; nobody knows of which run it is."""
    try:
        file, is_empty = file_at(path), _is_empty(path)
    except OSError:
        return None
    if not is_empty:
        return None
    silence = _silence([path])
    if silence < UNSEEN:
        return Left(path, told_of(silence))
    return Rubbish("empty", None, (file,))


def _is_empty(path: str) -> bool:
    with open(path, "rb") as file:
        return not file.readline().endswith(b"\n")


def _silence(paths: Iterable[str]) -> float:
    """For how many seconds nothing was written to any of some files."""
    return time.time() - max(
        (at for path in paths if (at := modified(path)) is not None), default=0
    )


def told_of(silence: float) -> str:
    """Why a journal stays that was written so many seconds ago."""
    return f"its process may still run: it gave a sign of life {max(0, silence) / 60:.0f} min ago"


def file_at(path: str) -> File:
    """A file as it is now. Raises OSError where there is none."""
    found = os.stat(path)
    return File(path, found.st_size, found.st_ino, found.st_mtime_ns)


def _remove_store(one: Rubbish, gone: list[Rubbish]) -> str | None:
    """Removes a store, unless somebody has it open; why not."""
    path = one.files[0].path
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # refused while others have it open
    except sqlite3.OperationalError as error:
        return f"it is in use: {error}"
    except sqlite3.DatabaseError:
        pass  # it is broken, and nobody can use it
    try:
        for file in reversed(one.files):
            with suppress(FileNotFoundError):  # SQLite has taken its own files away
                os.unlink(file.path)
    except OSError as error:
        return f"it can't be removed: {error.strerror or error}"
    gone.append(one)
    return None
