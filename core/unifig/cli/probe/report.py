"""What would be recorded, as data: the report from the program's process to the command."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from unifig import Config, UnifigError, UnifigWarning, UnsupportedError, using
from unifig.flat import Flat
from unifig.messages import discreet
from unifig.names import type_name
from unifig.origin import NOTHING
from unifig.place import here
from unifig.runs.encoding import dumps


class Found(NamedTuple):
    """What a program is configured with, once that is complete."""

    what: str
    """Where it was come upon, in words: ``parse_args()``."""
    place: str | None
    """``file:line`` of the program, or its file."""
    obj: Any = NOTHING
    """What would be given to ``config.update``; NOTHING for what the config has by itself."""
    options: Mapping[str, Any] = MappingProxyType({})
    """What would be given with it, by ``using``."""
    notes: tuple[str, ...] = ()
    """What else is to be said."""


class Reporter:
    """Writes one report into a file, and ends the process at once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.before_exit: list[Callable[[], list[str]]] = []
        """What is still to be done when the report is made; each gives notes."""

    def tell(self, found: Found) -> NoReturn:
        """Reports what would be recorded of an object, and ends the process."""
        try:
            data = _record(found)
        except UnifigError as error:
            data = {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever it is must not let the program go on
            data = {"error": f"{type(error).__name__}: {discreet(str(error))}"}
        data.setdefault("notes", []).extend(note for do in self.before_exit for note in do())
        self._leave(data)

    def fail(self, message: str) -> NoReturn:
        """Reports why nothing can be told, and ends the process."""
        for do in self.before_exit:
            do()
        self._leave({"error": message})

    def end(self, code: Any) -> NoReturn:
        """Reports that the program ends here by itself, with this exit code."""
        self._leave({"ended": code if type(code) is int else int(code is not None)})

    def _leave(self, data: dict[str, Any]) -> NoReturn:
        part = f"{self._path}.part"
        with open(part, "w", encoding="utf-8") as file:
            file.write(dumps(data))
        os.replace(part, self._path)  # whole, or not there
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                with suppress(OSError, ValueError):  # it is closed, or nobody reads it
                    stream.flush()
        # No handler and no ``finally`` of the program runs, and what it started ends with it.
        if sys.platform != "win32" and os.getsid(0) == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


def _record(found: Found) -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        flat, notes = _recorded(found)
    return {
        "what": found.what,
        "place": found.place,
        "object": None if found.obj is NOTHING else type_name(type(found.obj)),
        "values": dict(flat),
        "origins": {key: origin.as_dict() for key, origin in flat.origins.items()},
        "types": flat.types,
        "key_types": flat.key_types,
        "warnings": [str(w.message) for w in told if issubclass(w.category, UnifigWarning)],
        "notes": [*found.notes, *notes],
    }


def _recorded(found: Found) -> tuple[Flat, list[str]]:
    """The record: what the program's own config has by now, and what the object adds to it."""
    config, notes = _config_so_far(), []
    if found.obj is not NOTHING:
        try:
            config.update(using(found.obj, **found.options))
        except UnsupportedError as error:
            if not found.options:
                raise
            notes.append(f"{error}. It is recorded without {' and '.join(found.options)}=")
            config.update(found.obj)
    flat = config.flat()
    wrong = here()
    for key, origin in flat.origins.items():
        if origin.place == wrong:  # the line of a library, whose frame is the nearest
            flat.origins[key] = origin._replace(place=found.place)
    return flat, notes


def _config_so_far() -> Config:
    """A copy of the config of the process, where the program uses unifig."""
    home = sys.modules.get("unifig._config")
    return Config() if home is None else home.config.copy()
