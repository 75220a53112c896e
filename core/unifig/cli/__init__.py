"""The command line: one file per command. Click and Rich are loaded here and nowhere else."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from typing import Final

_NEEDED: Final = ("click", "rich")
"""What every command needs; those that read runs need SQLAlchemy as well."""


def main() -> None:
    """Runs the command that ``sys.argv`` names, and ends the process.

    Exit codes: 0 done, 1 an error, which is told on one line, 2 wrong usage.
    """
    for needed in _NEEDED:
        if find_spec(needed) is None:
            sys.exit(_told_of_missing(needed))

    from unifig import UnifigError

    from .output import tell_warnings
    from .program import program

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A value or an error may hold what a terminal or a pipe can't show.
        sys.stdout.reconfigure(errors="replace")
    tell_warnings()
    try:
        program(prog_name="unifig")
    except UnifigError as error:
        sys.exit(f"unifig: {error}")
    except ModuleNotFoundError as error:
        if error.name == "psycopg":  # says itself how it is installed
            sys.exit(f"unifig: {error}")
        if error.name != "sqlalchemy":
            raise
        sys.exit(_told_of_missing("SQLAlchemy"))


def _told_of_missing(name: str) -> str:
    return f'unifig: the command line needs {name}: pip install "unifig[cli]"'
