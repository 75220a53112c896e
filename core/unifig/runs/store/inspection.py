"""What can be seen of a store without any change to it: nothing is made, or brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Connection, create_engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from unifig.errors import StoreError
from unifig.runs.folder import Folder

from . import journals, migrations, postgresql, queries, tables
from .backlog import Known, known
from .connection import named_store
from .sqlite import MEMORY


class Seen(NamedTuple):
    """What is seen of a store."""

    version: int
    bytes: int
    """How much it takes."""
    form: str
    """How it is kept: SQLite's journal mode, or the version of PostgreSQL."""
    states: dict[str, int]
    """How many runs there are, by their state."""
    reached: dict[str, Known]
    problems: list[tuple[str, int, str]]
    """Lines that can't be read: the name of the journal, the line, what is wrong."""


Place = str | URL
"""The path of a file, or the URL of a database."""


def place(folder: Folder, named: str | None) -> Place:
    """Where the store of a folder is, or would be made. Raises StoreError for what names none."""
    if (named_one := named_store(named)) is not None:
        return named_one
    here = folder.stores
    return next((path for path in here if os.path.exists(path)), here[0])


def look(place: Place, folder: Folder) -> Seen | None:
    """What is seen of a store; None where it is empty, or there is none.

    Of the journals of many folders those of ``folder``. Raises StoreError where it can't be read,
    is no store, or one of another version.
    """
    if isinstance(place, URL):
        store = postgresql.PostgresStore(place)
        with store.reading() as connection:
            size = connection.scalar(text("SELECT pg_database_size(current_database())"))
            version = connection.scalar(text("SHOW server_version"))
            names = [name for name, _ in journals.of(folder)]
            return _seen(connection, size or 0, f"PostgreSQL {version}", names)
    if place == MEMORY or not os.path.exists(place):
        return None
    with _reading(place) as connection:
        form = f"journal mode {_journal_mode(place)}"
        return _seen(connection, os.path.getsize(place), form, None)


def _seen(connection: Connection, size: int, form: str, names: list[str] | None) -> Seen | None:
    version = migrations.version(connection)
    if version is None:
        return None
    migrations.check(version, migrations.steps_of(connection))
    columns = tables.run.c
    states = select(columns.state, func.count()).where(columns.exists).group_by(columns.state)
    problems = queries.problems(connection)
    return Seen(
        version,
        size,
        form,
        {state: number for state, number in connection.execute(states)},  # noqa: C416 - rows
        known(connection, names),
        [told for told in problems if names is None or told[0] in names],
    )


def _journal_mode(path: str) -> str:
    """By the file's header: SQLite itself does not say it of a file that is not to be changed."""
    with open(path, "rb") as file:
        return "wal" if file.read(19)[-1] == 2 else "delete"


@contextmanager
def _reading(path: str) -> Iterator[Connection]:
    # With a log that is in use the file is opened as it is. Without one SQLite would make one.
    logged = all(os.path.exists(path + end) for end in ("-wal", "-shm"))
    uri = f"{Path(path).as_uri()}?{'mode=ro' if logged else 'immutable=1'}"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            yield connection
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = getattr(error, "orig", None) or error
        raise StoreError(f"{path} can't be read as a store: {told}") from error
