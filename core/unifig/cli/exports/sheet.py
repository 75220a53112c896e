"""CSV, which spreadsheets open, and in which they run nothing."""

from __future__ import annotations

import csv
from typing import Any, Final, TextIO

from unifig.cli.output import json_text
from unifig.values import number

from .spool import Spool

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a text begins with that a spreadsheet may take for a formula."""


def write(spool: Spool, file: TextIO) -> None:
    """Writes lines under the names of their columns."""
    columns = spool.columns
    writer = csv.writer(file)
    writer.writerow(map(_text, columns))
    for line in spool:
        writer.writerow([cell(line[name]) if name in line else "" for name in columns])


def cell(value: Any) -> str:
    """A value as a cell: numbers and texts as they are, all else as JSON.

    A text that a spreadsheet would run has ``'`` before it.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return repr(value)
    if type(value) is int:
        return number(value)
    return json_text(value, None)


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_RUN) else text
