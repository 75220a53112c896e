"""Signs of life: which runs go on, where those who read can't see the processes.

They are told by the clock of the database, so that no other one need be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, exists, extract, func, select
from sqlalchemy.dialects.postgresql import insert

from . import tables

PERIOD: Final = 20.0
"""Seconds after which a process that has delivered nothing gives a sign."""

_SILENT: Final = 90_000_000  # microseconds without a sign, after which a run counts as crashed


def beat(connection: Connection, runs: Sequence[int]) -> None:
    """A process that records runs lives, by their primary keys."""
    if runs:
        new = insert(tables.beat).values(at=_now())
        again = new.on_conflict_do_update(index_elements=["run"], set_={"at": new.excluded.at})
        connection.execute(again, [{"run": key} for key in sorted(runs)])


def still(connection: Connection, runs: Sequence[int]) -> None:
    """The processes of runs are known to be gone, by the runs' primary keys."""
    connection.execute(tables.beat.delete().where(tables.beat.c.run.in_(list(runs))))


def heard() -> ColumnElement[bool]:
    """Whether something was heard of a run lately; for queries of the table of runs."""
    columns = tables.beat.c
    here = (columns.run == tables.run.c.key) & (columns.at > _now() - _SILENT)
    return exists(select(columns.run).where(here))


def _now() -> ColumnElement[int]:
    """The time of the database, in microseconds since the epoch."""
    return cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
