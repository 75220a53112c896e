"""A file that only grows, by whole lines, and loses nothing that it can keep.

Where a line can't be written, for the disk is full or the folder can't be, it is kept in memory,
the next folder is tried, and all of them again later. What was begun of it is taken out of the
file.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from typing import Final

from .folder import make

MOST_KEPT: Final = 200_000_000
"""How many bytes are kept while nothing can be written; what comes after is lost, and told."""

_RETRY: Final = 1.0  # seconds


class AppendedFile:
    """A file of the name ``name``, in the first of ``folders`` that takes it.

    Its methods answer with what has gone wrong, in words; None where nothing has.
    """

    def __init__(self, name: str, folders: Sequence[str]) -> None:
        self.path: str | None = None
        self._name = name
        self._folders = folders
        self._descriptor: int | None = None
        self._size = 0
        self._is_dirty = False  # something was written and not synced
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._lost = 0
        self._retry = 0.0

    @property
    def needs_care(self) -> bool:
        """Whether there is something to be synced, or to be written once it can be."""
        return self._is_dirty or bool(self._kept)

    def write(self, lines: list[bytes], *, force: bool = False) -> str | None:
        """Appends whole lines, or keeps them; ``force`` tries even if it failed a moment ago."""
        for text in lines:
            if self._kept_size + len(text) > MOST_KEPT:
                self._lost += 1
            else:
                self._kept.append(text)
                self._kept_size += len(text)
        if not self._kept or (time.monotonic() < self._retry and not force):
            return None
        reasons: list[str] = []
        for folder in ([None] if self._descriptor is not None else []) + list(self._folders):
            try:
                self._append(folder)
            except OSError as error:
                reasons.append(f"{folder or self.path}: {error.strerror or error}")
                continue
            return f"{reasons[0]}; it goes on in {self.path}" if reasons else None
        self._retry = time.monotonic() + _RETRY
        # In one order, whichever was tried first: what is told twice is the same text.
        told = "; ".join(sorted(set(reasons)))
        return f"{told}; it is kept in memory until it can be written"

    def _append(self, folder: str | None) -> None:
        """Writes all that is kept to the open file, or to the one in a folder.

        Raises OSError; then the file has whole lines, and the rest is kept.
        """
        if folder is not None:
            self._open(folder)
        assert self._descriptor is not None  # noqa: S101 - it was there, or is now
        text = b"".join(self._kept)
        done = 0
        try:
            while done < len(text):
                done += os.write(self._descriptor, text[done:] if done else text)
        except OSError:
            self._keep_after(done)
            raise
        finally:
            self._is_dirty = self._is_dirty or done > 0
        self._size += done
        self._kept, self._kept_size = [], 0

    def _keep_after(self, done: int) -> None:
        """Keeps the lines that are not whole in the file, and takes the begun one out of it."""
        while self._kept and len(self._kept[0]) <= done:
            text = self._kept.pop(0)
            self._kept_size -= len(text)
            self._size += len(text)
            done -= len(text)
        if done and self._descriptor is not None:
            os.ftruncate(self._descriptor, self._size)

    def _open(self, folder: str) -> None:
        path = os.path.join(folder, self._name)
        make(folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        self.sync()
        self.close()
        self._descriptor, self._size, self.path = descriptor, os.fstat(descriptor).st_size, path

    def sync(self) -> str | None:
        """Waits until what was written is on the disk."""
        if self._descriptor is None or not self._is_dirty:
            return None
        self._is_dirty = False
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            return f"{self.path}: {error.strerror or error}"
        return None

    def touch(self) -> None:
        """Says by the file's time that the process lives."""
        if self.path is not None:
            with contextlib.suppress(OSError):  # it is no more than a sign
                os.utime(self.path)

    def close(self) -> None:
        """Closes the file; what is kept stays kept."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # what it would tell, sync() has told
                os.close(self._descriptor)
            self._descriptor = None

    def ended(self) -> str | None:
        """What is lost now that nothing more is tried."""
        lost = self._lost + len(self._kept)
        if not lost:
            return None
        return f"{lost:,} lines could not be written anywhere, and are lost"
