r"""Overrides as Hydra's grammar has them: the text that Hydra reads as a value, and nothing else.

>>> override(("model", "a.b"), text_of("it's ${x}"), (None, None))
('model', "{a.b:'it\\'s \\${x}'}")
"""

from __future__ import annotations

import re
from typing import Any, Final

from unifig import join


class NoTextError(Exception):
    """There is no text that Hydra reads as it; the message says why."""


Path = tuple[str | int, ...]

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")
_INT: Final = re.compile(r"[+-]?(0|[1-9](_?[0-9])*)")
_FLOAT: Final = re.compile(
    r"[+-]?((0|[1-9](_?[0-9])*)(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][+-]?[0-9](_?[0-9])*)?"
)
_NO_TEXT: Final = re.compile(
    r"[+-]?[0-9._]+(e[+-]?[0-9_]+)?|[+-]?(inf|nan)|true|false|null", re.IGNORECASE
)
"""What in the place of a mapping's key is, or may be, no text to Hydra."""
_PLAIN: Final = re.compile(r"(?!(?:true|false|null|inf|nan)\Z)[a-z_/][a-z0-9_./-]*", re.IGNORECASE)
"""A text that needs no quotes."""
_IN_KEY: Final = re.compile(r"[A-Za-z0-9_/\\+.$%*@?|()\[\]{}:=, \t-]+")
_TO_ESCAPE: Final = re.compile(r"[\\()\[\]{}:=, \t]")
_INTERPOLATION: Final = re.compile(r"(\\*)\$\{")
_QUOTE: Final = re.compile(r"(\\*)('|\Z)")
_MASK: Final = "***"
_MOST_DIGITS: Final = 4000  # Python itself reads no number of many more


def override(path: Path, text: str, key_types: tuple[str | None, ...]) -> tuple[str, str]:
    """The key and the text of an override that gives ``text`` to what stands at a path.

    Where Hydra can't name the place, it gives a mapping to what is above it, to be merged there.
    ``key_types`` are the types of the segments, where these are no texts. Raises NoTextError where
    nothing can be named.
    """
    typed = list(zip(path, key_types, strict=True))
    count = next(
        (at for at, (key, type_) in enumerate(typed) if not _is_name(key, type_)), len(path)
    )
    for key, type_ in reversed(typed[count:]):
        text = f"{{{_key_text(key, type_)}:{text}}}"
    name = ".".join(map(str, path[:count]))
    if not name or _INDEX.fullmatch(name):
        raise NoTextError(f"Hydra has no name for the key {join(path[:1])!r}")
    return name, text


def _is_name(key: str | int, key_type: str | None) -> bool:
    """Whether Hydra finds by a key what stands there."""
    if isinstance(key, int):
        return True
    if key_type in ("int", "float", "bool", "bytes"):
        return False
    return _NAME.fullmatch(key) is not None or _INDEX.fullmatch(key) is not None


def _key_text(key: str | int, key_type: str | None) -> str:
    """A key of a mapping. Hydra takes no quotes there."""
    if isinstance(key, int):
        raise NoTextError("Hydra can't name a part of a list below a key that it can't name")
    if key_type in ("int", "float", "bool"):
        return key
    if key_type == "bytes" or _NO_TEXT.fullmatch(key) or not _IN_KEY.fullmatch(key):
        raise NoTextError(f"no override has {key!r} as a key")
    return _TO_ESCAPE.sub(r"\\\g<0>", key)


def text_of(value: Any, typed: str | None = None) -> str:
    """The text that Hydra reads as a value of plain data.

    It is the one that somebody ``typed`` for a number, where Hydra reads that as they meant it.
    Raises NoTextError for what no text stands for.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return typed if typed is not None and _is_typed(value, typed) else _number(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        inner = (f"{_key_text(key, None)}:{text_of(item)}" for key, item in value.items())
        return f"{{{','.join(inner)}}}"
    return f"[{','.join(map(text_of, value))}]"


def _is_typed(value: float, typed: str) -> bool:
    form = _INT if isinstance(value, int) else _FLOAT
    if len(typed) > _MOST_DIGITS or form.fullmatch(typed) is None:
        return False
    return repr(type(value)(typed)) == repr(value)


def _number(value: float) -> str:
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:
        raise NoTextError("it has too many digits")
    return repr(value)


def _string(text: str) -> str:
    if text == "???":
        raise NoTextError("Hydra takes ??? for a value that is missing")
    if _MASK in text:
        raise NoTextError("a part of it is masked in the record, or looks like that")
    if "\0" in text or not _is_unicode(text):
        raise NoTextError("no command line can hold its characters")
    if _PLAIN.fullmatch(text):
        return text
    # OmegaConf reads \${ as a text, Hydra \' as a quote; backslashes before either are doubled.
    return quoted(_INTERPOLATION.sub(lambda found: f"{found[1] * 2}\\${{", text))


def quoted(text: str) -> str:
    """The text of a text, in which Hydra finds interpolations."""
    return f"'{_QUOTE.sub(_escaped, text)}'"


def _escaped(found: re.Match[str]) -> str:
    return found[1] * 2 + (r"\'" if found[2] else "")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
