"""CSV, which spreadsheets open."""

from __future__ import annotations

import csv
from typing import TextIO

from unifig.display.sheet import cell, text_cell

from .spool import Spool


def write(spool: Spool, file: TextIO) -> None:
    """Writes lines under the names of their columns."""
    columns = spool.columns
    writer = csv.writer(file)
    writer.writerow(map(text_cell, columns))
    for line in spool:
        writer.writerow([cell(line[name]) if name in line else "" for name in columns])
