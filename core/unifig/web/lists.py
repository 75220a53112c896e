"""Lists of names as one text: commas between them, double quotes around one that needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_NAME: Final = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|\Z)', re.DOTALL)
_PLAIN: Final = re.compile(r'(?![\s"])[^,]*(?<!\s)', re.DOTALL)


def read_list(text: str) -> list[str]:
    """The names in a text, without those that are empty.

    >>> read_list('config.lr, "config.a,b"')
    ['config.lr', 'config.a,b']
    """
    found = []
    for match in _NAME.finditer(text):
        quoted, plain = match.groups()
        found.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
    return [name for name in found if name]


def write_list(names: Iterable[str]) -> str:
    """The inverse of :func:`read_list`, for names that are not empty."""
    return ",".join(name if _PLAIN.fullmatch(name) else _quoted(name) for name in names)


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
