"""All runs at one moment, by columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from unifig.origin import NOTHING
from unifig.runs.paths import Place
from unifig.runs.store import filters

from .column import Categories, Column
from .kept import Kept
from .kinds import Bools, Ints, Part, Reals, frozen

FIELDS: Final = (
    *("id", "name", "entity", "project", "group", "job_type", "tags", "notes", "state"),
    *("created_at", "finished_at", "exit_code", "error", "step"),
)
"""The names of the fields that columns have; times are microseconds since the epoch."""

TIMES: Final = ("created_at", "finished_at")
PREFIXES: Final = {"config": "config.", "summary": "summary.", "lowest": "min.", "highest": "max."}
"""What the names of recorded values begin with, by the column of the store."""

_PLACE: Final = ("entity", "project")
_STORED: Final = {"created": "created_at", "finished": "finished_at"}
_ALIASES: Final = {"display_name": "name"}


def plain(name: str) -> str:
    """The name that a column has, of any that filters have for it."""
    if name.startswith("summary_metrics."):
        return name.replace("summary_metrics.", "summary.", 1)
    return _ALIASES.get(name, name)


def name_of(place: filters.Place) -> str:
    """The name of the column that has what is at a place."""
    if isinstance(place, filters.Recorded):
        return PREFIXES[place.column] + place.key
    return _STORED.get(place.column, place.column)


class Frame:
    """All runs at one moment. It never changes, so that many threads may read it.

    A run has a row, from 0 on. One that has changed since has another one: its former row is dead,
    as those of deleted runs are, and what reads columns leaves dead rows out.
    """

    def __init__(
        self, keys: NDArray[np.int64], is_alive: Bools, columns: Mapping[str, Column]
    ) -> None:
        self.keys = frozen(keys)
        """By row: the run's primary key in the store."""
        self.alive = frozen(is_alive)
        """By row: whether a run is there."""
        self.columns = columns
        """By name."""
        self.kept = Kept()
        """What was made of the frame, by name."""

    @classmethod
    def empty(cls) -> Frame:
        """A frame without runs."""
        return cls(np.empty(0, np.int64), np.empty(0, np.bool_), {})

    @property
    def size(self) -> int:
        """The number of rows, dead ones included."""
        return len(self.keys)

    @cached_property
    def count(self) -> int:
        """The number of runs."""
        return int(np.count_nonzero(self.alive))

    def names(self) -> list[str]:
        """The names of what some run has: the fields, then what is recorded, as it first came."""
        return list(self.kept("names", self._names))

    def _names(self) -> list[str]:
        columns = self.columns
        if self.count < self.size:
            columns = {name: it for name, it in columns.items() if self.alive[it.rows].any()}
        ranks = {prefix: rank for rank, prefix in enumerate(PREFIXES.values())}
        recorded = [name for name in columns if name not in FIELDS]
        recorded.sort(key=lambda name: ranks[name[: name.index(".") + 1]])
        return [*(name for name in FIELDS if name in columns), *recorded]

    def column(self, name: str) -> Column | None:
        """A column by its name, as filters have it; None where no run has such a value."""
        return self.columns.get(plain(name))

    def categories(self, name: str) -> Categories | None:
        """Of a column its different values, and which of them each row has; see Column."""
        column = self.column(name)
        return None if column is None else column.categories(self.size)

    def reals(self, name: str) -> Reals:
        """By row the number that a column has; NaN where there is none. A bool is 0 or 1."""
        column = self.column(name)
        return np.full(self.size, np.nan) if column is None else column.reals(self.size)

    def values(self, name: str, rows: Ints) -> list[Any]:
        """The Python values of some rows; NOTHING where there is none."""
        column = self.column(name)
        return [NOTHING] * len(rows) if column is None else column.at(rows)

    def row_of(self, key: int) -> int | None:
        """The row of the run with a primary key; None where there is none."""
        order, keys = self.kept("rows", self._rows_by_key)
        at = int(np.searchsorted(keys, key))
        return int(order[at]) if at < len(keys) and keys[at] == key else None

    def _rows_by_key(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        rows = np.flatnonzero(self.alive)
        rows = rows[np.argsort(self.keys[rows], kind="stable")]
        return rows, self.keys[rows]

    def place_mask(self, project: Place | None) -> Bools:
        """By row whether a run of a project is there; of all projects for None."""
        if project is None:
            return self.alive
        found = [self._code(name, text) for name, text in zip(_PLACE, project, strict=True)]
        if None in found:  # which is not kept: anybody may ask for what is not there
            return frozen(np.zeros(self.size, np.bool_))
        return self.kept(("place", project), lambda: frozen(self._of_place(found)))

    def _code(self, name: str, text: str) -> int | None:
        column = self.column(name)
        return None if column is None else column.distinct.code_of(text)

    def _of_place(self, codes: Iterable[int | None]) -> Bools:
        mask = self.alive
        for name, code in zip(_PLACE, codes, strict=True):
            mask = mask & (self.columns[name].categories(self.size).codes == code)
        return mask

    def extended(
        self, keys: NDArray[np.int64], parts: Mapping[str, Part], changed: Iterable[int]
    ) -> Frame:
        """The frame with more rows: of runs that are new, or have changed.

        ``keys`` are the primary keys of the new rows, ``parts`` the values of these, and
        ``changed`` the primary keys of all runs whose former rows are dead. Where more than a
        quarter of the rows is dead, they are left out, and the others have new numbers.
        """
        is_alive = self.alive.copy()
        order, known = self.kept("rows", self._rows_by_key)
        gone = np.array(list(changed), np.int64)
        at = np.minimum(np.searchsorted(known, gone), max(len(known) - 1, 0))
        if len(known):
            is_alive[order[at[known[at] == gone]]] = False
        columns = dict(self.columns)
        for name, part in parts.items():
            before = columns.get(name)
            columns[name] = Column([part]) if before is None else before.extended(part)
        frame = Frame(
            np.concatenate([self.keys, keys]),
            np.concatenate([is_alive, np.ones(len(keys), np.bool_)]),
            columns,
        )
        return frame.compacted() if 4 * frame.count < 3 * frame.size else frame

    def compacted(self) -> Frame:
        """The same runs without the rows that are dead; what is left has new numbers."""
        numbers = (np.cumsum(self.alive) - 1).astype(np.int32)
        kept = {name: it.compacted(self.alive, numbers) for name, it in self.columns.items()}
        columns = {name: column for name, column in kept.items() if column is not None}
        return Frame(self.keys[self.alive], np.ones(self.count, np.bool_), columns)
