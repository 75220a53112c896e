"""Configuration files, by ``pathlib.Path``: YAML, JSON and TOML, with the line of each value.

Inside an object a path is a value.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import unifig
from unifig import Context, Value, hookimpl

if TYPE_CHECKING:
    from pathlib import PurePath

    from unifig import Part, Rebuilt

types = ("pathlib:PurePath",)


@hookimpl
def update(obj: PurePath, context: Context) -> dict[str, Any] | None:
    """The content of the file; None where the path stands inside another object."""
    if context.path:
        return None
    content = unifig.read_values(obj)  # loads the parsers, which few programs need
    place = os.path.abspath(obj)  # noqa: PTH100 - pathlib stays unimported
    return {
        # A mapping and a list that holds one are from the file as well, as a whole.
        key: value if type(value) is Value else Value(value, kind="file", place=place)
        for key, value in content.items()
    }


@hookimpl
def rebuild(part: Part) -> Rebuilt:
    """YAML with what files gave, those of ``--configs`` too: who reads it has the same."""
    from ._yaml_rebuild import rebuilt

    return rebuilt(part)
