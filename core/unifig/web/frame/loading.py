"""Reads runs of a store into columns: many at a time, for Python is slow with one by one."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import compress, islice
from typing import Any, Final

import numpy as np

from unifig.runs.encoding import original_key
from unifig.runs.store import changes

from .frame import FIELDS, PREFIXES, Frame
from .growing import ENOUGH, Growing
from .kinds import Part

Progress = Callable[[int], object]
"""Told how many rows are read."""

_BATCH: Final = 250  # rows
_AT: Final = {name: at for at, name in enumerate(changes.COLUMNS)}
_STORED: Final = {"created_at": "created", "finished_at": "finished"}


def extended(
    frame: Frame,
    rows: Iterable[Sequence[Any]],
    progress: Progress | None = None,
    *,
    total: int = 0,
) -> Frame:
    """A frame with what a store tells of runs: rows in the order of ``changes.COLUMNS``.

    Rows of runs that are known stand in place of the former ones; one whose ``exists`` is false
    stands for no run. ``total`` says how many rows there are, where that is known. Raises
    ValueError for what is no JSON.
    """
    columns = _Columns(frame.size, total)
    changed: list[int] = []
    with _undisturbed():
        for batch in _batches(iter(rows)):
            changed += [row[_AT["key"]] for row in batch]
            columns.add([row for row in batch if row[_AT["exists"]]])
            if progress is not None:
                progress(len(changed))
        if not changed:
            return frame
        return frame.extended(np.array(columns.keys, np.int64), columns.parts(), changed)


def _batches(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keeps the garbage collector from going through all that is read, over and over."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Columns:
    """Columns that grow: from the row ``begin`` on, and by ``total`` rows where that is known."""

    def __init__(self, begin: int, total: int) -> None:
        self._begin = begin
        self._total = total
        self.keys: list[int] = []
        self._growing: dict[str, Growing] = {}
        self._recorded: dict[tuple[str, str], Growing] = {}

    def add(self, batch: list[Sequence[Any]]) -> None:
        """Takes the next rows."""
        if not batch:
            return
        begin = self._begin + len(self.keys)
        rows = list(range(begin, begin + len(batch)))
        told: list[tuple[Any, ...]] = list(zip(*batch, strict=True))
        self.keys += told[_AT["key"]]
        for name in FIELDS:
            values: Sequence[Any] = told[_AT[_STORED.get(name, name)]]
            if name == "tags":
                values = _loads(values)
            self._add_field(name, rows, values)
        for column in PREFIXES:
            self._add_recorded(column, rows, _loads(told[_AT[column]]))
        for growing in self._growing.values():
            if len(growing.rows) > ENOUGH:
                growing.make()

    def _add_field(self, name: str, rows: list[int], values: Sequence[Any]) -> None:
        if None in values:
            is_there = [value is not None for value in values]
            rows, values = list(compress(rows, is_there)), list(compress(values, is_there))
        if rows:
            self._column(name).add(rows, values)

    def _add_recorded(self, column: str, rows: list[int], found: list[dict[str, Any]]) -> None:
        """Takes flat mappings; those of the same keys at once."""
        alike: dict[tuple[str, ...], list[int]] = {}
        for at, recorded in enumerate(found):
            alike.setdefault(tuple(recorded), []).append(at)
        for keys, places in alike.items():
            some = rows if len(places) == len(rows) else [rows[at] for at in places]
            values_of = zip(*[found[at].values() for at in places], strict=True)
            for key, values in zip(keys, values_of, strict=True):
                growing = self._recorded.get((column, key))
                if growing is None:
                    growing = self._column(PREFIXES[column] + original_key(key))
                    self._recorded[column, key] = growing
                growing.add(some, values)

    def _column(self, name: str) -> Growing:
        if name not in self._growing:
            self._growing[name] = Growing(self._expected)
        return self._growing[name]

    def _expected(self, size: int) -> int:
        """How many values a column will have that has so many by now."""
        return max(size * self._total // max(len(self.keys), 1), size * 3 // 2)

    def parts(self) -> Mapping[str, Part]:
        """All that was read, by name."""
        return {name: growing.part() for name, growing in self._growing.items()}


def _loads(texts: Sequence[str]) -> list[Any]:
    """The values of many texts of JSON."""
    found: list[Any] = json.loads(f"[{','.join(texts)}]")
    return found
