r"""Plain data as JSON text that any reader takes, exactly, and back.

What JSON can't hold is an object with the one key ``$``, which no recorded mapping has: a key ``$``
is written ``%24``.

==========================  =================================================================
NaN                         ``{"$":["float","nan"]}``
infinity                    ``1e999``, which every reader takes for it, and puts in its order
an int of over 600 digits   ``{"$":["int","0x…"]}``, for Python reads no long decimal ones
text with a NUL, or half    ``{"$":["text","…"]}``, its UTF-8 in hexadecimal digits: databases
a character in it           and encoders refuse it
==========================  =================================================================

Keys have quotes, backslashes, control characters and ``%`` as in URLs (``a\.b`` is ``a%5C.b``), for
a path in SQLite's JSON functions can't name a key that has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final

_LONGEST: Final = 10**600
_INFINITY: Final = float("inf")
_SPECIAL: Final = re.compile('["\\\\%\x00-\x1f\x7f\ud800-\udfff]')
_ESCAPED: Final = re.compile("(?:%[0-9A-F]{2})+")


def stored_key(key: str) -> str:
    r"""A key as it stands in a record's JSON.

    >>> stored_key(r'say "a\.b"')
    'say %22a%5C.b%22'
    """
    if key.isidentifier():
        return key
    if key == "$":
        return "%24"
    return _SPECIAL.sub(_escape, key)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def original_key(stored: str) -> str:
    """The inverse of :func:`stored_key`."""
    return _ESCAPED.sub(_unescape, stored) if "%" in stored else stored


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogatepass")


def storable(text: str) -> str:
    """A text that any database takes: a NUL, and half a character, as escapes."""
    if "\0" not in text and text.isascii():
        return text
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def dumps(value: Any) -> str:  # noqa: PLR0911 - one for each kind
    """Plain data as JSON text, without blanks.

    >>> dumps({"lr": 1e-5, "betas": [0.9, float("inf")], "a%": None})
    '{"lr":1e-05,"betas":[0.9,1e999],"a%25":null}'
    """
    kind = type(value)
    if kind is str:
        return _text(value)
    if value is None or kind is bool:
        return _NAMES[value]
    if kind is int:
        if -_LONGEST < value < _LONGEST:
            return repr(value)
        return f'{{"$":["int","{value:#x}"]}}'
    if kind is float:
        if value - value == 0:
            return repr(value)
        if value != value:  # noqa: PLR0124 - just what NaN alone is
            return '{"$":["float","nan"]}'
        return "1e999" if value == _INFINITY else "-1e999"
    if issubclass(kind, dict):
        inner = (f"{_quoted(stored_key(key))}:{dumps(item)}" for key, item in value.items())
        return f"{{{','.join(inner)}}}"
    return f"[{','.join(map(dumps, value))}]"


_NAMES: Final = {None: "null", True: "true", False: "false"}
_quoted: Final = encode_basestring


def _text(text: str) -> str:
    if "\0" not in text:
        if text.isascii():
            return _quoted(text)
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return _quoted(text)
    return f'{{"$":["text","{text.encode("utf-8", "surrogatepass").hex()}"]}}'


def loads(text: str | bytes) -> Any:
    """The inverse of :func:`dumps`. Raises ValueError for what it did not write."""
    return decode(json.loads(text))


def decode(data: Any) -> Any:
    """What :func:`dumps` was given, from what ``json.loads`` makes of its text."""
    kind = type(data)
    if kind is dict:
        if "$" in data:
            return _decode_special(data)
        return {original_key(key): decode(item) for key, item in data.items()}
    if kind is list:
        return list(map(decode, data))
    return data


def values_of(text: str) -> dict[str, Any]:
    """The values of a flat JSON object, by stored key."""
    return {key: decode(value) for key, value in json.loads(text).items()}


def flat_values(text: str) -> dict[str, Any]:
    """The same by flat key."""
    return {original_key(key): value for key, value in values_of(text).items()}


def _decode_special(data: Mapping[str, Any]) -> Any:
    match data:
        case {"$": ["float", "nan"]}:
            return float("nan")
        case {"$": ["int", str(digits)]}:
            return int(digits, 16)
        case {"$": ["text", str(digits)]}:
            return bytes.fromhex(digits).decode("utf-8", "surrogatepass")
    raise ValueError(f"{data!r} is no value that was recorded")
