"""A folder of runs with its store, for commands that keep it; and asking before something goes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from unifig import StoreError

if TYPE_CHECKING:
    from unifig.runs.archive import Archive

_UNITS = ("bytes", "kB", "MB", "GB")


def open_archive(dir_: str | None, store: str | None) -> Archive:
    """The folder and the store that ``--dir`` and ``--store`` name; nothing is read yet.

    Raises StoreError where the store can't be opened, or is none that lasts.
    """
    from unifig.runs.archive import Archive
    from unifig.runs.folder import find
    from unifig.runs.store import journals
    from unifig.runs.store.sqlite import MEMORY

    archive = Archive(find(dir_), store)
    if archive.store.name == MEMORY and any(True for _ in journals.of(archive.folder)):
        raise StoreError(
            f"the store would be in memory, and gone at once: make {archive.folder.path} one that "
            "can be written, or name a store elsewhere by --store"
        )
    return archive


yes = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
"""``--yes``, for commands that take something away."""


def check_can_ask(*, yes: bool) -> None:
    """Raises UsageError where nobody can be asked, and it is not said that it is not needed."""
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked in a pipe: write --yes")


def is_meant(question: str, *, yes: bool) -> bool:
    """Asks, on standard error."""
    return yes or click.confirm(question, err=True)


def in_bytes(size: float) -> str:
    """A size for people: ``1.5 MB``."""
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}" if unit else f"{size:.0f} bytes"


def counted(number: int, what: str) -> str:
    """A number of things: ``1 run``, ``2,000 runs``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
