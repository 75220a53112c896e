"""A run as data, whole: what ``unifig show --json`` and exports have of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unifig import Flat
from unifig.display import columns
from unifig.display.columns import Line


def of_run(
    line: Line, flat: Flat, is_wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, Any]:
    """All of a run but its history; of its config and its summary the flat keys that are wanted."""
    run = line.run
    parts = {"last": line.part("summary"), "min": line.part("min"), "max": line.part("max")}
    keys = dict.fromkeys([*parts["last"], *parts["min"]])
    return {
        **columns.known(run),
        "metadata": run.metadata,
        "packages": run.packages,
        "config": {key: {"value": flat[key], **told(flat, key)} for key in flat if is_wanted(key)},
        "summary": {
            key: {name: part[key] for name, part in parts.items() if key in part}
            for key in keys
            if is_wanted(key)
        },
    }


def told(flat: Flat, key: str) -> dict[str, Any]:
    """What is known of a flat key beside its value."""
    origin = flat.origins.get(key)
    found = {
        "origin": None if origin is None else origin.as_dict(),
        "type": flat.types.get(key),
        "key_type": flat.key_types.get(key),
    }
    return {name: it for name, it in found.items() if it is not None}
