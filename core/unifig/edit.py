"""One write to a record: puts converted values in their places, and knows what that changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .flat import SCALARS, Flat, join, plain
from .origin import Origin
from .precedence import Judge, unheard
from .tree import (
    WRITTEN,
    Items,
    Node,
    Tree,
    add,
    adopt,
    child,
    collect,
    detach,
    duplicate,
    link,
    note_above,
    noted,
    origin_of,
    path_of,
    put,
)
from .values import same


class Change(NamedTuple):
    """What one write did to a config: told to observers, after it is done."""

    set: Flat
    """The new and changed values by flat key, with origins and types; secrets are masked."""
    removed: tuple[str, ...]
    """The flat keys that are no longer there."""
    forgotten: tuple[str, ...] = ()
    """The flat keys, those of mappings and lists too, of which an original type, a key's type or an
    interpolation was known and is no longer so; ``set`` has what else is known of them."""


class Edit:
    """One write, under way: it is planned first, and done once nothing can fail any more.

    ``watched`` says whether anybody asks for the change; ``merge`` that mappings merge instead of
    being replaced; ``keep`` that a value which is there stays; ``judge`` what wins where values
    meet: without one, the later.
    """

    __slots__ = ("_before", "_judge", "_keep", "_merge", "_steps", "_touched", "_watched")

    def __init__(
        self,
        *,
        watched: bool = False,
        merge: bool = False,
        keep: bool = False,
        judge: Judge | None = None,
    ) -> None:
        self._watched = watched
        self._merge = merge
        self._keep = keep
        self._judge = judge
        self._before = Flat()
        self._steps: list[Callable[[], None]] = []
        self._touched: dict[tuple[int, str], tuple[Tree, str]] = {}

    def remove(self, node: Tree, segment: str) -> None:
        """Plans to take a key out of a mapping, except for what is locked."""
        rest = None
        if self._judge is not None:
            value, origin = node[segment], node._origins[segment]
            rest = self._judge.remains((*path_of(node), segment), value, origin)
        if rest is None:
            self._steps.append(partial(self._take, node, segment))
        else:
            self._steps.append(partial(self._put, node, segment, *rest))

    def merge(self, into: Tree, new: Tree) -> None:
        """Plans to put the values of a converted mapping into another one."""
        judge = self._judge
        free = not self._watched and (judge is None or judge.is_free)
        pending = [(into, new)]
        while pending:
            into, new = pending.pop()
            if free and into.keys().isdisjoint(new):
                self._steps.append(partial(_add_all, into, new))
                continue
            own, note = path_of(into), note_above(into)
            for segment, value in new.items():
                origin = new._origins[segment]
                if dict.__contains__(into, segment):
                    old = dict.__getitem__(into, segment)
                    before = noted(into._origins[segment], note)
                    if self._merge and isinstance(old, Tree) and isinstance(value, Tree):
                        self._note(into, segment, before, origin.note)
                        pending.append((old, value))
                        continue
                    if self._keep:
                        self._note(into, segment, before, unheard(old, before, value, origin))
                        continue
                    if judge is not None:
                        settled = judge.settle((*own, segment), old, before, value, origin)
                        if settled is None:
                            continue
                        value, origin = settled  # noqa: PLW2901 - what is put in its place
                    else:
                        value, origin = _continued(old, value), noted(origin, before.note)  # noqa: PLW2901
                elif judge is not None and not judge.may_add((*own, segment)):
                    continue
                self._steps.append(partial(self._put, into, segment, value, origin))

    def refill(self, items: Items, draft: list[Any], fresh: Items, origin: Origin) -> None:
        """Plans to give a list new elements; ``fresh`` is what became of them, ``draft``."""
        above = items._parent or items  # a list always stands in something
        before = noted(origin_of(above, items._segment), note_above(items))
        if same(plain(items), plain(fresh)):
            self._note(above, items._segment, before, unheard(items, before, fresh, origin))
            return
        if self._judge is not None:
            # Judged by a copy, for what stays would be put into it.
            copy = duplicate(fresh)
            settled = self._judge.settle(path_of(items), items, before, copy, origin)
            if settled is None or settled[0] is items:
                return
            # What stays is not to stand in two places: of it, the origins alone are taken over.
            self._judge.grafts.clear()
            fresh, origin = duplicate(copy), settled[1]
        self._steps.append(partial(self._fill, items, draft, fresh, origin))

    def apply(self) -> None:
        """Does what was planned."""
        for step in self._steps:
            step()
        for node, segment in self._judge.grafts if self._judge is not None else ():
            link(child(node, segment), node, segment)

    def _note(self, node: Node, segment: Any, before: Origin, note: str | None) -> None:
        """Plans to remember that what stands at a place is secret, where that is new."""
        if note is not None and before.note is None:
            self._steps.append(partial(self._set_note, node, segment, note))

    def _set_note(self, node: Node, segment: Any, note: str) -> None:
        self._touch_around(node, segment)
        node._origins[segment] = noted(origin_of(node, segment), note)

    def _touch_around(self, node: Node, segment: Any) -> None:
        """Remembers what stands at a key, or at that of the outermost list around an element."""
        while isinstance(node, Items) and node._parent is not None:
            node, segment = node._parent, node._segment
        if isinstance(node, Tree):
            self._touch(node, str(segment))

    def _fill(self, items: Items, draft: list[Any], fresh: Items, origin: Origin) -> None:
        above: Node = items._parent or items  # a list always stands in something
        self._touch_around(above, items._segment)
        kept = {id(item): item for item in items if item.__class__ not in SCALARS}
        origins = dict(fresh._origins)
        elements = list(fresh)
        for at, item in enumerate(draft):
            # A container that was in the list stays the object it is, the first time it occurs.
            if (old := kept.pop(id(item), None)) is not None:
                elements[at] = old
                if old._segment in items._origins:
                    origins[at] = items._origins[old._segment]
        for gone in kept.values():
            detach(gone)
        above._origins[items._segment] = WRITTEN  # type: ignore[index]  # as in origin_of
        items._origins = dict.fromkeys(range(len(elements)), WRITTEN)
        list.__setitem__(items, slice(None), elements)
        items._origins = origins
        adopt(items, enumerate(items))
        above._origins[items._segment] = origin  # type: ignore[index]  # as in origin_of

    def change(self) -> Change | None:
        """What was changed; None where nothing was, or nobody watches."""
        before, after = self._before, Flat()
        for tree, segment in self._touched.values():
            _collect(tree, segment, after)
        changed = Flat(
            (key, value)
            for key, value in after.items()
            if key not in before
            or after.origins[key] != before.origins[key]
            or not same(value, before[key])
        )
        removed = tuple(key for key in before if key not in after)
        tables: tuple[tuple[dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
            (changed.types, after.types, before.types),
            (changed.key_types, after.key_types, before.key_types),
            (changed.origins, after.origins, before.origins),
        )
        gone = {key for _, new, old in tables[:2] for key in old if key not in new}
        gone |= before.origins.keys() - after.origins.keys() - set(removed)
        for told, new, old in tables:
            told.update(
                (key, known)
                for key, known in new.items()
                if key in changed or key in gone or old.get(key) != known
            )
        if not changed and not removed and not gone and not any(told for told, _, _ in tables):
            return None
        from .screen import screened  # what masks is loaded once something is to leave

        return Change(screened(changed), removed, tuple(gone))

    def _touch(self, node: Tree, segment: str) -> None:
        """Remembers what stands at a key before it is changed."""
        if self._watched and (id(node), segment) not in self._touched:
            self._touched[id(node), segment] = node, segment
            _collect(node, segment, self._before)

    def _take(self, node: Tree, segment: str) -> None:
        self._touch(node, segment)
        detach(node[segment])
        dict.pop(node, segment)
        node._origins.pop(segment, None)

    def _put(self, into: Tree, segment: str, value: Any, origin: Origin) -> None:
        self._touch(into, segment)
        detach(dict.get(into, segment))
        into._origins[segment] = WRITTEN
        put(into, segment, value)
        into._origins[segment] = origin
        if value.__class__ not in SCALARS:
            link(value, into, segment)


def _collect(node: Tree, segment: str, flat: Flat) -> None:
    """Adds what stands at a key of a mapping, and what is known of the mapping itself."""
    own, note = path_of(node), note_above(node)
    if segment in node:
        key, value = join((*own, segment)), node[segment]
        if add(flat, key, value, noted(node._origins[segment], note)):
            collect(value, key, flat)
    if node._parent is not None:
        add(flat, join(own), node, noted(origin_of(node._parent, node._segment), note))


def _continued(old: Any, value: Any) -> Any:
    """The value, or the old list where it is the same: whoever holds that goes on with it."""
    return old if isinstance(old, Items) and same(plain(old), plain(value)) else value


def _add_all(into: Tree, new: Tree) -> None:
    into._origins.update(new._origins)  # first, for others may read what is there
    dict.update(into, new)
    adopt(into, new.items())
