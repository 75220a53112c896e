"""What is known of a column's values, when more of them come."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from .distinct import SEGMENTS, Distinct, place_of, rising
from .kinds import Bools, Kind, Kinds, Part, Reals, from_row, frozen, packed_kinds
from .known import Codes, Known, of

_MANY: Final = 64
_SHARE: Final = 8
"""Values are put among those that are known where these are so many times as many."""


def more(before: Known | None, whole: Part) -> Known:
    """What is known of a part, where ``before`` is that of its first values."""
    if before is None:
        return of(whole)
    begin = len(before.codes)
    if _SHARE * (len(whole.rows) - begin) > begin:
        return of(whole)
    new = of(from_row(whole, begin))
    if Kind.LONG in before.distinct.kinds or Kind.LONG in new.distinct.kinds:
        return of(whole)
    return _merged(before, new)


def _merged(before: Known, new: Known) -> Known:
    """What is known of values and of more of them as one; none is a long int."""
    base, some = before.distinct, new.distinct
    places = _places(base, some)
    added = places.at[~places.is_there]
    if not len(added):
        codes = places.at.astype(np.int32)[new.codes]
        return Known(base, frozen(np.concatenate([before.codes, codes])))
    # Where the old ones stand from now on, and where the new ones do.
    moved = np.arange(len(base))
    moved += np.searchsorted(added, moved, side="right")
    put = np.empty(len(some), np.intp)
    put[places.is_there] = moved[places.at[places.is_there]]
    put[~places.is_there] = added + np.arange(len(added))
    codes = np.concatenate([moved.astype(np.int32)[before.codes], put.astype(np.int32)[new.codes]])
    return Known(_together(base, some, moved, put, ~places.is_there), frozen(codes))


def _together(base: Distinct, some: Distinct, moved: Codes, put: Codes, is_new: Bools) -> Distinct:
    size = len(base) + np.count_nonzero(is_new)
    kinds, numbers = np.empty(size, np.uint8), np.empty(size)
    kinds[moved], kinds[put] = base.kinds, some.kinds
    numbers[moved], numbers[put] = base.numbers, some.numbers
    for kind in (Kind.TEXT, Kind.OTHER):
        pointers = kinds == kind
        numbers[pointers] = np.arange(np.count_nonzero(pointers))
    new = iter(is_new[some.kinds >= Kind.TEXT].tolist())
    texts = [text for text in some.texts if next(new)]
    others = [value for value in some.others if next(new)]
    return Distinct(
        packed_kinds(kinds),
        numbers,
        _inserted(base.texts, texts),
        _inserted(base.others, others, place_of),
    )


class _Places(NamedTuple):
    """Where some values stand among others, or would stand, and whether they are there."""

    at: Codes
    is_there: Bools


def _places(base: Distinct, some: Distinct) -> _Places:
    found = _Places(np.empty(len(some), np.intp), np.empty(len(some), np.bool_))
    segments, wanted = SEGMENTS[base.kinds], SEGMENTS[some.kinds]
    for segment in np.unique(wanted):
        here = wanted == segment
        begin = int(np.searchsorted(segments, segment))
        among = slice(begin, int(np.searchsorted(segments, segment, "right")))
        if segment == Kind.TEXT:
            inside = _among(base.texts, some.texts)
        elif segment == Kind.OTHER:
            inside = _among(base.others, some.others, place_of)
        else:
            numbers = some.kinds[here], some.numbers[here]
            inside = _among_numbers(base.kinds[among], base.numbers[among], *numbers)
        found.at[here], found.is_there[here] = inside.at + begin, inside.is_there
    return found


def _among_numbers(kinds: Kinds, numbers: Reals, some: Kinds, wanted: Reals) -> _Places:
    keys, some_keys = rising(numbers), rising(wanted)
    at = np.searchsorted(keys, some_keys)
    if not len(keys):
        return _Places(at, np.zeros(len(at), np.bool_))

    def is_there(kind: Kinds | Kind) -> Bools:
        near = np.minimum(at, len(keys) - 1)
        there: Bools = (at < len(keys)) & (keys[near] == some_keys) & (kinds[near] == kind)
        return there

    at += is_there(Kind.FLOAT) & (some == Kind.INT)  # which comes after the float that is the same
    return _Places(at, is_there(some))


def _among(
    base: Sequence[Any], some: Sequence[Any], key: Callable[[Any], Any] = lambda value: value
) -> _Places:
    at = [bisect_left(base, key(value), key=key) for value in some]
    pairs = zip(some, at, strict=True)
    is_there = [place < len(base) and key(base[place]) == key(value) for value, place in pairs]
    return _Places(np.array(at, np.intp), np.array(is_there, np.bool_))


def _inserted(
    base: Sequence[Any], some: Sequence[Any], key: Callable[[Any], Any] | None = None
) -> Sequence[Any]:
    """Values in order with more of them."""
    if not some:
        return base
    if len(some) > _MANY:
        return sorted([*base, *some], key=key)
    found = list(base)
    for value in some:
        insort(found, value, key=key)
    return found
