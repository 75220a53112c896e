"""What the measurements come to: each row's result as data, and the table for people."""

from __future__ import annotations

import statistics
import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from work import Row

Result = dict[str, Any]
"""What is known of one row, in the form that the JSON file has it."""

UNITS = {
    "seconds": (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)),
    "bytes": (("MB", 1e6), ("kB", 1e3)),
}
PAGE = 150  # columns, where the table does not go to a terminal


def summary(row: Row, measured: dict[str, list[float]], out: dict[str, str]) -> Result:
    """The medians, themselves and as multiples of the floor's; no figure for what is ``out``."""
    floor = None if "floor" in out else statistics.median(measured["floor"])
    contenders: dict[str, Any] = {}
    for name, found in measured.items():
        if name in out:
            contenders[name] = {"status": out[name]}
            continue
        median = statistics.median(found)
        contenders[name] = {
            "status": "measured",
            row.unit: found,
            "median": median,
            "times": None if floor is None else median / floor,
        }
    own = contenders["unifig"].get("times")
    return {
        "row": row.name,
        "title": row.title,
        "unit": row.unit,
        "reach": row.reach,
        "reached": own is not None and own <= row.reach,
        "contenders": contenders,
    }


def show(results: list[Result], *, markdown: bool) -> None:
    """Prints the table."""
    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD)
    for title in ("row", "floor", "unifig", "to reach", "reached", "beside it"):
        table.add_column(title, overflow="fold", no_wrap=title not in ("row", "beside it"))
    for result in results:
        found = result["contenders"]
        table.add_row(
            result["title"],
            _amount(found["floor"], result["unit"]),
            _times(found["unifig"]),
            f"≤ {result['reach']:g}",
            "yes" if result["reached"] else "no",
            _beside(found),
        )
    width = None if sys.stdout.isatty() else PAGE
    Console(highlight=False, width=10_000 if markdown else width).print(table)


def _beside(contenders: dict[str, Any]) -> str:
    """The other contenders: their figures, then the names of those that have none."""
    texts: dict[str, list[str]] = {"measured": []}
    for name, contender in contenders.items():
        if name in ("floor", "unifig"):
            continue
        status = contender["status"].partition(":")[0]
        figure = f" {_times(contender)}" if status == "measured" else ""
        texts.setdefault(status, []).append(name + figure)
    parts = [", ".join(texts.pop("measured"))]
    parts += [f"{status}: {', '.join(names)}" for status, names in texts.items()]
    return "; ".join(part for part in parts if part)


def _times(contender: dict[str, Any]) -> str:
    times = contender.get("times")
    if times is None:
        return f"({contender['status'].partition(':')[0]})"
    return f"{times:.2f}" if times < 10 else f"{times:.0f}"


def _amount(contender: dict[str, Any], unit: str) -> str:
    median = contender.get("median")
    if median is None:
        return f"({contender['status'].partition(':')[0]})"
    symbol, size = next((u for u in UNITS[unit] if median >= u[1]), UNITS[unit][-1])
    return f"{median / size:.3g} {symbol}"
