"""unifig's runs, until what is said of them is done: the whole work, or the call that is timed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import clock
import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from unifig.runs.archive import Archive
    from unifig.web.frame.cache import Cache
    from unifig.web.frame.frame import Frame

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


def group(store: Path) -> Call:
    """The runs by one value of their config: how many, mean and deviation of a metric."""
    from generate import key, metric

    from unifig.web.frame.groups import grouped

    frame = _frame(_archive(store))
    names, metrics = [f"config.{key(1)}"], [f"summary.{metric(0)}"]
    return lambda: grouped(frame, frame.alive, names, metrics)[:]


def facets(store: Path) -> Call:
    """Of each name how many of two thirds of the runs have which value."""
    import numpy as np

    from unifig.web.frame.facets import facets as found

    frame = _frame(_archive(store))
    mask = np.arange(frame.size) % 3 > 0
    return lambda: found(frame, mask)


def cold_start(size: int) -> float:
    """All runs, from the store into memory."""
    archive = _archive(samples.store(size))
    return clock.seconds(lambda: _frame(archive))


def show_all(size: int) -> None:
    """What the server of the page has in memory once a person has looked at everything."""
    from unifig.runs.paths import Place
    from unifig.runs.store.queries import order_of
    from unifig.web.app import create_app
    from unifig.web.frame.facets import facets as found
    from unifig.web.frame.orders import ordered

    app = create_app(_archive(samples.store(size)), Place("me", "bench"))
    frame = _read(app.state.site.cache)
    found(frame, frame.alive)
    for name in frame.names():
        frame.categories(name)
        frame.reals(name)
        ordered(frame, frame.alive, order_of(name))


def _archive(store: Path) -> Archive:
    from unifig.runs.archive import Archive
    from unifig.runs.folder import find

    return Archive(find(store), None)


def _frame(archive: Archive) -> Frame:
    """The runs of an archive in memory."""
    from unifig.web.frame.cache import Cache

    return _read(Cache(archive))


def _read(cache: Cache) -> Frame:
    """The runs, once they are there."""
    import time

    from unifig.web.frame.cache import StillLoading

    while True:
        try:
            return cache.frame()
        except StillLoading:
            time.sleep(0.01)
