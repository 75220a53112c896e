"""One transaction of a delivery: parts of journals, folded into runs, and how far they reached."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from unifig.runs import reading
from unifig.runs.event import Event, Problem
from unifig.runs.folder import Folder
from unifig.runs.paths import RunPath
from unifig.runs.record import RunRecord, order

from . import journals, tables
from .rows import record_of
from .writing import BINDS, write_runs


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


class Intake:
    """One transaction: a part of what waits, and how far it reached."""

    def __init__(self, connection: Connection, folder: Folder) -> None:
        self._connection = connection
        self._folder = folder
        self.problems: list[Problem] = []
        self.is_torn = False
        """Whether half a line was met."""
        self._journals: dict[str, dict[str, Any]] = {}

    def deliver(self, waiting: list[Waiting]) -> int:
        """Delivers; how many bytes that were."""
        delivered = 0
        events: dict[RunPath, list[Event]] = defaultdict(list)
        before = known(self._connection, [one.name for one in waiting])
        for one in waiting:
            begin = before.get(one.name, Known(0, 0, done=False, run=None))
            part = self._read(one, begin)
            if part is None:
                continue
            delivered += part.offset - begin.offset
            self.is_torn = self.is_torn or part.is_torn
            for event in part.events:
                events[_path(event)].append(event)
        self._fold(events)
        self._write_journals()
        self.problems = remember(self._connection, self._folder, self.problems)
        return delivered

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
        if part.line > before.line > 0:
            self._forget_torn(one.name, before.line + 1)
        self.problems += part.problems
        self._reached(one.name, one.path, part, before.run)
        return part

    def _forget_torn(self, name: str, line: int) -> None:
        """Half a line that was told of is a whole one by now."""
        columns = tables.problem.c
        here = (columns.journal == name) & (columns.line == line)
        self._connection.execute(tables.problem.delete().where(here))

    def _reached(self, name: str, path: str, part: reading.Reading, run: int | None) -> None:
        """Remembers how much of a journal is read, and that it is done where that is so."""
        last = bool(part.events) and bool(part.events[-1].get("last"))
        self._journals[name] = {
            "name": name,
            "offset": part.offset,
            "line": part.line,
            "done": last and part.offset == journals.size(path),
            "run": run,
            "path": _path(part.events[0]) if part.events else None,
        }

    def _fold(self, events: dict[RunPath, list[Event]]) -> None:
        records = self._records(list(events))
        for path, found in events.items():
            key, record = records[path]
            new = sorted(found, key=order)
            if order(new[0]) <= record.last:
                record, new = self._anew(path)
            record.apply(new)
            records[path] = key, record
        for journal in self._journals.values():
            path = journal.pop("path")
            if path is not None:
                journal["run"] = records[path][0]
        write_runs(self._connection, [pair for pair in records.values() if pair[1].last[0]])

    def _records(self, paths: list[RunPath]) -> dict[RunPath, tuple[int, RunRecord]]:
        """The runs as they are, or new ones, with their primary keys."""
        found: dict[RunPath, tuple[int, RunRecord]] = {}
        columns = tables.run.c
        ids = sorted({path[2] for path in paths})
        for at in range(0, len(ids), BINDS):
            query = select(tables.run).where(columns.id.in_(ids[at : at + BINDS]))
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
        names = {path: name for name, path in journals.of(self._folder)}
        for journal in reading.journals_of(path, self._folder.journals):
            whole = reading.read_all(journal)
            found = [event for event in whole.events if _path(event) == path]
            if not found:
                continue  # of another run, whose id looks the same in a file's name
            events += found
            self._reached(names[journal], journal, whole, None)
            self.problems += whole.problems
        return RunRecord(path), sorted(events, key=order)

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


def known(connection: Connection, names: list[str]) -> dict[str, Known]:
    """How much of journals the store has, by their names."""
    columns = tables.journal.c
    found: dict[str, Known] = {}
    for at in range(0, len(names), BINDS):
        query = select(tables.journal).where(columns.name.in_(names[at : at + BINDS]))
        for row in connection.execute(query):
            found[row.name] = Known(row.offset, row.line, row.done, row.run)
    return found


def remember(connection: Connection, folder: Folder, problems: list[Problem]) -> list[Problem]:
    """Keeps what can't be read; of it, what was not known before."""
    columns = tables.problem.c
    new = []
    for problem in problems:
        name = journals.name(folder, problem.journal)
        same = (columns.journal == name) & (columns.line == problem.line)
        if connection.execute(select(columns.told).where(same)).first() is None:
            row = {"journal": name, "line": problem.line, "told": problem.told}
            connection.execute(tables.problem.insert(), row)
            new.append(problem)
    return new


def _path(event: Event) -> RunPath:
    entity, project, id_ = event["run"]
    return entity, project, id_
