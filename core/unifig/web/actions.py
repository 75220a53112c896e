"""Forms that change a view: what they send becomes a part of the address, and is gone from it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Final

from unifig import FilterError
from unifig.display.conditions import composed
from unifig.runs.store.filters import FIELDS

from .brushes import brushed
from .view import View, check_names

Pairs = Sequence[tuple[str, str]]

_PARTS: Final = ("config", "summary")
_ADDED: Final = {"add_column": "columns", "add_group": "group", "add_metric": "metrics"}


def changed(view: View, pairs: Pairs, names: Container[str]) -> View | None:
    """The view that a form asks for; None where none was sent.

    ``names`` are those of what runs have: ``lr`` stands for ``config.lr`` where there is one, else
    for ``summary.lr``. Raises FilterError for a condition or a name that makes no sense.
    """
    if not any(name.startswith("add_") or name == "brush" for name, _ in pairs):
        return None
    sent = dict(pairs)
    after = replace(view, after=None)
    if sent.get("add_name", "").strip():
        after = after.with_filter(_condition(sent, names), joined=sent.get("add_join") == "or")
    for field, name in _ADDED.items():
        if added := sent.get(field, "").strip():
            added = _whole(added, names)
            check_names([added])
            listed = tuple(dict.fromkeys([*getattr(after, name), added]))
            after = after.with_list(name, listed)
    for condition in brushed(pairs):
        if (condition,) not in after.filters:
            after = after.with_filter(condition)
    return after


def _whole(name: str, names: Container[str]) -> str:
    """The name of a value, of which somebody has written the flat key alone."""
    if name in FIELDS:
        return name
    return next((f"{part}.{name}" for part in _PARTS if f"{part}.{name}" in names), name)


def _condition(sent: dict[str, str], names: Container[str]) -> str:
    name, value = _whole(sent["add_name"].strip(), names), sent.get("add_value", "")
    operator = sent.get("add_operator", "=")
    if not value.strip() and not operator.endswith("exists"):
        raise FilterError(f"{name} {operator} has no value: write one, '' for an empty text")
    return composed(name, operator, value)
