"""Colours that people tell apart, whichever colours they see, on light and on dark ground."""

from __future__ import annotations

from typing import Final

CATEGORIES: Final = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7")
"""Those of Okabe and Ito, without black and yellow, each of which vanishes on one ground."""

SYMBOLS: Final = ("circle", "diamond")
"""With each colour, for twice as many categories."""

DASHES: Final = ("solid", "dash", "dot")
"""The same for lines."""

NUMBERS: Final = (
    (0.0, "#5a70c0"),
    (0.2, "#2f83a8"),
    (0.4, "#21918c"),
    (0.6, "#28ae80"),
    (0.8, "#5ec962"),
    (1.0, "#a2da37"),
)
"""Viridis without its ends, its beginning lighter: it must be seen in the dark."""

TEXT: Final = "var(--text)"
MUTED: Final = "var(--muted)"
LINE: Final = "var(--line)"
SURFACE: Final = "var(--surface)"
ACCENT: Final = "var(--accent)"
CLEAR: Final = "rgba(0,0,0,0)"


def category(number: int) -> str:
    """The colour of a category by its number."""
    return CATEGORIES[number % len(CATEGORIES)]


def symbol(number: int) -> str:
    """The symbol of a category by its number."""
    return SYMBOLS[number // len(CATEGORIES) % len(SYMBOLS)]


def dash(number: int) -> str:
    """The dash of a line by its number."""
    return DASHES[number // len(CATEGORIES) % len(DASHES)]


def faint(colour: str, opacity: float) -> str:
    """A colour that lets others through.

    >>> faint("#0072b2", 0.2)
    'rgba(0,114,178,0.2)'
    """
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgba({red},{green},{blue},{opacity})"


def scale() -> list[list[float | str]]:
    """The colours of numbers, as Plotly has a scale."""
    return [[at, colour] for at, colour in NUMBERS]
