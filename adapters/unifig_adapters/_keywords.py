"""Keyword arguments made of a record, and an object of the class that takes them.

The record says of each plain value whether it is the default, but not so of an object, a list or a
mapping in a field: those are given whole, unless the class that is asked for has just them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

import unifig
from unifig import (
    ConfigKeyError,
    ConversionError,
    Flat,
    Part,
    Rebuilt,
    join,
    retyped,
    split,
    unflatten,
)

from ._annotated import (
    NONE,
    Field,
    choices,
    fields_of,
    has_fields,
    item_hint,
    made_of,
    name_of,
    of_hint,
    pair_hints,
)
from ._gaps import TOLD, in_lists_with_gaps

_Path = tuple[str | int, ...]

_SET_BY_CLASS: Final = "its class sets it by itself: no argument does"
_UNNAMED: Final = "name its class: rebuild(record, cls=…)"


class _Leaf(NamedTuple):
    """One recorded value, by its flat key."""

    key: str
    value: Any


class _LostError(Exception):
    """A value that can't be given; the message says why."""


_MAIN: Final = re.compile(r"(?<![\w.])__main__\.")


def rebuilt(part: Part, cls: Any = None, *, at: str | None = None) -> Rebuilt:
    """The keyword arguments for what is wanted; with a class an instance of it as well.

    ``at`` is the flat key of the object in the record, where it does not stand at the top. Raises
    UnsupportedError for a class that has no fields, ConversionError where no instance can be made,
    ConfigKeyError where the record has nothing at ``at``.
    """
    values = dict(part.values)
    done = Rebuilt()
    for key in in_lists_with_gaps(values):
        del values[key]
        done.lost.update({key: TOLD} if key in part.wanted else {})
    tree = unflatten({key: _Leaf(key, value) for key, value in values.items()})
    path = split(at) if at else ()
    if cls is not None:
        fields_of(cls)  # that it has some
        making = _Making(part, cls, path, done.lost)
        arguments = making.arguments(cls, _inner(tree, path, at), path)
        done.instance = made_of(cls, arguments)
        making.check(done.instance)
    keywords = _Keywords(part, cls, path, done.lost)
    done.keywords = dict(keywords.passed(tree, ()))
    return done


def _inner(tree: dict[str, Any], path: _Path, at: str | None) -> dict[str, Any]:
    node: Any = tree
    for segment in path:
        if not isinstance(node, dict) or segment not in node:
            raise ConfigKeyError(f"at={at!r}: the record has no such key")
        node = node[segment]
    if isinstance(node, dict):
        return node
    if isinstance(node, _Leaf) and node.value == {}:
        return {}
    raise ConfigKeyError(f"at={at!r}: the record has a value there, and no object")


class _Making:
    """The objects that were recorded, made again; what can't be given is left out and told."""

    def __init__(self, part: Part, cls: Any, path: _Path, lost: dict[str, str]) -> None:
        self.part = part
        self.cls = cls
        self.path = path
        self.lost = lost

    # Of an object, the fields

    def arguments(self, cls: Any, node: Mapping[str, Any], path: _Path) -> dict[str, Any]:
        """The arguments that an object at ``path`` is made of, those alone that it needs."""
        fields = fields_of(cls) if cls is not None else None
        chosen = {
            name: inner
            for name, inner in node.items()
            if not self._is_default(inner, (*path, name), (fields or {}).get(name))
        }
        return dict(self._given(chosen, path, fields))

    def _is_default(self, node: Any, path: _Path, field: Field | None) -> bool:
        """Whether the default of a field is what stands there, and nothing of it is wanted."""
        if isinstance(node, _Leaf):
            return node.key not in self.part.wanted
        if field is None or any(leaf.key in self.part.wanted for leaf in _leaves(node)):
            return False
        types = self.part.values.types
        key = join(path)
        if field.make is not None:
            if not has_fields(field.make) or name_of(field.make) not in self._names(types.get(key)):
                return False
            inner = fields_of(field.make)
            return all(
                self._is_default(item, (*path, name), inner.get(name))
                for name, item in node.items()
            )
        if field.default is NONE:
            return False
        values = {leaf.key: leaf.value for leaf in _leaves(node)}
        return _is_recorded_so(field.default, key, values, types)

    def _given(
        self, node: Mapping[str, Any], path: _Path, fields: Mapping[str, Field] | None
    ) -> Iterator[tuple[str, Any]]:
        """The arguments for fields, with what can't be given told."""
        for name, inner in node.items():
            field = fields.get(name) if fields is not None else Field(None)
            if field is None:
                self._tell(inner, "its class has no such field")
            elif not field.init or self._is_set_by_class(inner):
                self._tell_set(inner)
            elif not self._is_missing(inner):
                try:
                    yield name, self.value(inner, (*path, name), field.hint)
                except _LostError as error:
                    self._tell(inner, str(error))

    def _tell(self, node: Any, why: str) -> None:
        self.lost.update((leaf.key, why) for leaf in _leaves(node) if leaf.key in self.part.wanted)

    def _tell_set(self, node: Any) -> None:
        wanted = self.part.wanted
        changed = [
            leaf for leaf in _leaves(node) if leaf.key in wanted and wanted[leaf.key].changed
        ]
        self.lost.update((leaf.key, _SET_BY_CLASS) for leaf in changed)

    def _is_set_by_class(self, node: Any) -> bool:
        origins = [self.part.origins.get(leaf.key) for leaf in _leaves(node)]
        forms = [origin.form or {} for origin in origins if origin is not None]
        return any(form.get("init") is False for form in forms)

    def _is_missing(self, node: Any) -> bool:
        if not isinstance(node, _Leaf) or self.part.values.types.get(node.key) != "missing":
            return False
        return not self._is_changed(node)

    def _is_changed(self, leaf: _Leaf) -> bool:
        one = self.part.wanted.get(leaf.key)
        return one is not None and one.changed

    # Of whatever else, the value

    def value(self, node: Any, path: _Path, hint: Any) -> Any:
        """What was recorded at a place, for what is annotated so; _LostError where it can't be."""
        type_ = self.part.values.types.get(join(path))
        if isinstance(node, _Leaf):
            is_empty = node.value == {} and type_ is not None and not self._is_changed(node)
            return self._mapping({}, path, type_, hint) if is_empty else self._leaf(node, hint)
        if isinstance(node, dict):
            return self._mapping(node, path, type_, hint)
        items = [self.value(item, (*path, at), item_hint(hint, at)) for at, item in enumerate(node)]
        if type_ is None:
            return items
        empty = self._restored([], type_)
        return type(empty)(items)

    def _mapping(self, node: dict[str, Any], path: _Path, type_: str | None, hint: Any) -> Any:
        cls = self._class(type_, hint)
        if cls is not None:
            return made_of(cls, dict(self._given(node, path, fields_of(cls))))
        keys, values = pair_hints(hint)
        items = {
            self._key(name, join((*path, name)), keys): self.value(inner, (*path, name), values)
            for name, inner in node.items()
        }
        return items if type_ is None else self._restored(items, type_)

    def _class(self, type_: str | None, hint: Any) -> Any:
        """The class with fields that an object was of; None where it was of no such class."""
        if type_ is None:
            return None
        known = [choice for choice in choices(hint) if has_fields(choice)]
        for choice in known:
            if name_of(choice) == type_:
                return choice
        for name in self._names(type_):
            try:
                found = retyped(name, "type")
            except ConversionError:
                continue
            return found if has_fields(found) else None
        return next((one for one in known if f".{type_}".endswith(f".{one.__qualname__}")), None)

    def _names(self, type_: str | None) -> list[str]:
        """The names that a type may have now: what a program's main module had may be imported."""
        if type_ is None:
            return []
        module = getattr(self.cls, "__module__", "__main__")
        return [*dict.fromkeys((_MAIN.sub(f"{module}.", type_), type_))]

    def _key(self, text: str, key: str, hint: Any) -> Any:
        type_ = self.part.values.key_types.get(key)
        return text if type_ is None else self._restored(text, type_, hint)

    def _leaf(self, leaf: _Leaf, hint: Any) -> Any:
        type_ = self.part.values.types.get(leaf.key)
        if self._is_changed(leaf):
            return self._changed(leaf.value, type_, hint)
        return leaf.value if type_ is None else self._restored(leaf.value, type_, hint)

    def _restored(self, value: Any, type_: str, hint: Any = None) -> Any:
        """A recorded value, of its type; where that is not loaded, of the one that is annotated."""
        reasons = []
        for name in self._names(type_):
            try:
                return retyped(value, name)
            except ConversionError as error:
                reasons.append(str(error))
        try:
            made = of_hint(value, hint)
        except ConversionError as error:
            raise _LostError(str(error)) from None
        if made is value:
            raise _LostError(reasons[-1] if self.cls else f"{reasons[-1]}; {_UNNAMED}")
        return made

    def _changed(self, value: Any, type_: str | None, hint: Any) -> Any:
        """A new value: as it is annotated, or else of the type that it had where it can be."""
        try:
            made = of_hint(value, hint)
        except ConversionError as error:
            raise _LostError(str(error)) from None
        if made is not value or value is None or type_ in (None, "missing"):
            return made
        refused = ""
        for name in self._names(type_):
            try:
                return retyped(value, name)
            except ConversionError as error:
                refused = str(error)
        list_, bracket, of_elements = type_.partition("[")
        if isinstance(value, list) and ", " in of_elements:  # one type for each there was
            return self._restored(value, list_)
        if hint is None and (self._is_enum(type_) or (isinstance(value, list) and bracket)):
            raise _LostError(refused)
        return value

    def _is_enum(self, type_: str) -> bool:
        for name in self._names(type_):
            try:
                return issubclass(retyped(name, "type"), Enum)
            except ConversionError:
                continue
        return False

    # Whether it came out as it should

    def check(self, instance: Any) -> None:
        """Tells of what is wanted and is not so in the instance: a class may do as it likes."""
        made = unflatten(_recorded(instance))
        for key, one in self.part.wanted.items():
            path = split(key)
            if (
                key in self.lost
                or path[: len(self.path)] != self.path
                or key not in self.part.values
            ):
                continue
            found = _at(made, path[len(self.path) :])
            is_same = repr(found) == repr(self.part.values[key])
            is_ordered = not (one.changed and isinstance(one.value, list | dict))
            if is_ordered and not is_same:
                told = "nothing" if found is NONE else f"{found!r:.60}"
                self.lost[key] = f"its class makes {told} of it"


class _Keywords(_Making):
    """The same as keyword arguments, in which objects are dicts of theirs."""

    def passed(self, node: Mapping[str, Any], path: _Path) -> Iterator[tuple[str, Any]]:
        """The arguments of the objects that stand at ``path`` or below.

        Mappings that only lead to objects are passed through.
        """
        is_asked_for = self.cls is not None and path == self.path
        type_ = self.part.values.types.get(join(path)) if path else None
        if is_asked_for or type_ is not None or any(isinstance(i, _Leaf) for i in node.values()):
            yield from self.arguments(self.cls if is_asked_for else None, node, path).items()
            return
        for name, inner in node.items():
            if isinstance(inner, dict):
                yield name, dict(self.passed(inner, (*path, name)))
            else:
                yield from self._given({name: inner}, path, None)

    def _mapping(self, node: dict[str, Any], path: _Path, type_: str | None, hint: Any) -> Any:
        cls = self._class(type_, hint)
        if type_ is None:
            return super()._mapping(node, path, type_, hint)
        return dict(self._given(node, path, None if cls is None else fields_of(cls)))

    def _changed(self, value: Any, type_: str | None, hint: Any) -> Any:
        is_nested = isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(item, dict) for item in value)
        )
        return value if is_nested else super()._changed(value, type_, hint)


def _leaves(node: Any) -> Iterator[_Leaf]:
    if isinstance(node, _Leaf):
        yield node
    else:
        for item in node.values() if isinstance(node, dict) else node:
            yield from _leaves(item)


def _recorded(obj: Any) -> Flat:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were given when it was recorded
        return unifig.to_flat(obj)


def _is_recorded_so(
    obj: Any, key: str, values: Mapping[str, Any], types: Mapping[str, str]
) -> bool:
    """Whether an object at a key has these values, and the types that are known there."""
    flat = _recorded({"x": obj})
    below = {at: type_ for at, type_ in types.items() if at == key or _is_below(at, key)}
    return [(key + at[1:], repr(value)) for at, value in flat.items()] == [
        (at, repr(value)) for at, value in values.items()
    ] and {key + at[1:]: type_ for at, type_ in flat.types.items()} == below


def _is_below(key: str, above: str) -> bool:
    return key.startswith((f"{above}.", f"{above}["))


def _at(node: Any, path: _Path) -> Any:
    for segment in path:
        try:
            node = node[segment]
        except (LookupError, TypeError):
            return NONE
    return node
