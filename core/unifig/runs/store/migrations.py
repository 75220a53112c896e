"""Numbered steps that bring a store of any earlier version to this one, each in one transaction.

A step that was released never changes: the next one mends it. The tables of :mod:`.tables` are
those of the first step but for the columns of ``_ADDED``, which a later one adds; whoever changes a
table writes down what the first made as it was then. SQLite and PostgreSQL have steps of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, MetaData, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable

from unifig.errors import StoreError

from . import changes, tables

_ADDED: Final = frozenset({tables.run.c.seq})
"""The columns that the first step does not make, nor the indexes over them."""

_BY_TIME: Final = 'CREATE INDEX run_by_creation ON run (created, "key")'

Migration = Callable[[Connection], None]


def _create(connection: Connection) -> None:
    """1: runs, their metrics, histories and environments; journals and their problems."""
    _make(connection, tables.metadata)


def _create_on_postgresql(connection: Connection) -> None:
    """1: the same, the journals themselves, signs of life, and an index over configurations.

    The text of a configuration is its record; ``jsonb`` orders keys and changes the form of
    numbers, and is what an index can be of.
    """
    _make(connection, tables.metadata)
    _make(connection, tables.remote)
    for statement in (
        "ALTER TABLE run ADD COLUMN config_index jsonb GENERATED ALWAYS AS (config::jsonb) STORED",
        # What was inserted last is in it at once, and not in a list that is read through.
        (
            "CREATE INDEX run_by_config ON run USING gin (config_index jsonb_path_ops) "
            "WITH (fastupdate = off)"
        ),
        _BY_TIME,
    ):
        connection.execute(text(statement))


def _index_by_time(connection: Connection) -> None:
    """2: an index for the runs of all projects, the latest first."""
    connection.execute(text(_BY_TIME))


def _count_changes(connection: Connection) -> None:
    """3: the number of the last change of each run, and of the store when it was made."""
    _add_seq(connection)
    changes.begin_generation(connection)


def _count_changes_on_postgresql(connection: Connection) -> None:
    """2: the number of the last change of each run."""
    _add_seq(connection)


def _add_seq(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE run ADD COLUMN seq BIGINT NOT NULL DEFAULT 0"))
    connection.execute(text("CREATE INDEX run_by_seq ON run (seq)"))


def _make(connection: Connection, metadata: MetaData) -> None:
    """Makes tables as they were at first."""
    for table in metadata.sorted_tables:
        if table is not tables.schema:
            statement = CreateTable(table)
            statement.columns = [one for one in statement.columns if one.element not in _ADDED]
            connection.execute(statement)
            indexes = [one for one in table.indexes if _ADDED.isdisjoint(one.columns)]
            for index in sorted(indexes, key=lambda index: str(index.name)):
                connection.execute(CreateIndex(index))


MIGRATIONS: Final[tuple[Migration, ...]] = (_create, _index_by_time, _count_changes)
"""In their order; the first is number 1."""

ON_POSTGRESQL: Final[tuple[Migration, ...]] = (
    _create_on_postgresql,
    _count_changes_on_postgresql,
)


def steps_of(connection: Connection) -> Sequence[Migration]:
    """The steps of the database that a connection leads to."""
    return ON_POSTGRESQL if connection.dialect.name == "postgresql" else MIGRATIONS


def is_current(connection: Connection) -> bool:
    """Whether a store is there, and of this version. Raises StoreError as :func:`check` does."""
    found = version(connection)
    if found is None:
        return False
    steps = steps_of(connection)
    check(found, steps)
    return found == len(steps)


def version(connection: Connection) -> int | None:
    """The number of the last migration that was done; None where there is no store yet.

    Raises StoreError for a database that has tables, and none of a store's.
    """
    names = inspect(connection).get_table_names()
    if tables.schema.name not in names:
        if names:
            raise StoreError(
                f"the database has tables ({', '.join(sorted(names)[:3])}, …) and is no store of "
                "runs: name another one"
            )
        return None
    return connection.execute(select(tables.schema.c.version)).scalar()


def check(found: int, migrations: Sequence[Migration]) -> None:
    """Raises StoreError for a store that a later version has written."""
    if found > len(migrations):
        raise StoreError(
            f"the store has version {found}, and this unifig knows versions up to "
            f"{len(migrations)}: upgrade unifig"
        )


def upgrade(connection: Connection, migrations: Sequence[Migration] | None = None) -> None:
    """Does the migrations that are missing, inside the transaction of the connection.

    Those of its database unless told.

    Raises StoreError for a store of a later version, and for what is no store.
    """
    if migrations is None:
        migrations = steps_of(connection)
    found = version(connection)
    if found is None:
        connection.execute(CreateTable(tables.schema))
        connection.execute(tables.schema.insert().values(version=0))
    check(found or 0, migrations)
    for number, migrate in enumerate(migrations[found or 0 :], (found or 0) + 1):
        migrate(connection)
        connection.execute(tables.schema.update().values(version=number))
