"""Opens a store: an SQLite file, in the folder of runs unless told, brought to this version."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import NullPool, StaticPool

from unifig.errors import StoreError
from unifig.masking import mask_text
from unifig.runs import folder as folders

from . import filters, migrations

VARIABLE: Final = "UNIFIG_STORE"

_PATIENCE: Final = 5.0  # seconds that a lock of another process is waited for
_OLDEST: Final = (3, 38)  # of SQLite: the first with the operators of JSON
MEMORY: Final = ":memory:"
"""What stands for a store that lasts as long as the process."""


class BusyError(StoreError):
    """A store that another process has locked."""


class FullError(StoreError):
    """A store that there is no room for."""


class Store:
    """A store that is open; ``path`` is its file, or ``:memory:``."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._engine = _engine(path)

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the store as it is when it begins."""
        with _told(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside; all of it or nothing is done.

        Raises BusyError where another process writes for longer than a few seconds.
        """
        engine = self._engine.execution_options(immediate=True)
        with _told(self.path), engine.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        """Brings it to this version. Raises StoreError for what is no store, or a later one."""
        with self.reading() as connection:
            found = migrations.version(connection)
        if found is not None:
            migrations.check(found)
        if found != len(migrations.MIGRATIONS):
            self._take()
            with self.writing() as connection:
                migrations.upgrade(connection)

    def _take(self) -> None:
        """Makes readers and a writer go side by side; once it is known to be a store, or empty."""
        with _told(self.path), self._engine.connect() as connection:
            plain = connection.connection.driver_connection
            assert plain is not None  # noqa: S101 - it is connected
            plain.execute("PRAGMA journal_mode=WAL")


def open_store(folder: folders.Folder, named: str | None = None) -> Store:
    """The store of a folder of runs, or the one that ``named`` or ``UNIFIG_STORE`` says.

    That is a path or a URL of the form ``sqlite:///path``. Where the folder can't be written, the
    store is in the user's cache, and where that can't be either, in memory: it is an index over the
    journals, and made again.

    Raises StoreError for a store that can't be opened.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise StoreError(
            f"this Python has SQLite {sqlite3.sqlite_version}, and {wanted} is needed: take a "
            "newer Python, or one that a newer SQLite was built into"
        )
    if (path := path_named(named)) is not None:
        return _opened(path)
    if not any(map(os.path.isdir, (folder.path, folder.cache))):
        return _opened(MEMORY)  # there is nothing, and nothing is made by looking
    for path in filter(_can_write, folder.stores):
        try:
            return _opened(path)
        except FullError:
            continue
    return _opened(MEMORY)


def _opened(path: str) -> Store:
    if path != MEMORY:
        _touch(path)
    store = Store(path)
    store.upgrade()
    return store


def path_named(named: str | None) -> str | None:
    """The path that ``named`` or ``UNIFIG_STORE`` says; None where neither does.

    Raises StoreError for what names no store.
    """
    told = named if named is not None else os.environ.get(VARIABLE)
    return _path_of(told) if told else None


def _path_of(named: str) -> str:
    if named == MEMORY:
        return MEMORY
    if "://" not in named:
        return os.path.abspath(os.path.expanduser(named))
    try:
        url = make_url(named)
    except ArgumentError as error:
        raise StoreError(f"{VARIABLE} {mask_text(named)!r} is no URL: {error}") from error
    if url.get_backend_name() != "sqlite":
        raise StoreError(
            f"the store {mask_text(named)!r} is a database of the kind {url.get_backend_name()}: "
            "this version keeps runs in SQLite; write a path, or sqlite:///path"
        )
    if url.database in (None, "", MEMORY):
        return MEMORY
    return os.path.abspath(str(url.database))


def _can_write(path: str) -> bool:
    """Whether a file can be made or changed, and SQLite's own files beside it."""
    parent = os.path.dirname(path)
    try:
        folders.make(parent)
    except OSError:
        return False
    probe = os.path.join(parent, f".{os.getpid()}.probe")
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_WRONLY, 0o600))
        os.unlink(probe)
    except OSError:
        return False
    return os.access(path, os.W_OK) if os.path.exists(path) else True


def _touch(path: str) -> None:
    """Makes the file, which its owner alone can read, before SQLite makes one that others can."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"the store {path} can't be opened: {error.strerror or error}") from error


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
    filters.register(connection)
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
