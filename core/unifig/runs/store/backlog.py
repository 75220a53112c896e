"""How far each journal is delivered, and what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from unifig.runs.folder import Folder

from . import journals, tables


class Reached(NamedTuple):
    """How far a journal is delivered."""

    offset: int
    line: int
    run: int | None
    """The run it is of, by its primary key."""


class Waiting(NamedTuple):
    """A journal that is not delivered to its end."""

    path: str
    bytes: int
    """How much of it waits."""
    reached: Reached


def reached(connection: Connection) -> dict[str, Reached]:
    """The journals that are known, by the names that the store has for them."""
    columns = tables.journal.c
    query = select(columns.name, columns.offset, columns.line, columns.run)
    return {name: Reached(*rest) for name, *rest in connection.execute(query)}


def waiting(folder: Folder, known: Mapping[str, Reached]) -> Iterator[Waiting]:
    """The journals of a folder that have more than is known of them."""
    for name, path in journals.of(folder):
        before = known.get(name, Reached(0, 0, None))
        size = journals.size(path)
        if size is not None and size > before.offset:
            yield Waiting(path, size - before.offset, before)
