"""What is made once of something that never changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_Made = TypeVar("_Made")


class Kept:
    """What was made of one thing, by name."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def __call__(self, name: Hashable, make: Callable[[], _Made]) -> _Made:
        """What was made before by this name, or is now."""
        if name not in self._made:
            self._made[name] = make()
        found: _Made = self._made[name]
        return found
