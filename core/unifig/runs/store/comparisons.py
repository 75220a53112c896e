"""How values compare, for SQL that has other numbers and texts than Python: plain data, no SQL."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from unifig.runs.encoding import dumps

from .filters import Order

ORDERS: Final[Mapping[Order, Callable[[Any, Any], Any]]] = {
    "$lt": operator.lt,
    "$lte": operator.le,
    "$gt": operator.gt,
    "$gte": operator.ge,
}
_DOWN: Final[Mapping[Order, Order]] = {"$lt": "$lt", "$lte": "$lt", "$gt": "$gte", "$gte": "$gte"}
_UP: Final[Mapping[Order, Order]] = {"$lt": "$lte", "$lte": "$lte", "$gt": "$gt", "$gte": "$gt"}


def texts_of(value: Any) -> set[str]:
    """All that stands in a record for what equals ``value``: 2, for one, is ``2`` and ``2.0``."""
    texts = {dumps(value)}
    if type(value) is float and value.is_integer():
        texts.add(dumps(int(value)))
    elif type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            return texts
        if number == value:
            texts.add(dumps(number))
    return texts | {"0", "0.0", "-0.0"} if "0" in texts else texts


def is_bindable(text: str) -> bool:
    """Whether a text can be a parameter of SQL: one with half a character or a NUL can't."""
    return "\0" not in text and text.encode(errors="ignore").decode() == text


def whole(order: Order, bound: float, limit: int) -> int | bool:
    """The int that ints are as much below or above as they are of a number.

    ``limit`` says which ints: from its negative on, and less than it. A bool where all of them are
    in that order, or none is.

    >>> whole("$lt", 2.5, 100), whole("$gt", 2.5, 100), whole("$lt", 1e300, 100)
    (3, 2, True)
    """
    if not -limit <= bound < limit:
        return bool(ORDERS[order](0, bound))
    return math.ceil(bound) if order in {"$lt", "$gte"} else math.floor(bound)


def nearest(order: Order, bound: float) -> tuple[Order, float]:
    """The float, and the order, by which floats are as much below or above as they are of a number.

    >>> nearest("$lt", 2**53 + 1), nearest("$gte", 2**53 + 1)
    (('$lte', 9007199254740992.0), ('$gt', 9007199254740992.0))
    """
    if isinstance(bound, float):
        return order, bound
    try:
        near = float(bound)
    except OverflowError:
        near = sys.float_info.max if bound > 0 else -sys.float_info.max
    if near == bound:
        return order, near
    return (_UP if near < bound else _DOWN)[order], near
