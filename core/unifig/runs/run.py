"""Opens and closes a run: what its config starts with, and when it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from unifig import config_files
from unifig._config import Config, at_end_of_job, enter_job, start_afresh, take_over
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
        with _lock():
            if self._ended is None:
                self._ended = process_config.copy()
                start_afresh(process_config)
                _state.run = None
                at_end_of_job(None)

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
    """The run that is open in this process, and the files that its command line named."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.argv: list[str] | None = None
        """``sys.argv``, once ``--configs`` was taken off it."""
        self.named: list[str] = []
        """What it named, as absolute paths."""


_state: Final = _State()


def _lock() -> Any:
    """The lock of the config of the process, and of whose it is.

    With two locks one thread could hold the one, another the other, and each wait for the other.
    """
    return process_config._held()  # noqa: SLF001 - no public name: nobody else is to hold it


def init(config: object = None, *, allow_val_change: bool = False) -> Run:
    """Opens a run, whose config is ``unifig.config``.

    The config starts with what was set before, and takes what is new by rank: the entries of
    ``config-defaults.yaml`` (in the working directory, or beside the script), then ``config``, any
    object that ``update`` takes or the name of a file, then the files that ``UNIFIG_CONFIGS`` and
    ``--configs a.yaml,b.yaml`` name. ``--configs`` is taken off ``sys.argv``, so that the program's
    own parser does not meet it, and holds for later runs of the same command line as well. A run
    that is open is finished first, with a warning.

    ``allow_val_change`` lets later writes change what is chosen already, for the whole run.

    All or nothing: raises what ``update`` raises, ConfigError for ``--configs`` without a file,
    FileError for a file that can't be read; then no run is opened, and nothing is changed.
    """
    job = enter_job()
    named, rest = _named_by_command()
    sources = list(_sources(config, named))
    while True:
        before = _state.run
        if before is not None and before.job in (None, job):
            warn("a run is open, and is finished now: call finish() before the next init()")
        staged = Config(allow_val_change=allow_val_change)
        if before is None:
            take_over(staged, process_config, allow=allow_val_change)
        # Not under the lock: adapters may need other ones, as that of an import.
        for source in sources:
            staged.update(source)
        with _lock():
            if _state.run is not before:
                continue  # another thread opened or ended a run meanwhile
            if before is not None:
                before.finish()
            _state.run = run = Run(job)
            at_end_of_job(run.finish)
            sys.argv[:] = rest
            _state.argv = sys.argv
            _state.named = [os.path.abspath(name) for name in named]  # noqa: PTH100 - keeps links
            take_over(process_config, staged, allow=allow_val_change)
            return run


def finish() -> None:
    """Ends the run that is open; does nothing where none is."""
    run = _state.run
    if run is not None:
        run.finish()


def _named_by_command() -> tuple[list[str], list[str]]:
    """The files that ``--configs`` names, and the command line without it.

    Those that were taken off the same ``sys.argv`` before are still what the person chose.
    """
    names, rest = config_files.take_configs(sys.argv)
    if not names and _state.argv is sys.argv:
        return _state.named, rest
    return names, rest


def _sources(config: object, named: list[str]) -> Iterator[object]:
    """What a config starts with, the defaults first."""
    defaults = config_files.defaults_file(sys.argv[0] if sys.argv else None, str(Path.cwd()))
    if defaults is not None:
        yield config_files.read_entries(defaults, rank=DEFAULT)
    if config is not None:
        yield Path(config) if isinstance(config, str) else config
    for path in config_files.named_in_environment(os.environ):
        yield config_files.read_entries(path, rank=PERSON, name=f"${config_files.VARIABLE}")
    for path in named:
        yield config_files.read_entries(path, rank=PERSON, name=config_files.OPTION)
