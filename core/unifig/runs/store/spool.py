"""What can go from a folder of runs over which there is a store that others share, and its going.

There the journals are what waits to be delivered: a journal that is delivered to its end, and to
which nobody can add, is in the store and needs no file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from unifig.runs.folder import SUFFIX, Folder
from unifig.runs.metadata import is_dead
from unifig.runs.paths import RunPath

from . import backlog, journals, tables
from .backlog import Known
from .batches import batches
from .delivery import Delivery, Progress
from .postgresql import PostgresStore
from .rows import writers_of
from .tidying import UNSEEN, File, Left, Rubbish, file_at, of_empty, sort, told_of


class SpoolTidying:
    """Tidies one folder of those that deliver into a store."""

    def __init__(self, folder: Folder, store: PostgresStore) -> None:
        self._folder = folder
        self._store = store

    def look(self, progress: Progress | None = None) -> tuple[list[Rubbish], list[Left]]:
        """What can go, and what could if its process were gone; what waits is delivered first.

        Raises StoreError where the store can't be used.
        """
        Delivery(self._folder, self._store).run(progress)
        rubbish: list[Rubbish] = []
        left: list[Left] = []
        paths = sorted(path for _, path in journals.of(self._folder) if os.path.isfile(path))
        known = self._known(paths)
        runs = self._runs({one.run for one in known.values()})
        for path in paths:
            sort(of_empty(path), rubbish, left)
            one = known.get(journals.name(self._folder, path))
            if one is not None and one.run in runs:
                sort(self._delivered(path, one, *runs[one.run]), rubbish, left)
        return rubbish, left

    def tidy(
        self, rubbish: Sequence[Rubbish], progress: Progress | None = None
    ) -> tuple[list[Rubbish], list[Left]]:
        """Removes what :meth:`look` has found, and is as it was: what went, and what did not."""
        gone: list[Rubbish] = []
        left: list[Left] = []
        known = self._known([one.files[0].path for one in rubbish])
        for at, one in enumerate(rubbish):
            why = self._remove(one, known)
            if why is None:
                gone.append(one)
            else:
                left.append(Left(one.name, why))
            if progress is not None:
                progress(at + 1, len(rubbish))
        return gone, left

    def _remove(self, one: Rubbish, known: dict[str, Known]) -> str | None:
        """Removes a journal, which is one file; why not."""
        (file,) = one.files
        reached = known.get(journals.name(self._folder, file.path), backlog.NOTHING)
        try:
            is_same = file_at(file.path) == file
            if not is_same or (one.why == "delivered" and reached.offset != file.size):
                return "it has changed since it was looked at"
            os.unlink(file.path)
        except FileNotFoundError:
            return "somebody else has removed it"
        except OSError as error:
            return f"{file.path}: {error.strerror or error}"
        return None

    def _known(self, paths: Iterable[str]) -> dict[str, Known]:
        names = [journals.name(self._folder, path) for path in paths]
        with self._store.reading() as connection:
            return backlog.known(connection, names)

    def _runs(self, keys: Iterable[int | None]) -> dict[int | None, tuple[RunPath, dict[str, str]]]:
        """By the primary keys of runs, their paths, and the processes of those who record them."""
        wanted = sorted(key for key in keys if key is not None)
        columns = tables.run.c
        query = select(columns.key, columns.entity, columns.project, columns.id, columns.writers)
        found: dict[int | None, tuple[RunPath, dict[str, str]]] = {}
        with self._store.reading() as connection:
            for some in batches(wanted):
                for row in connection.execute(query.where(columns.key.in_(some))).mappings():
                    processes = {name: one.process or "" for name, one in writers_of(row).items()}
                    found[row["key"]] = (row["entity"], row["project"], row["id"]), processes
        return found

    def _delivered(
        self, path: str, one: Known, run: RunPath, processes: dict[str, str]
    ) -> Rubbish | Left | None:
        """A journal that is delivered to its end, if it is one; or why it stays none the less."""
        try:
            file: File = file_at(path)
        except FileNotFoundError:
            return None
        if one.offset != file.size:
            return Left(path, "not all of it is delivered")
        if one.done:
            return Rubbish("delivered", run, (file,))
        # Of a process that was forked off the one that opened the run, nothing is known but that.
        alive = [process for process in processes.values() if is_dead(process) is False]
        if alive:
            return Left(path, f"the process {alive[0].rpartition('/')[2]} of its run still runs")
        writer = os.path.basename(path).removesuffix(SUFFIX).rpartition("-")[2]
        silence = time.time() - file.modified / 1e9
        if is_dead(processes.get(writer, "")) or silence > UNSEEN:
            return Rubbish("delivered", run, (file,))
        return Left(path, told_of(silence))
