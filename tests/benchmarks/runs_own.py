"""unifig's runs, until what is said of them is done: the whole work, or the call that is timed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import clock
import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[], object]


def many_runs(runs: int, keys: int) -> float:
    """One after the other, each safe on the disk before the next one."""
    import unifig

    configs = samples.configs(runs, keys)

    def work() -> None:
        for config in configs:
            unifig.init(config, entity="me", project="bench").finish()

    return clock.seconds(work)


def log(calls: int, metrics: int, *, durable: bool) -> float:
    """One run that logs, with what waits to be written at its end."""
    import unifig

    rows = samples.rows(calls, metrics)
    unifig.init(entity="me", project="bench")
    return clock.logging(unifig.log, unifig.finish, rows, durable=durable)


def write_journals(runs: int, keys: int, calls: int, metrics: int) -> Path:
    """The folder of the journals of many runs, and of one that logs."""
    many_runs(runs, keys)
    log(calls, metrics, durable=True)
    return Path(os.environ["UNIFIG_DIR"], "journal")


def deliver(runs: int, keys: int, calls: int, metrics: int) -> float:
    """All of that into a store that is not there yet, by the first who asks it."""
    import unifig

    write_journals(runs, keys, calls, metrics)
    return clock.seconds(lambda: len(unifig.Api().runs("me/bench")))


def page(store: Path) -> Call:
    """The fifty runs that are best by a metric, with a value of the config of each."""
    from itertools import islice

    from generate import key, metric

    import unifig

    api = unifig.Api(dir=store)
    best = metric(0)
    group, _, name = key(0).partition(".")

    def call() -> object:
        runs = api.runs("me/bench", order=f"-summary.{best}", per_page=50)
        return [(run.id, run.config[group][name], run.summary[best]) for run in islice(runs, 50)]

    return call


def count(store: Path) -> Call:
    """How many runs have one value of one key, and another one of another."""
    from generate import key

    import unifig

    api = unifig.Api(dir=store)
    filters = {f"config.{key(1)}": "adam", f"config.{key(2)}": 64}
    return lambda: len(api.runs("me/bench", filters=filters))
