"""The peers' runs, as their documentation has it: one small function each, in their environments.

Each does the work once and gives the seconds that this took. What a peer sets up in its folder or
its database for the first run of all does not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import clock
import samples

if TYPE_CHECKING:
    from collections.abc import Callable

Config = dict[str, Any]


def _one_by_one(run: Callable[[Config], object], runs: int, keys: int) -> float:
    """One run after the other; a first one, which does not count, sets all up."""
    first, *configs = samples.configs(runs + 1, keys)
    run(first)

    def work() -> None:
        for config in configs:
            run(config)

    return clock.seconds(work)


def trackio_runs(runs: int, keys: int) -> float:
    """Its config travels with the first thing that is logged."""
    import trackio

    def run(config: Config) -> None:
        trackio.init(project="bench", config=config)
        trackio.log({"loss": 1.0})
        trackio.finish()

    return _one_by_one(run, runs, keys)


def trackio_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Into its SQLite file, by a thread."""
    import trackio

    trackio.init(project="bench")
    rows = samples.rows(calls, metrics)
    return clock.logging(trackio.log, trackio.finish, rows, durable=durable)


def wandb_runs(runs: int, keys: int) -> float:
    """Offline."""
    import wandb

    return _one_by_one(
        lambda config: wandb.init(project="bench", config=config).finish(), runs, keys
    )


def wandb_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Offline, by a process of its own."""
    import wandb

    run = wandb.init(project="bench")
    return clock.logging(run.log, run.finish, samples.rows(calls, metrics), durable=durable)


def aim_runs(runs: int, keys: int) -> float:
    """Without its watching the system."""
    from aim import Run

    def run(config: Config) -> None:
        run = Run(system_tracking_interval=None, capture_terminal_logs=False)
        run["config"] = config
        run.close()

    return _one_by_one(run, runs, keys)


def aim_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Without its watching the system."""
    from aim import Run

    run = Run(system_tracking_interval=None, capture_terminal_logs=False)
    return clock.logging(run.track, run.close, samples.rows(calls, metrics), durable=durable)


def mlflow_runs(runs: int, keys: int) -> float:
    """Into SQLite."""
    import mlflow

    def run(config: Config) -> None:
        with mlflow.start_run():
            mlflow.log_params(config)

    return _one_by_one(run, runs, keys)


def mlflow_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Into SQLite; each call waits until it is there."""
    import mlflow

    mlflow.start_run()
    rows = samples.rows(calls, metrics)
    return clock.logging(mlflow.log_metrics, mlflow.end_run, rows, durable=durable)


def sacred_runs(runs: int, keys: int) -> float:
    """An experiment that runs again and again, into files."""
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("bench", save_git_info=False)
    experiment.observers.append(FileStorageObserver("sacred"))
    experiment.add_config(samples.flat(keys))
    experiment.main(lambda: None)
    return _one_by_one(lambda config: experiment.run(config_updates=config), runs, keys)


def sacred_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Into files, at the end and every ten seconds."""
    import time

    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("bench", save_git_info=False)
    experiment.observers.append(FileStorageObserver("sacred"))
    rows = samples.rows(calls, metrics)
    times = []

    @experiment.main
    def main(_run: Any) -> None:
        times.append(time.perf_counter())
        for row in rows:
            for name, number in row.items():
                _run.log_scalar(name, number)
        times.append(time.perf_counter())

    experiment.run()
    begin, logged = times
    return (time.perf_counter() if durable else logged) - begin


def dvclive_runs(runs: int, keys: int) -> float:
    """Into files; the folder is cleared for each run."""
    from dvclive import Live

    def run(config: Config) -> None:
        with Live(save_dvc_exp=False) as live:
            live.log_params(config)

    return _one_by_one(run, runs, keys)


def dvclive_log(calls: int, metrics: int, *, durable: bool) -> float:
    """Into a file for each metric; a summary is written at each step."""
    from dvclive import Live

    live = Live(save_dvc_exp=False)

    def log(row: dict[str, float]) -> None:
        for name, number in row.items():
            live.log_metric(name, number)
        live.next_step()

    return clock.logging(log, live.end, samples.rows(calls, metrics), durable=durable)
