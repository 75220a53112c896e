"""What tests of the frame share: a store in memory with runs that are written at once."""

from functools import cache

from sqlalchemy import delete, insert

from unifig.runs.encoding import dumps, stored_key
from unifig.runs.metrics import Extremes
from unifig.runs.record import RunRecord
from unifig.runs.store import changes, sqlite, tables
from unifig.runs.store.rows import metrics_of
from unifig.web.frame.frame import Frame
from unifig.web.frame.loading import extended

RECORDS = ("config", "summary", "lowest", "highest")
EMPTY = {
    **dict.fromkeys(["entity", "project", "name", "state", "last_by"], "x"),
    **dict.fromkeys(["group", "job_type", "notes", "finished", "exit_code", "error", "step"]),
    **dict.fromkeys(["created", "last_at", "seq"], 0),
    **{name: {} for name in RECORDS},
    "tags": [],
    "origins": "{}",
    "about": "{}",
    "exists": True,
    "environment": None,
    "writers": "{}",
}
"""What a run has at least."""


def opened():
    """A store in memory."""
    return sqlite.opened(":memory:")


def write(store, runs):
    """Puts runs in place of those that were there; their keys are their places, from 1 on."""
    rows, metrics, names = [], [], {}
    for key, run in enumerate(runs, 1):
        row = EMPTY | {"key": key, "id": str(key)} | {k: v for k, v in run.items() if v is not None}
        for name, told in metrics_of(record_of(row)):
            metrics.append({"run": key, "name": names.setdefault(name, len(names) + 1), **told})
        for name in (*RECORDS, "tags"):
            row[name] = dumps(row[name])
        rows.append(row)
    with store.writing() as connection:
        for table in (tables.run, tables.metric, tables.metric_name):
            connection.execute(delete(table))
        if rows:
            connection.execute(insert(tables.run), rows)
        if metrics:
            told = [{"key": key, "name": name} for name, key in names.items()]
            connection.execute(insert(tables.metric_name), told)
            connection.execute(insert(tables.metric), metrics)


def record_of(row):
    """What the metrics of a run are made of."""
    record = RunRecord(("x", "x", row["id"]))
    by_name = [{stored_key(key): it for key, it in row[name].items()} for name in RECORDS[1:]]
    record.metrics = Extremes(*by_name)
    return record


def read(store, before=None, since=None):
    """The frame of a store's runs, or an earlier one with what has changed since."""
    with store.reading() as connection:
        rows, _ = changes.since(connection, since)
        return extended(before or Frame.empty(), rows)


def frame_of(*runs):
    """The frame of some runs."""
    write(_scratch(), runs)
    return read(_scratch())


@cache
def _scratch():
    return opened()
