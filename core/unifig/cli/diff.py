"""``unifig diff``: what differs between runs, and nothing else."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from unifig import RecordedRun
from unifig.display.cells import apart, shown
from unifig.display.columns import Line
from unifig.messages import printable
from unifig.origin import NOTHING
from unifig.patterns import matcher
from unifig.runs.encoding import dumps

from .options import RUN, as_json, of_store, open_api
from .output import console, is_piped, show_table, write_json

if TYPE_CHECKING:
    from rich.text import Text

_ABSENT = "(not there)"
_WIDEST = 200  # characters of a value that has lines of its own, or stands in a pipe
_WIDEST_KEY = 36  # characters of a key beside which values stand
_NARROWEST = 40  # characters that a value must have, on two lines, beside others
_GAP = 2  # characters between two columns
_ABOUT = (
    *("program", "command", "cwd", "configs", "commit", "branch", "dirty"),
    *("host", "os", "python", "executable", "unifig"),
)

Row = tuple[str, list[Any]]
"""A name, and what each of the runs has there; NOTHING where it has none."""


@click.command("diff")
@click.argument("runs", metavar="RUN RUN...", type=RUN, nargs=-1)
@click.option("--summary", is_flag=True, help="Compare the last values of metrics as well.")
@click.option("--about", is_flag=True, help="Compare command, commit, machine, versions as well.")
@click.option(
    "--ignore",
    metavar="PATTERNS",
    multiple=True,
    help="Leave out flat keys, and what is below: 'seed,paths.*'.",
)
@click.option("--all", "whole", is_flag=True, help="Show what is the same as well.")
@click.option("--exit-code", is_flag=True, help="End with exit code 1 where they differ.")
@as_json
@of_store
def command(
    *,
    runs: tuple[str, ...],
    summary: bool,
    about: bool,
    ignore: tuple[str, ...],
    whole: bool,
    exit_code: bool,
    as_json: bool,
    dir_: str | None,
    store: str | None,
) -> None:
    """Show what differs between the configs of two runs or more.

    Values are compared with their types: 1 is not 1.0, and neither is True. Of long texts the place
    is shown where they part.
    """
    if len(runs) < 2:
        raise click.UsageError("name two runs or more: unifig diff A B")
    api = open_api(dir_, store)
    found = [api.find(text) for text in runs]
    ignored = matcher([name.strip() for text in ignore for name in text.split(",")])
    parts: dict[str, list[dict[str, Any]]]
    parts = {"config": [dict(Line(run).part("config")) for run in found]}
    if summary:
        parts["summary"] = [dict(Line(run).part("summary")) for run in found]
    if about:
        parts["about"] = [_about(run) for run in found]
    rows = {name: _rows(part, name, ignored) for name, part in parts.items()}
    different = {name: [row for row in part if _differs(row)] for name, part in rows.items()}
    shown = rows if whole else different
    if as_json:
        write_json({name: [_data(row, found) for row in part] for name, part in shown.items()})
    else:
        named = [
            (f"{name}.{key}" if len(shown) > 1 else key, values)
            for name, part in shown.items()
            for key, values in part
        ]
        _show(named, _labels(found))
        _tell_rest(sum(map(len, rows.values())), sum(map(len, different.values())), whole=whole)
    if exit_code and any(different.values()):
        sys.exit(1)


def _about(run: RecordedRun) -> dict[str, Any]:
    told = run.metadata
    words = told.get("command")
    if words is not None:
        told = {**told, "command": shlex.join([*words, *told.get("arguments", [])])}
    known = {name: told[name] for name in _ABOUT if told.get(name) is not None}
    return known | {f"packages.{name}": version for name, version in run.packages.items()}


def _rows(parts: Sequence[dict[str, Any]], name: str, ignored: Callable[[str], bool]) -> list[Row]:
    keys = dict.fromkeys(key for part in parts for key in part)
    return [
        (key, [part.get(key, NOTHING) for part in parts])
        for key in keys
        if not ignored(key) and not ignored(f"{name}.{key}")
    ]


def _differs(row: Row) -> bool:
    return len({_mark(value) for value in row[1]}) > 1


def _mark(value: Any) -> str:
    """A text for each value that is told apart."""
    return "" if value is NOTHING else dumps(value)


def _data(row: Row, runs: Sequence[RecordedRun]) -> dict[str, Any]:
    key, values = row
    pairs = zip(runs, values, strict=True)
    return {"key": key, "values": {run.path: at for run, at in pairs if at is not NOTHING}}


def _tell_rest(number: int, different: int, *, whole: bool) -> None:
    same = number - different
    if not different:
        click.echo("unifig: no difference", err=True)
    if same and not whole:
        told = "1 key is" if same == 1 else f"{same:,} keys are"
        click.echo(f"unifig: {told} the same: --all lists them", err=True)


# Text


def _labels(runs: Sequence[RecordedRun]) -> list[str]:
    """What runs are called: their ids, where these tell them apart."""
    paths = {run.path for run in runs}
    ids = {run.id for run in runs}
    return [run.id if len(ids) == len(paths) else run.path for run in runs]


def _show(rows: Sequence[Row], labels: Sequence[str]) -> None:
    """A column for each run where there is room; else for each key its values, and who has them."""
    if not rows:
        return
    most = _WIDEST if is_piped() else _room(rows, labels)
    if most < _NARROWEST:
        _show_by_value(rows, labels)
        return
    table = [[printable(key), *_styled(_texts(values, most))] for key, values in rows]
    show_table(["", *labels], table)


def _texts(values: Sequence[Any], most: int) -> list[str]:
    there = iter(apart([shown(value) for value in values if value is not NOTHING], most))
    return [_ABSENT if value is NOTHING else next(there) for value in values]


def _room(rows: Sequence[Row], labels: Sequence[str]) -> int:
    """How many characters a value may have, on two lines, for all runs to stand beside others.

    What is short leaves its room to the others.
    """
    from rich.cells import cell_len

    free = console().width - min(_WIDEST_KEY, max(cell_len(printable(key)) for key, _ in rows))
    columns = zip(labels, *(_texts(values, _WIDEST) for _, values in rows), strict=True)
    wide = sorted(max(map(cell_len, column)) + _GAP for column in columns)
    for at, width in enumerate(wide):
        if width > (share := free // (len(wide) - at)):
            return 2 * (share - _GAP)
        free -= width
    return _WIDEST


def _styled(texts: Sequence[str]) -> list[str | Text]:
    from rich.text import Text

    return [Text(text, "dim") if text == _ABSENT else text for text in texts]


def _show_by_value(rows: Sequence[Row], labels: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    for key, values in rows:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(overflow="fold", ratio=3)
        table.add_column(overflow="fold", ratio=2)
        for text, who in _holders(_texts(values, _WIDEST), labels).items():
            table.add_row(
                Text(f"  {text}", "dim" if text == _ABSENT else ""), Text(", ".join(who), "cyan")
            )
        out.print(Text(printable(key), "bold"))
        out.print(table)


def _holders(texts: Sequence[str], labels: Sequence[str]) -> dict[str, list[str]]:
    """The labels of the runs that have a value, by its text."""
    found: dict[str, list[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        found.setdefault(text, []).append(label)
    return found
