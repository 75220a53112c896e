r"""Flat keys: one text for one path through a configuration, and the two ways between them.

The grammar. A path is a tuple of segments: a str for a key of a mapping, an int for an element of
a list. Its flat key joins them::

    ("optimizer", "lr")        optimizer.lr
    ("layers", 0, "units")     layers[0].units
    ("a.b", "x[1]")            a\.b.x\[1\]

A segment's own dots, brackets and backslashes are escaped by a backslash, so that no two paths
share a key. A list of plain values is one value and gets no ``[i]``; only a list that holds a
mapping, at any depth, is taken apart. An empty mapping and an empty list are values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .errors import FlatKeyError
from .origin import Origin

Path = tuple[str | int, ...]

SCALARS: Final = frozenset({type(None), bool, int, float, str})
"""The exact types that are recorded as they are."""

_SPECIAL: Final = re.compile(r"[.\[\]\\]")
_TOKEN: Final = re.compile(
    r"((?:[^.\[\]\\]|\\[.\[\]\\])*)((?:\[(?:0|[1-9][0-9]{0,17})\])*)(\.|\Z)", re.DOTALL
)
_INDEX: Final = re.compile(r"\[([0-9]+)\]")


class Flat(dict[str, Any]):
    """Values by flat key; an adapter's answer in this form has flat keys, not literal ones.

    ``origins`` has, for the same keys, where each value came from, and for a mapping that was an
    interpolation its text. ``types`` has the type a value had before it was recorded, where the
    value can't tell, ``key_types`` that of keys that were no strings; both also for what stands
    above leaves. All three are empty in a Flat made by hand.
    """

    __slots__ = ("key_types", "origins", "types")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.origins: dict[str, Origin] = {}
        self.types: dict[str, str] = {}
        self.key_types: dict[str, str] = {}


def part_of(flat: Flat, keys: Iterable[str]) -> Flat:
    """Some keys of a Flat, with all that is known of them."""
    part = Flat((key, flat[key]) for key in keys)
    part.origins = {key: flat.origins[key] for key in part if key in flat.origins}
    part.types = {key: flat.types[key] for key in part if key in flat.types}
    part.key_types = {key: flat.key_types[key] for key in part if key in flat.key_types}
    return part


def below(flat: Iterable[str], key: str) -> list[str]:
    """The flat keys of what stands inside the mapping, or the list of mappings, at a flat key.

    >>> below(["opt", "opt.lr", "opts.lr", "opt[0].lr"], "opt")
    ['opt.lr', 'opt[0].lr']
    """
    return [at for at in flat if at.startswith((f"{key}.", f"{key}["))]


def escape(segment: str) -> str:
    """A mapping's key as it stands in a flat key."""
    if segment.isidentifier():
        return segment
    return _SPECIAL.sub(r"\\\g<0>", segment)


def extend(prefix: str | None, segment: str | int) -> str:
    """The flat key of what stands at ``segment`` inside ``prefix`` (None for the top)."""
    if isinstance(segment, int):
        return f"{prefix or ''}[{segment}]"
    return escape(segment) if prefix is None else f"{prefix}.{escape(segment)}"


def join(path: Path) -> str:
    r"""The flat key of a path.

    Raises FlatKeyError for what is no path: an empty one, one whose first segment is no str (at
    the top there is a mapping), a segment that is neither a str nor an int from 0 on.

    >>> join(("layers", 0, "a.b"))
    'layers[0].a\\.b'
    """
    if not path or isinstance(path, str) or not isinstance(path[0], str):
        told = "write a tuple that begins with a key, ('layers', 0)"
        raise FlatKeyError(f"{path!r} is no path: {told}")
    key: str | None = None
    for segment in path:
        if not isinstance(segment, str) and (type(segment) is not int or not 0 <= segment < 10**18):
            raise FlatKeyError(
                f"{segment!r} in the path {path!r} is no segment: write a str for a key, an int "
                "from 0 on for an element"
            )
        key = extend(key, segment)
    return key or ""


def split(key: str) -> Path:
    """The path of a flat key; the inverse of :func:`join`.

    Raises FlatKeyError where ``key`` is no text, or not in the form that ``join`` gives.

    >>> split("layers[0].units")
    ('layers', 0, 'units')
    """
    if not isinstance(key, str):
        raise FlatKeyError(f"flat key {key!r} is no text: unifig.join(path) makes one of segments")
    if key.isidentifier():
        return (key,)
    path: list[str | int] = []
    at = 0
    while True:
        match = _TOKEN.match(key, at)
        if match is None:
            raise FlatKeyError(_malformed(key, at))
        name, indexes, end = match.groups()
        path.append(re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL) if "\\" in name else name)
        path.extend(int(index) for index in _INDEX.findall(indexes))
        if not end:
            return tuple(path)
        at = match.end()


def _malformed(key: str, at: int) -> str:
    return (
        f"flat key {key!r} is malformed after character {at}: write a list's element as [0], and a "
        rf"backslash before a dot, bracket or backslash that belongs to a name (a\.b); "
        "unifig.join(path) does it"
    )


def holds_mapping(items: list[Any]) -> bool:
    """Whether a list of plain data holds a mapping, at any depth of the lists within it."""
    pending = [items]
    while pending:
        current = pending.pop()
        if set(map(type, current)) <= SCALARS:
            continue
        for item in current:
            if isinstance(item, dict):
                return True
            if isinstance(item, list):
                pending.append(item)
    return False


def plain(value: Any) -> Any:
    """A deep copy of plain data, made of dict and list alone."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(value) if set(map(type, value)) <= SCALARS else [plain(item) for item in value]
    return value


class _Elements(dict[int, Any]):
    """A list under construction: its elements by index."""


def unflatten(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The tree that a mapping of flat keys stands for; the inverse of ``flatten``.

    Values are taken as they are. Raises FlatKeyError for a malformed key, for two keys of which
    one stands inside the other (``a`` and ``a.b``), and for a list with a gap.

    >>> unflatten({"optimizer.lr": 0.1, "layers[0].n": 1, "layers[1].n": 2})
    {'optimizer': {'lr': 0.1}, 'layers': [{'n': 1}, {'n': 2}]}
    """
    root: dict[Any, Any] = {}
    branches: dict[int, dict[Any, Any]] = {id(root): root}
    lists: list[tuple[dict[Any, Any], Path, _Elements]] = []
    for key, value in flat.items():
        path = split(key)
        node = root
        for depth, following in enumerate(path[1:], 1):
            segment = path[depth - 1]
            child = node.get(segment)
            if child is None and segment not in node:
                child = _Elements() if isinstance(following, int) else {}
                branches[id(child)] = child
                if isinstance(child, _Elements):
                    lists.append((node, path[:depth], child))
                node[segment] = child
            wanted = _Elements if isinstance(following, int) else dict
            if id(child) not in branches or type(child) is not wanted:
                raise FlatKeyError(_clash(key, path[:depth]))
            node = child
        if path[-1] in node:
            raise FlatKeyError(_clash(key, path))
        node[path[-1]] = value
    for node, path, elements in reversed(lists):
        if sorted(elements) != list(range(len(elements))):
            missing = next(index for index in range(len(elements)) if index not in elements)
            raise FlatKeyError(
                f"the list at {join(path)!r} has an element [{max(elements)}] but none "
                f"[{missing}]: give every element from [0] on"
            )
        node[path[-1]] = [elements[index] for index in range(len(elements))]
    return root


def _clash(key: str, inner: Path) -> str:
    return (
        f"flat key {key!r} clashes with another one: {join(inner)!r} would be a value and a "
        "container, or a list and a mapping, at once. Leave one of the two out"
    )
