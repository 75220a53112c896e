"""What is asked of a store: one run, a page of runs in an order, their number, a history."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.sql.expression import tuple_

from unifig.errors import FilterError
from unifig.messages import excerpt
from unifig.runs.encoding import stored_key
from unifig.runs.paths import Place, RunPath

from . import filters, tables

Row = RowMapping
"""A row, by the names of its columns."""

_RUN: Final = tables.run.c
_LATER: Final = ("origins", "about", "writers", "environment")
"""What is read of a run only when it is asked for."""

LATEST: Final = "latest"
"""What a person calls the newest run."""

_MOST_MEANT: Final = 10

PAGE: Final = [column for column in tables.run.columns if column.name not in _LATER]

_METRICS: Final = {
    "summary": tables.metric.c.last,
    "lowest": tables.metric.c.lowest,
    "highest": tables.metric.c.highest,
}


class Order(NamedTuple):
    """What runs are sorted by."""

    value: ColumnElement[Any]
    descending: bool
    metric: str | None
    """The stored name of the metric whose row has the value; None where the run's own row has."""


def order_of(text: object) -> Order:
    """The order that a text says: ``-summary.acc``, ``+config.lr``, ``created_at``.

    Raises FilterError for what names nothing that there is.
    """
    if not isinstance(text, str) or not text.strip("+-"):
        raise FilterError(
            f"order is {excerpt(text)}: write a name with + or - before it, '-summary.acc'"
        )
    descending = text.startswith("-")
    place = filters.place_of(text.removeprefix("-").removeprefix("+"))
    if isinstance(place, filters.Field):
        return Order(_RUN[place.column], descending, None)
    key = stored_key(place.key)
    if place.column in _METRICS:
        return Order(_METRICS[place.column], descending, key)
    path = literal(f'$."{key}"')
    return Order(func.json_extract(_RUN[place.column], path), descending, None)


class Asked(NamedTuple):
    """Which runs are meant, in which order."""

    where: ColumnElement[bool]
    order: Order


def asked(place: Place | None, condition: filters.Condition, order: Order) -> Asked:
    """The runs of a project, or of all, for which a condition is true."""
    clauses = [_RUN.exists, filters.where(condition, _RUN)]
    if place is not None:
        clauses += [_RUN.entity == place.entity, _RUN.project == place.project]
    return Asked(and_(*clauses), order)


def count(connection: Connection, what: Asked) -> int:
    """How many runs there are."""
    query = select(func.count()).select_from(tables.run).where(what.where)
    return int(connection.execute(query).scalar_one())


class After(NamedTuple):
    """Where a page ended: the value that runs are sorted by, and the run's key."""

    value: Any
    key: int


def page(
    connection: Connection, what: Asked, number: int, after: After | None
) -> tuple[list[Row], After | None]:
    """The next runs in their order, and where they end.

    Runs without a value to sort by come last, the earlier first.
    """
    rows: list[Row] = []
    if after is None or after.value is not None:
        rows = _with_value(connection, what, number, after)
    if len(rows) < number:
        begin = after.key if after is not None and after.value is None else 0
        rows += _without_value(connection, what, number - len(rows), begin)
    if not rows:
        return [], None
    return rows, After(rows[-1]["sorted_by"], rows[-1]["key"])


def _with_value(connection: Connection, what: Asked, number: int, after: After | None) -> list[Row]:
    value, descending, _ = what.order
    query = _base(what, value.label("sorted_by")).where(value.is_not(None))
    if after is not None:
        place, end = tuple_(value, _RUN.key), tuple_(literal(after.value), literal(after.key))
        query = query.where(place < end if descending else place > end)
    if descending:
        query = query.order_by(value.desc(), _key(what).desc())
    else:
        query = query.order_by(value, _key(what))
    return list(connection.execute(query.limit(number)).mappings())


def _key(what: Asked) -> ColumnElement[int]:
    return _RUN.key if what.order.metric is None else tables.metric.c.run


def _base(what: Asked, sorted_by: ColumnElement[Any]) -> Select[Any]:
    query = select(*PAGE, sorted_by)
    if what.order.metric is not None:
        metric, name = tables.metric, tables.metric_name
        wanted = select(name.c.key).where(name.c.name == what.order.metric).scalar_subquery()
        query = query.select_from(metric.join(tables.run, _RUN.key == metric.c.run))
        query = query.where(metric.c.name == wanted)
    return query.where(what.where)


def _without_value(connection: Connection, what: Asked, number: int, begin: int) -> list[Row]:
    value, _, metric_name = what.order
    query = select(*PAGE, literal(None).label("sorted_by")).where(what.where, _RUN.key > begin)
    if metric_name is None:
        query = query.where(value.is_(None))
    else:
        metric, name = tables.metric, tables.metric_name
        wanted = select(name.c.key).where(name.c.name == metric_name).scalar_subquery()
        has = select(metric.c.run).where(
            metric.c.run == _RUN.key, metric.c.name == wanted, value.is_not(None)
        )
        query = query.where(not_(has.exists()))
    return list(connection.execute(query.order_by(_RUN.key).limit(number)).mappings())


def one(connection: Connection, path: RunPath) -> Row | None:
    """The row of a run; None where there is none."""
    entity, project, id_ = path
    query = select(tables.run).where(
        _RUN.exists, _RUN.entity == entity, _RUN.project == project, _RUN.id == id_
    )
    return connection.execute(query).mappings().first()


def near_paths(connection: Connection, path: RunPath) -> list[RunPath]:
    """Some runs that a path may have meant: of its project, and of its id."""
    entity, project, id_ = path
    query = select(_RUN.entity, _RUN.project, _RUN.id).where(
        _RUN.exists, or_(and_(_RUN.entity == entity, _RUN.project == project), _RUN.id == id_)
    )
    return [tuple(row) for row in connection.execute(query.limit(1000))]


def meant(connection: Connection, entity: str | None, project: str | None, id_: str) -> list[Row]:
    """The runs that may be meant: those of an id, or where there is none of ids that begin so.

    At most a few more than one are told. ``latest`` is the newest run, where none has that id.
    """
    clauses: list[ColumnElement[bool]] = [_RUN.exists]
    if entity is not None:
        clauses.append(_RUN.entity == entity)
    if project is not None:
        clauses.append(_RUN.project == project)
    query = select(tables.run).where(*clauses).order_by(_RUN.created.desc(), _RUN.key.desc())
    end = id_[:-1] + chr(ord(id_[-1]) + 1)  # an index finds what is between
    by_prefix = query.where(_RUN.id >= id_, _RUN.id < end).limit(_MOST_MEANT)
    by_id = query.where(_RUN.id == id_).limit(_MOST_MEANT)
    for asked_ in (by_id, query.limit(1) if id_ == LATEST else by_prefix):
        rows = list(connection.execute(asked_).mappings())
        if rows:
            return rows
    return []


def packages(connection: Connection, digest: str | None) -> dict[str, str]:
    """The distributions that an environment had, and their versions."""
    columns = tables.environment.c
    query = select(columns.packages).where(columns.digest == digest)
    text = connection.execute(query).scalar()
    return {} if text is None else dict(json.loads(text))


def history(connection: Connection, key: int, chunk: int) -> list[list[Any]] | None:
    """A chunk of a run's history, as it was logged: step, time, numbers by stored key.

    None after the last one; the first is number 0.
    """
    columns = tables.history.c
    query = select(columns.rows).where(columns.run == key, columns.chunk == chunk)
    text = connection.execute(query).scalar()
    return None if text is None else list(json.loads(text))


def problems(connection: Connection) -> list[tuple[str, int, str]]:
    """The lines of journals that can't be read: journal, line, what is wrong."""
    columns = tables.problem.c
    query = select(columns.journal, columns.line, columns.told)
    return [tuple(row) for row in connection.execute(query.order_by(columns.journal, columns.line))]
