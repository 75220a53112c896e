"""Runs as one would write them by hand: into a file of JSON lines each, and with sqlite3."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import clock
import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[], object]

TABLES = """
CREATE TABLE run (id TEXT PRIMARY KEY, config TEXT);
CREATE TABLE log (run TEXT, step INTEGER, time INTEGER, numbers TEXT);
"""

RUNS = "FROM run WHERE entity = 'me' AND project = 'bench'"
PAGE = """
SELECT run.id, run.name, run.state, run.config, run.summary
FROM metric JOIN run ON run.key = metric.run
WHERE metric.name = (SELECT key FROM metric_name WHERE name = ?)
AND run.entity = 'me' AND run.project = 'bench'
ORDER BY metric.last DESC LIMIT 50
"""


def many_runs(runs: int, keys: int) -> float:
    """A file each, safe on the disk before the next one."""
    configs = samples.configs(runs, keys)

    def work() -> None:
        for at, config in enumerate(configs):
            with Path(f"run-{at}.jsonl").open("w") as file:
                _write(file, {"config": config})
                _write(file, {"state": "finished"})
                _sync(file)

    return clock.seconds(work)


def log(calls: int, metrics: int, *, durable: bool) -> float:
    """A line for each call."""
    rows = samples.rows(calls, metrics)
    with Path("run.jsonl").open("w") as file:
        return clock.logging(
            lambda row: _write(file, row), lambda: _sync(file), rows, durable=durable
        )


def _write(file: TextIO, data: dict[str, Any]) -> None:
    file.write(json.dumps(data) + "\n")


def _sync(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def deliver(runs: int, keys: int, calls: int, metrics: int) -> float:
    """The journals that unifig wrote, line by line into two tables."""
    from runs_own import write_journals

    journals = write_journals(runs, keys, calls, metrics)

    def work() -> None:
        configs, rows = [], []
        for path in journals.iterdir():
            for line in path.read_bytes().splitlines():
                event = json.loads(line)
                run = event["run"][2]
                if event["event"] == "config":
                    configs.append((run, json.dumps(event["set"])))
                elif event["event"] == "log":
                    rows += [(run, step, at, json.dumps(row)) for step, at, row in event["rows"]]
        with sqlite3.connect("by-hand.db") as database:
            database.executescript(TABLES)
            database.executemany("INSERT INTO run VALUES (?, ?)", configs)
            database.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows)

    return clock.seconds(work)


def page(store: Path) -> Call:
    """The fifty runs that are best by a metric, with a value of the config of each."""
    from generate import key, metric

    database = sqlite3.connect(store / "store.db")

    def call() -> object:
        found = database.execute(PAGE, [metric(0)]).fetchall()
        return [
            (id_, json.loads(config)[key(0)], json.loads(summary)[metric(0)])
            for id_, _, _, config, summary in found
        ]

    return call


def count(store: Path) -> Call:
    """How many runs have one value of one key, and another one of another."""
    from generate import key

    database = sqlite3.connect(store / "store.db")
    text, number = (f"""config ->> '$."{key(at)}"' = ?""" for at in (1, 2))
    query = f"SELECT count(*) {RUNS} AND {text} AND {number}"
    return lambda: database.execute(query, ["adam", 64]).fetchone()[0]


def group(store: Path) -> Call:
    """The runs by one value of their config: how many, mean and deviation of a metric."""
    import numpy as np
    from generate import key, metric

    configs, summaries = _read(store)
    names, codes = np.unique([config[key(1)] for config in configs], return_inverse=True)
    numbers = np.array([summary[metric(0)] for summary in summaries])

    def call() -> object:
        count = np.bincount(codes)
        mean = np.bincount(codes, numbers) / count
        squares = np.bincount(codes, (numbers - mean[codes]) ** 2)
        return list(zip(names, count, mean, np.sqrt(squares / (count - 1)), strict=True))

    return call


def facets(store: Path) -> Call:
    """Of each name how many of two thirds of the runs have which value."""
    import numpy as np

    parts = _read(store, "config", "summary", "lowest", "highest")
    columns = [[one[name] for one in part] for part in parts for name in part[0]]
    codes = [np.unique(list(map(json.dumps, it)), return_inverse=True)[1] for it in columns]
    numbers = [np.array(it) for it in columns if {*map(type, it)} <= {int, float}]
    mask = np.arange(len(columns[0])) % 3 > 0

    def call() -> object:
        counts = [np.bincount(some[mask]) for some in codes]
        return counts, [np.histogram(some[mask], 20) for some in numbers]

    return call


def cold_start(size: int) -> float:
    """The configs of all runs, from the store into memory."""
    store = samples.store(size)
    return clock.seconds(lambda: _read(store, "config"))


def _read(store: Path, *columns: str) -> list[list[dict[str, Any]]]:
    """What all runs have in some columns of JSON."""
    names = columns or ("config", "summary")
    query = f"SELECT {', '.join(names)} {RUNS}"
    with sqlite3.connect(store / "store.db") as database:
        found = [list(map(json.loads, row)) for row in database.execute(query)]
    return list(map(list, zip(*found, strict=True)))
