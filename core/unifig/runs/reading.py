"""What stands in journals: their events, and the lines that can't be read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from .event import FORMAT, Event, Problem, parse, salvage
from .folder import SUFFIX, slug
from .life import modified
from .paths import RunPath
from .record import RunRecord, order

_BLOCK: Final = 1 << 23  # bytes that are read at a time


class Reading(NamedTuple):
    """A part of a journal."""

    events: list[Event]
    problems: list[Problem]
    offset: int
    """Where in the file what follows begins."""
    line: int
    """How many lines come before that."""
    is_torn: bool
    """Whether something follows that is no whole line, now."""


def read(path: str, offset: int = 0, line: int = 0, until: int | None = None) -> Reading:
    """The whole lines of a journal from an offset on, as many as a few megabytes have.

    With ``until`` those before the first event that is later, by its time. Raises OSError where the
    file can't be read.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(_BLOCK)
        if len(data) == _BLOCK and not data.endswith(b"\n"):
            data += file.readline()
    found = read_lines(data, path, line, until)
    is_torn = len(data) > data.rfind(b"\n") + 1
    return found._replace(offset=offset + found.offset, is_torn=is_torn)


def read_lines(data: bytes, journal: str, line: int = 0, until: int | None = None) -> Reading:
    """The whole lines of a part of a journal, of which ``line`` come before it.

    ``journal`` is what it is called, for what is told. The offset is that in the part.
    """
    offset = 0
    events: list[Event] = []
    problems: list[Problem] = []
    for text in data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]:
        event = parse(text)
        if event is not None and until is not None and event["at"] > until:
            break
        line += 1
        offset += len(text) + 1
        if event is None:
            found = list(salvage(text))
            problems.append(Problem(journal, line, "the line is damaged, and is left out"))
            events += found
        elif event.get("format", FORMAT) > FORMAT:
            told = f"the format {event['format']!r} is newer than {FORMAT}: upgrade unifig"
            problems.append(Problem(journal, line, told))
        else:
            events.append(event)
    return Reading(events, problems, offset, line, is_torn=False)


def read_all(path: str) -> Reading:
    """All that stands in a journal. Raises OSError where the file can't be read."""
    whole = Reading([], [], 0, 0, is_torn=False)
    while True:
        part = read(path, whole.offset, whole.line)
        whole = Reading(whole.events + part.events, whole.problems + part.problems, *part[2:])
        if not part.events and not part.problems:
            return whole


def journals_of(run: RunPath, folders: Sequence[str]) -> list[str]:
    """The journals that may have events of a run, by their names; another run may have them too."""
    begin = slug(run[2]) + "-"
    return [
        os.path.join(folder, name)
        for folder in folders
        for name in _names(folder)
        if name.startswith(begin) and _is_journal(os.path.join(folder, name))
    ]


def latest(folders: Sequence[str]) -> RunPath | None:
    """The run whose journal was written last; None where there is none."""
    paths = [
        os.path.join(folder, name)
        for folder in folders
        for name in _names(folder)
        if _is_journal(os.path.join(folder, name))
    ]
    for path in sorted(paths, key=lambda path: modified(path) or 0, reverse=True):
        for event in read(path).events:
            entity, project, id_ = event["run"]
            return entity, project, id_
    return None


def recorded(run: RunPath, folders: Sequence[str]) -> RunRecord | None:
    """A run as its journals have it; None where there is none of this path.

    Raises OSError where a journal can't be read.
    """
    wanted = list(run)
    events = [
        event
        for path in journals_of(run, folders)
        for event in read_all(path).events
        if event["run"] == wanted
    ]
    record = RunRecord(run)
    record.apply(sorted(events, key=order))
    return record if record.exists else None


def _is_journal(path: str) -> bool:
    """Whether a path may be a journal's: a folder or a link that leads nowhere is none."""
    return path.endswith(SUFFIX) and os.path.isfile(path)


def _names(folder: str) -> Iterator[str]:
    try:
        return iter(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return iter(())
