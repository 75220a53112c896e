"""Values in batches, for one query asks for so many at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

_Value = TypeVar("_Value")

_MOST: Final = 500


def batches(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """The values in their order, some at a time."""
    for at in range(0, len(values), _MOST):
        yield values[at : at + _MOST]
