"""The journals of a folder, and the names that a store knows them by: the folder may be moved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from unifig.runs.folder import SUFFIX, Folder

_ELSEWHERE: Final = "cache/"  # before the names of journals in the user's cache


def of(folder: Folder) -> Iterator[tuple[str, str]]:
    """The journals of a folder: the name that the store knows each by, and its path."""
    for place, prefix in zip(folder.journals, ("", _ELSEWHERE), strict=True):
        try:
            names = os.listdir(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            if name.endswith(SUFFIX):
                yield prefix + name, os.path.join(place, name)


def name(folder: Folder, path: str) -> str:
    """The name of the journal at a path."""
    elsewhere = os.path.dirname(path) == folder.journals[1]
    return (_ELSEWHERE if elsewhere else "") + os.path.basename(path)


Times = dict[str, int]
"""The folders of journals, and when a file came or went last: nanoseconds since the epoch."""


def times(folder: Folder) -> Times:
    """The folders of journals that there are, and when each was changed last."""
    found: Times = {}
    for place, prefix in zip(folder.journals, ("", _ELSEWHERE), strict=True):
        with suppress(FileNotFoundError, NotADirectoryError):
            found[prefix] = os.stat(place).st_mtime_ns
    return found


def path(folder: Folder, known: str) -> str:
    """The path of a journal that a store knows by a name."""
    here, elsewhere = folder.journals
    if known.startswith(_ELSEWHERE):
        return os.path.join(elsewhere, known.removeprefix(_ELSEWHERE))
    return os.path.join(here, known)


def size(path: str) -> int | None:
    """How many bytes a file has; None where it is gone."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None
