"""A folder of runs, made up: ``generate.py FOLDER --runs N --keys K --metrics M``.

Writes a journal for each run, as if programs had run one after the other, and delivers them to the
store. The same numbers give the same runs; what the keys hold has a bearing on the metrics.
"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unifig.flat import Flat
from unifig.origin import PROGRAM, Origin
from unifig.runs import event, folder, journal, metrics

if TYPE_CHECKING:
    from collections.abc import Callable

ENTITY, PROJECT = "me", "bench"
BEGIN = 1_700_000_000_000_000  # microseconds since the epoch
APART = 60_000_000  # microseconds from one run to the next
STATES = ("finished",) * 18 + ("failed", "killed")
GROUPS = ("model", "optimizer", "data", "trainer", "schedule")
OPTIMIZERS = ("adam", "adamw", "sgd", "lion", "rmsprop", "adagrad")
WRITTEN = Origin("code", PROGRAM, place="train.py:12")

# What the keys hold, over and over: what people vary, what differs in each run, what never does.
KINDS: tuple[tuple[str, Callable[[random.Random], Any]], ...] = (
    ("rate", lambda dice: 10 ** dice.uniform(-5, -1)),
    ("name", lambda dice: dice.choice(OPTIMIZERS)),
    ("size", lambda dice: 2 ** dice.randint(4, 11)),
    ("flag", lambda dice: dice.random() < 0.5),
    ("seed", lambda dice: dice.randint(0, 9)),
    ("path", lambda dice: f"/data/{dice.getrandbits(40):010x}"),
    ("share", lambda dice: round(dice.random(), 2)),
    ("limit", lambda dice: dice.choice((None, None, 100, 1_000))),
    ("fixed", lambda _: "the same everywhere"),
    ("shape", lambda dice: [dice.choice((32, 64, 128))] * 2),
)


def key(at: int) -> str:
    """The flat key number ``at``: ``model.rate_0``, ``optimizer.name_1``, …"""
    return f"{GROUPS[at % len(GROUPS)]}.{KINDS[at % len(KINDS)][0]}_{at}"


def metric(at: int) -> str:
    """The name of the metric number ``at``."""
    return f"{'loss' if at % 2 else 'accuracy'}_{at}"


def fill(place: Path, runs: int, keys: int, numbers: int, rows: int = 1) -> None:
    """Writes the journals of ``runs`` runs, each with ``rows`` rows of ``numbers`` metrics."""
    journals = folder.find(place).journals[0]
    folder.make(journals)
    for at in range(runs):
        dice = random.Random(at)
        values = {key(number): KINDS[number % len(KINDS)][1](dice) for number in range(keys)}
        id_, writer = f"run{at:07d}", f"{at:016x}"
        text = _journal(
            at, (ENTITY, PROJECT, id_), writer, values, _curves(dice, values, numbers, rows)
        )
        Path(journals, folder.journal_name(id_, writer)).write_bytes(text)


def _journal(
    at: int,
    path: event.RunPath,
    writer: str,
    values: dict[str, Any],
    rows: list[dict[str, float]],
) -> bytes:
    """What the program of the run number ``at`` would have written."""
    config = Flat(values)
    config.origins.update(dict.fromkeys(values, WRITTEN))
    begin = BEGIN + at * APART
    logged = [(step, begin + step * 1_000 + 2, row) for step, row in enumerate(rows)]
    about = {"name": f"number {at}", "group": f"group {at // 100}", "host": "here", "pid": at}
    bodies = (
        '"start"' + journal.fields_body(format=event.FORMAT, about=about, packages={"unifig": "1"}),
        '"config"' + journal.config_body(config),
        f'"log","rows":{metrics.rows_text(logged)}',
        '"finish"' + journal.fields_body(state=STATES[at % len(STATES)], last=True),
    )
    common = event.head(writer, path)
    times = (begin, begin + 1, logged[-1][1], logged[-1][1] + 1)
    return b"".join(
        event.line(time, common, body) for time, body in zip(times, bodies, strict=True)
    )


def _curves(
    dice: random.Random, values: dict[str, Any], numbers: int, rows: int
) -> list[dict[str, float]]:
    """Metrics that come nearer, row by row, to what the config is good for."""
    rate, name = values.get(key(0), 0.01), values.get(key(1), "adam")
    good = 0.9 - 0.1 * abs(math.log10(rate) + 3) - 0.03 * OPTIMIZERS.index(name)
    goals = [good + dice.gauss(0, 0.05) for _ in range(numbers)]
    return [
        {
            metric(at): (1 - goal if at % 2 else goal) * (1 - 0.5 ** (row + 1))
            for at, goal in enumerate(goals)
        }
        for row in range(rows)
    ]


def deliver(place: Path) -> int:
    """Brings what the journals have to the store; how many runs are there."""
    from unifig import Api

    return len(Api(dir=place).runs(f"{ENTITY}/{PROJECT}"))


def main() -> None:
    """Fills the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, help="the folder of runs, as UNIFIG_DIR names it")
    add("--runs", type=int, default=100_000)
    add("--keys", type=int, default=50, help="values in the config of each")
    add("--metrics", type=int, default=10)
    add("--rows", type=int, default=1, help="how often each logged its metrics")
    args = parser.parse_args()
    fill(args.folder, args.runs, args.keys, args.metrics, args.rows)
    print(f"{deliver(args.folder)} runs in {args.folder}")


if __name__ == "__main__":
    main()
