"""OmegaConf: a ``DictConfig``; inside other objects a ``ListConfig`` and a ``TupleConfig`` too.

Every interpolation is resolved by itself, as reading it does, and its text is kept beside the
value. One that can't be resolved is recorded as its text, and a value that is still missing as
``???``: neither costs the others. A value that is an environment variable says which.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

from unifig import Context, ConversionError, UnsupportedError, Value, hookimpl, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omegaconf import DictConfig, ListConfig

    from unifig import Part, Rebuilt

    Container = DictConfig | ListConfig

types = ("omegaconf:DictConfig", "omegaconf:ListConfig", "omegaconf:TupleConfig")

_MISSING = "???"
_MAX_DEPTH = 200  # OmegaConf itself ends before 100; interpolations can build more
_ENV = re.compile(
    r"(?P<decode>\$\{oc\.decode:\s*)?"
    r"\$\{oc\.env:\s*(?P<name>[A-Za-z_]\w*)\s*(?P<default>,(?:[^${}]|\$\{[^${}]*\})*)?\}"
    r"(?(decode)\s*\})"
)
"""A variable and nothing else: ``${oc.env:NAME}`` or ``${oc.env:NAME,default}``, or one decoded."""


@hookimpl
def update(obj: Container, context: Context) -> dict[Any, Any] | Value:
    """The content of a config, with its interpolations resolved against the config it is a part of.

    Warns of each interpolation that can't be resolved. Raises UnsupportedError for a config at the
    top that is None, missing or an interpolation as a whole, and ConversionError where
    interpolations make it deeper than can be recorded.
    """
    from omegaconf import OmegaConf

    raw = OmegaConf.to_container(obj)
    if not isinstance(raw, (dict, list, tuple)):
        return _without_content(obj, raw, context)
    root = _root(obj)
    with _cache_kept(root):
        content = _Reader(context, is_root=root is obj).read(obj, raw, context.path)
    return content if isinstance(content, dict) else Value(content)


@hookimpl
def rebuild(part: Part) -> Rebuilt:
    """YAML that OmegaConf loads as the same config, its interpolations as they were written."""
    from ._omegaconf_rebuild import rebuilt

    return rebuilt(part)


class _Reader:
    """One conversion. A container is read once, even where interpolations lead to it again.

    Values have forms, for :func:`rebuild`. ``whole`` is a mapping or a list that an interpolation
    gave, outside of lists. ``inside`` is an interpolation that finds the same only in the object
    that the config stands in. ``raw`` has the interpolations in a list by index, ``1.0`` in a list
    within.
    """

    __slots__ = ("context", "done", "is_root", "reading")

    def __init__(self, context: Context, *, is_root: bool) -> None:
        self.context = context
        self.is_root = is_root and not context.path
        """Whether interpolations find the same when the config is read again by itself."""
        self.reading: set[int] = set()  # ids of nodes
        self.done: dict[int, tuple[Container, Any]] = {}  # with the node, whose id it is

    def read(self, node: Container, raw: Any, path: tuple[str | int, ...]) -> Any:
        """The content of a node, made of ``raw``, which has the texts of its interpolations."""
        from omegaconf import OmegaConf

        if id(node) in self.done:
            return self.done[id(node)][1]
        if len(path) > _MAX_DEPTH:
            raise ConversionError(_too_deep(path))
        self.reading.add(id(node))
        content = list(raw) if isinstance(raw, tuple) else raw
        for key, value in _pairs(content):
            kind = type(value)
            if kind is str:
                if "${" in value:
                    content[key] = self._resolved(node, key, value, (*path, _segment(key, node)))
                elif value == _MISSING and OmegaConf.is_missing(node, key):  # 2.4 can escape it
                    content[key] = Value(_MISSING, type="missing")
            elif kind in (dict, list, tuple):
                child = node[key]
                if OmegaConf.is_config(child):  # and not an object that allow_objects let in
                    inner = self.read(child, value, (*path, _segment(key, node)))
                    # Most lists have nothing in them that is told more about.
                    is_told = type(inner) is not dict and Value in map(type, inner)
                    content[key] = self._with_form(inner) if is_told else inner
        if isinstance(raw, tuple):
            content = tuple(content)
        self.reading.discard(id(node))
        self.done[id(node)] = node, content
        return content

    def _resolved(self, node: Container, key: Any, text: str, path: tuple[str | int, ...]) -> Value:
        """What an interpolation stands for: a value, or what another part of the config holds."""
        from omegaconf import OmegaConf
        from omegaconf.errors import OmegaConfBaseException

        try:
            value = node[key]
        except OmegaConfBaseException as error:
            return _unresolved(text, path, error, self.context)
        if id(value) in self.reading:
            return _unresolved(text, path, "it leads back to where it stands", self.context)
        if OmegaConf.is_config(value):
            value = self.read(value, OmegaConf.to_container(value), path)
        elif isinstance(value, str) and type(value).__module__.startswith("omegaconf."):
            value = str(value)  # OmegaConf's own kind of str, for a text that only looks missing
        told = _of_environment(text, value) if "oc.env" in text else Value(value, raw=text)
        form: dict[str, Any] = {}
        in_list = any(isinstance(segment, int) for segment in path)
        if isinstance(value, (dict, list, tuple)) and not in_list:
            form["whole"] = True
        if not self.is_root:
            form["inside"] = True
        return told._replace(form=form) if form else told

    def _with_form(self, items: Any) -> Any:
        """A list with the texts of the interpolations in it, where it is recorded as one value."""
        if not self.is_root or _holds_mapping(items):
            return items
        return Value(items, form={"raw": dict(_texts_in(items, ""))})


def _holds_mapping(items: Any) -> bool:
    """Whether the values in a list are recorded one by one, for there is a mapping in it."""
    plain = [item.value if isinstance(item, Value) else item for item in items]
    return any(
        isinstance(item, dict) or (isinstance(item, (list, tuple)) and _holds_mapping(item))
        for item in plain
    )


def _texts_in(items: Any, above: str) -> Iterator[tuple[str, str]]:
    """The interpolations in a list that is one value, and in lists within it."""
    for at, item in enumerate(items):
        content = item.value if isinstance(item, Value) else item
        if isinstance(item, Value) and item.raw is not None:
            yield f"{above}{at}", item.raw
        elif isinstance(content, (list, tuple)):
            yield from _texts_in(content, f"{above}{at}.")


def _pairs(content: Any) -> Any:
    return content.items() if isinstance(content, dict) else enumerate(content)


def _segment(key: Any, node: Container) -> str | int:
    """A key or an index as it stands in a message."""
    from omegaconf import OmegaConf

    if OmegaConf.is_dict(node):
        return key.name if isinstance(key, Enum) else str(key)
    return int(key)


def _of_environment(text: str, value: Any) -> Value:
    """A resolved value, which says so where it is what an environment variable gives."""
    from omegaconf.errors import OmegaConfBaseException

    told = Value(value, raw=text)
    found = _ENV.fullmatch(text)
    if found is None:
        return told
    name, default = found["name"], found["default"]
    given = os.environ.get(name)
    if given is None or _alone(f"${{oc.env:{name}}}") != given:  # a resolver of the program's own
        return told
    told = told._replace(kind="env", name=f"${name}")
    if default is None or "$" in default or not default[1:].strip():
        return told
    unset = name
    while unset in os.environ:
        unset += "_"
    try:
        otherwise = _alone(text[: found.start("name")] + unset + text[found.end("name") :])
        if not found["decode"] and not isinstance(value, str):
            # What a field of another type makes of a text, OmegaConf alone knows.
            otherwise = {int: int, float: float}[type(value)](otherwise)
    except (OmegaConfBaseException, KeyError, TypeError, ValueError):
        return told
    return told._replace(default=otherwise)


def _alone(text: str) -> Any:
    """What an interpolation gives in a config of its own, where no field has a type."""
    from omegaconf import OmegaConf

    resolved: Any = OmegaConf.to_container(OmegaConf.create([text]), resolve=True)
    return resolved[0]


def _unresolved(text: str, path: tuple[str | int, ...], reason: object, context: Context) -> Value:
    first = str(reason).partition("\n")[0]  # OmegaConf's further lines are its own key and type
    context.warn(
        f"{join(path)!r}: the interpolation {text!r} can't be resolved, and is recorded as its "
        f"text: {first}. Correct it, or set what it needs before the config is recorded"
    )
    return Value(text, raw=text, type="interpolation")


def _without_content(obj: Container, raw: Any, context: Context) -> Value:
    """The answer for a config that is None, missing, or an interpolation as a whole."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not context.path:
        raise UnsupportedError(
            f"this {type(obj).__name__} is {raw} as a whole, and a config needs keys: pass one "
            "that has content"
        )
    if not OmegaConf.is_interpolation(obj):
        return Value(raw, type=None if raw is None else "missing")
    try:
        return Value(OmegaConf.to_container(obj, resolve=True), raw=raw)
    except OmegaConfBaseException as error:
        return _unresolved(raw, context.path, error, context)


def _too_deep(path: tuple[str | int, ...]) -> str:
    return (
        f"the config has more than {_MAX_DEPTH} levels, at {join(path)[:80]!r}: interpolations "
        "lead from part to part. Record a part of it"
    )


def _root(node: Container) -> Container:
    """The config at the top that a node belongs to."""
    from omegaconf import OmegaConf
    from omegaconf.errors import ConfigKeyError

    while True:
        try:
            parent = OmegaConf.select(node, "..")
        except ConfigKeyError:  # what 2.3 raises at the top; 2.4 answers None
            return node
        if parent is None:
            return node
        node = parent


@contextmanager
def _cache_kept(root: Container) -> Iterator[None]:
    """Takes out of the resolvers' cache what is put there for values of the config.

    These may still change, and the program would read the old result. Results for fixed arguments
    stay, so that the program reads what is recorded.
    """
    from omegaconf import OmegaConf

    cache = OmegaConf.get_cache(root)
    known = {(name, arguments) for name, results in cache.items() for arguments in results}
    try:
        yield
    finally:
        for name, results in cache.items():
            for arguments in list(results):
                if (name, arguments) not in known and any("${" in text for text in arguments):
                    del results[arguments]
