"""``unifig run``: runs a program with configuration files, by the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

import click

from unifig import ConfigError, RunError
from unifig.config_files import OPTION, VARIABLE, named_in_environment, read_entries, take_configs
from unifig.origin import PERSON


@click.command(
    "run",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[--configs FILES]...",
)
@click.option(
    OPTION,
    "configs",
    metavar="FILES",
    multiple=True,
    help="Configuration files, separated by commas. May be repeated; of two the latter wins.",
)
@click.option("-m", "is_module", is_flag=True, help="It is a module: -m MODULE [ARGS]...")
@click.argument("program", metavar="SCRIPT")
@click.argument("words", metavar="[ARGS]...", nargs=-1, type=click.UNPROCESSED)
def command(
    *, configs: tuple[str, ...], is_module: bool, program: str, words: tuple[str, ...]
) -> None:
    """Run a program with configuration files.

    They are named in UNIFIG_CONFIGS, which init() reads: for programs that read sys.argv before
    that, and would not know --configs. What the variable names already comes before them. The
    program runs with the Python that unifig runs with; all that stands after SCRIPT or MODULE is
    the program's. Its exit code is that of the command.
    """
    names = take_configs(["", *(f"{OPTION}={listed}" for listed in configs)])[0]
    paths = [os.path.abspath(name) for name in names]  # noqa: PTH100 - keeps links
    for path in paths:
        _check(path)
    environment = dict(os.environ)
    if paths:
        environment[VARIABLE] = ",".join([*named_in_environment(os.environ), *paths])
    _become([sys.executable, *_named(program, is_module=is_module), *words], environment)


def _check(path: str) -> None:
    """Raises FileError for a file that can't be read, ConfigError for one that can't be named."""
    if "," in path or path != path.strip():
        raise ConfigError(
            f"{path!r} can't be named in {VARIABLE}, which has commas between names: rename it"
        )
    read_entries(path, rank=PERSON, name=OPTION)


def _named(program: str, *, is_module: bool) -> list[str]:
    if is_module:
        return ["-m", program]
    return [f"./{program}" if program.startswith("-") else program]


def _become(words: Iterable[str], environment: dict[str, str]) -> None:
    """Goes on as another program. Raises RunError where that can't be started."""
    words = list(words)
    sys.stdout.flush()
    try:
        if sys.platform == "win32":  # there it would be another process, and nobody would wait
            sys.exit(subprocess.run(words, env=environment, check=False).returncode)  # noqa: S603 - what the user asked for
        os.execve(words[0], words, environment)  # noqa: S606 - what the user asked for
    except OSError as error:
        raise RunError(f"{words[0]} can't be started: {error.strerror or error}") from error
