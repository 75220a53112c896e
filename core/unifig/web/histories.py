"""What runs have logged of some metrics, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from unifig import RecordedRun

from .frame.kinds import nearest

Logged = tuple[float, float, float]
"""Step, seconds since the run began, value."""


def histories(run: RecordedRun, metrics: Sequence[str]) -> dict[str, list[Logged]]:
    """Of each metric what a run has logged, in the order in which it did."""
    found: dict[str, list[Logged]] = {name: [] for name in metrics}
    begin = run.created_at.timestamp()
    for step, at, numbers in run.scan_rows():
        for name, rows in found.items():
            number = numbers.get(name)
            if isinstance(number, (int, float)):
                rows.append((step, at - begin, nearest(number)))
    return found
