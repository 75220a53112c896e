"""From any object to a tree of plain data: the walk that asks adapters and applies the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from .adapter import Adapter
from .answers import ask, no_option, unsupported
from .errors import ConversionError, UnsupportedError
from .flat import SCALARS, Flat, Path, join, plain, unflatten
from .interpolations import hand_on
from .messages import discreet
from .names import type_name
from .origin import DEFAULT, NOTHING, PROGRAM, Origin, Replaced, Value
from .place import here, warn
from .plugins import Plan, registry
from .selection import Using, select
from .tree import (
    CODE,
    WRITTEN,
    Items,
    Node,
    Tree,
    adopt,
    is_branch,
    kept,
    link,
    note_above,
    noted,
    origin_of,
    path_of,
    screened_part,
)
from .values import Elements, key_text, recorded, render, sort_key

MAX_DEPTH: Final = 200
"""How many levels a configuration may have. Deeper ones could be kept, but json, pickle, copy and
yaml would no longer read them at Python's usual recursion limit. Real ones have up to nine."""

MAX_VALUES: Final = 5_000_000
"""How many values a configuration may have: a few nested shared references stand for billions. So
many take about a gigabyte; real configurations have up to some thousands."""


def to_flat(obj: object) -> Flat:
    """What ``config.update(obj)`` would record, by flat key, without recording it.

    Raises UnsupportedError (a TypeError) for an object that no adapter converts, ConversionError
    for one that can't become plain data, AdapterError where its adapter fails, FileError for a
    file that can't be read.

    >>> to_flat({"optimizer": {"lr": 0.1}, "layers": [{"n": 1}, {"n": 2}]})
    {'optimizer.lr': 0.1, 'layers[0].n': 1, 'layers[1].n': 2}
    """
    return convert(obj).flat()


def flatten(tree: Mapping[str, Any]) -> Flat:
    r"""A tree of plain data as values by flat key; the inverse of ``unflatten``.

    The same as :func:`to_flat`, for what needs no adapter.

    >>> flatten({"a": {"b": [1, 2]}, "c.d": {}})
    {'a.b': [1, 2], 'c\\.d': {}}
    """
    return convert(dict(tree)).flat()


def convert(obj: object, path: Path = ()) -> Tree:
    """An object as a tree of plain data with origins, which stands nowhere yet.

    ``path`` is where it will stand, for adapters and messages. Raises as :func:`to_flat` does.
    """
    walk = _Walk(path)
    if type(obj) is not Using:
        tree = walk.run(obj, {})
    else:
        tree = walk.run(obj.obj, obj.options)
        select(tree, obj.include, obj.exclude)
    walk.tell(tree)
    return tree


def convert_list(items: list[Any], path: Path) -> tuple[Items, Origin]:
    """A list that will stand at ``path`` as plain data, and its origin; like :func:`convert`."""
    walk = _Walk(path)
    converted = walk.run_list(items)
    walk.tell(*converted)
    return converted


class _Frame:
    """One container that is being converted: what it is made of, and what is made of it so far."""

    __slots__ = (
        "base", "key_types", "mapped", "node", "origins",
        "outer", "pairs", "sort", "source", "values",
    )  # fmt: skip

    def __init__(
        self, node: Node, source: object, pairs: Iterator[Any], base: Origin, outer: _Frame | None
    ) -> None:
        self.node = node
        self.source = source
        self.pairs = pairs
        self.base = base
        self.outer = outer
        self.values: dict[Any, Any] = {}
        self.origins: dict[Any, Origin] = {}
        self.key_types: dict[str, str] = {}
        self.sort = False
        self.mapped = False  # whether a list holds a mapping, at any depth of the lists within it


class _Walk:
    """One conversion. It keeps a stack of the containers it is in, and never recurses."""

    __slots__ = ("code", "count", "notes", "path", "raws", "refreshed", "stack")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.code = Origin("code", PROGRAM, None, None, here())
        self.stack: list[_Frame] = []
        self.notes: list[str] = []
        self.raws: list[tuple[tuple[str, ...], str]] = []  # of interpolations
        self.count = 0
        self.refreshed = False

    def run(self, obj: object, options: Mapping[str, Any]) -> Tree:
        """Converts a whole object."""
        top = _Frame(Tree(), None, iter(()), self.code, None)
        if _is_plain_mapping(type(obj)):
            if options:
                raise UnsupportedError(no_option("plain data", options, ()))
            pushed = self._place(top, "", obj, self.code)
        else:
            adapter, answer = self._top_answer(obj, options)
            pushed = self._mapping(top, "", answer, self._base(adapter), obj)
        self._fill(pushed=pushed)
        tree: Tree = top.values[""]
        link(tree, None, "")
        if self.raws:
            hand_on(tree, self.raws)
        return tree

    def run_list(self, items: list[Any]) -> tuple[Items, Origin]:
        """Converts a list."""
        top = _Frame(Tree(), None, iter(()), self.code, None)
        self._fill(pushed=self._list(top, "", items, self.code, items))
        return top.values[""], top.origins[""]

    def tell(self, node: Node, origin: Origin = CODE) -> None:
        """Warns of what is recorded otherwise than one may expect, of a node that came of it.

        Only when all is done, and no adapter's frame is on the stack: the place is the caller's.
        """
        if not self.notes:
            return
        from .screen import without  # what masks is loaded once something is to leave

        real, (shown, _) = plain(node), screened_part(self.path, node, origin)
        for note in self.notes:
            warn(discreet(without(note, real, shown)))

    def _fill(self, *, pushed: bool) -> None:
        try:
            if pushed:
                self._fill_stack()
        except RecursionError as error:
            raise ConversionError(
                "the object leads from one object to another without an end, by using() or by an "
                "adapter that answers with a Value: leave it out of what is recorded"
            ) from error

    def _fill_stack(self) -> None:
        stack = self.stack
        while stack:
            frame = stack[-1]
            values, origins, base = frame.values, frame.origins, frame.base
            shared: dict[str, Origin] = {}
            for segment, value in frame.pairs:
                kind = type(value)
                if kind in SCALARS:
                    values[segment] = value
                    origins[segment] = base
                elif kind is Value and type(value[0]) in SCALARS and type(value[8]) in _QUICK:
                    values[segment] = value[0]
                    said = value[1]
                    if value[2] is None and type(said) is str and value[2:] == _NO_MORE:
                        # Its kind alone, which may well be said of others here, too.
                        if said not in shared:
                            shared[said] = value.origin(base)
                        origins[segment] = shared[said]
                    else:
                        if value[5] is not None:
                            self._remember(segment, value[5])
                        origins[segment] = value.origin(base)
                elif self._place(frame, segment, value, base):
                    break
            else:
                self._finish(stack.pop())

    # Each of these converts one value; they answer whether it was a container that is now on top
    # of the stack and still to be filled.

    def _place(self, frame: _Frame, segment: str | int, value: Any, origin: Origin) -> bool:
        kind = type(value)
        if kind is Value:
            origin, value = self._told(value, origin, segment), value.value
            kind = type(value)
        if kind in SCALARS:
            return self._leaf(frame, segment, value, origin)
        if kind is dict:
            return self._mapping(frame, segment, value, origin, value)
        if kind is list:
            return self._list(frame, segment, value, origin, value)
        return self._special(frame, segment, value, origin)

    def _special(self, frame: _Frame, segment: str | int, value: Any, origin: Origin) -> bool:
        kind = type(value)
        if kind is Flat:
            return self._mapping(frame, segment, _nested(value), origin, value)
        if issubclass(kind, Tree):
            return self._mapping(frame, segment, _typed(value), _copied(value, origin), value)
        if kind is Items:
            return self._list(frame, segment, _typed(value).values(), _copied(value, origin), value)
        if kind is Value:
            return self._place(frame, segment, value, origin)
        if kind is Using:
            return self._node(frame, segment, convert(value, self._path(segment)), origin)
        return self._object(frame, segment, value, origin)

    def _object(self, frame: _Frame, segment: str | int, obj: Any, origin: Origin) -> bool:
        plan = self._plan(obj)
        path = self._path(segment)
        found = ask(obj, plan.nested, path, {}, self.notes.append) if plan.nested else None
        if found is not None:
            # What was said of the object is kept for it as a whole; who chose the values inside is
            # for its own adapter to know.
            adapter, answer = found
            base = self._base(adapter)
            name = origin.type or type_name(type(obj))
            whole = origin._replace(adapter=adapter.name, type=name)
            if isinstance(answer, Value):
                told = self._told(answer, whole, segment)
                return self._place(frame, segment, answer.value, told)
            return self._mapping(frame, segment, answer, whole, obj, base)
        try:
            result = recorded(obj, plan.rule)
        except ConversionError as error:
            raise ConversionError(f"{self._key(segment)!r}: {error}") from error
        origin = origin._replace(type=origin.type or result.type)
        if isinstance(result, Elements):
            return self._list(frame, segment, result.items, origin, obj, sort=not result.ordered)
        if result.note is not None:
            self.notes.append(f"{self._key(segment)!r}: {result.note}")
        return self._leaf(frame, segment, result.value, origin)

    def _told(self, value: Value, base: Origin, segment: str | int) -> Origin:
        """What a Value says of its origin, with the default that it replaced."""
        if value.raw is not None:
            self._remember(segment, value.raw)
        origin = value.origin(base)
        default = value.default
        if default is NOTHING or type(default) in SCALARS or origin.kind == "default":
            return origin
        walk = _Walk(self._path(segment)[:-1])
        walk.code = Origin("default", DEFAULT, origin.adapter)
        [(key, instead)] = (tree := walk.run({segment: default}, {})).items()
        told = tree._origins[key]
        own = told.name or (origin.name if told.kind == "default" else None)
        told = told._replace(name=own, help=None)
        return origin._replace(replaced=(Replaced(kept(instead), told),))

    def _remember(self, segment: str | int, raw: str) -> None:
        """Remembers the text of an interpolation, which may have led to a secret."""
        inner = self._path(segment)[len(self.path) :]
        self.raws.append((tuple(map(str, inner)), raw))

    def _leaf(self, frame: _Frame, segment: str | int, value: Any, origin: Origin) -> bool:
        frame.values[segment] = value
        frame.origins[segment] = origin
        return False

    def _node(self, frame: _Frame, segment: str | int, node: Node, origin: Origin) -> bool:
        frame.values[segment] = node
        frame.origins[segment] = origin
        link(node, frame.node, segment)
        return False

    def _mapping(
        self,
        frame: _Frame,
        segment: str | int,
        items: Any,
        origin: Origin,
        source: Any,
        base: Origin | None = None,
    ) -> bool:
        node = Tree()
        self._node(frame, segment, node, origin)
        base = base or _inherited(origin)
        self._enter(segment, len(items), source)
        key_types: dict[str, str] = {}
        if not set(map(type, items)) <= _TEXT:
            items, key_types = self._text_keys(segment, items)
        elif issubclass(type(source), Tree):
            known = dict(source._origins).items()
            key_types = {at: told.key for at, told in known if told.key and at in items}
        if set(map(type, items.values())) <= SCALARS and not key_types:
            dict.update(node, items)
            node._origins.update(dict.fromkeys(items, base))
            return False
        child = _Frame(node, source, iter(items.items()), base, frame)
        child.key_types = key_types
        self.stack.append(child)
        return True

    def _list(
        self,
        frame: _Frame,
        segment: str | int,
        items: Iterable[Any],
        origin: Origin,
        source: object,
        *,
        sort: bool = False,
    ) -> bool:
        items = list(items)
        self._enter(segment, len(items), source)
        if set(map(type, items)) <= SCALARS:
            node = Items(sorted(items, key=sort_key) if sort else items)
            return self._node(frame, segment, node, origin)
        node = Items()
        self._node(frame, segment, node, origin)
        child = _Frame(node, source, enumerate(items), _inherited(origin), frame)
        child.sort = sort
        self.stack.append(child)
        return True

    def _enter(self, segment: str | int, number: int, source: object) -> None:
        """Refuses a container that is too deep, or is one too many with the values in it."""
        if len(self.stack) + len(self.path) >= MAX_DEPTH:
            raise ConversionError(self._too_deep(source, segment))
        self.count += number
        if self.count > MAX_VALUES:
            raise ConversionError(
                f"the configuration has more than {MAX_VALUES:,} values, counted as far as "
                f"{self._key(segment)!r}: shared references may stand for more than they seem to. "
                "Record a part of it"
            )

    def _text_keys(self, segment: str | int, items: Any) -> tuple[dict[str, Any], dict[str, str]]:
        named: dict[str, Any] = {}
        types: dict[str, str] = {}
        for key, value in items.items():
            try:
                text, label = key_text(key)
            except ConversionError as error:
                raise ConversionError(f"{self._where(segment)}: {error}") from error
            if text in named:
                other = next(k for k in items if k is not key and key_text(k)[0] == text)
                raise ConversionError(
                    discreet(
                        f"the keys {render(other)} and {render(key)} {self._where(segment)} would "
                        f"both be recorded as {text!r}: rename one of them"
                    )
                )
            named[text] = value
            if label is not None:
                types[text] = label
        return named, types

    def _finish(self, frame: _Frame) -> None:
        node, origins = frame.node, frame.origins
        if isinstance(node, Tree):
            for text, label in frame.key_types.items():
                origins[text] = origins[text]._replace(key=label)
            dict.update(node, frame.values)
            node._origins.update(origins)
            return
        order = list(frame.values)
        if frame.sort:
            order.sort(key=lambda at: (sort_key(frame.values[at]), origins[at].type or ""))
        list.extend(node, [frame.values[at] for at in order])
        node._origins.update({to: origins[at] for to, at in enumerate(order)})
        adopt(node, enumerate(node))
        if frame.mapped or Tree in set(map(type, node)):
            if frame.outer is not None:
                frame.outer.mapped = True
        else:
            self._fold(node, frame.outer)

    def _fold(self, node: Items, parent: _Frame | None) -> None:
        """Makes the types of a list's elements a part of its own: the list is one value."""
        kinds = [
            node._origins[at].type or ("list" if type(value) is Items else type_name(type(value)))
            for at, value in enumerate(node)
        ]
        labelled = any(origin.type for origin in node._origins.values())
        if parent is not None and (said := _said_of_elements(node)) is not None:
            parent.origins[node._segment] = noted(parent.origins[node._segment], said)
        node._origins.clear()
        if labelled and parent is not None:
            inner = kinds[:1] if len(set(kinds)) == 1 else kinds
            origin = parent.origins[node._segment]
            label = f"{origin.type or 'list'}[{', '.join(inner)}]"
            parent.origins[node._segment] = origin._replace(type=label)

    # Who converts an object

    def _base(self, adapter: Adapter) -> Origin:
        return Origin("unknown", PROGRAM, adapter.name, None, self.code.place)

    def _plan(self, obj: object) -> Plan:
        if not self.refreshed:
            registry.refresh()
            self.refreshed = True
        return registry.plan(obj)

    def _top_answer(self, obj: object, options: Mapping[str, Any]) -> tuple[Adapter, Any]:
        found = ask(obj, self._plan(obj).adapters, self.path, options, self.notes.append)
        if found is None:
            raise UnsupportedError(unsupported(obj))
        adapter, answer = found
        if isinstance(answer, Value):
            raise UnsupportedError(
                f"an object of type {type_name(type(obj))} is one value or a list, and a config "
                "needs keys: give it one, config.update({'name': …})"
            )
        return adapter, answer

    # Where a value stands

    def _path(self, segment: str | int) -> Path:
        inner = [frame.node._segment for frame in self.stack[1:]]
        return (*self.path, *inner, segment) if self.stack else self.path

    def _key(self, segment: str | int) -> str:
        path = self._path(segment)
        text = join(path) if path else ""
        return text if len(text) <= 80 else text[:79] + "…"

    def _where(self, segment: str | int) -> str:
        key = self._key(segment)
        return f"in {key!r}" if key else "at the top"

    def _too_deep(self, innermost: object, segment: str | int) -> str:
        seen: dict[int, Path] = {}
        for depth, source in enumerate([*(frame.source for frame in self.stack), innermost]):
            path = self._path(segment)[: len(self.path) + depth]
            if id(source) in seen:
                first = repr(join(seen[id(source)])) if seen[id(source)] else "the top"
                name = type_name(type(source))
                return (
                    f"the object is cyclic: the {name} at {join(path)!r} is "
                    f"the one at {first} again. Leave the reference back out of what is recorded"
                )
            seen[id(source)] = path
        return (
            f"the object has more than {MAX_DEPTH} levels, at {self._key(segment)!r}. Record "
            "a part of it, or leave the deep part out"
        )


_TEXT: Final = frozenset({str})
_QUICK: Final = SCALARS | {type(NOTHING)}  # the defaults that need no conversion
_NO_MORE: Final = Value(None)[2:]  # what a Value says beside its kind, where that is all


def _is_plain_mapping(kind: type) -> bool:
    return kind is dict or kind is Flat or issubclass(kind, Tree)


def _nested(flat: Flat) -> dict[str, Any]:
    """A Flat as nested data, whose values keep what is known of their origins."""
    values: dict[str, Any] = dict(flat)
    for key in flat.origins.keys() & values:
        told = flat.origins[key]
        values[key] = Value(
            values[key],
            kind=told.kind,
            name=told.name,
            help=told.help,
            place=told.place,
            raw=told.raw,
            type=told.type,
            rank=told.rank,
            secret=told.note or False,
            form=told.form,
        )
    return unflatten(values)


def _said_of_elements(items: Items) -> str | None:
    """Why a list is secret for one of its elements, whose origins are not kept."""
    for at, origin in items._origins.items():
        if origin.note is not None:
            return origin.note
        if origin.name is not None or origin.raw is not None:
            from .screen import said_by_origin  # what masks is loaded where somebody was named

            if (said := said_by_origin(plain(list.__getitem__(items, at)), origin)) is not None:
                return said
    return None


def _typed(node: Node) -> dict[Any, Any]:
    """What stands in a part of a record, with the original types, and with what is secret there."""
    from .screen import reason_of  # a copy of a secret is one as well

    # Taken out in one step each, for other threads may write to it.
    held: dict[Any, Any]
    held = dict(enumerate(list(node))) if isinstance(node, Items) else dict.copy(node)
    path = path_of(node)
    for at, origin in dict(node._origins).items():
        if at not in held:
            continue
        value = held[at]
        if is_branch(value) or origin is WRITTEN:
            said = None if origin is WRITTEN else origin.note
        else:
            said = reason_of((*path, at), plain(value), origin)
        if origin.type or said:
            held[at] = Value(value, type=origin.type, secret=said or False)
    return held


def _copied(node: Node, origin: Origin) -> Origin:
    """The origin of a copy of a part of a record: a new one, but the original type stays.

    So does that it is secret, which all that is in it has from it.
    """
    note = note_above(node)
    if node._parent is None:
        return origin
    own = origin_of(node._parent, node._segment)
    if isinstance(node, Items) and not is_branch(node):
        from .screen import reason_of

        note = reason_of(path_of(node), plain(node), noted(own, note))
    return noted(origin._replace(type=origin.type or own.type), note)


def _inherited(origin: Origin) -> Origin:
    """The origin of a container's values, before more is known: its own, less what is its alone."""
    kind, rank, adapter, name, place, *own, note, replaced, form = origin
    if name is None and own == _NOTHING_OWN and not replaced and form is None:
        return origin
    return Origin(kind, rank, adapter, None, place, note=note)


_NOTHING_OWN: Final = [None, None, None, None]  # type, key, raw, help
