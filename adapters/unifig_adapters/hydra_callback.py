"""A callback of Hydra's that records every job of a program as a run, without a line of Python.

::

    hydra:
      callbacks:
        unifig:
          _target_: unifig_adapters.hydra_callback.Callback

Hydra makes it in the process that the person started, and hands it to those that run the jobs: what
is known in the first alone, as the command line, it carries along. Hydra itself turns what it
raises into a warning, and the job goes on.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobStatus
from hydra.experimental.callback import Callback as HydraCallback
from omegaconf import OmegaConf

from unifig import init

from ._hydra_line import line_of

if TYPE_CHECKING:
    from hydra.core.utils import JobReturn
    from omegaconf import DictConfig

    from unifig import Run

_MULTIRUN: Final = ("--multirun", "-m")


class Callback(HydraCallback):
    """Opens a run when a job starts, and ends it with the job.

    Its options are arguments of :func:`unifig.init`, and hold for the run of each job. Unless told
    ``group`` is the folder of the multirun, and ``name`` the overrides of the job.
    """

    def __init__(
        self,
        *,
        project: str | None = None,
        entity: str | None = None,
        name: str | None = None,
        group: str | None = None,
        job_type: str | None = None,
        tags: Iterable[str] | None = None,
        notes: str | None = None,
        mode: str | None = None,
        dir: str | None = None,  # noqa: A002 - the name that init() has for it
    ) -> None:
        self._options: dict[str, Any] = {
            "project": project,
            "entity": entity,
            "name": name,
            "group": group,
            "job_type": job_type,
            "tags": tags if tags is None or isinstance(tags, str) else list(tags),
            "notes": notes,
            "mode": mode,
            "dir": None if dir is None else str(Path(dir).expanduser().absolute()),
        }
        self._program = _program()
        self._is_multirun = False
        self._run: Run | None = None
        self._watched: weakref.ref[Any] | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's
        """Finds out what all jobs of a multirun have in common."""
        self._is_multirun = True
        if self._options["group"] is None:
            self._options["group"] = _from_start(config, str(config.hydra.sweep.dir))

    def on_job_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's
        """Opens the run of a job, which an ``init()`` in the job joins."""
        options = dict(self._options)
        options["name"] = options["name"] or config.hydra.job.override_dirname or None
        told = {"hydra": _about(config)}
        if self._is_multirun:
            told |= self._command(config)
        # What the job records of its own must not fail for what stands there without its doing.
        self._run = init(config, metadata=told, joinable=True, allow_val_change=True, **options)
        # An exit and a Ctrl-C, which Hydra tells no callback of, can be seen in this: it puts the
        # config that it keeps for a job away while they leave the job.
        self._watched = weakref.ref(HydraConfig.instance().cfg, self._job_was_left)

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:  # noqa: ARG002 - Hydra's
        """Ends the run of a job, as the job has ended."""
        is_failed = job_return.status == JobStatus.FAILED
        # The property would raise it, and tell it to the person once more.
        self._end(job_return._return_value if is_failed else None)  # noqa: SLF001

    def _job_was_left(self, _: object) -> None:
        self._end(sys.exc_info()[1])

    def _end(self, error: BaseException | None) -> None:
        run, self._run, self._watched = self._run, None, None
        if run is not None:
            run.end(error)

    def _command(self, config: DictConfig) -> dict[str, Any]:
        """The command line of the program, and the one that runs just this job again."""
        own: Any = OmegaConf.to_container(config.hydra, resolve=False)
        words = [word for argument in line_of(own, is_job=True) for word in argument]
        given = self._program["argv"]
        is_asked = any(word in _MULTIRUN or word.startswith("hydra.mode=") for word in given)
        more = [] if is_asked else ["hydra.mode=RUN"]  # a config file asks for it
        return {**self._program, "arguments": [*words, *more]}


def _program() -> dict[str, Any]:
    """The program that the person started: its file, its command line, and how it was started."""
    told: dict[str, Any] = {"argv": list(sys.argv)}
    words, arguments = [sys.executable, *sys.orig_argv[1:]], sys.argv[1:]
    is_whole = words[len(words) - len(arguments) :] == arguments
    told["command"] = (
        words[: len(words) - len(arguments)] if is_whole else [sys.executable, sys.argv[0]]
    )
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return told if main is None else {**told, "program": str(Path(main).absolute())}


def _about(config: DictConfig) -> dict[str, Any]:
    """What Hydra knows of a job."""
    own = config.hydra
    choices: Any = OmegaConf.to_container(own.runtime.choices)
    number = {} if OmegaConf.is_missing(own.job, "num") else {"num": own.job.num}
    return {
        "job": own.job.name,
        **number,
        "config": own.job.config_name,
        "overrides": list(own.overrides.task),
        "choices": {
            name: chosen for name, chosen in choices.items() if not name.startswith("hydra/")
        },
        "output_dir": own.runtime.output_dir,
        "version": hydra.__version__,
    }


def _from_start(config: DictConfig, folder: str) -> str:
    """A folder as a text: from the one that the program was started in, where it is inside."""
    start = Path(config.hydra.runtime.cwd).resolve()
    whole = (start / folder).resolve()
    inside = whole.is_relative_to(start)
    return (whole.relative_to(start) if inside else whole).as_posix()
