"""``unifig show``: one run: what it is, its config with origins, and what it came to."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from unifig import ConfigKeyError, Flat, RecordedRun
from unifig.messages import near, printable, told
from unifig.patterns import matcher
from unifig.runs.additions import KNOWN

from . import data
from .cells import MISSING, STYLES, age, bare, cut, duration, instant
from .columns import Line
from .options import RUN, as_json, of_store, open_api
from .output import console, is_piped, show_table, shown, write_json

if TYPE_CHECKING:
    from rich.text import Text

_MOST_SHOWN = 80  # characters of a value, in a terminal
_COMMIT = 10  # digits that name one well enough


@click.command("show")
@click.argument("run", metavar="RUN", type=RUN)
@click.option(
    "-k",
    "--key",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Only the values at these flat keys, and below: 'optimizer.*'. May be repeated.",
)
@click.option("--packages", is_flag=True, help="List the packages that were installed.")
@as_json
@of_store
def command(
    *,
    run: str,
    patterns: tuple[str, ...],
    packages: bool,
    as_json: bool,
    dir_: str | None,
    store: str | None,
) -> None:
    """Show one run: what it is, its config with origins, its summary.

    In a pattern * stands for any text. With --key the config and the summary are shown, and of them
    what matches.
    """
    found = open_api(dir_, store).find(run)
    line, flat = Line(found), found.flat()
    is_wanted = _wanted(patterns, flat, line)
    if as_json:
        write_json(data.of_run(line, flat, is_wanted))
        return
    console_ = console()
    parts = [] if patterns else [list(_about(found))]
    if packages:
        parts.append([(name, version) for name, version in sorted(found.packages.items())])
    for rows in filter(None, parts):
        _show_pairs(rows)
        console_.print()
    _show_config(flat, is_wanted)
    _show_summary(line, is_wanted)


def _wanted(patterns: tuple[str, ...], flat: Flat, line: Line) -> Callable[[str], bool]:
    """Whether a flat key is asked for. Raises ConfigKeyError where none is that there is."""
    if not patterns:
        return lambda _: True
    is_wanted = matcher(patterns)
    known = {**flat, **line.part("summary"), **line.part("min")}
    if not any(map(is_wanted, known)):
        named = " or ".join(map(repr, patterns))
        hint = near(patterns[0], known)
        raise ConfigKeyError(f"no flat key of {line.run.path} matches {named}{hint}")
    return is_wanted


# What it is


def _about(run: RecordedRun) -> Iterator[tuple[str, str | Text]]:
    """Labels and texts of what is known of a run."""
    from rich.text import Text

    yield "run", run.path
    if run.name != run.id:
        yield "name", run.name
    yield "state", Text.assemble((run.state, STYLES.get(run.state, "")), _ended(run))
    yield "began", f"{instant(run.created_at)}, {age(run.created_at)}"
    if (span := _span(run)) is not None:
        yield "took" if run.finished_at else "runs for", span
    yield from _said(run)
    if run.step is not None:
        yield "last step", f"{run.step:,}"
    yield from _known(run.metadata)
    number = len(run.packages)
    yield "packages", f"{number:,} ({'--packages lists them' if number else 'none is known'})"


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


def _show_pairs(rows: list[tuple[str, str | Text]]) -> None:
    """Labels, and texts that stay beside them."""
    from rich.table import Table
    from rich.text import Text

    cells = [(label, at if isinstance(at, Text) else Text(printable(at))) for label, at in rows]
    wide = max(len(label) for label, _ in cells)
    if is_piped():
        for label, text in cells:
            click.echo(f"{label.ljust(wide)}  {printable(text.plain)}")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in cells:
        table.add_row(Text(label, "dim"), text)
    console().print(table)


# Its config and its summary


def _show_config(flat: Flat, is_wanted: Callable[[str], bool]) -> None:
    keys = [key for key in flat if is_wanted(key)]
    if not keys:
        return
    typed = any(key in flat.types for key in keys)
    rows = [
        [printable(key), _value(flat[key]), *[flat.types.get(key, "")] * typed, _from(flat, key)]
        for key in keys
    ]
    show_table(["config", "value", *["was a"] * typed, "from"], rows)


def _from(flat: Flat, key: str) -> str:
    origin = flat.origins[key]
    masked = f"; masked: {origin.note}" if origin.note else ""
    return printable(f"{told(origin)}{masked}")


def _show_summary(line: Line, is_wanted: Callable[[str], bool]) -> None:
    parts = [line.part(name) for name in ("summary", "min", "max")]
    keys = [key for key in dict.fromkeys([*parts[0], *parts[1]]) if is_wanted(key)]
    if not keys:
        return
    rows = [
        [printable(key), *(_value(part[key]) if key in part else MISSING for part in parts)]
        for key in keys
    ]
    click.echo()
    show_table(["summary", "last", "min", "max"], rows, right=[1, 2, 3])


def _value(value: Any) -> str:
    return shown(value) if is_piped() else cut(shown(value), _MOST_SHOWN)
