"""Writes the pages of the commands: what each command says of itself, by itself.

``python docs/commands.py`` makes ``docs/reference/cli/NAME.md`` begin with the command's own help,
and keeps what was written by hand below it. A test fails where a page is missing or says otherwise.
"""

from pathlib import Path

import click

from unifig.cli.program import program

FOLDER = Path(__file__).parent / "reference" / "cli"
SETTINGS = program.context_settings
END = '\nThe command comes with `pip install "unifig[cli]"`.\n'
"""What a generated part ends with."""


def generated(name: str) -> str:
    """The part of a command's page that the command gives."""
    parent = click.Context(program, info_name="unifig", terminal_width=80, **SETTINGS)
    command = program.get_command(parent, name)
    assert command is not None
    with click.Context(command, info_name=name, parent=parent) as context:
        return (
            f"# unifig {name}\n\n{command.get_short_help_str(200)}\n\n"
            f"```console\n$ unifig {name} --help\n{command.get_help(context)}\n```\n{END}"
        )


def page(name: str) -> str:
    """A command's page as it should be: the generated part, and what is written by hand."""
    path = FOLDER / f"{name}.md"
    by_hand = path.read_text().partition(END)[2] if path.exists() else ""
    return generated(name) + by_hand


def index() -> str:
    """The page that lists the commands."""
    context = click.Context(program, info_name="unifig")
    rows = []
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None
        rows.append(f"| [`unifig {name}`]({name}.md) | {command.get_short_help_str(200)} |\n")
    return (
        "# The command line\n\n| command | what it does |\n| --- | --- |\n"
        + "".join(rows)
        + END
        + (FOLDER / "index.md").read_text().partition(END)[2]
    )


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for command in program.list_commands(click.Context(program)):
        (FOLDER / f"{command}.md").write_text(page(command))
    (FOLDER / "index.md").write_text(index())
