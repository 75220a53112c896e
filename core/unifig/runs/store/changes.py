"""Which runs have changed since somebody looked, whoever delivered them.

A row of a run has the number of the change that wrote it, and whoever looks is told what to ask the
next time. A run that was deleted stays as a row, so its deletion is a change as any other. Where
rows are gone, or the store itself was made again, its *generation* is another one, and what was
read of it before counts for nothing.

In SQLite those who write do so one after the other, and each takes the next number. PostgreSQL lets
them write side by side, and an earlier number may be seen later than a later one: there it is the
number of the transaction, and the next look begins with the first that was still under way.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, TextClause, and_, func, select, text, true

from . import tables

COLUMNS: Final = (
    "key",
    "exists",
    "entity",
    "project",
    "id",
    "name",
    "group",
    "job_type",
    "tags",
    "notes",
    "state",
    "created",
    "finished",
    "exit_code",
    "error",
    "step",
    "config",
    "summary",
    "lowest",
    "highest",
)
"""What is told of each run, as the table has it."""

_RUN: Final = tables.run.c
_BATCH: Final = 500  # rows that are in memory at once

_NEXT: Final = {
    "sqlite": text("(SELECT coalesce(max(seq), 0) + 1 FROM run)"),
    "postgresql": text("pg_current_xact_id()::text::bigint"),
}
_REACH: Final = {
    "sqlite": "SELECT coalesce(max(seq), 0) + 1, coalesce(max(seq), 0) + 1 FROM run",
    "postgresql": (
        "SELECT pg_snapshot_xmin(seen)::text::bigint, pg_snapshot_xmax(seen)::text::bigint "
        "FROM pg_current_snapshot() AS seen"
    ),
}
_GENERATION: Final = {
    "sqlite": "PRAGMA user_version",
    "postgresql": "SELECT CAST('run' AS regclass)::oid::bigint",  # of a table that is made again
}


class Changes(NamedTuple):
    """The runs that have changed."""

    rows: Iterator[tuple[Any, ...]]
    """The rows, in the order of COLUMNS; to be read inside the transaction."""
    until: int
    """What to ask the next time."""


class _Reach(NamedTuple):
    """How far the numbers go that a transaction sees."""

    until: int
    """Whatever has a lower one is seen, and stays as it is."""
    end: int
    """Nothing that is seen has this one or a higher one."""


def since(connection: Connection, seq: int | None) -> Changes:
    """All runs that exist, where ``seq`` is None; with a number those that changed since.

    Deleted ones are among the latter, and in PostgreSQL some may be told again. The generation is
    to be asked first: a number belongs to the one that it was told in.
    """
    reach = _reach(connection)
    return Changes(_rows(connection, _where(reach, seq)), reach.until)


def number(connection: Connection, seq: int | None) -> int:
    """How many rows :func:`since` would give."""
    query = select(func.count()).select_from(tables.run)
    return int(connection.execute(query.where(_where(_reach(connection), seq))).scalar_one())


def next_number(connection: Connection) -> TextClause:
    """SQL for the number that a row has which a transaction writes.

    The database works it out in the statement that writes: it may be far.
    """
    return _NEXT[connection.dialect.name]


def generation(connection: Connection) -> int:
    """Another one where rows are gone, or the store was thrown away and made again.

    Raises what the database does where there is no store any more.
    """
    return int(connection.exec_driver_sql(_GENERATION[connection.dialect.name]).scalar_one())


def begin_generation(connection: Connection) -> None:
    """Makes whoever looks at a store in SQLite read it anew.

    The number is by chance, and stands in the head of the file: no column is needed for it. What
    the system tells of a file would not do, for the inode of one that was removed is given again,
    and its times change with whatever is written.
    """
    connection.exec_driver_sql(f"PRAGMA user_version = {secrets.randbelow(1 << 31)}")


def _reach(connection: Connection) -> _Reach:
    return _Reach(*connection.exec_driver_sql(_REACH[connection.dialect.name]).one())


def _where(reach: _Reach, seq: int | None) -> ColumnElement[bool]:
    if seq is None:
        return _RUN.exists
    if seq > reach.until:  # the database is as it was at an earlier time
        return true()
    # After a dump is restored into another cluster, whose transactions have lower numbers, rows
    # have numbers that are still to come. They were read once, as all were, and would else be told
    # each time; whoever changes one gives it a number of this cluster.
    return and_(_RUN.seq >= seq, _RUN.seq < reach.end)


def _rows(connection: Connection, where: ColumnElement[bool]) -> Iterator[tuple[Any, ...]]:
    query = select(*(_RUN[name] for name in COLUMNS)).where(where)
    for some in connection.execution_options(yield_per=_BATCH).execute(query).partitions():
        yield from map(tuple, some)
