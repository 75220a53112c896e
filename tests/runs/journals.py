"""What tests of the store share: journals written by hand, and all that a store has of them."""

import json
import os
from pathlib import Path

from sqlalchemy import Connection, select

from unifig.runs.event import head, line
from unifig.runs.folder import find, journal_name
from unifig.runs.journal import fields_body
from unifig.runs.store import journals, tables
from unifig.runs.store.connection import open_store
from unifig.runs.store.delivery import Delivery

RUN = ("me", "demo", "a")
BEGIN = 1_764_000_000_000_000
"""A time, in microseconds."""


def settle(folder: Path, monkeypatch, store: str | None = None) -> Path:
    """Makes this process look for all it records in a folder; gives that of the runs.

    ``store`` is the URL of the store, if that is not to be one in the folder.
    """
    for name in [name for name in os.environ if name.startswith("UNIFIG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("UNIFIG_DIR", str(folder / "runs"))
    monkeypatch.setenv("UNIFIG_ENTITY", "me")
    monkeypatch.setenv("UNIFIG_PROJECT", "demo")
    if store is not None:
        monkeypatch.setenv("UNIFIG_STORE", store)
    return folder / "runs"


def used(folder: Path) -> str:
    """The store of a folder of runs, as it is named."""
    return os.environ.get("UNIFIG_STORE") or str(folder / "store.db")


def lines(writer, bodies, run=RUN, *, aside=False, at=BEGIN) -> list[bytes]:
    """The lines of a writer, a microsecond apart, or at times that stand beside the bodies."""
    common = head(writer, run, aside=aside)
    timed = [body if isinstance(body, tuple) else (at + n, body) for n, body in enumerate(bodies)]
    return [line(when, common, body) for when, body in timed]


def start(**fields) -> str:
    """The body of a first line."""
    return '"start"' + fields_body(format=1, about={"host": "box"}, **fields)


def log(*rows) -> str:
    """The body of a line of rows: pairs of step and numbers."""
    told = [[step, BEGIN + step, numbers] for step, numbers in rows]
    return f'"log","rows":{json.dumps(told)}'


def finish(state="finished", **fields) -> str:
    """The body of a last line."""
    return '"finish"' + fields_body(state=state, **fields, last=True)


def write(folder: Path, writer: str, text: bytes | list[bytes], run=RUN) -> Path:
    """Puts a journal into a folder of runs; gives its file."""
    path = folder / "journal" / journal_name(run[2], writer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else b"".join(text))
    return path


def deliver(folder: Path, store: Path | None = None) -> list:
    """Delivers all that waits; what could not be read."""
    found = find(folder)
    opened = open_store(found, None if store is None else str(store))
    return Delivery(found, opened).run()


def deliver_at_once(folder: Path, store: str | Path) -> None:
    """Delivers what waits, without a look at how half lines go on."""
    opened = open_store(find(folder), str(store))
    names = {journals.slug_of(name) for name, _ in journals.of(find(folder))}
    with opened.writing(names) as connection:
        Delivery(find(folder), opened).within(connection)


def contents(store: str | Path) -> dict:
    """All that a store has of runs, by their paths: rows, metrics, histories, environments."""
    with open_store(find(), str(store)).reading() as connection:
        rows = connection.execute(select(tables.run)).mappings()
        return {
            (row["entity"], row["project"], row["id"]): _whole(connection, dict(row))
            for row in rows
        }


def _whole(connection: Connection, row: dict) -> dict:
    key = row.pop("key")
    row.pop("seq")  # in which order deliveries came
    name, metric, chunk = tables.metric_name.c, tables.metric.c, tables.history.c
    metrics = (
        select(name.name, metric.last, metric.lowest, metric.highest)
        .join_from(tables.metric, tables.metric_name, name.key == metric.name)
        .where(metric.run == key)
        .order_by(name.name)
    )
    chunks = select(chunk.chunk, chunk["count"], chunk.rows).where(chunk.run == key)
    here = tables.environment.c.digest == row["environment"]
    packages = select(tables.environment.c.packages).where(here)
    more = {"metrics": metrics, "history": chunks.order_by(chunk.chunk), "packages": packages}
    return row | {name: list(map(tuple, connection.execute(query))) for name, query in more.items()}


def anew(folder: Path, store: Path) -> dict:
    """What a store has that is made of a folder's journals, all at once."""
    store.unlink(missing_ok=True)
    deliver(folder, store)
    return contents(store)
