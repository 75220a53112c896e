"""Traces of runs: who wrote a journal, of which runs, and whether that has ended; not what it says.

A journal of any length is read through, and little of it kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from unifig.runs import reading
from unifig.runs.event import Event, Problem, parse
from unifig.runs.paths import RunPath
from unifig.runs.record import RunRecord, order

_TELLING: Final = ("start", "finish", "delete")
"""The kinds of events that say something of how a run is."""


class Author(NamedTuple):
    """A writer, by what its journal says."""

    process: str | None
    """The machine and the process, where that is said."""
    is_aside: bool
    """Whether it is of an edit, or of a process that did not open the run."""
    has_ended: bool
    """Whether it has said that no more comes."""


class Trace(NamedTuple):
    """What a journal shows."""

    runs: frozenset[RunPath]
    events: tuple[Event, ...]
    """Those that say whether a run is there, in their order, without what they record."""
    deletes: bool
    """Whether it says that a run was deleted."""
    is_newer: bool
    """Whether it has lines that only a later version can read."""

    @property
    def begins(self) -> int:
        """The time of the first event."""
        return min((event["at"] for event in self.events), default=0)


def trace(path: str) -> Trace:
    """Reads a journal through. Raises OSError where it can't be read."""
    kept: list[Event] = []
    last: dict[tuple[str, RunPath], Event] = {}
    problems: list[Problem] = []
    offset = line = 0
    while True:
        part = reading.read(path, offset, line)
        for event in part.events:
            light, who = _light(event), (event["by"], _run(event))
            if who not in last or event["event"] in _TELLING:
                kept.append(light)
            last[who] = light
        problems += part.problems
        if part.offset == offset:
            break
        offset, line = part.offset, part.line
    kept += [event for event in last.values() if event not in kept]
    return Trace(
        frozenset(map(_run, kept)),
        tuple(sorted(kept, key=order)),
        any(event["event"] == "delete" for event in kept),
        _has_whole_lines(path, {problem.line for problem in problems}),
    )


def _has_whole_lines(path: str, numbers: set[int]) -> bool:
    """Whether of the lines that can't be read one is whole: then a later version has written it."""
    if not numbers:
        return False
    with open(path, "rb") as file:
        return any(
            number in numbers and parse(text.rstrip(b"\n")) is not None
            for number, text in enumerate(file, 1)
        )


def exists(run: RunPath, traces: Iterable[Trace]) -> bool:
    """Whether journals say that a run is there."""
    record = RunRecord(run)
    record.apply(event for event in _in_order(traces) if _run(event) == run)
    return record.exists


def authors(traces: Iterable[Trace]) -> dict[str, Author]:
    """The writers of journals; one may have written several."""
    own: dict[str, list[Event]] = defaultdict(list)
    for event in _in_order(traces):
        own[event["by"]].append(event)
    return {writer: _author(events) for writer, events in own.items()}


def _in_order(traces: Iterable[Trace]) -> list[Event]:
    return sorted((event for one in traces for event in one.events), key=order)


def _run(event: Event) -> RunPath:
    entity, project, id_ = event["run"]
    return entity, project, id_


def _light(event: Event) -> Event:
    """An event without what it records."""
    names = ("at", "by", "run", "aside", "last", "resumed", "state")
    light = {name: event[name] for name in names if name in event}
    light["event"] = event["event"] if event["event"] in _TELLING else "other"
    about = event.get("about")
    if isinstance(about, dict):
        light["about"] = {"process": about.get("process")}
    return light


def _author(own: Sequence[Event]) -> Author:
    told = [event["about"]["process"] for event in own if event["event"] == "start"]
    return Author(
        next((process for process in reversed(told) if isinstance(process, str)), None),
        bool(own[-1].get("aside")),
        bool(own[-1].get("last")) or own[-1]["event"] == "finish",
    )
