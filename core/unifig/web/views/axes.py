"""Columns in memory as axes of charts, and as what statistics are made of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unifig import FilterError
from unifig.display import cells
from unifig.messages import excerpt, near
from unifig.runs.store.filters import place_of
from unifig.runs.store.queries import order_of
from unifig.web.figures.axis import Axis
from unifig.web.figures.figure import Named
from unifig.web.frame.frame import TIMES
from unifig.web.frame.kinds import Ints
from unifig.web.selection import Selection
from unifig.web.site import Site
from unifig.web.statistics.values import Values
from unifig.web.table import Cell, Heading, are_numbers, cell_of, heading, turned
from unifig.web.view import View

_DAY: Final = 86_400 * 1_000_000  # in microseconds
_MOST_BESIDE: Final = 15  # runs
_WIDE: Final = 100  # times the lowest number: then powers of ten tell more


class Beside(NamedTuple):
    """The runs of a chart as a table."""

    headings: list[Heading]
    numbers: list[bool]
    lines: list[list[Cell]]
    more: int
    """How many runs there are beyond these."""
    url: str
    """The page with all of them."""


def beside(site: Site, selection: Selection, view: View, names: Sequence[str], sort: str) -> Beside:
    """The first runs of a chart, with what it shows of them."""
    names = list(dict.fromkeys(["name", *names]))
    table = replace(view.shared(), columns=tuple(names), sort=sort)
    lines = site.lines(selection.frame, selection.ordered(order_of(sort))[:_MOST_BESIDE])
    columns = [[cell_of(line, name) for line in lines] for name in names]
    return Beside(
        [
            heading(name, sort, table.url(sort=turned(name, sort)), is_pinned=False)
            for name in names
        ],
        [are_numbers(column) for column in columns],
        [[column[at] for column in columns] for at in range(len(lines))],
        selection.count - len(lines),
        table.url(),
    )


class Axes:
    """The runs of a selection, as charts show them: a place of the arrays for each."""

    def __init__(self, selection: Selection) -> None:
        self.frame = selection.frame
        self.rows: Ints = np.flatnonzero(selection.mask).astype(np.int32)

    def of(self, name: str, *, log: bool = False, flip: bool = False) -> Axis:
        """A column: of numbers where most values are, else of categories, as True and False are.

        Times are days before now. Raises FilterError for a name under which no run has anything.
        """
        self._check(name)
        reals = self.reals(name)
        if name in TIMES:
            days = (reals - time.time() * 1e6) / _DAY
            return Axis(f"{name} (days from now)", days, flip=flip)
        codes, values = self._categories(name)
        present = codes >= 0
        is_bool = len(values) <= 2 and all(type(value) is bool for value in values)
        has_numbers = np.count_nonzero(~np.isnan(reals)) * 2 > np.count_nonzero(present)
        if has_numbers and not is_bool:
            return Axis(name, reals, log=log, flip=flip)
        return Axis(name, reals, codes, list(map(cells.bare, values)), flip=flip)

    def is_wide(self, name: str) -> bool:
        """Whether numbers are all above 0, and reach over powers of ten."""
        reals = self.reals(name)
        finite = reals[np.isfinite(reals)]
        return finite.size > 0 and bool(0 < finite.min() * _WIDE < finite.max())

    def reals(self, name: str) -> NDArray[np.float64]:
        """The numbers of a column, NaN where a run has none. Raises FilterError as :meth:`of`."""
        self._check(name)
        return self.frame.reals(name)[self.rows]

    def values(self, name: str) -> Values:
        """A column for statistics."""
        categories = self.frame.categories(name)
        if categories is None:
            return Values(np.full(len(self.rows), -1, np.int32), self.reals(name), 0)
        return Values(categories.codes[self.rows], self.reals(name), len(categories.values))

    def named(self, places: Sequence[int]) -> list[Named]:
        """The runs at some places, with their names."""
        rows = self.rows[np.asarray(places, dtype=np.intp)]
        parts = [self.frame.values(name, rows) for name in ("entity", "project", "id", "name")]
        return [
            Named((entity, project, id_), name)
            for entity, project, id_, name in zip(*parts, strict=True)
        ]

    def distinct(self, name: str) -> list[Any]:
        """The different values that these runs have in a column, in order."""
        return self._categories(name)[1]

    def _categories(self, name: str) -> tuple[NDArray[np.int32], list[Any]]:
        """Of each run the place of its value among those that these runs have, and the values."""
        found = self.frame.categories(name)
        if found is None:
            return np.full(len(self.rows), -1, np.int32), []
        codes = found.codes[self.rows]
        used = np.unique(codes[codes >= 0])
        places = np.where(codes < 0, -1, np.searchsorted(used, codes)).astype(np.int32)
        return places, [found.values[int(at)] for at in used]

    def _check(self, name: str) -> None:
        place_of(name)
        if self.frame.column(name) is None:
            hint = near(name, self.frame.names())
            raise FilterError(f"no run has a value under {excerpt(name)}{hint}")
