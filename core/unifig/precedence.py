"""What wins where two writes meet at one key: the rules of ranks and of locks.

====================  ======================================================================
the new value is …    what happens
====================  ======================================================================
the same              the stronger origin stays, and remembers the other one
of a higher rank      it replaces the old one, and remembers it
of a lower rank       nothing is changed, and a warning names both
of the same rank      between two defaults, and two files that a person named, the later one
                      wins; any other difference is a conflict, unless changes are allowed
====================  ======================================================================

A locked key keeps its value whatever the ranks are.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from .errors import ConfigError
from .flat import Path, join, plain
from .messages import excerpt, told
from .origin import DEFAULT, PERSON, Kind, Origin, Replaced
from .tree import Items, Node, Tree, is_branch, origin_of, set_item
from .values import same

Settled = tuple[Any, Origin]
"""A value with the origin that it gets."""

_OF_PERSONS: Final[dict[Kind, int]] = {"file": 0, "env": 1, "cli": 2}
"""Which of a person's choices wins: what was typed, over what a file says."""

_MOST_KEPT: Final = 32  # of what a value replaced
_OLDEST_KEPT: Final = 8


def strength(origin: Origin) -> tuple[int, int]:
    """How strong a choice is: its rank, then its place within it.

    A default that the program uses, for a framework told it, is stronger than one of a mere file.
    """
    if origin.rank == PERSON:
        return PERSON, _OF_PERSONS.get(origin.kind, 2)
    return origin.rank, 0 if _is_of_defaults_file(origin) else 1


def _is_of_defaults_file(origin: Origin) -> bool:
    return origin.rank == DEFAULT and origin.kind == "file" and origin.adapter is None


def remembering(origin: Origin, value: Any, before: Origin) -> Origin:
    """An origin that remembers the value it took the place of, and all that this one remembers.

    Of very many the latest and the first are kept, and how many there were between them.
    """
    last = Replaced(plain(value), before._replace(replaced=()))
    rest = [
        entry
        for entry in (last, *before.replaced)
        if not any(_agree(entry, known) for known in origin.replaced)
    ]
    chain = _shortened([*origin.replaced, *rest])
    return origin._replace(help=origin.help or before.help, replaced=chain)


def _agree(one: Replaced, other: Replaced) -> bool:
    """Whether two entries are one: a default is told beside a choice, and again by itself."""
    a, b = one.origin, other.origin
    default = a.rank == b.rank == DEFAULT and a.adapter is not None and a.adapter == b.adapter
    return (default or a == b) and same(one.value, other.value)


def _shortened(chain: list[Replaced]) -> tuple[Replaced, ...]:
    if len(chain) > _MOST_KEPT:
        latest = chain[: _MOST_KEPT - _OLDEST_KEPT]
        hidden = chain[_MOST_KEPT - _OLDEST_KEPT : -_OLDEST_KEPT]
        skipped = len(hidden) + sum(entry.skipped for entry in [latest[-1], *hidden])
        latest[-1] = latest[-1]._replace(skipped=skipped)
        chain = latest + chain[-_OLDEST_KEPT:]
    return tuple(chain)


def in_notebook() -> bool:
    """Whether the program runs in a notebook, where cells are run again with other values."""
    ipython = sys.modules.get("IPython")
    return "ipykernel" in sys.modules and ipython is not None and ipython.get_ipython() is not None


class Judge:
    """The judgement of one write, under way.

    ``allow`` says that choices of the same rank may be changed; ``locks`` has who locked a path.
    ``conflicts`` and ``notes`` collect what is to be raised and what is to be warned of. Nothing
    that stands in the config is changed here.
    """

    __slots__ = ("_allow", "_locks", "conflicts", "grafts", "notes")

    def __init__(self, locks: Mapping[Path, str], *, allow: bool) -> None:
        self._allow = allow
        self._locks = locks
        self.conflicts: list[tuple[Path, Settled, Settled]] = []
        self.notes: list[str] = []
        self.grafts: list[tuple[Node, str | int]] = []
        """Where parts that stay now stand in new mappings and lists: still to be linked."""

    @property
    def is_free(self) -> bool:
        """Whether keys may be added without asking."""
        return not self._locks

    def settle(
        self, path: Path, old: Any, before: Origin, new: Any, origin: Origin
    ) -> Settled | None:
        """What stands at a path once ``new`` has met ``old``; None where it stays as it is.

        ``new`` may be completed by the parts of ``old`` that stay.
        """
        if isinstance(old, Tree) and isinstance(new, Tree) and (old or new):
            return self._mapping(path, old, before, new, origin)
        if isinstance(old, Items) and isinstance(new, Items) and is_branch(old) and is_branch(new):
            return self._list(path, old, before, new, origin)
        return self._value(path, old, before, new, origin)

    def may_add(self, path: Path) -> bool:
        """Whether a key may be added; a lock on what is above forbids it, and is told."""
        by = self._lock_above(path)
        if by is not None:
            self.notes.append(f"{join(path)!r} was not added: {by}")
        return by is None

    def remains(
        self, path: Path, old: Any, before: Origin, by: Origin | None = None
    ) -> Settled | None:
        """What stays of a value that is removed; None where nothing does.

        ``by`` is the origin of the write that leaves it out, None where it is removed by name:
        then only locks keep it.
        """
        if not isinstance(old, Tree) or not old or self._lock_above(path) is not None:
            return (old, before) if self._must_stay(path, old, before, by) else None
        left = Tree()
        for segment, value in old.items():
            rest = self.remains((*path, segment), value, origin_of(old, segment), by)
            if rest is not None:
                self._graft(left, segment, rest)
        return (left, before) if left else None

    def raise_conflicts(self) -> None:
        """Raises ConfigError for the differences that nothing allows."""
        if self.conflicts and not self._allow and not in_notebook():
            first, *others = self.conflicts
            more = f" (and {len(others)} more like this)" if others else ""
            raise ConfigError(
                f"{_conflict(*first)}{more}. Nothing was changed. To change a value that is chosen "
                "already, write config.update(…, allow_val_change=True), or give "
                "allow_val_change=True to init()"
            )

    def _value(
        self, path: Path, old: Any, before: Origin, new: Any, origin: Origin
    ) -> Settled | None:
        lock = self._lock_on(path)
        if same(plain(old), plain(new)):
            return None if lock is not None else self._equal(old, before, new, origin)
        if lock is not None:
            self.notes.append(
                f"{_stays(path, old, before)}, not {_shown(path, new, origin)[0]}: {lock}"
            )
            return None
        if before.type == "missing" or origin.type == "missing":
            # A value that is still to be set is nobody's choice.
            return None if origin.type == "missing" else (new, remembering(origin, old, before))
        held, given = _strongest(old, before), _strongest(new, origin)
        if held > given:
            if not _is_of_defaults_file(origin):
                self.notes.append(_weaker(path, (old, before), (new, origin)))
            return self._beneath(old, before, new, origin)
        if held == given and _contested(origin):
            self.conflicts.append((path, (old, before), (new, origin)))
        return new, remembering(origin, old, before)

    def _equal(self, old: Any, before: Origin, new: Any, origin: Origin) -> Settled | None:
        """The same value again: what is told of it may be more than was known."""
        learned = before.kind == "unknown" != origin.kind and before.adapter == origin.adapter
        if learned or _strongest(new, origin) > _strongest(old, before):
            return old, remembering(origin, old, before)
        return self._beneath(old, before, new, origin)

    def _beneath(self, old: Any, before: Origin, new: Any, origin: Origin) -> Settled | None:
        """A value of a defaults file, which comes first whenever it is read: begins the chain."""
        if not _is_of_defaults_file(origin) or _is_of_defaults_file(before):
            return None
        chain = [*before.replaced, Replaced(plain(new), origin)]
        return old, before._replace(replaced=_shortened(chain))

    def _mapping(
        self, path: Path, old: Tree, before: Origin, new: Tree, origin: Origin
    ) -> Settled | None:
        """A mapping that replaces another one: what may not go is kept in it."""
        if (lock := self._lock_above(path)) is not None:
            if not same(plain(old), plain(new)):
                self.notes.append(f"{_stays(path, old, before)}: {lock}")
            return None
        gone = False
        for segment, value in old.items():
            at, held = (*path, segment), origin_of(old, segment)
            if segment in new:
                met = self.settle(at, value, held, new[segment], origin_of(new, segment))
                self._graft(new, segment, met or (value, held))
            elif (rest := self.remains(at, value, held, origin)) is not None:
                self._graft(new, segment, rest)
                gone = gone or rest[0] != value
            else:
                gone = True
        return new, remembering(origin, old, before) if gone else origin

    def _list(
        self, path: Path, old: Items, before: Origin, new: Items, origin: Origin
    ) -> Settled | None:
        """A list of mappings that replaces another one: as a whole, or not at all."""
        if self._lock_on(path) is not None or _strongest(old, before) > _strongest(new, origin):
            return self._value(path, old, before, new, origin)
        notes, grafts = len(self.notes), len(self.grafts)
        for at, value in enumerate(old):
            here, held = (*path, at), origin_of(old, at)
            if at < len(new):
                met = self.settle(here, value, held, new[at], origin_of(new, at))
                self._graft(new, at, met or (value, held))
            else:
                self._must_stay(here, value, held, origin)
        if len(self.notes) > notes:
            del self.grafts[grafts:]
            return None
        return new, remembering(origin, old, before) if len(old) > len(new) else origin

    def _must_stay(self, path: Path, old: Any, before: Origin, by: Origin | None) -> bool:
        lock = self._lock_on(path)
        if lock is not None:
            self.notes.append(f"{_stays(path, old, before)}: {lock}")
        elif by is not None and _strongest(old, before) > strength(by):
            self.notes.append(
                f"{_stays(path, old, before)}, from {_shown(path, old, before)[1]}, though "
                f"{told(by)} leaves it out. To remove it, delete the key"
            )
        else:
            return False
        return True

    def _graft(self, new: Node, segment: Any, settled: Settled) -> None:
        set_item(new, segment, *settled)
        if isinstance(settled[0], (Tree, Items)):
            self.grafts.append((new, segment))

    def _lock_above(self, path: Path) -> str | None:
        """Who locked a path, or a mapping that it stands in, as a message says it."""
        for end in range(len(path), 0, -1) if self._locks else ():
            if (by := self._locks.get(path[:end])) is not None:
                return _locked(path[:end], by)
        return None

    def _lock_on(self, path: Path) -> str | None:
        """The same, or who locked something in what stands at the path."""
        inside = (item for item in self._locks.items() if item[0][: len(path)] == path)
        return self._lock_above(path) or next((_locked(*item) for item in inside), None)


def _strongest(value: Any, origin: Origin) -> tuple[int, int]:
    """The strength of a value: of a mapping or a list of mappings, that of its strongest part."""
    if not is_branch(value) or not isinstance(value, (Tree, Items)):
        return strength(origin)
    pairs = value.items() if isinstance(value, Tree) else enumerate(value)
    return max(_strongest(inner, origin_of(value, at)) for at, inner in pairs)


def _contested(origin: Origin) -> bool:
    """Whether two different values of this strength are a conflict."""
    return origin.rank != DEFAULT and (origin.rank, origin.kind) != (PERSON, "file")


def _shown(path: Path, value: Any, origin: Origin) -> tuple[str, str]:
    """A value and its origin for a message, in which a secret is masked."""
    from .screen import screened_value  # what masks is loaded once something is to leave

    value, origin = screened_value(path, plain(value), origin)
    return excerpt(value), told(origin)


def _stays(path: Path, old: Any, before: Origin) -> str:
    return f"{join(path)!r} stays {_shown(path, old, before)[0]}"


def _locked(path: Path, by: str) -> str:
    return f"{join(path)!r} is locked by {by}"


def _weaker(path: Path, old: Settled, new: Settled) -> str:
    unknown = ", or say who chose it with unifig.using(…)" * (new[1].kind == "unknown")
    (stays, held), (value, given) = _shown(path, *old), _shown(path, *new)
    return (
        f"{join(path)!r} stays {stays}, from {held}; {value}, from {given}, is not recorded. Let "
        f"the program read the config, or it will use its own value{unknown}. To record that one, "
        "delete the key first"
    )


def _conflict(path: Path, old: Settled, new: Settled) -> str:
    (value, held), (other, given) = _shown(path, *old), _shown(path, *new)
    return f"{join(path)!r} is {value}, from {held}, and would become {other}, from {given}"
