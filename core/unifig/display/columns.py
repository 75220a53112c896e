"""Columns of a table of runs: what is in them, which ones there are, which ones fit."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from unifig import RecordedRun
from unifig.flat import Flat
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps, flat_values

PARTS: Final = {"config": "config", "summary": "summary", "min": "lowest", "max": "highest"}
"""What a run's row has by flat key, by what stands before the dot in a name."""

_ALIASES: Final = {"summary_metrics": "summary"}


def names(texts: Iterable[str]) -> list[str]:
    """The names in lists of names; one that has a comma in it stands in double quotes.

    Raises FilterError for a name that no run has.
    """
    from unifig.runs.store.filters import place_of

    found = [name.strip() for text in texts for row in csv.reader([text]) for name in row]
    for name in found:
        if name != "path":
            place_of(name)
    return list(dict.fromkeys(found))


class Line:
    """A run as a line of a table: its values by name."""

    def __init__(self, run: RecordedRun) -> None:
        self.run = run
        self._parts: dict[str, Flat] = {}

    def part(self, name: str) -> Flat:
        """All values of ``config``, ``summary``, ``min`` or ``max``, by flat key."""
        if name not in self._parts:
            self._parts[name] = Flat(flat_values(self.run.row[PARTS[name]]))
        return self._parts[name]

    def get(self, name: str) -> Any:
        """A value by the name that filters have for it; NOTHING where the run has none.

        Raises FilterError for a name that no run has.
        """
        from unifig.runs.store.filters import place_of

        before, dot, key = name.partition(".")
        if dot:
            return self.part(_ALIASES.get(before, before)).get(key, NOTHING)
        if name != "path":
            place_of(name)  # no other attribute of a run is a value
        value = getattr(self.run, "name" if name == "display_name" else name)
        return NOTHING if value is None else value


def differing(lines: Sequence[Line]) -> list[str]:
    """The names of config values that differ among runs; of one run alone all."""
    flats = [line.part("config") for line in lines]
    keys = list(dict.fromkeys(key for flat in flats for key in flat))
    if len(flats) == 1:
        return [f"config.{key}" for key in keys]

    def varies(key: str) -> bool:
        return len({dumps(flat[key]) if key in flat else "" for flat in flats}) > 1

    return [f"config.{key}" for key in keys if varies(key)]


def measured(lines: Iterable[Line]) -> list[str]:
    """The names of what stands in the summaries of runs."""
    found = dict.fromkeys(key for line in lines for key in line.part("summary"))
    return [f"summary.{key}" for key in found]


def leading(lines: Sequence[Line]) -> list[str]:
    """The names that a table of runs begins with: what tells them apart, and how they are."""
    projects = {(line.run.entity, line.run.project) for line in lines}
    is_named = any(line.run.name != line.run.id for line in lines)
    return ["path" if len(projects) > 1 else "id", *["name"] * is_named, "state", "created_at"]


def fitting(begin: int, groups: Sequence[Sequence[str]], width: Callable[[str], int]) -> set[str]:
    """The names whose columns fit into ``begin`` characters, of each group in turn the next.

    A name that does not fit is passed over for those that do.
    """
    room = begin
    found: set[str] = set()
    longest = max(map(len, groups), default=0)
    for name in [group[at] for at in range(longest) for group in groups if at < len(group)]:
        if (wide := width(name)) <= room:
            found.add(name)
            room -= wide
    return found


def known(run: RecordedRun) -> dict[str, Any]:
    """What is known of a run beside its config and its summary, for JSON."""
    fields: tuple[str, ...]
    fields = ("path", "id", "name", "entity", "project", "state", "created_at", "finished_at")
    fields = (*fields, "exit_code", "error", "step", "group", "job_type", "tags", "notes")
    return {name: as_data(getattr(run, name)) for name in fields}


def as_data(value: Any) -> Any:
    """A value for JSON."""
    return value.isoformat() if isinstance(value, datetime) else value
