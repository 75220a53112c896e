"""Starts a program to be looked at, and reads the report: what would be recorded of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from typing import Any, Final, NamedTuple, NoReturn

from unifig import Flat, Origin, UnifigError
from unifig.runs.encoding import loads

_REPORT: Final = "report.json"
MODE: Final = "UNIFIG_MODE"


class Report(NamedTuple):
    """What would be recorded of a program."""

    flat: Flat
    what: str
    """Where its configuration was come upon: ``parse_args() of the parser 'train.py'``."""
    place: str | None
    """``file:line`` of the program, or its file."""
    object: str | None
    """The type of the object that would be recorded; None for the program's own config."""
    warnings: list[str]
    """What unifig warned of."""
    notes: list[str]
    """What else is to be said."""


def probe(kind: str, target: str, args: list[str], timeout: float) -> Report:
    """Runs a program up to where its configuration is complete.

    ``kind`` is ``script``, ``module`` or ``object``. What the program prints goes to standard
    error. It gets no input, and unifig records nothing in it.

    Raises UnifigError where it ends, or takes longer than ``timeout`` seconds, before that, and
    where there is nothing to record.
    """
    with tempfile.TemporaryDirectory(prefix="unifig-check-") as folder:
        path = os.path.join(folder, _REPORT)
        code = _run([path, kind, target, *args], timeout)
        if code is None:
            raise UnifigError(_late(target, timeout))
        if not os.path.exists(path):
            raise UnifigError(_early(target, code))
        with open(path, encoding="utf-8") as file:
            data = loads(file.read())
        if "ended" in data:
            raise UnifigError(_early(target, data["ended"]))
        return _report(data)


def _run(words: list[str], timeout: float) -> int | None:
    """The exit code of a process with a program in it; None where it took too long."""
    process = subprocess.Popen(  # noqa: S603 - to run the program is what was asked for
        [sys.executable, "-P", "-m", __package__, *words],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
        env={**os.environ, MODE: "disabled"},
        start_new_session=True,
    )
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        signal.signal(signal.SIGTERM, before)
        if process.poll() is None:
            _kill(process)


def _terminated(number: int, _frame: object) -> NoReturn:
    """Lets the program be ended first: it would go on, and train."""
    sys.exit(128 + number)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a program, and the processes that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _report(data: dict[str, Any]) -> Report:
    if "error" in data:
        raise UnifigError(data["error"])
    flat = Flat(data["values"])
    flat.origins = {key: Origin.from_dict(told) for key, told in data["origins"].items()}
    flat.types, flat.key_types = data["types"], data["key_types"]
    told = (data[name] for name in ("what", "place", "object", "warnings", "notes"))
    return Report(flat, *told)


def _late(target: str, timeout: float) -> str:
    return (
        f"{target} was stopped after {timeout:g} s, for its configuration was not complete by "
        f"then. If it needs more time, give --timeout; or {_ADVICE}"
    )


def _early(target: str, code: int) -> str:
    when = "before its configuration was complete"
    if code:
        how = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        return f"{target} {how} {when}: what it said is above"
    return f"{target} ended {when}. If that was not to be, {_ADVICE}"


_ADVICE: Final = (
    "name the object that has the configuration, or a function that gives it: "
    "unifig check train:build_parser"
)
