"""How far each journal is delivered, and what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, select

from unifig.runs.folder import Folder

from . import journals, tables
from .batches import batches


class Known(NamedTuple):
    """How much of a journal the store has."""

    offset: int
    line: int
    done: bool
    """Whether no more will come."""
    run: int | None
    """The run it is of, by its primary key."""


NOTHING: Final = Known(0, 0, done=False, run=None)
"""What is known of a journal that was not met yet."""


class Waiting(NamedTuple):
    """A journal that is not delivered to its end."""

    path: str
    bytes: int
    """How much of it waits."""
    reached: Known


def known(connection: Connection, names: list[str] | None = None) -> dict[str, Known]:
    """How much of journals the store has, by their names: of all, or of those that are named."""
    query = select(tables.journal)
    if names is None:
        return _known(connection, query)
    found: dict[str, Known] = {}
    for some in batches(names):
        found |= _known(connection, query.where(tables.journal.c.name.in_(some)))
    return found


def not_done(connection: Connection) -> dict[str, Known]:
    """The same of the journals to which something may be added."""
    return _known(connection, select(tables.journal).where(tables.journal.c.done.is_(False)))


def _known(connection: Connection, query: Select[Any]) -> dict[str, Known]:
    return {
        row.name: Known(row.offset, row.line, row.done, row.run)
        for row in connection.execute(query)
    }


def waiting(folder: Folder, known: Mapping[str, Known]) -> Iterator[Waiting]:
    """The journals of a folder that have more than is known of them."""
    for name, path in journals.of(folder):
        before = known.get(name, NOTHING)
        size = journals.size(path)
        if size is not None and size > before.offset:
            yield Waiting(path, size - before.offset, before)
