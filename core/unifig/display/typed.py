"""Values as people type them."""

from __future__ import annotations

from typing import Any

from unifig import FileError, Flat
from unifig.yaml_text import parse


def typed(what: str, text: str, flat: Flat, key: str) -> Any:
    """A value for a flat key: as YAML has it, but text where the record has text.

    ``what`` says where it was typed. What is no YAML is the text that it is.
    """
    if type(flat.get(key)) is str and key not in flat.types:
        return text
    try:
        return parse(f"{what} {key}", text, None)
    except FileError:
        return text
