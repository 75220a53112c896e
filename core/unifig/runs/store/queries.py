"""What is asked of a store: one run, a page of runs in an order, their number, a history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    ScalarSelect,
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

from . import clauses, filters, tables
from .batches import batches

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

    place: filters.Place
    descending: bool


def order_of(text: object) -> Order:
    """The order that a text says: ``-summary.acc``, ``+config.lr``, ``created_at``.

    Raises FilterError for what names nothing that there is.
    """
    if not isinstance(text, str) or not text.strip("+-"):
        raise FilterError(
            f"order is {excerpt(text)}: write a name with + or - before it, '-summary.acc'"
        )
    name = text.removeprefix("-").removeprefix("+")
    return Order(filters.place_of(name), text.startswith("-"))


class Asked(NamedTuple):
    """Which runs are meant, in which order."""

    project: Place | None
    """Of all projects where it is None."""
    condition: filters.Condition
    order: Order


def _where(connection: Connection, what: Asked) -> ColumnElement[bool]:
    among: ColumnElement[bool] = _RUN.exists
    if what.project is not None:
        entity, project = what.project
        among = and_(among, _RUN.entity == entity, _RUN.project == project)
    return and_(among, clauses.where(connection, what.condition, _RUN, among))


def count(connection: Connection, what: Asked) -> int:
    """How many runs there are."""
    query = select(func.count()).select_from(tables.run).where(_where(connection, what))
    return int(connection.execute(query).scalar_one())


class After(NamedTuple):
    """Where a page ended: what its last run is sorted by, and that run's key."""

    values: tuple[Any, ...] | None
    """None for a run without a value to sort by."""
    key: int


def page(
    connection: Connection, what: Asked, number: int, after: After | None
) -> tuple[list[Row], After | None]:
    """The next runs in their order, and where they end.

    Runs without a value to sort by come last, the earlier first.
    """
    where, by = _where(connection, what), _sorting(connection, what.order)
    rows: list[Row] = []
    values = None
    if after is None or after.values is not None:
        rows = _with_value(connection, where, by, number, after)
        values = tuple(rows[-1][name] for name in by.names) if rows else None
    if len(rows) < number:
        begin = after.key if after is not None and after.values is None else 0
        if more := _without_value(connection, where, by, number - len(rows), begin):
            rows, values = rows + more, None
    return rows, After(values, rows[-1]["key"]) if rows else None


class _Sorting(NamedTuple):
    """An order as SQL."""

    columns: tuple[ColumnElement[Any], ...]
    """The first is NULL without a value; with one, none is."""
    descending: bool
    metric: str | None
    """The stored name of the metric whose row has the value; None where the run's own row has."""

    @property
    def key(self) -> ColumnElement[int]:
        """What decides between runs with the same value."""
        return _RUN.key if self.metric is None else tables.metric.c.run

    @property
    def names(self) -> list[str]:
        """Of the columns in a row."""
        return [f"sorted_by_{number}" for number in range(len(self.columns))]


def _sorting(connection: Connection, order: Order) -> _Sorting:
    place, descending = order
    if isinstance(place, filters.Recorded) and place.column in _METRICS:
        return _Sorting((_METRICS[place.column],), descending, stored_key(place.key))
    return _Sorting(clauses.sorted_by(connection, place, _RUN), descending, None)


def _with_value(
    connection: Connection,
    where: ColumnElement[bool],
    by: _Sorting,
    number: int,
    after: After | None,
) -> list[Row]:
    labels = map(ColumnElement.label, by.columns, by.names)
    query = select(*PAGE, *labels).where(where, by.columns[0].is_not(None))
    if by.metric is not None:
        query = query.select_from(tables.metric.join(tables.run, _RUN.key == tables.metric.c.run))
        query = query.where(tables.metric.c.name == _metric_key(by.metric))
    if after is not None and after.values is not None:
        ends = map(literal, after.values, [column.type for column in by.columns])
        place, end = tuple_(*by.columns, _RUN.key), tuple_(*ends, literal(after.key))
        query = query.where(place < end if by.descending else place > end)
    columns = [*by.columns, by.key]
    query = query.order_by(*([c.desc() for c in columns] if by.descending else columns))
    return list(connection.execute(query.limit(number)).mappings())


def _without_value(
    connection: Connection, where: ColumnElement[bool], by: _Sorting, number: int, begin: int
) -> list[Row]:
    query = select(*PAGE).where(where, _RUN.key > begin)
    if by.metric is None:
        query = query.where(by.columns[0].is_(None))
    else:
        metric = tables.metric
        has = select(metric.c.run).where(
            metric.c.run == _RUN.key,
            metric.c.name == _metric_key(by.metric),
            by.columns[0].is_not(None),
        )
        query = query.where(not_(has.exists()))
    return list(connection.execute(query.order_by(_RUN.key).limit(number)).mappings())


def _metric_key(name: str) -> ScalarSelect[int]:
    names = tables.metric_name.c
    return select(names.key).where(names.name == name).scalar_subquery()


def one(connection: Connection, path: RunPath) -> Row | None:
    """The row of a run; None where there is none."""
    query = select(tables.run).where(_RUN.exists, tables.is_run(path))
    return connection.execute(query).mappings().first()


def rows(connection: Connection, keys: Sequence[int]) -> list[Row]:
    """The rows of runs by their primary keys, in that order; those that are not there are left out.

    As :func:`page` has them.
    """
    found: dict[int, Row] = {}
    for some in batches(keys):
        query = select(*PAGE).where(_RUN.exists, _RUN.key.in_(some))
        found.update((row["key"], row) for row in connection.execute(query).mappings())
    return [found[key] for key in keys if key in found]


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


def history_size(connection: Connection, key: int) -> int:
    """How many rows of metrics were logged."""
    columns = tables.history.c
    query = select(func.coalesce(func.sum(columns["count"]), 0)).where(columns.run == key)
    return int(connection.execute(query).scalar_one())


def problems(connection: Connection) -> list[tuple[str, int, str]]:
    """The lines of journals that can't be read: journal, line, what is wrong."""
    columns = tables.problem.c
    query = select(columns.journal, columns.line, columns.told)
    return [tuple(row) for row in connection.execute(query.order_by(columns.journal, columns.line))]
