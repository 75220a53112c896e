"""The moment at which a program's configuration is complete, found by watching it run.

The interpreter itself tells of each call and each return (``sys.setprofile``); nothing of the
program or of a framework is changed. What counts, whichever comes first:

===========  ================================================================================
argparse     the program's call of ``parse_args()`` and its like returns
absl, TF 1   the flags are parsed, by ``app.run`` or by the program
Hydra        the task function is called, or the program's call of ``compose()`` returns
unifig       the program's call of ``init(config)`` or ``config.update()`` returns, or it logs
===========  ================================================================================

Where the function that called a parser may come to call another one, or the same once more, it runs
on, line by line, as long as that is so. A parser that refuses its arguments ends the program.
"""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType, FunctionType, MethodType
from typing import Any, Final, NoReturn

from unifig.names import type_name

from .flow import Flow
from .made import Made
from .places import Places
from .report import Found, Reporter

_PARSES: Final = (
    "parse_args",
    "parse_known_args",
    "parse_intermixed_args",
    "parse_known_intermixed_args",
    "parse_args_into_dataclasses",  # of transformers, whose parser is argparse's too
)
_FLAGS_OF: Final = ("absl.", "tensorflow.")

Handler = Callable[[FrameType, Any], None]


class _Parse:
    """A call of a parser by the program, under way."""

    def __init__(self, frame: FrameType, parser: Any) -> None:
        self.frame = frame
        self.parser = parser
        self.argv: list[str] | None = None
        """What it was given to parse; None for the command line."""
        self.is_known = False
        """Whether that is known by now."""
        self.args: Any = None
        """The Namespace that argparse itself made."""


class Watch:
    """Watches the threads of this process until something is found, and gives it to a reporter."""

    def __init__(self, places: Places, reporter: Reporter) -> None:
        self._places = places
        self._reporter = reporter
        self._first = threading.Lock()
        self._parses: dict[int, _Parse] = {}
        """By thread."""
        self._waiting: Found | None = None
        self._calls: dict[str, Handler] = {
            **dict.fromkeys(_PARSES, self._parse_begins),
            "sweep": self._sweep_begins,
            "launch": self._launch_begins,
            "run_job": self._job_begins,
            "init": self._init_begins,
            "log": self._log_begins,
        }
        self._returns: dict[str, Handler] = {
            **dict.fromkeys(_PARSES, self._parse_ends),
            "exit": self._parser_exits,
            "__call__": self._flags_end,
            "compose": self._compose_ends,
            "init": self._init_ends,
            "update": self._update_ends,
        }

    def start(self) -> None:
        """Watches this thread, and those that it starts."""
        call, return_ = self._calls.get, self._returns.get

        def seen(frame: FrameType, event: str, arg: Any) -> None:  # millions of times: no more
            if event == "call":
                handler = call(frame.f_code.co_name)
            elif event == "return":
                handler = return_(frame.f_code.co_name)
            else:
                return
            if handler is not None:
                handler(frame, arg)

        threading.setprofile(seen)
        sys.setprofile(seen)

    def stop(self) -> None:
        """Watches this thread no more."""
        threading.setprofile(None)
        sys.setprofile(None)
        sys.settrace(None)

    # The moment

    def _offer(self, found: Found, caller: FrameType | None) -> None:
        """Takes what was found, unless the calling function has another parser to come."""
        flow = None if caller is None else Flow(caller.f_code, _PARSES)
        if caller is None or flow is None or not flow.leads_on(caller.f_lasti):
            self._take(found)
        self._waiting, failing = found, False

        def step(frame: FrameType, event: str, _arg: Any) -> Any:
            nonlocal failing
            is_over = event == "line" and not flow.leads(frame.f_lasti)
            if (is_over or (event == "return" and not failing)) and self._waiting is found:
                self._take(found)
            failing = event == "exception"
            return step

        caller.f_trace = step
        sys.settrace(lambda *_: None)  # no other function, line by line

    def _take(self, found: Found) -> NoReturn:
        self._first.acquire()  # and for ever: another thread is to wait until the process has ended
        self.stop()
        self._reporter.tell(found)

    def _refuse(self, message: str) -> NoReturn:
        self._first.acquire()
        self.stop()
        self._reporter.fail(message)

    # argparse

    def _parse_begins(self, frame: FrameType, _arg: Any) -> None:
        parser, begun = _parser_of(frame), self._parses.get(threading.get_ident())
        if parser is None:
            return
        if begun is None:
            if not self._places.is_own(frame.f_back):
                return
            begun = self._parses[threading.get_ident()] = _Parse(frame, parser)
        if begun.parser is parser and not begun.is_known and _is_of(frame, "argparse"):
            argv = frame.f_locals["args"]
            begun.argv = list(argv) if isinstance(argv, (list, tuple)) else None
            begun.is_known = True

    def _parse_ends(self, frame: FrameType, arg: Any) -> None:
        begun = self._parses.get(threading.get_ident())
        if begun is None or _parser_of(frame) is not begun.parser:
            return
        made = arg[0] if isinstance(arg, tuple) and arg else arg
        if isinstance(made, sys.modules["argparse"].Namespace):
            begun.args = made
        if frame is not begun.frame:
            return
        del self._parses[threading.get_ident()]
        if not _is_return(frame) or (begun.args is None and made is None):
            return
        options = {"parser": begun.parser}
        if begun.argv is not None:
            options["argv"] = begun.argv
        what = f"{frame.f_code.co_name}() of the parser {begun.parser.prog!r}"
        place = self._places.line(frame)
        if begun.args is None:
            found = Found(what, place, made)
        else:
            found = Found(what, place, begun.args, options)
        self._offer(found, frame.f_back)

    def _parser_exits(self, frame: FrameType, _arg: Any) -> None:
        """Ends a program with its parser, for it may catch that, and go on without arguments."""
        if _is_of(frame, "argparse") and threading.get_ident() in self._parses:
            self._first.acquire()
            self.stop()
            self._reporter.end(frame.f_locals["status"])

    # absl and TensorFlow 1

    def _flags_end(self, frame: FrameType, _arg: Any) -> None:
        if not _is_of(frame, "absl.flags._flagvalues") or not _is_return(frame):
            return
        flags, caller = frame.f_locals["self"], frame.f_back
        by_framework = caller is not None and _module(caller).startswith(_FLAGS_OF)
        if by_framework or self._places.is_own(caller):
            self._offer(Found("the parsed flags", self._places.line(frame), flags), caller)

    # Hydra

    def _sweep_begins(self, frame: FrameType, _arg: Any) -> None:
        if _module(frame).startswith("hydra"):  # or one of its plugins
            self._note_what_is_made()

    def _note_what_is_made(self) -> None:
        """Not before it has to be: Python tells it of very much else."""
        if not self._reporter.before_exit:
            self._reporter.before_exit.append(partial(_tidy, Made()))

    def _launch_begins(self, frame: FrameType, _arg: Any) -> None:
        plugins = sys.modules.get("hydra.plugins.launcher")
        launcher = frame.f_locals.get("self")
        if plugins is None or not isinstance(launcher, plugins.Launcher):
            return
        if not _module(frame).startswith("hydra."):
            self._refuse(
                f"the launcher {type_name(type(launcher))} starts jobs in other processes, where "
                "they would run: check one job, without --multirun"
            )

    def _job_begins(self, frame: FrameType, _arg: Any) -> None:
        """From now on the next call of this frame that is the program's is waited for."""
        if not _is_of(frame, "hydra.core.utils"):
            return
        self._note_what_is_made()

        def seen(inner: FrameType, event: str, _arg: Any) -> None:
            if event == "call" and inner.f_back is frame:
                self._called_by_job(inner, frame)

        sys.setprofile(seen)

    def _called_by_job(self, frame: FrameType, job: FrameType) -> None:
        inside = job.f_locals
        is_task = frame.f_code is _code(inside["task_function"]) or self._places.is_own(frame)
        if not is_task or "task_cfg" not in inside:
            return
        notes = []
        if str(inside["config"].hydra.mode) == "RunMode.MULTIRUN":
            notes.append(
                "of --multirun this is the first job; the others differ by their overrides"
            )
        what, place = f"the config for {frame.f_code.co_qualname}()", self._places.line(frame)
        self._take(Found(what, place, inside["task_cfg"], notes=tuple(notes)))

    def _compose_ends(self, frame: FrameType, arg: Any) -> None:
        caller = frame.f_back
        if _is_of(frame, "hydra.compose") and _is_return(frame) and self._places.is_own(caller):
            self._offer(Found("compose()", self._places.line(frame), arg), caller)

    # unifig

    def _init_begins(self, frame: FrameType, _arg: Any) -> None:
        """Lets no run be opened that is recorded, whatever mode the program gives."""
        if _is_of(frame, "unifig.runs.opening"):
            frame.f_locals["mode"] = "disabled"  # which a tracing function may change, as pdb does

    def _init_ends(self, frame: FrameType, _arg: Any) -> None:
        if not _is_of(frame, "unifig.runs.opening") or not _is_return(frame):
            return
        if frame.f_locals["config"] is not None:
            found = Found(_CONFIG.format("after init()"), self._places.line(frame))
            self._offer(found, frame.f_back)

    def _update_ends(self, frame: FrameType, _arg: Any) -> None:
        if not _is_of(frame, "unifig.tree") or not _is_return(frame):
            return
        if self._places.is_own(frame.f_back) and _is_of_process(frame.f_locals["self"]):
            found = Found(_CONFIG.format("after config.update()"), self._places.line(frame))
            self._offer(found, frame.f_back)

    def _log_begins(self, frame: FrameType, _arg: Any) -> None:
        if _module(frame) in {"unifig.runs.opening", "unifig.runs.run"}:
            self._take(Found(_CONFIG.format("when it first logs"), self._places.line(frame)))


_CONFIG: Final = "the program's own unifig.config, {}"


def at_its_end(reporter: Reporter, place: str) -> None:
    """Reports what the config of a program has that has come to its end; goes on without any."""
    home = sys.modules.get("unifig._config")
    if home is not None and len(home.config):
        reporter.tell(Found(_CONFIG.format("at its end"), place))


def _is_of_process(node: Any) -> bool:
    """Whether a mapping is a part of the config of the process."""
    from unifig._config import config
    from unifig.tree import root

    return root(node) is config


def _tidy(made: Made) -> list[str]:
    """Takes away what Hydra wrote for the job, and says what could not be undone."""
    import logging
    import os

    from hydra.core.hydra_config import HydraConfig

    logging.shutdown()  # which has a file open
    if HydraConfig.initialized():
        os.chdir(HydraConfig.get().runtime.cwd)
    notes = [f"Hydra made {path}, which is still there" for path in made.remove()]
    return notes + [f"Hydra has written {path} anew" for path in made.overwritten]


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def _is_of(frame: FrameType, module: str) -> bool:
    return bool(frame.f_globals.get("__name__") == module)


def _parser_of(frame: FrameType) -> Any:
    """The ArgumentParser whose method a frame is; None where it is none."""
    argparse, code = sys.modules.get("argparse"), frame.f_code
    if argparse is None or not code.co_argcount:
        return None
    owner = frame.f_locals.get(code.co_varnames[0])
    return owner if isinstance(owner, argparse.ArgumentParser) else None


def _is_return(frame: FrameType) -> bool:
    """Whether a frame that ends does so by itself, and not by an exception."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")


def _code(function: Any) -> Any:
    """The code that runs when something is called, if it is Python's; else None."""
    while isinstance(function, partial):
        function = function.func
    if isinstance(function, MethodType):
        function = function.__func__
    if not isinstance(function, FunctionType):  # an object that can be called
        function = vars(type(function)).get("__call__")
    return function.__code__ if isinstance(function, FunctionType) else None
