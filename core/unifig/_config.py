"""The :class:`Config`, and ``config``, the one of this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final

from .comparison import Diff, chosen, diff, digest
from .conversion import convert, convert_list, to_flat
from .edit import Change, Edit
from .errors import ConfigError, ConfigKeyError
from .flat import Flat, Path, part_of, split, unflatten
from .messages import discreet, near
from .names import dotted
from .origin import NOTHING, Origin
from .place import here, warn
from .plugins import registry
from .precedence import Judge
from .story import Explanation, explain
from .tree import (
    Items,
    Node,
    Snapshot,
    Tree,
    child,
    collect,
    detach,
    fill,
    mask,
    origin_of,
    path_of,
    refuse,
    root,
    snapshot,
    warn_of_masks,
)

Observer = Callable[[Change], object]

_MOST_ANSWERS: Final = 1000


class Config(Tree):
    """What a program was configured with: a live mapping of plain data that knows its origins.

    Keys can be read and written as items or as attributes, at every level::

        config = Config()
        config.update({"optimizer": {"name": "adam", "lr": 0.1}})
        config.optimizer.lr = 0.01
        config.flat()              # {'optimizer.name': 'adam', 'optimizer.lr': 0.01}

    Values are plain data: whatever is written is converted first (see :meth:`update`), and what is
    read back is what is recorded. Every write is all or nothing, and safe from any thread. A
    config can be copied and pickled, with its origins and without its observers.
    """

    __slots__ = ("_allow", "_lock", "_locks", "_observers", "_untold")
    _allow: bool
    _lock: threading.RLock
    _locks: dict[Path, str]
    """Who locked what, by path."""
    _observers: list[tuple[Observer]]
    _untold: list[Change]
    """The change that observers are being told of, and those that they made meanwhile."""

    def __init__(
        self, obj: Any = NOTHING, /, *, allow_val_change: bool = False, **values: Any
    ) -> None:
        super().__init__()
        _set(self, _allow=allow_val_change, _lock=threading.RLock(), _locks={})
        _set(self, _observers=[], _untold=[])
        if obj is not NOTHING or values:
            self.update(obj, **values)

    def __repr__(self) -> str:
        return f"Config({super().__repr__()})"

    def copy(self) -> Config:
        """An independent config with the same values, origins and locks, and no observers."""
        with self._lock:
            return _restore(snapshot(self), self._locks, allow=self._allow)

    def __reduce__(self) -> Any:
        """A pickle, which leaves the program: with its secrets masked."""
        copy = self.copy()
        warn_of_masks(mask(copy, ()))
        return partial(_restore, allow=copy._allow), (snapshot(copy), copy._locks)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Calls ``observer(change)`` after every write that changes something; returns the undo.

        Changes are told one after the other, in the order they were made: what an observer writes
        is told when all have been told what it answers to. An observer that raises is named in a
        warning; the write and the other observers go on.
        """
        entry = (observer,)
        with self._lock:
            self._observers.append(entry)

        def undo() -> None:
            with self._lock:
                self._observers[:] = [other for other in self._observers if other is not entry]

        return undo

    def _held(self) -> AbstractContextManager[Any]:
        return self._lock

    def lock(self, *keys: str, by: str | None = None) -> Callable[[], None]:
        """Keeps what stands at flat keys, and below them, as it is; returns the undo.

        A later write to them changes nothing, and warns with the name of who locked them: ``by``,
        or the line of this call. Raises ConfigKeyError for a key that is not there; then nothing
        is locked.
        """
        who = here() if by is None else discreet(by)
        with self._lock:
            added = [path for key in keys if (path := _path(self, key)) not in self._locks]
            self._locks.update(dict.fromkeys(added, who))

        def undo() -> None:
            with self._lock:
                for path in added:
                    self._locks.pop(path, None)
                added.clear()  # somebody else may lock them next

        return undo

    def explain(self, key: str) -> Explanation:
        """Where the value at a flat key comes from, and what it replaced.

        Raises ConfigKeyError, with near ones, for a key that is not there.
        """
        with self._lock:
            return explain(self, _path(self, key), self._locks)

    def changed(self) -> Flat:
        """The values that are not the defaults, as far as these are known, by flat key."""
        from .screen import screened  # what masks is loaded once something is to leave

        with self._lock:
            flat = collect(self, None, Flat())
        return screened(part_of(flat, chosen(flat)))

    def diff(self, other: object) -> Diff:
        """What differs from another config, or from any object that one could be made of."""
        return diff(self.flat(), other.flat() if isinstance(other, Tree) else to_flat(other))

    def digest(self, ignore: Iterable[str] = ()) -> str:
        """A fingerprint of the values, the same on every machine: 64 hexadecimal digits.

        ``ignore`` has flat keys that are left out, with what is below them; ``*`` in them stands
        for any text.
        """
        return digest(self.flat(), ignore)

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
        if self is config:
            enter_job()
        # Everything that can fail happens before anything is changed.
        trees = [convert(source, path_of(node)) for source in sources]
        with self._lock:
            self._check(node)
            judge = Judge(self._locks, allow=allow or self._allow)
            edit = Edit(watched=bool(self._observers), merge=merge, keep=keep, judge=judge)
            for name in drop:
                edit.remove(node, name)
            for later in trees[1:]:
                joined = Edit(merge=merge, keep=keep)
                joined.merge(trees[0], later)
                joined.apply()
            if trees:
                edit.merge(node, trees[0])
            self._do(edit, judge)
        _warn_all(judge.notes)

    def _rewrite(self, items: Items, change: Callable[[list[Any]], Any]) -> Any:
        if self is config:
            enter_job()
        with self._lock:
            self._check(items)
            draft = list(items)
            result = change(draft)
            fresh, origin = convert_list(draft, path_of(items))
            judge = Judge(self._locks, allow=self._allow)
            edit = Edit(watched=bool(self._observers), judge=judge)
            edit.refill(items, draft, fresh, origin)
            self._do(edit, judge)
        _warn_all(judge.notes)
        return result

    def _do(self, edit: Edit, judge: Judge) -> None:
        judge.raise_conflicts()
        edit.apply()
        self._tell(edit)

    def _check(self, node: Node) -> None:
        """Refuses a write to what was taken out meanwhile, and one too many by observers."""
        if root(node) is not self:
            refuse(node)
        if len(self._untold) > _MOST_ANSWERS:
            raise ConfigError(
                f"the config's observers have written {_MOST_ANSWERS:,} times in answer to one "
                "write: let none of them change a value at each change it is told of"
            )

    def _tell(self, edit: Edit) -> None:
        change = edit.change() if self._observers else None
        if change is None:
            return
        self._untold.append(change)
        if len(self._untold) > 1:
            return  # an observer wrote, and will return to the loop below
        failures = []
        try:
            for told in self._untold:
                for (observer,) in list(self._observers):
                    try:
                        observer(told)
                    except Exception as error:  # noqa: BLE001 - its own; the write is done
                        what = f"{type(error).__name__}: {discreet(str(error))}"
                        failures.append(f"the config's observer {dotted(observer)} failed: {what}")
        finally:
            self._untold.clear()
        for failure in failures:
            warn(failure)


def _set(config: Config, **slots: Any) -> None:
    """Sets slots of a Config, whose attributes are keys."""
    for name, value in slots.items():
        Config.__dict__[name].__set__(config, value)


def _path(config: Config, key: str) -> Path:
    """The path of a flat key that is there; ConfigKeyError, with near ones, for any other."""
    node: Any = config
    path = split(key)
    for segment in path:
        known: Any = range(len(node)) if isinstance(node, Items) else node
        if not isinstance(node, (Tree, Items)) or segment not in known:
            raise ConfigKeyError(
                f"the config has no flat key {key!r}{near(key, collect(config, None, Flat()))}"
            )
        node = child(node, segment)
    return path


def _warn_all(notes: list[str]) -> None:
    for note in notes:
        warn(note)


def _restore(data: Snapshot, locks: dict[Path, str], *, allow: bool) -> Config:
    config = Config(allow_val_change=allow)
    fill(config, data)
    config._locks.update(locks)
    return config


config: Final = Config()
"""The config of this process."""

# The life of a config that others hold on to: it stays the same object from run to run.


def take_over(config: Config, other: Config, *, allow: bool) -> None:
    """Makes a config what ``other`` is, locks and all, which has what is in it, and maybe more.

    ``allow`` says whether values may be changed from then on.
    """
    with config._lock:
        edit = Edit(watched=bool(config._observers), merge=True)
        edit.merge(config, other.copy())
        edit.apply()
        config._locks.update(other._locks)
        _set(config, _allow=allow)
        config._tell(edit)


def restored(flat: Flat, *, rank: int) -> Config:
    """A config made of a record, with all that is known of each value; each has this ``rank``."""
    made = Config(dict(unflatten(flat)))
    for key, origin in sorted(flat.origins.items()):
        _set_origin(made, split(key), origin._replace(rank=rank))
    for key, told in flat.types.items():
        _set_origin(made, path := split(key), _origin_at(made, path)._replace(type=told))
    for key, told in flat.key_types.items():
        _set_origin(made, path := split(key), _origin_at(made, path)._replace(key=told))
    return made


def _set_origin(config: Config, path: Path, origin: Origin) -> None:
    node: Any = config
    for segment in path[:-1]:
        node = child(node, segment)
    node._origins[path[-1]] = origin


def _origin_at(config: Config, path: Path) -> Origin:
    node: Any = config
    for segment in path[:-1]:
        node = child(node, segment)
    return origin_of(node, path[-1])


def start_afresh(config: Config) -> None:
    """Empties a config, locks and all, and tells nobody: what was in it has come to its end."""
    with config._lock:
        for value in config.values():
            detach(value)
        dict.clear(config)
        config._origins.clear()
        config._locks.clear()
        _set(config, _allow=False)


class _Job:
    """The job that the config of the process belongs to, where a framework runs several."""

    name: str | None = None
    end: Callable[[], None] | None = None
    """Ends what was opened in it, and must keep the config as it is then."""


def at_end_of_job(end: Callable[[], None] | None) -> None:
    """Says what is to be called before the config of the process starts afresh with a new job."""
    _Job.end = end


def enter_job() -> str | None:
    """The job that is running; with a new one, the config of the process starts afresh."""
    name = registry.job()
    if name is not None and name != _Job.name:
        if _Job.name is not None:
            if _Job.end is not None:
                _Job.end()
            start_afresh(config)
        _Job.name = name
    return name


def started_in() -> str:
    """Where the program was started, though a framework may have changed the working directory."""
    return registry.started_in() or os.getcwd()
