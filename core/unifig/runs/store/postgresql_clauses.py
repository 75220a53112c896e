"""The SQL of PostgreSQL for filters and orders.

``json`` keeps the text of each value as it was written, where ``jsonb`` keeps a number that is the
same. Casts stand inside a CASE, for PostgreSQL may look at conditions in any order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from unifig.runs.encoding import dumps, loads, stored_key

from .comparisons import ORDERS, is_bindable, nearest, texts_of, whole
from .filters import (
    Condition,
    Every,
    In,
    Matches,
    Not,
    Order,
    Ordered,
    Place,
    Recorded,
    Some,
    Test,
)

Columns = ReadOnlyColumnCollection[str, Any]
Clause = ColumnElement[bool]

_INDEXED: Final = literal_column("config_index", JSONB)
"""The column with the configuration as jsonb, which an index is over: see :mod:`.migrations`."""

_NUMERIC: Final = "-0123456789"
"""How the text of a number begins."""

_LONG: Final = 10**600
"""From here on, and from its negative down, ints are stored in hexadecimal digits."""

_INFINITY: Final = Decimal("1e999")  # as it is stored: older servers have no numeric infinity


def of_recorded(test: Test, column: ColumnElement[Any], place: Recorded) -> Clause:
    """What is asked of a recorded value."""
    json = _json(_value_at(column, place))
    found: Clause = select(_of_json(test, json)).scalar_subquery()
    if isinstance(test, In) and place.column == "config":
        return and_(_in_index(place.key, test.values), found)
    return found


def _in_index(key: str, values: Iterable[Any]) -> Clause:
    """What is true of all configs that have one of these values, and of some more.

    ``[1, 2]`` is found for ``[2]``, and for ``{}``, of which an index knows nothing, whatever is.
    """
    if any(value in ([], {}) for value in values):
        return true()
    quoted = dumps(stored_key(key))
    different = {Decimal(t) if t[0] in _NUMERIC else t: t for t in _texts_of(values)}.values()
    objects = _array(f"{{{quoted}:{text}}}" for text in different)
    return _INDEXED.op("@>", is_comparison=True)(any_(cast(objects, ARRAY(JSONB))))


def of_tags(test: Test, column: ColumnElement[Any]) -> Clause:
    """What is asked of a column with a list of texts as JSON: of any of them, or of the list."""
    lists: list[str] = []
    if isinstance(test, In):
        lists = [dumps(value) for value in test.values if type(value) is list]
        test = replace(test, values=tuple(v for v in test.values if type(v) is not list))
    tag = _elements(column)
    one = select(tag).where(_of_json(test, _json(tag))).exists()
    return or_(one, _is_one_of(column, lists)) if lists else one


def of_text(test: Test, column: ColumnElement[Any]) -> Clause:
    """What is asked of a column of text."""
    present = column.is_not(None)
    match test:
        case In(_, values):
            texts = [text for text in values if text is not None and is_bindable(text)]
            found = and_(present, column == any_(_array(texts)))
            return or_(found, column.is_(None)) if None in values else found
        case Ordered(_, order, str(bound)):
            return and_(present, _text_compared(column, order, bound))
    return present


def sorted_by(column: ColumnElement[Any], place: Place) -> tuple[ColumnElement[Any], ...]:
    """Of a recorded value numbers and bools come first, then texts, and lists by their text."""
    if not isinstance(place, Recorded):
        return (column,)
    json = _json(_value_at(column, place))
    is_number = json.kind.in_(["number", "boolean"])
    rank = case((is_number, 0), (json.kind == "null", null()), (json.kind.is_not(None), 1))
    number = case((json.kind == "number", _number(json.text)), (json.text == "true", 1), else_=0)
    text = case((is_number, ""), else_=func.coalesce(json.value, ""))
    return rank, type_coerce(number, Numeric), _c(text)


def _number(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number that a text of JSON is.

    That of a float is only near; it is made exact where an int could stand between the two.
    """
    number = cast(text, Numeric)
    size = func.abs(number)
    is_near = and_(size > _decimal(2**53), size < _decimal(2**63), _is_float(text))
    return case((is_near, cast(cast(cast(text, Double), BigInteger), Numeric)), else_=number)


# Patterns


def resolved(
    connection: Connection, condition: Condition, columns: Columns, among: Clause
) -> Condition:
    """The condition with the texts that there are in place of Python's patterns."""

    def inner(part: Condition) -> Condition:
        return resolved(connection, part, columns, among)

    match condition:
        case Every(conditions) | Some(conditions):
            return replace(condition, conditions=tuple(map(inner, conditions)))
        case Not(condition=part):
            return Not(inner(part))
        case Matches(place, pattern):
            search = re.compile(pattern).search
            texts = _texts(connection, place, columns[place.column], among)
            return In(place, tuple(text for text in texts if search(text)))
    return condition


def _texts(connection: Connection, place: Place, column: Any, among: Clause) -> Iterable[str]:
    """All texts in a place."""
    if not isinstance(place, Recorded) and place.kind == "text":
        query = select(column).where(column.is_not(None), among)
        return connection.execute(query.distinct()).scalars()
    json = _json(_value_at(column, place) if isinstance(place, Recorded) else _elements(column))
    query = select(json.text).select_from(column.table)
    query = query.where(json.kind.in_(["string", "object"]), among)
    values = map(loads, connection.execute(query.distinct()).scalars())
    return [value for value in values if isinstance(value, str)]


# A value inside JSON


class _Json(NamedTuple):
    """A value inside JSON, in parts that are NULL where there is none.

    Its kind; its text just as it stands there; the same without quotes and escapes; and what is
    in ``{"$":["int","0x…"]}``, ``int`` and ``0x…``.
    """

    kind: ColumnElement[Any]
    text: ColumnElement[Any]
    value: ColumnElement[Any]
    special: ColumnElement[Any]
    digits: ColumnElement[Any]


def _value_at(column: ColumnElement[Any], place: Recorded) -> ColumnElement[Any]:
    """The value by a flat key, from a function in FROM: the whole JSON is read once for a row."""
    key = literal(stored_key(place.key), Text)
    value = func.json_extract_path(cast(column, JSON), key, type_=JSON)
    return value.column_valued(joins_implicitly=True)


def _elements(column: ColumnElement[Any]) -> ColumnElement[Any]:
    elements = func.json_array_elements(cast(column, JSON), type_=JSON)
    return elements.column_valued(joins_implicitly=True)


def _json(json: ColumnElement[Any]) -> _Json:
    def inside(path: str) -> ColumnElement[Any]:
        return json.op("#>>", return_type=Text())(literal_column(f"'{path}'"))

    kind = func.json_typeof(json, type_=Text)
    return _Json(kind, cast(json, Text), inside("{}"), inside("{$,0}"), inside("{$,1}"))


def _of_json(test: Test, json: _Json) -> Clause:
    match test:
        case In(_, values):
            return _is_one_of(json.text, _texts_of(values))
        case Ordered(_, order, str(bound)):
            return _text_ordered(json, order, bound)
        case Ordered(_, order, int(bound) | float(bound)):
            return _number_ordered(json, order, bound)
    return json.kind.is_not(None)


def _text_ordered(json: _Json, order: Order, bound: str) -> Clause:
    return case(
        (json.kind == "string", _text_compared(json.value, order, bound)),
        (json.special == "text", _compared(_c(json.digits), order, _hexadecimal(bound))),
        else_=false(),
    )


def _text_compared(text: ColumnElement[Any], order: Order, bound: str) -> Clause:
    """A text in order; by its UTF-8 where the bound can be no parameter."""
    if is_bindable(bound):
        return _compared(_c(text), order, literal(bound, Text))
    digits = func.encode(func.convert_to(text, literal_column("'UTF8'")), "hex", type_=Text)
    return _compared(_c(digits), order, _hexadecimal(bound))


def _number_ordered(json: _Json, order: Order, bound: float) -> Clause:
    """A number in order: floats as Python writes them, ints by an int, very long ones by digits."""
    number = cast(json.text, Numeric)
    float_order, near = nearest(order, bound)
    floats = _compared(number, float_order, _decimal(near))
    limit = whole(order, bound, _LONG)
    ints = literal(limit) if isinstance(limit, bool) else _compared(number, order, _decimal(limit))
    return case(
        (json.kind == "number", case((_is_float(json.text), floats), else_=ints)),
        (json.special == "int", _long_ordered(json.digits, order, bound)),
        else_=false(),
    )


def _long_ordered(digits: ColumnElement[Any], order: Order, bound: float) -> Clause:
    """An int in hexadecimal digits in order: one that has more of them is further from 0."""
    compare = ORDERS[order]
    below: Any = literal(compare(-_LONG, bound))
    above: Any = literal(compare(_LONG, bound))
    if isinstance(bound, int) and abs(bound) >= _LONG:
        text = f"{bound:#x}"
        size = tuple_(func.length(digits, type_=Integer), _c(digits))
        limit = tuple_(literal(len(text)), literal(text, Text))
        if bound > 0:
            above = compare(size, limit)
        else:
            below = compare(limit, size)
    return case((func.left(digits, 1, type_=Text) == "-", below), else_=above)


def _compared(one: ColumnElement[Any], order: Order, other: ColumnElement[Any]) -> Clause:
    clause: Clause = ORDERS[order](one, other)
    return clause


def _is_float(text: ColumnElement[Any]) -> Clause:
    return text.op("~", is_comparison=True)(literal("[.e]", Text))


def _decimal(number: float) -> ColumnElement[Any]:
    if isinstance(number, float) and math.isinf(number):
        return literal(_INFINITY.copy_sign(Decimal(number)), Numeric)
    return literal(Decimal(repr(number)), Numeric)


def _hexadecimal(text: str) -> ColumnElement[Any]:
    return literal(text.encode("utf-8", "surrogatepass").hex(), Text)


# Texts


def _c(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text in the order of code points."""
    return text.collate("C")


def _array(texts: Iterable[str]) -> ColumnElement[Any]:
    return literal(list(texts), ARRAY(Text))


def _texts_of(values: Iterable[Any]) -> list[str]:
    return sorted(set().union(*map(texts_of, values)))


def _is_one_of(text: ColumnElement[Any], texts: Iterable[str]) -> Clause:
    return func.coalesce(text == any_(_array(texts)), false())
