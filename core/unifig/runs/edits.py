"""Edits of recorded runs: what was changed, whether somebody else did too, and its events."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from unifig.errors import ConflictError, StoreError
from unifig.flat import Flat, join, part_of, split
from unifig.messages import excerpt
from unifig.origin import NOTHING, RANKS, Origin
from unifig.place import here
from unifig.precedence import remembering
from unifig.screen import screened
from unifig.values import same

from .append import AppendedFile
from .event import head, line
from .folder import Folder, journal_name
from .paths import RunPath

_MOST_TOLD: Final = 5


class Edit(NamedTuple):
    """What one edit does to values by flat key."""

    set: Flat
    removed: list[str]

    def __bool__(self) -> bool:
        return bool(self.set or self.removed)


def edit_of(before: Flat, after: Flat) -> Edit:
    """What leads from the values that were read to those that there are now."""
    changed = [key for key in after if key not in before or not same(after[key], before[key])]
    return Edit(part_of(after, changed), [key for key in before if key not in after])


def check(what: str, edit: Edit, before: Flat, now: Flat) -> None:
    """Raises ConflictError where a value was changed since it was read, and is to be changed.

    Who has come to the same does not conflict. ``what`` says where the values stand.
    """
    wanted = {**edit.set, **dict.fromkeys(edit.removed, NOTHING)}
    found = [
        (key, before.get(key, NOTHING), now.get(key, NOTHING), value)
        for key, value in wanted.items()
        if not _agree(before.get(key, NOTHING), now.get(key, NOTHING))
        and not _agree(now.get(key, NOTHING), value)
    ]
    if found:
        told = "; ".join(
            f"{key!r} was {_shown(was)}, is {_shown(is_)} by now, and would become {_shown(new)}"
            for key, was, is_, new in found[:_MOST_TOLD]
        )
        more = f" (and {len(found) - _MOST_TOLD} more)" if len(found) > _MOST_TOLD else ""
        raise ConflictError(
            f"somebody else has changed the {what} since it was read: {told}{more}. Nothing was "
            "written. Read the run again, Api().run(path), and make the change anew"
        )


def _agree(one: Any, other: Any) -> bool:
    if one is NOTHING or other is NOTHING:
        return one is other
    return same(one, other)


def _shown(value: Any) -> str:
    return "not there" if value is NOTHING else excerpt(value)


def with_origins(edit: Edit, now: Flat, place: str | None) -> Flat:
    """The values that an edit sets, masked where they are secret, with who set them.

    That is the caller's line, unless another ``place`` is told.
    """
    said = Origin("api", RANKS["api"], None, None, here() if place is None else place)
    flat = edit.set
    for key, value in flat.items():
        type_ = flat.origins[key].type if key in flat.origins else None
        origin = said._replace(type=type_)
        if key in now and key in now.origins:
            origin = remembering(origin, now[key], now.origins[key])
        flat.origins[key] = origin
        flat[key] = value
    return screened(flat)


def forgotten(edit: Edit, now: Flat) -> list[str]:
    """The flat keys of which no more is known than what an edit says.

    Those of its values, and of mappings and lists that are no longer there.
    """
    left = {*now, *edit.set} - set(edit.removed)
    standing = {join(path[:end]) for path in map(split, left) for end in range(1, len(path) + 1)}
    known = {*now.types, *now.key_types, *now.origins}
    return [*edit.set, *sorted(known - standing)]


def masked(edit: Edit) -> Flat:
    """The values that an edit sets, masked where they are secret."""
    nobody = Origin("api", RANKS["api"])
    for key in edit.set:
        edit.set.origins.setdefault(key, nobody)
    return screened(edit.set)


def append(folder: Folder, run: RunPath, after: int, bodies: Iterable[str]) -> None:
    """Writes events of an edit into a journal of its own, and syncs it.

    They come after the event whose time is ``after``. ``bodies`` are kinds in quotes, and fields.
    Raises StoreError where that can't be written.
    """
    writer = os.urandom(8).hex()
    common = head(writer, run, aside=True)
    at = max(time.time_ns() // 1000, after + 1)
    bodies = list(bodies)
    bodies[-1] += ',"last":true'
    lines = [line(at + number, common, body) for number, body in enumerate(bodies)]
    file = AppendedFile(journal_name(run[2], writer), folder.journals)
    trouble = file.write(lines)
    trouble = file.sync() or trouble
    file.close()
    if file.ended() is not None:
        raise StoreError(f"the edit of {'/'.join(run)} can't be written: {trouble}")
