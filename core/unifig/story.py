"""The whole story of a value: who chose it, where, and what it replaced; as text, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from .errors import ConfigKeyError
from .flat import Flat, Path, below, join, split, unflatten
from .messages import excerpt, near, near_place, printable, told
from .origin import NOTHING, PROGRAM, Origin
from .tree import Items, Node, Tree, child, is_branch, noted, origin_of, screened_part
from .values import number, same

if TYPE_CHECKING:
    from rich.console import Group

_UNKNOWN: Final = Origin("unknown", PROGRAM)
"""The origin of what a record says no more of."""

_MOST_SHOWN: Final = 200  # characters of a value

_OF_TYPES: Final = {
    "missing": "is still to be set",
    "interpolation": "can't be resolved",
}
"""What is said of a value whose type is none: see ``Value.type``."""


_Above = tuple[tuple[Path, Origin], ...]
"""The mappings and lists that a value stands in, the innermost first."""


class Explanation:
    """Where the value at one flat key comes from; of a mapping, where each value in it does.

    ``str()`` gives it as text, Rich prints it in colour, :meth:`as_dict` gives it as plain data.
    Secrets are masked in all of them.
    """

    __slots__ = ("above", "key", "locked", "origin", "parts", "value")

    def __init__(
        self,
        key: str,
        value: Any,
        origin: Origin,
        *,
        locked: str | None = None,
        above: tuple[tuple[str, Origin], ...] = (),
        parts: tuple[Explanation, ...] = (),
    ) -> None:
        self.key = key
        """The flat key."""
        self.value = value
        """Plain data."""
        self.origin = origin
        """Where it comes from; of a mapping or a list of mappings, who put it there."""
        self.locked = locked
        """Who locked it; None where nobody did."""
        self.above = above
        """The mappings and lists it stands in that replaced something, the innermost first."""
        self.parts = parts
        """Of a mapping or a list of mappings, the values in it; what is above it is told of it
        alone."""

    def __str__(self) -> str:
        return "\n".join(f"{indent}{label}{text}" for indent, label, text in self.lines())

    def __repr__(self) -> str:
        return f"<Explanation of {self.key!r}>\n{self}"

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        blocks: list[Text | Table] = []
        for indent, label, words in self.lines():
            if not indent:
                blocks.append(Text.assemble((label, "bold"), words, overflow="fold"))
                continue
            if not isinstance(table := blocks[-1], Table):
                table = Table.grid(padding=(0, 1, 0, 0))  # long texts stay beside their labels
                table.add_column(no_wrap=True)
                table.add_column(overflow="fold")
                blocks.append(table)
            table.add_row(Text(indent + label.strip(), "dim"), Text(words))
        return Group(*blocks)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data, with whole values.

        ``key``, ``value`` and those fields of its origin that say something, of which ``key_type``
        is the type that its key had; of a mapping or a list of mappings ``key``, ``parts``, and
        what it ``replaced``. With ``locked`` and, by flat key, ``above``, where there is any.
        """
        data: dict[str, Any] = {"key": self.key}
        if not self.parts:
            data |= {"value": self.value, **self.origin._replace(key=None).as_dict()}
            if self.origin.key is not None:
                data["key_type"] = self.origin.key
        elif self.origin.replaced:
            data["replaced"] = [entry.as_dict() for entry in self.origin.replaced]
        if self.locked is not None:
            data["locked"] = self.locked
        if self.above:
            data["above"] = {key: origin.as_dict() for key, origin in self.above}
        if self.parts:
            data["parts"] = [part.as_dict() for part in self.parts]
        return data

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Indent, label and text of each line."""
        own = list(self._own_lines())
        if own or not self.parts:
            yield "", printable(self.key), "" if self.parts else f" = {_shown(self.value)}"
        for label, words in own:
            yield "  ", label, printable(" ".join(words.split()))
        for part in self.parts:
            yield from part.lines()

    def _own_lines(self) -> Iterator[tuple[str, str]]:
        origin = self.origin
        if not self.parts:
            yield "from ", _by(origin)
            yield from _facts(origin)
            if self.locked is not None:
                yield "locked by ", near_place(self.locked)
        yield from _replaced("", origin, NOTHING if self.parts else self.value)
        for key, outer in self.above:
            yield from _replaced(f"{key} = ", outer, NOTHING)


def explain(tree: Tree, path: Path, locks: Mapping[Path, str]) -> Explanation:
    """The story of what stands at a path of a record; ``locks`` has who locked a path."""
    node: Any = tree
    above: _Above = ()
    note: str | None = None
    for at, segment in enumerate(path, 1):
        origin, node = noted(origin_of(node, segment), note), child(node, segment)
        note = origin.note
        above = ((path[:at], origin), *above)
    inner = _leaves(path, node, note) if is_branch(node) else ()
    parts = tuple(_explanation(*leaf, locks) for leaf in inner)
    return _explanation(path, node, origin, above[1:], locks, parts)


def explain_record(flat: Flat, key: str, what: str) -> Explanation:
    """The story of what stands at a flat key of a record, as it was recorded.

    It is told as it is: what was secret was masked before it was recorded. ``what`` is what an
    error calls the record. Raises ConfigKeyError, with near ones, for a key that is not there,
    FlatKeyError for what is no flat key.
    """
    path = split(key)
    leaf = next((at for end in range(len(path), 0, -1) if (at := join(path[:end])) in flat), None)
    if leaf is not None:
        value, origin = _element(flat, leaf, path)
        if value is not NOTHING:
            return Explanation(key, value, origin, above=_above(flat, path, 0))
    inner = below(flat, key)
    if not inner:
        raise ConfigKeyError(f"{what} has no flat key {key!r}{near(key, _all_keys(flat))}")
    origin = flat.origins.get(key, _UNKNOWN)._replace(type=flat.types.get(key))
    parts = tuple(
        Explanation(at, flat[at], flat.origins[at], above=_above(flat, split(at), len(path)))
        for at in inner
    )
    branch: Any = unflatten(flat)
    for segment in path:
        branch = branch[segment]
    return Explanation(key, branch, origin, above=_above(flat, path, 0), parts=parts)


def _element(flat: Flat, leaf: str, path: Path) -> tuple[Any, Origin]:
    """What stands at a path at or inside a leaf; NOTHING where the leaf has no such element."""
    value, origin = flat[leaf], flat.origins[leaf]
    for segment in path[len(split(leaf)) :]:
        if isinstance(segment, str) or not isinstance(value, list) or segment >= len(value):
            return NOTHING, origin
        value, origin = value[segment], origin._replace(type=None, key=None, replaced=())
    return value, origin


def _above(flat: Flat, path: Path, begin: int) -> tuple[tuple[str, Origin], ...]:
    """The mappings and lists around a path that replaced something, the innermost first."""
    keys = [join(path[:end]) for end in range(len(path) - 1, begin, -1)]
    return tuple(
        (at, origin) for at in keys if (origin := flat.origins.get(at)) and origin.replaced
    )


def _all_keys(flat: Flat) -> dict[str, None]:
    """The flat keys of all values, and of what they stand in."""
    paths = map(split, flat)
    return dict.fromkeys(join(path[:end]) for path in paths for end in range(len(path), 0, -1))


def _leaves(path: Path, node: Node, note: str | None) -> Iterator[tuple[Path, Any, Origin, _Above]]:
    """The values below a node: path, value, origin, and what stands between them and the node."""
    pending: list[tuple[Path, Any, Origin, _Above]] = []

    def open_up(path: Path, node: Node, note: str | None, above: _Above) -> None:
        segments: Iterable[Any] = range(len(node)) if isinstance(node, Items) else list(node)
        inner = [
            ((*path, at), child(node, at), noted(origin_of(node, at), note), above)
            for at in segments
        ]
        pending.extend(reversed(inner))

    open_up(path, node, note, ())
    while pending:
        here, value, origin, above = pending.pop()
        if is_branch(value):
            open_up(here, value, origin.note, ((here, origin), *above))
        else:
            yield here, value, origin, above


def _explanation(
    path: Path,
    value: Any,
    origin: Origin,
    above: _Above,
    locks: Mapping[Path, str],
    parts: tuple[Explanation, ...] = (),
) -> Explanation:
    from .screen import screened_origin  # loaded once something is to leave

    shown, own = screened_part(path, value, origin)
    locked = (locks[path[:end]] for end in range(len(path), 0, -1) if path[:end] in locks)
    return Explanation(
        join(path),
        shown,
        own,
        locked=next(locked, None),
        above=tuple(
            (join(at), screened_origin(at, outer)) for at, outer in above if outer.replaced
        ),
        parts=parts,
    )


# Texts


def _facts(origin: Origin) -> Iterator[tuple[str, str]]:
    """What an origin says of a value beside where it comes from."""
    if origin.help:
        yield "described as ", origin.help
    if origin.raw:
        yield "written as ", origin.raw
    if origin.type:
        yield ("", _OF_TYPES[origin.type]) if origin.type in _OF_TYPES else ("was a ", origin.type)
    if origin.note:
        yield "masked: ", origin.note


def _replaced(what: str, origin: Origin, newer: Any) -> Iterator[tuple[str, str]]:
    """What a value took the place of; ``newer`` is that value."""
    for entry in origin.replaced:
        is_same = newer is not NOTHING and same(entry.value, newer) and not entry.origin.note
        value = "the same value" if is_same else f"{what}{_shown(entry.value)}"
        yield "replaced ", f"{value}, from {_by(entry.origin)}"
        if entry.skipped:
            yield "replaced ", f"{entry.skipped:,} more before that, which are not kept"
        newer = NOTHING if newer is NOTHING or entry.skipped else entry.value


def _by(origin: Origin) -> str:
    """An origin in words, with the adapter where they do not name it."""
    named = origin.adapter is None or origin.kind in ("default", "unknown")
    return told(origin) if named else f"{told(origin)}, by {origin.adapter}"


def _shown(value: Any) -> str:
    """The beginning of a value."""
    if type(value) is not int:
        return excerpt(value, _MOST_SHOWN)
    text = number(value)  # Python does not write a long one
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
