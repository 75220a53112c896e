"""What an interpolation took over: a secret is one under any other key as well."""

from __future__ import annotations

from typing import Any

from .flat import Flat, split
from .tree import Items, Tree, child, collect, is_branch, noted, origin_of, set_item

Names = tuple[str, ...]
"""A path, with the indexes of lists as text, as interpolations write them."""


def hand_on(tree: Tree, raws: list[tuple[Names, str]]) -> None:
    """Says of each value that an interpolation took from a secret that it is secret, too.

    ``raws`` has the texts of interpolations by path. Where a text leads from is not asked: a
    reference counts from the top and from everything that it stands in.
    """
    from .screen import reason_of, references  # what masks is loaded where there is something

    flat = collect(tree, None, Flat())
    secrets: dict[Names, str] = {}
    for key, value in flat.items():
        path = split(key)
        reason = reason_of(path, value, flat.origins[key])
        if reason is not None:
            secrets[tuple(map(str, path))] = reason
    targets = [
        (path, path[:depth] + reference)
        for path, raw in raws
        for reference in references(raw)
        for depth in range(len(path))
    ]
    while found := _taken_over(targets, secrets):
        for path, reason in found.items():
            _note(tree, path, reason)
        secrets |= found


def _taken_over(targets: list[tuple[Names, Names]], secrets: dict[Names, str]) -> dict[Names, str]:
    """The places that have a secret from another one, and are not known to be secret yet."""
    found = {}
    for path, target in targets:
        for at, reason in secrets.items():
            if at[: len(target)] == target:
                to = path + at[len(target) :]
            elif target[: len(at)] == at:  # an element of a list that is secret
                to = path
            else:
                continue
            if to not in secrets:
                found[to] = reason
    return found


def _note(tree: Tree, path: Names, reason: str) -> None:
    """Says it of a value; of a list that is one value, where it is one of its elements."""
    node: Any = tree
    value: Any = tree
    segment: Any = ""
    for name in path:
        segment = int(name) if isinstance(node, Items) else name
        if segment not in (range(len(node)) if isinstance(node, Items) else node):
            return
        value = child(node, segment)
        if not is_branch(value):
            break
        node = value
    set_item(node, segment, value, noted(origin_of(node, segment), reason))
