"""``unifig``: the table of its commands, each of which is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from unifig import __version__

COMMANDS: Final = (
    *("runs", "show", "explain", "diff", "export", "rerun", "check", "run", "ui"),
    *("delete", "sync", "gc", "adapters", "doctor"),
)
"""The commands, in the order in which the help lists them; each is a module of its name."""


class _Program(click.Group):
    """A group whose commands stand in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__package__}.{cmd_name}")
        command: click.Command = module.command
        return command


program: Final = _Program(
    "unifig",
    help="Show what unifig records, compare it, and run it again.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
click.version_option(__version__, "-V", "--version", message="unifig %(version)s")(program)
