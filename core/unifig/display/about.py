"""What is known of a run beside its config and its summary, as people read it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from unifig import RecordedRun
from unifig.messages import printable
from unifig.runs.additions import KNOWN

from .cells import age, bare, duration, instant

_COMMIT: Final = 10  # digits that name one well enough


def about(run: RecordedRun) -> Iterator[tuple[str, str]]:
    """Labels and texts of what is known of a run: whose, how it ended, what started it, where."""
    yield "run", run.path
    if run.name != run.id:
        yield "name", run.name
    yield "state", f"{run.state}{_ended(run)}"
    yield "began", f"{instant(run.created_at)}, {age(run.created_at)}"
    if (span := _span(run)) is not None:
        yield "took" if run.finished_at else "runs for", span
    yield from _said(run)
    if run.step is not None:
        yield "last step", f"{run.step:,}"
    yield from _known(run.metadata)


def _said(run: RecordedRun) -> Iterator[tuple[str, str]]:
    """What people say of it."""
    tags = ", ".join(map(bare, run.tags)) or None
    told = {"group": run.group, "job type": run.job_type, "tags": tags, "notes": run.notes}
    yield from ((label, text) for label, text in told.items() if text is not None)


def _known(about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The program, the commit, the machine."""
    for label, name in (("program", "program"), ("folder", "cwd"), ("configs", "configs")):
        if about.get(name):
            yield label, str(about[name])
    if about.get("command"):
        yield "command", shlex.join([*about["command"], *about.get("arguments", [])])
    if about.get("commit"):
        branch = f" on {about['branch']}" if about.get("branch") else ""
        dirty = ", and files changed since" if about.get("dirty") else ""
        yield "commit", f"{str(about['commit'])[:_COMMIT]}{branch}{dirty}"
    if about.get("host"):
        yield "host", f"{about['host']} ({about.get('os') or 'unknown'})"
    versions = {"Python": about.get("python"), "unifig": about.get("unifig")}
    told = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if told:
        yield "versions", told
    yield from _added({name: value for name, value in about.items() if name not in KNOWN})


def _added(metadata: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What whoever opened the run has added, a line for each mapping in it."""
    for name, value in metadata.items():
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                yield f"{name} {key}", _text(inner)
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    """Plain data on one line; texts as words of a command line."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return shlex.join(value)
    if isinstance(value, dict) and value:
        return ", ".join(f"{printable(key)}={bare(inner)}" for key, inner in value.items())
    return bare(value)


def _ended(run: RecordedRun) -> str:
    code = "" if run.exit_code is None else f", exit code {run.exit_code}"
    return code if run.error is None else f"{code}: {printable(run.error)}"


def _span(run: RecordedRun) -> str | None:
    end = run.finished_at
    if end is None:
        if run.state != "running":
            return None
        end = datetime.now(UTC)
    seconds = max(0.0, (end - run.created_at).total_seconds())
    return f"{seconds:.2g} s" if seconds < 10 else duration(seconds)
