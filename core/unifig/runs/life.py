"""Whether a process that records a run still lives, or has ended without a word."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Final

from .folder import journal_name
from .metadata import is_dead
from .record import Writer

SILENT: Final = 60.0
"""Seconds after which a process that has said nothing counts as gone."""


def is_gone(run_id: str, writer: str, process: str | None, folders: Sequence[str]) -> bool:
    """Whether a writer's process has ended: it can be seen here, or its journal is old.

    ``process`` is what ``metadata.process()`` told of it, ``folders`` are where its journal may be.
    """
    if process is not None and is_dead(process):
        return True
    name = journal_name(run_id, writer)
    times = [modified(os.path.join(folder, name)) for folder in folders]
    return time.time() - max((at for at in times if at is not None), default=0) > SILENT


def is_alive(run_id: str, writers: Mapping[str, Writer], folders: Sequence[str]) -> bool:
    """Whether a process still records a run, of its writers by their names."""
    return any(
        writer.open and not is_gone(run_id, name, writer.process, folders)
        for name, writer in writers.items()
    )


def modified(path: str) -> float | None:
    """When a file was written last, in seconds since the epoch; None where it is gone."""
    try:
        return os.stat(path).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
