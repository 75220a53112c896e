"""What is different from when a run was recorded: commit, versions, machine, what must be there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from unifig import __version__
from unifig.rebuilding import environment

from . import metadata
from .encoding import loads
from .recorded import RecordedRun


class Difference(NamedTuple):
    """One thing that is not as it was."""

    what: str
    then: Any
    now: Any


def differences(run: RecordedRun) -> list[Difference]:
    """What differs between the time of a run and now, here: most important first.

    Packages are compared with those of this process's Python.
    """
    return list(_differences(run))


def _differences(run: RecordedRun) -> Iterator[Difference]:
    about = run.metadata
    cwd = about["cwd"]
    for what, path in (("folder", cwd), ("program", about.get("program"))):
        if path is not None and not os.path.exists(path):
            yield Difference(what, path, None)
    interpreter = (about.get("command") or [None])[0]
    if interpreter is not None and not os.path.exists(interpreter):
        yield Difference("interpreter", interpreter, None)
    for name, value in environment(run).items():
        if os.environ.get(name) != value and (value is not None or name not in os.environ):
            yield Difference(f"${name}", value, os.environ.get(name))
    yield from _of_git(about, metadata.commit(cwd) if os.path.isdir(cwd) else {})
    now = {"python": sys.version.split()[0], "unifig": __version__, "host": metadata.host()}
    for what, version in now.items():
        if about.get(what) != version:
            yield Difference(what, about.get(what), version)
    yield from _of_packages(run.packages, loads(metadata.packages()))


def _of_git(then: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    if then.get("commit") is None:
        return
    if then["commit"] != now.get("commit"):
        yield Difference("commit", then["commit"], now.get("commit"))
    if then.get("dirty") or now.get("dirty"):
        told = {True: "changed since the commit", False: "as committed", None: None}
        yield Difference("files", told[then.get("dirty")], told[now.get("dirty")])


def _of_packages(then: dict[str, str], now: dict[str, str]) -> Iterator[Difference]:
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name) and name != "unifig":
            yield Difference(f"package {name}", then.get(name), now.get(name))
