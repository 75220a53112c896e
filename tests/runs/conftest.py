"""What tests of runs share: programs in processes of their own, and what they have recorded."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest

from unifig.runs import reading
from unifig.runs.encoding import decode
from unifig.runs.event import Event, Problem
from unifig.runs.folder import find
from unifig.runs.record import RunRecord

OTHERS = ("UNIFIG_", "PYTHON", "COLUMNS", "XDG_")
"""The beginnings of variables that change what a program of a test does."""

BOUND = 60.0
"""Seconds after which a program hangs, or what is waited for never comes; no test takes so long."""

WARNING = "UnifigWarning: "


class Done(NamedTuple):
    """How a program has ended."""

    code: int
    out: str
    err: str

    @property
    def warnings(self) -> list[str]:
        """What unifig has told the user."""
        return [line.partition(WARNING)[2] for line in self.err.splitlines() if WARNING in line]


class Program:
    """A program that runs; one that hangs is killed, which no test takes for an end."""

    def __init__(self, command: list[str], err: Path, **how: Any) -> None:
        self._err = err
        with err.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=file,
                encoding="utf-8",
                start_new_session=True,
                **how,
            )
        self._hung = False
        self._watch = threading.Timer(BOUND, self._kill)
        self._watch.daemon = True
        self._watch.start()

    def _kill(self) -> None:
        self._hung = True
        os.killpg(self.process.pid, signal.SIGKILL)  # and its children, which hold its output

    def hear(self, word: str) -> None:
        """Waits until the program has printed a line, just this one."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        assert line == f"{word}\n", (line, self._err.read_text())

    def told(self) -> str:
        """What it has written on standard error up to now."""
        return self._err.read_text()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> Done:
        """Waits for its end."""
        with self.process:
            out = self.process.stdout.read() if self.process.stdout else ""
        self._watch.cancel()
        assert not self._hung, f"hung: {self._err.read_text()}"
        return Done(self.process.returncode, out, self._err.read_text())


class Recorded(NamedTuple):
    """A run, as it is read back."""

    record: RunRecord
    rows: list[dict[str, Any]]
    """Metrics by flat key, with ``_step``, in the order that they were logged in."""

    @property
    def end(self) -> tuple[str, int | None, str | None]:
        """State, exit code, error."""
        return self.record.state, self.record.exit_code, self.record.error

    def values(self, key: str) -> list[Any]:
        """Of one metric all values, in their order."""
        return [row[key] for row in self.rows if key in row]


class Place:
    """A folder in which programs run, and what they have recorded in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "runs"
        self.cache = folder / "cache"
        self._count = 0

    def start(self, source: str, *words: str, under: Sequence[str] = (), **env: str) -> Program:
        """Starts a program: a file of its own, for a spawned worker imports it.

        ``under`` is the command that starts it, where there is one.
        """
        self._count += 1
        path = self.folder / f"train{self._count}.py"
        path.write_text(dedent(source), encoding="utf-8")
        kept = {name: os.environ[name] for name in os.environ if not name.startswith(OTHERS)}
        own = {
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.cache),
            "UNIFIG_DIR": str(self.runs),
            "UNIFIG_ENTITY": "me",
            "UNIFIG_PROJECT": "demo",
            "PYTHONUTF8": "1",
        }
        command = [*under, sys.executable, path.name, *words]
        err = self.folder / f"train{self._count}.err"
        return Program(command, err, cwd=self.folder, env={**kept, **own, **env})

    def run(self, source: str, *words: str, under: Sequence[str] = (), **env: str) -> Done:
        """Runs a program to its end."""
        return self.start(source, *words, under=under, **env).end()

    def well(self, source: str, *words: str, **env: str) -> Any:
        """Runs a program that ends well, without a warning; gives what it printed, as JSON."""
        done = self.run(source, *words, **env)
        assert done.code == 0, done.err
        assert not done.warnings
        return json.loads(done.out or "null")

    # What is recorded

    def journals(self) -> list[Path]:
        """The files, wherever they are."""
        folders = [Path(folder) for folder in find(self.runs).journals]
        return sorted(
            path
            for folder in folders
            if folder.is_dir()
            for path in folder.glob("*.jsonl")
            if path.is_file()
        )

    def events(self) -> list[Event]:
        """All that was written, file by file, each in its order."""
        return [event for path in self.journals() for event in reading.read_all(str(path))[0]]

    def problems(self) -> list[Problem]:
        """The lines that can't be read."""
        return [told for path in self.journals() for told in reading.read_all(str(path))[1]]

    def all(self) -> dict[str, Recorded]:
        """The runs, by their ids."""
        folders = find(self.runs).journals
        paths = sorted({tuple(event["run"]) for event in self.events()})
        records = [reading.recorded(path, folders) for path in paths]
        return {record.path[2]: Recorded(record, rows(record)) for record in records if record}

    def one(self) -> Recorded:
        """The only run."""
        (found,) = self.all().values()
        return found


def rows(record: RunRecord) -> list[dict[str, Any]]:
    """What was logged, in its order."""
    return [
        {"_step": step, **decode(numbers)}
        for part in record.rows
        for step, _, numbers in json.loads(part.text)
    ]


def until(condition: Callable[[], Any]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A folder for programs; this process looks for their cache where they do."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return Place(tmp_path)


@pytest.fixture(name="until")
def _until() -> Callable[[Callable[[], Any]], None]:
    """See :func:`until`."""
    return until
