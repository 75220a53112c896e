"""Where each value of a configuration file stands.

The lines of a content are kept apart from it, by the id of each mapping and list in it: what a
file means is one thing, and where it stands another.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Any

from .origin import Value

Lines = dict[int, dict[Any, int]]
"""The line of each key or index, by the id of the mapping or list that it stands in. What is not
in it has no line that is known with certainty."""


class Breaks:
    r"""The line breaks of a text: ``\n``, ``\r\n`` and ``\r``, as editors count them."""

    __slots__ = ("_ends",)

    def __init__(self, text: str) -> None:
        self._ends = [match.end() for match in re.finditer(r"\r\n?|\n", text)]

    def line(self, offset: int) -> int:
        """The number of the line that a character stands on; the first is 1."""
        return bisect_right(self._ends, offset) + 1


class Located:
    """A file's content, and the line of each key and element in it.

    ``path``     as it was given
    ``content``  the mapping at the top
    ``lines``    see ``Lines``
    """

    __slots__ = ("content", "lines", "path")

    def __init__(self, path: str, content: dict[Any, Any], lines: Lines) -> None:
        self.path = path
        self.content = content
        self.lines = lines

    def line(self, container: object, key: object) -> int | None:
        """The line of a key or index; None where it is not known."""
        return self.lines.get(id(container), {}).get(key)

    def told(self, container: object, key: object) -> str:
        """The beginning of a message about a key: the path as it was given, and the line."""
        line = self.line(container, key)
        return self.path if line is None else f"{self.path}, line {line}"

    def values(self, source: dict[Any, Any], place: str, **more: Any) -> dict[Any, Any]:
        """A mapping of the content; each leaf in it is a ``Value`` from ``place:line``.

        ``more`` is what else each Value says. Mappings, and lists that hold any, come as plain
        ones; what is shared inside the mapping, by an alias, is shared in the answer.
        """
        made: dict[int, Any] = {id(source): {}}
        pending: list[Any] = [source]
        while pending:
            container = pending.pop()
            into = made[id(container)]
            lines = self.lines.get(id(container), {})
            for key, value in _items(container):
                if not _is_taken_apart(value):
                    line = lines.get(key)
                    there = place if line is None else f"{place}:{line}"
                    into[key] = Value(value, "file", place=there, **more)
                    continue
                if id(value) not in made:
                    made[id(value)] = {} if type(value) is dict else [None] * len(value)
                    pending.append(value)
                into[key] = made[id(value)]
        answer: dict[Any, Any] = made[id(source)]
        return answer


def _items(container: Any) -> Any:
    return container.items() if type(container) is dict else enumerate(container)


def _is_taken_apart(value: Any) -> bool:
    """Whether there are keys in it: in a mapping, and in a list that holds one at any depth."""
    if type(value) is not list:
        return type(value) is dict and bool(value)
    pending = [value]
    seen = {id(value)}  # an alias may lead back to its own list
    while pending:
        for item in pending.pop():
            if type(item) is dict:
                return True
            if type(item) is list and id(item) not in seen:
                seen.add(id(item))
                pending.append(item)
    return False
