"""What set each value of a config: a tree of settings, and how one is laid over another.

It is built as Hydra builds the config, file by file and override by override, and then held
against the config that Hydra made: what is not the same is not known.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Literal, NamedTuple

from unifig import Value

Kind = Literal["file", "default", "cli"]

_PROJECT = 0
"""The rank of a project's own config files: they are its defaults."""
_MISSING = "???"


class Setting(NamedTuple):
    """One value that was set, as plain data with the texts of its interpolations; and by what."""

    value: Any
    kind: Kind
    name: str | None = None
    place: str | None = None
    override: bool = False
    """Whether an override on the command line set this very value, not the file it stands in."""
    instead: Node | None = None
    """Of such a value: what would have stood there otherwise."""
    at: int | None = None
    """The place of the override on the command line."""

    def told(self, value: Any) -> Value:
        """The value that it became in the config, with its origin."""
        told: Value = value if isinstance(value, Value) else Value(value)
        if told.kind == "env":
            if not self.override:
                return told._replace(place=self.place)
            told = Value(told.value, raw=told.raw)  # whoever typed it chose the variable, too
        rank = _PROJECT if self.kind == "file" else None
        told = told._replace(kind=self.kind, name=self.name, place=self.place, rank=rank)
        return told if self.instead is None else told._replace(default=as_value(self.instead))

    def placed(self, value: Any) -> Value:
        """The same, with a form that has the place of its override, and whether it chose a group.

        The mapping that an interpolation gave has a form that says so.
        """
        told = self.told(value)
        if self.at is None or told.kind != "cli":
            return told
        form = {"at": self.at} if self.override else {"at": self.at, "group": True}
        return told._replace(form={**(told.form or {}), **form})


class Section(dict[Any, "Node"]):
    """A mapping that was set, by key."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting


class Series(list["Node | None"]):
    """A list that was set and that holds mappings or lists; None for an element that is unknown."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting


Node = Setting | Section | Series


def settings_of(value: Any, setting: Setting) -> Node:
    """A whole value, set by the same thing at the same place."""
    if isinstance(value, dict):
        section = Section(setting._replace(value={}))
        section.update((key, settings_of(item, setting)) for key, item in value.items())
        return section
    if is_branch(value):
        series = Series(setting._replace(value=[]))
        series.extend(settings_of(item, setting) for item in value)
        return series
    return setting._replace(value=value)


def is_branch(value: Any) -> bool:
    """Whether a value is a list that holds mappings or lists."""
    return isinstance(value, (list, tuple)) and any(
        isinstance(item, (dict, list, tuple)) for item in value
    )


def holds_mapping(items: Any) -> bool:
    """Whether there is a mapping in a list, or in lists within it."""
    return any(
        isinstance(item, dict) or (isinstance(item, (list, tuple)) and holds_mapping(item))
        for item in items
    )


def as_value(node: Node) -> Any:
    """What a node says that a value is, with where it says so; its interpolations are texts."""
    if isinstance(node, Section):
        return node.setting.told({key: as_value(item) for key, item in node.items()})
    if isinstance(node, Series):
        return node.setting.told([as_value(item) for item in node if item is not None])
    value = node.told(node.value)
    if node.value == _MISSING:
        return value._replace(type="missing")
    if isinstance(node.value, str) and "${" in node.value:
        return value._replace(type="interpolation", raw=node.value)
    return value


# One laid over another


def lay(over: Node, under: Node | None) -> Node:
    """What two settings of one key come to, by OmegaConf's rules; both may be changed.

    Mappings merge, anything else replaces. A file's value that is still missing says nothing.
    """
    if isinstance(over, Section):
        if not isinstance(under, Section):
            return over
        for key, item in over.items():
            under[key] = lay(item, under.get(key))
        if not over.setting.override:
            under.setting = over.setting
        return under
    setting = over if isinstance(over, Setting) else over.setting
    if under is None:
        return over
    if not setting.override:
        return under if setting.value == _MISSING else over
    setting = setting._replace(instead=_without_overrides(under))
    if isinstance(over, Setting):
        return setting
    over.setting = setting
    return over


def _without_overrides(node: Node) -> Node | None:
    """What stands at a key had no override set a value; None where nothing does."""
    if isinstance(node, Setting):
        return node.instead if node.override else node
    if node.setting.override:
        return node.setting.instead
    if isinstance(node, Series):
        series = Series(node.setting)
        series.extend(None if item is None else _without_overrides(item) for item in node)
        return series
    section = Section(node.setting)
    for key, item in node.items():
        if (left := _without_overrides(item)) is not None:
            section[key] = left
    return section


def lay_at(path: list[str], over: Node, root: Section) -> None:
    """Lays settings over what stands at a path; sections that are not there are made."""
    node: Node = root
    for at, text in enumerate(path[:-1]):
        child = _child(node, text)
        if isinstance(child, Setting) and isinstance(child.value, list):
            _element(node, text, child, path[at + 1 :], over)
            return
        if not isinstance(child, (Section, Series)):
            setting = over if isinstance(over, Setting) else over.setting
            child = Section(setting._replace(value={}))
            _put(node, text, child)
        node = child
    _put(node, path[-1], lay(over, _child(node, path[-1])))


def remove_at(path: list[str], root: Section) -> None:
    """Takes out what stands at a path; where nothing does, nothing is done."""
    node: Node | None = root
    for text in path[:-1]:
        node = _child(node, text)
    if isinstance(node, Section):
        node.pop(path[-1], None)
    elif isinstance(node, Series) and _child(node, path[-1]) is not None:
        del node[int(path[-1])]


def _child(node: Node | None, text: str) -> Node | None:
    if isinstance(node, Section):
        return node.get(text)
    if isinstance(node, Series) and text.isdecimal() and int(text) < len(node):
        return node[int(text)]
    return None


def _put(node: Node, text: str, child: Node) -> None:
    if isinstance(node, Section):
        node[text] = child
    elif isinstance(node, Series) and text.isdecimal() and int(text) < len(node):
        node[int(text)] = child


def _element(node: Node, text: str, old: Setting, rest: list[str], over: Node) -> None:
    """Sets an element of a list of plain values, which is one value and so becomes the setter's."""
    index = int(rest[0]) if rest[0].isdecimal() else len(old.value)
    if len(rest) == 1 and index < len(old.value) and isinstance(over, Setting):
        changed = [*old.value[:index], over.value, *old.value[index + 1 :]]
        _put(node, text, lay(over._replace(value=changed), old))


# Held against the config


def confirmed(node: Node | None, value: Any, doubts: list[Node]) -> Node | None:
    """The settings that agree with what the config has, with its values; None where none do.

    What does not agree is put into ``doubts``.
    """
    if isinstance(node, Section) and isinstance(value, dict):
        section = Section(node.setting)
        for key, item in value.items():
            found = confirmed(node.get(key), item, doubts)
            if found is not None:
                section[key] = found
        return section
    if isinstance(node, Series) and is_branch(value) and len(node) == len(value):
        series = Series(node.setting)
        for told, item in zip(node, value, strict=True):
            series.append(confirmed(told, item, doubts))
        return series
    if isinstance(node, Setting) and not isinstance(value, dict) and _agree(node.value, value):
        return node._replace(value=value)
    if node is not None:
        doubts.append(node)
    return None


def without_defaults(node: Section) -> Section:
    """Settings by which overrides do not say what would have stood in their place."""
    for key, item in node.items():
        node[key] = _without_default(item)
    return node


def _without_default(node: Any) -> Any:
    if isinstance(node, Section):
        return without_defaults(node)
    if isinstance(node, Series):
        node[:] = map(_without_default, node)
        return node
    return node if node is None else node._replace(instead=None)


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, by type as well."""
    return type(one) is type(other) and repr(one) == repr(other)


def _agree(told: Any, value: Any) -> bool:
    """Whether a value is what a text in a file or an override gives in a field of its type."""
    if same(told, value):
        return True
    if isinstance(told, (list, tuple)) and isinstance(value, (list, tuple)):
        return len(told) == len(value) and all(map(_agree, told, value))
    from omegaconf import (
        BooleanNode,
        BytesNode,
        EnumNode,
        FloatNode,
        IntegerNode,
        OmegaConf,
        PathNode,
        StringNode,
    )
    from omegaconf.errors import ValidationError

    fields: tuple[tuple[type, Any], ...] = (
        (Enum, lambda told: EnumNode(type(value), told)),
        (bool, BooleanNode),
        (int, IntegerNode),
        (float, FloatNode),
        (str, StringNode),
        (bytes, BytesNode),
        (Path, PathNode),
    )
    for kind, field in fields:
        if isinstance(value, kind) and told is not None:
            try:
                return same(OmegaConf.to_container(OmegaConf.create([field(told)])), [value])
            except ValidationError:
                return False
    return False


# Told to unifig


def annotated(content: Any, raw: Any, node: Node | None) -> Any:
    """What an adapter answered for a config, with the origins that are known.

    ``raw`` is the same config as plain data, with the texts of its interpolations. A value that is
    no longer the one that was set stays as it is.
    """
    if isinstance(content, dict) and isinstance(raw, dict):
        if isinstance(node, Section) and not content:
            return node.setting.placed(content)
        known = node if isinstance(node, Section) else {}
        return {key: annotated(item, raw.get(key), known.get(key)) for key, item in content.items()}
    if is_branch(raw) and not isinstance(content, Value):
        known_items: list[Node | None] = [None] * len(raw)
        if isinstance(node, Series) and len(node) == len(raw):
            known_items = node
        items: Any = list(map(annotated, content, raw, known_items))
        items = tuple(items) if isinstance(content, tuple) else items
        if isinstance(node, Series) and node.setting.override and same(_plain(node), raw):
            # With mappings in it its values are recorded one by one, each with a form of its own.
            return (node.setting.told if holds_mapping(raw) else node.setting.placed)(items)
        return items
    if isinstance(node, Setting) and same(node.value, raw):
        return node.placed(content)
    return content


def _plain(node: Node | None) -> Any:
    """The value that settings come to; where one is not known, no value of a config."""
    if isinstance(node, Section):
        return {key: _plain(item) for key, item in node.items()}
    if isinstance(node, Series):
        return list(map(_plain, node))
    return NotImplemented if node is None else node.value
