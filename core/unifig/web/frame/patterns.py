"""Regular expressions as Python's own, which give up where they would take too long.

The package ``regex`` takes a time limit, ``re`` does not. As its version 0 it reads what ``re``
reads and means the same, but for the letters that are alike without regard to case in a few
scripts, for the Unicode that it knows (a newer one), and for two notations that ``re`` does not
have, which are escaped here: ``a{e<=1}`` and ``[[:alpha:]]``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import regex

from unifig.errors import FilterError
from unifig.messages import excerpt, one_line

SECONDS: Final = 2.0
"""How long all patterns of a condition may take."""

_SHORT: Final = 1000  # characters
_QUICK: Final = re.compile(r"[^*+?{]*(?:(?<!\))[*+][^*+?{]*)?", re.DOTALL)
"""What the time of a search is at most the square of a text's length for: one letter, or one set of
them, is repeated, and no group is."""

_PIECE: Final = re.compile(r"\\.|\[\^?\]?|\]|\{(?:\d+,?\d*|,\d+)\}|.", re.DOTALL)


class Patience:
    """How much time is left for patterns, from now on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def found(self, pattern: str, texts: Iterable[str]) -> Iterator[bool]:
        """Whether a pattern is found in each of some texts.

        Raises FilterError where that takes too long, and for what ``regex`` can't read.
        """
        quick = re.compile(pattern).search if _is_quick(pattern) else None
        timed = _timed(pattern)
        for text in texts:
            left = self._end - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError  # noqa: TRY301 - as the search below does
                if quick is not None and len(text) < _SHORT:
                    yield quick(text) is not None
                else:
                    yield timed(text, timeout=left) is not None
            except TimeoutError:
                raise FilterError(
                    f"the pattern {excerpt(pattern)} takes too long on these texts: "
                    f"{excerpt(text)} was looked at when {self._seconds:g} seconds were over. "
                    "Write one with fewer repetitions inside repetitions"
                ) from None


def _is_quick(pattern: str) -> bool:
    """Whether a search takes no longer than anybody waits, so that ``re`` itself will do."""
    return _QUICK.fullmatch(pattern) is not None and re.search(r"\\\d", pattern) is None


def _timed(pattern: str) -> Callable[..., Any]:
    """The search of ``regex`` for a pattern of ``re``."""
    try:
        search: Callable[..., Any]
        search = regex.compile(as_version_0(pattern), regex.VERSION0).search
    except (regex.error, OverflowError, RecursionError) as error:
        told = f"the pattern {excerpt(pattern)} can't be used here: {one_line(error)}"
        raise FilterError(told) from None
    return search


def as_version_0(pattern: str) -> str:
    """A pattern of ``re`` for ``regex``, with what only the latter reads as more than a letter."""
    pieces: list[str] = []
    is_set = False
    for piece in _PIECE.findall(pattern):
        if piece[0] == "[":
            pieces.append(f"\\{piece}" if is_set else piece)
            is_set = True
        elif piece == "]":
            pieces.append(piece)
            is_set = False
        else:
            pieces.append(f"\\{piece}" if piece == "{" and not is_set else piece)
    return "".join(pieces)
