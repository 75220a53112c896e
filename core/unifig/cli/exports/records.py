"""What is exported of a run: all of it, for JSON; its values by column, for tables; its history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from unifig import Flat, RecordedRun
from unifig.cli import columns
from unifig.cli.columns import Line
from unifig.runs.encoding import decode, original_key
from unifig.runs.recorded import _merged

Record = dict[str, Any]

TIMES: Final = ("created_at", "finished_at")
"""The columns of times, which are texts in ISO 8601."""

FIRST: Final = (
    *("id", "path", "name", "entity", "project", "group", "job_type", "tags", "notes"),
    *("state", "exit_code", "error", "step", "created_at", "finished_at"),
)
"""The columns that a table of runs begins with."""

NUMBERS: Final = ("exit_code", "step")
"""Those of them that are whole numbers."""

FIRST_OF_HISTORY: Final = ("run", "_step", "_timestamp")
"""The columns that a table of histories begins with."""

_TAKEN: Final = re.compile(r"(?:metrics\.)*run")


def whole(run: RecordedRun) -> Record:
    """All of a run but its history, as ``unifig show --json`` has it."""
    line, flat = Line(run), run.flat()
    parts = {"last": line.part("summary"), "min": line.part("min"), "max": line.part("max")}
    keys = dict.fromkeys([*parts["last"], *parts["min"]])
    above = [key for key in {**flat.origins, **flat.types, **flat.key_types} if key not in flat]
    return {
        **columns.known(run),
        "metadata": run.metadata,
        "packages": run.packages,
        "config": {key: {"value": flat[key], **_told(flat, key)} for key in flat},
        "nodes": {key: _told(flat, key) for key in above},
        "summary": {
            key: {name: part[key] for name, part in parts.items() if key in part} for key in keys
        },
    }


def _told(flat: Flat, key: str) -> Record:
    """What is known of a flat key beside its value."""
    origin = flat.origins.get(key)
    found = {
        "origin": None if origin is None else origin.as_dict(),
        "type": flat.types.get(key),
        "key_type": flat.key_types.get(key),
    }
    return {name: it for name, it in found.items() if it is not None}


def line(run: RecordedRun) -> Record:
    """A run as a line of a table: values by column, of those that it has."""
    known = columns.known(run)
    of_run = Line(run)
    found = {name: known[name] for name in FIRST if known[name] is not None}
    for part in ("config", "summary"):
        found |= {f"{part}.{key}": value for key, value in of_run.part(part).items()}
    return found


def history(run: RecordedRun) -> Iterator[tuple[str, int, float, Record]]:
    """The rows of a run's history: its path, step, time, and metrics by flat key.

    The same rows as ``scan_history()`` gives, but by flat key: a tree has no room for a metric
    ``a`` beside one ``a.b``.
    """
    stored = run._archive.history(run.row["key"])  # noqa: SLF001 - rows by flat key, see above
    for step, at, numbers in _merged(stored):
        metrics = {original_key(key): decode(number) for key, number in numbers.items()}
        yield run.path, step, at / 1e6, metrics


def history_lines(runs: Iterable[RecordedRun]) -> Iterator[Record]:
    """Histories as lines of a table. A metric that is called ``run`` is ``metrics.run``.

    One that has this name is ``metrics.metrics.run``, and so on: no two are in one column.
    """
    for run in runs:
        for path, step, at, metrics in history(run):
            found: Record = dict(zip(FIRST_OF_HISTORY, (path, step, at), strict=True))
            for key, value in metrics.items():
                found[f"metrics.{key}" if _TAKEN.fullmatch(key) else key] = value
            yield found


def history_records(runs: Iterable[RecordedRun]) -> Iterator[Record]:
    """Histories for JSON: the metrics stand in an object of their own."""
    for run in runs:
        for path, step, at, metrics in history(run):
            yield {
                **dict(zip(FIRST_OF_HISTORY, (path, step, at), strict=True)),
                "metrics": metrics,
            }
