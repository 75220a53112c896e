"""The speed of unifig beside a floor written by hand and beside its peers: ``make bench``.

Every measurement is a fresh process. Of each row all contenders are measured in turn, as often as
``--repeat`` says; the table has the median of each, as a multiple of the floor's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import FailedError, NotInstalledError, Place
from report import Result, show, summary
from rich.console import Console
from rows import ROWS
from work import Row

ROOT = Path(__file__).parents[2]
OWN = ("unifig", "pluggy", "PyYAML", "omegaconf", "absl-py")


def measure_row(row: Row, place: Place, repeat: int, console: Console) -> Result:
    """Measures a row's contenders in turn; one that can't be measured is not asked again."""
    measured: dict[str, list[float]] = {contender.name: [] for contender in row.contenders}
    out: dict[str, str] = {}
    for turn in range(repeat):
        for contender in row.contenders:
            if contender.name in out:
                continue
            with console.status(f"{row.name}, turn {turn + 1} of {repeat}: {contender.name}"):
                try:
                    if turn == 0:
                        place.warm_up(contender)
                    measured[contender.name].append(place.measure(contender))
                except NotInstalledError:
                    out[contender.name] = "not installed"
                except FailedError as error:
                    out[contender.name] = f"failed: {error}"
                    message = f"{row.name}: {contender.name} failed: {error}"
                    console.print(message, markup=False, highlight=False)
    return summary(row, measured, out)


def conditions(args: argparse.Namespace, place: Place) -> dict[str, Any]:
    """When, where and with what the figures came about."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "rows": args.rows,
        "repeat": args.repeat,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "versions": {name: version(name) for name in OWN} | place.versions,
    }


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    add = parser.add_argument
    names = [row.name for row in ROWS]
    add("--rows", nargs="+", choices=names, default=names, metavar="ROW", help=", ".join(names))
    add("--repeat", type=int, default=5, help="how many turns; 5 unless told")
    add(
        "--peers", type=Path, default=ROOT / ".venv-bench", help="the folder that install.py filled"
    )
    add(
        "--smaller",
        type=int,
        default=1,
        metavar="N",
        help="divide the sizes by N: shows that all runs, and nothing of speed",
    )
    add("--json", type=Path, metavar="FILE", help="write every measurement into FILE")
    add("--markdown", action="store_true", help="print the table as Markdown")
    add("--check", action="store_true", help="exit 1 where a row is not reached")
    return parser.parse_args()


def main() -> int:
    """Measures, prints and answers with the exit code."""
    args = parse()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="unifig-bench-", ignore_cleanup_errors=True) as folder:
        place = Place(args.peers.absolute(), Path(folder), quick=args.smaller > 1)
        chosen = [row for row in ROWS if row.name in args.rows]
        if args.smaller > 1:
            chosen = [row.smaller(args.smaller) for row in chosen]
        results = [measure_row(row, place, args.repeat, console) for row in chosen]
        found = {"conditions": conditions(args, place), "results": results}
    show(results, markdown=args.markdown)
    if args.json is not None:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    measured = all(
        r["contenders"][who]["status"] == "measured" for r in results for who in ("floor", "unifig")
    )
    reached = all(result["reached"] for result in results)
    return 0 if measured and (reached or not args.check) else 1


if __name__ == "__main__":
    sys.exit(main())
