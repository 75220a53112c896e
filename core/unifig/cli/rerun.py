"""``unifig rerun``: the command that runs a run again, as it was or with something changed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click

from unifig import Flat, RunError, Value
from unifig.config_files import OPTION, VARIABLE
from unifig.display.typed import typed
from unifig.messages import printable

from .options import RUN, as_json, of_store, open_api
from .output import write_json

if TYPE_CHECKING:
    from unifig.runs.command import Command
    from unifig.runs.differences import Difference

_MOST_PACKAGES = 5


@click.command("rerun")
@click.argument("run", metavar="RUN", type=RUN)
@click.option("--set", "changes", metavar="KEY=VALUE", multiple=True, help="Change a value first.")
@click.option(
    "--changes-file",
    metavar="FILE",
    type=click.Path(dir_okay=False, resolve_path=True),
    help=f"Write changes that no option carries here, and name it by {OPTION}.",
)
@click.option("--exec", "start", is_flag=True, help="Run the command instead of printing it.")
@as_json
@of_store
def command(
    *,
    run: str,
    changes: tuple[str, ...],
    changes_file: str | None,
    start: bool,
    as_json: bool,
    dir_: str | None,
    store: str | None,
) -> None:
    """Print the command that runs RUN again.

    It is the recorded one, quoted for the shell, or with --set one that is rebuilt from the record:
    what somebody chose then, and the changes. VALUE is read as in YAML, but as the text that it is
    where the record has text.

    What differs from then is told on standard error, and so is what you must supply: secrets are
    not recorded. Exit code 1 where the record does not say enough to rebuild the command.
    """
    from unifig.runs.command import changed_command, for_file, recorded_command
    from unifig.runs.differences import differences

    found = open_api(dir_, store).find(run)
    flat = found.flat()
    wanted = dict(_change(text, flat) for text in changes)
    built = changed_command(found, wanted, changes_file) if wanted else recorded_command(found)
    if built.lost:
        raise RunError(_told_of_lost(built.lost))
    if wanted and changes_file is not None and (keys := for_file(flat, wanted)):
        _write(changes_file, {key: wanted[key].value for key in keys})
    different = differences(found)
    if as_json:
        write_json(_data(built, different))
    else:
        _tell(built, different)
        if not start:
            click.echo(built.line(os.getcwd()))  # noqa: PTH109 - text, as recorded
    if start:
        _start(built)


def _change(text: str, flat: Flat) -> tuple[str, Value]:
    """The key and the value of ``KEY=VALUE``; the key may have ``=`` in it."""
    cuts = [at for at, letter in enumerate(text) if letter == "="]
    if not cuts:
        raise click.BadParameter(f"{text!r} has no =: write KEY=VALUE, lr=0.1", param_hint="--set")
    key, value = next(
        ((text[:at], text[at + 1 :]) for at in reversed(cuts) if text[:at] in flat),
        (text[: cuts[0]], text[cuts[0] + 1 :]),
    )
    return key, Value(typed("--set", value, flat, key), raw=value)


def _told_of_lost(lost: dict[str, str]) -> str:
    told = "; ".join(f"{printable(key)}: {why}" for key, why in lost.items())
    return f"the record does not say how to give {told}"


def _write(path: str, values: dict[str, Any]) -> None:
    from unifig import to_yaml

    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a name that was typed
        file.write(to_yaml(Flat(values)))


def _start(built: Command) -> None:
    if built.secrets:
        names = ", ".join(dict.fromkeys(built.secrets.values()))
        raise RunError(f"secrets are not recorded: print the command and supply {names} yourself")
    environment = dict(os.environ)
    if built.configs is not None:
        environment[VARIABLE] = built.configs
    try:
        os.chdir(built.cwd)
        sys.stdout.flush()
        if sys.platform == "win32":
            sys.exit(subprocess.run(built.words, env=environment, check=False).returncode)  # noqa: S603
        os.execvpe(built.words[0], built.words, environment)  # noqa: S606 - what the record says
    except OSError as error:
        raise RunError(f"{built.line()} can't be started: {error}") from error


# What is told of it


def _data(built: Command, different: list[Difference]) -> dict[str, Any]:
    return {
        "command": built.words,
        "cwd": built.cwd,
        "configs": built.configs,
        "line": built.line(),
        "secrets": built.secrets,
        "unexplained": built.unexplained,
        "differences": [one._asdict() for one in different],
    }


def _tell(built: Command, different: list[Difference]) -> None:
    packages = [one for one in different if one.what.startswith("package ")]
    for one in [one for one in different if one not in packages] + packages[:_MOST_PACKAGES]:
        click.echo(f"unifig: {one.what}: {_side(one.then)} then, {_side(one.now)} now", err=True)
    if len(packages) > _MOST_PACKAGES:
        told = f"{len(packages) - _MOST_PACKAGES} more packages have other versions"
        click.echo(f"unifig: {told}; --json lists them", err=True)
    for name in dict.fromkeys(built.secrets.values()):
        click.echo(f"unifig: secret: supply {printable(name)} yourself, in place of ***", err=True)
    if built.unexplained:
        words = " ".join(map(printable, built.unexplained))
        click.echo(f"unifig: left out, for no value accounts for it: {words}", err=True)


def _side(value: Any) -> str:
    return "not there" if value is None else printable(str(value))
