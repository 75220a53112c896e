"""The record in memory: mappings and lists that are real dicts and lists, and know their origins.

A :class:`Tree` is what ``config["model"]`` gives, and :class:`Items` what ``config["layers"]``
gives. Reading them is reading a dict or a list. Writing goes through the config at their root, so
that a value set in place is converted, recorded and told to observers like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, NoReturn, SupportsIndex

from .errors import ConfigError, ConfigKeyError
from .flat import SCALARS, Flat, Path, extend, holds_mapping, join, plain
from .messages import excerpt, near
from .origin import NOTHING, PROGRAM, Origin
from .place import warn
from .values import key_text

CODE: Final = Origin("code", PROGRAM)
"""The origin of the top, which has none of its own."""


class Tree(dict[str, Any]):
    """A mapping of the record, live: what is written here is written in the config.

    Keys are literal: ``tree["a.b"]`` is one key. Keys can be read and written as attributes too,
    unless a method has the name.
    """

    __slots__ = ("__weakref__", "_origins", "_parent", "_segment")
    _origins: dict[str, Origin]
    _parent: Tree | Items | None
    _segment: str | int

    def __init__(self) -> None:
        dict.__init__(self)
        _set_origins(self, {})
        link(self, None, "")

    # reading

    def __missing__(self, key: object) -> Any:
        name = _name(key)
        if name is not key and dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        raise ConfigKeyError(_absent(self, name))

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, _name(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The value at a literal key, or ``default``."""
        return dict.get(self, _name(key), default)

    def __getattr__(self, name: str) -> Any:
        # Names with two underscores are protocols that Python and libraries look for.
        if name.startswith("__"):
            raise AttributeError(f"the config has no attribute {name!r}")
        if not dict.__contains__(self, name):
            raise AttributeError(_absent(self, name))
        return dict.__getitem__(self, name)

    def _held(self) -> AbstractContextManager[Any]:
        """Keeps other threads from writing, where there is a config that they could write to."""
        return nullcontext()

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *(key for key in self if key.isidentifier())]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def flat(self) -> Flat:
        """What is recorded here, by flat key, with origins and original types; a copy.

        Secrets are masked, for a record is what leaves the program.
        """
        from .screen import screened  # what masks is loaded once something is to leave

        with root(self)._held():
            flat, above = collect(self, None, Flat()), path_of(self)
        return screened(flat, above)

    def __repr__(self) -> str:
        return dict.__repr__(shown(self))

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield from shown(self).items()

    def as_dict(self) -> dict[str, Any]:
        """A copy made of plain dicts and lists."""
        with root(self)._held():
            return {key: plain(value) for key, value in self.items()}

    def copy(self) -> dict[str, Any]:
        """The same as :meth:`as_dict`."""
        return self.as_dict()

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return dict, (shown(self, leaving=True),)

    # writing: a config overrides the two methods that all writes come to

    def _write(
        self,
        node: Tree,
        sources: Sequence[object],
        *,
        drop: Iterable[str] = (),
        merge: bool = False,
        keep: bool = False,
        allow: bool = False,
    ) -> None:
        refuse(node)

    def _rewrite(self, items: Items, change: Callable[[list[Any]], Any]) -> Any:
        refuse(items)

    def __setitem__(self, key: Any, value: object) -> None:
        if isinstance(value, (Tree, Items)) and self.get(key) is value:
            return  # what "config.layers += […]" ends with: it is done already
        root(self)._write(self, [{key: value}])

    def __delitem__(self, key: Any) -> None:
        name = _name(key)
        with root(self)._held():
            if not dict.__contains__(self, name):
                raise ConfigKeyError(_absent(self, name))
            root(self)._write(self, [], drop=[name])

    def __setattr__(self, name: str, value: object) -> None:
        _check_free(self, name, f"[{name!r}] = …")
        self[name] = value

    def __delattr__(self, name: str) -> None:
        if not dict.__contains__(self, name):
            raise AttributeError(_absent(self, name))
        del self[name]

    def update(
        self, obj: Any = NOTHING, /, *, allow_val_change: bool = False, **values: Any
    ) -> None:
        """Merges an object of any kind, and keyword arguments, into this mapping.

        Mappings merge, key by key at every level; everything else meets what is there by rank (see
        docs/origins.md). All or nothing: where something is refused, nothing is changed. Raises
        ConfigError for a value that was chosen already and is another one now, unless
        ``allow_val_change``; UnsupportedError (a TypeError) for an object that no adapter converts,
        ConversionError for one that can't become plain data, AdapterError where its adapter fails,
        FileError for a file that can't be read.
        """
        sources = [source for source in (obj, values or NOTHING) if source is not NOTHING]
        root(self)._write(self, sources, merge=True, allow=allow_val_change)

    def setdefaults(self, obj: Any = NOTHING, /, **values: Any) -> None:
        """Like :meth:`update`, but leaves every value that is already there as it is."""
        sources = [source for source in (obj, values or NOTHING) if source is not NOTHING]
        root(self)._write(self, sources, merge=True, keep=True)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value at a literal key; where there is none, ``default`` is recorded first."""
        with root(self)._held():
            if key not in self:
                self[key] = default
            return self.get(key, default)  # a lock may have kept it out

    def pop(self, key: Any, default: Any = NOTHING) -> Any:
        """Removes a key and gives its value (a copy), or ``default`` where it is not there."""
        with root(self)._held():
            if default is not NOTHING and key not in self:
                return default
            value = plain(self[key])
            del self[key]
            return value

    def popitem(self) -> tuple[str, Any]:
        """Removes the last key and gives it with its value."""
        with root(self)._held():
            if not self:
                raise ConfigKeyError("popitem(): the mapping is empty")
            key = next(reversed(self))
            return key, self.pop(key)

    def clear(self) -> None:
        """Removes every key."""
        with root(self)._held():
            root(self)._write(self, [], drop=list(self))

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # takes any object, as update does
        self.update(other)
        return self

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self.as_dict(), **other}

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self.as_dict()}


class Items(list[Any]):
    """A list of the record, live: what is changed here is changed in the config."""

    __slots__ = ("_origins", "_parent", "_segment")
    _origins: dict[int, Origin]
    """Of the elements, where the list holds mappings; else the list is one value."""
    _parent: Tree | Items | None
    _segment: str | int

    def __init__(self, items: Iterable[Any] = ()) -> None:
        list.__init__(self, items)
        self._origins = {}
        link(self, None, "")

    def _write(self, node: Tree, sources: Sequence[object], **how: Any) -> None:
        refuse(node)

    def _rewrite(self, items: Items, change: Callable[[list[Any]], Any]) -> Any:
        refuse(items)

    def _held(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def _edit(self, change: Callable[[list[Any]], Any]) -> Any:
        return root(self)._rewrite(self, change)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._edit(lambda items: items.__setitem__(index, value))

    def __delitem__(self, index: Any) -> None:
        self._edit(lambda items: items.__delitem__(index))

    def append(self, value: Any) -> None:
        """Adds a value at the end."""
        self._edit(lambda items: items.append(value))

    def extend(self, values: Iterable[Any]) -> None:
        """Adds values at the end."""
        added = list(values)  # a generator may use the config itself
        self._edit(lambda items: items.extend(added))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Adds a value before ``index``."""
        self._edit(lambda items: items.insert(index, value))

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Removes a value and gives it (a copy)."""
        return plain(self._edit(lambda items: items.pop(index)))

    def remove(self, value: Any) -> None:
        """Removes the first value that equals ``value``."""
        self._edit(lambda items: items.remove(value))

    def clear(self) -> None:
        """Removes every value."""
        self._edit(lambda items: items.clear())

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Sorts the values."""
        self._edit(lambda items: items.sort(key=key, reverse=reverse))

    def reverse(self) -> None:
        """Turns the values round."""
        self._edit(lambda items: items.reverse())

    def __iadd__(self, values: Iterable[Any]) -> Any:  # type: ignore[misc]  # list.__add__ is narrower
        self.extend(values)
        return self

    def __imul__(self, times: SupportsIndex) -> Any:
        self._edit(lambda items: items.__imul__(times))
        return self

    def copy(self) -> list[Any]:
        """A copy made of plain dicts and lists."""
        return [plain(item) for item in self]

    def __copy__(self) -> list[Any]:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return self.copy()

    def __repr__(self) -> str:
        return list.__repr__(shown(self))

    def __rich_repr__(self) -> Iterator[Any]:
        yield from shown(self)

    def __reduce__(self) -> Any:
        return list, (shown(self, leaving=True),)


Node = Tree | Items

# Setting an attribute of a Tree sets a key: these set the slots themselves.
_set_origins: Final = Tree.__dict__["_origins"].__set__
_SETTERS: Final = {
    kind: (kind.__dict__["_parent"].__set__, kind.__dict__["_segment"].__set__)
    for kind in (Tree, Items)
}
put: Final = dict.__setitem__


def link(node: Node, parent: Node | None, segment: str | int) -> None:
    """Says where a node stands; ``parent`` is None for one that stands nowhere."""
    set_parent, set_segment = _SETTERS[Tree if isinstance(node, Tree) else Items]
    set_parent(node, parent)
    set_segment(node, segment)


def set_item(node: Node, segment: Any, value: Any, origin: Origin) -> None:
    """Puts a value with its origin into a node, and does not link it."""
    if isinstance(node, Items):
        list.__setitem__(node, segment, value)
    else:
        put(node, segment, value)
    node._origins[segment] = origin


def child(node: Node, segment: Any) -> Any:
    """What stands at a segment."""
    return list.__getitem__(node, segment) if isinstance(node, Items) else node[segment]


def adopt(node: Node, pairs: Iterable[tuple[str | int, Any]]) -> None:
    """Links the containers among a node's values to it."""
    for segment, value in pairs:
        if value.__class__ not in SCALARS:
            link(value, node, segment)


def detach(value: Any) -> None:
    """Takes a container out of its record. It still knows where it stood: its secrets stay such."""
    if isinstance(value, (Tree, Items)) and value._parent is not None:
        link(value, _ghost(value._parent, value._segment), value._segment)


def _ghost(node: Node, segment: Any) -> Tree:
    """What stands for a node in which a part stood: it has no more of it than the part needs."""
    ghost = Tree()
    ghost._origins[segment] = origin_of(node, segment)
    if node._parent is not None:
        link(ghost, _ghost(node._parent, node._segment), node._segment)
    return ghost


def path_of(node: Node) -> Path:
    """Where a node stands in its record, or stood."""
    path: list[str | int] = []
    while node._parent is not None:
        path.append(node._segment)
        node = node._parent
    return tuple(reversed(path))


def root(node: Node) -> Node:
    """The node at the top of the record that ``node`` belongs to: a config, which takes writes."""
    while node._parent is not None:
        node = node._parent
    return node


def refuse(node: Node) -> NoReturn:
    """A write that arrives at a node which is no config's: it would be lost."""
    raise ConfigError(
        f"this part of the config, {_keys(node)}, was replaced or removed since it was "
        "read: read it again from the config before writing to it"
    )


def _keys(node: Node) -> str:
    """What a message names a part by: its keys, for its values may be secrets."""
    if isinstance(node, Items):
        return f"a list of {len(node)}"
    return f"the mapping of {excerpt(list(node))}"


def origin_of(node: Node, segment: str | int) -> Origin:
    """The origin of what stands at ``segment``; an element without one has its list's."""
    origin = node._origins.get(segment)  # type: ignore[arg-type]  # int for Items, str for Tree
    if origin is not None or node._parent is None:
        return origin or CODE
    return origin_of(node._parent, node._segment)._replace(type=None, key=None, replaced=())


def noted(origin: Origin, note: str | None) -> Origin:
    """An origin of which is said that it is secret, where something is said."""
    return origin if note is None or origin.note is not None else origin._replace(note=note)


def note_above(node: Node) -> str | None:
    """What a framework said of a node, or of what it stands in: all in it is secret then."""
    while (parent := node._parent) is not None:
        origin = _own(node)
        if origin is not None and origin.note is not None:
            return origin.note
        node = parent
    return None


def _own(node: Node) -> Origin | None:
    """What is known of a container where it stands; None where nothing but its list's is."""
    if node._parent is None:
        return None
    return node._parent._origins.get(node._segment)  # type: ignore[arg-type]  # as in origin_of


def is_branch(value: Any) -> bool:
    """Whether plain data has flat keys below its own: a mapping with keys, a list of mappings."""
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, list) and holds_mapping(value)


def _pairs(node: Node) -> Iterator[tuple[Any, Any]]:
    return iter(enumerate(node) if isinstance(node, list) else dict.items(node))


def collect(node: Node, prefix: str | None, flat: Flat) -> Flat:
    """Adds everything under a node to a Flat, in order; ``prefix`` is the node's own flat key.

    An empty container is a leaf, and so is a list that holds no mapping. A container's original
    type is told beside those of the leaves, and what is said of it is said of them.
    """
    stack: list[tuple[str | None, Node, str | None, Iterator[Any]]]
    stack = [(prefix, node, note_above(node), _pairs(node))]
    while stack:
        prefix, node, note, pairs = stack[-1]
        dotted = "" if prefix is None else prefix + "."
        known = node._origins
        for segment, value in pairs:
            if segment.__class__ is str and segment.isidentifier():
                key = dotted + segment
            else:
                key = extend(prefix, segment)
            origin = known.get(segment) or origin_of(node, segment)
            if note is not None:
                origin = noted(origin, note)
            if add(flat, key, value, origin):
                stack.append((key, value, origin.note, _pairs(value)))
                break
        else:
            stack.pop()
    return flat


def add(flat: Flat, key: str, value: Any, origin: Origin) -> bool:
    """Adds one value to a Flat if it is a leaf; answers whether it is a branch instead."""
    if origin.type is not None:
        flat.types[key] = origin.type
    if origin.key is not None:
        flat.key_types[key] = origin.key
    if value.__class__ in SCALARS:
        flat[key] = value
    elif is_branch(value):
        if origin.raw is not None or origin.form is not None:
            flat.origins[key] = origin
        return True
    else:
        flat[key] = plain(value)
    flat.origins[key] = origin
    return False


Snapshot = tuple[bool, list[tuple[Any, Any]], dict[Any, Origin]]
"""A node as data: if it is a list, its values by segment (nodes as Snapshots), and its origins."""


WRITTEN: Final = CODE._replace(note="it is just being written")
"""The origin of a value while a write exchanges it: whoever takes no lock sees a mask."""


def snapshot(node: Node) -> Snapshot:
    """A node and all under it as data, secrets included; see :func:`fill`.

    It may be taken without a lock: a value that is exchanged meanwhile is as if it were secret.
    """
    before = dict(node._origins)
    copy: Any = list.copy(node) if isinstance(node, Items) else dict.copy(node)
    values = [
        (at, value if value.__class__ in SCALARS else snapshot(value)) for at, value in _pairs(copy)
    ]
    origins = dict(node._origins)
    for at, _ in values:
        if origins.get(at) is not before.get(at):
            origins[at] = WRITTEN
    return isinstance(node, Items), values, origins


def mask(node: Node, path: Path, note: str | None = None) -> int:
    """Masks the secrets in a copy of a record that is to leave; answers how many there were.

    ``path`` is where the copied node stands, and ``note`` what was said of it there.
    """
    from .screen import screened_origin, screened_value

    masked = 0
    for segment, value in list(_pairs(node)):
        here, origin = (*path, segment), noted(origin_of(node, segment), note)
        if is_branch(value):
            masked += mask(value, here, origin.note)
            told = screened_origin(here, origin)
        else:
            bare = plain(value)
            instead, told = screened_value(here, bare, origin)
            if instead is not bare:
                masked += 1
                set_item(node, segment, _nodes(instead), told)
        if segment in node._origins:
            set_item(node, segment, child(node, segment), told)
    return masked


def shown(node: Node, *, leaving: bool = False) -> Any:
    """A part of a record as plain data whose secrets are masked, for a text or a pickle.

    Of one that is ``leaving``, and will be read as the real thing, a warning says what it lacks.
    Takes no lock: a text is asked for anywhere, as by a logger that another thread waits for.
    """
    before, copy = _own(node), _loose(node)
    origin = origin_of(node._parent, node._segment) if node._parent is not None else CODE
    if _own(node) is not before:
        origin = WRITTEN
    instead, masked, _ = _screened(path_of(node), copy, noted(origin, note_above(node)))
    if leaving:
        warn_of_masks(masked)
    return instead


def screened_part(path: Path, value: Any, origin: Origin) -> tuple[Any, Origin]:
    """A value of a record, a mapping or list of mappings as well, as plain data, and its origin.

    Secrets are masked in both, by what is known of each part.
    """
    instead, _, told = _screened(path, _loose(value), origin)
    return instead, told


def kept(value: Any) -> Any:
    """What is kept of a value that was replaced, as plain data.

    Nothing reads a secret in it any more, and the origins that tell of one are not kept.
    """
    return shown(value) if is_branch(value) and _says_something(value) else plain(value)


def _says_something(node: Node) -> bool:
    return any(
        origin.note is not None or origin.name is not None or origin.raw is not None
        for origin in node._origins.values()
    ) or any(is_branch(value) and _says_something(value) for _, value in _pairs(node))


def _loose(value: Any) -> Any:
    """A copy of a container with its origins, which stands nowhere; of a scalar, itself."""
    if value.__class__ in SCALARS:
        return value
    copy: Node = Items() if isinstance(value, Items) else Tree()
    fill(copy, snapshot(value))
    return copy


def _screened(path: Path, copy: Any, origin: Origin) -> tuple[Any, int, Origin]:
    """A loose copy as plain data with masks, how many these are, and its origin."""
    from .screen import screened_origin, screened_value

    if is_branch(copy):
        masked = mask(copy, path, origin.note)
        return plain(copy), masked, screened_origin(path, origin)
    bare = plain(copy)
    instead, told = screened_value(path, bare, origin)
    return instead, int(instead is not bare), told


def warn_of_masks(number: int) -> None:
    """Warns that a pickle has masks in it, where it has."""
    if number:
        warn(
            f"the config was pickled with {number} of its values masked, for they are secrets: a "
            "process that needs one has to be given it in another way"
        )


def _nodes(value: Any) -> Any:
    return Items(map(_nodes, value)) if isinstance(value, list) else value


def fill(node: Node, data: Snapshot) -> None:
    """Fills an empty node with what :func:`snapshot` took of another one."""
    _, values, origins = data
    for segment, held in values:
        value = held
        if isinstance(held, tuple):
            value = Items() if held[0] else Tree()
            fill(value, held)
            link(value, node, segment)
        if isinstance(node, Items):
            list.append(node, value)
        else:
            put(node, segment, value)
    node._origins.update(origins)


def duplicate(items: Items) -> Items:
    """A copy of a list with its origins, which stands nowhere."""
    copy: Items = _loose(items)
    return copy


def _name(key: object) -> str:
    return key if type(key) is str else key_text(key)[0]


def _absent(tree: Tree, name: str) -> str:
    path = path_of(tree)
    message = f"the config has no key {name!r}" + (f" in {join(path)!r}" if path else "")
    first, _, rest = name.partition(".")
    if rest and isinstance(dict.get(tree, first), (dict, list)):
        item, flat = f"config[{first!r}][…]", f"flat()[{name!r}]"
        return f"{message}; a key in brackets is literal: write {item}, or {flat}"
    return message + near(name, tree)


def _check_free(tree: Tree, name: str, item: str) -> None:
    if name.startswith("__") or any(name in base.__dict__ for base in type(tree).__mro__):
        raise AttributeError(
            f"{name!r} is a name that {type(tree).__name__} itself has: to record a key of this "
            f"name, write config{item}"
        )
