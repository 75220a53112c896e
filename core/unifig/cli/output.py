"""What commands print: tables for people, lines for pipes, JSON for programs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from unifig import UnifigWarning
from unifig.display.exact import json_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STYLES: Final = {
    "running": "cyan",
    "finished": "green",
    "failed": "red",
    "killed": "yellow",
    "crashed": "bold red",
}
"""The colours of states."""

_WIDEST: Final = 60  # characters to which cells are filled up, in a pipe


def tell_warnings() -> None:
    """From now on unifig's warnings are one line each on standard error, as its errors are."""
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, UnifigWarning):
            click.echo(f"unifig: warning: {one_line(str(message))}", err=True)
        else:
            usual(message, category, filename, lineno, file, line)

    warnings.showwarning = show


def one_line(text: str) -> str:
    """A stranger's text on one line, without what would steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# JSON


def write_json(data: Any) -> None:
    """Prints plain data as JSON that any reader takes, and that says all: see :func:`json_text`."""
    click.echo(json_text(data))


# Text


def console() -> Console:
    """Standard output, for Rich; nothing in a text is taken for markup."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def is_piped() -> bool:
    """Whether lines are to be whole, for grep and the like; ``COLUMNS`` asks for a width there."""
    return not sys.stdout.isatty() and "COLUMNS" not in os.environ


def show_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Iterable[int] = (),
) -> None:
    """Prints rows under headings: a table that keeps to the width, or in a pipe a line each.

    ``right`` are the columns of numbers. A cell that is too long goes on below; in a pipe none is.
    """
    table = [list(row) for row in rows]
    if is_piped():
        _show_lines([list(headings), *table], set(right))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    shown = Table(*headings, box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for at, column in enumerate(shown.columns):
        column.overflow = "fold"
        column.justify = "right" if at in set(right) else "left"
    for row in table:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    console().print(shown)


def _width(lengths: Iterable[int]) -> int:
    """How wide a column is; a few long texts do not move all the others."""
    return max((length for length in lengths if length <= _WIDEST), default=_WIDEST)


def _show_lines(table: list[list[Any]], right: set[int]) -> None:
    """One line for each row, however long."""
    texts = [[str(cell).replace("\n", ", ") for cell in row] for row in table]
    widths = [_width(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = [
            text.rjust(width) if at in right else text.ljust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
