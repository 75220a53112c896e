"""Which rows a filter selects: just those that the store would.

:mod:`unifig.runs.store.filters` says what a condition means. Numbers are compared all at once, and
other values once each, however many runs have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import chain
from typing import Any, Final

import numpy as np

from unifig.runs.encoding import dumps
from unifig.runs.paths import Place
from unifig.runs.store.comparisons import ORDERS, nearest, texts_of
from unifig.runs.store.filters import (
    Condition,
    Every,
    Exists,
    Field,
    In,
    Matches,
    Not,
    Ordered,
    Some,
    Test,
)

from .frame import Frame, name_of
from .kinds import Bools, Kind, Part, Reals
from .patterns import SECONDS, Patience

_ONE_BY_ONE: Final = 8  # values; more are looked for together


def where(
    frame: Frame, condition: Condition, project: Place | None = None, *, seconds: float = SECONDS
) -> Bools:
    """By row whether a run of a project is there that a condition is true of; None: of any.

    Raises FilterError where its patterns take more than so many seconds in all.
    """
    among = frame.place_mask(project)
    return among & _Reader(frame, among, Patience(seconds)).mask(condition)


class _Reader:
    """Reads conditions. Rows that are not ``among`` those asked for have any answer."""

    def __init__(self, frame: Frame, among: Bools, patience: Patience) -> None:
        self._frame = frame
        self._among = among
        self._patience = patience

    def mask(self, condition: Condition) -> Bools:
        """By row whether a condition is true."""
        match condition:
            case Every(conditions):
                return reduce(np.logical_and, map(self.mask, conditions), self._all(answer=True))
            case Some(conditions):
                return reduce(np.logical_or, map(self.mask, conditions), self._all(answer=False))
            case Not(inner):
                return ~self.mask(inner)
        return self._tested(condition)

    def _all(self, *, answer: bool) -> Bools:
        return np.full(self._frame.size, answer)

    def _tested(self, test: Test) -> Bools:
        column = self._frame.column(name_of(test.place))
        of_field = isinstance(test.place, Field)
        # A field is NULL where it has no value; a recorded null is a value.
        otherwise = of_field and isinstance(test, In) and None in test.values
        if column is None:
            return self._all(answer=otherwise)
        found = self._of_values(column.whole, test)
        if column.covers(self._frame.size):
            return found
        mask = self._all(answer=otherwise)
        mask[column.rows] = found
        return mask

    def _of_values(self, whole: Part, test: Test) -> Bools:
        """Of each value whether a test is true of it."""
        if isinstance(test.place, Field) and test.place.kind == "tags":
            return _by_place(whole.numbers, self._of_tags(whole.others, test))
        if isinstance(test, Exists):
            return np.ones(len(whole.rows), np.bool_)
        found = _of_numbers(whole, test)
        if whole.texts:
            is_text = whole.kinds == Kind.TEXT
            if isinstance(test, Matches):
                is_text &= self._among[whole.rows]
            found[is_text] = self._of_texts(whole.numbers[is_text], whole.texts, test)
        if whole.others:
            is_other = (whole.kinds == Kind.OTHER) | (whole.kinds == Kind.LONG)
            answers = list(map(_answer(test), whole.others))
            found[is_other] = _by_place(whole.numbers[is_other], answers)
        return found

    def _of_texts(self, numbers: Reals, texts: Sequence[str], test: Test) -> Bools:
        """Of texts by their places whether a test is true of them."""
        match test:
            case In(_, values):
                wanted = {value for value in values if type(value) is str}
                return _by_place(numbers, map(wanted.__contains__, texts), len(texts))
            case Ordered(_, order, str(bound)):
                compare = ORDERS[order]
                return _by_place(numbers, [compare(text, bound) for text in texts])
            case Matches(_, pattern):
                used, places = np.unique(numbers.astype(np.intp), return_inverse=True)
                some = [texts[at] for at in used.tolist()]
                return np.array(list(self._patience.found(pattern, some)), np.bool_)[places]
        return np.zeros(len(numbers), np.bool_)

    def _of_tags(self, lists: Sequence[list[Any]], test: Test) -> list[bool]:
        """Of lists of tags whether a test is true of one of them, or of the list."""
        whole: set[str] = set()
        if isinstance(test, In):
            whole = {dumps(value) for value in test.values if type(value) is list}
            test = In(test.place, tuple(v for v in test.values if type(v) is not list))
        answer = self._answer_of_tag(test, chain.from_iterable(lists))
        return [any(map(answer, tags)) or dumps(tags) in whole for tags in lists]

    def _answer_of_tag(self, test: Test, tags: Iterable[Any]) -> Callable[[Any], bool]:
        if not isinstance(test, Matches):
            return _answer(test)
        texts = {tag for tag in tags if type(tag) is str}
        found = dict(zip(texts, self._patience.found(test.pattern, texts), strict=True))
        return lambda tag: type(tag) is str and found[tag]


def _of_numbers(whole: Part, test: Test) -> Bools:
    """Of each value whether it is a number, a bool or None that a test is true of."""
    match test:
        case In(_, values):
            return _among(whole, values)
        case Ordered(_, order, int(bound) | float(bound)):
            near_order, near = nearest(order, bound)
            found: Bools = ORDERS[near_order](whole.numbers, near) & _is_number(whole)
            return found
    return np.zeros(len(whole.rows), np.bool_)


def _among(whole: Part, values: Iterable[Any]) -> Bools:
    """Of each value whether it is one of some numbers, bools and None."""
    found = np.zeros(len(whole.rows), np.bool_)
    if None in values:
        found |= whole.kinds == Kind.NONE
    for wanted in {value for value in values if type(value) is bool}:
        found |= (whole.kinds == Kind.BOOL) & (whole.numbers == wanted)
    numbers = {float(v) for v in values if type(v) is float or (type(v) is int and _is_exact(v))}
    if numbers:
        if len(numbers) > _ONE_BY_ONE:
            equal = np.isin(whole.numbers, list(numbers))
        else:
            equal = reduce(np.logical_or, [whole.numbers == number for number in numbers])
        if any(number != number for number in numbers):  # noqa: PLR0124 - just what NaN alone is
            equal |= np.isnan(whole.numbers)
        found |= equal & _is_number(whole)
    return found


def _is_exact(value: int) -> bool:
    """Whether an int is a float too: one of a column may be the same."""
    try:
        return float(value) == value
    except OverflowError:
        return False


def _is_number(whole: Part) -> Bools:
    is_number: Bools = (whole.kinds == Kind.FLOAT) | (whole.kinds == Kind.INT)
    return is_number


def _answer(test: Test) -> Callable[[Any], bool]:
    """Whether a test is true of a value, as a function; of texts by a pattern it never is."""
    match test:
        case In(_, values):
            texts = set().union(*map(texts_of, values))
            return lambda value: dumps(value) in texts
        case Ordered(_, order, bound):
            compare = ORDERS[order]
            types = {str} if type(bound) is str else {int, float}
            return lambda value: type(value) in types and bool(compare(value, bound))
        case Exists():
            return lambda _: True
    return lambda _: False


def _by_place(numbers: Reals, answers: Iterable[bool], size: int = -1) -> Bools:
    """Of each place the answer that stands there."""
    return np.fromiter(answers, np.bool_, size)[numbers.astype(np.intp)]
