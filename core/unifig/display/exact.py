"""Plain data as JSON for other programs."""

from __future__ import annotations

import json
import math
from typing import Any, Final

_LONGEST: Final = 10**600


def json_text(data: Any, indent: int | None = 2) -> str:
    """Plain data as JSON that any reader takes, and that says all.

    NaN is ``{"$": ["float", "nan"]}``, infinities are ``inf`` and ``-inf`` there, and a whole
    number of over 600 digits is ``{"$": ["int", "0x…"]}``.
    """
    return json.dumps(_exact(data), indent=indent, allow_nan=False)


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_exact, value))
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": ["float", repr(value)]}
    if type(value) is int and not -_LONGEST < value < _LONGEST:
        return {"$": ["int", hex(value)]}
    return value
