"""The :class:`Config`, and ``config``, the one of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, SupportsIndex

from .conversion import convert, convert_list
from .edit import Change, Edit
from .errors import ConfigError, ConfigKeyError
from .flat import Path, split
from .messages import near
from .names import dotted
from .origin import NOTHING
from .place import here, warn
from .precedence import Judge
from .tree import Items, Node, Snapshot, Tree, child, fill, path_of, refuse, root, snapshot

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
        self.update(obj, **values)

    def __repr__(self) -> str:
        return f"Config({dict.__repr__(self)})"

    def copy(self) -> Config:
        """An independent config with the same values and origins, and no observers."""
        with self._lock:
            return _restore(snapshot(self))

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        with self._lock:
            return _restore, (snapshot(self),)

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
        who = here() if by is None else by
        with self._lock:
            added = [path for key in keys if (path := _path(self, key)) not in self._locks]
            self._locks.update(dict.fromkeys(added, who))

        def undo() -> None:
            with self._lock:
                for path in added:
                    self._locks.pop(path, None)

        return undo

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
                        what = f"{type(error).__name__}: {error}"
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
            raise ConfigKeyError(f"the config has no flat key {key!r}{near(key, config.flat())}")
        node = child(node, segment)
    return path


def _warn_all(notes: list[str]) -> None:
    for note in notes:
        warn(note)


def _restore(data: Snapshot) -> Config:
    config = Config()
    fill(config, data)
    return config


config: Final = Config()
"""The config of this process."""
