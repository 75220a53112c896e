"""An event: one line of a journal, complete in itself.

::

    {"at":1764088000123456,"by":"x7k2m9qa","run":["me","cifar","k3j9x0a2bq"],"event":"log",
     "rows":[[0,1764088000123456,{"loss":0.5}]],"crc":"1a2b3c4d"}

``at`` is its time, in microseconds since the epoch; with each line of a writer it grows, whatever
the clock does. ``by`` is the writer, one process that records one run. ``crc`` is the CRC-32 of all
that stands before it.

===========  ====================================================================================
``start``    a writer begins: ``about`` the run and where it runs; ``resumed`` if it goes on
``config``   values by flat key: ``set`` with ``origins``, and ``removed``; ``whole`` replaces all
``log``      ``rows``: step, time and numbers by flat key
``summary``  ``set`` and ``removed``, by flat key
``about``    name, tags, notes and more that has changed, or became known
``finish``   the writer ends: ``state``, ``exit_code``, ``error``
``delete``   all that was before is gone
===========  ====================================================================================

``aside`` is what comes from elsewhere: true for an edit of a recorded run; of a process that was
forked off the one that opened it, or was given it, the writer of that one. The last line of a file
has ``last``.
"""

from __future__ import annotations

import json
import re
from binascii import crc32
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from .encoding import decode, dumps
from .paths import RunPath

FORMAT: Final = 1
"""The version of this form, which each ``start`` tells."""

Event = dict[str, Any]

_CHECKED: Final = b',"crc":"'
_TAIL: Final = len(b',"crc":"12345678"}')
_BEGIN: Final = re.compile(rb'\{"at":')
_ROWS: Final = b'"rows":'


def head(writer: str, run: RunPath, *, aside: str | bool | None = None) -> str:
    """What all lines of a writer have in common."""
    mark = f',"aside":{dumps(aside)}' if aside else ""
    return f'"by":{dumps(writer)},"run":{dumps(list(run))}{mark},"event":'


def line(at: int, common: str, body: str) -> bytes:
    """One line. ``body`` is the event's kind in quotes, and its fields: ``"log","rows":[…]``."""
    text = f'{{"at":{at},{common}{body}'.encode()
    return b'%b,"crc":"%08x"}\n' % (text, crc32(text))


class Problem(NamedTuple):
    """A line of a journal that can't be read."""

    journal: str
    """The file."""
    line: int
    told: str

    def __str__(self) -> str:
        return f"{self.journal}, line {self.line}: {self.told}"


def parse(text: bytes) -> Event | None:
    """The event of a line, without its line end; None where the line is damaged.

    Of a ``log`` its ``text`` is the JSON of its rows.
    """
    if text[-_TAIL:-10] != _CHECKED or text[-10:-2] != b"%08x" % crc32(text[:-_TAIL]):
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):  # nobody has written that
        return None
    if not _is_sound(event):
        return None
    if event["event"] == "log":
        # Rows go into a store as they stand here.
        event["text"] = text[text.index(_ROWS) + len(_ROWS) : -_TAIL].decode()
    found: Event = event
    return found


_FIELDS: Final[dict[str, dict[str, type]]] = {
    "start": {"about": dict},
    "config": {"set": dict, "origins": list, "of": list},
    "log": {"rows": list},
    "about": {"about": dict},
    "finish": {"state": str},
}
"""What each kind of event must have, and of which type."""


def _is_sound(event: Any) -> bool:
    """Whether an event has what one of its kind must have."""
    if not isinstance(event, dict):
        return False
    wanted = {"at": int, "by": str, "run": list, "event": str}
    if not all(isinstance(event.get(name), kind) for name, kind in wanted.items()):
        return False
    fields = _FIELDS.get(event["event"], {})
    return (
        len(event["run"]) == 3
        and all(isinstance(event.get(name), kind) for name, kind in fields.items())
        and event.get("rows") != []
        and _can_be_decoded(event)
        and not (event["event"] in ("start", "finish") and event.get("aside"))
    )


def _can_be_decoded(event: Event) -> bool:
    """Whether the values in it are such as are recorded; those of many stay as they are."""
    if event["event"] in ("config", "log"):
        return True
    try:
        decode(event)
    except ValueError:
        return False
    return True


def salvage(text: bytes) -> Iterator[Event]:
    """The whole events in a damaged line: where a line end was lost, it has two of them."""
    begins = [match.start() for match in re.finditer(_BEGIN, text)]
    for begin, end in pairwise([*begins, len(text)]):
        if (event := parse(text[begin:end])) is not None:
            yield event
