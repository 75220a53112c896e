"""Opens a store: the one in a folder of runs unless told, brought to this version."""

from __future__ import annotations

import os
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from unifig.errors import StoreError
from unifig.masking import mask_text
from unifig.runs import folder as folders
from unifig.runs.folder import STORE as VARIABLE

from . import postgresql, sqlite
from .failures import FullError
from .postgresql import PostgresStore
from .sqlite import MEMORY, SqliteStore

Store = SqliteStore | PostgresStore
"""A store that is open."""

_POSTGRES: Final = ("postgresql", "postgres")


def open_store(folder: folders.Folder, named: str | None = None) -> Store:
    """The store of a folder of runs, or the one that ``named`` or ``UNIFIG_STORE`` says.

    That is a path, or a URL of the form ``sqlite:///path`` or ``postgresql://host/database``. Where
    the folder can't be written, the store is in the user's cache, and where that can't be either,
    in memory: it is an index over the journals, and made again.

    Raises StoreError for a store that can't be opened, ModuleNotFoundError without the driver that
    it needs.
    """
    where = named_store(named)
    if isinstance(where, URL):
        return postgresql.opened(where)
    sqlite.check_library()
    if where is not None:
        return sqlite.opened(where)
    if not any(map(os.path.isdir, (folder.path, folder.cache))):
        return sqlite.opened(MEMORY)  # there is nothing, and nothing is made by looking
    for path in filter(_can_write, folder.stores):
        try:
            return sqlite.opened(path)
        except FullError:
            continue
    return sqlite.opened(MEMORY)


def named_store(named: str | None) -> str | URL | None:
    """What ``named`` or ``UNIFIG_STORE`` says: the path of a file, or the URL of a database.

    None where neither says anything. Raises StoreError for what names no store.
    """
    told = named if named is not None else os.environ.get(VARIABLE)
    return _named(told) if told else None


def _named(named: str) -> str | URL:
    if named == MEMORY:
        return MEMORY
    if "://" not in named:
        return os.path.abspath(os.path.expanduser(named))
    try:
        url = make_url(named)
    except ArgumentError as error:
        raise StoreError(f"{VARIABLE} {mask_text(named)!r} is no URL: {error}") from error
    except ValueError:  # its text may be a part of a password
        told = "its host or its port is none"
        raise StoreError(f"{VARIABLE} {mask_text(named)!r} is no URL: {told}") from None
    backend = url.get_backend_name()
    if backend in _POSTGRES:
        return url
    if backend != "sqlite":
        raise StoreError(
            f"the store {mask_text(named)!r} is a database of the kind {backend}: runs are kept in "
            "SQLite, write a path or sqlite:///path, or in PostgreSQL, "
            "postgresql://user:password@host/database"
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
