"""The whole story of a value: who chose it, where, and what it replaced; as text, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from .flat import Path, join, plain
from .messages import excerpt, near_place, told
from .origin import Origin
from .tree import Tree, child, is_branch, origin_of

if TYPE_CHECKING:
    from rich.text import Text

_MOST_SHOWN: Final = 200  # characters of a value


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
        self.locked = locked
        """Who locked it; None where nobody did."""
        self.above = above
        """The mappings and lists it stands in that replaced something, the innermost first."""
        self.parts = parts
        """What is below a mapping or a list of mappings; the rest is then empty."""

    def __str__(self) -> str:
        return "\n".join(f"{indent}{label}{text}" for indent, label, text in self.lines())

    def __repr__(self) -> str:
        return f"<Explanation of {self.key!r}>\n{self}"

    def __rich__(self) -> Text:
        from rich.text import Text

        text = Text()
        for at, (indent, label, words) in enumerate(self.lines()):
            text.append("\n" if at else "")
            text.append(indent)
            text.append(label, "dim" if indent else "bold")
            text.append(words)
        return text

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data.

        ``key`` and ``parts``, or ``key``, ``value`` and those fields of its origin that say
        something, with ``locked``, and ``above`` by flat key.
        """
        if self.parts:
            return {"key": self.key, "parts": [part.as_dict() for part in self.parts]}
        data = {"key": self.key, "value": self.value, **self.origin.as_dict()}
        if self.locked is not None:
            data["locked"] = self.locked
        if self.above:
            data["above"] = {key: origin.as_dict() for key, origin in self.above}
        return data

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Indent, label and text of each line."""
        if self.parts:
            for part in self.parts:
                yield from part.lines()
            return
        origin = self.origin
        yield "", self.key, f" = {excerpt(self.value, _MOST_SHOWN)}"
        yield "  ", "from ", _by(origin)
        for label, words in (
            ("said to be ", origin.help),
            ("written as ", origin.raw),
            ("its type was ", origin.type),
            ("masked: ", origin.note),
            ("locked by ", self.locked and near_place(self.locked)),
        ):
            if words:
                yield "  ", label, " ".join(words.split())
        yield from _replaced("", origin)
        for key, outer in self.above:
            yield from _replaced(f"{key} ", outer)


def explain(tree: Tree, path: Path, locks: Mapping[Path, str]) -> Explanation:
    """The story of what stands at a path of a record, with secrets masked.

    ``locks`` has who locked a path.
    """
    from .screen import screened_origin, screened_value  # loaded once something is to leave

    node: Any = tree
    above: list[tuple[str, Origin]] = []
    for at, segment in enumerate(path):
        origin, value = origin_of(node, segment), child(node, segment)
        here = path[: at + 1]
        above.insert(0, (join(here), screened_origin(here, origin)))
        node = value
    parts: tuple[Explanation, ...] = ()
    if is_branch(node):
        inner = node.keys() if isinstance(node, Tree) else range(len(node))
        parts = tuple(explain(tree, (*path, segment), locks) for segment in inner)
    shown, origin = screened_value(path, plain(node), origin)
    return Explanation(
        join(path),
        shown,
        origin,
        locked=next((by for at, by in locks.items() if path[: len(at)] == at), None),
        above=tuple((key, outer) for key, outer in above[1:] if outer.replaced),
        parts=parts,
    )


def _replaced(what: str, origin: Origin) -> Iterator[tuple[str, str, str]]:
    for entry in origin.replaced:
        yield (
            "  ",
            f"{what}replaced ",
            f"{excerpt(entry.value, _MOST_SHOWN)}, from {_by(entry.origin)}",
        )
        if entry.skipped:
            yield "  ", f"{what}replaced ", f"{entry.skipped:,} more before that"


def _by(origin: Origin) -> str:
    """An origin in words, with the adapter where they do not name it."""
    words = told(origin)
    adapter = origin.adapter
    return words if adapter is None or adapter in words else f"{words}, by {adapter}"
