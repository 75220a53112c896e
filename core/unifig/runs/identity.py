"""Which run is opened: a new one, or one that is recorded already and is gone on with."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import Final

from unifig.errors import RunError, StoreError
from unifig.messages import excerpt
from unifig.place import warn

from . import paths, reading
from .folder import Folder, is_remote
from .life import is_alive
from .record import RunRecord

PATIENCE: Final = 10.0
"""Seconds that ``init(resume=…)`` waits for a store that others share."""

_RESUMES: Final = (None, False, True, "allow", "must", "never", "auto")

Identity = tuple[paths.RunPath, RunRecord | None]
"""The path of a run, and what it goes on with; None where it begins."""


def identify(
    place: paths.Place, run_id: str | None, resume: bool | str | None, folder: Folder
) -> Identity:
    """What ``init()`` opens; see there for ``resume``.

    Raises RunPathError for what can't be a part of a path, RunError where what is wanted can't be.
    """
    if resume not in _RESUMES:
        known = ", ".join(map(repr, _RESUMES[2:]))
        raise RunError(f"resume is {excerpt(resume)}: write one of {known}")
    paths.checked("entity", place.entity)
    paths.checked("project", place.project)
    if run_id is None:
        return _without_id(place, resume, folder)
    path = (*place, paths.checked("id", run_id))
    if resume in (None, False):
        return _beside(path, folder), None
    return path, _gone_on_with(path, resume, folder)


def identify_aside(
    place: paths.Place, run_id: str | None, resume: bool | str | None, folder: Folder
) -> Identity:
    """The same for a process beside the one that records, which may have opened the run by now.

    It says nothing of what that one does.
    """
    path = (*place, paths.checked("id", run_id) if run_id is not None else paths.new_id())
    if resume in (None, False, "never"):
        return path, None
    if run_id is not None:
        return path, _known(path, resume, folder)
    latest = reading.latest(folder.journals)
    known = None if latest is None or latest[:2] != place else _recorded(latest, folder)
    return path, known if known is not None and known.state != "finished" else None


def _without_id(place: paths.Place, resume: bool | str | None, folder: Folder) -> Identity:
    if resume == "must":
        raise RunError('resume="must" needs to know which run: give its id, init(id=…)')
    if resume in (True, "auto"):
        latest = _unfinished(folder)
        if latest is not None and latest.path[:2] == place:
            return latest.path, latest
    return (*place, paths.new_id()), None


def _beside(path: paths.RunPath, folder: Folder) -> paths.RunPath:
    """The path itself; warns where another run has it, which this one is recorded into."""
    try:
        known = _recorded(path, folder)
    except RunError as error:
        warn(f"{error}. The program goes on, and its run is recorded by itself")
        return path
    if known is not None:
        warn(
            f"the run {'/'.join(path)} is recorded already: this one is recorded into it as well. "
            "To go on with it, write resume='allow'; for a run of its own, give another id"
        )
    return path


def _gone_on_with(
    path: paths.RunPath, resume: bool | str | None, folder: Folder
) -> RunRecord | None:
    known, told = _known(path, resume, folder), "/".join(path)
    if known is None:
        if resume == "must":
            raise RunError(
                f"there is no run {told} in {folder.path} to go on with, and resume is 'must'"
            )
        return None
    if resume == "never":
        raise RunError(
            f"the run {told} is recorded already, and resume is 'never': give another id, or none"
        )
    if _is_alive(known, folder):
        warn(f"the run {told} is still running: both processes go on with it, and record into it")
    return known


def _known(path: paths.RunPath, resume: bool | str | None, folder: Folder) -> RunRecord | None:
    """The run at a path: as the store has it that others share, else as it is recorded here."""
    if not is_remote():
        return _recorded(path, folder)
    try:
        return _recalled(path, folder)
    except (StoreError, ModuleNotFoundError) as error:
        here = _recorded(path, folder)
        told = f"whether there is a run {'/'.join(path)} to go on with can't be seen: {error}"
        if here is None and resume == "must":
            raise RunError(told) from error
        warn(f"{told}. What this machine has recorded of it is gone on with, and that alone")
        return here


def _recalled(path: paths.RunPath, folder: Folder) -> RunRecord | None:
    """The run as the store has it, which is waited for a while; raises what that raises."""
    from .store.recall import recall  # which loads a database

    answers: SimpleQueue[RunRecord | Exception | None] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(recall(path, folder))
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            answers.put(error)

    threading.Thread(target=ask, name="unifig-recall", daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except Empty:
        told = f"the store has not answered for {PATIENCE:.0f} seconds"
        raise StoreError(told) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _recorded(path: paths.RunPath, folder: Folder) -> RunRecord | None:
    try:
        return reading.recorded(path, folder.journals)
    except OSError as error:
        told = f"whether there is a run {'/'.join(path)} can't be seen: {error}"
        raise RunError(told) from error


def _unfinished(folder: Folder) -> RunRecord | None:
    """The latest run of a folder, where it has not finished and does not go on."""
    try:
        latest = reading.latest(folder.journals)
    except OSError as error:
        raise RunError(f"which run was the latest can't be seen: {error}") from error
    record = None if latest is None else _known(latest, "auto", folder)
    if record is None or record.state == "finished" or _is_alive(record, folder):
        return None
    return record


def _is_alive(record: RunRecord, folder: Folder) -> bool:
    return is_alive(record.path[2], record.writers, folder.journals)
