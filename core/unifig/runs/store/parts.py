"""The journals as a store keeps them that many machines deliver into: in parts, as they came.

They are what a run is made of anew, where no machine has all of its journals. That several
transactions do not write parts of one journal is for the locks of their names to see to.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from unifig.runs.folder import slug
from unifig.runs.paths import RunPath
from unifig.runs.reading import Reading, read_lines

from . import journals, tables

_COLUMNS: Final = tables.part.c


def part_of(name: str, path: str, begin: int, end: int) -> dict[str, Any]:
    """What a journal has between two offsets, as a row. Raises OSError where it can't be read."""
    with open(path, "rb") as file:
        file.seek(begin)
        return {"journal": name, "offset": begin, "bytes": file.read(end - begin)}


def keep(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keeps parts of journals."""
    if rows:
        connection.execute(tables.part.insert(), rows)


def journals_of(connection: Connection, run: RunPath) -> Iterator[tuple[str, Reading]]:
    """The journals that may have events of a run, by name, and what is kept of them."""
    query = select(tables.part).where(_may_be_of(run)).order_by(_COLUMNS.journal, _COLUMNS.offset)
    for name, rows in groupby(connection.execute(query).all(), key=lambda row: row.journal):
        whole = Reading([], [], 0, 0, is_torn=False)
        for row in rows:
            part = read_lines(row.bytes, name, whole.line)
            whole.events.extend(part.events)
            whole.problems.extend(part.problems)
            whole = whole._replace(offset=row.offset + len(row.bytes), line=part.line)
        yield name, whole


def _may_be_of(run: RunPath) -> ColumnElement[bool]:
    """Whether a journal's name is such as those of a run's have."""
    begin = slug(run[2])
    return or_(
        *(
            # What follows a "-" among characters is "."; so an index finds what is between.
            and_(_COLUMNS.journal >= f"{place}{begin}-", _COLUMNS.journal < f"{place}{begin}.")
            for place in journals.PLACES
        )
    )
