"""Keys that move together: what one of them explains can't be told from what the other does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final, Literal, NamedTuple

import numpy as np

from .contingency import cramers_v, decides
from .correlation import FEWEST, spearman_of_places
from .groups import Groups, groups_of
from .ranks import ordered
from .values import Mask, Places, Reals, Values, renumbered

MOST_KEYS: Final = 30
"""So many keys are compared, the first."""

MOST_RUNS: Final = 20_000
"""Of more runs so many are looked at, drawn at random, the same ones each time."""

STRONG: Final = 0.9
"""From this on keys move together."""


class Tie(NamedTuple):
    """Another key that a key moves with."""

    name: str
    how: Literal["rank", "categories", "decides", "decided by"]
    """By Spearman's rho; by Cramér's V; the key decides the other one, or is decided by it.

    Keys that decide each other are told by the first two.
    """
    strength: float
    """The size of rho or V, from 0.9 to 1; 1 where one key decides the other."""


class Confounding(NamedTuple):
    """Which keys move together."""

    ties: dict[str, list[Tie]]
    """By name, of the keys that move with others alone; the strongest first."""
    compared: list[str]
    """The keys that were compared."""
    runs: int
    """How many runs were looked at."""
    of: int
    """How many runs have the metric."""


class _Key(NamedTuple):
    """A key in the forms that are compared."""

    name: str
    groups: Groups
    categories: Groups
    """The same without bins."""
    has_number: Mask
    order: Places
    """Of each run with a number, its place among the different ones."""


def confounded(metric: Reals, columns: Mapping[str, Values], names: Sequence[str]) -> Confounding:
    """Which of the first 30 of some keys move together, over the runs that have a metric.

    ``names`` are keys of ``columns``, the weightiest first. Runs without a key are a category of
    their own; numbers are compared over the runs that have both, if these are at least half of
    those that have either.
    """
    among = np.flatnonzero(np.isfinite(metric))
    of = among.size
    if of > MOST_RUNS:
        among = np.sort(np.random.default_rng(0).choice(among, MOST_RUNS, replace=False))
    compared = list(names[:MOST_KEYS])
    keys = [_key(name, columns[name].of(among)) for name in compared]
    ties: dict[str, list[Tie]] = {}
    for one, other in combinations([key for key in keys if key.categories.size > 1], 2):
        for name, tie in _ties(one, other):
            ties.setdefault(name, []).append(tie)
    for found in ties.values():
        found.sort(key=lambda tie: -tie.strength)
    return Confounding(ties, compared, among.size, of)


def _key(name: str, values: Values) -> _Key:
    has_number = ~np.isnan(values.reals)
    order = np.zeros(values.codes.size, dtype=np.intp)
    order[has_number] = ordered(*values.of(has_number))[0]
    groups = groups_of(values)
    exact = Groups(*renumbered(values.codes + 1, values.distinct + 1), binned=False)
    return _Key(name, groups, exact if groups.binned else groups, has_number, order)


def _ties(one: _Key, other: _Key) -> list[tuple[str, Tie]]:
    """What is between two keys, as each of them has it."""
    if (rho := _rank(one, other)) is not None and abs(rho) >= STRONG:
        return _both(one, other, "rank", abs(rho))
    forth = decides(one.categories.places, other.categories.places)
    back = decides(other.categories.places, one.categories.places)
    if forth != back:
        return _decides(one, other) if forth else _decides(other, one)
    if (v := _categories(one, other)) is not None and v >= STRONG:
        return _both(one, other, "categories", v)
    return []


def _both(
    one: _Key, other: _Key, how: Literal["rank", "categories"], strength: float
) -> list[tuple[str, Tie]]:
    return [(one.name, Tie(other.name, how, strength)), (other.name, Tie(one.name, how, strength))]


def _decides(one: _Key, other: _Key) -> list[tuple[str, Tie]]:
    return [
        (one.name, Tie(other.name, "decides", 1.0)),
        (other.name, Tie(one.name, "decided by", 1.0)),
    ]


def _rank(one: _Key, other: _Key) -> float | None:
    both = one.has_number & other.has_number
    count = np.count_nonzero(both)
    if count < FEWEST or 2 * count < np.count_nonzero(one.has_number | other.has_number):
        return None
    order, other_order = one.order[both], other.order[both]
    return spearman_of_places(order, int(order.max()) + 1, other_order, int(other_order.max()) + 1)


def _categories(one: _Key, other: _Key) -> float | None:
    most = one.groups.places.size // 2
    if one.groups.size > most or other.groups.size > most:
        return None
    return cramers_v(one.groups, other.groups)
