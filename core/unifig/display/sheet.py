"""Cells of CSV, which spreadsheets open, and in which they run nothing."""

from __future__ import annotations

from typing import Any, Final

from unifig.values import number

from .exact import json_text

_RUN: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a text begins with that a spreadsheet may take for a formula."""


def cell(value: Any) -> str:
    """A value as a cell: numbers and texts as they are, all else as JSON.

    A text that a spreadsheet would run has ``'`` before it.
    """
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, float):
        return repr(value)
    if type(value) is int:
        return number(value)
    return json_text(value, None)


def text_cell(text: str) -> str:
    """A text as a cell."""
    return f"'{text}" if text.startswith(_RUN) else text
