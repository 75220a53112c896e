"""Configuration files: YAML, JSON and TOML, each read safely and to the letter.

A file that is not what it should be is one FileError that names the file, the line and what was
expected.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, Final

from . import json_text, toml_text, yaml_text
from .errors import FileError
from .flat import Flat, join, unflatten
from .flat import Path as Path_
from .lines import Lines, Located
from .restoring import retyped


def read_file(path: PurePath | str) -> dict[str, Any]:
    """The content of a configuration file, whose suffix says its format; empty for an empty one.

    Raises FileError for a file that is missing, unreadable, not UTF-8, malformed, or no mapping at
    the top; for a second document, a duplicate key and an unknown tag.
    """
    return _read(path, None)


def read_values(path: PurePath | str) -> dict[str, Any]:
    """The content of a configuration file, each value wrapped to say where it stands.

    What :func:`read_file` gives, with each value that is recorded as one (a scalar, a list without
    mappings, an empty mapping) as a ``Value`` of the kind ``file``, whose place is the file's
    absolute path and the line of the value's key, or of the element in a list. What a YAML alias
    or ``<<`` repeats has the line where it is written; a value that is an alias, that of its key.
    Where the line is not known for certain, the place is the path alone.

    Raises FileError as :func:`read_file` does.
    """
    located = read_located(path)
    return located.values(located.content, os.path.abspath(path))  # noqa: PTH100 - keeps links


def read_located(path: PurePath | str) -> Located:
    """The content of a configuration file and its lines; raises as :func:`read_file` does."""
    lines: Lines = {}
    return Located(str(path), _read(path, lines), lines)


def to_yaml(flat: Mapping[str, Any]) -> str:
    """YAML text that :func:`read_values` reads as these values, and OmegaConf as far as it can.

    ``flat`` has values by flat key. Of a :class:`Flat`, keys that were numbers, True, False or None
    are such again, and so are bytes, sets and times, which YAML has, in lists as well; any other
    original type is left out, as it was when it was recorded.

    Raises ConversionError for what YAML can't hold, FlatKeyError for keys that clash.
    """
    known = flat if isinstance(flat, Flat) else Flat(flat)
    values = {
        key: retyped(value, type_)
        if (type_ := known.types.get(key)) and _is_of_yaml(type_)
        else value
        for key, value in known.items()
    }
    return yaml_text.written(_with_keys(unflatten(values), known.key_types, ()))


_OF_YAML: Final = frozenset(("bytes", "set", "datetime.date", "datetime.datetime"))
_PLAIN: Final = frozenset(("list", "NoneType", "bool", "int", "float", "str"))


def _is_of_yaml(type_: str) -> bool:
    """Whether a type, with those of its elements, is one that YAML gives back."""
    names = set(re.split(r"\[|\]|, ", type_)) - {""}
    return not names.isdisjoint(_OF_YAML) and names <= _OF_YAML | _PLAIN


_KEYS: Final[dict[str, Callable[[str], Any]]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text == "True",
    "NoneType": lambda _: None,
}


def _with_keys(node: Any, key_types: Mapping[str, str], path: Path_) -> Any:
    """Nested data whose keys have the types that they had."""
    if isinstance(node, list):
        return [_with_keys(item, key_types, (*path, at)) for at, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        here = (*path, key)
        original = _KEYS.get(key_types.get(join(here), ""), str)(key)
        made[original] = _with_keys(value, key_types, here)
    return made


def _read(path: PurePath | str, lines: Lines | None) -> dict[str, Any]:
    parse = PARSERS.get(PurePath(path).suffix.lower())
    if parse is None:
        raise FileError(f"{path}: the suffix says no known format; known are {', '.join(PARSERS)}")
    text = _read_text(path)
    try:
        content = parse(str(path), text, lines)
    except RecursionError as error:
        raise FileError(f"{path}: nested too deeply to be a configuration") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise FileError(
            f"{path}: a mapping of keys to values was expected at the top, not "
            f"{type(content).__name__}"
        )
    return content


def _read_text(path: PurePath | str) -> str:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such file, looked for from {Path.cwd()}") from error
    except OSError as error:
        raise FileError(f"{path}: can't be read: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{path}, line {line}: not UTF-8 ({error.reason}): save it as UTF-8"
        ) from error


PARSERS: Final[dict[str, Callable[[str, str, Lines | None], Any]]] = {
    ".yaml": yaml_text.parse,
    ".yml": yaml_text.parse,
    ".json": json_text.parse,
    ".toml": toml_text.parse,
}
"""How a file is parsed, by its suffix."""
