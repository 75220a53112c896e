"""A store in a PostgreSQL database, which many machines deliver into.

A transaction that writes takes the locks of the names it is about, for as long as it lasts, so that
what is read of a run and what is written of it belong together. Connections are made for each
transaction and closed after it: hundreds of processes record into a server that takes a hundred
connections, and a process that is forked off shares none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from unifig.errors import StoreError
from unifig.masking import mask_text
from unifig.messages import discreet

from . import changes, migrations
from .failures import BusyError, ForbiddenError, FullError, RefusedError, UnreachableError

DRIVER: Final = "postgresql+psycopg"
NEEDS: Final = 'a store in PostgreSQL needs psycopg: pip install "unifig[postgres]"'

_SETTINGS: Final = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"
_PATIENCE: Final = {
    # Seconds until a server that does not answer counts as gone, in libpq's own words.
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
}
_CLIENT: Final = {
    "application_name": "unifig",
    "client_encoding": "utf8",  # whatever the database's own is
    "prepare_threshold": None,
}
_UPGRADE: Final = "schema"  # the name that whoever brings a store to this version locks

_BUSY: Final = (BusyError, "is busy")
_FULL: Final = (FullError, "can't be written")
_AWAY: Final = (UnreachableError, "can't be used now")
_FORBIDDEN: Final = (ForbiddenError, "may not be used so")
_REFUSED: Final = (RefusedError, "can't take this")

_KINDS: Final[dict[str, tuple[type[StoreError], str]]] = {
    "55P03": _BUSY,  # a lock is not given
    "40": _BUSY,  # a deadlock, a collision
    "57014": _BUSY,  # a statement takes too long
    "23505": _BUSY,  # somebody else has written the row meanwhile
    "53100": _FULL,
    "53200": _FULL,
    "08": _AWAY,  # a connection broke
    "57P": _AWAY,  # the server goes down, or comes up
    "53300": _AWAY,  # it takes no more connections
    "28": _AWAY,  # it refuses the credentials
    "3D": _AWAY,  # there is no such database
    "25006": _FORBIDDEN,  # it can only be read, as a standby
    "42501": _FORBIDDEN,  # the role may not
    "22": _REFUSED,  # the form of data,
    "54": _REFUSED,  # their size
    "0A": _REFUSED,  # and what is not offered
}
"""What the states mean that a database gives, by how they begin."""


class PostgresStore:
    """A store that is open; ``name`` is its URL, without the password."""

    is_remote: Final = True
    """It keeps the journals themselves: what was delivered needs no file any more."""

    def __init__(self, url: URL) -> None:
        self.name = mask_text(url.render_as_string(hide_password=True))
        known = {key: value for key, value in _PATIENCE.items() if key not in url.query}
        self._engine = create_engine(
            url.set(drivername=DRIVER),
            poolclass=NullPool,
            # A pooler between may give each transaction another connection: nothing is prepared.
            connect_args={**known, **_CLIENT},
        )
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        event.listen(self._engine, "begin", _begin)

    def __repr__(self) -> str:
        return f"<PostgresStore {self.name}>"

    @property
    def generation(self) -> Hashable:
        """Another one where the store was thrown away and made again.

        Raises StoreError where it is not there, or the server can't be used.
        """
        with self.reading() as connection:
            return changes.generation(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the store as it is when it begins."""
        with _told(self.name), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, names: Collection[str] = ()) -> Iterator[Connection]:
        """A transaction that nobody else writes beside about the same names; all of it or nothing.

        Raises BusyError where another process does for longer than a few seconds.
        """
        with _told(self.name), self._engine.begin() as connection:
            _lock(connection, names)
            yield connection

    def upgrade(self) -> None:
        """Brings it to this version. Raises StoreError for what is no store, or a later one."""
        with self.reading() as connection:
            is_current = migrations.is_current(connection)
        if not is_current:
            with self.writing([_UPGRADE]) as connection:
                migrations.upgrade(connection)


def load() -> None:
    """Loads what a connection needs, which else would be loaded by the first one.

    Raises ModuleNotFoundError where the driver is not installed.
    """
    try:
        import psycopg  # noqa: F401 - to see that it is there
    except ImportError as error:  # without libpq it is there, and can't be imported
        raise ModuleNotFoundError(NEEDS, name="psycopg") from error
    import zoneinfo  # noqa: F401 - for a connection's time zone

    create_engine(f"{DRIVER}://", poolclass=NullPool)


def opened(url: URL) -> PostgresStore:
    """The store in a database, where it is made if there is none.

    Raises ModuleNotFoundError where the driver is not installed, StoreError where the store can't
    be opened.
    """
    load()
    store = PostgresStore(url)
    store.upgrade()
    return store


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(_SETTINGS)


def _lock(connection: Connection, names: Collection[str]) -> None:
    """Takes the locks of names, in one order for everybody, till the transaction ends."""
    keys = sorted({_key(name) for name in names})
    if keys:
        query = text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k")
        connection.execute(query, {"keys": keys})


def _key(name: str) -> int:
    digest = hashlib.sha256(f"unifig:{name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns what the database says into one clear error."""
    try:
        yield
    except DBAPIError as error:
        raise _error(name, error) from error


def _error(name: str, error: DBAPIError) -> StoreError:
    cause: Any = error.orig
    state: str | None = getattr(cause, "sqlstate", None)
    told = discreet(" ".join(str(cause).split()))
    if state is None:
        is_away = isinstance(error, OperationalError)  # no server has said anything
        kind, what = (UnreachableError, "can't be reached") if is_away else _KINDS["22"]
        return kind(f"the store {name} {what}: {told}")
    for begin, (kind, what) in _KINDS.items():
        if state.startswith(begin):
            return kind(f"the store {name} {what}: {told}")
    return StoreError(f"the store {name} can't be used: {told} ({state})")
