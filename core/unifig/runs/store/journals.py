"""The journals of a folder, and the names that a store knows them by: the folder may be moved."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from unifig.runs.folder import SUFFIX, Folder

_SETTLED: Final = 1_000_000_000  # nanoseconds, by which a folder's time tells all changes
_ELSEWHERE: Final = "cache/"
PLACES: Final = ("", _ELSEWHERE)
"""What stands before the names of journals: of those in a folder, and in the user's cache."""


def of(folder: Folder) -> Iterator[tuple[str, str]]:
    """The journals of a folder: the name that the store knows each by, and its path."""
    for place, prefix in zip(folder.journals, PLACES, strict=True):
        try:
            names = os.listdir(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if name.endswith(SUFFIX):
                yield prefix + name, os.path.join(place, name)


def slug_of(name: str) -> str:
    """What the names of one run's journals have in common; see :func:`unifig.runs.folder.slug`."""
    return os.path.basename(name).rpartition("-")[0]


def name(folder: Folder, path: str) -> str:
    """The name of the journal at a path."""
    elsewhere = os.path.dirname(path) == folder.journals[1]
    return (_ELSEWHERE if elsewhere else "") + os.path.basename(path)


Times = dict[str, int]
"""The folders of journals, and when a file came or went last: nanoseconds since the epoch."""


def times(folder: Folder) -> Times:
    """The folders of journals that there are, and when each was changed last."""
    found: Times = {}
    for place, prefix in zip(folder.journals, PLACES, strict=True):
        with suppress(FileNotFoundError, NotADirectoryError):
            found[prefix] = os.stat(place).st_mtime_ns
    return found


def are_settled(times: Times) -> bool:
    """Whether all that came or went by now shows in these times: nothing did a moment ago."""
    return max(times.values(), default=0) <= time.time_ns() - _SETTLED


def path(folder: Folder, known: str, *, must_exist: bool = False) -> str:
    """The path of a journal that a store knows by a name.

    With ``must_exist`` the name itself, where there is none: it is of another machine.
    """
    here, elsewhere = folder.journals
    path = os.path.join(here, known)
    if known.startswith(_ELSEWHERE):
        path = os.path.join(elsewhere, known.removeprefix(_ELSEWHERE))
    return known if must_exist and not os.path.exists(path) else path


def size(path: str) -> int | None:
    """How many bytes a file has; None where it is gone."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None
