"""Values inside nested plain data, by their paths: set, and taken away."""

from __future__ import annotations

from typing import Any

from unifig.flat import Path, join
from unifig.origin import NOTHING


class NoPlaceError(Exception):
    """A path at which nothing can stand, or of which nothing can be taken away."""


def set_at(data: dict[str, Any], path: Path, value: Any) -> None:
    """Sets a value, and the mappings that lead to it where they are not there.

    Raises NoPlaceError where something else stands in the way, or a list is not so long.
    """
    at: Any = data
    for depth, segment in enumerate(path[:-1], 1):
        inner = _inner(at, segment)
        if inner is NOTHING and isinstance(at, dict):
            inner = at[segment] = {}
        if not isinstance(inner, (dict, list)):
            raise NoPlaceError(
                f"{join(path)} has no place, for {join(path[:depth])} is no mapping: change that "
                "value first"
            )
        at = inner
    if isinstance(at, list) and _inner(at, path[-1]) is NOTHING:
        raise NoPlaceError(f"{join(path)} has no place in the list: change the list as a whole")
    at[path[-1]] = value


def remove_at(data: dict[str, Any], path: Path) -> None:
    """Takes a value away. Raises NoPlaceError for an element of a list: others would move up."""
    at: Any = data
    for segment in path[:-1]:
        at = at[segment]
    if isinstance(at, list):
        raise NoPlaceError(
            f"{join(path)} is an element of a list, and those behind it would move up: change the "
            "list as a whole"
        )
    del at[path[-1]]


def _inner(at: Any, segment: str | int) -> Any:
    """What stands at a segment; NOTHING where nothing does."""
    if isinstance(at, dict):
        return at.get(segment, NOTHING)
    is_there = isinstance(at, list) and isinstance(segment, int) and segment < len(at)
    return at[segment] if is_there else NOTHING
