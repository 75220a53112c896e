"""What the user sets for all programs of a project: which values are masked always, and never.

From the environment, ``UNIFIG_MASK_ALWAYS=db.host,*.private`` and ``UNIFIG_MASK_NEVER``, and from
the nearest ``pyproject.toml``, upwards from the working directory; what both say counts::

    [tool.unifig]
    mask-always = ["*.private", "db.host"]
    mask-never = ["model.hub_token_name"]
"""

from __future__ import annotations

import os
from typing import Any, Final, NamedTuple

from .errors import FileError
from .messages import excerpt, near

ALWAYS: Final = "UNIFIG_MASK_ALWAYS"
NEVER: Final = "UNIFIG_MASK_NEVER"

_ALWAYS_KEY: Final = "mask-always"
_NEVER_KEY: Final = "mask-never"


class Patterns(NamedTuple):
    """Patterns of flat keys; what they mean is :mod:`unifig.masking`'s to say."""

    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


def read_patterns() -> Patterns:
    """The user's patterns, read anew.

    Raises FileError for a ``pyproject.toml`` that can't be read, or that has them in a wrong form.
    """
    path = _nearest()
    table = {} if path is None else _table(path)
    return Patterns(
        _of_environment(ALWAYS) + _of_table(path, table, _ALWAYS_KEY),
        _of_environment(NEVER) + _of_table(path, table, _NEVER_KEY),
    )


def _of_environment(name: str) -> tuple[str, ...]:
    patterns = (pattern.strip() for pattern in os.environ.get(name, "").split(","))
    return tuple(pattern for pattern in patterns if pattern)


def _nearest() -> str | None:
    try:
        folder = os.getcwd()  # noqa: PTH109 - as text, for pathlib takes milliseconds to load
    except FileNotFoundError:
        return None  # the working directory was deleted
    while True:
        path = os.path.join(folder, "pyproject.toml")  # noqa: PTH118
        if os.path.isfile(path):  # noqa: PTH113
            return path
        folder, inner = os.path.dirname(folder), folder  # noqa: PTH120
        if folder == inner:
            return None


def _table(path: str) -> dict[str, Any]:
    """What stands in ``[tool.unifig]``; a file that names neither it nor masks is not parsed."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
    except OSError as error:
        raise FileError(
            f"{path}: can't be read: {error.strerror}. unifig looks there for {_ALWAYS_KEY} and "
            f"{_NEVER_KEY} before it shows a value"
        ) from error
    if b"unifig" not in data or b"mask" not in data:
        return {}
    import tomllib  # most projects have nothing to be read

    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # not UTF-8, or no TOML
        raise FileError(f"{path}: {error}") from error
    table: Any = content
    for name in ("tool", "unifig"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise FileError(f"{path}: {name} is {excerpt(table)}: a table was expected")
    found: dict[str, Any] = table
    for key in found:
        if key.startswith("mask") and key not in (_ALWAYS_KEY, _NEVER_KEY):
            told = near(key, (_ALWAYS_KEY, _NEVER_KEY))
            raise FileError(f"{path}: [tool.unifig] has {key!r}, which is no setting{told}")
    return found


def _of_table(path: str | None, table: dict[str, Any], key: str) -> tuple[str, ...]:
    patterns = table.get(key, [])
    if not isinstance(patterns, list) or not all(
        isinstance(pattern, str) and pattern.strip() for pattern in patterns
    ):
        raise FileError(
            f"{path}: {key} in [tool.unifig] is {excerpt(patterns)}: write a list of flat keys, as "
            f'in {key} = ["db.host", "*.private"]'
        )
    return tuple(pattern.strip() for pattern in patterns)
