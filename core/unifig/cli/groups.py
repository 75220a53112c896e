"""Runs in groups by their values: how many, and what their metrics come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from unifig.display.columns import Line, as_data
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.values import sort_key

_NUMBERS: Final = frozenset({int, float, bool})


class Spread:
    """Numbers, one after the other: how many, mean, deviation, lowest and highest (Welford).

    NaN is counted apart and is in none of the others. With an infinity the mean is infinite, or NaN
    where there are two of opposite signs, and there is no deviation.
    """

    __slots__ = ("_endless", "_mean", "_squares", "count", "highest", "lowest", "nan")

    def __init__(self) -> None:
        self.count = 0
        self.nan = 0
        self.lowest: float | None = None
        self.highest: float | None = None
        self._endless = 0.0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, number: float) -> None:
        """Takes a number; True is 1."""
        if number != number:  # noqa: PLR0124 - just what NaN alone is
            self.nan += 1
            return
        self.count += 1
        if self.lowest is None or number < self.lowest:
            self.lowest = number
        if self.highest is None or number > self.highest:
            self.highest = number
        real = _real(number)
        if math.isinf(real):
            self._endless += real
        else:
            off = real - self._mean
            self._mean += off / self.count
            self._squares += off * (real - self._mean)

    @property
    def mean(self) -> float | None:
        """The mean; None of no number."""
        if not self.count:
            return None
        return self._mean if self._endless == 0.0 else self._endless

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation; None of fewer than two numbers, and of an infinity."""
        if self.count < 2 or self._endless != 0.0:  # NaN is not 0 either
            return None
        if not self._squares >= 0:  # of numbers so large that it has no float
            return None
        return math.sqrt(self._squares / (self.count - 1))

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "count": self.count,
            "nan": self.nan,
            "mean": self.mean,
            "std": self.deviation,
            "min": self.lowest,
            "max": self.highest,
        }


def _real(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number of over 300 digits
        return math.inf if number > 0 else -math.inf


class Group:
    """The runs that have the same values."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values
        """A value for each of the names that runs are grouped by; NOTHING where there is none."""
        self.count = 0
        self.spreads: dict[str, Spread] = {}
        """By the name of what is measured, of which some run has a number."""

    def add(self, line: Line, metrics: Iterable[str]) -> None:
        """Takes a run, and of it the numbers that metrics name."""
        self.count += 1
        for name in metrics:
            value = line.get(name)
            if type(value) in _NUMBERS:
                self.spreads.setdefault(name, Spread()).add(value)

    def as_dict(self, names: Sequence[str]) -> dict[str, Any]:
        """All of it as plain data; what no run of it has is left out."""
        pairs = zip(names, self.values, strict=True)
        return {
            "group": {name: as_data(value) for name, value in pairs if value is not NOTHING},
            "runs": self.count,
            "metrics": {name: spread.as_dict() for name, spread in self.spreads.items()},
        }


def grouped(
    lines: Iterable[Line], names: Sequence[str], metrics: Callable[[Line], Iterable[str]]
) -> list[Group]:
    """Runs by their values of some names, types told apart: 1 is not 1.0, nor True."""
    groups: dict[tuple[str, ...], Group] = {}
    for line in lines:
        values = [line.get(name) for name in names]
        key = tuple("" if value is NOTHING else dumps(as_data(value)) for value in values)
        if key not in groups:
            groups[key] = Group(values)
        groups[key].add(line, metrics(line))
    return sorted(groups.values(), key=lambda group: [_place(value) for value in group.values])


def _place(value: Any) -> tuple[Any, ...]:
    """Where a value stands in the order: what is not there comes last, 1 before 1.0."""
    if value is NOTHING:
        return (1,)
    value = as_data(value)
    return 0, sort_key(value), type(value).__name__


def by_value(groups: Sequence[Group], at: int, *, descending: bool) -> list[Group]:
    """Groups in the order of one of their values; those that have none come last."""
    known = [group for group in groups if group.values[at] is not NOTHING]
    rest = [group for group in groups if group.values[at] is NOTHING]
    return sorted(known, key=lambda group: _place(group.values[at]), reverse=descending) + rest


def by_mean(groups: Iterable[Group], metric: str, *, descending: bool) -> list[Group]:
    """Groups in the order of a metric's means; those that have none come last."""

    def place(group: Group) -> tuple[bool, float]:
        spread = group.spreads.get(metric)
        mean = None if spread is None else spread.mean
        if mean is None or math.isnan(mean):
            return True, 0.0
        return False, -mean if descending else mean

    return sorted(groups, key=place)


def metrics_of(groups: Iterable[Group]) -> list[str]:
    """The names of all that is measured."""
    found: Mapping[str, None] = dict.fromkeys(name for group in groups for name in group.spreads)
    return list(found)
