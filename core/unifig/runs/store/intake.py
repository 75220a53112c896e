"""One transaction of a delivery: parts of journals, folded into runs, and how far they reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy import Sequence as Counter

from unifig.runs import reading
from unifig.runs.event import Event, Problem
from unifig.runs.folder import Folder
from unifig.runs.life import is_alive
from unifig.runs.paths import RunPath
from unifig.runs.record import RUNNING, RunRecord, order

from . import journals, parts, tables
from .backlog import NOTHING, Known, known
from .batches import batches
from .beats import beat
from .rows import record_of
from .writing import write_runs

_COUNTER: Final = Counter("run_key_seq")
"""What PostgreSQL takes primary keys of runs from."""


class Waiting(NamedTuple):
    """A journal that has more than the store."""

    name: str
    path: str
    size: int
    offset: int

    @property
    def slug(self) -> str:
        """What the names of one run's journals have in common."""
        return journals.slug_of(self.name)


class Delivered(NamedTuple):
    """What one transaction has done."""

    bytes: int = 0
    problems: Sequence[Problem] = ()
    """The lines that could not be read, which nobody was told of yet."""
    is_torn: bool = False
    """Whether half a line was met."""
    reached: Mapping[str, int] = MappingProxyType({})
    """How far each journal is delivered now, by its name."""


class Intake:
    """One transaction: a part of what waits, and how far it reached.

    ``keeps`` says that the store keeps the journals themselves.
    """

    def __init__(self, connection: Connection, folder: Folder, *, keeps: bool) -> None:
        self._connection = connection
        self._folder = folder
        self._keeps = keeps
        self._problems: list[Problem] = []
        self._parts: list[dict[str, Any]] = []
        self._journals: dict[str, dict[str, Any]] = {}

    def deliver(self, waiting: list[Waiting], until: int | None = None) -> Delivered:
        """Delivers as much as a part of each journal; with ``until`` what is not later than that.

        Raises what the database does.
        """
        delivered, is_torn = 0, False
        events: dict[RunPath, list[Event]] = defaultdict(list)
        before = known(self._connection, [one.name for one in waiting])
        reached: dict[str, int] = {}
        for one in waiting:
            begin = before.get(one.name, NOTHING)
            reached[one.name] = begin.offset
            part = self._read(one, begin, until)
            if part is None:
                continue
            delivered += part.offset - begin.offset
            is_torn = is_torn or part.is_torn
            for event in part.events:
                events[_path(event)].append(event)
        parts.keep(self._connection, self._parts)
        self._fold(events)
        self._write_journals()
        told = remember(self._connection, self._folder, self._problems)
        reached |= {name: journal["offset"] for name, journal in self._journals.items()}
        return Delivered(delivered, told, is_torn, reached)

    def _read(self, one: Waiting, before: Known, until: int | None) -> reading.Reading | None:
        try:
            part = reading.read(one.path, before.offset, before.line, until)
        except OSError as error:
            told = f"it can't be read: {error.strerror or error}"
            self._problems.append(Problem(one.path, before.line, told))
            return None
        size = journals.size(one.path)  # by now: somebody else may have delivered what came since
        if size is not None and size < before.offset:
            told = "the file is shorter than it was: what was delivered stays"
            self._problems.append(Problem(one.path, before.line, told))
            return None
        if part.line > before.line > 0:
            self._forget_torn(one.name, before.line + 1)
        self._problems += part.problems
        self._reached(one.name, part, before.run, size)
        if self._keeps and part.offset > before.offset:
            self._parts.append(parts.part_of(one.name, one.path, before.offset, part.offset))
        return part

    def _forget_torn(self, name: str, line: int) -> None:
        """Half a line that was told of is a whole one by now."""
        columns = tables.problem.c
        here = (columns.journal == name) & (columns.line == line)
        self._connection.execute(tables.problem.delete().where(here))

    def _reached(self, name: str, part: reading.Reading, run: int | None, size: int | None) -> None:
        """Remembers how much of a journal is read, and that it is done where that is so."""
        last = bool(part.events) and bool(part.events[-1].get("last"))
        self._journals[name] = {
            "name": name,
            "offset": part.offset,
            "line": part.line,
            "done": last and part.offset == size,
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
        pairs = [pair for pair in records.values() if pair[1].last[0]]
        write_runs(self._connection, pairs)
        if self._keeps:
            beat(self._connection, [key for key, record in pairs if self._is_alive(record)])

    def _is_alive(self, record: RunRecord) -> bool:
        """Whether a process that records a run gives signs of life, as far as is seen from here."""
        alive = is_alive(record.path[2], record.writers, self._folder.journals)
        return record.state == RUNNING and alive

    def _records(self, paths: list[RunPath]) -> dict[RunPath, tuple[int, RunRecord]]:
        """The runs as they are, or new ones, with their primary keys."""
        found: dict[RunPath, tuple[int, RunRecord]] = {}
        columns = tables.run.c
        ids = sorted({path[2] for path in paths})
        for some in batches(ids):
            query = select(tables.run).where(columns.id.in_(some))
            for row in self._connection.execute(query).mappings():
                path = row["entity"], row["project"], row["id"]
                if path in paths:
                    found[path] = row["key"], record_of(row)
        new = [path for path in paths if path not in found]
        for path, key in zip(new, self._new_keys(len(new)), strict=True):
            found[path] = key, RunRecord(path)
        return found

    def _new_keys(self, number: int) -> Sequence[int]:
        """Primary keys that no run has, and that nobody else is given."""
        if self._keeps:
            query = select(_COUNTER.next_value()).select_from(func.generate_series(1, number))
            return self._connection.scalars(query).all()
        last = self._connection.execute(select(func.max(tables.run.c.key))).scalar() or 0
        return range(last + 1, last + 1 + number)

    def _anew(self, path: RunPath) -> tuple[RunRecord, list[Event]]:
        """A run without events yet, and all its events from all its journals."""
        events: list[Event] = []
        for name, whole, size in self._journals_of(path):
            found = [event for event in whole.events if _path(event) == path]
            if not found:
                continue  # of another run, whose id looks the same in a file's name
            events += found
            self._reached(name, whole, None, size)
            self._problems += whole.problems
        return RunRecord(path), sorted(events, key=order)

    def _journals_of(self, path: RunPath) -> Iterator[tuple[str, reading.Reading, int | None]]:
        """The journals that may be of a run: name, all that is there, and how long they are."""
        if self._keeps:
            for name, whole in parts.journals_of(self._connection, path):
                yield name, whole, whole.offset
            return
        names = {path: name for name, path in journals.of(self._folder)}
        for journal in reading.journals_of(path, self._folder.journals):
            yield names[journal], reading.read_all(journal), journals.size(journal)

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


def remember(connection: Connection, folder: Folder, problems: list[Problem]) -> list[Problem]:
    """Keeps what can't be read; of it, what was not known before."""
    columns = tables.problem.c
    new = []
    for problem in problems:
        name = journals.name(folder, problem.journal)  # or a name already
        same = (columns.journal == name) & (columns.line == problem.line)
        if connection.execute(select(columns.told).where(same)).first() is None:
            row = {"journal": name, "line": problem.line, "told": problem.told}
            connection.execute(tables.problem.insert(), row)
            new.append(problem)
    return new


def _path(event: Event) -> RunPath:
    entity, project, id_ = event["run"]
    return entity, project, id_
