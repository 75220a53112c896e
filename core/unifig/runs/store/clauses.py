"""Conditions and orders as SQL, which means the same on each database that a store can be in."""

from __future__ import annotations

from typing import Any, Final, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    false,
    literal,
    not_,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from . import postgresql_clauses, sqlite_clauses
from .comparisons import ORDERS, whole
from .filters import Condition, Every, Exists, Field, In, Not, Ordered, Place, Recorded, Some, Test

Columns = ReadOnlyColumnCollection[str, Any]
Clause = ColumnElement[bool]

_LIMIT: Final = 2**63  # of the integers that a column has


class Dialect(Protocol):
    """What a database has its own SQL for.

    Every clause is true or false and never NULL, so that NOT is the exact opposite.
    """

    def resolved(
        self, connection: Connection, condition: Condition, columns: Columns, among: Clause
    ) -> Condition:
        """The same condition of the rows ``among``, without what its SQL can't say."""

    def of_recorded(self, test: Test, column: ColumnElement[Any], place: Recorded) -> Clause:
        """What is asked of a recorded value."""

    def of_tags(self, test: Test, column: ColumnElement[Any]) -> Clause:
        """What is asked of a column with a JSON list of texts: of any of them, or of the list."""

    def of_text(self, test: Test, column: ColumnElement[Any]) -> Clause:
        """What is asked of a column of text."""

    def sorted_by(self, column: ColumnElement[Any], place: Place) -> tuple[ColumnElement[Any], ...]:
        """See :func:`sorted_by`."""


_DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": sqlite_clauses,
    "postgresql": postgresql_clauses,
}


def where(
    connection: Connection, condition: Condition, columns: Columns, among: Clause | None = None
) -> Clause:
    """A condition as SQL over the columns of runs, for statements of this transaction.

    All keys and values are bound parameters. ``among`` is a clause that the statement has as well:
    what must be looked at beforehand is looked for in those rows alone.
    """
    dialect = _DIALECTS[connection.dialect.name]
    among = true() if among is None else among
    return _clause(dialect, dialect.resolved(connection, condition, columns, among), columns)


def sorted_by(
    connection: Connection, place: Place, columns: Columns
) -> tuple[ColumnElement[Any], ...]:
    """By what rows are sorted for the order of a place's values.

    The first is NULL where there is no value; where there is one, none is.
    """
    return _DIALECTS[connection.dialect.name].sorted_by(columns[place.column], place)


def _clause(dialect: Dialect, condition: Condition, columns: Columns) -> Clause:
    match condition:
        case Every(conditions):
            return and_(true(), *(_clause(dialect, part, columns) for part in conditions))
        case Some(conditions):
            return or_(false(), *(_clause(dialect, part, columns) for part in conditions))
        case Not(inner):
            return not_(_clause(dialect, inner, columns))
    return _test(dialect, condition, columns[condition.place.column])


def _test(dialect: Dialect, test: Test, column: ColumnElement[Any]) -> Clause:
    match test.place:
        case Recorded() as place:
            return dialect.of_recorded(test, column, place)
        case Field(_, "tags"):
            return dialect.of_tags(test, column)
        case Field(_, "text"):
            return dialect.of_text(test, column)
    return _of_integers(test, column)


def _of_integers(test: Test, column: ColumnElement[Any]) -> Clause:
    """What is asked of a column of integers, by integers: no database compares floats with them."""
    present, number = column.is_not(None), type_coerce(column, BigInteger)
    match test:
        case In(_, values):
            equal = [
                int(v) for v in values if v is not None and -_LIMIT <= v < _LIMIT and v % 1 == 0
            ]
            found = and_(present, number.in_(equal))
            return or_(found, column.is_(None)) if None in values else found
        case Ordered(_, order, int(bound) | float(bound)):
            limit = whole(order, bound, _LIMIT)
            if isinstance(limit, bool):
                return and_(present, true() if limit else false())
            return and_(present, ORDERS[order](number, literal(limit, BigInteger)))
        case Exists():
            return present
    raise AssertionError(test)  # no filter asks this of a number
