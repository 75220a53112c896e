"""JSON: its content by the standard library, and the line of each key and element."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from .errors import FileError
from .lines import Breaks, Lines


def parse(name: str, text: str, lines: Lines | None) -> Any:
    """The content of a JSON text; None where there is nothing but blanks.

    ``lines``, where given, receives the line of each key and element. Raises FileError for what is
    no JSON, and for a key that stands twice in one object.
    """
    if not text.strip():
        return None
    twice = False

    def built(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        made = dict(pairs)
        twice = twice or len(made) < len(pairs)
        return made

    try:
        content = json.loads(text, object_pairs_hook=built)
    except json.JSONDecodeError as error:
        line = Breaks(text).line(error.pos)
        raise FileError(f"{name}, line {line}: {error.msg} (column {error.colno})") from error
    except ValueError as error:
        raise FileError(f"{name}: {error}") from error
    if twice:
        _refuse_duplicate(name, text)
    if lines is not None:
        breaks = Breaks(text)
        for container, (_, entries) in zip(_containers(content), _entries(text), strict=True):
            keys = container if isinstance(container, dict) else range(len(container))
            numbers = (breaks.line(entry.start()) for entry in entries)
            lines[id(container)] = dict(zip(keys, numbers, strict=True))
    return content


def _refuse_duplicate(name: str, text: str) -> None:
    """Tells of the first key that stands twice in one object, and on which two lines."""
    breaks = Breaks(text)
    for bracket, entries in _entries(text):
        first: dict[str, int] = {}
        for entry in entries if bracket == "{" else ():
            key = json.loads(entry[0])
            line = breaks.line(entry.start())
            if key in first:
                told = f"key {key!r} stands there twice, first on line {first[key]}"
                raise FileError(f"{name}, line {line}: {told}")
            first[key] = line


def _containers(content: Any) -> Iterator[Any]:
    """Every object and array of a content, in the order in which they begin in the text."""
    pending = [content]
    while pending:
        item = pending.pop()
        if isinstance(item, (dict, list)):
            yield item
            pending.extend(reversed(item.values() if isinstance(item, dict) else item))


_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]++')


def _entries(text: str) -> list[tuple[str, list[re.Match[str]]]]:
    """Every object and array of a text, in the order in which they begin.

    Of each its bracket, and for each entry the first token: a key, or how an element begins. The
    text is one that json has read.
    """
    found: list[tuple[str, list[re.Match[str]]]] = []
    stack: list[list[re.Match[str]]] = []
    begins = False
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in {"}", "]"}:
            stack.pop()
            begins = False
        elif mark == ",":
            begins = True
        else:
            if begins:
                stack[-1].append(token)
            begins = mark in {"{", "["}
            if begins:
                stack.append([])
                found.append((mark, stack[-1]))
    return found
