"""What can be seen of a store without any change to it: nothing is made, or brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from unifig.errors import StoreError
from unifig.runs.folder import Folder

from . import migrations, queries, tables
from .backlog import Reached, reached
from .connection import MEMORY, path_named


class Seen(NamedTuple):
    """What is seen of a store."""

    version: int
    journal_mode: str
    states: dict[str, int]
    """How many runs there are, by their state."""
    reached: dict[str, Reached]
    problems: list[tuple[str, int, str]]
    """Lines that can't be read: the name of the journal, the line, what is wrong."""


def place(folder: Folder, named: str | None) -> str:
    """Where the store of a folder is, or would be made. Raises StoreError for what names none."""
    if (path := path_named(named)) is not None:
        return path
    here = folder.stores
    return next((path for path in here if os.path.exists(path)), here[0])


def look(path: str) -> Seen | None:
    """What is seen of the store in a file; None where it is empty, or there is none.

    Raises StoreError where it can't be read, is no store, or one of another version.
    """
    if path == MEMORY or not os.path.exists(path):
        return None
    with _reading(path) as connection:
        version = migrations.version(connection)
        if version is None:
            return None
        migrations.check(version)
        columns = tables.run.c
        states = select(columns.state, func.count()).where(columns.exists).group_by(columns.state)
        return Seen(
            version,
            _journal_mode(path),
            {state: number for state, number in connection.execute(states)},  # noqa: C416 - rows
            reached(connection),
            queries.problems(connection),
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
