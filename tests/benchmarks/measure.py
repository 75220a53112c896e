"""Fresh measurements: each in a process of its own, in a folder that is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from distributions import fill
from work import Call, Contender, Once, Peak, Program

WORKER = Path(__file__).with_name("worker.py")
PEERS = Path(__file__).with_name("peers.txt")
TIMEOUT = 600  # seconds, for one measurement
LONG_ENOUGH = 0.3  # seconds that a program runs at least, over and over if it is short
RUNS = 5  # of a program at least
PATIENCE = 2.0  # seconds, after which the runs that there are do

WATCH = (
    "-I",
    "-S",
    "-c",
    """\
import posix, sys
result, *command = sys.argv[1:]
process = posix.posix_spawn(command[0], command, posix.environ)
_, status, used = posix.wait4(process, 0)
with open(result, "w") as file:
    file.write(str(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)))
sys.exit(posix.waitstatus_to_exitcode(status))
""",
)
"""A Python that starts a program and writes its peak.

Linux counts for a process what the one that started it took, up to then: this takes less than any
Python that loads its site.
"""

OFFLINE = {
    "CLEARML_OFFLINE_MODE": "1",
    "DO_NOT_TRACK": "1",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
}
"""Keeps the peers away from the network, which is not what is compared."""


def requirements() -> dict[str, str]:
    """The peers and the requirement that installs each, as peers.txt has them."""
    lines = [line.strip() for line in PEERS.read_text().splitlines()]
    return {line.partition("==")[0]: line for line in lines if line and not line.startswith("#")}


def peer_python(folder: Path, peer: str) -> Path:
    """The Python of a peer's environment, which need not be there."""
    return folder / peer / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class NotInstalledError(Exception):
    """A contender whose distribution is not there."""


class FailedError(Exception):
    """A contender that ended with an error; the message is the last line that it wrote."""


@dataclass(frozen=True)
class Place:
    """Where measurements are taken."""

    peers: Path
    """The folder of the peers' environments; none need be there."""
    folder: Path
    """Where everything is written; thrown away by whoever made it."""
    quick: bool = False
    """Whether nothing is done again for the sake of a figure that can be relied on."""

    @cached_property
    def versions(self) -> dict[str, str]:
        """The peers that are installed, and their versions."""
        found = {}
        for peer in requirements():
            ask = f"from importlib.metadata import version\nprint(version({peer!r}))"
            python = peer_python(self.peers, peer)
            if python.exists():
                told = subprocess.run(
                    [python, "-c", ask], capture_output=True, text=True, check=False
                )
                if told.returncode == 0:
                    found[peer] = told.stdout.strip()
        return found

    def measure(self, contender: Contender) -> float:
        """What a contender's work takes, once: seconds, or bytes where memory is measured.

        Raises NotInstalledError, and FailedError.
        """
        python = sys.executable
        if contender.peer is not None:
            if contender.peer not in self.versions:
                raise NotInstalledError
            python = str(peer_python(self.peers, contender.peer))
        match contender.work:
            case Program() as program:
                return self._programs([python, *program.words], program.distributions)
            case Peak(program):
                return self._peak([python, *program.words], program.distributions)
            case Call(function, sample, size):
                return self._worker(python, function, {"size": size}, sample)
            case Once(function, arguments, counts):
                return counts * self._worker(python, function, arguments)

    def warm_up(self, contender: Contender) -> None:
        """Runs a program once, uncounted: it compiles its modules and settles in at home."""
        if isinstance(contender.work, (Program, Peak)) and not self.quick:
            self.measure(contender)

    def _programs(self, command: list[str], distributions: int) -> float:
        """The seconds that a program takes: the fastest of as many runs as needed."""
        taken = [self._run(command, distributions)]
        while not self.quick and (
            sum(taken) < LONG_ENOUGH or (len(taken) < RUNS and sum(taken) < PATIENCE)
        ):
            taken.append(self._run(command, distributions))
        return min(taken)

    def _peak(self, command: list[str], distributions: int) -> float:
        """The bytes that a program takes at most."""
        result = self.folder / "result"
        self._run([sys.executable, *WATCH, str(result), *command], distributions)
        return float(result.read_text())

    def _worker(self, python: str, function: str, arguments: dict[str, Any], *sample: str) -> float:
        """What a worker tells, in a folder of its own."""
        with tempfile.TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True) as folder:
            result = Path(folder, "result")
            words = [str(WORKER), str(result), function, json.dumps(arguments), *sample]
            self._run([python, *words, *["--quick"] * self.quick], folder=folder)
            return float(result.read_text())

    def _run(self, command: list[str], distributions: int = 0, folder: str | None = None) -> float:
        """The seconds that a process takes, from start to end."""
        environment = self._environment(distributions)
        environment["UNIFIG_DIR"] = str(Path(folder or self.folder, ".unifig"))
        begin = time.perf_counter()
        try:
            done = subprocess.run(
                command,
                cwd=folder or self.folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired as error:
            raise FailedError(f"it took more than {TIMEOUT} seconds") from error
        took = time.perf_counter() - begin
        if done.returncode != 0:
            raise FailedError((done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
        return took

    def _environment(self, distributions: int) -> dict[str, str]:
        """The user's environment, without what changes how Python and unifig start."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "UNIFIG"))}
        home = str(self.folder)
        kept |= OFFLINE | {"HOME": home, "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db"}
        if distributions:
            more = self.folder / f"{distributions}-distributions"
            if not more.exists():
                more.mkdir()
                fill(more, distributions)
            kept["PYTHONPATH"] = str(more)
        return kept
