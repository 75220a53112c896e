"""A writer's journal: what happens in a run, taken in microseconds and written by a thread.

Whoever records puts an item into a queue; a thread takes all that is there, writes it as lines of
one file, and syncs that once a second. Nothing here knows a database, and nothing raises for what a
disk does: see :mod:`.append`.

In a process that was forked off there is no such thread, and its end may come without a word: there
each item is written at once, into a file of the process's own.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

from unifig.flat import Flat
from unifig.messages import discreet

from .append import AppendedFile
from .configuration import removed_text, set_text
from .encoding import dumps
from .event import head, line
from .folder import journal_name
from .metrics import Extremes, Row, object_text, rows_text
from .paths import RunPath

MOST_WAITING: Final = 500_000
"""How many numbers may wait to be written before ``log()`` waits; some fifty megabytes."""

_GATHER: Final = 0.05  # seconds from the first item of a batch to its writing
_ROOM: Final = 0.002  # seconds after which a full queue is looked at again
_SYNC: Final = 1.0  # seconds
_BEAT: Final = 10.0  # seconds after which a journal says that its process lives
_ROWS: Final = 256  # of one line, which is what damage costs

LogRow = tuple[int, int, Row]
"""A row of ``log()``: step, time in microseconds, numbers by stored key."""

Item = LogRow | tuple[int, str, Callable[[], str], None]
"""A row; or an event's time in microseconds, its kind, and what gives the rest of its line."""


class Journal:
    """The journal of one writer of one run.

    ``folders`` are where its file may be, the first that can be written; ``extremes`` is what was
    logged before. ``aside_of`` is the writer of the process that opened the run, for another one.
    All comes after the time ``after``: another machine's clock may be before this one's.
    """

    def __init__(
        self,
        run: RunPath,
        folders: Sequence[str],
        extremes: Extremes,
        *,
        aside_of: str | None = None,
        after: int = 0,
    ) -> None:
        self.run = run
        self.untold: list[str] = []
        """What has gone wrong and was not told yet, for whoever can tell the user."""
        self.folders = folders
        self._extremes = extremes
        self._aside_of = aside_of
        self._at = after
        self._begin()

    def _begin(self) -> None:
        """A new writer: of the process that opens the run, or of one that was forked off it."""
        self.writer = os.urandom(8).hex()
        self._head = head(self.writer, self.run, aside=self._aside_of)
        self._file = AppendedFile(journal_name(self.run[2], self.writer), self.folders)
        self._known = threading.Lock()  # of the extremes; taken before the queue's
        self._lock = threading.Lock()  # of the queue: what is below
        self._items: list[Item] = []
        self._unfolded: list[Row] = []
        self._weight = 0
        self._wake: SimpleQueue[None] = SimpleQueue()  # a signal's handler may put into it
        self._over: SimpleQueue[None] = SimpleQueue()
        self._is_over = False
        self._hurrying = False
        self._writing = threading.Lock()  # of the file, where several threads write
        self._last_words: Callable[[], str] | None = None
        self._closing = False
        self._synced = time.monotonic()
        self._told: set[str] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread; what was put before is written by it."""
        self._thread = threading.Thread(target=self._work, name="unifig-journal", daemon=True)
        self._thread.start()
        if self._items:
            self._hurrying = True  # a run that ends at once is to be known of
            self._wake.put(None)

    def after_fork(self) -> None:
        """In a process that was forked off: what waits is the other one's to write."""
        self._file.close()
        self._aside_of = self.opened_by
        self._begin()

    @property
    def is_aside(self) -> bool:
        """Whether it is of a process that did not open the run."""
        return self._aside_of is not None

    @property
    def opened_by(self) -> str:
        """The writer of the process that opened the run."""
        return self._aside_of or self.writer

    @property
    def path(self) -> str | None:
        """The file; None before the first line."""
        return self._file.path

    # Taking

    def put(self, kind: str, body: Callable[[], str]) -> None:
        """Takes an event; ``body`` gives the rest of its line, and is called by the thread."""
        with self._lock:
            self._items.append((time.time_ns() // 1000, kind, body, None))
            first = len(self._items) == 1
        if first or self._thread is None:
            self._begun()

    def put_row(self, row: LogRow) -> None:
        """Takes a row of ``log()``; waits where very many wait already."""
        numbers = row[2]
        with self._lock:
            self._items.append(row)
            self._unfolded.append(numbers)
            self._weight += len(numbers) + 1
            first = len(self._items) == 1
        if first or self._thread is None:
            self._begun()
        elif self._weight > MOST_WAITING:
            self._wait_for_room()

    def _begun(self) -> None:
        """The first item of a batch is there."""
        if self._thread is not None:
            self._wake.put(None)
        elif self.is_aside:
            with self._writing:
                self._write_batch()
                self._sync_at_times()

    def _wait_for_room(self) -> None:
        while self._weight > MOST_WAITING and self._thread is not None and not self._is_over:
            self._hurrying = True
            self._wake.put(None)
            time.sleep(_ROOM)

    def extremes(self) -> Extremes:
        """Of each metric what was logged up to now; a copy."""
        with self._known:
            self._fold()
            return self._extremes.copy()

    def set_last(self, values: dict[str, Any], removed: Sequence[str]) -> None:
        """Sets values of the summary, and takes some out; all by stored key."""
        with self._known:
            self._fold()
            for key in removed:
                self._extremes.last.pop(key, None)
            self._extremes.last.update(values)
            self.put("summary", partial(summary_body, values, removed))

    def _fold(self) -> None:
        """Takes rows into the extremes, in their order."""
        rows, self._unfolded = self._unfolded, []
        for row in rows:
            self._extremes.add(row)

    # Writing

    def close(self, timeout: float) -> bool:
        """Writes all that waits and closes the file; whether that was done in time."""
        if self._thread is not None:
            if not self._join(timeout):
                return False
        else:
            with self._writing:
                self._end()
        self._tell(self._file.ended())
        return True

    def close_at_signal(self, finish: Callable[[], str] | None, timeout: float) -> None:
        """The same, for the handler of a signal; ``finish`` gives the rest of a last line.

        That may have stopped this very thread anywhere, with a lock in its hands: none is taken.
        """
        self._last_words = finish
        self._join(timeout)

    def _join(self, timeout: float) -> bool:
        self._closing = True
        self._wake.put(None)
        # Not by the thread's own join(), which takes a thread for ended after a Ctrl-C (bpo-45274).
        end = time.monotonic() + timeout
        while self._thread is not None and not self._is_over and time.monotonic() < end:
            with suppress(Empty):
                self._over.get(timeout=max(0.0, min(_SYNC, end - time.monotonic())))
        return self._thread is None or self._is_over

    def _work(self) -> None:
        try:
            self._write_as_it_comes()
        finally:
            self._is_over = True
            self._over.put(None)

    def _write_as_it_comes(self) -> None:
        beat = time.monotonic()
        while not self._closing:
            if self._woken(_SYNC if self._file.needs_care else _BEAT):
                self._gather()
            self._hurrying = False
            now = time.monotonic()
            if self._write_batch():
                beat = now
            elif now - beat >= _BEAT:
                self._file.touch()
                beat = now
            self._sync_at_times()
        self._end()

    def _woken(self, patience: float) -> bool:
        try:
            self._wake.get(timeout=patience)
        except Empty:
            return False
        return True

    def _gather(self) -> None:
        """Waits a moment for more, unless somebody waits for this."""
        end = time.monotonic() + _GATHER
        while not (self._hurrying or self._closing):
            left = end - time.monotonic()
            if left <= 0 or not self._woken(left):
                return

    def _sync_at_times(self) -> None:
        now = time.monotonic()
        if now - self._synced >= _SYNC:
            self._tell(self._file.sync())
            self._synced = now

    def _end(self) -> None:
        if self._last_words is not None:
            self._items.append((time.time_ns() // 1000, "finish", self._last_words, None))
        self._write_batch(last=True)
        self._tell(self._file.sync())
        self._file.close()

    def _write_batch(self, *, last: bool = False) -> bool:
        """Writes what waits; whether that was anything."""
        # A signal may have stopped the thread that holds a lock, and wait for this one.
        locks = [lock for lock in (self._known, self._lock) if lock.acquire(timeout=1)]
        items, self._items = self._items, []
        self._weight = 0
        for lock in locks[1:]:
            lock.release()
        self._fold()
        for lock in locks[:1]:
            lock.release()
        self._tell(self._file.write(self._lines(items), force=last))
        return bool(items)

    def _lines(self, items: list[Item]) -> list[bytes]:
        lines = []
        rows: list[LogRow] = []
        for item in items:
            if len(item) == 3:
                rows.append(item)
                if len(rows) == _ROWS:
                    lines.append(self._log_line(rows))
                    rows = []
                continue
            if rows:
                lines.append(self._log_line(rows))
                rows = []
            at, kind, body, _ = item
            try:
                text = body()
            except Exception as error:  # noqa: BLE001 - it is told, and what follows is written
                told = discreet(f"{type(error).__name__}: {error}")
                self._tell(f"an event of the kind {kind} can't be written: {told}")
            else:
                lines.append(self._line(at, f'"{kind}"{text}'))
        if rows:
            lines.append(self._log_line(rows))
        return lines

    def _log_line(self, rows: list[LogRow]) -> bytes:
        return self._line(rows[-1][1], f'"log","rows":{rows_text(rows)}')

    def _line(self, at: int, body: str) -> bytes:
        # The clock may have been set back.
        self._at = max(self._at + 1, at)
        return line(self._at, self._head, body)

    def _tell(self, trouble: str | None) -> None:
        """Remembers what is to be told; each kind of trouble once, wherever it is met again."""
        if trouble is None:
            return
        kind = trouble.rpartition("; ")[2]
        if kind not in self._told:
            self._told.add(kind)
            self.untold.append(trouble)


def config_body(
    flat: Flat, *, whole: bool = False, removed: Sequence[str] = (), forgotten: Sequence[str] = ()
) -> str:
    """The rest of the line of an event ``config``."""
    return "".join(
        [
            ',"whole":true,' if whole else ",",
            set_text(flat),
            removed_text("removed", removed),
            removed_text("forgotten", forgotten),
        ]
    )


def summary_body(values: dict[str, Any], removed: Sequence[str]) -> str:
    """The rest of the line of an event ``summary``; all by stored key."""
    text = f',"set":{object_text(values)}' if values else ""
    return f',"removed":{dumps(list(removed))}{text}' if removed else text


def fields_body(**fields: Any) -> str:
    """The rest of the line of an event whose fields are plain data; those that are None are out."""
    told = {name: value for name, value in fields.items() if value is not None}
    return "".join(f',"{name}":{dumps(value)}' for name, value in told.items())
