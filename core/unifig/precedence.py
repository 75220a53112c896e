"""What wins where two writes meet at one key: the rules of ranks and of locks.

====================  ======================================================================
the new value is …    what happens
====================  ======================================================================
the same              nothing, unless its origin is stronger: that one remembers the other
of a higher rank      it replaces the old one, and remembers it
of a lower rank       nothing is changed, and a warning names both
of the same rank      between two defaults, and two files that a person named, the later one
                      wins; any other difference is a conflict, unless changes are allowed
====================  ======================================================================

A locked key keeps its value whatever the ranks are.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any, Final

from .errors import ConfigError
from .flat import Path, join, plain
from .messages import excerpt, told
from .origin import DEFAULT, NOTHING, PERSON, Kind, Origin, Replaced
from .tree import (
    Items,
    Node,
    Tree,
    child,
    is_branch,
    kept,
    noted,
    origin_of,
    screened_part,
    set_item,
)
from .values import same

Settled = tuple[Any, Origin]
"""A value with the origin that it gets."""

_OF_PERSONS: Final[dict[Kind, int]] = {"file": 0, "env": 1, "cli": 2}
"""Which of a person's choices wins: what was typed, over what a file says."""

_DEFAULTS_FILES: Final = (DEFAULT, 0)
_NOBODYS: Final = (DEFAULT, -1)

_MOST_KEPT: Final = 32  # of what a value replaced
_OLDEST_KEPT: Final = 8


def strength(origin: Origin) -> tuple[int, int]:
    """How strong a choice is: its rank, then its place within it.

    A default that the program uses, for a framework told it, is stronger than one of a mere file.
    A value that is still to be set is nobody's choice.
    """
    if origin.type == "missing":
        return _NOBODYS
    if origin.rank == PERSON:
        return PERSON, _OF_PERSONS.get(origin.kind, 2)
    if origin.rank == DEFAULT and origin.kind == "file" and origin.adapter is None:
        return _DEFAULTS_FILES
    return origin.rank, 1


def remembering(origin: Origin, value: Any, before: Origin) -> Origin:
    """An origin that remembers the value it took the place of, and all that this one remembers.

    Of very many the latest and the first are kept, and how many there were between them.
    """
    return _following(origin, _lasting(value, before), _entry(value, before))


def _following(origin: Origin, before: Origin, *entries: Replaced) -> Origin:
    """An origin that goes on where another one was: with its help, and what it remembers."""
    rest = [
        entry
        for entry in (*entries, *before.replaced)
        if not any(_agree(entry, known) for known in origin.replaced)
    ]
    return origin._replace(
        help=origin.help or before.help,
        note=origin.note or before.note,
        replaced=_shortened([*origin.replaced, *rest]),
    )


def _lasting(value: Any, origin: Origin) -> Origin:
    """An origin with what it says of later values: a secret's key has a secret again.

    What is secret for its text alone says nothing of another text.
    """
    if origin.note is not None:
        from .screen import is_of_text

        return origin._replace(note=None) if is_of_text(origin.note) else origin
    if is_branch(value) or (origin.name is None and origin.raw is None):
        return origin
    from .screen import said_by_origin  # what masks is loaded where somebody was named

    return noted(origin, said_by_origin(plain(value), origin))


def _entry(value: Any, origin: Origin) -> Replaced:
    return Replaced(kept(value), origin._replace(replaced=()))


def unheard(old: Any, before: Origin, new: Any, origin: Origin) -> str | None:
    """What is said of a value that does not replace another one, and is to be heard of that one.

    It is said to be secret, or a part of it that the other one does not have, or not as a part.
    """
    if before.note is not None:
        return None
    if origin.note is not None or not is_branch(new):
        return origin.note
    inside = _segments(old) if isinstance(old, (Tree, Items)) else ()
    for at in _segments(new):
        value, told = child(new, at), origin_of(new, at)
        if at in inside:
            said = unheard(child(old, at), origin_of(old, at), value, told)
        else:
            kept_apart = isinstance(old, Tree) and isinstance(new, Tree)
            said = None if kept_apart else _said_of(value, told)
        if said is not None:
            return said
    return None


def _said_of(value: Any, origin: Origin) -> str | None:
    """What is said of a value or of a part of it."""
    if origin.note is not None or not is_branch(value):
        return origin.note
    parts = (_said_of(child(value, at), origin_of(value, at)) for at in _segments(value))
    return next((said for said in parts if said is not None), None)


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
        settled = self._settled(path, old, before, new, origin)
        if settled is not None and settled[0] is not old:
            return settled
        said = unheard(old, before, new, origin)
        return settled if said is None else (old, noted((settled or (old, before))[1], said))

    def _settled(
        self, path: Path, old: Any, before: Origin, new: Any, origin: Origin
    ) -> Settled | None:
        if not _have_parts(old, new):
            return self._value(path, old, before, new, origin)
        lock = self._lock_above(path)
        if lock is not None and same(plain(old), plain(new)):
            return None
        if isinstance(old, Items):
            lock = lock or self._lock_broken(path, old, new)
        if lock is not None:
            self.notes.append(f"{_stays(path, old, before)}: {lock}")
            return None
        # A list is replaced as a whole, or not at all.
        if isinstance(old, Items) and _outranks(old, before, new, origin):
            return self._refused(path, (old, before), (new, origin))
        return self._parts(path, old, before, new, origin)

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
        kept = {
            segment: rest
            for segment, value in old.items()
            if (rest := self.remains((*path, segment), value, origin_of(old, segment), by))
        }
        if len(kept) == len(old) and all(rest[0] is old[at] for at, rest in kept.items()):
            return old, before
        left = Tree()
        for segment, rest in kept.items():
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
            (stays, _), (value, _) = _both(path, (old, before), (new, origin))
            self.notes.append(f"{join(path)!r} stays {stays}, not {value}: {lock}")
            return None
        held, given = _decisive(old, before), _decisive(new, origin)
        if strength(held) > strength(given) or given.type == "missing":
            return self._refused(path, (old, before), (new, origin))
        if strength(held) == strength(given) and _contested(given):
            self.conflicts.append((path, (old, held), (new, given)))
        return new, remembering(origin, old, before)

    def _equal(self, old: Any, before: Origin, new: Any, origin: Origin) -> Settled | None:
        """The same value again: what is told of it may be more than was known."""
        learned = before.kind == "unknown" != origin.kind and before.adapter == origin.adapter
        if learned or strength(_decisive(new, origin)) > strength(_decisive(old, before)):
            return old, remembering(origin, old, before)
        return self._beneath(old, before, new, origin)

    def _refused(self, path: Path, old: Settled, new: Settled) -> Settled | None:
        """A value that is too weak for its place; one of a defaults file is expected to be."""
        held, given = _decisive(*old), _decisive(*new)
        if strength(given) > _DEFAULTS_FILES:
            self.notes.append(_weaker(path, (old[0], held), (new[0], given)))
        return self._beneath(*old, *new)

    def _beneath(self, old: Any, before: Origin, new: Any, origin: Origin) -> Settled | None:
        """A value of a defaults file, which comes first whenever it is read: begins the chain."""
        given = _decisive(new, origin)
        if (
            strength(given) != _DEFAULTS_FILES
            or strength(_decisive(old, before)) <= _DEFAULTS_FILES
        ):
            return None
        entry = _entry(new, given)
        if any(_agree(entry, known) for known in before.replaced):
            return None
        return old, before._replace(replaced=_shortened([*before.replaced, entry]))

    def _parts(
        self, path: Path, old: Node, before: Origin, new: Node, origin: Origin
    ) -> Settled | None:
        """What has parts of its own, and replaces something else that has: part by part."""
        by = _stronger(origin, _decisive(new, origin))
        known, inside, grafts = _segments(old), _segments(new), len(self.grafts)
        changed = _as_a_whole(origin) != _as_a_whole(before) or any(
            at not in known for at in inside
        )
        gone = not old
        for at in known:
            value, held = child(old, at), noted(origin_of(old, at), before.note)
            if at in inside:
                met = self.settle((*path, at), value, held, child(new, at), origin_of(new, at))
                self._graft(new, at, met or (value, held))
                changed = changed or met is not None
            elif (rest := self.remains((*path, at), value, held, by)) is not None:
                self._graft(new, at, rest)
                gone = gone or rest[0] is not value
            else:
                gone = True
        if not changed and not gone:
            del self.grafts[grafts:]
            return None
        return new, remembering(origin, old, before) if gone else _following(origin, before)

    def _must_stay(self, path: Path, old: Any, before: Origin, by: Origin | None) -> bool:
        lock = self._lock_on(path)
        if lock is not None:
            self.notes.append(f"{_stays(path, old, before)}: {lock}")
        elif by is not None and strength(held := _decisive(old, before)) > strength(by):
            from .screen import screened_origin  # what masks is loaded once something is to leave

            other = told(screened_origin(path, _without_values(by)))
            self.notes.append(
                f"{_stays(path, old, held)}, from {_shown(path, old, held)[1]}, though {other} "
                "leaves it out. To remove it, delete the key"
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

    def _lock_broken(self, path: Path, old: Node, new: Node) -> str | None:
        """Who locked a part that is not the same in what would replace the whole."""
        for at, by in self._locks.items():
            inner = at[len(path) :]
            if at[: len(path)] == path and not same(_found(old, inner), _found(new, inner)):
                return _locked(at, by)
        return None


def _decisive(value: Any, origin: Origin) -> Origin:
    """The origin that counts: of a mapping or a list of mappings, that of its strongest part.

    A mask that came from a record is no value, and still to be set.
    """
    if not is_branch(value):
        return origin._replace(type="missing") if _is_mask(value, origin) else origin
    parts = (_decisive(child(value, at), origin_of(value, at)) for at in _segments(value))
    return noted(max(parts, key=strength), origin.note)


def _is_mask(value: Any, origin: Origin) -> bool:
    if origin.note is None:
        return False
    from .screen import MASK  # loaded, for this is about a secret

    return MASK in str(plain(value))


def _stronger(one: Origin, other: Origin) -> Origin:
    return max(one, other, key=strength)


def _outranks(old: Any, before: Origin, new: Any, origin: Origin) -> bool:
    """Whether something is stronger than what would take its place, by itself or by a part."""
    given = _decisive(new, origin)
    if not _have_parts(old, new):
        weaker = strength(_decisive(old, before)) > strength(given) or given.type == "missing"
        return weaker and not same(plain(old), plain(new))
    by, inside = strength(_stronger(origin, given)), _segments(new)
    for at in _segments(old):
        value, held = child(old, at), origin_of(old, at)
        if at not in inside:
            if strength(_decisive(value, held)) > by:
                return True
        elif _outranks(value, held, child(new, at), origin_of(new, at)):
            return True
    return False


def _have_parts(old: Any, new: Any) -> bool:
    """Whether two values meet part by part: two mappings, and two lists of mappings."""
    if isinstance(old, Tree) and isinstance(new, Tree):
        return bool(old or new)
    return isinstance(old, Items) and isinstance(new, Items) and is_branch(old) and is_branch(new)


def _as_a_whole(origin: Origin) -> tuple[Any, ...]:
    """What an origin tells of a mapping or a list, beside who chose it."""
    return origin.type, origin.key, origin.raw, origin.form


def _segments(node: Node) -> Collection[Any]:
    return range(len(node)) if isinstance(node, Items) else node.keys()


def _found(node: Node, path: Path) -> Any:
    """What stands at a path below a node, as plain data; NOTHING where there is no such path."""
    value: Any = node
    for segment in path:
        if not isinstance(value, (Tree, Items)) or segment not in _segments(value):
            return NOTHING
        value = child(value, segment)
    return plain(value)


def _contested(origin: Origin) -> bool:
    """Whether two different values of this strength are a conflict."""
    return origin.rank != DEFAULT and (origin.rank, origin.kind) != (PERSON, "file")


def _shown(path: Path, value: Any, origin: Origin) -> tuple[str, str]:
    """A value and its origin for a message, in which a secret is masked."""
    origin = _without_values(origin) if is_branch(value) else origin
    value, origin = screened_part(path, value, origin)
    return excerpt(value), told(origin)


def _without_values(origin: Origin) -> Origin:
    """The origin of a part, for a message on the whole: what an override sets may be secret."""
    return origin._replace(name=origin.name and origin.name.partition("=")[0])


def _both(path: Path, old: Settled, new: Settled) -> list[tuple[str, str]]:
    """Two values for one place, for a message: what is said of either is said of both."""
    from .screen import reason_of  # what masks is loaded once something is to leave

    texts = []
    for (value, origin), (other, given) in ((old, new), (new, old)):
        if is_branch(other):
            said = unheard(value, origin, other, given)
        else:
            said = reason_of(path, plain(other), given)
        texts.append(_shown(path, value, noted(origin, said)))
    return texts


def _stays(path: Path, old: Any, before: Origin) -> str:
    return f"{join(path)!r} stays {_shown(path, old, before)[0]}"


def _locked(path: Path, by: str) -> str:
    return f"{join(path)!r} is locked by {by}"


def _weaker(path: Path, old: Settled, new: Settled) -> str:
    unknown = ", or say who chose it with unifig.using(…)" * (new[1].kind == "unknown")
    (stays, held), (value, given) = _both(path, old, new)
    return (
        f"{join(path)!r} stays {stays}, from {held}; {value}, from {given}, is not recorded. Let "
        f"the program read the config, or it will use its own value{unknown}. To record that one, "
        "delete the key first"
    )


def _conflict(path: Path, old: Settled, new: Settled) -> str:
    (value, held), (other, given) = _both(path, old, new)
    return f"{join(path)!r} is {value}, from {held}, and would become {other}, from {given}"
