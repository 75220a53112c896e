"""A configuration as an event has it, and as a store keeps it: with origins that values share.

::

    {"set":{"lr":0.1,"seed":1},"origins":[{"kind":"code","rank":1}],"of":[0,0]}

``origins`` has each origin once, and ``of`` the place of each value's origin in it, in the order
of the values. What is known of mappings and lists as wholes is in ``types``, ``key_types`` and,
for the text of an interpolation, ``branches``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unifig.flat import Flat
from unifig.origin import Origin

from .encoding import dumps, stored_key


def set_text(flat: Flat) -> str:
    """The fields of an event that sets the values of a Flat, as JSON without the braces."""
    table: dict[int, tuple[int, Origin]] = {}  # by identity: many share one
    values, places = [], []
    for key, value in flat.items():
        values.append(f'"{stored_key(key)}":{dumps(value)}')
        places.append(str(_place(table, flat.origins[key])))
    branches = {
        key: _place(table, origin) for key, origin in flat.origins.items() if key not in flat
    }
    origins = ",".join(dumps(origin.as_dict()) for _, origin in table.values())
    text = f'"set":{{{",".join(values)}}},"origins":[{origins}],"of":[{",".join(places)}]'
    more: Mapping[str, Mapping[str, Any]]
    more = {"branches": branches, "types": flat.types, "key_types": flat.key_types}
    return text + "".join(f',"{name}":{dumps(inner)}' for name, inner in more.items() if inner)


def removed_text(name: str, keys: Iterable[str]) -> str:
    """A field of an event that lists flat keys; empty where there are none."""
    keys = list(map(stored_key, keys))
    return f',"{name}":{dumps(keys)}' if keys else ""


def _place(table: dict[int, tuple[int, Origin]], origin: Origin) -> int:
    known = table.get(id(origin))
    if known is None:
        known = table[id(origin)] = len(table), origin
    return known[0]
