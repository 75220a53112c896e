"""YAML made of what came from configuration files."""

from __future__ import annotations

from typing import Any, Final

import unifig
from unifig import ConversionError, Flat, Part, Rebuilt, join, split

from ._gaps import TOLD, above_lists, in_lists_with_gaps

_ENTRY: Final = frozenset(("desc", "value"))
"""The keys of an entry at the top of the core's own files. A mapping that has no others is taken
for an entry there, and so is written as the value of one."""


def rebuilt(part: Part) -> Rebuilt:
    """YAML with the values that were chosen, or are changed; lists whole."""
    done = Rebuilt()
    groups = {above_lists(key) for key in part.wanted}
    flat = Flat((key, value) for key, value in part.values.items() if above_lists(key) in groups)
    flat.key_types.update(part.values.key_types)
    _leave_out(flat, dict.fromkeys(in_lists_with_gaps(flat), TOLD), part, done)
    _leave_out(flat, _typed(flat, part.values.types), part, done)
    if flat:
        done.texts["yaml"] = unifig.to_yaml(_in_entries(flat, part))
    return done


def _leave_out(flat: Flat, reasons: dict[str, str], part: Part, done: Rebuilt) -> None:
    """Takes keys out of what is written, and the lists that they stand in, and tells of them."""
    groups = {above_lists(key): why for key, why in reasons.items()}
    for key in [key for key in flat if above_lists(key) in groups]:
        del flat[key]
        if key in part.wanted:
            done.lost[key] = groups[above_lists(key)]


def _typed(flat: Flat, types: dict[str, str]) -> dict[str, str]:
    """Gives values their types, a changed one where it can be; those that YAML can't hold."""
    refused: dict[str, str] = {}
    for key, value in flat.items():
        alone = Flat(value=value)
        if key in types:
            alone.types["value"] = types[key]
        for typed in (True, False):
            try:
                unifig.to_yaml(alone if typed else Flat(alone))
            except ConversionError as error:
                refused[key] = str(error)
                continue
            refused.pop(key, None)
            if typed and key in types:
                flat.types[key] = types[key]
            break
    return refused


def _in_entries(flat: Flat, part: Part) -> Flat:
    """The same for the core's own files, where a mapping is an entry if it looks like one."""
    inner: dict[Any, set[Any]] = {}
    for key in flat:
        path = split(key)
        inner.setdefault(path[0], set()).update(path[1:2] or (None,))
    by_core = {split(key)[0] for key, origin in part.origins.items() if origin.adapter is None}
    entries = {name for name, names in inner.items() if names <= _ENTRY and name in by_core}

    def moved(key: str) -> str:
        top, *below = split(key)
        return join((top, "value", *below)) if below and top in entries else key

    made = Flat((moved(key), value) for key, value in flat.items())
    made.types.update((moved(key), type_) for key, type_ in flat.types.items())
    made.key_types.update((moved(key), type_) for key, type_ in flat.key_types.items())
    return made
