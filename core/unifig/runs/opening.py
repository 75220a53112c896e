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
from .event import FORMAT
from .folder import Folder, find, project_root
from .identity import identify
from .journal import Journal
from .metrics import Extremes
from .paths import RunPath
from .record import RunRecord
from .run import Run, ending, lock, tags_of, text_of

MODE: Final = "UNIFIG_MODE"
MODES: Final = ("online", "offline", "disabled")
"""All but ``disabled`` record, for recording needs no server."""


class _State:
    """The run that is open in this process, and the files that its command line named."""

    def __init__(self) -> None:
        self.run: Run | None = None
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
) -> Run:
    """Opens a run, whose config is ``unifig.config``.

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

    All or nothing: raises what ``update`` raises, ConfigError for ``--configs`` without a file,
    FileError for a file that can't be read, RunPathError and RunError for arguments that make no
    sense, ConfigKeyError for a key to be included or excluded that ``config`` does not have; then
    no run is opened, and nothing is changed.
    """
    job = enter_job()
    start = started_in()
    folder = find(dir, start)
    place = default_place(start)
    given = paths.Place(entity or place.entity, project or place.project)
    named, rest = _named_by_command()
    path, before = identify(given, id, resume, folder)
    said = {"name": name, "group": group, "job_type": job_type, "notes": notes}
    about: dict[str, Any] = {
        what: text_of(what, text) for what, text in said.items() if text is not None
    }
    if tags is not None:
        about["tags"] = tags_of(tags)
    sources = list(_sources(_selected(config, config_include_keys, config_exclude_keys), named))
    recorded = _mode(mode) != "disabled"
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
            run = _new_run(path, folder, about, before, recorded=recorded, strict=strict, job=job)
            _state.run = run
            _state.error = exits.unhandled()
            at_end_of_job(run.finish)
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


def _mode(mode: str | None) -> str:
    told = mode if mode is not None else os.environ.get(MODE) or MODES[0]
    if told not in MODES:
        where = "mode" if mode is not None else MODE
        raise RunError(f"{where} is {excerpt(told)}: write one of {', '.join(map(repr, MODES))}")
    return told


# What it starts with


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
    recorded: bool,
    strict: bool,
    job: str | None,
) -> Run:
    extremes = Extremes() if before is None else before.metrics
    return Run(
        path,
        folder.path,
        Journal(path, folder.journals, extremes) if recorded else None,
        about={**(before.about if before is not None else {}), **about},
        step=0 if before is None or before.step is None else before.step + 1,
        resumed=before is not None,
        strict=strict,
        job=job,
        on_end=_ended,
        on_closed=_closed,
    )


def _beginning(about: dict[str, Any], start: str, before: RunRecord | None) -> dict[str, Any]:
    """What the first line of a journal tells."""
    return {
        "format": FORMAT,
        "unifig": __version__,
        "resumed": before is not None or None,
        "about": {**about, **metadata.of_process(start)},
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
        left.close(**_ending())  # somebody lost patience with finish()
    if _state.run is not None:
        _state.run.finish(**_ending())


def _ending() -> dict[str, Any]:
    """How the program ended, by the exception that the interpreter told of, if there was one."""
    error = exits.unhandled()
    is_new = error is not None and error is not _state.error and not in_notebook()
    return ending(error if is_new else None)


def _after_fork() -> None:
    _state.closing.clear()
    if _state.run is not None:
        _state.run.after_fork()
