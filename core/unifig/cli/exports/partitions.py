"""A folder of Parquet files, in folders by values: ``project=digits/state=finished/part-00000``.

Engines that know this layout of Hive's (Spark, DuckDB, pyarrow and others) read the values off the
names of the folders, and of what is asked for by them only the files that have it.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Final

from unifig import UnifigError
from unifig.messages import excerpt, near, printable

from . import hive, parquet
from .parquet import Kind
from .records import Record
from .spool import Spool

MARKER: Final = "_unifig.json"
"""The file that tells what an export has written; engines pass over a name with ``_`` before it."""

_MOST: Final = 10_000  # folders: with more of them engines look for files instead of reading them
_LONGEST: Final = 255  # bytes of a name, in nearly every file system
_PART: Final = re.compile(r"part-\d{5,}\.parquet")

_Folder = tuple[str, ...]


def write(
    spool: Spool, folder: str, names: Sequence[str], known: Collection[str], rows: int
) -> None:
    """Writes lines into an empty folder, ``rows`` into a file at most.

    ``names`` are the columns by which they are parted, and ``known`` all that there are. Raises
    UnifigError for a column that is not there, or has values that no folder can stand for; OSError
    where a file can't be written.
    """
    _check(spool, names, known)
    kinds = parquet.kinds_of(spool, names)
    schema = parquet.schema_of(kinds, [name for name in kinds if name not in names])
    made: set[str] = set()
    files = 0
    for parts, lines in _parted(spool, names, kinds):
        inner = _make(folder, parts, made)
        for number, some in enumerate(_cut(lines, rows)):
            path = os.path.join(inner, f"part-{number:05}.parquet")  # noqa: PTH118 - as in target
            parquet.write_file(some, path, schema, kinds)
            files += 1
    about = {"partitions": list(names), "columns": kinds, "files": files}
    with open(os.path.join(folder, MARKER), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
        json.dump(about, file, indent=1)


def check_replaceable(folder: str) -> None:
    """Raises UnifigError where a folder is no such export, or has something else in it too."""
    try:
        with open(os.path.join(folder, MARKER), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            about = json.load(file)
        names, files = list(map(str, about["partitions"])), int(about["files"])
    except (OSError, ValueError, TypeError, LookupError):
        raise UnifigError(
            f"{folder} is no folder that unifig export has written: name another one"
        ) from None
    found = sum(1 for _ in _written(folder, names))
    if found > files:
        raise UnifigError(
            f"{folder} has {found - files} files more than unifig export has written: name "
            "another folder, or take them away"
        )


def _check(spool: Spool, names: Sequence[str], known: Collection[str]) -> None:
    """Raises UnifigError for a column that no line has, or that engines take for another one."""
    has_lines = any(True for _ in spool)
    for name in names:
        if has_lines and name not in known:
            raise UnifigError(f"--partition-by {printable(name)}: no run has it{near(name, known)}")
        for other in spool.columns:
            if other != name and other.casefold() == name.casefold():
                raise UnifigError(
                    f"--partition-by {printable(name)}: there is {printable(other)} as well, and "
                    "engines do not tell capital letters from small ones: choose another column"
                )


# Lines by folders


def _parted(
    spool: Spool, names: Sequence[str], kinds: Mapping[str, Kind]
) -> Iterator[tuple[_Folder, Iterator[Record]]]:
    """The lines of each folder. Only their places are sorted, on the disk: there may be many."""
    folders: dict[_Folder, int] = {}

    def placed() -> Iterator[tuple[int, int]]:
        for place, line in spool.placed():
            folder = tuple(_folder(line, name, kinds[name]) for name in names)
            yield folders.setdefault(folder, len(folders)), place
            if len(folders) > _MOST:
                raise UnifigError(
                    f"--partition-by {','.join(names)} comes to more than {_MOST:,} folders: "
                    "choose columns with fewer values"
                )

    with closing(sqlite3.connect("")) as places:  # a file that nobody else sees, gone afterwards
        places.execute("CREATE TABLE places (folder INTEGER, place INTEGER)")
        places.executemany("INSERT INTO places VALUES (?, ?)", placed())
        known = list(folders) or [tuple(hive.folder(name, None) for name in names)]
        if not folders:  # engines take no folder for a table that has no file
            yield known[0], iter(())
        rows = places.execute("SELECT folder, place FROM places ORDER BY folder, place")
        for number, group in groupby(rows, itemgetter(0)):
            yield known[number], (spool.at(place) for _, place in group)


def _folder(line: Record, name: str, kind: Kind) -> str:
    """The name of a line's folder for one of the columns. Raises UnifigError where it has none."""
    value = line.get(name)
    if isinstance(value, (list, dict)):
        what = "a list" if isinstance(value, list) else "an empty mapping"
        raise UnifigError(
            f"--partition-by {name}: it is {what} in {_run(line)}, {excerpt(value)}: "
            "choose a column of single values"
        )
    [cell] = parquet.cells([line], name, kind)
    if isinstance(cell, datetime):
        cell = cell.isoformat()
    found = hive.folder(name, cell)
    if (size := len(found.encode())) > _LONGEST:
        raise UnifigError(
            f"--partition-by {name}: {excerpt(value)} of {_run(line)} is too long for the name of "
            f"a folder, {size:,} bytes where {_LONGEST} is the most: choose another column"
        )
    return found


def _run(line: Record) -> str:
    return printable(line["path"] if "path" in line else line["run"])


# Files and folders


def _make(folder: str, parts: _Folder, made: set[str]) -> str:
    """Makes the folders of a partition, each once. Raises OSError where two would be the same."""
    for part in parts:
        folder = os.path.join(folder, part)  # noqa: PTH118
        if folder not in made:
            os.mkdir(folder)  # noqa: PTH102
            made.add(folder)
    return folder


def _cut(lines: Iterator[Record], rows: int) -> Iterator[Iterable[Record]]:
    """Lines, ``rows`` at once, to be read in turn; of none one time nothing, for a file without."""
    first = list(islice(lines, 1))
    yield chain(first, islice(lines, rows - 1))
    while first := list(islice(lines, 1)):
        yield chain(first, islice(lines, rows - 1))


def _written(folder: str, names: Sequence[str], *, is_root: bool = True) -> Iterator[str]:
    """The files in the folders by ``names``. Raises UnifigError for all else that is there."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            is_right = bool(names) and entry.name.startswith(hive.prefix(names[0]))
        else:
            right = entry.name == MARKER if is_root else not names and _PART.fullmatch(entry.name)
            is_right = bool(right) and entry.is_file(follow_symlinks=False)
        if not is_right:
            raise UnifigError(
                f"{printable(entry.path)} is not of unifig export, so its folder is not replaced: "
                "name another folder, or take it away"
            )
        if entry.is_dir(follow_symlinks=False):
            yield from _written(entry.path, names[1:], is_root=False)
        elif not is_root:
            yield entry.path
