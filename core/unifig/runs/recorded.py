"""Runs as a store has them: read, compared, edited, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, overload

from unifig.absent import told_of_recorded
from unifig.conversion import to_flat
from unifig.flat import Flat, unflatten
from unifig.origin import Origin
from unifig.story import Explanation, explain_record

from . import edits
from .encoding import decode, flat_values, loads, original_key, stored_key, values_of
from .journal import config_body, fields_body, summary_body
from .paths import RunPath
from .record import Configuration
from .run import tags_of
from .summary import tree_of

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import RowMapping

    from .archive import Archive
    from .store.queries import After, Asked

_SAID: Final = ("name", "group", "job_type", "notes")


class RecordedSummary(dict[str, Any]):
    """What a run has come to: of each metric the last number, and what was set; nested, by name.

    Changes are written by :meth:`update`, or by the run's.
    """

    def __init__(self, row: RowMapping, save: Callable[[], None]) -> None:
        super().__init__(tree_of(values_of(row["summary"])))
        self.row = row
        self._save = save

    @property
    def min(self) -> dict[str, Any]:
        """The lowest number of each metric."""
        return tree_of(values_of(self.row["lowest"]))

    @property
    def max(self) -> dict[str, Any]:
        """The highest number of each metric."""
        return tree_of(values_of(self.row["highest"]))

    def as_dict(self) -> dict[str, Any]:
        """A copy made of plain dicts and lists."""
        return unflatten(to_flat(dict(self)))

    _json_dict = property(as_dict, doc="The same, by a name that people know.")

    def update(self, obj: Any = None, /, **values: Any) -> None:
        """Sets what a mapping has, and writes all changes of the run. Raises as the run's does."""
        super().update({} if obj is None else obj, **values)
        self._save()


class RecordedRun:
    """A run of a store; :class:`unifig.Api` gives it.

    It is what was recorded when it was read. ``config`` and ``summary``, ``name``, ``notes``,
    ``tags``, ``group`` and ``job_type`` can be changed, and :meth:`update` writes what was.
    """

    def __init__(self, archive: Archive, row: RowMapping) -> None:
        self._archive = archive
        self._take(row)

    def _take(self, row: RowMapping) -> None:
        self.row = row
        """What was read of it, as the store has it."""
        self._rest: RowMapping | None = row if "origins" in row else None
        self._config: dict[str, Any] | None = None
        self._summary: RecordedSummary | None = None
        self.name: str = row["name"]
        self.group: str | None = row["group"]
        self.job_type: str | None = row["job_type"]
        self.notes: str | None = row["notes"]
        self.tags: list[str] = json.loads(row["tags"])

    def __repr__(self) -> str:
        return f"<RecordedRun {self.path} ({self.state})>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(told_of_recorded(name))

    # What it is

    @property
    def entity(self) -> str:
        """Whose run it is."""
        return str(self.row["entity"])

    @property
    def project(self) -> str:
        """The project it belongs to."""
        return str(self.row["project"])

    @property
    def id(self) -> str:
        """Its id, of which a project has one."""
        return str(self.row["id"])

    @property
    def path(self) -> str:
        """``entity/project/id``."""
        return "/".join(self._path)

    @property
    def _path(self) -> RunPath:
        return self.entity, self.project, self.id

    @property
    def state(self) -> str:
        """``running``, ``finished``, ``failed``, ``killed`` or ``crashed``."""
        return str(self.row["state"])

    @property
    def error(self) -> str | None:
        """What ended it, where that was an exception or a signal."""
        return self.row["error"]  # type: ignore[no-any-return]  # of the column's type

    @property
    def exit_code(self) -> int | None:
        """How the program ended, as far as it is known."""
        return self.row["exit_code"]  # type: ignore[no-any-return]  # of the column's type

    @property
    def step(self) -> int | None:
        """The highest step that was logged; None where nothing was."""
        return self.row["step"]  # type: ignore[no-any-return]  # of the column's type

    @property
    def created_at(self) -> datetime:
        """When it began; in UTC."""
        return _time(self.row["created"])

    @property
    def finished_at(self) -> datetime | None:
        """When it ended; None where that is not known."""
        at = self.row["finished"]
        return None if at is None else _time(at)

    @property
    def metadata(self) -> dict[str, Any]:
        """The program, its command line, the commit, the machine, Python."""
        told: dict[str, Any] = loads(self._all["about"])
        return {name: value for name, value in told.items() if name not in (*_SAID, "tags")}

    @property
    def packages(self) -> dict[str, str]:
        """The distributions that were installed, and their versions."""
        return self._archive.packages(self._all["environment"])

    # What it was configured with, and what it measured

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, nested: a dict that can be changed, and written by :meth:`update`."""
        if self._config is None:
            self._config = unflatten(Flat(flat_values(self.row["config"])))
        return self._config

    @property
    def origins(self) -> dict[str, Origin]:
        """Where each value of the config came from, by flat key."""
        return self.flat().origins

    def flat(self) -> Flat:
        """The configuration by flat key, with origins and original types, as it was read."""
        return Configuration.of(self.row["config"], self._all["origins"]).flat()

    def explain(self, key: str) -> Explanation:
        """Where the value at a flat key came from, and what it replaced; as it was read.

        Raises ConfigKeyError, with near ones, for a key that is not there.
        """
        return explain_record(self.flat(), key, f"the config of {self.path}")

    @property
    def summary(self) -> RecordedSummary:
        """What it has come to; ``summary.min`` and ``summary.max`` have the extremes."""
        if self._summary is None:
            self._summary = RecordedSummary(self.row, self.update)
        return self._summary

    def history(self, keys: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """What was logged, in rows: ``_step``, ``_timestamp`` in seconds, and the metrics.

        With ``keys``, flat keys of metrics, the rows that have all of these, and of them these
        alone.
        """
        return list(self.scan_history(keys))

    def scan_history(self, keys: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
        """The same, one row after the other, for a history of any length.

        What was logged to one step by calls that follow each other is one row, unless it would have
        a metric twice.
        """
        wanted = None if keys is None else [stored_key(key) for key in keys]
        for step, at, numbers in _merged(self._archive.history(self.row["key"])):
            if wanted is not None:
                if not all(key in numbers for key in wanted):
                    continue
                numbers = {key: numbers[key] for key in wanted}  # noqa: PLW2901 - these alone
            values = {key: decode(number) for key, number in numbers.items()}
            yield {"_step": step, "_timestamp": at / 1e6, **tree_of(values)}

    def scan_rows(self) -> Iterator[tuple[int, float, dict[str, Any]]]:
        """The same rows by flat key: step, seconds since the epoch, metrics.

        A tree, as those have it, has no room for a metric ``a`` beside one ``a.b``.
        """
        for step, at, numbers in _merged(self._archive.history(self.row["key"])):
            yield step, at / 1e6, {original_key(key): decode(it) for key, it in numbers.items()}

    # Changing it

    def update(self, *, place: str | None = None) -> None:
        """Writes what was changed since the run was read, and nothing else; then reads it anew.

        ``place`` is where it was changed, for the origins of config values: the caller's line
        unless told.

        Raises ConflictError where somebody else has changed the same meanwhile, RunNotFoundError
        where the run was deleted, StoreError where nothing can be written; then nothing is.
        """
        with self._archive.editing(self._path) as now:
            config = self._config_events(now, place)
            bodies = [*config, *self._summary_events(now), *self._about(now)]
            if bodies:
                self._archive.append(self._path, now, bodies)
        self.load()

    def load(self) -> None:
        """Reads the run anew; what was changed and not written is gone.

        Raises RunNotFoundError where it was deleted.
        """
        self._take(self._archive.row(self._path))

    def delete(self) -> None:
        """Deletes the run: its record, its history, and what its process may still write.

        The journals keep it until they are tidied. Raises RunNotFoundError where it is not there.
        """
        with self._archive.editing(self._path) as now:
            self._archive.append(self._path, now, ['"delete"'])

    def _config_events(self, now: RowMapping, place: str | None) -> Iterator[str]:
        if self._config is None:
            return
        before = Flat(flat_values(self.row["config"]))
        edit = edits.edit_of(before, to_flat(self._config))
        if edit:
            current = Configuration.of(now["config"], now["origins"]).flat()
            edits.check(f"config of {self.path}", edit, before, current)
            flat = edits.with_origins(edit, current, place)
            forgotten = edits.forgotten(edit, current)
            yield '"config"' + config_body(flat, removed=edit.removed, forgotten=forgotten)

    def _summary_events(self, now: RowMapping) -> Iterator[str]:
        if self._summary is None:
            return
        before = to_flat(tree_of(values_of(self.row["summary"])))
        edit = edits.edit_of(before, to_flat(dict(self._summary)))
        if edit:
            edits.check(f"summary of {self.path}", edit, before, Flat(flat_values(now["summary"])))
            values = {stored_key(key): value for key, value in edits.masked(edit).items()}
            yield '"summary"' + summary_body(values, list(map(stored_key, edit.removed)))

    def _about(self, now: RowMapping) -> Iterator[str]:
        def said(row: RowMapping) -> Flat:
            return Flat({**{name: row[name] for name in _SAID}, "tags": json.loads(row["tags"])})

        mine = Flat({**{name: getattr(self, name) for name in _SAID}, "tags": tags_of(self.tags)})
        before = said(self.row)
        edit = edits.edit_of(before, mine)
        if edit:
            edits.check(f"run {self.path}", edit, before, said(now))
            yield '"about"' + fields_body(about=dict(edits.masked(edit)))

    @property
    def _all(self) -> RowMapping:
        """The whole row: a page of runs has a part of it."""
        if self._rest is None:
            self._rest = self._archive.row(self._path)
        return self._rest


class Runs:
    """The runs that were asked for, in their order; read page by page, as they are needed."""

    def __init__(self, archive: Archive, what: Asked, per_page: int) -> None:
        self._archive = archive
        self._what = what
        self._per_page = per_page
        self._read: list[RecordedRun] = []
        self._after: After | None = None
        self._is_whole = False
        self._count: int | None = None

    def __repr__(self) -> str:
        return f"<Runs: {len(self)}>"

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._archive.count(self._what)
        return self._count

    def __iter__(self) -> Iterator[RecordedRun]:
        at = 0
        while at < len(self._read) or self._read_page():
            yield self._read[at]
            at += 1

    def scan(self) -> Iterator[RecordedRun]:
        """The runs one after the other, which are not kept: for any number of them."""
        after: After | None = None
        while True:
            rows, after = self._archive.page(self._what, self._per_page, after)
            yield from (RecordedRun(self._archive, row) for row in rows)
            if len(rows) < self._per_page:
                return

    @overload
    def __getitem__(self, at: int) -> RecordedRun: ...
    @overload
    def __getitem__(self, at: slice) -> list[RecordedRun]: ...

    def __getitem__(self, at: int | slice) -> RecordedRun | list[RecordedRun]:
        while not self._has(at) and self._read_page():
            pass
        return self._read[at]

    def _has(self, at: int | slice) -> bool:
        """Whether what is asked for is read; what is counted from the end needs all of it."""
        if isinstance(at, int):
            return 0 <= at < len(self._read)
        ends = (at.start or 0, -1 if at.stop is None else at.stop, at.step or 1)
        return min(ends) >= 0 and at.stop <= len(self._read)

    def _read_page(self) -> bool:
        if self._is_whole:
            return False
        rows, self._after = self._archive.page(self._what, self._per_page, self._after)
        self._read += [RecordedRun(self._archive, row) for row in rows]
        self._is_whole = len(rows) < self._per_page
        return bool(rows)

    def to_dataframe(self) -> pd.DataFrame:
        """All of the runs as a data frame of pandas, a row each.

        Columns are ``id``, ``name``, ``state``, ``created_at`` and more, ``config.<flat key>`` and
        ``summary.<flat key>``. Raises ModuleNotFoundError where pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([_line(run) for run in self])


def _line(run: RecordedRun) -> dict[str, Any]:
    fields = ("id", "name", "entity", "project", "group", "job_type", "state", "created_at")
    line = {name: getattr(run, name) for name in (*fields, "finished_at", "tags")}
    for name in ("config", "summary"):
        line |= {f"{name}.{key}": value for key, value in flat_values(run.row[name]).items()}
    return line


def _merged(rows: Iterable[list[Any]]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Rows of one step, that follow each other and have no metric twice, as one."""
    step: int | None = None
    at, numbers = 0, dict[str, Any]()
    for next_step, next_at, more in rows:
        if next_step == step and numbers.keys().isdisjoint(more):
            numbers.update(more)
            continue
        if step is not None:
            yield step, at, numbers
        step, at, numbers = next_step, next_at, dict(more)
    if step is not None:
        yield step, at, numbers


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1e6, UTC)
