"""Which different values a column has, and which of them each of its values is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unifig.runs.encoding import dumps

from .distinct import SEGMENTS, Distinct, from_rising, place_of, rising
from .kinds import Bools, Ints, Kind, Kinds, Part, Reals, alike, frozen, nearest

Codes = NDArray[np.intp]


class Known(NamedTuple):
    """Different values, and which of them each value of a column is."""

    distinct: Distinct
    codes: Ints


def of(part: Part) -> Known:
    """The different values of a part, and which of them each value is."""
    codes = np.empty(len(part.kinds), np.int32)
    found: list[Distinct] = []
    size = 0
    for segment in np.unique(SEGMENTS[part.kinds]):
        is_here = SEGMENTS[part.kinds] == segment
        where: Bools | slice = slice(None) if is_here.all() else is_here
        different, local = _FINDERS[segment](part.kinds[where], part.numbers[where], part)
        codes[where] = local + size
        found.append(different)
        size += len(different)
    return Known(_together(found), frozen(codes))


def _together(found: list[Distinct]) -> Distinct:
    """Segments that follow each other as one."""
    if len(found) == 1:
        return found[0]
    numbers: list[Reals] = []
    others: list[Any] = []
    for one in found:
        points = (one.kinds == Kind.LONG) | (one.kinds == Kind.OTHER)
        numbers.append(one.numbers + points * float(len(others)) if others else one.numbers)
        others += one.others
    texts = next((one.texts for one in found if one.texts), ())
    kinds = [one.kinds for one in found] or [np.empty(0, np.uint8)]
    return Distinct(np.concatenate(kinds), np.concatenate(numbers or [np.empty(0)]), texts, others)


# What is different among values of one segment, and which of it each is


def _as_they_are(kinds: Kinds, numbers: Reals, _part: Part) -> tuple[Distinct, Codes]:
    """Of None, and of bools."""
    different, codes = np.unique(numbers, return_inverse=True)
    return Distinct(alike(int(kinds[0]), len(different)), different), codes


def _of_numbers(kinds: Kinds, numbers: Reals, part: Part) -> tuple[Distinct, Codes]:
    if (kinds == Kind.LONG).any():
        return _with_long_ints(kinds, numbers, part)
    keys, codes = np.unique(rising(numbers), return_inverse=True)
    if (kinds == kinds[0]).all():
        return Distinct(alike(int(kinds[0]), len(keys)), from_rising(keys)), codes
    pairs, codes = np.unique(codes * 2 + (kinds == Kind.INT), return_inverse=True)
    found = np.where(pairs % 2, np.uint8(Kind.INT), np.uint8(Kind.FLOAT))
    return Distinct(found, from_rising(keys)[pairs // 2]), codes


def _with_long_ints(kinds: Kinds, numbers: Reals, part: Part) -> tuple[Distinct, Codes]:
    """The same where ints stand between floats: each is exact."""
    long = kinds == Kind.LONG
    exact = [part.others[int(number)] for number in numbers[long]]
    longs = sorted(set(exact))
    places = {value: at for at, value in enumerate(longs)}
    place, near = numbers.copy(), numbers.copy()
    place[long] = [places[value] for value in exact]
    near[long] = list(map(nearest, exact))
    # Among those that are near the same float: lower ones, the float, the int, higher ones.
    beside = np.where(kinds == Kind.FLOAT, 0.0, 1.0)
    beside[long] = [
        at - len(longs) if value < float_ else at + 2 if value > float_ else 1
        for at, value, float_ in zip(place[long], exact, near[long].tolist(), strict=True)
    ]
    keys = rising(near)
    order = np.lexsort((beside, keys))
    differs = (np.diff(keys[order]) != 0) | (np.diff(beside[order]) != 0)
    is_first = np.concatenate([[True], differs])
    codes = np.empty(len(order), np.intp)
    codes[order] = np.cumsum(is_first) - 1
    first = order[is_first]
    return Distinct(kinds[first], place[first], (), longs), codes


def _of_texts(_kinds: Kinds, numbers: Reals, part: Part) -> tuple[Distinct, Codes]:
    texts = sorted(set(part.texts))
    places = {text: at for at, text in enumerate(texts)}
    found = np.fromiter(map(places.__getitem__, part.texts), np.intp, len(part.texts))
    return _pooled(Kind.TEXT, texts, ()), found[numbers.astype(np.intp)]


def _of_others(_kinds: Kinds, numbers: Reals, part: Part) -> tuple[Distinct, Codes]:
    told = [dumps(value) for value in part.others]
    pool = {text: it for text, it in zip(told, part.others, strict=True) if type(it) is not int}
    texts = sorted(pool, key=lambda text: place_of(pool[text]))
    places = {text: at for at, text in enumerate(texts)}
    found = np.array([places.get(text, -1) for text in told], np.intp)
    others = [pool[text] for text in texts]
    return _pooled(Kind.OTHER, (), others), found[numbers.astype(np.intp)]


def _pooled(kind: Kind, texts: Sequence[str], others: Sequence[Any]) -> Distinct:
    size = len(texts) + len(others)
    return Distinct(alike(kind, size), np.arange(size, dtype=float), texts, others)


_FINDERS: Final = {0: _as_they_are, 1: _as_they_are, 2: _of_numbers, 5: _of_texts, 6: _of_others}
