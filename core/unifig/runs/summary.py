"""``run.summary``: of each metric the last number, the lowest and the highest, and what was set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from unifig.conversion import to_flat
from unifig.errors import ConfigKeyError, FlatKeyError
from unifig.flat import Flat, join, unflatten
from unifig.messages import near

from .encoding import original_key
from .metrics import Extremes


class Summary(MutableMapping[str, Any]):
    """What a run has come to, by key: ``summary["acc"]``, ``summary["val"]["acc"]``.

    It has the last number of each metric, and whatever was set: plain data of any kind, converted
    as a config's is. :attr:`min` and :attr:`max` have the lowest and the highest number of each
    metric, by the same keys.
    """

    __slots__ = ("_change", "_read")

    def __init__(
        self, read: Callable[[], Extremes], change: Callable[[Flat, list[str]], None]
    ) -> None:
        object.__setattr__(self, "_read", read)
        object.__setattr__(self, "_change", change)

    @property
    def min(self) -> dict[str, Any]:
        """The lowest number of each metric."""
        return tree_of(self._read().lowest)

    @property
    def max(self) -> dict[str, Any]:
        """The highest number of each metric."""
        return tree_of(self._read().highest)

    def flat(self) -> dict[str, Any]:
        """The last numbers and what was set, by flat key."""
        return {original_key(key): value for key, value in self._read().last.items()}

    def as_dict(self) -> dict[str, Any]:
        """The same as nested dicts; a copy."""
        return tree_of(self._read().last)

    def __getitem__(self, key: str) -> Any:
        found = self.as_dict()
        if key not in found:
            raise ConfigKeyError(f"the summary has no key {key!r}{near(str(key), found)}")
        value = found[key]
        # A copy: what would be written into it would be lost.
        return MappingProxyType(value) if isinstance(value, dict) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"the summary has no attribute {name!r}")
        try:
            return self[name]
        except ConfigKeyError as error:
            raise AttributeError(str(error)) from None

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("min", "max"):
            raise AttributeError(f"to set {name!r} in the summary, write summary[{name!r}] = …")
        self[name] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise ConfigKeyError(f"the summary has no key {key!r}")
        self._change(Flat(), self._below([key]))

    def update(self, obj: Any = None, /, **values: Any) -> None:
        """Sets what an object has, of any kind that ``config.update`` takes.

        Without one it does nothing: what is set is recorded at once.
        """
        if obj is None and not values:
            return
        given = obj if isinstance(obj, Mapping) else {} if obj is None else unflatten(to_flat(obj))
        flat = to_flat({**given, **values})
        self._change(flat, [key for key in self._below({**given, **values}) if key not in flat])

    def _below(self, names: Any) -> list[str]:
        """The flat keys at and below keys at the top."""
        begins = tuple(join((name,)) for name in names)
        return [
            key
            for key in self.flat()
            if any(key == begin or key.startswith((begin + ".", begin + "[")) for begin in begins)
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.as_dict())

    def __repr__(self) -> str:
        return f"Summary({self.as_dict()!r})"


def tree_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by stored key as nested dicts."""
    flat = {original_key(key): value for key, value in values.items()}
    try:
        return unflatten(flat)
    except FlatKeyError:
        return unflatten(_apart(flat))


def _apart(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Values without those that stand inside later ones, or around them.

    A metric may become a mapping of metrics: both are recorded, and a tree has room for one.
    """
    found: dict[str, Any] = {}
    for key, value in flat.items():
        for other in [known for known in found if _inside(key, known) or _inside(known, key)]:
            del found[other]
        found[key] = value
    return found


def _inside(key: str, outer: str) -> bool:
    return key.startswith((outer + ".", outer + "["))
