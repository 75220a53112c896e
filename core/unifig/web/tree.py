"""A config as a tree on a page: branches and values, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from unifig.flat import Flat, Path, join, split
from unifig.messages import told
from unifig.story import explain_record

from .value import Shown, shown

DEEPEST: Final = 8
"""Levels that are told apart by an indent."""


class Node(NamedTuple):
    """A line of the tree."""

    key: str
    """The flat key."""
    label: str
    """Its last segment."""
    depth: int
    value: Shown | None = None
    """None for a branch."""
    type: str | None = None
    """Of a value: that which it had before it was recorded, or its own."""
    origin: str | None = None
    help: str | None = None
    raw: str | None = None
    """Of a value that was resolved: the text before."""
    story: Sequence[tuple[str, str]] = ()
    """Where it came from and what it replaced: labels and words."""


def find(flat: Flat, text: str) -> list[str]:
    """The flat keys that have a text in them, or in their description, whatever its case."""
    folded = text.casefold()
    return [key for key in flat if folded in key.casefold() or folded in _help(flat, key)]


def _help(flat: Flat, key: str) -> str:
    origin = flat.origins.get(key)
    return "" if origin is None or origin.help is None else origin.help.casefold()


def tree(flat: Flat, keys: Sequence[str], what: str) -> Iterator[Node]:
    """The values at some keys, with the branches that lead to them; ``what`` names the record."""
    before: Path = ()
    for key in keys:
        path = split(key)
        for depth in range(len(path) - 1):
            if path[: depth + 1] != before[: depth + 1]:
                yield _branch(path[: depth + 1])
        yield _leaf(flat, key, path, what)
        before = path


def _branch(path: Path) -> Node:
    return Node(join(path), _label(path), min(len(path) - 1, DEEPEST))


def _leaf(flat: Flat, key: str, path: Path, what: str) -> Node:
    origin = flat.origins.get(key)
    lines = list(explain_record(flat, key, what).lines())[1:]
    return Node(
        key,
        _label(path),
        min(len(path) - 1, DEEPEST),
        shown(flat[key]),
        flat.types.get(key) or type(flat[key]).__name__,
        None if origin is None else told(origin),
        None if origin is None else origin.help,
        None if origin is None else origin.raw,
        [(label.strip(), words) for _, label, words in lines],
    )


def _label(path: Path) -> str:
    last = path[-1]
    return f"[{last}]" if isinstance(last, int) else last
