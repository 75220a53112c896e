"""A bar for what takes longer than a second, on standard error, where that is a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_PATIENCE: Final = 1.0  # seconds


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """What is to be called with how much is done, of how much; the bar comes after a second."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    began = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None)

    def told(done: int, total: int) -> None:
        if not bar.live.is_started:
            if not bar.console.is_terminal or time.monotonic() - began < _PATIENCE:
                return
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield told
    finally:
        if bar.live.is_started:  # it would end a line that it did not begin
            bar.stop()
