"""What commands have in common to ask for: ``--json``, the folder of runs, RUN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from unifig import Api, UnifigError

from .progress import progress

Command = Callable[..., Any]

_MOST_OFFERED: Final = 50

TOKEN: Final = "UNIFIG_UI_TOKEN"  # noqa: S105 - a name
"""The variable with what a person must know to open the page."""

as_json: Final = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON instead of text for people."
)


conditions: Final[Callable[[Command], Command]] = click.option(
    "-f",
    "--filter",
    "conditions",
    metavar="COND",
    multiple=True,
    help="Only runs for which COND is true: config.lr<0.1, state=finished. May be repeated.",
)
"""``-f``, for commands about many runs."""


def of_store(command: Command) -> Command:
    """Gives a command the options ``--dir`` and ``--store``; see :func:`open_api`."""
    command = click.option(
        "--store",
        metavar="URL",
        help="The store over the runs: a path or a URL.  [env: UNIFIG_STORE]",
    )(command)
    return click.option(
        "--dir",
        "dir_",
        metavar="FOLDER",
        type=click.Path(file_okay=False),
        help="The folder of runs.  [env: UNIFIG_DIR; default: the project's .unifig]",
    )(command)


def open_api(dir_: str | None, store: str | None) -> Api:
    """The runs that ``--dir`` and ``--store`` name, brought up to date; with a bar for long ones.

    Raises StoreError where the store can't be opened.
    """
    api = Api(dir_, store)
    with progress("Reading journals") as told:
        api.refresh(told)
    return api


class RunType(click.ParamType[str]):
    """A run, as a person names it; the shell completes it. It is resolved by the command."""

    name = "run"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """The ids that begin so, the latest first, and ``latest``."""
        try:
            runs = Api(ctx.params.get("dir_"), ctx.params.get("store")).runs()[:_MOST_OFFERED]
        except UnifigError:  # the command itself will tell
            return []
        known = [("latest", "the newest run"), *((run.id, run.name) for run in runs)]
        return [CompletionItem(id_, help=name) for id_, name in known if id_.startswith(incomplete)]


RUN: Final = RunType()
