"""Lines of a table, read once and kept on the disk, for a table has columns before it has lines."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final, Self

from .records import Record

_SIZE: Final = 8  # bytes of a number, before each line: how many bytes it has


class Spool:
    """Lines in their order, which can be read as often as needed; and all their columns.

    To be used in a ``with`` block. ``first`` are the columns that there are in any case.

    The file has no name and is gone with the process. marshal writes and reads all plain data
    exactly, and several times as fast as JSON.
    """

    def __init__(self, first: Iterable[str], lines: Iterable[Record]) -> None:
        self._columns: dict[str, None] = dict.fromkeys(first)
        self._file = TemporaryFile("w+b")  # noqa: SIM115 - see __exit__
        for line in lines:
            self._columns.update(dict.fromkeys(line))
            text = marshal.dumps(line)
            self._file.write(len(text).to_bytes(_SIZE) + text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def columns(self) -> list[str]:
        """All columns: the first ones, those of configs, those of summaries; or of metrics."""
        return sorted(self._columns, key=lambda name: name.startswith("summary."))

    def __iter__(self) -> Iterator[Record]:
        return (line for _, line in self.placed())

    def placed(self) -> Iterator[tuple[int, Record]]:
        """Each line after its place, which :meth:`at` takes."""
        self._file.seek(place := 0)
        while (line := self._next()) is not None:
            yield place, line
            place = self._file.tell()

    def at(self, place: int) -> Record:
        """The line at a place that :meth:`placed` gave."""
        self._file.seek(place)
        line = self._next()
        assert line is not None  # noqa: S101 - a place that was given has one
        return line

    def _next(self) -> Record | None:
        """The line that the file stands at; None at its end."""
        if not (size := self._file.read(_SIZE)):
            return None
        line: Record = marshal.loads(self._file.read(int.from_bytes(size)))  # noqa: S302 - our own
        return line
