"""The kinds that values in a column have, and how each is held there."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Kinds = NDArray[np.uint8]
Reals = NDArray[np.float64]
Bools = NDArray[np.bool_]

_Scalar = TypeVar("_Scalar", bound=np.generic)

EXACT: Final = 2**53
"""Up to here, and from its negative on, float64 has every int."""


class Kind(IntEnum):
    """What a value is; in the order in which groups stand, but for numbers, which are together."""

    NONE = 0
    BOOL = 1
    INT = 2
    """One that float64 has exactly."""
    FLOAT = 3
    LONG = 4
    """Any other int."""
    TEXT = 5
    OTHER = 6
    """A list; an empty mapping."""


class Part(NamedTuple):
    """Values of some rows: arrays of one length, and what the numbers point to."""

    rows: Ints
    """Which rows have them, rising."""
    kinds: Kinds
    numbers: Reals
    """The value of a number; 0 or 1 of a bool; of a text its place in ``texts``, of what is LONG or
    OTHER that in ``others``."""
    texts: Sequence[str]
    others: Sequence[Any]


def joined(parts: Sequence[Part]) -> Part:
    """Parts that follow each other as one."""
    if len(parts) == 1:
        return parts[0]
    numbers = np.concatenate([part.numbers for part in parts])
    kinds = packed_kinds(np.concatenate([part.kinds for part in parts]))
    texts, others = list(parts[0].texts), list(parts[0].others)
    begin = len(parts[0].rows)
    for part in parts[1:]:
        end = begin + len(part.rows)
        if texts and part.texts:
            numbers[begin:end][part.kinds == Kind.TEXT] += len(texts)
        if others and part.others:
            is_other = (part.kinds == Kind.OTHER) | (part.kinds == Kind.LONG)
            numbers[begin:end][is_other] += len(others)
        texts += part.texts
        others += part.others
        begin = end
    rows = joined_rows([part.rows for part in parts])
    return Part(rows, kinds, frozen(numbers), texts, others)


def joined_rows(parts: Sequence[Ints]) -> Ints:
    """Rows that follow each other as one array."""
    begin, end = int(parts[0][0]), int(parts[-1][-1]) + 1
    if sum(map(len, parts)) == end - begin:
        return consecutive(begin, end)
    return np.concatenate(parts)


def from_row(part: Part, begin: int) -> Part:
    """The values of a part from a place on, with nothing but what they point to."""
    rows, kinds, numbers = part.rows[begin:], part.kinds[begin:], part.numbers[begin:]
    return repooled(Part(rows, kinds, numbers, part.texts, part.others))


def repooled(part: Part) -> Part:
    """The same values, with nothing but what they point to, each text once."""
    numbers = part.numbers.copy()
    texts: dict[str, int] = {}
    is_text = part.kinds == Kind.TEXT
    if is_text.any():
        used, places = np.unique(numbers[is_text].astype(np.intp), return_inverse=True)
        found = [texts.setdefault(part.texts[at], len(texts)) for at in used.tolist()]
        numbers[is_text] = np.array(found)[places]
    others: Sequence[Any] = ()
    is_other = (part.kinds == Kind.OTHER) | (part.kinds == Kind.LONG)
    if is_other.any():
        used, places = np.unique(numbers[is_other].astype(np.intp), return_inverse=True)
        others = [part.others[at] for at in used.tolist()]
        numbers[is_other] = places
    return Part(part.rows, part.kinds, frozen(numbers), list(texts), others)


def alike(kind: int, size: int) -> Kinds:
    """One kind over and over, which takes no memory: most columns have one alone."""
    return np.broadcast_to(np.uint8(kind), size)


def packed_kinds(kinds: Kinds) -> Kinds:
    """The same kinds, without memory where all are the same."""
    if len(kinds) and (kinds == kinds[0]).all():
        return alike(int(kinds[0]), len(kinds))
    return kinds


def frozen(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """An array that nobody can change any more, for many threads read it."""
    array.setflags(write=False)
    return array


def packed(rows: Ints) -> Ints:
    """The same rows, shared where they follow each other."""
    begin, end = int(rows[0]), int(rows[-1]) + 1
    return consecutive(begin, end) if len(rows) == end - begin else rows


_LEAST: Final = 1 << 16


def consecutive(begin: int, end: int) -> Ints:
    """The rows from ``begin`` on and less than ``end``: columns that all runs have share them."""
    return _upto(max(_LEAST, 1 << (end - 1).bit_length()))[begin:end]


@lru_cache(maxsize=4)
def _upto(end: int) -> Ints:
    rows = np.arange(end, dtype=np.int32)
    rows.setflags(write=False)
    return rows


def nearest(number: float) -> float:
    """The float that is nearest to a number; infinite where it is beyond all that are not."""
    try:
        return float(number)
    except OverflowError:
        return np.inf if number > 0 else -np.inf
