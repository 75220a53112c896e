"""What ``log()`` takes: nested mappings of numbers, as one number by flat key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from operator import index
from typing import Any, Final

from unifig.flat import escape, extend
from unifig.names import resolve, type_name
from unifig.values import key_text

from .encoding import dumps, stored_key

Number = int | float
Row = dict[str, Number]
"""Numbers by flat key, as keys are stored; see :mod:`.encoding`."""

OWN: Final = ("_step", "_timestamp")
"""What a row of a history has beside its metrics: no metric can have these names."""

_NUMBERS: Final = frozenset({int, float, bool})
_DEEPEST: Final = 100  # levels
_ARRAYS: Final = ("numpy:generic", "numpy:ndarray", "torch:Tensor")
"""Classes whose instances say with ``item()`` what number they are, where they are one."""


class Names(dict[str, str]):
    """The stored flat keys of metrics by their names; empty for a name that no metric can have."""

    def __missing__(self, key: str) -> str:
        name = "" if key in OWN else stored_key(escape(key))
        if len(self) < 100_000:
            self[key] = name
        return name


names: Final = Names()


def quick_row(data: Any) -> Row | None:
    """The numbers of a plain dict of plain numbers; None for anything else, see :func:`read`."""
    if type(data) is not dict:
        return None
    row: Row = {}
    for key, value in data.items():
        if type(value) not in _NUMBERS or type(key) is not str or not (name := names[key]):
            return None
        row[name] = value
    return row


def read(data: Mapping[Any, Any]) -> tuple[Row, list[tuple[str, str]]]:
    """The numbers in what was logged, and of each value that is none its key and what it is.

    Numbers are int, float and bool; Decimal, Fraction and whatever else says that it is one number;
    scalars, arrays and tensors of NumPy and PyTorch with one element.
    """
    row: Row = {}
    refused: list[tuple[str, str]] = []
    for key, value in _leaves(data, None, 0):
        if isinstance(value, Mapping):
            refused.append((key, "an empty mapping" if not value else "nested too deeply"))
            continue
        number = _number(value)
        if number is None:
            refused.append((key, f"of the type {type_name(type(value))}, which is no number"))
        elif key in OWN:
            refused.append((key, "under a name that a history has itself: rename it"))
        else:
            row[stored_key(key)] = number
    return row, refused


def _leaves(data: Mapping[Any, Any], prefix: str | None, depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        key = _extended(prefix, name)
        if isinstance(value, Mapping) and value and depth < _DEEPEST:
            yield from _leaves(value, key, depth + 1)
        else:
            yield key, value


def _extended(prefix: str | None, name: Any) -> str:
    return extend(prefix, name if type(name) is str else key_text(name)[0])


def _number(value: Any) -> Number | None:
    """The number that a value is; None where it is none."""
    kind = type(value)
    if kind in (float, int, bool):
        return value  # type: ignore[no-any-return]  # one of the three
    if isinstance(value, (str, bytes, bytearray)):
        return None
    try:
        if any(issubclass(kind, cls) for name in _ARRAYS if (cls := resolve(name)) is not None):
            inner = value.item()
            return inner if type(inner) in (float, int, bool) else _converted(type(inner), inner)
        return _converted(kind, value)
    except Exception:  # noqa: BLE001 - a stranger's; that it gives no number is told
        return None  # text, an array of more than one element, a complex number


def _converted(kind: type, value: Any) -> Number | None:
    # By what its class says: an instance may answer to any name.
    convert: Callable[[Any], Number]
    for name, convert in (("__index__", index), ("__float__", float)):
        if any(name in base.__dict__ for base in kind.__mro__):
            return convert(value)
    return None


class Extremes:
    """Of each metric the last, the lowest and the highest number, by stored key.

    NaN is a last number like any other, and neither the lowest nor the highest while there is
    another one.
    """

    __slots__ = ("highest", "last", "lowest")

    def __init__(
        self,
        last: dict[str, Any] | None = None,
        lowest: Row | None = None,
        highest: Row | None = None,
    ) -> None:
        self.last: dict[str, Any] = last if last is not None else {}
        self.lowest: Row = lowest if lowest is not None else {}
        self.highest: Row = highest if highest is not None else {}

    def add(self, row: Row) -> None:
        """Takes the numbers of one row."""
        last, lowest, highest = self.last, self.lowest, self.highest
        for key, number in row.items():
            last[key] = number
            try:
                low = lowest[key]
            except KeyError:
                lowest[key] = highest[key] = number
                continue
            if number < low:
                lowest[key] = number
            elif number > highest[key]:
                highest[key] = number
            elif low != low and number == number:  # noqa: PLR0124 - NaN was all there was
                lowest[key] = highest[key] = number

    def copy(self) -> Extremes:
        """An independent copy."""
        return Extremes(dict(self.last), dict(self.lowest), dict(self.highest))


def rows_text(rows: list[tuple[int, int, Row]]) -> str:
    """Rows of step, time and numbers as JSON."""
    try:
        return _quick(rows)
    except ValueError:  # NaN, an infinity, an int that Python does not write
        return f"[{','.join(f'[{step},{at},{object_text(row)}]' for step, at, row in rows)}]"


_quick: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def object_text(values: Mapping[str, Any]) -> str:
    """Plain values by stored key, as JSON; such a key has nothing that would have to be escaped."""
    pairs = [f'"{key}":{dumps(value)}' for key, value in values.items()]
    return f"{{{','.join(pairs)}}}"
