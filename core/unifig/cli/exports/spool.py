"""Lines of a table, read once and kept on the disk, for a table has columns before it has lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from unifig.runs.encoding import dumps, loads

from .records import Record


class Spool:
    """Lines in their order, which can be read as often as needed; and all their columns.

    To be used in a ``with`` block. ``first`` are the columns that there are in any case.
    """

    def __init__(self, first: Iterable[str], lines: Iterable[Record]) -> None:
        self._columns: dict[str, None] = dict.fromkeys(first)
        self._file = TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - see __exit__
        for line in lines:
            self._columns.update(dict.fromkeys(line))
            self._file.write(dumps(line) + "\n")

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
        self._file.seek(0)
        yield from map(loads, self._file)
