"""Keeps the runs of an archive in memory, and up to date, for all threads of the page's server."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from unifig.errors import StoreError
from unifig.runs.archive import Archive
from unifig.runs.store import changes
from unifig.runs.store.failures import BusyError

from .frame import Frame
from .loading import extended

_RUNS: Final = "runs"
_MOST_TOLD: Final = 100
_LONGER: Final = 10


class StillLoading(Exception):  # noqa: N818 - nothing went wrong
    """The runs are being read for the first time: ``done`` of ``total``.

    ``what`` says of what: first "bytes of journals", which are delivered, then "runs".
    """

    def __init__(self, done: int, total: int, what: str) -> None:
        super().__init__(f"the runs are still being read: {done:,} of {total:,} {what}")
        self.done = done
        self.total = total
        self.what = what


class Cache:
    """The runs of an archive in memory: read once, and brought up to date when they are asked for.

    Any thread may ask. Where the store can't be read later on, what was read before is given, and
    :attr:`trouble` says why. ``often`` is how many seconds lie between two looks at least.
    """

    def __init__(self, archive: Archive, often: float = 0.5) -> None:
        self._archive = archive
        self._often = often
        self._frame: Frame | None = None
        self._until: int | None = None
        self._generation: Hashable = None
        self._seen: dict[int, int] = {}
        """The rows that were told last, as hashes, by primary key."""
        self._next = 0.0
        """When the store is looked at again, by the monotonic clock."""
        self._reading = threading.Lock()
        self._starting = threading.Lock()
        self._is_loading = False
        self._error: Exception | None = None
        self._told: dict[str, None] = {}
        self._what = _RUNS
        self._progress = (0, 0)
        self.trouble: str | None = None
        """Why the runs may not be as they are in the store by now; None where they are."""

    @property
    def progress(self) -> tuple[int, int] | None:
        """How much is read, of how much, for the first time; None where nothing is."""
        return self._progress if self._is_loading else None

    @property
    def warnings(self) -> list[str]:
        """What was told of journals: the lines that can't be read. At most the last hundred."""
        return list(self._told)

    def start(self) -> None:
        """Begins to read, in a thread of its own; does nothing where that was done."""
        with self._starting:
            if self._frame is not None or self._is_loading:
                return
            self._is_loading = True
        threading.Thread(target=self._load, name="unifig-runs", daemon=True).start()

    def frame(self) -> Frame:
        """The runs as they are, or were half a second ago.

        Raises StillLoading until they were read for the first time, and what went wrong with that,
        once: whoever asks next makes them be read again.
        """
        frame = self._frame
        if frame is None or self._is_loading:
            raise self._not_yet()
        if time.monotonic() >= self._next and self._reading.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._reading.release()
        return self._frame or frame

    def _not_yet(self) -> Exception:
        """Why there are no runs."""
        error, self._error = self._error, None
        if error is not None:
            return error
        self.start()
        return StillLoading(*self._progress, self._what)

    def _load(self) -> None:
        try:
            with self._reading:
                self._look()
                self._rest()
        except Exception as error:  # noqa: BLE001 - whoever asks is told
            self._archive.reopen()
            self._error = error
        finally:
            self._is_loading = False

    def _refresh(self) -> None:
        try:
            self._look()
        except BusyError as error:
            self.trouble = str(error)
        except StoreError as error:
            self._archive.reopen()
            self.trouble = str(error)
        self._rest()

    def _look(self) -> None:
        """Brings to the store what stands in the journals, and here what stands in the store.

        Where the former can't be done, there is still something to read.
        """
        trouble = None
        self._what = "bytes of journals"
        try:
            told = self._archive.deliver(self._tell)
        except StoreError as error:
            trouble = f"{error}. What was recorded last may be missing here"
        else:
            self._told.update(dict.fromkeys(told))
            for text in list(self._told)[:-_MOST_TOLD]:
                del self._told[text]
        self._what = _RUNS
        self._read()
        self.trouble = trouble

    def _read(self) -> None:
        """Reads what has changed in the store, or all of it where it is another one."""
        store = self._archive.store
        # Asked first: with a number that was told later, all is read once more, and nothing missed.
        generation = store.generation
        frame, until, seen = self._frame, self._until, self._seen
        if frame is None or generation != self._generation:
            frame, until, seen = Frame.empty(), None, {}
        told: dict[int, int] = {}
        with store.reading() as connection:
            if until is None:
                _keep_little(connection)
            total = 0 if until is not None else changes.number(connection, None)
            self._tell(0, total)
            rows, later = changes.since(connection, until)
            new = rows if until is None else _new(rows, seen, told)
            frame = extended(frame, new, lambda done: self._tell(done, total), total=total)
        self._frame, self._until, self._seen = frame, later, told
        self._generation = generation

    def _rest(self) -> None:
        """Leaves the store alone for a while; longer where it makes everybody wait for nothing."""
        wait = self._often * (_LONGER if self.trouble else 1)
        self._next = time.monotonic() + wait

    def _tell(self, done: int, total: int) -> None:
        self._progress = done, total


def _new(
    rows: Iterable[tuple[Any, ...]], seen: Mapping[int, int], told: dict[int, int]
) -> Iterator[tuple[Any, ...]]:
    """The rows that were not told the last time, for a store may tell one again.

    ``seen`` has those that were, as hashes by primary key, and ``told`` is to have these.
    """
    for row in rows:
        told[row[0]] = hash(row)
        if seen.get(row[0]) != told[row[0]]:
            yield row


def _keep_little(connection: Connection) -> None:
    """Makes SQLite keep few pages of a connection that reads each of them once."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size=-4096")
