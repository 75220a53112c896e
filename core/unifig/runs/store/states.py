"""Which runs go on, and which have crashed, for their processes do not say it themselves."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, select

from unifig.runs.folder import Folder, journal_name
from unifig.runs.life import is_alive
from unifig.runs.record import RUNNING

from . import beats, tables
from .changes import next_number
from .rows import CRASHED, writers_of


class Change(NamedTuple):
    """A run that is in another state than the store has."""

    run: int
    state: str


def of_local(connection: Connection, folder: Folder) -> list[Change]:
    """What has changed of the runs of one folder, whose journals are all here."""
    here = tables.run.c.state.in_((RUNNING, CRASHED))
    rows = connection.execute(_query(here)).mappings()
    return _changes((row, is_alive(row["id"], writers_of(row), folder.journals)) for row in rows)


def of_remote(connection: Connection, folder: Folder) -> list[Change]:
    """The same of the runs of many folders: by what is seen here, else by what was heard."""
    heard = beats.heard()
    state = tables.run.c.state
    query = _query((state == RUNNING) | ((state == CRASHED) & heard), heard.label("heard"))
    rows = connection.execute(query).mappings()
    return _changes((row, _is_alive_anywhere(row, folder)) for row in rows)


def tell(connection: Connection, changes: list[Change], *, keeps: bool) -> None:
    """Writes what has changed; ``keeps`` says that the store is one of many folders."""
    columns = tables.run.c
    here = (columns.key == bindparam("row")) & columns.finished.is_(None)
    seq = next_number(connection)
    query = tables.run.update().where(here).values(state=bindparam("now"), seq=seq)
    rows = [{"row": change.run, "now": change.state} for change in sorted(changes)]
    connection.execute(query, rows)
    if keeps:
        beats.still(connection, [one.run for one in changes if one.state == CRASHED])


def _query(where: ColumnElement[bool], *more: ColumnElement[Any]) -> Any:
    columns = tables.run.c
    query = select(columns.key, columns.id, columns.state, columns.writers, *more)
    return query.where(columns.exists, where)


def _changes(found: Any) -> list[Change]:
    states = ((row, RUNNING if is_alive else CRASHED) for row, is_alive in found)
    return [Change(row["key"], state) for row, state in states if state != row["state"]]


def _is_alive_anywhere(row: Any, folder: Folder) -> bool:
    writing = {name: writer for name, writer in writers_of(row).items() if writer.open}
    here = {name: it for name, it in writing.items() if _is_here(row["id"], name, folder)}
    if is_alive(row["id"], here, folder.journals):
        return True
    return bool(row["heard"]) and len(here) < len(writing)


def _is_here(run_id: str, writer: str, folder: Folder) -> bool:
    name = journal_name(run_id, writer)
    return any(os.path.exists(os.path.join(place, name)) for place in folder.journals)
