"""Keyword arguments made of a record, and an object of the class that takes them.

A field of which anything is wanted is given whole: the defaults of what is nested in it may have
been others than its class's own.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

from unifig import (
    ConfigKeyError,
    ConversionError,
    Part,
    Rebuilt,
    UnsupportedError,
    join,
    restore,
    split,
    unflatten,
)


class _Leaf(NamedTuple):
    """One recorded value, by its flat key, with its original type."""

    key: str
    value: Any
    type: str | None


def rebuilt(part: Part, cls: type | None, *, at: str | None = None) -> Rebuilt:
    """The keyword arguments for what is wanted; with a class an instance of it as well.

    ``at`` is the flat key of the object in the record, where it does not stand at the top. Raises
    UnsupportedError for a class that takes no keyword arguments by its fields, ConversionError
    where no instance can be made.
    """
    done = Rebuilt()
    if not part.wanted and cls is None:
        return done
    tree = unflatten({k: _Leaf(k, v, part.values.types.get(k)) for k, v in part.values.items()})
    if cls is not None:
        fields = _fields_of(cls)
        inner = _inner(tree, at)
        wanted = [key for key in part.wanted if at is None or key.startswith(f"{at}.")]
        top = {name for name in inner if any(leaf.key in wanted for leaf in _leaves(inner[name]))}
        done.instance = _made(cls, {name: inner[name] for name in top if name in fields})
        done.lost.update((key, _SET_BY_CLASS) for key in _unset(inner, fields, part, top))
    given = dict(_keywords(tree, part, done.lost))
    done.keywords = {name: value for name, value in given.items() if join((name,)) not in done.lost}
    return done


_SET_BY_CLASS: Final = "its class sets it by itself: no argument does"


def _inner(tree: dict[str, Any], at: str | None) -> dict[str, Any]:
    node: Any = tree
    for segment in split(at) if at else ():
        try:
            node = node[segment]
        except (LookupError, TypeError):
            raise ConfigKeyError(f"at={at!r}: the record has no such key") from None
    found: dict[str, Any] = node
    return found


def _unset(
    tree: Mapping[str, Any], fields: Mapping[str, Any], part: Part, top: set[str]
) -> Iterator[str]:
    """The keys that are wanted and that no argument of the class sets."""
    for name in top - fields.keys():
        yield from (leaf.key for leaf in _leaves(tree[name]) if leaf.key in part.wanted)


def _keywords(
    tree: Mapping[str, Any], part: Part, lost: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    """The fields of which anything is wanted, with values of their original types.

    Mappings that only lead to an object are passed through: fields are those of objects.
    """
    for name, node in tree.items():
        if isinstance(node, dict) and not any(isinstance(item, _Leaf) for item in tree.values()):
            if given := dict(_keywords(node, part, lost)):
                yield name, given
            continue
        leaves = list(_leaves(node))
        if not any(leaf.key in part.wanted for leaf in leaves):
            continue
        reasons: dict[str, str] = {}
        value = _restored(node, reasons)
        if reasons:
            wanted = [leaf.key for leaf in leaves if leaf.key in part.wanted]
            told = "; ".join(dict.fromkeys(reasons.values()))
            lost.update((key, f"{told}; name its class: rebuild(record, cls=…)") for key in wanted)
        else:
            yield name, value


def _restored(node: Any, reasons: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _restored(item, reasons) for key, item in node.items()}
    if isinstance(node, _Leaf):
        try:
            return restore(node.value, None if node.type == "missing" else node.type)
        except ConversionError as error:
            reasons[node.key] = str(error)
            return None
    return [_restored(item, reasons) for item in node]


def _leaves(node: Any) -> Iterator[_Leaf]:
    if isinstance(node, _Leaf):
        yield node
    else:
        for item in node.values() if isinstance(node, dict) else node:
            yield from _leaves(item)


# Instances, by the annotations of their classes


def _fields_of(cls: Any) -> dict[str, Any]:
    """The arguments of a class by field, with their annotations; None where one has none."""
    if dataclasses.is_dataclass(cls) and isinstance(cls, type):
        names = [field.name for field in dataclasses.fields(cls) if field.init]
    elif isinstance(cls, type) and issubclass(cls, tuple) and "_fields" in vars(cls):
        names = list(vars(cls)["_fields"])
    else:
        raise UnsupportedError(
            f"cls={cls!r} is no class with fields: give rebuild() a dataclass or a named tuple"
        )
    hints = _hints(cls)
    return {name: hints.get(name) for name in names}


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except Exception:  # noqa: BLE001 - an annotation may be any text of the program's
        return {}


def _made(cls: Any, nodes: Mapping[str, Any]) -> Any:
    fields = _fields_of(cls)
    keywords = {
        name: _of_hint(fields[name], node)
        for name, node in nodes.items()
        if name in fields and not (isinstance(node, _Leaf) and node.type == "missing")
    }
    try:
        return cls(**keywords)
    except Exception as error:  # the program's own class may refuse its values
        raise ConversionError(
            f"{cls.__qualname__} can't be made of {', '.join(keywords) or 'nothing'}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _of_hint(hint: Any, node: Any) -> Any:
    """A value for a field that is annotated so."""
    for choice in _choices(hint):
        if isinstance(node, dict) and _has_fields(choice):
            return _made(choice, node)
        if isinstance(node, _Leaf) and isinstance(choice, type) and issubclass(choice, Enum):
            if node.value in choice.__members__:
                return choice[node.value]
            continue
    inner = [arg for choice in _choices(hint) for arg in get_args(choice)]
    if isinstance(node, dict):
        of_value = inner[-1] if inner else None
        return {key: _of_hint(of_value, item) for key, item in node.items()}
    if isinstance(node, _Leaf):
        return _of_leaf(hint, inner, node)
    return [_of_hint(inner[0] if inner else None, item) for item in node]


def _of_leaf(hint: Any, inner: list[Any], leaf: _Leaf) -> Any:
    """One value: of its recorded type, or where that is not loaded of the annotation's."""
    try:
        return restore(leaf.value, leaf.type)
    except ConversionError:
        enums = [arg for arg in inner if isinstance(arg, type) and issubclass(arg, Enum)]
        if not isinstance(leaf.value, list) or not enums:
            raise
    kind = next((get_origin(choice) for choice in _choices(hint) if get_origin(choice)), list)
    return kind(enums[0][name] for name in leaf.value)


def _choices(hint: Any) -> list[Any]:
    """The members of a union, or the annotation itself."""
    if get_origin(hint) in (Union, types.UnionType):
        return list(get_args(hint))
    return [] if hint is None else [hint]


def _has_fields(choice: Any) -> bool:
    return isinstance(choice, type) and (
        dataclasses.is_dataclass(choice)
        or (issubclass(choice, tuple) and "_fields" in vars(choice))
    )
