"""The path of a run, ``entity/project/id``: what may stand in it, and what does unless told."""

from __future__ import annotations

import os
import re
from typing import Final, NamedTuple

from unifig.errors import RunPathError
from unifig.messages import excerpt

ENTITY: Final = "UNIFIG_ENTITY"
PROJECT: Final = "UNIFIG_PROJECT"

RunPath = tuple[str, str, str]
"""Entity, project and id."""

_LONGEST: Final = 128  # characters
_FORBIDDEN: Final = re.compile(r"[/\\#?%:]")
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_SIZE: Final = 10


class Place(NamedTuple):
    """Whose runs are meant where nobody says it."""

    entity: str
    project: str


def checked(what: str, text: object) -> str:
    """A part of a path. ``what`` is its name, for the message.

    Raises RunPathError for what is no text, is empty, too long, or has a character of another use.
    """
    if not isinstance(text, str):
        raise RunPathError(f"{what} is {excerpt(text)}: text was expected")
    bad = _FORBIDDEN.search(text)
    if bad is None and text.strip() == text and 0 < len(text) <= _LONGEST and text.isprintable():
        return str(text)
    why = f"it has {bad[0]!r} in it" if bad else "it is no such text"
    raise RunPathError(
        f"{what} {excerpt(text)} can't be a part of a run's path, entity/project/id: {why}. Write "
        rf"1 to {_LONGEST} characters that can be seen, and none of / \ # ? % :"
    )


def fitting(text: str, otherwise: str) -> str:
    """A name that the system gave, as a part of a path."""
    shown = "".join(letter if letter.isprintable() else "-" for letter in text)
    return _FORBIDDEN.sub("-", shown).strip()[:_LONGEST].strip() or otherwise


def new_id() -> str:
    """An id that no other run has: ten digits and small letters."""
    number = int.from_bytes(os.urandom(8))
    letters = []
    for _ in range(_ID_SIZE):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return "".join(letters)


def parse(path: object, place: Place) -> RunPath:
    """The run that a path names: ``entity/project/id``, ``project/id`` or ``id``.

    Raises RunPathError for anything else.
    """
    parts = _parts(path)
    if len(parts) == 4 and parts[2] == "runs":  # as in the address of a page
        del parts[2]
    if not 1 <= len(parts) <= 3:
        raise RunPathError(
            f"{excerpt(path)} is no path of a run: write entity/project/id, project/id or id"
        )
    entity, project, run = [*place[: 3 - len(parts)], *parts]
    return checked("entity", entity), checked("project", project), checked("id", run)


def parse_project(path: object, place: Place) -> Place:
    """The runs that a path names: ``entity/project`` or ``project``.

    Raises RunPathError for anything else.
    """
    parts = _parts(path)
    if not 1 <= len(parts) <= 2:
        raise RunPathError(f"{excerpt(path)} names no project: write entity/project or project")
    entity, project = [*place[: 2 - len(parts)], *parts]
    return Place(checked("entity", entity), checked("project", project))


def _parts(path: object) -> list[str]:
    if not isinstance(path, str):
        raise RunPathError(f"{excerpt(path)} is no path of runs: text was expected")
    return path.removeprefix("/").split("/")
