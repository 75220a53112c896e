"""The rows about runs: to record one, to log, to deliver to the store, and to ask it."""

from __future__ import annotations

from pathlib import Path

from whole_run import BY_HAND, PEERS, UNIFIG, program
from work import Call, Contender, Once, Peak, Program, Row

WHOLE_RUN = {peer: program(code) for peer, code in PEERS.items()}

RUNS = {"runs": 1_000, "keys": 50}
CALLS = {"calls": 100_000, "metrics": 5}
STORED = 100_000

UI = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import runs_own
runs_own.show_all(int(sys.argv[1]))
"""

# What a part of the work takes counts for the whole where the whole takes minutes.
LOG_COUNTS = {"trackio": 1, "wandb": 1, "aim": 20, "mlflow": 200, "sacred": 1, "dvclive": 200}
RUNS_COUNT = 20


def _log_row(name: str, title: str, reach: float, *, durable: bool) -> Row:
    def work(function: str, counts: int = 1) -> Once:
        sizes = CALLS | {"calls": CALLS["calls"] // counts}
        return Once(function, {**sizes, "durable": durable}, counts)

    return Row(
        name,
        title,
        reach,
        work("runs_by_hand:log"),
        work("runs_own:log"),
        tuple(
            Contender(peer, work(f"runs_peers:{peer}_log", counts), peer)
            for peer, counts in LOG_COUNTS.items()
        ),
    )


ROWS_OF_RUNS = (
    Row(
        "whole-run",
        "a whole run, in a fresh process: 50 keys, 100 logs of 5 metrics",
        3.5,
        program(BY_HAND),
        program(UNIFIG),
        tuple(Contender(peer, work, peer) for peer, work in WHOLE_RUN.items()),
    ),
    Row(
        "runs",
        "1,000 runs of 50 keys in one process",
        4,
        Once("runs_by_hand:many_runs", RUNS),
        Once("runs_own:many_runs", RUNS),
        tuple(
            Contender(
                peer,
                Once(
                    f"runs_peers:{peer}_runs",
                    RUNS | {"runs": RUNS["runs"] // RUNS_COUNT},
                    RUNS_COUNT,
                ),
                peer,
            )
            for peer in PEERS
        ),
    ),
    _log_row(
        "log-caller", "100,000 logs of 5 metrics: what the program waits for", 1, durable=False
    ),
    _log_row(
        "log-durable", "100,000 logs of 5 metrics: until all is on the disk", 2.5, durable=True
    ),
    Row(
        "deliver",
        "these 1,000 runs and 100,000 logs, from their journals into the store",
        4,
        Once("runs_by_hand:deliver", RUNS | CALLS),
        Once("runs_own:deliver", RUNS | CALLS),
    ),
    Row(
        "query-page",
        "of 100,000 runs the best 50 by a metric",
        2,
        Call("runs_by_hand:page", "store", STORED),
        Call("runs_own:page", "store", STORED),
    ),
    Row(
        "query-filter",
        "of 100,000 runs those with two values of the config, counted",
        2,
        Call("runs_by_hand:count", "store", STORED),
        Call("runs_own:count", "store", STORED),
    ),
    Row(
        "query-group",
        "the same runs on the page, by a value of the config: mean and deviation of a metric",
        8,
        Call("runs_by_hand:group", "store", STORED),
        Call("runs_own:group", "store", STORED),
    ),
    Row(
        "query-facets",
        "the same runs on the page: of each name its values, and how many have them",
        1,
        Call("runs_by_hand:facets", "store", STORED),
        Call("runs_own:facets", "store", STORED),
    ),
    Row(
        "cold-start",
        "the same runs, from their store into the memory of the page",
        3,
        Once("runs_by_hand:cold_start", {"size": STORED}),
        Once("runs_own:cold_start", {"size": STORED}),
    ),
    Row(
        "ui-memory",
        "peak memory of the page's server with these runs",
        50,
        Peak(Program("pass")),
        Peak(Program(UI, size=STORED)),
    ),
    Row(
        "memory",
        "peak memory of a whole run",
        3,
        Peak(Program("pass")),
        Peak(program(UNIFIG)),
        tuple(Contender(peer, Peak(work), peer) for peer, work in WHOLE_RUN.items()),
    ),
)
