"""The SQL of SQLite for filters and orders, and the functions in Python that it calls."""

from __future__ import annotations

import re
import sqlite3
import sys
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Text,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
)

from unifig.runs.encoding import dumps, loads, stored_key

from .comparisons import ORDERS, is_bindable, texts_of
from .filters import Condition, In, Matches, Order, Ordered, Place, Recorded, Test

Clause = ColumnElement[bool]


def resolved(_connection: Connection, condition: Condition, *_where: object) -> Condition:
    """The condition as it is: SQLite calls Python for what SQL can't say."""
    return condition


def of_recorded(test: Test, column: ColumnElement[Any], place: Recorded) -> Clause:
    """What is asked of a recorded value."""
    return _of_json(test, _at(column, _path(place)))


def of_tags(test: Test, column: ColumnElement[Any]) -> Clause:
    """What is asked of a column with a list of texts as JSON: of any of them, or of the list."""
    whole: list[str] = []
    if isinstance(test, In):
        whole = [dumps(value) for value in test.values if type(value) is list]
        test = In(test.place, tuple(value for value in test.values if type(value) is not list))
    tag = func.json_each(column).table_valued("fullkey")
    one = select(tag.c.fullkey).where(_of_json(test, _at(column, tag.c.fullkey))).exists()
    return or_(one, func.coalesce(column.in_(whole), false())) if whole else one


def of_text(test: Test, column: ColumnElement[Any]) -> Clause:
    """What is asked of a column of text."""
    present = column.is_not(None)
    match test:
        case In(_, values):
            texts = [text for text in values if text is not None and is_bindable(text)]
            found = and_(present, column.in_(texts))
            return or_(found, column.is_(None)) if None in values else found
        case Ordered(_, order, str(bound)):
            if not is_bindable(bound):
                return and_(present, _compared(func.json_quote(column), order, bound))
            return and_(present, ORDERS[order](column, literal(bound)))
        case Matches(_, pattern):
            return and_(present, _found(column, "text", pattern))
    return present


def sorted_by(column: ColumnElement[Any], place: Place) -> tuple[ColumnElement[Any], ...]:
    """A column by itself, for SQLite has one order for values of all kinds."""
    if isinstance(place, Recorded):
        return (func.json_extract(column, _path(place)),)
    return (column,)


# A value inside JSON


class _Json(NamedTuple):
    """A value inside JSON: its kind, itself, and its text just as it stands there."""

    kind: ColumnElement[Any]
    value: ColumnElement[Any]
    text: ColumnElement[Any]


def _path(place: Recorded) -> ColumnElement[Any]:
    return literal(f'$."{stored_key(place.key)}"', Text)


def _at(column: ColumnElement[Any], path: ColumnElement[Any]) -> _Json:
    """What stands at a path in a column of JSON; all three are NULL where nothing does."""
    return _Json(
        func.json_type(column, path), func.json_extract(column, path), column.op("->")(path)
    )


def _of_json(test: Test, json: _Json) -> Clause:
    match test:
        case In(_, values):
            texts = sorted(set().union(*map(texts_of, values)))
            return func.coalesce(json.text.in_(texts), false())
        case Ordered(_, order, str(bound)):
            return _text_ordered(json, order, bound)
        case Ordered(_, order, int(bound) | float(bound)):
            return _number_ordered(json, order, bound)
        case Matches(_, pattern):
            found = _found(json.value, json.kind, pattern)
            return case((json.kind.in_(["text", "object"]), found), else_=false())
    return json.kind.is_not(None)


def _text_ordered(json: _Json, order: Order, bound: str) -> Clause:
    """A text in order. One that is stored in another form is compared by Python."""
    exact = _compared(json.text, order, bound)
    if not is_bindable(bound):
        return case((json.kind.in_(["text", "object"]), exact), else_=false())
    plain = ORDERS[order](json.value, literal(bound))
    return case((json.kind == "text", plain), (json.kind == "object", exact), else_=false())


def _number_ordered(json: _Json, order: Order, bound: float) -> Clause:
    """A number in order. SQLite reads numbers as near ones: those close to the bound are Python's.

    What is just the bound, as often in configs, is told by its text.
    """
    compare = ORDERS[order]
    biggest = sys.float_info.max
    middle = float(max(-biggest, min(biggest, bound)))
    gap = abs(middle) * 1e-12 + 1e-300
    exact = _compared(json.text, order, bound)
    number = case(
        (json.value < middle - gap, literal(compare(0, 1))),
        (json.value > middle + gap, literal(compare(1, 0))),
        (json.text.in_(sorted(texts_of(bound))), literal(compare(0, 0))),
        else_=exact,
    )
    return case(
        (json.kind.in_(["integer", "real"]), number), (json.kind == "object", exact), else_=false()
    )


# Python's part


def _compared(json: ColumnElement[Any], order: Order, bound: float | str) -> Clause:
    return func.unifig_compare(json, order, dumps(bound), type_=Boolean)


def _found(value: ColumnElement[Any], kind: ColumnElement[Any] | str, pattern: str) -> Clause:
    return func.unifig_search(value, kind, dumps(pattern), type_=Boolean)


def register(connection: sqlite3.Connection) -> None:
    """Gives a connection what these clauses call: comparisons that SQL can't make exactly."""
    connection.create_function("unifig_compare", 3, _compare, deterministic=True)
    connection.create_function("unifig_search", 3, _search, deterministic=True)


def _compare(text: str, order: Order, bound: str) -> bool:
    one, other = loads(text), _loaded(bound)
    kinds = {int, float} if type(other) is not str else {str}
    return type(one) in kinds and bool(ORDERS[order](one, other))


def _search(value: str, kind: str, pattern: str) -> bool:
    text = loads(value) if kind == "object" else value
    return isinstance(text, str) and _compiled(pattern).search(text) is not None


_loaded: Final = lru_cache(maxsize=256)(loads)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(loads(pattern))
