"""Names of folders as Hive writes them, ``config.lr=0.1``: engines take them for values."""

from __future__ import annotations

import math
import re
from typing import Any, Final

MISSING: Final = "__HIVE_DEFAULT_PARTITION__"
"""What stands in a name where there is no value."""

_SPECIAL: Final = re.compile("[\x00-\x1f\x7f\"#%'*/:=?\\\\{\\[\\]^<>|]")
"""What Hive and Spark escape; NUL, which no name has; and what no name on Windows has."""


def folder(name: str, value: Any) -> str:
    """The name of the folder of all lines that have this value; None for those that have none.

    >>> folder("config.data", "a/b=100%"), folder("group", None)
    ('config.data=a%2Fb%3D100%25', 'group=__HIVE_DEFAULT_PARTITION__')
    """
    return f"{prefix(name)}{MISSING if value is None else _escaped(_text(value))}"


def prefix(name: str) -> str:
    """What the names of all folders of a column begin with."""
    return f"{_escaped(name)}="


def holds(text: str) -> bool:
    """Whether the name of a folder can hold a text: the empty one is no value to Spark."""
    return text not in {"", MISSING}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", text)


def _text(value: Any) -> str:
    """A value as engines read it: floats as Java has them, which all others read as well."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return "NaN" if math.isnan(value) else repr(value)
    return str(value)
