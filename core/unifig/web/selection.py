"""The runs that a view is about: those of its project for which its conditions are true."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np

from unifig import FilterError
from unifig.display.conditions import exactly
from unifig.messages import excerpt
from unifig.runs.encoding import dumps, loads
from unifig.runs.paths import Place
from unifig.runs.store.filters import Condition, Every, Not, Some, place_of
from unifig.runs.store.queries import Order

from .frame.facets import Facet, facets
from .frame.frame import FIELDS, Frame, name_of
from .frame.kept import Kept
from .frame.kinds import Bools, Ints, nearest
from .frame.masks import where
from .frame.orders import ordered
from .view import View

_MOST_KEPT: Final = 16
_NEARLY_ALL: Final = 0.9


class Selection:
    """Some of the runs in memory, and what is worked out of them once."""

    def __init__(self, frame: Frame, mask: Bools, total: int, condition: Condition) -> None:
        self.frame = frame
        self.mask = mask
        """Which rows of the frame they are."""
        self.total = total
        """How many runs the project has."""
        self.kept = Kept()
        """What was made of these runs, by name."""
        self._condition = condition

    @cached_property
    def unknown(self) -> list[str]:
        """The names in their condition under which no run at all has a value."""
        names = dict.fromkeys(_names(self._condition))
        return [name for name in names if self.frame.column(name) is None]

    @cached_property
    def count(self) -> int:
        """How many runs they are."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def facets(self) -> list[Facet]:
        """What each column has, of these runs."""
        found = [facet for facet in facets(self.frame, self.mask) if facet.count]
        # What people chose comes first, then what they measured, then what is known besides.
        return sorted(found, key=lambda facet: facet.name in FIELDS)

    @cached_property
    def telling(self) -> tuple[list[str], list[str]]:
        """The names of config values that tell these runs apart, and of their metrics.

        What each run has a text of its own for, as the path of an output, tells nothing.
        """
        varied = [facet for facet in self.facets if facet.varies or self.count == 1]
        config = [
            facet
            for facet in varied
            if facet.name.startswith("config.")
            and (facet.lowest is not None or 2 * facet.distinct < max(6, facet.count))
        ]
        metrics = [facet for facet in self.facets if facet.name.startswith("summary.")]
        return _fullest(config), _fullest(metrics)

    @cached_property
    def axes(self) -> list[str]:
        """The names of config values for axes: those that nearly all of these runs have."""
        counts = {facet.name: facet.count for facet in self.facets}
        return [name for name in self.telling[0] if counts[name] >= _NEARLY_ALL * self.count]

    @cached_property
    def metrics(self) -> list[str]:
        """The names of their metrics that are numbers, those that most runs have first."""
        numeric = {facet.name for facet in self.facets if _has_number(facet)}
        return [name for name in self.telling[1] if name in numeric]

    def ordered(self, order: Order) -> Ints:
        """Their rows, in an order."""
        return ordered(self.frame, self.mask, order)


def _names(condition: Condition) -> Iterator[str]:
    match condition:
        case Every(conditions) | Some(conditions):
            for part in conditions:
                yield from _names(part)
        case Not(inner):
            yield from _names(inner)
        case _:
            yield name_of(condition.place)


def _has_number(facet: Facet) -> bool:
    """Whether one of the numbers is finite."""
    ends = (facet.lowest, facet.highest)
    return facet.histogram is not None or any(
        end is not None and math.isfinite(nearest(end)) for end in ends
    )


def _fullest(found: list[Facet]) -> list[str]:
    """Names, those that most runs have first."""
    return [facet.name for facet in sorted(found, key=lambda facet: -facet.count)]


def _is_just(frame: Frame, text: str) -> Bools:
    """By row whether a number is just the one that a text says, by its type as well.

    Raises FilterError for a text that says none.
    """
    name, _, number = text.rpartition("=")
    try:
        wanted = loads(number)
        place_of(name)
        near = nearest(wanted)
    except (TypeError, ValueError, RecursionError):
        raise FilterError(f"{excerpt(text)} names no number: open its group again") from None
    found = frame.categories(name)
    if found is None:
        return np.zeros(frame.size, np.bool_)
    alike = np.flatnonzero(found.values.reals_of_numeric == near) + found.values.numeric.start
    codes = [at for at in alike.tolist() if dumps(found.values[at]) == dumps(wanted)]
    return np.isin(found.codes, codes)


def condition_of(frame: Frame, view: View, name: str, value: Any) -> View:
    """A view of the runs alone that have just one value, as groups have it: plain data, or NOTHING.

    Filters compare numbers by value, so where there is 1 and 1.0 its type is asked for as well.
    """
    number = isinstance(value, (int, float)) and type(value) is not bool
    if number and name not in FIELDS and (found := frame.categories(name)) is not None:
        alike = np.count_nonzero(found.values.reals_of_numeric == nearest(value))
        if alike > 1:
            return replace(view, exact=(*view.exact, f"{name}={dumps(value)}"))
    return view.with_filter(exactly(name, value))


def _has_text(frame: Frame, text: str) -> Bools:
    """By row whether the name or the id has a text in it, whatever its case."""
    folded = text.casefold()
    mask = np.zeros(frame.size, np.bool_)
    for name in ("name", "id"):
        found = frame.categories(name)
        if found is not None:
            texts = found.values.texts
            mask |= np.fromiter((folded in at.casefold() for at in texts), np.bool_)[found.codes]
    return mask


class Selections:
    """The selections that were asked for last: a page and its charts ask for the same one."""

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._kept: OrderedDict[object, Selection] = OrderedDict()
        self._lock = Lock()

    def of(self, frame: Frame, view: View, mine: Place) -> Selection:
        """The runs of a view. Raises FilterError and RunPathError for what makes no sense."""
        key = (view.project, view.filters, view.exact, view.search, view.is_pattern)
        with self._lock:
            if self._frame is not frame:
                self._frame = frame
                self._kept.clear()
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        place = view.place(mine)
        condition = view.condition()
        mask = where(frame, condition, place)
        for text in view.exact:
            mask = mask & _is_just(frame, text)
        if view.search and not view.is_pattern:
            mask = mask & _has_text(frame, view.search)
        total = int(np.count_nonzero(frame.place_mask(place)))
        made = Selection(frame, mask, total, condition)
        with self._lock:
            if self._frame is frame:
                self._kept[key] = made
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return made
