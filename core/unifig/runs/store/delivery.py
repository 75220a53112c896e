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
from unifig.runs.folder import SUFFIX, Folder, journal_name
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
        with self._store.reading() as connection:
            waiting = self._waiting(connection)
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
            with self._store.reading() as connection:
                waiting = self._waiting(connection)
        if torn and waiting:
            problems += self._tell_torn(waiting)
        self._look_after()
        return problems

    def within(self, connection: Connection) -> None:
        """Delivers all that waits inside a transaction that writes; what it can't read waits on."""
        while waiting := self._waiting(connection):
            done, _ = _Pass(connection, self._folder).deliver(_part(waiting))
            if not done:
                return

    def _waiting(self, connection: Connection) -> list[Waiting]:
        """The journals with more than the store has, those of one run beside each other."""
        known = self._offsets(connection)
        waiting = []
        for name, path in _journals(self._folder):
            if name in self._done:
                continue
            size = _size(path)
            if size is not None and size != known.get(name, 0):
                waiting.append(Waiting(name, path, size, known.get(name, 0)))
        return sorted(waiting)

    def _offsets(self, connection: Connection) -> dict[str, int]:
        """How much of each journal is delivered, but for those that are known to be done."""
        columns = tables.journal.c
        query = select(columns.name, columns.offset, columns.done)
        if self._done:
            query = query.where(columns.done.is_(False))
        found = connection.execute(query).all()
        self._done.update(name for name, _, done in found if done)
        return {name: offset for name, offset, done in found if not done}

    def _tell_torn(self, waiting: list[Waiting]) -> list[Problem]:
        """What is half a line, and stays so for a moment."""
        time.sleep(_TORN)
        torn = [one for one in waiting if _size(one.path) == one.size]
        with self._store.writing() as connection:
            known = _known(connection, [one.name for one in torn])
            problems = [
                Problem(
                    one.path,
                    known[one.name].line + 1,
                    "the line is not whole: its process was stopped while it wrote it",
                )
                for one in torn
                if one.name in known and known[one.name].offset < one.size
            ]
            return _remember(connection, self._folder, problems)

    def _look_after(self) -> None:
        """Tells the runs whose processes are gone from those that go on."""
        columns = tables.run.c
        query = select(columns.key, columns.id, columns.state, columns.writers).where(
            columns.state.in_((RUNNING, CRASHED)), columns.exists
        )
        with self._store.reading() as connection:
            found = connection.execute(query).mappings().all()
        changes = [
            {"row": row["key"], "now": state}
            for row in found
            if (state := self._state(row)) != row["state"]
        ]
        if changes:
            with self._store.writing() as connection:
                connection.execute(
                    tables.run.update()
                    .where(columns.key == bindparam("row"), columns.state.in_((RUNNING, CRASHED)))
                    .values(state=bindparam("now")),
                    changes,
                )

    def _state(self, row: Any) -> str:
        for name, writer in writers_of(row).items():
            if writer.open and not self._is_gone(journal_name(row["id"], name), writer.process):
                return RUNNING
        return CRASHED

    def _is_gone(self, journal: str, process: str | None) -> bool:
        """Whether a process that records has ended without a word."""
        if process is not None and is_dead(process):
            return True
        times = [_modified(os.path.join(folder, journal)) for folder in self._folder.journals]
        return time.time() - max((at for at in times if at is not None), default=0) > SILENT


class _Pass:
    """One transaction: a part of what waits, and how far it reached."""

    def __init__(self, connection: Connection, folder: Folder) -> None:
        self._connection = connection
        self._folder = folder
        self.problems: list[Problem] = []
        self._journals: dict[str, dict[str, Any]] = {}

    def deliver(self, waiting: list[Waiting]) -> tuple[int, bool]:
        """Delivers; how many bytes that were, and whether half a line was met."""
        delivered, torn = 0, False
        events: dict[RunPath, list[Event]] = defaultdict(list)
        known = _known(self._connection, [one.name for one in waiting])
        for one in waiting:
            before = known.get(one.name, Known(0, 0, done=False, run=None))
            part = self._read(one, before)
            if part is None:
                continue
            delivered += part.offset - before.offset
            torn = torn or part.is_torn
            for event in part.events:
                events[_path(event)].append(event)
        self._fold(events)
        self._write_journals()
        self.problems = _remember(self._connection, self._folder, self.problems)
        return delivered, torn

    def _read(self, one: Waiting, before: Known) -> reading.Reading | None:
        try:
            part = reading.read(one.path, before.offset, before.line)
        except OSError as error:
            told = f"it can't be read: {error.strerror or error}"
            self.problems.append(Problem(one.path, before.line, told))
            return None
        if one.size < before.offset:
            told = "the file is shorter than it was: what was delivered stays"
            self.problems.append(Problem(one.path, before.line, told))
            return None
        self.problems += part.problems
        self._reached(one.name, one.path, part, before.run)
        return part

    def _reached(self, name: str, path: str, part: reading.Reading, run: int | None) -> None:
        """Remembers how much of a journal is read, and that it is done where that is so."""
        last = bool(part.events) and bool(part.events[-1].get("last"))
        self._journals[name] = {
            "name": name,
            "offset": part.offset,
            "line": part.line,
            "done": last and part.offset == _size(path),
            "run": run,
            "path": _path(part.events[0]) if part.events else None,
        }

    def _fold(self, events: dict[RunPath, list[Event]]) -> None:
        records = self._records(list(events))
        for path, new in events.items():
            key, record = records[path]
            new.sort(key=order)
            if order(new[0]) <= record.last:
                record, new = self._anew(path)
            record.apply(new)
            records[path] = key, record
        for journal in self._journals.values():
            path = journal.pop("path")
            if path is not None:
                journal["run"] = records[path][0]
        self._write_runs([pair for pair in records.values() if pair[1].last[0]])

    def _records(self, paths: list[RunPath]) -> dict[RunPath, tuple[int, RunRecord]]:
        """The runs as they are, or new ones, with their primary keys."""
        found: dict[RunPath, tuple[int, RunRecord]] = {}
        columns = tables.run.c
        ids = sorted({path[2] for path in paths})
        for at in range(0, len(ids), _BINDS):
            query = select(tables.run).where(columns.id.in_(ids[at : at + _BINDS]))
            for row in self._connection.execute(query).mappings():
                path = row["entity"], row["project"], row["id"]
                if path in paths:
                    found[path] = row["key"], record_of(row)
        following = (self._connection.execute(select(func.max(columns.key))).scalar() or 0) + 1
        for path in paths:
            if path not in found:
                found[path] = following, RunRecord(path)
                following += 1
        return found

    def _anew(self, path: RunPath) -> tuple[RunRecord, list[Event]]:
        """A run without events yet, and all its events from all its journals."""
        events: list[Event] = []
        names = {path: name for name, path in _journals(self._folder)}
        for journal in reading.journals_of(path, self._folder.journals):
            whole = reading.read_all(journal)
            found = [event for event in whole.events if _path(event) == path]
            if not found:
                continue  # of another run, whose id looks the same in a file's name
            events += found
            self._reached(names[journal], journal, whole, None)
            self.problems += whole.problems
        return RunRecord(path), sorted(events, key=order)

    # Writing

    def _write_runs(self, pairs: list[tuple[int, RunRecord]]) -> None:
        connection = self._connection
        known = set()
        keys = [key for key, _ in pairs]
        for at in range(0, len(keys), _BINDS):
            query = select(tables.run.c.key).where(tables.run.c.key.in_(keys[at : at + _BINDS]))
            known.update(connection.scalars(query))
        self._write_environments(record for _, record in pairs)
        rows = [(key in known, row_of(record, key)) for key, record in pairs]
        new = [row for is_known, row in rows if not is_known]
        if new:
            connection.execute(tables.run.insert(), new)
        changed = [{**row, "row": row["key"]} for is_known, row in rows if is_known]
        if changed:
            query = tables.run.update().where(tables.run.c.key == bindparam("row"))
            connection.execute(query, changed)
        self._write_metrics(pairs, known)
        self._write_histories(pairs, known)

    def _write_environments(self, records: Iterator[RunRecord]) -> None:
        """Takes the packages out of what is known of runs, and keeps each list once."""
        found: dict[str, str] = {}
        for record in records:
            packages = record.about.pop("packages", None)
            if packages is not None:
                text = dumps(packages)
                digest = hashlib.sha256(text.encode()).hexdigest()
                found[digest] = text
                record.about["environment"] = digest
        if not found:
            return
        columns = tables.environment.c
        query = select(columns.digest).where(columns.digest.in_(list(found)))
        missing = found.keys() - set(self._connection.scalars(query))
        if missing:
            rows = [{"digest": digest, "packages": found[digest]} for digest in sorted(missing)]
            self._connection.execute(tables.environment.insert(), rows)

    def _write_metrics(self, pairs: list[tuple[int, RunRecord]], known: set[int]) -> None:
        connection = self._connection
        changed = [{"row": key} for key, _ in pairs if key in known]
        if changed:
            query = tables.metric.delete().where(tables.metric.c.run == bindparam("row"))
            connection.execute(query, changed)
        found = [(key, name, told) for key, record in pairs for name, told in metrics_of(record)]
        names = self._names({name for _, name, _ in found})
        if found:
            rows = [{"run": key, "name": names[name], **told} for key, name, told in found]
            connection.execute(tables.metric.insert(), rows)

    def _names(self, wanted: set[str]) -> dict[str, int]:
        """The primary keys of metrics' names."""
        columns = tables.metric_name.c
        found: dict[str, int] = {}
        names = sorted(wanted)
        for at in range(0, len(names), _BINDS):
            query = select(columns.name, columns.key).where(
                columns.name.in_(names[at : at + _BINDS])
            )
            found.update((name, key) for name, key in self._connection.execute(query))
        following = (self._connection.execute(select(func.max(columns.key))).scalar() or 0) + 1
        missing = [name for name in names if name not in found]
        new = {name: following + at for at, name in enumerate(missing)}
        if new:
            rows = [{"name": name, "key": key} for name, key in new.items()]
            self._connection.execute(tables.metric_name.insert(), rows)
        return found | new

    def _write_histories(self, pairs: list[tuple[int, RunRecord]], known: set[int]) -> None:
        connection, columns = self._connection, tables.history.c
        rows: list[dict[str, Any]] = []
        for key, record in pairs:
            if record.was_reset and key in known:
                connection.execute(tables.history.delete().where(columns.run == key))
            if not record.rows:
                continue
            chunk, open_ = 0, None
            if key in known and not record.was_reset:
                query = select(tables.history).where(columns.run == key)
                last = connection.execute(query.order_by(columns.chunk.desc()).limit(1)).first()
                if last is not None:
                    chunk, open_ = last.chunk + 1, last
                    if last.count < _CHUNK:
                        chunk = last.chunk
                        connection.execute(
                            tables.history.delete().where(columns.run == key, columns.chunk == chunk)
                        )
                    else:
                        open_ = None
            texts, count = ([open_.rows[1:-1]], open_.count) if open_ is not None else ([], 0)
            for part in record.rows:
                texts.append(part.text[1:-1])
                count += part.count
                if count >= _CHUNK:
                    rows.append(_chunk(key, chunk, count, texts))
                    chunk, texts, count = chunk + 1, [], 0
            if texts:
                rows.append(_chunk(key, chunk, count, texts))
        if rows:
            connection.execute(tables.history.insert(), rows)

    def _write_journals(self) -> None:
        if not self._journals:
            return
        names = [{"journal": name} for name in self._journals]
        columns = tables.journal.c
        self._connection.execute(
            tables.journal.delete().where(columns.name == bindparam("journal")), names
        )
        rows = [{k: v for k, v in row.items() if k != "path"} for row in self._journals.values()]
        self._connection.execute(tables.journal.insert(), rows)


def _chunk(run: int, chunk: int, count: int, texts: list[str]) -> dict[str, Any]:
    return {"run": run, "chunk": chunk, "count": count, "rows": f"[{','.join(texts)}]"}


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


def _known(connection: Connection, names: list[str]) -> dict[str, Known]:
    columns = tables.journal.c
    found: dict[str, Known] = {}
    for at in range(0, len(names), _BINDS):
        query = select(tables.journal).where(columns.name.in_(names[at : at + _BINDS]))
        for row in connection.execute(query):
            found[row.name] = Known(row.offset, row.line, row.done, row.run)
    return found


def _remember(connection: Connection, folder: Folder, problems: list[Problem]) -> list[Problem]:
    """Keeps what can't be read; of it, what was not known before."""
    columns = tables.problem.c
    new = []
    for problem in problems:
        name = _name(folder, problem.journal)
        same = (columns.journal == name) & (columns.line == problem.line)
        if connection.execute(select(columns.told).where(same)).first() is None:
            row = {"journal": name, "line": problem.line, "told": problem.told}
            connection.execute(tables.problem.insert(), row)
            new.append(problem)
    return new


def _path(event: Event) -> RunPath:
    entity, project, id_ = event["run"]
    return entity, project, id_


def _journals(folder: Folder) -> Iterator[tuple[str, str]]:
    """The journals of a folder: the name that the store knows each by, and its path."""
    for place, prefix in zip(folder.journals, ("", _ELSEWHERE), strict=True):
        try:
            names = os.listdir(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if name.endswith(SUFFIX):
                yield prefix + name, os.path.join(place, name)


def _name(folder: Folder, path: str) -> str:
    elsewhere = os.path.dirname(path) == folder.journals[1]
    return (_ELSEWHERE if elsewhere else "") + os.path.basename(path)


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None


def _modified(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return None
