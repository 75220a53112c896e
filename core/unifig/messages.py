"""Pieces of messages: what errors and warnings have in common to say."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from .names import type_name
from .origin import Kind, Origin

_MOST_COMPARED: Final = 1000  # names, for "did you mean"


def one_line(error: BaseException) -> str:
    """What an error says, on one line, to be quoted in another message; see :func:`discreet`."""
    return discreet(" ".join(str(error).split()))


def discreet(text: str) -> str:
    """A text of somebody else's, in a message, with the secrets that show in it masked.

    A key in quotes and a colon at its beginning say what it is about, and are no secret's name.
    """
    from .secret_texts import mask_text  # for messages alone

    key, mark, rest = text.partition("': ")
    if not mark or not key.startswith("'"):
        return mask_text(text)
    return f"{mask_text(key)}{mark}{mask_text(rest)}"


def printable(text: str) -> str:
    """A text that any terminal can show, on one line: what it could not is escaped."""
    if text.isprintable():
        return text
    return "".join(at if at.isprintable() else repr(at)[1:-1] for at in text)


def near(name: str, known: Iterable[str]) -> str:
    """The end of a message that says which names come near to one that is not there."""
    import difflib  # for messages alone

    # Of the first ones: getattr(config, name, default) in a loop is not to wait for a message.
    close = difflib.get_close_matches(name, list(islice(known, _MOST_COMPARED)), n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def excerpt(value: Any, most: int = 60) -> str:
    """The beginning of a value's repr, for a message; what shows that it is secret is masked."""
    from .secret_texts import mask_text  # for messages alone

    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an int too long to be written: the message goes on without it
        text = f"<{type_name(type(value))}>"
    text = mask_text(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def told(origin: Origin) -> str:
    """An origin in a few words: ``--lr on the command line``, ``conf/sgd.yaml:3``."""
    kind, name, place = origin.kind, origin.name, origin.place and near_place(origin.place)
    if kind == "file":
        return f"{place or 'a file'} ({name})" if name else place or "a file"
    if kind == "unknown":
        where = " at ".join(part for part in (origin.adapter, place) if part)
        return f"{where} (who chose it is not known)" if where else "an unknown place"
    text = _WORDS.get(kind, kind).format(name=name or "", adapter=origin.adapter or "the program")
    return f"{text.strip()} ({place})" if place else text.strip()


_WORDS: Final[dict[Kind, str]] = {
    "cli": "{name} on the command line",
    "env": "{name} in the environment",
    "default": "a default of {adapter}",
}


def near_place(place: str) -> str:
    """A place as it is shown: relative where it is in the working directory."""
    try:
        inside = os.path.relpath(place)
    except (OSError, ValueError):  # the directory is gone; another drive
        return place
    return place if inside.startswith(os.pardir) or not os.path.isabs(place) else inside  # noqa: PTH117 - text
