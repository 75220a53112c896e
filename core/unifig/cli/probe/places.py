"""Which files are the program's own, and which line of it is at work."""

from __future__ import annotations

import os
import re
from types import FrameType
from typing import Final

import unifig

_INSTALLED: Final = re.compile(r"[\\/](?:site|dist)-packages[\\/]")
_STANDARD: Final = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_OWN: Final = (
    os.path.dirname(os.path.abspath(unifig.__file__)) + os.sep,
    os.sep + "unifig_adapters" + os.sep,
)


class Places:
    """Tells the program's own files from those of libraries.

    ``home`` is the folder that the program is in: it may be an installed package itself.
    """

    def __init__(self, home: str | None = None) -> None:
        home = None if home is None else os.path.join(home, "")
        # A project may well hold an environment, whose packages are none of the program's files.
        self._home = home if home is not None and _is_library(home) else None
        self._known: dict[str, bool] = {}

    def is_own(self, frame: FrameType | None) -> bool:
        """Whether a frame is one of the program."""
        if frame is None:
            return False
        name = frame.f_code.co_filename
        if name not in self._known:
            self._known[name] = self._is_own(name)
        return self._known[name]

    def _is_own(self, name: str) -> bool:
        if name.startswith("<") or any(own in name for own in _OWN):
            return False
        if self._home is not None and name.startswith(self._home):
            return True
        return not _is_library(name)

    def line(self, frame: FrameType | None) -> str | None:
        """``file:line`` of the program, of the nearest frame from this one outwards."""
        while frame is not None and not self.is_own(frame):
            frame = frame.f_back
        if frame is None:
            return None
        name = frame.f_code.co_filename
        # The script's code has the name it was started by; its module knows the whole path.
        whole = frame.f_globals.get("__file__")
        if isinstance(whole, str) and whole.endswith(name):
            name = os.path.normpath(whole)
        return f"{name}:{frame.f_lineno}"


def _is_library(path: str) -> bool:
    return path.startswith(_STANDARD) or _INSTALLED.search(path) is not None
