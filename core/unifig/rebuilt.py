"""What crosses the boundary where a record is turned back into what a framework reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .flat import Flat
from .origin import Origin


class Wanted(NamedTuple):
    """One value that is to be given to the framework."""

    value: Any
    """Plain data, nested where it was one value for the framework."""
    origin: Origin
    """The framework's own: what it said of the value when it was recorded, its ``form`` too."""
    changed: bool = False
    """Whether it is asked for now. Otherwise somebody chose it then, and ``form`` may have the
    words that they gave."""
    default: Any = None
    """What the framework has where nobody gives a value; None also where that is not known."""
    typed: str | None = None
    """The text that a person typed for a value that is changed, where they did."""


class Part(NamedTuple):
    """What of a record one adapter is asked to turn back."""

    wanted: Mapping[str, Wanted]
    """By flat key, in the order of the record: what was chosen, and what is changed."""
    origins: Mapping[str, Origin]
    """Of all keys of the framework, wanted or not, what it said of them."""
    values: Flat
    """The values of all these keys but the secret ones, changed where that is wanted; with the
    original types and key types, also of what stands above them."""


@dataclass
class Rebuilt:
    """What a framework reads, made of a record; and what could not be made of it.

    Of its fields an adapter fills those that its framework knows.
    """

    argv: list[str] = field(default_factory=list)
    """Arguments of a command line, as the program gets them: not quoted for any shell."""
    keywords: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments for the class that the values came from, of their original types, nested
    as the config is."""
    texts: dict[str, str] = field(default_factory=dict)
    """Contents of files, by their kind: ``yaml``, ``flagfile``. Where two adapters give one kind,
    that of the second has its name: ``yaml of omegaconf``."""
    environment: dict[str, str | None] = field(default_factory=dict)
    """The variables of the environment that values came from, and what they were; None where the
    values do not tell."""
    instance: Any = None
    """An object of the class that was asked for."""
    changed: dict[str, str] = field(default_factory=dict, compare=False)
    """How each change is given: by ``argv``, ``keywords``, or the kind of a text. Filled in for
    adapters."""
    lost: dict[str, str] = field(default_factory=dict)
    """The keys that could not be carried, and why."""
    secrets: dict[str, str] = field(default_factory=dict)
    """The keys whose values were masked, and what they are called where they are to be given."""

    def add(self, part: Rebuilt, adapter: str | None, keys: Iterable[str]) -> None:
        """Takes over what an adapter has given, also for keys that were changed."""
        self.argv += part.argv
        _merge(self.keywords, part.keywords)
        for kind, text in part.texts.items():
            self.texts[kind if kind not in self.texts else f"{kind} of {adapter}"] = text
        ways = ["keywords"] * bool(part.keywords) + list(part.texts)
        way = "argv" if part.argv or not ways else ways[0]
        self.changed.update((key, way) for key in keys if key not in part.lost)
        self.environment.update(part.environment)
        self.instance = part.instance if self.instance is None else self.instance
        self.lost.update(part.lost)
        self.secrets.update(part.secrets)


class RebuildContext:
    """What an adapter is told beside the values.

    ``options``  what ``rebuild(record, …)`` said, by name
    """

    __slots__ = ("_delegate", "options")

    def __init__(
        self,
        options: Mapping[str, Any],
        delegate: Callable[[str, Part], Rebuilt | None],
    ) -> None:
        self.options = options
        self._delegate = delegate

    def delegate(self, adapter: str, part: Part) -> Rebuilt | None:
        """The answer of another adapter, by its name, for a framework that is built on its own."""
        return self._delegate(adapter, part)


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
