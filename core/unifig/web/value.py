"""A value as a page shows it: in short, and whole where it is long."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from unifig.display import cells
from unifig.masking import MASK

_WIDEST: Final = 120  # characters


class Shown(NamedTuple):
    """A value on a page."""

    text: str
    """As people read it, on one line; cut where it is long."""
    whole: str | None
    """Where that is cut, or a text has several lines: all of it, as it is."""
    copied: str
    """What a person who copies it wants: a text as it is, all else as Python writes it."""


def shown(value: Any) -> Shown:
    """A plain value."""
    if value == MASK:
        return Shown(MASK, None, MASK)
    text = cells.bare(value)
    copied = value if isinstance(value, str) else cells.shown(value)
    is_long = len(text) > _WIDEST or (isinstance(value, str) and "\n" in value)
    return Shown(cells.cut(text, _WIDEST), copied if is_long else None, copied)
