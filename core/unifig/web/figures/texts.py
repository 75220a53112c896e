"""Texts of runs, as Plotly shows them as they are."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

from unifig.display.cells import apart

_LONGEST: Final = 24  # characters of a label at an axis
_WIDEST: Final = 200  # of a line of what is shown at a point


def literal(text: str) -> str:
    """A text that Plotly shows as it is: it takes some tags for markup, and decodes entities.

    >>> literal('<a href="javascript:alert()">lr</a> &lt;')
    '&lt;a href="javascript:alert()"&gt;lr&lt;/a&gt; &amp;lt;'
    """
    return html.escape(text, quote=False)


def labels(texts: Sequence[str]) -> list[str]:
    """Texts as they stand at an axis, the long ones cut where they can still be told apart."""
    return [literal(text) for text in apart(texts, _LONGEST)]


def endings(names: Sequence[str], most: int = _LONGEST) -> list[str]:
    """Names, the long ones by their ends, which tell most: ``…layers[1].units``.

    Where ends are alike they are cut as :func:`labels` are.
    """
    cut = [name if len(name) <= most else f"…{name[1 - most :]}" for name in names]
    return [literal(text) for text in cut] if len(set(cut)) == len(set(names)) else labels(names)


def lines(texts: Iterable[str]) -> str:
    """What is shown at a point: the first line in bold."""
    first, *rest = [
        literal(text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…") for text in texts
    ]
    return "<br>".join([f"<b>{first}</b>", *rest])


def number(value: float) -> str:
    """A number with six digits at most.

    >>> number(0.1 + 0.2), number(100_000.0), number(1e-05)
    ('0.3', '100000', '1e-05')
    """
    return f"{value:.6g}"
