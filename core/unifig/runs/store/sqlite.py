"""A store in an SQLite file, or in memory."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool, StaticPool

from unifig.errors import StoreError

from . import changes, migrations, sqlite_clauses
from .failures import BusyError, FullError

MEMORY: Final = ":memory:"
"""What stands for a store that lasts as long as the process."""

_PATIENCE: Final = 5.0  # seconds that a lock of another process is waited for
_OLDEST: Final = (3, 38)  # the first with the operators of JSON


class SqliteStore:
    """A store that is open; ``name`` is its file, or ``:memory:``."""

    is_remote: Final = False
    """It is an index over the journals of one folder, and made again from them."""

    def __init__(self, path: str) -> None:
        self.name = path
        self._engine = _engine(path)
        # In memory there is one connection, which threads take in turn.
        self._turn = RLock() if path == MEMORY else nullcontext()

    def __repr__(self) -> str:
        return f"<SqliteStore {self.name}>"

    @property
    def generation(self) -> Hashable:
        """Another one where the store was thrown away and made again, or rows of runs are gone.

        Raises StoreError where it is not there.
        """
        # A file that is made anew has another number, and may have the inode of the one before; a
        # copy of an earlier time that is put in its place has the same number, and another inode.
        file = None if self.name == MEMORY else _inode(self.name)
        with self.reading() as connection:
            return file, changes.generation(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the store as it is when it begins."""
        with _told(self.name), self._turn, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, _names: Collection[str] = ()) -> Iterator[Connection]:
        """A transaction that nobody else writes beside; all of it or nothing is done.

        Raises BusyError where another process writes for longer than a few seconds.
        """
        engine = self._engine.execution_options(immediate=True)
        with _told(self.name), self._turn, engine.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        """Brings it to this version. Raises StoreError for what is no store, or a later one."""
        with self.reading() as connection:
            is_current = migrations.is_current(connection)
        if not is_current:
            self._take()
            with self.writing() as connection:
                migrations.upgrade(connection)

    def _take(self) -> None:
        """Makes readers and a writer go side by side; once it is known to be a store, or empty."""
        with _told(self.name), self._engine.connect() as connection:
            plain = connection.connection.driver_connection
            assert plain is not None  # noqa: S101 - it is connected
            plain.execute("PRAGMA journal_mode=WAL")


def check_library() -> None:
    """Raises StoreError where the SQLite of this Python is too old."""
    if sqlite3.sqlite_version_info < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise StoreError(
            f"this Python has SQLite {sqlite3.sqlite_version}, and {wanted} is needed: take a "
            "newer Python, or one that a newer SQLite was built into"
        )


def opened(path: str) -> SqliteStore:
    """The store in a file, which is made where there is none. Raises StoreError where it can't."""
    if path != MEMORY:
        _touch(path)
    store = SqliteStore(path)
    store.upgrade()
    return store


def _touch(path: str) -> None:
    """Makes the file, which its owner alone can read, before SQLite makes one that others can."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"the store {path} can't be opened: {error.strerror or error}") from error


def _inode(path: str) -> tuple[int, int]:
    """Which file it is: the device, and the inode there. Raises StoreError where there is none."""
    try:
        found = os.stat(path)
    except OSError as error:
        raise StoreError(f"the store {path} can't be read: {error.strerror or error}") from error
    return found.st_dev, found.st_ino


def _engine(path: str) -> Engine:
    pool = StaticPool if path == MEMORY else NullPool
    # The creator, and no URL: a path may have characters that mean something else there.
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=pool)
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=path != MEMORY
    )
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-65536")
    sqlite_clauses.register(connection)
    return connection


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turns what the database says into one clear error."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise _error(path, error) from error


def _error(path: str, error: Any) -> StoreError:
    told = str(getattr(error, "orig", None) or error)
    if isinstance(error, (OperationalError, sqlite3.OperationalError)) and "locked" in told:
        return BusyError(f"the store {path} is locked by another process: try again later")
    if "is full" in told:
        return FullError(f"the store {path} can't be written: {told}")
    if "not a database" in told or "malformed" in told:
        return StoreError(
            f"{path} is no store of runs ({told}): move it away, or name another one. A store in a "
            "folder of runs is an index over the journals there, and is made again"
        )
    return StoreError(f"the store {path} can't be used: {told}")
