"""``unifig doctor``: what is installed, where runs are, and how all that is."""

from __future__ import annotations

import sys
from typing import Final

import click

from unifig.messages import printable

from .health import Check, checks
from .options import as_json, of_store
from .output import console, is_piped, write_json

_STYLES: Final = {"ok": "green", "warning": "yellow", "error": "bold red"}


@click.command("doctor")
@as_json
@of_store
def command(*, as_json: bool, dir_: str | None, store: str | None) -> None:
    """Look at what is installed, where runs are kept, and how that is.

    Nothing is changed by looking. Whatever is not as it should be has a remedy. Exit code 1 where
    there is an error; a warning is none.
    """
    found = list(checks(dir_, store))
    if as_json:
        write_json([one._asdict() for one in found])
    else:
        _show(found)
    if any(one.status == "error" for one in found):
        sys.exit(1)


def _show(found: list[Check]) -> None:
    from rich.table import Table
    from rich.text import Text

    if is_piped():
        for one in found:
            remedy = "" if one.remedy is None else f" ({one.remedy})"
            click.echo(f"{one.status:7}  {one.name:8}  {printable(one.told + remedy)}")
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        told = Text(printable(one.told))
        if one.remedy is not None:
            told.append(f"\n→ {printable(one.remedy)}", "bold")
        table.add_row(Text(one.status, _STYLES[one.status]), one.name, told)
    console().print(table)
