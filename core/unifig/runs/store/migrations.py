"""Numbered steps that bring a store of any earlier version to this one, each in one transaction.

A step that was released never changes: the next one mends it. The tables of :mod:`.tables` are
those of the last step; whoever adds one writes down what the first made as it was then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, inspect, select
from sqlalchemy.schema import CreateIndex, CreateTable

from unifig.errors import StoreError

from . import tables

Migration = Callable[[Connection], None]


def _create(connection: Connection) -> None:
    """1: runs, their metrics, histories and environments; journals and their problems."""
    for table in tables.metadata.sorted_tables:
        if table is not tables.schema:
            connection.execute(CreateTable(table))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                connection.execute(CreateIndex(index))


MIGRATIONS: Final[tuple[Migration, ...]] = (_create,)
"""In their order; the first is number 1."""


def version(connection: Connection) -> int | None:
    """The number of the last migration that was done; None where there is no store yet.

    Raises StoreError for a database that has tables, and none of a store's.
    """
    names = inspect(connection).get_table_names()
    if tables.schema.name not in names:
        if names:
            raise StoreError(
                f"the database has tables ({', '.join(sorted(names)[:3])}, …) and is no store of "
                "runs: name another file"
            )
        return None
    return connection.execute(select(tables.schema.c.version)).scalar()


def check(found: int, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Raises StoreError for a store that a later version has written."""
    if found > len(migrations):
        raise StoreError(
            f"the store has version {found}, and this unifig knows versions up to "
            f"{len(migrations)}: upgrade unifig"
        )


def upgrade(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Does the migrations that are missing, inside the transaction of the connection.

    Raises StoreError for a store of a later version, and for what is no store.
    """
    found = version(connection)
    if found is None:
        connection.execute(CreateTable(tables.schema))
        connection.execute(tables.schema.insert().values(version=0))
    check(found or 0, migrations)
    for number, migrate in enumerate(migrations[found or 0 :], (found or 0) + 1):
        migrate(connection)
        connection.execute(tables.schema.update().values(version=number))
