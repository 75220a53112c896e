"""``unifig export``: runs, or their histories, as JSON, CSV or Parquet."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from unifig import Api, RecordedRun, RunNotFoundError
from unifig.display import columns
from unifig.display.conditions import parse
from unifig.display.exact import json_text
from unifig.messages import near, printable

from .exports import records, target
from .options import RUN, conditions, of_store, open_api
from .progress import progress

if TYPE_CHECKING:
    from .exports.records import Record
    from .exports.spool import Spool

_FORMATS: Final = ("json", "jsonl", "csv", "parquet")
_PAGE: Final = 5000
_ROWS: Final = 1_000_000  # of a file in a folder: several are read at once

Told = Callable[[int, int], None]


@click.command("export")
@click.argument("named", metavar="[RUN]...", type=RUN, nargs=-1)
@conditions
@click.option("--project", metavar="PROJECT", help="Only runs of project or entity/project.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="What is written; unless told, what the name of FILE ends with, or else json.",
)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(), help="Write FILE, not standard output."
)
@click.option("--force", is_flag=True, help="Replace FILE where there is one.")
@click.option("--history", is_flag=True, help="Write the rows that were logged, not the runs.")
@click.option(
    "--partition-by",
    "by",
    metavar="NAMES",
    multiple=True,
    help="Write Parquet into a folder FILE, in a folder NAME=VALUE for the lines that have the "
    "same values: project,state,config.lr.",
)
@click.option(
    "--rows-per-file",
    "rows",
    metavar="N",
    type=click.IntRange(min=1),
    help=f"How many lines a file in such a folder has at most.  [default: {_ROWS:,}]",
)
@of_store
def command(
    *,
    named: tuple[str, ...],
    conditions: tuple[str, ...],
    project: str | None,
    form: str | None,
    output: str | None,
    force: bool,
    history: bool,
    by: tuple[str, ...],
    rows: int | None,
    dir_: str | None,
    store: str | None,
) -> None:
    """Write runs as JSON, CSV or Parquet.

    All runs, or those that are named, for which all conditions are true; see unifig runs for COND.
    JSON has all of each run: its config with origins and types, its summary, what is known of it.
    jsonl is JSON with a run on each line. CSV and Parquet have a line for each run, and columns
    config.KEY and summary.METRIC. FILE is written whole or not at all.
    """
    names = _partitions(by, rows, form, output)
    form = "parquet" if names else _format(form, output)
    if form == "parquet":
        from .exports import parquet

        parquet.check()
    if output is not None:
        _check(output, force=force, is_folder=bool(names))
    wanted = parse(conditions)
    api = open_api(dir_, store)
    number, runs = _runs(api, named, project, wanted)
    if not number:
        click.echo(f"unifig: there is no such run in {api.folder}", err=True)
    with progress("Reading runs") as told:
        read = _counted(runs, number, told)
        if output is None:
            _write_text(form, read, sys.stdout, history=history)
        elif names:
            _write_folder(output, read, names, rows or _ROWS, force=force, history=history)
        else:
            with target.replacing(output, force=force) as path:
                _write_file(form, read, path, history=history)


def _format(form: str | None, output: str | None) -> str:
    """The format that is asked for. Raises UsageError where that is none, or needs a file."""
    if output is None:
        if form == "parquet":
            raise click.UsageError("Parquet is no text: name a file by -o")
        return form or "json"
    end = os.path.splitext(output)[1].lower().removeprefix(".")  # noqa: PTH122 - as it was typed
    if form == "json" and end == "jsonl":
        return end
    if (found := form or end) in _FORMATS:
        return found
    known = ", ".join(f".{name}" for name in _FORMATS)
    raise click.UsageError(f"{output} ends with none of {known}: say which by --format")


def _partitions(
    by: tuple[str, ...], rows: int | None, form: str | None, output: str | None
) -> list[str]:
    """The columns by which lines are parted; none where a file is written.

    Raises UsageError for what does not go together, FilterError for a name that no run has.
    """
    names = columns.names(by)
    if not names:
        if rows is not None:
            raise click.UsageError("--rows-per-file is for folders: name one by --partition-by")
        return names
    if output in (None, "-"):
        raise click.UsageError("--partition-by writes a folder of files: name it by -o")
    end = os.path.splitext(output)[1].lower().removeprefix(".")  # noqa: PTH122 - as it was typed
    if (found := form or end) != "parquet" and found in _FORMATS:
        raise click.UsageError(f"--partition-by writes Parquet alone, not {found}: name a folder")
    for name in names:
        if name not in records.FIRST and not name.startswith(("config.", "summary.")):
            known = (*records.FIRST, "config.KEY", "summary.METRIC")
            told = f"{name} is no column: write one of {', '.join(known)}{near(name, known)}"
            raise click.BadParameter(told, param_hint="--partition-by")
    return names


def _check(output: str, *, force: bool, is_folder: bool) -> None:
    if not is_folder:
        target.check(output, force=force)
        return
    from .exports import partitions

    target.check_folder(output, force=force, may_go=partitions.check_replaceable)


def _runs(
    api: Api, named: Iterable[str], project: str | None, wanted: dict[str, Any]
) -> tuple[int, Iterable[RecordedRun]]:
    """How many runs are asked for at most, and which."""
    runs = {run.path: run for run in map(api.find, named)}
    if runs and project is None and not wanted:
        return len(runs), runs.values()
    found = api.runs(project, wanted, per_page=_PAGE)
    if not named:
        return len(found), found.scan()
    return len(runs), (run for run in found.scan() if run.path in runs)


def _counted(runs: Iterable[RecordedRun], number: int, told: Told) -> Iterator[RecordedRun]:
    for at, run in enumerate(runs):
        told(at, max(number, at))
        yield run


def _write_text(form: str, runs: Iterable[RecordedRun], file: TextIO, *, history: bool) -> None:
    if form == "csv":
        from .exports import sheet

        with _spool(runs, history=history) as spool:
            sheet.write(spool, file)
    else:
        told = records.history_records(runs) if history else _whole(runs)
        _write_json(told, file, in_list=form == "json")


def _write_file(form: str, runs: Iterable[RecordedRun], path: str, *, history: bool) -> None:
    if form == "parquet":
        from .exports import parquet

        with _spool(runs, history=history) as spool:
            parquet.write(spool, path)
        return
    with open(  # noqa: PTH123 - as it was typed
        path, "w", encoding="utf-8", errors="backslashreplace", newline=""
    ) as file:
        _write_text(form, runs, file, history=history)


def _write_folder(
    output: str,
    runs: Iterable[RecordedRun],
    names: Sequence[str],
    rows: int,
    *,
    force: bool,
    history: bool,
) -> None:
    """Parquet in folders by these columns; in a history they are those of the run."""
    from .exports import partitions
    from .exports.spool import Spool

    beside = records.Beside(names)
    may_go = partitions.check_replaceable
    with target.replacing_folder(output, force=force, may_go=may_go) as folder:
        if history:
            first = (*records.FIRST_OF_HISTORY, *names)
            lines = records.history_lines(runs, beside)
        else:
            first, lines = records.FIRST, map(records.line, runs)
        with Spool(first, lines) as spool:
            known = beside.known if history else spool.columns
            partitions.write(spool, folder, names, known, rows)


def _write_json(told: Iterable[Record], file: TextIO, *, in_list: bool) -> None:
    """A list with one object on each line, or these lines alone."""
    between = "["
    for record in told:
        file.write(f"{between}\n" * in_list + json_text(record, None) + "\n" * (not in_list))
        between = ","
    if in_list:
        file.write("[]\n" if between == "[" else "\n]\n")


def _whole(runs: Iterable[RecordedRun]) -> Iterator[Record]:
    for run in runs:
        try:
            yield records.whole(run)
        except RunNotFoundError:  # it was deleted since it was found
            click.echo(f"unifig: {printable(run.path)} was deleted meanwhile", err=True)


def _spool(runs: Iterable[RecordedRun], *, history: bool) -> Spool:
    from .exports.spool import Spool

    if history:
        lines = records.history_lines(runs, records.Beside(()))
        return Spool(records.FIRST_OF_HISTORY, lines)
    return Spool(records.FIRST, map(records.line, runs))
