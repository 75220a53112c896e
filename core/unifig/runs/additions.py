"""Metadata that somebody adds to what a run finds out of itself: plain data by name, masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unifig.errors import RunError
from unifig.flat import Path, join
from unifig.masking import mask_argv, masked, masker
from unifig.messages import excerpt
from unifig.origin import PROGRAM, Origin

from .record import ABOUT

REPLACEABLE: Final = ("program", "argv", "command", "arguments", "cwd")
"""What a run finds out of itself that whoever opens it may know better."""

KNOWN: Final = frozenset(
    {*ABOUT, *REPLACEABLE, "configs", "host", "os", "pid", "process", "python", "executable"}
    | {"commit", "branch", "dirty", "unifig", "packages", "rank", "world_size"}
)
"""The names of all that every run tells of itself."""

_DEEPEST: Final = 100  # levels
_TOLD: Final = Origin("code", PROGRAM)


def metadata_of(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """What somebody adds to what is known of a run, as it is recorded: plain data, masked.

    Raises RunError for what is no such data, and for a name that is not free.
    """
    if given is not None and not isinstance(given, Mapping):
        raise RunError(f"metadata is {excerpt(given)}: a mapping was expected")
    found: dict[str, Any] = _told((), given or {})
    for name, value in found.items():
        if name in KNOWN and name not in REPLACEABLE:
            free = ", ".join(REPLACEABLE)
            raise RunError(
                f"metadata has {name!r}, which unifig records itself: choose another name (of "
                f"those that it records {free} may be replaced)"
            )
        is_line = name in ("argv", "command", "arguments")
        parts = value if is_line and isinstance(value, list) else [value]
        if name in REPLACEABLE and (
            is_line != isinstance(value, list) or not all(isinstance(part, str) for part in parts)
        ):
            expected = "a list of texts" if is_line else "text"
            raise RunError(f"metadata {name!r} is {excerpt(value)}: {expected} was expected")
    return found


def _told(path: Path, value: Any) -> Any:
    """Plain data, masked, at a place in metadata."""
    where = f"metadata {join(path)!r}" if path else "metadata"
    if len(path) > _DEEPEST:
        raise RunError(f"{where} is more than {_DEEPEST} levels deep, or contains itself")
    if isinstance(value, Mapping):
        for key in value:
            if type(key) is not str:
                raise RunError(f"{where} has the key {excerpt(key)}: keys are texts")
        return {key: _told((*path, key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        words = all(type(item) is str for item in value)
        return [
            _told((*path, at), item) for at, item in enumerate(mask_argv(value) if words else value)
        ]
    if value is None or type(value) in (bool, int, float, str):
        reason = masker().reason(path, value, _TOLD)
        return value if reason is None else masked(value, reason)
    raise RunError(
        f"{where} is {excerpt(value)}: plain data was expected, that is None, bool, int, float, "
        "str, lists of these, and mappings of these with texts as keys"
    )
