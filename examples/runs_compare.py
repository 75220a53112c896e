"""Lists the runs of a folder, the best first, and compares the best with the worst.

python examples/runs_compare.py [folder of runs]
"""

import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

import unifig


def main() -> None:
    api = unifig.Api(*sys.argv[1:2])
    runs = api.runs(order="-max.acc")
    console = Console()
    console.print(listed(runs))
    good = api.runs(filters={"config.lr": {"$gte": 0.1}, "summary.acc": {"$gt": 0.9}})
    console.print(f"{len(good)} of {len(runs)} runs have lr >= 0.1 and acc > 0.9\n")
    console.print(compared(runs[0], runs[-1]))


def listed(runs: unifig.Runs) -> Table:
    """One line for each run."""
    table = Table(title="runs, the best first", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("id", "state", "lr", "optimizer", "seed", "loss", "best acc"):
        table.add_column(name, justify="left" if name in ("id", "state", "optimizer") else "right")
    for run in runs:
        config, summary = run.config, run.summary
        values = (config["lr"], config["optimizer"], config["seed"])
        numbers = (f"{summary['train']['loss']:.4f}", f"{summary.max['acc']:.4f}")
        table.add_row(*map(Text, (run.id, run.state, *map(str, values), *numbers)))
    return table


def compared(one: unifig.RecordedRun, other: unifig.RecordedRun) -> Table:
    """What differs in the configuration of two runs, and who chose it."""
    table = Table(title="only what differs", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("flat key", f"{one.id} (best)", f"{other.id} (worst)", "chosen by"):
        table.add_column(name)
    for key, (here, there) in unifig.Config(one.config).diff(other.config).changed.items():
        chosen = {run.origins[key].name for run in (one, other)} | {one.origins[key].kind}
        names = ", ".join(sorted(filter(None, chosen)))
        table.add_row(*map(Text, (key, repr(here), repr(there), names)))
    return table


if __name__ == "__main__":
    main()
