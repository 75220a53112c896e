"""What is known of a run without anybody's saying: the program, the machine, the versions.

What leaves the process is masked: the words of the command line, and texts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from unifig.config_files import VARIABLE as CONFIGS
from unifig.masking import mask_argv, mask_text

from .encoding import dumps

_GIT_PATIENCE: Final = 10  # seconds


def of_process(cwd: str) -> dict[str, Any]:
    """What is known at once, for the beginning of a run."""
    return {
        "program": _program(),
        "argv": mask_argv(sys.argv),
        **_started_by(),
        "configs": os.environ.get(CONFIGS) or None,
        "cwd": mask_text(cwd),
        "host": host(),
        "os": sys.platform,
        "pid": os.getpid(),
        "process": process(),
        "python": sys.version.split()[0],
        "executable": sys.executable,
    }


def _started_by() -> dict[str, list[str]]:
    """The command that started the process, Python and the program, and the program's arguments.

    As they were then: the program may have taken some out of ``sys.argv`` since.
    """
    words = [sys.executable or "python", *sys.orig_argv[1:]]
    at = _arguments_at(words)
    if at is None:
        words, at = [words[0], *sys.argv], 2
    masked = mask_argv(words)
    return {"command": masked[:at], "arguments": masked[at:]}


def _arguments_at(words: list[str]) -> int | None:
    """Where the program's own arguments begin; None where that can't be seen."""
    script = sys.argv[0] if sys.argv else ""
    if script == "-c" and "-c" in words:
        return words.index("-c") + 2
    if script and script in words[1:]:
        return words.index(script, 1) + 1
    if "-m" in words[1:-1]:
        at = words.index("-m") + 1
        return at + 1 if words[at].replace(".", os.sep) in script else None
    return None


def _program() -> str | None:
    """The file of the program, as far as there is one."""
    main = sys.modules.get("__main__")
    path = None if main is None else main.__dict__.get("__file__")
    if not isinstance(path, str) or path.startswith("<"):  # what was typed, or came by a pipe
        return None
    return mask_text(os.path.abspath(path))


def host() -> str:
    """The name of the machine."""
    if sys.platform != "win32":
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "unknown")


def process() -> str:
    """This process, told from all others that a person could mean: ``host/space/pid``.

    Two containers may have processes of the same number on a host of one name: the space tells them
    apart, where the system has such.
    """
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{host()}/{space}/{os.getpid()}"


def is_dead(told: str) -> bool | None:
    """Whether a process that :func:`process` named has ended; None where it can't be seen here."""
    if told.rpartition("/")[0] != process().rpartition("/")[0] or sys.platform == "win32":
        return None
    try:
        os.kill(int(told.rpartition("/")[2]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return None
    return False


def user() -> str:
    """The name of the user, as the environment has it, or the system."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    if sys.platform != "win32":
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container may know no name
            return str(os.getuid())
    return "unknown"


def packages() -> str:
    """The installed distributions and their versions, as JSON: as they were when first asked for.

    By the names of their folders: their metadata says the same, and takes a hundred times as long
    to read.
    """
    return _packages(tuple(sys.path))


@lru_cache(maxsize=4)
def _packages(folders: tuple[str, ...]) -> str:
    found: dict[str, str] = {}
    for folder in folders:
        for name in _entries(folder or "."):
            stem, _, kind = name.rpartition(".")
            if kind in {"dist-info", "egg-info"} and "-" in stem:
                project, version = stem.split("-")[:2]
                found.setdefault(project.replace("_", "-").lower(), version)
    return dumps(dict(sorted(found.items())))


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


@lru_cache(maxsize=64)
def is_in_repository(folder: str) -> bool:
    """Whether a folder is in a git repository, as far as can be seen from outside."""
    return any(os.path.exists(os.path.join(above, ".git")) for above in _upwards(folder))


@lru_cache(maxsize=64)
def commit(folder: str) -> dict[str, Any]:
    """The commit of the repository around a folder, and whether tracked files differ from it.

    As they were when first asked for, for the program has read its files by then. Empty where there
    is no git, or no answer in time.
    """
    import subprocess  # for programs in a repository alone

    command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        done = subprocess.run(  # noqa: S603 - words of our own
            command,
            cwd=folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_PATIENCE,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
    return {
        "commit": heads.get("branch.oid"),
        "branch": heads.get("branch.head"),
        "dirty": any(not line.startswith("#") for line in lines),
    }


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        outer = os.path.dirname(folder)
        if outer == folder:
            return
        folder = outer
