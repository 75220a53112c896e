"""A record as it may leave the program: with its secrets masked.

All that leaves comes through here: flat keys, changes that observers are told of, explanations,
texts, pickles and messages. Reading the config is no leaving.
"""

from __future__ import annotations

from typing import Any, Final

from .flat import SCALARS, Flat, Path, split
from .masking import Masker, masker, suspicious, verdicts
from .origin import Origin

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
    for key in origins.keys() - flat.keys():
        origins[key] = screened_origin((*above, *_path(key)), origins[key])
    return flat


def screened_value(path: Path, value: Any, origin: Origin) -> tuple[Any, Origin]:
    """Plain data of any kind that stands at a path, and its origin, with secrets masked."""
    judge = masker()
    if isinstance(value, (dict, list)):
        told = screened_origin(path, origin)
        shown = _screened(judge, path, value, origin)
        return shown, told if shown is value else judge.shown(path, value, told)[1]
    return judge.shown(path, value, origin)


def screened_origin(path: Path, origin: Origin) -> Origin:
    """The origin of a mapping or of a list of mappings, with secrets masked in what it replaced."""
    return masker().shown(path, None, origin)[1]


def _screened(judge: Masker, path: Path, value: Any, origin: Origin) -> Any:
    if isinstance(value, dict):
        return {at: _screened(judge, (*path, at), inner, origin) for at, inner in value.items()}
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        return [_screened(judge, (*path, at), item, origin) for at, item in enumerate(value)]
    return judge.shown(path, value, origin._replace(replaced=()))[0]


def _says_nothing(origin: Origin) -> bool:
    """Whether an origin has no part that could speak of a secret, or be one."""
    _, _, _, name, _, _, _, raw, help_, note, replaced = origin
    return (
        raw is None
        and note is None
        and not replaced
        and (name is None or _harmless[name])
        and (help_ is None or _harmless[help_])
    )


def _path(key: str) -> Path:
    if "[" in key or "\\" in key:
        return split(key)
    return tuple(key.split("."))
