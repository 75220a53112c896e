"""What is exported of a run: all of it, for JSON; its values by column, for tables; its history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from unifig import RecordedRun
from unifig.cli import data
from unifig.display import columns
from unifig.display.columns import Line

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


def whole(run: RecordedRun) -> Record:
    """All of a run but its history, as ``unifig show --json`` has it."""
    flat = run.flat()
    above = [key for key in {**flat.origins, **flat.types, **flat.key_types} if key not in flat]
    found = data.of_run(Line(run), flat)
    summary = found.pop("summary")
    return {**found, "nodes": {key: data.told(flat, key) for key in above}, "summary": summary}


def line(run: RecordedRun) -> Record:
    """A run as a line of a table: values by column, of those that it has."""
    known = columns.known(run)
    of_run = Line(run)
    found = {name: known[name] for name in FIRST if known[name] is not None}
    for part in ("config", "summary"):
        found |= {f"{part}.{key}": value for key, value in of_run.part(part).items()}
    return found


class Beside:
    """Columns of a run that stand beside each row of its history: those that ``names`` are."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.known: dict[str, None] = dict.fromkeys(FIRST)
        """All columns that there are to choose from, as far as runs were asked."""

    def of(self, run: RecordedRun) -> Record:
        """The values of a run, of those that it has."""
        if not self.names:
            return {}
        found = line(run)
        self.known.update(dict.fromkeys(found))
        return {name: found[name] for name in self.names if name in found}


def history_lines(runs: Iterable[RecordedRun], beside: Beside) -> Iterator[Record]:
    """Histories as lines of a table. A metric that is called ``run`` is ``metrics.run``.

    One that has this name is ``metrics.metrics.run``, and so on: no two are in one column. The same
    holds for the names of columns that stand beside.
    """
    more = "|".join(map(re.escape, beside.names))
    taken = re.compile(rf"(?:metrics\.)*(?:run|(?i:{more}))" if more else r"(?:metrics\.)*run")
    for run in runs:
        of_run = beside.of(run)
        for step, at, metrics in run.scan_rows():
            found: Record = dict(zip(FIRST_OF_HISTORY, (run.path, step, at), strict=True))
            found |= of_run
            for key, value in metrics.items():
                found[f"metrics.{key}" if taken.fullmatch(key) else key] = value
            yield found


def history_records(runs: Iterable[RecordedRun]) -> Iterator[Record]:
    """Histories for JSON: the metrics stand in an object of their own."""
    for run in runs:
        for step, at, metrics in run.scan_rows():
            yield {
                **dict(zip(FIRST_OF_HISTORY, (run.path, step, at), strict=True)),
                "metrics": metrics,
            }
