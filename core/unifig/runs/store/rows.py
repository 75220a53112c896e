"""Runs as rows of the tables, and back: what folding needs, and what it has made."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import RowMapping

from unifig.runs.encoding import dumps, loads, storable, values_of
from unifig.runs.metrics import Extremes, object_text
from unifig.runs.record import ABOUT, RUNNING, Configuration, RunRecord, Writer, written

CRASHED: Final = "crashed"
"""The state of a run whose process is gone without a word."""

_ENVIRONMENT: Final = "environment"


def row_of(record: RunRecord, key: int) -> dict[str, Any]:
    """The row of a run. ``key`` is its primary key."""
    entity, project, id_ = record.path
    about = dict(record.about)
    environment = about.pop(_ENVIRONMENT, None)
    metrics = record.metrics
    return {
        "key": key,
        "entity": entity,
        "project": project,
        "id": id_,
        "exists": record.exists,
        **{name: _text(about.get(name)) for name in ABOUT},
        "name": _text(about.get("name")) or id_,
        "tags": dumps(list(about.get("tags") or ())),
        "state": record.state,
        "created": record.created,
        "finished": record.finished,
        "exit_code": record.exit_code,
        "error": _text(record.error),
        "step": record.step,
        "config": written(record.config.values),
        "origins": record.config.origins_text(),
        "summary": object_text(metrics.last),
        "lowest": object_text(metrics.lowest),
        "highest": object_text(metrics.highest),
        "about": dumps(about),
        "environment": environment,
        "last_at": record.last[0],
        "last_by": record.last[1],
        "writers": json.dumps({name: list(told) for name, told in record.writers.items()}),
    }


def record_of(row: RowMapping) -> RunRecord:
    """What events are to be folded into, from a row."""
    record = RunRecord((row["entity"], row["project"], row["id"]))
    record.was_reset = False
    record.exists = row["exists"]
    record.last = row["last_at"], row["last_by"]
    record.writers = writers_of(row)
    record.state = RUNNING if row["state"] == CRASHED else row["state"]
    record.created, record.finished = row["created"], row["finished"]
    record.exit_code, record.error, record.step = row["exit_code"], row["error"], row["step"]
    record.about = loads(row["about"])
    if row["environment"] is not None:
        record.about[_ENVIRONMENT] = row["environment"]
    record.config = Configuration.of(row["config"], row["origins"])
    record.metrics = Extremes(*(values_of(row[name]) for name in ("summary", "lowest", "highest")))
    return record


def _text(value: Any) -> str | None:
    """A text for a column of its own, whatever a journal has there."""
    if value is None:
        return None
    return storable(value if isinstance(value, str) else dumps(value))


def writers_of(row: RowMapping) -> dict[str, Writer]:
    """The processes that record a run, or did."""
    return {name: Writer(*told) for name, told in json.loads(row["writers"]).items()}


def metrics_of(record: RunRecord) -> Iterable[tuple[str, dict[str, float | None]]]:
    """The numbers of a run's summary, by stored name, as a database has them."""
    metrics = record.metrics
    for name in {**metrics.lowest, **metrics.last}:
        last = metrics.last.get(name)
        if name in metrics.lowest or isinstance(last, (int, float)):
            yield (
                name,
                {
                    "last": _real(last),
                    "lowest": _real(metrics.lowest.get(name)),
                    "highest": _real(metrics.highest.get(name)),
                },
            )


def _real(number: Any) -> float | None:
    """A number as a database's REAL; None for NaN, which has none, and for what is no number."""
    if not isinstance(number, (int, float)):
        return None
    try:
        real = float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    return None if math.isnan(real) else real
