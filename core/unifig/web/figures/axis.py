"""What a figure shows of each run: a number or a category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from unifig.web.statistics.values import Codes, Mask, Reals

from .texts import number

_LONGEST: Final = 1e15  # a whole number that is written out


class Axis(NamedTuple):
    """A config key or a metric over all runs, a place of the arrays for each run."""

    name: str
    reals: Reals
    """The numbers, NaN where a run has none; not looked at where there are ``texts``."""
    codes: Codes | None = None
    """With ``texts``: the place of each run's text, -1 where it has none."""
    texts: Sequence[str] | None = None
    """The texts of all distinct values, in their order: makes it an axis of categories."""
    log: bool = False
    """Of numbers: those up to 0 are left out, and counted."""
    flip: bool = False
    """Whether the highest value stands where the lowest does else."""
    low: float | None = None
    """For parallel coordinates: the range that is brushed, in the axis's own numbers."""
    high: float | None = None
    chosen: Sequence[int] = ()
    """For parallel coordinates: the codes that are brushed."""

    @property
    def is_category(self) -> bool:
        """Whether it shows texts."""
        return self.codes is not None and self.texts is not None

    @property
    def is_log(self) -> bool:
        """Whether it shows powers of ten at equal distances."""
        return self.log and not self.is_category

    @property
    def places(self) -> Reals:
        """Where each run stands: its number, or the number of its category; NaN for none."""
        if self.codes is None or self.texts is None:
            return self.reals
        return np.where(self.codes < 0, np.nan, self.codes.astype(np.float64))

    def text(self, run: int) -> str:
        """What a run has there."""
        if self.codes is None or self.texts is None:
            real = float(self.reals[run])
            return str(int(real)) if real.is_integer() and abs(real) < _LONGEST else number(real)
        return self.texts[self.codes[run]] if self.codes[run] >= 0 else "no value"

    def refused(self) -> list[tuple[str, Mask]]:
        """Which runs it can't show, by the reason in words."""
        places = self.places
        without = np.isnan(places)
        found = [(f"no {self._noun} of {self.name}", without)]
        if not self.is_category:
            found.append((f"{self.name} is infinite", np.isinf(places)))
        if self.is_log:
            found.append((f"{self.name} is 0 or less, on a logarithmic axis", places <= 0))
        return found

    @property
    def _noun(self) -> str:
        return "value" if self.is_category else "number"


def drawable(axes: Iterable[Axis]) -> tuple[Mask, dict[str, int]]:
    """Which runs all axes can show, and how many they can't, each by its first reason."""
    axes = list(axes)
    shown = np.ones(axes[0].places.size, dtype=np.bool_)
    left_out: dict[str, int] = {}
    for axis in axes:
        for reason, mask in axis.refused():
            if count := int(np.count_nonzero(shown & mask)):
                left_out[reason] = left_out.get(reason, 0) + count
                shown &= ~mask
    return shown, left_out
