"""The files that come with a program: ``config-defaults.yaml``, and those of ``--configs``.

Which ones there are, and what is in them; ``init()`` reads them. Nothing here changes anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import ConfigError, FileError
from .messages import excerpt

if TYPE_CHECKING:
    from .lines import Located

DEFAULTS: Final = ("config-defaults.yaml", "config-defaults.yml")
OPTION: Final = "--configs"
VARIABLE: Final = "UNIFIG_CONFIGS"
FORMAT: Final = 1
"""The format of files that W&B writes, by the number at ``wandb_version``."""


def defaults_file(script: str | None, cwd: str) -> Path | None:
    """The file of defaults that a program has, as an absolute path; None where it has none.

    It is looked for in the working directory first, and where there is none, beside the script: a
    person finds the file where they stand. Only one is read. ``script`` is what ``sys.argv[0]``
    says; links are followed, as Python itself does, and a folder that is run has the file inside.

    Raises FileError where one folder has two such files, or something of that name is no file.
    """
    folders = [os.path.abspath(cwd)]  # noqa: PTH100 - what follows is text
    whole = os.path.realpath(os.path.join(cwd, script)) if script else ""  # noqa: PTH118
    if os.path.isdir(whole):  # noqa: PTH112
        folders.append(whole)
    elif os.path.isfile(whole):  # noqa: PTH113 - not so for "-c" and the like
        folders.append(os.path.dirname(whole))  # noqa: PTH120
    for folder in folders:
        found = [Path(folder, name) for name in DEFAULTS if os.path.lexists(Path(folder, name))]
        if len(found) > 1:
            names = " and ".join(DEFAULTS)
            raise FileError(f"{folder} has both {names}: keep one of them")
        if found and not found[0].is_file():
            raise FileError(f"{found[0]}: a file was expected here: rename what has this name")
        if found:
            return found[0]
    return None


def read_entries(path: Path | str, *, rank: int, name: str | None = None) -> dict[str, Any]:
    """The content of a file whose entries are plain values or ``{desc, value}``.

    Each value is a ``Value`` of the kind ``file`` with its place, as :func:`read_values` gives it,
    with this ``rank`` and ``name`` (who named the file: ``--configs``), and the desc of its entry
    as help. Only entries at the top have a desc; a mapping with any other key is a plain one.
    ``wandb_version: 1`` says the format, and is left out.

    Raises FileError as :func:`read_file` does, naming ``name``; for a desc that is no text, or has
    no value; and for a format that is not known.
    """
    from .files import read_located  # with YAML, which most programs have no file of

    try:
        located = read_located(path)
    except FileError as error:
        if name is None:
            raise
        raise FileError(f"{error} (named by {name})") from error
    place = os.path.abspath(path)  # noqa: PTH100 - keeps links
    content = located.content
    _check_format(located)
    entries = located.values(content, place, rank=rank, name=name)
    entries.pop("wandb_version", None)
    for key, entry in content.items():
        if _is_entry(entry):
            help_ = _desc(located, key)
            values = located.values(entry, place, rank=rank, name=name, help=help_)
            entries[key] = values["value"]
    return entries


def _is_entry(entry: Any) -> bool:
    return type(entry) is dict and bool(entry) and entry.keys() <= {"desc", "value"}


def _desc(located: Located, key: Any) -> str | None:
    """What an entry says about its value."""
    entry = located.content[key]
    if "value" not in entry:
        where = located.told(entry, "desc")
        raise FileError(
            f"{where}: {key!r} has a desc but no value: write {{desc: …, value: …}}, or the value "
            "alone"
        )
    desc = entry.get("desc")
    if desc is not None and not isinstance(desc, str):
        where = located.told(entry, "desc")
        told = f"the desc of {key!r} is {excerpt(desc)}, and text was expected"
        raise FileError(f"{where}: {told}: write it in quotes")
    return desc


def _check_format(located: Located) -> None:
    version = located.content.get("wandb_version", FORMAT)
    if type(version) is int and version == FORMAT:
        return
    where = located.told(located.content, "wandb_version")
    if type(version) is int and version > FORMAT:
        raise FileError(
            f"{where}: wandb_version is {version}, a newer format than {FORMAT}, which is the one "
            "known: upgrade unifig, or write the entries as values or {desc, value} and leave "
            "wandb_version out"
        )
    raise FileError(
        f"{where}: wandb_version is {excerpt(version)}, and {FORMAT} was expected, for it says the "
        "format of the file: leave it out, or give a value of your own another name"
    )


def take_configs(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The file names of every ``--configs`` of a command line, and the command line without them.

    ``--configs a.yaml,b.yaml`` and ``--configs=a.yaml``, as often as there are any, in their order;
    ``~`` is expanded in each name, for no shell does it after a comma. No abbreviation is taken,
    and nothing after ``--``. What another option has for its value can't be told from an option:
    ``--note --configs`` is one. ``argv[0]`` is the program, and ``argv`` stays what it is.

    Raises ConfigError where there is no name, or an empty one.
    """
    names: list[str] = []
    rest: list[str] = list(argv[:1])
    words = iter(argv[1:])
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == OPTION:
            listed = next(words, None)
            if listed is None or listed.startswith("-"):
                after = "the end" if listed is None else repr(listed)
                raise ConfigError(
                    f"{OPTION} is followed by {after}, not by a file: write {OPTION} a.yaml,b.yaml "
                    f"(a name that begins with a dash: {OPTION}=./-a.yaml)"
                )
            names += _names(f"{OPTION} {listed}", listed)
        elif word.startswith(OPTION + "="):
            names += _names(word, word.partition("=")[2])
        else:
            rest.append(word)
    return names, rest


def named_in_environment(environ: Mapping[str, str]) -> list[str]:
    """The file names in ``UNIFIG_CONFIGS``, separated by commas; none where it is unset or empty.

    Raises ConfigError for an empty name between two others.
    """
    listed = environ.get(VARIABLE, "")
    return _names(f"{VARIABLE}={listed}", listed) if listed.strip() else []


def _names(told: str, listed: str) -> list[str]:
    """The names in a list with commas; ``told`` is where it stands, for the message."""
    names = [name.strip() for name in listed.split(",")]
    if not all(names):
        raise ConfigError(
            f"{told!r} names an empty file: write the names with one comma between two, "
            "a.yaml,b.yaml"
        )
    return [os.path.expanduser(name) for name in names]  # noqa: PTH111 - names stay as written
