"""``unifig show``: one run: what it is, its config with origins, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from unifig import ConfigKeyError, Flat, RecordedRun
from unifig.display.about import about
from unifig.display.cells import MISSING, cut, shown
from unifig.display.columns import Line
from unifig.messages import near, printable, told
from unifig.patterns import matcher

from . import data
from .options import RUN, as_json, of_store, open_api
from .output import STYLES, console, is_piped, show_table, write_json

if TYPE_CHECKING:
    from rich.text import Text

_MOST_SHOWN = 80  # characters of a value, in a terminal


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
    parts = [] if patterns else [list(_told(found))]
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


def _told(run: RecordedRun) -> Iterator[tuple[str, str | Text]]:
    """Labels and texts of what is known of a run."""
    from rich.text import Text

    for label, text in about(run):
        if label == "state":
            colour = (run.state, STYLES.get(run.state, ""))
            yield label, Text.assemble(colour, printable(text.removeprefix(run.state)))
        else:
            yield label, text
    number = len(run.packages)
    yield "packages", f"{number:,} ({'--packages lists them' if number else 'none is known'})"


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
