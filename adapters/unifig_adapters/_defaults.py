"""The default that a class declares for a field, and what it tells of the value that is there.

A value that is the default is told from one that is not; who chose the latter is for nobody to see.
Nothing of the program's runs for that: neither its factories, nor the ``__eq__`` of its classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final

from unifig import Value

ABSENT: Final = object()
"""Stands for a value or a default that is not there."""

_SCALARS: Final = frozenset({type(None), bool, int, str, bytes})
_BY_TEXT: Final = frozenset(
    {float, complex, PosixPath, PurePosixPath, PureWindowsPath, WindowsPath}
)
"""Equal where they are written the same: 0.0 is not -0.0, NaN is NaN, and a case is a case."""
_CONTAINERS: Final = frozenset({list, dict, set, frozenset})
_NAMED: Final = frozenset({type, FunctionType, BuiltinFunctionType})


class Default:
    """What a class declares for one field: its default, ABSENT for none, its help, its form."""

    __slots__ = ("_instead", "_ready", "_value", "form", "help")

    def __init__(
        self, value: Any, help_: str | None = None, form: Mapping[str, Any] | None = None
    ) -> None:
        self.help = help_
        self.form = form
        self._value = value
        self._instead = value if _is_plain(value) else ABSENT
        self._ready = Value(
            value, "default", help=help_, form=form
        )  # shared by all values that are it

    def told(self, value: Any) -> Any:
        """A field's value, with what is known of its origin."""
        if value is ABSENT:
            return Value(None, type="missing", help=self.help, form=self.form)
        if value is self._value or _same(value, self._value):
            return self._ready
        if self._instead is not ABSENT:
            return Value(value, help=self.help, default=self._instead, form=self.form)
        if self.help is None and self.form is None:
            return value
        return Value(value, help=self.help, form=self.form)


def _is_plain(value: Any) -> bool:
    """Whether a value is recorded without running anything of the program's."""
    kind = type(value)
    if kind is tuple:
        return all(map(_is_plain, value))
    if kind in _CONTAINERS:
        return not value
    return kind in _SCALARS or kind in _BY_TEXT or kind in _NAMED or issubclass(kind, Enum)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are surely the same: 1 is not 1.0, nor True."""
    kind = type(one)
    if one is other or kind is not type(other):
        return one is other
    if kind in _SCALARS:
        return bool(one == other)
    if kind in _BY_TEXT:
        return str(one) == str(other)
    if kind is tuple:
        return len(one) == len(other) and all(map(_same, one, other))
    return kind in _CONTAINERS and not one and not other
