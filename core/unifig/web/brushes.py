"""What is brushed on parallel coordinates: ranges and values of axes, as filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unifig import FilterError
from unifig.display.conditions import composed, one_of
from unifig.messages import excerpt
from unifig.runs.encoding import loads


class _Brush:
    """What is brushed of one axis."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ends: dict[str, str] = {}
        self.values: list[Any] = []


def brushed(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The conditions that a form asks for.

    ``low``, ``high`` and each ``value``, which is JSON of the store's kind, are about the ``brush``
    before them. Raises FilterError for what is no number, or no such value.
    """
    found: list[_Brush] = []
    for name, text in pairs:
        if name == "brush":
            found.append(_Brush(text))
        elif name == "value" and found:
            found[-1].values.append(_value(text))
        elif name in {"low", "high"} and found and text.strip():
            found[-1].ends[name] = text.strip()
    return [condition for brush in found for condition in _conditions(brush)]


def _conditions(brush: _Brush) -> list[str]:
    if brush.values:
        return [one_of(brush.name, brush.values)]
    low, high = brush.ends.get("low"), brush.ends.get("high")
    for bound in (low, high):
        if bound is not None and not _is_number(bound):
            raise FilterError(f"{excerpt(bound)} is no number: {brush.name} is filtered by numbers")
    if low is not None and high is not None:
        return [composed(brush.name, "within", f"{low}, {high}")]
    ends = ((">=", low), ("<=", high))
    return [composed(brush.name, operator, bound) for operator, bound in ends if bound is not None]


def _value(text: str) -> Any:
    try:
        return loads(text)
    except (ValueError, RecursionError):
        raise FilterError(f"{excerpt(text)} is no value of an axis: open the page again") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
