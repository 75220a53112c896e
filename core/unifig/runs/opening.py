"""Opens a run, and knows the one that is open in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from unifig import __version__, config_files
from unifig._config import (
    Config,
    at_end_of_job,
    enter_job,
    restored,
    started_in,
    take_over,
)
from unifig._config import config as process_config
from unifig.errors import ConfigError, RunError
from unifig.messages import excerpt
from unifig.origin import DEFAULT, PERSON, PROGRAM
from unifig.place import warn
from unifig.precedence import in_notebook
from unifig.selection import using

from . import exits, metadata, paths
from .additions import metadata_of
from .event import FORMAT
from .folder import Folder, find, is_remote, project_root
from .identity import identify, identify_aside
from .journal import Journal
from .metrics import Extremes
from .paths import RunPath
from .ranks import group_of, is_doubtful, part_of, rank_of, who_records
from .record import RunRecord
from .run import Run, ending, lock, tags_of, text_of

MODE: Final = "UNIFIG_MODE"
MODES: Final = ("online", "offline", "disabled")
"""All but ``disabled`` record, for that needs no server; ``offline`` delivers nothing to one."""

_BESIDE: Final = "beside"
"""The mode of a process beside the one that records: on another rank."""


class _State:
    """The run that is open in this process, and the files that its command line named."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.mode: str = MODES[0]
        """How that is recorded."""
        self.closing: list[Run] = []
        """Runs that have ended, and of which not all is written."""
        self.argv: list[str] | None = None
        """``sys.argv``, once ``--configs`` was taken off it."""
        self.named: list[str] = []
        """What it named, as absolute paths."""
        self.error: BaseException | None = None
        """What the interpreter told of before the run was opened."""


_state: Final = _State()


def init(
    config: object = None,
    *,
    project: str | None = None,
    entity: str | None = None,
    name: str | None = None,
    group: str | None = None,
    job_type: str | None = None,
    tags: Iterable[str] | None = None,
    notes: str | None = None,
    id: str | None = None,  # noqa: A002 - the name that people know
    resume: bool | str | None = None,
    config_include_keys: Iterable[str] | None = None,
    config_exclude_keys: Iterable[str] | None = None,
    allow_val_change: bool = False,
    mode: str | None = None,
    dir: str | os.PathLike[str] | None = None,  # noqa: A002 - the name that people know
    strict: bool = False,
    reinit: bool = False,
    metadata: Mapping[str, Any] | None = None,
    joinable: bool = False,
    ranks: str | None = None,
) -> Run:
    """Opens a run, whose config is ``unifig.config``; or joins one that is open and joinable.

    The config starts with what was set before, and takes what is new by rank: the entries of
    ``config-defaults.yaml`` (in the working directory, or beside the script), then ``config``, any
    object that ``update`` takes or the name of a file, of it the keys that ``config_include_keys``
    names or all but those of ``config_exclude_keys``, then the files that ``UNIFIG_CONFIGS`` and
    ``--configs a.yaml,b.yaml`` name. ``--configs`` is taken off ``sys.argv``, so that the program's
    own parser does not meet it, and holds for later runs of the same command line as well. A run
    that is open is finished first, with a warning unless ``reinit``.

    ``allow_val_change`` lets later writes change what is chosen already, for the whole run.

    The run is recorded under ``entity/project/id``: ``UNIFIG_ENTITY`` or the user's name,
    ``UNIFIG_PROJECT`` or the name of the project's folder, and an id of its own, unless told.
    ``dir`` or ``UNIFIG_DIR`` is the folder of runs, else ``.unifig`` in the project's folder. With
    ``resume`` it goes on with the run of that id, its config, summary and step: ``"must"``
    requires one, ``"never"`` forbids one, ``"allow"`` takes one if it is there, and so does
    ``True`` or ``"auto"``, which without an id takes the latest run of the folder that did not
    finish. ``mode`` or ``UNIFIG_MODE`` is ``"disabled"`` to record nothing. ``strict`` raises
    RunError in ``log()`` and ``finish()`` for what can't be written, instead of warning.

    Of the processes that torchrun, MPI or SLURM have started together rank 0 records, and each has
    the config. With ``ranks="all"`` or ``UNIFIG_RANKS=all`` each records a run of its own, called
    by its rank, all of them in one group; an ``id`` that they are given has the rank added to it.

    ``metadata`` is plain data by name that is recorded beside what a run finds out of itself: its
    program, its command line, the machine. Of these ``program``, ``argv``, ``command``,
    ``arguments`` and ``cwd`` may be replaced.

    ``joinable`` is for what opens a run on the program's behalf, as the callback of a framework
    does: an ``init()`` in the same job, or where no framework runs jobs in the same process, then
    gives this very run, with what it was given applied: ``config``, over what is no person's
    choice, and what people say of a run. What can't be, as another ``id``, is told in a warning.
    ``finish()`` and the end of a ``with`` block leave such a run open: ``run.end()`` ends it, or
    the end of the job, or of the program.

    All or nothing: raises what ``update`` raises, ConfigError for ``--configs`` without a file,
    FileError for a file that can't be read, RunPathError and RunError for arguments that make no
    sense, ConfigKeyError for a key to be included or excluded that ``config`` does not have; then
    no run is opened, and nothing is changed.
    """
    job = enter_job()
    about = _about(tags, name=name, group=group, job_type=job_type, notes=notes)
    about |= metadata_of(metadata)
    selected = _selected(config, config_include_keys, config_exclude_keys)
    effective_mode = _mode(mode)
    start = started_in()
    if (joined := _joined(job)) is not None:
        wanted = {"entity": entity, "project": project, "id": id, "dir": dir}
        _warn_of_rest(joined, wanted, mode, resume, ranks, start)
        _join(joined, selected, about, allow_val_change=allow_val_change, strict=strict)
        return joined
    folder = find(dir, start)
    place = default_place(start)
    given = paths.Place(entity or place.entity, project or place.project)
    named, rest = _named_by_command()
    effective_mode, id = _by_rank(ranks, effective_mode, id, about)  # noqa: A001 - as it was given
    identified = identify_aside if effective_mode == _BESIDE else identify
    path, before = identified(given, id, resume, folder)
    sources = list(_sources(selected, named))
    while True:
        staged = Config(allow_val_change=allow_val_change)
        if before is not None:
            take_over(staged, restored(before.config.flat(), rank=DEFAULT), allow=allow_val_change)
        with lock():
            open_run = _state.run
            if open_run is None:
                take_over(staged, process_config, allow=allow_val_change)
        if open_run is not None and not _may_end(open_run, job, reinit=reinit):
            warn("a run is open, and is finished now: call finish() before the next init()")
        # Not under the lock: adapters may need other ones, as that of an import.
        for source in sources:
            staged.update(source)
        with lock():
            if _state.run is not open_run:
                continue  # another thread opened or ended a run meanwhile
            left = open_run is not None and open_run.leave()
            run = _new_run(
                path,
                folder,
                about,
                before,
                mode=effective_mode,
                strict=strict,
                job=job,
                joinable=joinable,
            )
            _state.run, _state.mode = run, effective_mode
            _state.error = exits.unhandled()
            at_end_of_job(run.end)
            sys.argv[:] = rest
            _state.argv = sys.argv
            _state.named = [os.path.abspath(name) for name in named]
            take_over(process_config, staged, allow=allow_val_change)
            run.begin(_beginning(about, start, before), project_root(start))
            exits.watch(_at_exit, run.end_at_signal, _after_fork)
        if left and open_run is not None:
            open_run.close()
        return run


def _may_end(run: Run, job: str | None, *, reinit: bool) -> bool:
    """Whether an open run may be ended by another one without a word."""
    return reinit or run.is_aside or run.job not in (None, job)


def _joined(job: str | None) -> Run | None:
    """The open run, where an ``init()`` in this job joins it."""
    run = _state.run
    return run if run is not None and run.joinable and run.job == job and not run.is_aside else None


def _join(
    run: Run, config: object, about: dict[str, Any], *, allow_val_change: bool, strict: bool
) -> None:
    """Applies what an ``init()`` says that joins a run."""
    if config is not None:
        # What stands there is not this program's doing, and so no choice that it contradicts.
        process_config.update(config, allow_val_change=True)
    if allow_val_change:
        take_over(process_config, Config(), allow=True)
    run.take(about, strict=strict)


def _warn_of_rest(
    run: Run,
    wanted: dict[str, Any],
    mode: str | None,
    resume: bool | str | None,
    ranks: str | None,
    start: str,
) -> None:
    """Tells what of an ``init()`` that joins a run can't be applied, if there is any."""
    are = {"entity": run.entity, "project": run.project, "id": run.id, "dir": run.dir}
    told = [
        f"{name}={excerpt(value)}"
        for name, value in wanted.items()
        if value is not None and are[name] != (find(value, start).path if name == "dir" else value)
    ]
    is_off, is_beside = (_state.mode == known for known in ("disabled", _BESIDE))
    if mode is not None and (mode == "disabled") != is_off and not is_beside:
        told.append(f"mode={mode!r}")
    if ranks is not None and ranks != who_records(None):
        told.append(f"ranks={excerpt(ranks)}")
    if resume not in (None, False, "allow", "never") and not run.resumed:
        told.append(f"resume={excerpt(resume)}")
    if told:
        warn(
            f"init() joins the run {run.path}, which is open already, and can't apply "
            f"{', '.join(told)}: say it where that run is opened, or leave it out"
        )


def current_run() -> Run | None:
    """The run that is open in this process; None where none is."""
    return _state.run


def finish(exit_code: int | None = None) -> None:
    """Ends the run that is open; does nothing where none is. See ``Run.finish``."""
    run = _state.run
    if run is not None:
        run.finish(exit_code)


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    """Records numbers in the run that is open; see ``Run.log``. Warns where none is."""
    run = _state.run
    if run is None:
        warn("no run is open, and what is logged is not recorded: call unifig.init() first")
    else:
        run.log(data, step, commit)


# Where it is, and which one it is


def default_place(start: str | None) -> paths.Place:
    """Whose runs these are unless told: by the environment, else the user's and the project's."""
    entity, project = os.environ.get(paths.ENTITY), os.environ.get(paths.PROJECT)
    return paths.Place(
        entity or paths.fitting(metadata.user(), "user"),
        project or paths.fitting(os.path.basename(project_root(start)), "project"),
    )


def _by_rank(
    told: str | None, mode: str, run_id: str | None, about: dict[str, Any]
) -> tuple[str, str | None]:
    """The mode and the id of a run on the rank of this process; what is said of it is added to.

    Raises RunError where every rank is to record, and nothing tells the launch from others.
    """
    who, rank = who_records(told), rank_of(os.environ)
    if rank is None or mode == "disabled":
        return mode, run_id
    about |= part_of(rank)
    if who == "all":
        if "group" not in about:
            about["group"] = group_of(rank)
        about.setdefault("name", f"rank {rank.number}")
        return mode, None if run_id is None else f"{run_id}-{rank.number}"
    if rank.number == 0:
        return mode, run_id
    if is_doubtful(rank):
        of = "" if rank.size is None else f" of {rank.size}"
        warn(
            f"this is task {rank.number}{of} of a job of SLURM, and task 0 records the run for "
            "all. Where each task is a run of its own, say so by UNIFIG_RANKS=all"
        )
    return _BESIDE, run_id


def _mode(mode: str | None) -> str:
    told = mode if mode is not None else os.environ.get(MODE) or MODES[0]
    if told not in MODES:
        where = "mode" if mode is not None else MODE
        raise RunError(f"{where} is {excerpt(told)}: write one of {', '.join(map(repr, MODES))}")
    return told


# What it starts with


def _about(tags: Iterable[str] | None, **said: str | None) -> dict[str, Any]:
    """What people say of a run. Raises RunError for what is no text."""
    about: dict[str, Any] = {
        what: text_of(what, text) for what, text in said.items() if text is not None
    }
    return about if tags is None else {**about, "tags": tags_of(tags)}


def _selected(
    config: object, include: Iterable[str] | None, exclude: Iterable[str] | None
) -> object:
    if include is not None and exclude is not None:
        raise ConfigError(
            "init() has both config_include_keys and config_exclude_keys: give one of them"
        )
    # A file that is named here is of the same form as the one of defaults.
    source = config_files.read_entries(config, rank=PROGRAM) if isinstance(config, str) else config
    if source is None or (include is None and exclude is None):
        return source
    if include is not None:
        return using(source, include=list(include))
    return using(source, exclude=list(exclude or ()))


def _sources(config: object, named: list[str]) -> Iterator[object]:
    """What a config starts with, the defaults first."""
    defaults = config_files.defaults_file(sys.argv[0] if sys.argv else None, str(Path.cwd()))
    if defaults is not None:
        yield config_files.read_entries(defaults, rank=DEFAULT)
    if config is not None:
        yield config
    for path in config_files.named_in_environment(os.environ):
        yield config_files.read_entries(path, rank=PERSON, name=f"${config_files.VARIABLE}")
    for path in named:
        yield config_files.read_entries(path, rank=PERSON, name=config_files.OPTION)


def _named_by_command() -> tuple[list[str], list[str]]:
    """The files that ``--configs`` names, and the command line without it.

    Those that were taken off the same ``sys.argv`` before are still what the person chose.
    """
    names, rest = config_files.take_configs(sys.argv)
    if not names and _state.argv is sys.argv:
        return _state.named, rest
    return names, rest


def _new_run(
    path: RunPath,
    folder: Folder,
    about: dict[str, Any],
    before: RunRecord | None,
    *,
    mode: str,
    strict: bool,
    job: str | None,
    joinable: bool,
) -> Run:
    extremes, after = (Extremes(), 0) if before is None else (before.metrics, before.last[0])
    records = mode in ("online", "offline")
    journal = Journal(path, folder.journals, extremes, after=after) if records else None
    courier = None
    if journal is not None and mode == "online" and is_remote():
        from .courier import Courier  # few have such a store

        courier = Courier(folder, path, journal.untold.append)
    return Run(
        path,
        folder.path,
        journal,
        courier=courier,
        about={**(before.about if before is not None else {}), **about},
        step=0 if before is None or before.step is None else before.step + 1,
        resumed=before is not None,
        strict=strict,
        job=job,
        joinable=joinable,
        on_end=_ended,
        on_closed=_closed,
    )


def _beginning(about: dict[str, Any], start: str, before: RunRecord | None) -> dict[str, Any]:
    """What the first line of a journal tells."""
    return {
        "format": FORMAT,
        "unifig": __version__,
        "resumed": before is not None or None,
        "about": metadata.of_process(start) | about,
    }


# How it ends


def _ended(run: Run) -> None:
    """Under the lock: the run is no longer the open one."""
    if _state.run is run:
        _state.run = None
        _state.closing.append(run)
        at_end_of_job(None)


def _closed(run: Run) -> None:
    """All of a run is written; until then a signal waits for that."""
    if run in _state.closing:
        _state.closing.remove(run)
    if _state.run is None:
        exits.unwatch()


def _at_exit() -> None:
    for left in list(_state.closing):
        left.close(**ending(_error()))  # somebody lost patience with finish()
    if _state.run is not None:
        _state.run.end(_error())


def _error() -> BaseException | None:
    """What ended the program, where that was an exception that the interpreter told of."""
    error = exits.unhandled()
    return error if error is not _state.error and not in_notebook() else None


def _after_fork() -> None:
    _state.closing.clear()
    if _state.run is not None:
        _state.run.after_fork()
