"""``types.SimpleNamespace``: its attributes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from unifig import hookimpl

types = ("types:SimpleNamespace",)
rebuild_as = "dataclasses"


@hookimpl
def update(obj: SimpleNamespace) -> dict[str, Any]:
    """The attributes of the namespace, in the order they were set."""
    return dict(vars(obj))
