"""The ranks of numbers, those of equal ones being their mean."""

from __future__ import annotations

import numpy as np

from .values import Codes, Places, Reals


def ordered(codes: Codes, reals: Reals, distinct: int) -> tuple[Places, int]:
    """The place of each number among the different ones, ascending; how many these are.

    A number stands at each place; equal codes have equal numbers, so that few are sorted.
    """
    number = np.full(distinct, np.nan)
    number[codes] = reals
    seen = ~np.isnan(number)
    known = number[seen]
    if bool(np.all(known[1:] > known[:-1])):
        place, size = np.arange(known.size), known.size
    else:
        different, place = np.unique(known, return_inverse=True)
        size = different.size
    of_code = np.zeros(distinct, dtype=np.intp)
    of_code[seen] = place
    return of_code[codes], size


def ordered_reals(reals: Reals) -> tuple[Places, int]:
    """The same of numbers without codes."""
    different, places = np.unique(reals, return_inverse=True)
    return places, different.size


def mid_ranks(places: Places, size: int) -> Reals:
    """The ranks from 1 on, of places among ``size`` different numbers."""
    counts = np.bincount(places, minlength=size)
    ranks: Reals = np.cumsum(counts) - (counts - 1) / 2
    return ranks[places]
