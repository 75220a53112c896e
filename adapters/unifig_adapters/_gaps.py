"""Lists of which an element is not there, because it is secret: they can't be given in part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from unifig import join, split

TOLD: Final = "it stands in a list of which an element is secret: give the whole list yourself"


def in_lists_with_gaps(keys: Iterable[str]) -> set[str]:
    """Those of the flat keys that stand in a list whose elements are not all there."""
    paths = {key: split(key) for key in keys}
    elements: dict[tuple[str | int, ...], set[int]] = {}
    for path in paths.values():
        for at, segment in enumerate(path):
            if isinstance(segment, int):
                elements.setdefault(path[:at], set()).add(segment)
    broken = {above for above, known in elements.items() if len(known) <= max(known)}
    return {
        key for key, path in paths.items() if any(path[:at] in broken for at in range(1, len(path)))
    }


def above_lists(key: str) -> str:
    """The flat key of the outermost list that a key stands in; its own where it is in none.

    >>> above_lists("a.b[0].c[1]"), above_lists("a.b")
    ('a.b', 'a.b')
    """
    path = split(key)
    end = next((at for at, segment in enumerate(path) if isinstance(segment, int)), len(path))
    return join(path[:end])
