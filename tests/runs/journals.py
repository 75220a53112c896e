"""What tests of the store share: journals written by hand, and all that a store has of them."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from unifig.runs.event import head, line
from unifig.runs.folder import find, journal_name
from unifig.runs.journal import fields_body
from unifig.runs.store.connection import open_store
from unifig.runs.store.delivery import Delivery

RUN = ("me", "demo", "a")
BEGIN = 1_764_000_000_000_000
"""A time, in microseconds."""


def settle(folder: Path, monkeypatch) -> Path:
    """Makes this process look for all it records in a folder; gives that of the runs."""
    for name in [name for name in os.environ if name.startswith("UNIFIG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("UNIFIG_DIR", str(folder / "runs"))
    monkeypatch.setenv("UNIFIG_ENTITY", "me")
    monkeypatch.setenv("UNIFIG_PROJECT", "demo")
    return folder / "runs"


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


def deliver_at_once(folder: Path, store: Path) -> None:
    """Delivers what waits, without a look at how half lines go on."""
    opened = open_store(find(folder), str(store))
    with opened.writing() as connection:
        Delivery(find(folder), opened).within(connection)


def contents(store: Path) -> dict:
    """All that a store has of runs, by their paths: rows, metrics, histories, environments."""
    with closing(sqlite3.connect(store)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            (row["entity"], row["project"], row["id"]): _whole(connection, dict(row))
            for row in connection.execute("select * from run")
        }


def _whole(connection, row: dict) -> dict:
    key = row.pop("key")
    metrics = connection.execute(
        "select n.name, last, lowest, highest from metric m join metric_name n on n.key = m.name "
        "where run = ? order by n.name",
        (key,),
    )
    chunks = connection.execute(
        "select chunk, count, rows from history where run = ? order by chunk", (key,)
    )
    packages = connection.execute(
        "select packages from environment where digest = ?", (row["environment"],)
    )
    more = {"metrics": metrics, "history": chunks, "packages": packages}
    return row | {name: list(map(tuple, found)) for name, found in more.items()}


def anew(folder: Path, store: Path) -> dict:
    """What a store has that is made of a folder's journals, all at once."""
    store.unlink(missing_ok=True)
    deliver(folder, store)
    return contents(store)
