"""Values inside nested plain data, by their paths: set, and taken away."""

from __future__ import annotations

from typing import Any

from unifig.flat import Path, join
from unifig.origin import NOTHING


class NoPlaceError(Exception):
    """A path at which nothing can stand, or of which nothing can be taken away."""


def set_at(data: dict[str, Any], path: Path, value: Any) -> None:
    """Sets a value, and the mappings that lead to it where they are not there.

    Raises NoPlaceError where something else stands in the way, and for what is no element of a
    list that is there.
    """
    at: Any = data
    for depth, segment in enumerate(path, 1):
        if isinstance(segment, int) and _inner(at, segment) is NOTHING:
            raise NoPlaceError(f"there is no {join(path[:depth])}: set the list as a whole")
        if isinstance(segment, str) and not isinstance(at, dict):
            above = join(path[: depth - 1])
            raise NoPlaceError(f"{join(path)} has no place, for {above} is no mapping: change that")
        if depth < len(path):
            if _inner(at, segment) is NOTHING:
                at[segment] = {}
            at = at[segment]
    at[path[-1]] = value


def remove_at(data: dict[str, Any], path: Path) -> None:
    """Takes a value away. Raises NoPlaceError for an element of a list: others would move up."""
    at: Any = data
    for segment in path[:-1]:
        at = at[segment]
    if isinstance(at, list):
        raise NoPlaceError(
            f"{join(path)} is an element of a list, and those behind it would move up: set the "
            "list as a whole"
        )
    del at[path[-1]]


def _inner(at: Any, segment: str | int) -> Any:
    """What stands at a segment; NOTHING where nothing does."""
    if isinstance(segment, str):
        return at.get(segment, NOTHING) if isinstance(at, dict) else NOTHING
    is_there = isinstance(at, list) and segment < len(at)
    return at[segment] if is_there else NOTHING
