"""YAML for OmegaConf, made of a record, with interpolations as they were written."""

from __future__ import annotations

import re
from typing import Any, Final

import unifig
from unifig import ConversionError, Flat, Origin, Part, Rebuilt, Wanted, split

_MASK: Final = "***"
_MISSING: Final = "???"
_INTERPOLATION: Final = re.compile(r"(\\*)\$\{")


class _LostError(Exception):
    """A value that YAML can't give OmegaConf; the message says why."""


def rebuilt(part: Part) -> Rebuilt:
    """YAML with all values but those that are missing, and those that are secret."""
    done = Rebuilt()
    flat = Flat()
    flat.key_types.update(part.values.key_types)
    for key, origin in part.origins.items():
        try:
            given = _given(key, origin, part)
        except _LostError as error:
            done.lost[key] = str(error)
            given = None
        if given is not None:
            flat.update(given)
            flat.types.update(given.types)
        elif any(isinstance(segment, int) for segment in split(key)):
            flat[key] = _MISSING  # or others would move up in the list
    if flat:
        done.texts["yaml"] = unifig.to_yaml(flat)
    return done


def _given(key: str, origin: Origin, part: Part) -> Flat | None:
    """What is to stand at a key; None where nothing is, for it is missing or secret."""
    one = part.wanted.get(key)
    raw = None if one is not None and one.changed else _raw(one, origin)
    if raw is None and one is None:
        return None
    given = Flat({key: raw if one is None or raw is not None else _escaped(one.value)})
    if raw is None and origin.type is not None:
        given.types[key] = origin.type
    try:
        # By itself, and not as an element: a list is written whole.
        alone = Flat({"value": given[key]})
        if given.types:
            alone.types["value"] = given.types[key]
        unifig.to_yaml(alone)
    except ConversionError as error:
        raise _LostError(str(error)) from None
    return given


def _raw(one: Wanted | None, origin: Origin) -> Any:
    """A value with the texts of its interpolations; None where it has none that can be given."""
    form = origin.form or {}
    if origin.raw is not None and _MASK not in origin.raw:
        # A variable is found from everywhere.
        is_found = not form.get("inside") or origin.kind == "env"
        return origin.raw if is_found and (one is not None or origin.kind == "env") else None
    if one is not None and "raw" in form:
        return _with_texts(one.value, form["raw"], "")
    return None


def _with_texts(value: Any, texts: dict[str, str], at: str) -> Any:
    """A list in which interpolations stand again, by their indexes."""
    if at in texts:
        return texts[at]
    if isinstance(value, list):
        inner = f"{at}." if at else ""
        return [_with_texts(item, texts, f"{inner}{i}") for i, item in enumerate(value)]
    return _escaped(value)


def _escaped(value: Any) -> Any:
    r"""A value that OmegaConf is to read as it is: \${ is a text to it."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_escaped, value))
    if not isinstance(value, str):
        return value
    if value == _MISSING:
        raise _LostError("OmegaConf takes ??? for a value that is missing")
    if _MASK in value:
        raise _LostError("a part of it is masked in the record, or looks like that")
    return _INTERPOLATION.sub(lambda found: f"{found[1] * 2}\\${{", value)
