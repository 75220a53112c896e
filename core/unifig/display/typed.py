"""Values as people type them."""

from __future__ import annotations

import json
import math
from typing import Any

from unifig import FileError, Flat
from unifig.values import number, same
from unifig.yaml_text import parse


def typed(what: str, text: str, flat: Flat, key: str) -> Any:
    """A value for a flat key: as YAML has it, but text where the record has text.

    ``what`` says where it was typed. What is no YAML is the text that it is. Raises FileError for
    what has too many levels.
    """
    if type(flat.get(key)) is str and key not in flat.types:
        return text
    try:
        return parse(f"{what} {key}", text, None)
    except FileError as error:
        if isinstance(error.__cause__, RecursionError):
            raise
        return text


def written(flat: Flat, key: str) -> str:
    """The value at a flat key as :func:`typed` reads it; the inverse for any recorded value."""
    value = flat[key]
    if isinstance(value, str):
        return value if same(typed("", value, flat, key), value) else _as_yaml(value)
    return _as_yaml(value)


def _as_yaml(value: Any) -> str:
    """Plain data as YAML, on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_as_yaml, value))}]"
    if isinstance(value, str):
        return f'"{"".join(map(_letter, value))}"'
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return number(value) if type(value) is int else json.dumps(value)


def _letter(letter: str) -> str:
    """A letter of a text in double quotes."""
    if letter.isprintable() and letter not in '"\\':
        return letter
    return f"\\U{ord(letter):08x}"
