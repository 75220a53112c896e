"""The command that runs a recorded run again: the recorded one, or with something changed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unifig.config_files import OPTION, VARIABLE, take_configs
from unifig.errors import RunError
from unifig.flat import Flat
from unifig.masking import MASK
from unifig.rebuilding import rebuild

from .recorded import RecordedRun


@dataclass
class Command:
    """A command that runs a program, and what is to be known of it."""

    words: list[str]
    """The interpreter, the program and its arguments; what is secret is ``***``."""
    cwd: str
    """The folder to start it in."""
    configs: str | None = None
    """``UNIFIG_CONFIGS`` for it; None where that was not set."""
    secrets: dict[str, str] = field(default_factory=dict)
    """What the person must supply: by flat key, or by the word itself, what it is called."""
    lost: dict[str, str] = field(default_factory=dict)
    """Flat keys that it does not carry, and why."""
    unexplained: list[str] = field(default_factory=list)
    """Arguments of the recorded command that no value of the record accounts for."""

    def line(self, here: str | None = None) -> str:
        r"""The command as one line for the shell, with ``cd`` unless it is for the folder ``here``.

        >>> Command(["python", "train.py", "--note", "it's"], "/work").line("/work")
        'python train.py --note \'it\'"\'"\'s\''
        """
        parts = [] if here == self.cwd else [_change_folder(self.cwd)]
        if self.configs is None:
            parts.append(_quoted(self.words))
        elif sys.platform == "win32":
            parts += [f'set "{VARIABLE}={self.configs}"', _quoted(self.words)]
        else:
            parts.append(f"{VARIABLE}={shlex.quote(self.configs)} {_quoted(self.words)}")
        return " && ".join(parts)


def recorded_command(run: RecordedRun) -> Command:
    """The command that started a run.

    Raises RunError where none did, as in a notebook.
    """
    start, arguments = _started_by(run)
    return _command(run, [*start, *arguments])


def changed_command(
    run: RecordedRun, changes: Mapping[str, Any], changes_file: str | None = None
) -> Command:
    """The command for a run's configuration with ``changes``, by flat key.

    What no framework's command line carries can be carried by a configuration file, where the
    program reads ``unifig.config``: ``changes_file`` is named after the others then, and
    :func:`for_file` says what it is to hold.

    Raises ConfigKeyError for a key that the run does not have, RunError where no command started
    it, and what :func:`unifig.rebuild` raises.
    """
    start, arguments = _started_by(run)
    flat = run.flat()
    in_file = for_file(flat, changes)
    by_framework = {key: value for key, value in changes.items() if key not in in_file}
    rebuilt = rebuild(flat, by_framework)
    files, rest = take_configs(["", *arguments])
    if in_file and changes_file is not None:
        files = [*files, changes_file]
    named = [f"{OPTION}={','.join(files)}"] if files else []
    command = _command(run, [*start, *named, *rebuilt.argv])
    command.secrets.update(rebuilt.secrets)
    command.lost.update(rebuilt.lost)
    for key, way in rebuilt.changed.items():
        if way != "argv" and key in changes:
            command.lost[key] = f"no option of a command carries it: rebuild() gives it as {way}"
    if in_file and changes_file is None:
        told = "no command line carries it; a file of changes does where the program reads "
        command.lost.update(dict.fromkeys(in_file, f"{told}unifig.config"))
    command.unexplained = _more(rest[1:], rebuild(flat).argv)
    return command


def for_file(flat: Flat, changes: Mapping[str, Any]) -> list[str]:
    """The keys of changes that unifig's own files can carry: those that no framework recorded."""
    return [key for key in changes if key in flat and flat.origins[key].adapter is None]


def _started_by(run: RecordedRun) -> tuple[list[str], list[str]]:
    about = run.metadata
    start, arguments = about.get("command"), about.get("arguments")
    if start is None or arguments is None:
        raise RunError(f"run {run.path} has no record of the command that started it")
    if about.get("program") is None and "-c" not in start:
        raise RunError(
            f"run {run.path} was not started by a command, but in a notebook or by typing: open it "
            "there again"
        )
    return start, arguments


def _command(run: RecordedRun, words: list[str]) -> Command:
    about = run.metadata
    secrets = {word: _named(words, at) for at, word in enumerate(words) if MASK in word}
    return Command(words, about["cwd"], about.get("configs"), secrets)


def _named(words: list[str], at: int) -> str:
    """What a word with a mask in it is called: by itself, or by the option before it."""
    name, equals, _ = words[at].partition("=")
    if equals and MASK not in name:
        return name
    before = words[at - 1] if at else ""
    return before if before.startswith("-") else words[at]


def _more(arguments: Iterable[str], rebuilt: Iterable[str]) -> list[str]:
    """The arguments that are not among those rebuilt; ``--lr=1`` is ``--lr 1``."""
    counts = Counter(part for word in rebuilt for part in _parts(word))
    more = []
    for word in arguments:
        parts = Counter(_parts(word))
        if parts <= counts:
            counts -= parts
        else:
            more.append(word)
    return more


def _parts(word: str) -> list[str]:
    name, equals, value = word.partition("=")
    return [name, value] if equals and name.startswith("-") else [word]


def _quoted(words: list[str]) -> str:
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _change_folder(folder: str) -> str:
    return f'cd /d "{folder}"' if sys.platform == "win32" else f"cd {shlex.quote(folder)}"
