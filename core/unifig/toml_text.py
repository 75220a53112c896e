"""TOML: its content by the standard library, and the line of each key and element."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from .errors import FileError
from .lines import Breaks, Lines


def parse(name: str, text: str, lines: Lines | None) -> Any:
    """The content of a TOML text.

    ``lines``, where given, receives the line of each key and element, or nothing at all where they
    can't be found with certainty. Raises FileError for what is no TOML.
    """
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise FileError(f"{name}: {error}") from error
    if lines is not None:
        lines.update(find_lines(text, content))
    return content


def find_lines(text: str, content: dict[str, Any]) -> Lines:
    """The lines of a text that ``tomllib`` has read as ``content``; empty where it is lost in it.

    The text is walked with its content in hand: each key and element must be there in the content,
    each once, and all of them must have been met in the end.
    """
    scan = _Scan(text, content)
    try:
        scan.document()
    except _LostError:
        return {}
    return scan.lines if scan.is_complete() else {}


class _LostError(Exception):
    """The text is not what the scanner takes it for."""


# Possessive groups are left out: Python before 3.11.4 lets them fail where they match.
_BLANK: Final = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*")
_KEY: Final = re.compile(r"""([A-Za-z0-9_-]++)|"(?:[^"\\\n]++|\\.)*"|'[^'\n]*+'""")
_DOT: Final = re.compile(r"[ \t]*+\.[ \t]*+")
_EQUALS: Final = re.compile(r"[ \t]*+=[ \t]*+")
_HEADER_END: Final = re.compile(r"[ \t]*+\]")
_SCALAR: Final = re.compile(
    r""""{3}(?:[^"\\]++|\\.|"{1,2}(?!"))*"{3,5}
       |\'{3}(?:[^\']++|\'{1,2}(?!\'))*\'{3,5}
       |"(?:[^"\\\n]++|\\.)*"
       |\'[^\'\n]*+\'
       |[^\s,\[\]{}#"\'][^,\]}#\n]*+""",
    re.VERBOSE | re.DOTALL,
)
"""A value that is neither an array nor an inline table, a date with a blank in it included."""


class _Scan:
    """One walk over a text. Positions in it come in and go out of the methods that read it."""

    def __init__(self, text: str, content: dict[str, Any]) -> None:
        self.text = text
        self.content = content
        self.breaks = Breaks(text)
        self.lines: Lines = {}
        self.met: dict[int, int] = {}  # how many elements of an array of tables, by its id

    def document(self) -> None:
        """Reads the whole text: headers, and the keys under each."""
        table: Any = self.content
        at = self._blank(0)
        while at < len(self.text):
            if self.text.startswith("[", at):
                table, at = self._header(at)
            else:
                at = self._pair(table, at)
            at = self._blank(at)

    def is_complete(self) -> bool:
        """Whether each key and element of the content has been met."""
        pending: list[Any] = [self.content]
        while pending:
            container = pending.pop()
            is_table = isinstance(container, dict)
            keys = container.keys() if is_table else range(len(container))
            if self.lines.get(id(container), {}).keys() != set(keys):
                return False
            values = container.values() if is_table else container
            pending.extend(value for value in values if isinstance(value, (dict, list)))
        return True

    def _header(self, at: int) -> tuple[Any, int]:
        """Reads ``[a.b]`` or ``[[a.b]]``; gives the table that the keys below it belong to."""
        line = self.breaks.line(at)
        brackets = 2 if self.text.startswith("[[", at) else 1
        keys, at = self._keys(self._blank(at + brackets))
        for _ in range(brackets):
            at = self._past(_HEADER_END, at)
        table: Any = self.content
        for key in keys[:-1]:
            table = self._inside(self._meet(table, key, line))
        found = self._meet(table, keys[-1], line)
        if brackets == 2:
            if not isinstance(found, list):
                raise _LostError
            index = self.met.get(id(found), 0)
            self.met[id(found)] = index + 1
            found = self._meet(found, index, line)
        return found, at

    def _inside(self, found: Any) -> Any:
        """Where a header leads on: into a table, or the latest table of an array."""
        if isinstance(found, list):
            index = self.met.get(id(found), 0) - 1
            if not 0 <= index < len(found):
                raise _LostError
            return found[index]
        return found

    def _pair(self, table: Any, at: int) -> int:
        """Reads ``a.b = value``, in a table or an inline table."""
        line = self.breaks.line(at)
        keys, at = self._keys(at)
        for key in keys[:-1]:
            table = self._meet(table, key, line)
        return self._value(self._meet(table, keys[-1], line), self._past(_EQUALS, at))

    def _value(self, value: Any, at: int) -> int:
        """Reads a value, which must be of the kind that it is in the content."""
        opening = self.text[at : at + 1]
        kind = {"[": list, "{": dict}.get(opening)
        if isinstance(value, (list, dict)) is (kind is None) or (kind and type(value) is not kind):
            raise _LostError
        if kind is None:
            return self._past(_SCALAR, at)
        closing = "]" if kind is list else "}"
        at = self._blank(at + 1)
        index = 0
        while not self.text.startswith(closing, at):
            if kind is list:
                at = self._value(self._meet(value, index, self.breaks.line(at)), at)
            else:
                at = self._pair(value, at)
            index += 1
            at = self._blank(at)
            if self.text.startswith(",", at):
                at = self._blank(at + 1)
        return at + 1

    def _meet(self, container: Any, key: Any, line: int) -> Any:
        """What stands at a key or index of the content; its line is where it is met first."""
        if type(container) is not (dict if isinstance(key, str) else list):
            raise _LostError
        try:
            value = container[key]
        except LookupError:
            raise _LostError from None
        self.lines.setdefault(id(container), {}).setdefault(key, line)
        return value

    def _keys(self, at: int) -> tuple[list[str], int]:
        """Reads a key, which may be dotted: its parts."""
        keys: list[str] = []
        while True:
            match = _KEY.match(self.text, at)
            if match is None:
                raise _LostError
            keys.append(match[1] or _unquoted(match[0]))
            dot = _DOT.match(self.text, match.end())
            if dot is None:
                return keys, match.end()
            at = dot.end()

    def _blank(self, at: int) -> int:
        """Where blanks, line breaks and comments end."""
        return self._past(_BLANK, at)

    def _past(self, pattern: re.Pattern[str], at: int) -> int:
        match = pattern.match(self.text, at)
        if match is None:
            raise _LostError
        return match.end()


def _unquoted(key: str) -> str:
    if "\\" not in key or key.startswith("'"):
        return key[1:-1]
    (value,) = tomllib.loads(f"key = {key}").values()
    return str(value)
