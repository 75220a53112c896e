"""Opens and closes a run: what its config starts with, and when it ends."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from unifig import config_files
from unifig._config import Config, enter_job, start_afresh, take_over
from unifig._config import config as process_config
from unifig.origin import DEFAULT, PERSON
from unifig.place import warn

if TYPE_CHECKING:
    from types import TracebackType


class Run:
    """One execution of a program; :func:`init` opens it."""

    __slots__ = ("_ended", "job")

    def __init__(self, job: str | None = None) -> None:
        self._ended: Config | None = None
        self.job = job
        """The job it is a part of, where a framework runs several in one process."""

    @property
    def config(self) -> Config:
        """The config of the run: ``unifig.config`` while it is open, what that held afterwards."""
        return process_config if self._ended is None else self._ended

    def finish(self) -> None:
        """Ends the run; ``unifig.config`` is empty then. Does nothing where it has ended."""
        with _state.lock:
            if self._ended is None:
                self._ended = process_config.copy()
                start_afresh(process_config)
                _state.run = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()


class _State:
    """The run that is open in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.run: Run | None = None


_state: Final = _State()


def init(config: object = None, *, allow_val_change: bool = False) -> Run:
    """Opens a run, whose config is ``unifig.config``.

    The config starts with what was set before, and takes what is new by rank: the entries of
    ``config-defaults.yaml`` (in the working directory, or beside the script), then ``config``, any
    object that ``update`` takes or the name of a file, then the files that ``UNIFIG_CONFIGS`` and
    ``--configs a.yaml,b.yaml`` name. ``--configs`` is taken off ``sys.argv``, so that the program's
    own parser does not meet it. A run that is open is finished first, with a warning.

    ``allow_val_change`` lets later writes change what is chosen already, for the whole run.

    All or nothing: raises what ``update`` raises, ConfigError for ``--configs`` without a file,
    FileError for a file that can't be read; then no run is opened, and nothing is changed.
    """
    with _state.lock:
        job = enter_job()
        from_environment = config_files.named_in_environment(os.environ)
        from_command, rest = config_files.take_configs(sys.argv)
        open_run = _state.run
        staged = Config(allow_val_change=allow_val_change)
        if open_run is None:
            take_over(staged, process_config, allow=allow_val_change)
        defaults = config_files.defaults_file(sys.argv[0] if sys.argv else None, str(Path.cwd()))
        if defaults is not None:
            staged.update(config_files.read_entries(defaults, rank=DEFAULT))
        if config is not None:
            staged.update(Path(config) if isinstance(config, str) else config)
        for named, paths in (("$UNIFIG_CONFIGS", from_environment), ("--configs", from_command)):
            for path in paths:
                staged.update(config_files.read_entries(path, rank=PERSON, name=named))
        if open_run is not None:
            open_run.finish()
            if open_run.job == job:
                warn("a run was open, and was finished: call finish() before the next init()")
        take_over(process_config, staged, allow=allow_val_change)
        sys.argv[:] = rest
        _state.run = Run(job)
        return _state.run


def finish() -> None:
    """Ends the run that is open; does nothing where none is."""
    if _state.run is not None:
        _state.run.finish()
