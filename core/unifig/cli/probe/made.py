"""The folders and files that come to be for a job that does not run."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Any, Final

_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CACHE: Final = f"{os.sep}__pycache__"  # Python's own, which a program leaves behind anyway


class Made:
    """What this thread makes from now on; :meth:`remove` takes away what is new."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._new: dict[str, None] = {}
        self.overwritten: list[str] = []
        """Files that were there before, and were written anew."""
        sys.addaudithook(self._told)

    def _told(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in {"os.mkdir", "open"} or threading.get_ident() != self._thread:
            return
        name = args[0]
        if not isinstance(name, (str, bytes)):
            return
        path = os.path.abspath(os.fsdecode(name))
        if _CACHE in path:
            return
        if event == "os.mkdir" or args[2] & _WRITES:
            if not os.path.lexists(path):
                self._new[path] = None
            elif event == "open" and args[2] & os.O_TRUNC and path not in self._new:
                self.overwritten.append(path)

    def remove(self) -> list[str]:
        """Removes the new files, and the new folders that are empty then; gives what is left."""
        new = sorted(self._new, key=len, reverse=True)
        for path in new:
            with suppress(OSError):  # what can't be removed is told
                if os.path.isdir(path):
                    os.rmdir(path)
                else:
                    os.unlink(path)
        return [path for path in reversed(new) if os.path.lexists(path)]
