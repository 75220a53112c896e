"""What differs: between two records, and between a record and the defaults; and its digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from .flat import Flat
from .messages import excerpt
from .origin import DEFAULT
from .patterns import matcher
from .values import same

_WHOLE: Final = 10**9  # characters
_AROUND: Final = 20  # characters before and after the place where two texts part


class Diff(NamedTuple):
    """What differs between two records, by flat key; false where nothing does.

    Values are compared with their types: 1 is not 1.0, and neither is True.
    """

    changed: dict[str, tuple[Any, Any]]
    """The value here and the value there, where both have the key."""
    only_here: dict[str, Any]
    only_there: dict[str, Any]

    def __bool__(self) -> bool:
        return any(map(len, self))

    def __str__(self) -> str:
        lines = [(key, *_apart(*pair)) for key, pair in self.changed.items()]
        lines += [(key, excerpt(value), "(not there)") for key, value in self.only_here.items()]
        lines += [(key, "(not here)", excerpt(value)) for key, value in self.only_there.items()]
        return "\n".join(map(_line, lines)) or "no difference"


def _line(told: tuple[str, str, str]) -> str:
    key, here, there = told
    return f"{key if key.isprintable() else repr(key)}: {here} -> {there}"


def _apart(here: Any, there: Any) -> tuple[str, str]:
    """Two values in short, so that it can be seen where they differ."""
    texts = excerpt(here), excerpt(there)
    if texts[0] != texts[1]:
        return texts
    one, other = excerpt(here, _WHOLE), excerpt(there, _WHOLE)
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    part = slice(max(0, at - _AROUND), at + _AROUND)
    return f"…{one[part]}…", f"…{other[part]}…"


def diff(here: Mapping[str, Any], there: Mapping[str, Any]) -> Diff:
    """What differs between two records; both by flat key."""
    return Diff(
        {
            key: (value, there[key])
            for key, value in here.items()
            if key in there and not same(value, there[key])
        },
        {key: value for key, value in here.items() if key not in there},
        {key: value for key, value in there.items() if key not in here},
    )


def chosen(flat: Flat) -> list[str]:
    """The flat keys whose values are not the defaults, as far as these are known.

    A value that somebody chose and whose default nobody knows counts as chosen.
    """
    return [key for key, value in flat.items() if not _is_default(flat, key, value)]


def _is_default(flat: Flat, key: str, value: Any) -> bool:
    origin = flat.origins[key]
    if origin.rank == DEFAULT:
        return True
    defaults = (entry.value for entry in origin.replaced if entry.origin.rank == DEFAULT)
    return any(same(value, default) for default in list(defaults)[:1])


def digest(flat: Mapping[str, Any], ignore: Iterable[str] = ()) -> str:
    """The SHA-256 of a record, 64 hexadecimal digits: the same on every machine and Python.

    Two records have the same digest if :func:`diff` finds nothing between them. Neither the order
    of keys nor origins and original types play a part, nor do the keys that match a pattern in
    ``ignore``.
    """
    import hashlib  # loads a library of cryptography, for this alone

    ignored = matcher(ignore)
    keys = sorted(key for key in flat if not ignored(key))
    lines = [f"{key!a}: {_canonical(flat[key])}\n" for key in keys]
    return hashlib.sha256("".join(lines).encode("ascii")).hexdigest()


def _canonical(value: Any) -> str:
    """Plain data as ASCII text, one for each value that is told apart."""
    if isinstance(value, list):
        return f"[{', '.join(map(_canonical, value))}]"
    if isinstance(value, str):
        return ascii(value)  # in JSON's escapes a pair of surrogates would be another character
    # Decimal text of a long int depends on a setting of the process.
    return hex(value) if type(value) is int else repr(value)
