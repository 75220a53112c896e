"""What ``unifig doctor`` looks at, one function a subject; nothing is changed by looking."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from unifig import ConfigError, FileError, StoreError, __version__
from unifig.adapter import DISABLE
from unifig.config_files import OPTION, defaults_file, named_in_environment, read_entries
from unifig.config_files import VARIABLE as CONFIGS
from unifig.masking import MASK, mask_text
from unifig.messages import near
from unifig.origin import PERSON
from unifig.runs.folder import VARIABLE as DIR
from unifig.runs.folder import Folder, find, is_on_network, is_remote
from unifig.runs.opening import MODE, MODES
from unifig.runs.paths import ENTITY, PROJECT
from unifig.runs.ranks import VARIABLE as RANKS
from unifig.settings import ALWAYS, NEVER, read_patterns

from .adapters import listed as adapters
from .archives import counted, in_bytes
from .options import TOKEN
from .output import one_line

if TYPE_CHECKING:
    from unifig.runs.store.inspection import Seen

Status = Literal["ok", "warning", "error"]

_NEEDED: Final = ("pluggy", "PyYAML", "SQLAlchemy", "click", "rich")
_OPTIONAL: Final = (
    "psycopg",
    "pyarrow",
    "pandas",
    "numpy",
    "starlette",
    "uvicorn",
    "plotly",
    "regex",
)
_OLDEST_SQLITE: Final = (3, 38)
_SCARCE: Final = 100_000_000  # bytes
_MOST_TOLD: Final = 5


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Status
    told: str
    remedy: str | None = None
    data: dict[str, Any] = {}  # noqa: RUF012 - never changed


def checks(dir_: str | None, store: str | None) -> Iterator[Check]:
    """All of them, in their order."""
    folder = find(dir_)
    yield from _versions()
    yield _folder(folder)
    yield from _runs(folder, store)
    yield _adapters()
    yield from _settings()
    yield from _configs()


# What is installed


def _versions() -> Iterator[Check]:
    found = {name: _version(name) for name in (*_NEEDED, *_OPTIONAL)}
    sqlite = sqlite3.sqlite_version
    data = {"unifig": __version__, "Python": platform.python_version(), "SQLite": sqlite, **found}
    told = ", ".join(f"{name} {number or '(not installed)'}" for name, number in data.items())
    data["executable"] = sys.executable
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        wanted = ".".join(map(str, _OLDEST_SQLITE))
        remedy = f"take a Python with SQLite {wanted} or later: runs can't be read back with this"
        yield Check("versions", "error", told, remedy, data)
    else:
        yield Check("versions", "ok", told, None, data)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


# What is recorded


def _folder(folder: Folder) -> Check:
    there = os.path.isdir(folder.path)  # noqa: PTH112 - paths are text here
    above = _nearest(folder.path)
    writable = os.access(above, os.W_OK | os.X_OK)
    network = is_on_network(folder.path)
    free = shutil.disk_usage(above).free
    size = sum(_sizes(folder.path))
    data = {
        "path": folder.path,
        "exists": there,
        "writable": writable,
        "network": network,
        "bytes": size,
        "free": free,
        "cache": folder.cache,
    }
    kind = "on a network's file system" if network else "on a local file system"
    what = f"{in_bytes(size)}, {kind}" if there else "not made yet"
    told = f"{folder.path}: {what}, {in_bytes(free)} free"
    if os.path.lexists(folder.path) and not there:
        return Check("folder", "error", f"{folder.path} is no folder", "name another: --dir", data)
    if not writable:
        told = f"{told}; it can't be written"
        if not os.access(_nearest(folder.cache), os.W_OK | os.X_OK):
            return Check("folder", "error", told, f"name another one by {DIR}", data)
        remedy = f"name another one by {DIR}; until then runs are recorded in {folder.cache}"
        return Check("folder", "warning", told, remedy, data)
    if free < _SCARCE:
        return Check("folder", "warning", told, "free some space: runs will not be recorded", data)
    return Check("folder", "ok", told, None, data)


def _nearest(path: str) -> str:
    """What there is of a path: itself, or a folder above it."""
    while not os.path.exists(path) and path != os.path.dirname(path):  # noqa: PTH110, PTH120
        path = os.path.dirname(path)  # noqa: PTH120
    return path


def _sizes(path: str) -> Iterator[int]:
    for place, _, names in os.walk(path):
        for name in names:
            try:
                yield os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
            except FileNotFoundError:  # it has gone since
                continue


def _runs(folder: Folder, named: str | None) -> Iterator[Check]:
    """The store, what waits, the lines that can't be read, the runs."""
    from unifig.runs.store import inspection

    seen = None
    try:
        path = inspection.place(folder, named)
        name = path if isinstance(path, str) else mask_text(path.render_as_string())
        seen = inspection.look(path, folder)
    except (StoreError, ModuleNotFoundError) as error:
        remedy = "name another store, or move it away: it is made again from the journals"
        if is_remote(named):
            remedy = "runs are recorded, and wait in their journals until it can be reached"
        yield Check("store", "error", one_line(mask_text(str(error))), remedy)
    else:
        yield _store(name, seen)
    yield from _journals(folder, seen)
    if seen is not None:
        told = ", ".join(f"{number:,} {state}" for state, number in sorted(seen.states.items()))
        yield Check("runs", "ok", told or "none", None, {"states": seen.states})


def _store(name: str, seen: Seen | None) -> Check:
    if seen is None:
        told = f"{name}: not made yet, which is done when runs are read"
        return Check("store", "ok", told, None, {"path": name, "exists": False})
    data = {
        "path": name,
        "exists": True,
        "bytes": seen.bytes,
        "version": seen.version,
        "form": seen.form,
    }
    told = f"{name}: {in_bytes(seen.bytes)}, version {seen.version}, {seen.form}"
    return Check("store", "ok", told, None, data)


def _journals(folder: Folder, seen: Seen | None) -> Iterator[Check]:
    from unifig.runs import reading
    from unifig.runs.store import backlog, journals

    number = sum(1 for _ in journals.of(folder))
    waiting = list(backlog.waiting(folder, {} if seen is None else seen.reached))
    size = sum(one.bytes for one in waiting)
    rest = f"{len(waiting):,} with {in_bytes(size)} to be delivered" if waiting else "all delivered"
    told = f"{counted(number, 'journal')}, {rest}" if number else "none"
    data = {"number": number, "waiting": len(waiting), "bytes": size}
    yield Check("journals", "ok", told, None, data)

    known = [] if seen is None else seen.problems
    found = {(journals.path(folder, name), line): told for name, line, told in known}
    for one in waiting:
        offset, line = one.reached[:2]
        while True:
            try:
                part = reading.read(one.path, offset, line)
            except OSError as error:
                found[one.path, line] = f"it can't be read: {error.strerror or error}"
                break
            found |= {(problem.journal, problem.line): problem.told for problem in part.problems}
            if part.offset == offset:
                break
            offset, line = part.offset, part.line
    lines = [
        {"journal": path, "line": line, "told": told}
        for (path, line), told in sorted(found.items())
    ]
    if not lines:
        yield Check("lines", "ok", "all can be read", None, {"problems": []})
        return
    some = "; ".join(
        f"{it['journal']}, line {it['line']}: {it['told']}" for it in lines[:_MOST_TOLD]
    )
    more = f"; and {len(lines) - _MOST_TOLD:,} more" if len(lines) > _MOST_TOLD else ""
    remedy = "what these lines had is lost unless you can mend them; all else is read"
    told = f"{counted(len(lines), 'line')} can't be read: {some}{more}"
    yield Check("lines", "warning", told, remedy, {"problems": lines})


# Adapters, settings, files


def _adapters() -> Check:
    found = adapters()
    counts = Counter(one["status"] for one in found)
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    errors = {
        one_line(f"{one['name']} ({one['distribution']} {one['version']})"): one["error"]
        for one in found
        if one["error"] is not None
    }
    data = {"counts": dict(counts), "errors": errors}
    if not errors:
        return Check("adapters", "ok", told, None, data)
    told = f"{told}; " + "; ".join(f"{name}: {why}" for name, why in errors.items())
    remedy = f"install them anew, or switch them off by {DISABLE}"
    return Check("adapters", "warning", told, remedy, data)


def _settings() -> Iterator[Check]:
    """The variables that are set; of those that are not known only the names are told."""
    from unifig.runs.folder import STORE

    known = (CONFIGS, DIR, STORE, ENTITY, PROJECT, MODE, RANKS, DISABLE, ALWAYS, NEVER, TOKEN)
    names = sorted(name for name in os.environ if name.startswith("UNIFIG_"))
    values = {name: mask_text(os.environ[name]) for name in names if name in known}
    if TOKEN in values:
        values[TOKEN] = MASK
    told = ", ".join(f"{name}={one_line(value)}" for name, value in values.items())
    yield Check("settings", "ok", told or "none is set", None, {"set": values})
    for name in (name for name in names if name not in known):
        hint = near(name, known)
        told = f"{one_line(name)} is no setting of unifig"
        yield Check("settings", "warning", told, f"take it away, or mend its name{hint}")
    if (mode := os.environ.get(MODE)) and mode not in MODES:
        told = f"{MODE} is {one_line(mask_text(mode))!r}: no run can be opened"
        yield Check("settings", "error", told, f"write one of {', '.join(MODES)}")
    try:
        read_patterns()
    except FileError as error:
        told = one_line(str(error))
        yield Check("settings", "error", told, "mend [tool.unifig] in pyproject.toml")


def _configs() -> Iterator[Check]:
    """The configuration files that ``init()`` would read here."""
    found: dict[str, str] = {}
    errors: list[str] = []
    try:
        defaults = defaults_file(None, os.getcwd())  # noqa: PTH109 - as text
        if defaults is not None:
            found[str(defaults)] = "defaults"
        found |= dict.fromkeys(named_in_environment(os.environ), CONFIGS)
    except (ConfigError, FileError) as error:
        errors.append(one_line(str(error)))
    for path in found:
        try:
            read_entries(path, rank=PERSON)
        except FileError as error:
            errors.append(one_line(str(error)))
    data = {"files": list(found), "errors": errors}
    if errors:
        remedy = f"mend them: init() would not start here (nor with them in {OPTION})"
        yield Check("configs", "error", "; ".join(errors), remedy, data)
    else:
        told = ", ".join(f"{path} ({why})" for path, why in found.items())
        yield Check("configs", "ok", told or "none is read here", None, data)
