"""Classes with fields, what their annotations say, and plain data made what an annotation asks."""

from __future__ import annotations

import collections.abc
import dataclasses
import types
from collections.abc import Iterable
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

from unifig import ConversionError, UnsupportedError, retyped

NONE: Final = object()
"""Stands for a default that is not there."""


class Field(NamedTuple):
    """One field of a class."""

    hint: Any
    """Its annotation; None where that says nothing."""
    init: bool = True
    """Whether an argument of the class sets it."""
    default: Any = NONE
    make: Any = None
    """What makes its default, where that is made anew for each object."""


def has_fields(cls: Any) -> bool:
    """Whether it is a dataclass or a named tuple; the class, not an object of it."""
    return isinstance(cls, type) and (dataclasses.is_dataclass(cls) or _is_named_tuple(cls))


def fields_of(cls: Any) -> dict[str, Field]:
    """The fields of a class by name; UnsupportedError for what has none."""
    if not has_fields(cls):
        raise UnsupportedError(
            f"cls={cls!r} is no class with fields: give rebuild() a dataclass or a named tuple"
        )
    hints = _hints(cls)
    if _is_named_tuple(cls):
        defaults = getattr(cls, "_field_defaults", {})
        return {
            name: Field(hints.get(name), default=defaults.get(name, NONE)) for name in cls._fields
        }
    return {
        one.name: Field(
            hints.get(one.name),
            one.init,
            NONE if one.default is dataclasses.MISSING else one.default,
            None if one.default_factory is dataclasses.MISSING else one.default_factory,
        )
        for one in dataclasses.fields(cls)
    }


def name_of(cls: type) -> str:
    """A class's name as it is recorded; it is compared with no other than such a one."""
    module = cls.__module__
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"


def choices(hint: Any) -> list[Any]:
    """The members of a union, or the annotation itself; nothing where there is none."""
    if get_origin(hint) in (Union, types.UnionType):
        return [one for arg in get_args(hint) for one in choices(arg)]
    return [] if hint is None else [hint]


def item_hint(hint: Any, at: int) -> Any:
    """The annotation of an element of what is annotated so."""
    found = [one for choice in choices(hint) for one in _items_of(choice, at)]
    return _union(found)


def pair_hints(hint: Any) -> tuple[Any, Any]:
    """The annotations of the keys and of the values of a mapping."""
    pairs = [args for choice in choices(hint) if len(args := _mapping_args(choice)) == 2]
    return _union([key for key, _ in pairs]), _union([value for _, value in pairs])


def of_hint(value: Any, hint: Any) -> Any:
    """Plain data as an object that the annotation asks for; as it is where that says no more.

    Raises ConversionError for a text that is no member of an Enum, and for a mapping that has not
    the fields of a class.
    """
    open_ = choices(hint)
    if value is None or any(type(value) is choice for choice in open_):
        return value
    refused: ConversionError | None = None
    for choice in open_:
        try:
            made = _of_choice(value, choice)
        except ConversionError as error:
            refused = refused or error
        else:
            if made is not NONE:
                return made
    if refused is not None:
        raise refused
    return value


def made_of(cls: Any, keywords: dict[str, Any]) -> Any:
    """An object of a class with fields; ConversionError where it refuses the values."""
    try:
        return cls(**keywords)
    except Exception as error:  # the program's own class may raise anything
        raise ConversionError(
            f"{cls.__qualname__} can't be made of {', '.join(keywords) or 'nothing'}: "
            f"{type(error).__name__}: {error}"
        ) from error


def key_of_hint(text: str, hint: Any) -> Any:
    """The text of a mapping's key as what the annotation of its keys asks for."""
    for choice in choices(hint):
        if choice in (int, float, bool):
            try:
                return retyped(text, choice.__name__)
            except ConversionError:
                continue
    return of_hint(text, hint)


# What an annotation says


def _union(hints: list[Any]) -> Any:
    return Union[tuple(hints)] if hints else None  # noqa: UP007 - of as many as there are


def _is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and any("_fields" in vars(base) for base in cls.__mro__)


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except Exception:  # noqa: BLE001 - an annotation may be any text of the program's
        hints = [vars(base).get("__annotations__", {}) for base in reversed(cls.__mro__)]
        named = {name: hint for known in hints for name, hint in known.items()}
        return {name: hint for name, hint in named.items() if not isinstance(hint, str)}


_LISTS: Final = {
    list: list, tuple: tuple, set: set, frozenset: frozenset, collections.deque: collections.deque,
    collections.abc.Sequence: list, collections.abc.MutableSequence: list,
    collections.abc.Iterable: list, collections.abc.Collection: list, collections.abc.Set: set,
    collections.abc.MutableSet: set,
}  # fmt: skip
_MAPPINGS: Final = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def _items_of(choice: Any, at: int) -> Iterable[Any]:
    args = get_args(choice)
    if not args or (get_origin(choice) or choice) not in _LISTS:
        return ()
    if get_origin(choice) is not tuple or (len(args) == 2 and args[1] is ...):
        return args[:1]
    return args[at : at + 1]


def _mapping_args(choice: Any) -> tuple[Any, ...]:
    return get_args(choice) if get_origin(choice) in _MAPPINGS else ()


def _of_choice(value: Any, choice: Any) -> Any:
    """Plain data as one member of a union asks for; NONE where it is nothing for it."""
    base = get_origin(choice) or choice
    if isinstance(value, list) and base in _LISTS:
        return _LISTS[base](of_hint(one, item_hint(choice, at)) for at, one in enumerate(value))
    if isinstance(value, dict) and base in _MAPPINGS:
        keys, inner = pair_hints(choice)
        return {key_of_hint(key, keys): of_hint(one, inner) for key, one in value.items()}
    if isinstance(value, dict) and has_fields(base):
        return _of_fields(value, base)
    return _of_class(value, base) if isinstance(base, type) else NONE


def _of_class(value: Any, cls: type) -> Any:
    if issubclass(cls, Enum):
        return _member(value, cls)
    if not isinstance(value, str) or issubclass(cls, (str, int, float, bytes, types.NoneType)):
        return NONE
    if issubclass(cls, PurePath):
        return cls(value)
    try:
        return retyped(value, name_of(cls))  # a date, a Decimal
    except ConversionError:
        return NONE


def _of_fields(value: dict[str, Any], cls: Any) -> Any:
    fields = fields_of(cls)
    if unknown := [name for name in value if name not in fields or not fields[name].init]:
        raise ConversionError(f"{cls.__qualname__} takes no argument {', '.join(unknown)}")
    return made_of(cls, {name: of_hint(one, fields[name].hint) for name, one in value.items()})


def _member(value: Any, cls: type[Enum]) -> Any:
    if isinstance(value, str) and value in cls.__members__:
        return cls[value]
    known = ", ".join(cls.__members__)
    raise ConversionError(f"{value!r} is no member of {cls.__qualname__}, which has: {known}")
