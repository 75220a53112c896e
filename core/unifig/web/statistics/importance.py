"""How much of a result each config key explains by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from .correlation import centred, pearson, spearman_of_places
from .groups import groups_of
from .ranks import mid_ranks, ordered, ordered_reals
from .values import Mask, Places, Reals, Values, renumbered
from .variance import corrected, eta2

Kind = Literal["numbers", "categories", "both"]


@dataclass(frozen=True, slots=True)
class Importance:
    """What one key has to do with a metric, over the runs that have the metric."""

    name: str
    count: int
    """How many runs have the key; those that lack it are a category of their own."""
    absent: int
    """How many runs lack it."""
    numbers: int
    """How many runs have a number there: what the correlations are over."""
    distinct: int
    """How many distinct values those runs have."""
    kind: Kind
    groups: int
    """How many categories ``eta2`` is over: that of the runs without the key is one of them."""
    binned: bool
    """Whether numbers were put into bins for that, as more than 20 distinct ones are."""
    pearson: float | None
    """None as well where a run has an infinite number."""
    spearman: float | None
    eta2: float | None
    """The share of the metric's sum of squares that is between the categories.

    None of one category alone, and of more than half as many as there are runs.
    """
    epsilon2: float | None
    """The same, less what as many categories explain by chance."""
    weight: float
    """The share of the variance of the metric's ranks that the key alone explains, from 0 to 1.

    The larger one of rho² and of ε² of the ranks, both less what chance explains. Of ranks, for one
    run that diverged to 1e30 would be all of the variance.
    """


class Ranking(NamedTuple):
    """Keys by how much of a metric they explain, the weightiest first."""

    keys: list[Importance]
    runs: int
    """How many runs have a finite number for the metric: what all is over."""
    without: int
    """How many have none, and are left out."""
    infinite: int
    """How many have an infinite one, and are left out."""


class _Metric(NamedTuple):
    """A metric in the forms that are compared with."""

    reals: Reals
    centred: Reals | None
    centred_ranks: Reals | None
    places: Places
    size: int


def importance(metric: Reals, columns: Mapping[str, Values]) -> Ranking:
    """How much of a metric each key explains; a place of the arrays for each run."""
    finite = np.isfinite(metric)
    runs = int(np.count_nonzero(finite))
    reals = metric[finite]
    places, size = ordered_reals(reals)
    measured = _Metric(reals, centred(reals), centred(mid_ranks(places, size)), places, size)
    keys = [
        _importance(name, values if runs == metric.size else values.of(finite), measured)
        for name, values in columns.items()
    ]
    keys.sort(key=lambda key: (-key.weight, key.name))
    without = int(np.count_nonzero(np.isnan(metric)))
    return Ranking(keys, runs, without, metric.size - runs - without)


def _importance(name: str, values: Values, metric: _Metric) -> Importance:
    runs = metric.reals.size
    has_number = ~np.isnan(values.reals)
    numbers = int(np.count_nonzero(has_number))
    count = int(np.count_nonzero(values.codes >= 0))
    groups = groups_of(values)
    r, rho = _correlations(values, has_number, metric)
    share = eta2(groups.places, groups.size, metric.centred)
    share_of_ranks = eta2(groups.places, groups.size, metric.centred_ranks)
    weights = [0.0]
    if rho is not None:
        weights.append(corrected(rho**2, numbers, 2) * numbers / runs)
    if share_of_ranks is not None:
        weights.append(corrected(share_of_ranks, runs, groups.size))
    return Importance(
        name=name,
        count=count,
        absent=runs - count,
        numbers=numbers,
        distinct=_distinct(values),
        kind="numbers" if numbers == count else "both" if numbers else "categories",
        groups=groups.size,
        binned=groups.binned,
        pearson=r,
        spearman=rho,
        eta2=share,
        epsilon2=None if share is None else corrected(share, runs, groups.size),
        weight=max(weights),
    )


def _distinct(values: Values) -> int:
    return int(np.count_nonzero(np.bincount(values.codes + 1, minlength=1)[1:]))


def _correlations(
    values: Values, has_number: Mask, metric: _Metric
) -> tuple[float | None, float | None]:
    """Pearson's r and Spearman's rho over the runs that have a number."""
    reals, places, size = metric.reals, metric.places, metric.size
    if not has_number.all():
        values, reals = values.of(has_number), reals[has_number]
        places, size = renumbered(places[has_number], size)
    rho = spearman_of_places(*ordered(*values), places, size)
    if rho is None or not np.isfinite(values.reals).all():
        return None, rho
    return pearson(values.reals, reals), rho
