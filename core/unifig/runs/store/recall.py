"""A run as a store has it that others share, to go on with it: another machine may have begun."""

from __future__ import annotations

from unifig.runs.folder import Folder, slug
from unifig.runs.paths import RunPath
from unifig.runs.record import RunRecord

from . import queries
from .connection import open_store
from .delivery import Delivery
from .rows import record_of


def recall(path: RunPath, folder: Folder) -> RunRecord | None:
    """The run at a path, with what waits here delivered first; None where there is none.

    Raises StoreError where the store can't be used, ModuleNotFoundError without its driver.
    """
    store = open_store(folder)
    with store.writing([slug(path[2])]) as connection:
        Delivery(folder, store).within(connection, path[2])
        row = queries.one(connection, path)
    return None if row is None else record_of(row)
