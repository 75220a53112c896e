"""A record as it may leave the program: with its secrets masked.

All that leaves comes through here: flat keys, changes that observers are told of, explanations,
texts, pickles and messages. Reading the config is no leaving.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .flat import SCALARS, Flat, Path, split
from .masking import (
    MASK,
    is_of_text,
    masker,
    references,
    said_by_origin,
    suspicious,
    swaps_of,
    verdicts,
)
from .origin import Origin, Replaced

__all__ = [
    "MASK",
    "is_of_text",
    "reason_of",
    "references",
    "said_by_origin",
    "screened",
    "screened_origin",
    "screened_value",
    "without",
]

_MOST_KNOWN: Final = 100_000  # flat keys


class _Ordinary(dict[str, bool]):
    """Whether nothing in a flat key speaks of a secret; judged once for each key."""

    def __missing__(self, key: str) -> bool:
        path = _path(key)
        ordinary = all(verdicts[part] is None for part in path if isinstance(part, str))
        if len(self) < _MOST_KNOWN:
            self[key] = ordinary
        return ordinary


_ordinary: Final = _Ordinary()


class _Harmless(dict[str, bool]):
    """Whether a text of an origin, its name or its help, holds no secret and speaks of none."""

    def __missing__(self, text: str) -> bool:
        harmless = "=" not in text and verdicts[text] is None and not suspicious(text)
        if len(self) < _MOST_KNOWN:
            self[text] = harmless
        return harmless


_harmless: Final = _Harmless()


def screened(flat: Flat, above: Path = ()) -> Flat:
    """The same Flat, whose secrets are masked, in its values and in all its origins.

    ``above`` is the path of the mapping that its keys are relative to.
    """
    judge = masker()
    origins = flat.origins
    quick = not judge.has_patterns and all(verdicts[at] is None for at in above if type(at) is str)
    ordinary: Origin | None = None  # many values share one
    for key, value in flat.items():
        origin = origins[key]
        if origin is not ordinary and _says_nothing(origin):
            ordinary = origin
        if quick and origin is ordinary and _ordinary[key]:
            kind = value.__class__
            if kind is str:
                # Most texts are short, and the call costs more than the comparison.
                if len(value) < 9 or not suspicious(value):
                    continue
            elif kind in SCALARS:
                continue
        shown, told = judge.shown((*above, *_path(key)), value, origin)
        if told is not origin:
            flat[key], origins[key] = shown, told
    if len(origins) > len(flat):  # some are of mappings
        for key in origins.keys() - flat.keys():
            origins[key] = screened_origin((*above, *_path(key)), origins[key])
    return flat


def screened_value(path: Path, value: Any, origin: Origin) -> tuple[Any, Origin]:
    """A scalar or a list without mappings, and its origin, with secrets masked; else the same."""
    return masker().shown(path, value, origin)


def screened_origin(path: Path, origin: Origin) -> Origin:
    """The origin of a mapping or of a list of mappings, with secrets masked in all its texts."""
    return masker().shown_origin(path, origin)


def reason_of(path: Path, value: Any, origin: Origin) -> str | None:
    """Why a value is secret wherever it is copied to; None where it is not, or shows it itself."""
    reason = masker().reason(path, value, origin)
    return None if reason is not None and is_of_text(reason) else reason


def without(text: str, real: Any, shown: Any) -> str:
    """A text without the secrets of plain data, which is ``shown`` with masks."""
    swaps = [swap for leaf in _masked(real, shown) for swap in swaps_of(leaf, "")]
    for secret, mask in sorted(swaps, key=lambda swap: -len(swap[0])):
        text = text.replace(secret, mask)
    return text


def _masked(real: Any, shown: Any) -> Iterator[Any]:
    """The leaves of plain data that are others where it is shown."""
    if isinstance(real, dict):
        for key, value in real.items():
            yield from _masked(value, shown[key])
    elif isinstance(real, list) and isinstance(shown, list):
        for value, instead in zip(real, shown, strict=True):
            yield from _masked(value, instead)
    elif real is not shown:
        yield real


def _says_nothing(origin: Origin) -> bool:
    """Whether an origin has no part that could speak of a secret, or be one."""
    _, _, _, name, _, _, _, raw, help_, note, replaced, form = origin
    return (
        raw is None
        and form is None
        and note is None
        and (name is None or _harmless[name])
        and (help_ is None or _harmless[help_])
        and (not replaced or all(map(_replaced_nothing, replaced)))
    )


def _replaced_nothing(entry: Replaced) -> bool:
    """The same of what was replaced, where that is one ordinary value."""
    value, origin, _ = entry
    kind = value.__class__
    return (
        kind in SCALARS
        and (kind is not str or len(value) < 9 or not suspicious(value))
        and _says_nothing(origin)
    )


def _path(key: str) -> Path:
    if "[" in key or "\\" in key:
        return split(key)
    return tuple(key.split("."))
