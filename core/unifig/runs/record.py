"""What the events of a run make of it: the one place that says what each event means.

A store folds events into its rows by it, and ``init(resume=…)`` what it goes on with; both come to
the same, for the events of a run have one order. Values stay as events have them: JSON, by stored
keys; see :mod:`.encoding`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from unifig.flat import Flat
from unifig.origin import Origin

from .encoding import decode, dumps, original_key
from .event import Event
from .metrics import Extremes
from .paths import RunPath

RUNNING: Final = "running"

ABOUT: Final = ("name", "group", "job_type", "tags", "notes")
"""What people say about a run; the rest of ``about`` is found out."""


class Rows(NamedTuple):
    """Rows of one line of a journal, as JSON: lists of step, time and numbers by stored key."""

    text: str
    number: int


def order(event: Event) -> tuple[int, str]:
    """What the events of a run are sorted by; those of one writer have different times."""
    return event["at"], event["by"]


class Writer(NamedTuple):
    """A process that records a run, or did."""

    open: bool
    """Whether it has not said that it ended."""
    gone: bool = False
    """Whether the run was deleted since: what it still writes is no part of another of that id."""
    process: str | None = None
    """The machine and the process, to see whether it lives."""


class Configuration:
    """A configuration under way; see :mod:`.configuration` for the form of its events."""

    __slots__ = ("branches", "key_types", "origins", "types", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, dict[str, Any]] = {}
        self.branches: dict[str, dict[str, Any]] = {}
        self.types: dict[str, str] = {}
        self.key_types: dict[str, str] = {}

    def change(self, event: Mapping[str, Any]) -> None:
        """Applies an event of the kind ``config``."""
        if event.get("whole"):
            self.__init__()  # type: ignore[misc]  # as when it was new
        for key in event.get("removed", ()):
            self.values.pop(key, None)  # a mapping may stand there now, and keep its type
            self.origins.pop(key, None)
        for key in event.get("forgotten", ()):
            for table in (self.branches, self.types, self.key_types):
                table.pop(key, None)
        origins, values = event["origins"], event["set"]
        self.values.update(values)
        self.origins.update((key, origins[at]) for key, at in zip(values, event["of"], strict=True))
        if "branches" in event:
            self.branches.update((key, origins[at]) for key, at in event["branches"].items())
        self.types.update(event.get("types", {}))
        self.key_types.update(event.get("key_types", {}))

    def origins_text(self) -> str:
        """All but the values, as JSON: the fields of an event, less ``set``."""
        table: dict[int, tuple[int, Any]] = {}

        def place(origin: Any) -> int:
            return table.setdefault(id(origin), (len(table), origin))[0]

        of = [place(self.origins[key]) for key in self.values]
        branches = {key: place(origin) for key, origin in self.branches.items()}
        more = {"branches": branches, "types": self.types, "key_types": self.key_types}
        told: dict[str, Any] = {"origins": [origin for _, origin in table.values()], "of": of}
        return written(told | {name: inner for name, inner in more.items() if inner})

    @classmethod
    def of(cls, values: str, origins: str) -> Configuration:
        """The one whose values and origins were written as texts."""
        config = cls()
        config.change({"set": json.loads(values), **json.loads(origins)})
        return config

    def flat(self) -> Flat:
        """The configuration as a program has it."""
        flat = Flat((original_key(key), decode(value)) for key, value in self.values.items())
        made: dict[int, Origin] = {}
        for table in (self.origins, self.branches):
            for key, data in table.items():
                if id(data) not in made:
                    made[id(data)] = Origin.from_dict(decode(data))
                flat.origins[original_key(key)] = made[id(data)]
        flat.types.update((original_key(key), told) for key, told in self.types.items())
        flat.key_types.update((original_key(key), told) for key, told in self.key_types.items())
        return flat


class RunRecord:
    """One run, as its events up to now have made it."""

    def __init__(self, path: RunPath) -> None:
        self.path = path
        self.last: tuple[int, str] = (0, "")
        """The order of the last event."""
        self.writers: dict[str, Writer] = {}
        self._begin()

    def _begin(self) -> None:
        """What a run is before its first event, and once it is deleted."""
        self.exists = False
        self.created = 0
        self.finished: int | None = None
        self.state = RUNNING
        self.exit_code: int | None = None
        self.error: str | None = None
        self.about: dict[str, Any] = {}
        self.config = Configuration()
        self.metrics = Extremes()
        self.step: int | None = None
        self.rows: list[Rows] = []
        """Rows that were added, for whoever folds to take away."""
        self.was_reset = True
        """Whether what was kept of the run before is to be dropped."""

    def apply(self, events: Iterable[Event]) -> None:
        """Applies events, which come in their order, and after those that were applied."""
        for event in events:
            self.last = order(event)
            kind = event["event"]
            if kind == "delete":
                self.writers = {
                    name: Writer(open=False, gone=True) for name in (*self.writers, event["by"])
                }
                self._begin()
                continue
            if not self._concerns(event):
                continue
            handler = _HANDLERS.get(kind)
            if handler is not None:  # a kind that only a later version knows says nothing here
                handler(self, event)

    def _concerns(self, event: Event) -> bool:
        """Whether an event is one of this run: not of one of the same id that was deleted."""
        writer = event["by"]
        known = self.writers.get(writer)
        aside = event.get("aside")
        if aside:
            opened_by = self.writers.get(aside)
            return self.exists and not (opened_by is not None and opened_by.gone)
        if known is None:
            self.writers[writer] = Writer(open=True)
        elif known.gone:
            return False
        if not self.exists:
            self.exists = True
            self.created = event["at"]
        return True

    def _start(self, event: Event) -> None:
        about = decode(event["about"])
        if event.get("resumed"):
            self.writers = {
                name: writer._replace(open=False) for name, writer in self.writers.items()
            }
        self.writers[event["by"]] = Writer(open=True, process=about.get("process"))
        self.state, self.finished, self.exit_code, self.error = RUNNING, None, None, None
        about |= {name: event[name] for name in ("unifig", "packages") if name in event}
        said = {name: value for name, value in about.items() if value is not None}
        self.about = {**self.about, **said}

    def _config(self, event: Event) -> None:
        self.config.change(event)

    def _log(self, event: Event) -> None:
        add, rows = self.metrics.add, event["rows"]
        for _, _, row in rows:
            if set(map(type, row.values())) <= _PLAIN:
                add(row)
            else:  # NaN and very long ints
                add({key: decode(number) for key, number in row.items()})
        self.rows.append(Rows(event["text"], len(rows)))
        highest = max(step for step, _, _ in rows)
        self.step = highest if self.step is None else max(self.step, highest)

    def _summary(self, event: Event) -> None:
        last = self.metrics.last
        for key in event.get("removed", ()):
            last.pop(key, None)
        last.update((key, decode(value)) for key, value in event.get("set", {}).items())

    def _about(self, event: Event) -> None:
        self.about.update(decode(event["about"]))

    def _finish(self, event: Event) -> None:
        self.writers[event["by"]] = self.writers[event["by"]]._replace(open=False)
        if any(writer.open for writer in self.writers.values()):
            return  # another process goes on
        self.finished = event["at"]
        self.state = event["state"]
        self.exit_code = event.get("exit_code")
        self.error = decode(event.get("error"))


_PLAIN: Final = frozenset({int, float, bool})
_HANDLERS: Final[dict[str, Callable[[RunRecord, Event], None]]] = {
    "start": RunRecord._start,
    "config": RunRecord._config,
    "log": RunRecord._log,
    "summary": RunRecord._summary,
    "about": RunRecord._about,
    "finish": RunRecord._finish,
}


def written(data: Any) -> str:
    """Encoded data as JSON text again."""
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return dumps(decode(data))  # an infinity, which json would write in its own way
