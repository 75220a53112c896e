"""How a process ends, or goes on as two: what an open run has to hear of.

Nothing is put in the place of anything: Python's own hooks at exit and at a fork, and a handler of
SIGTERM only where the program has none.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class _Ends:
    """What is to be called, once it was asked for."""

    at_exit: Callable[[], None] | None = None
    at_signal: Callable[[str], None] | None = None
    after_fork: Callable[[], None] | None = None
    owner: int | None = None
    """The process whose signal it is."""


def watch(
    at_exit: Callable[[], None],
    at_signal: Callable[[str], None],
    after_fork: Callable[[], None],
) -> None:
    """Says what is to be called.

    When the interpreter ends, at SIGTERM with its name, and in a process that was forked off. What
    is called at a signal must take no lock; the process ends by that signal afterwards.
    """
    if _Ends.at_exit is None:
        atexit.register(_at_exit)
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=_after_fork)
    _Ends.at_exit, _Ends.at_signal, _Ends.after_fork = at_exit, at_signal, after_fork
    _take_signal()


def unwatch() -> None:
    """Gives SIGTERM back; the rest may stay."""
    if _is_main() and _handler() is _at_signal:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def unhandled() -> BaseException | None:
    """The exception that ended the program, or that the interpreter told of last."""
    error = sys.__dict__.get("last_exc") or sys.__dict__.get("last_value")
    return error if isinstance(error, BaseException) else None


def _take_signal() -> None:
    if sys.platform != "win32" and _is_main() and _handler() is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _at_signal)
        _Ends.owner = os.getpid()


def _handler() -> Any:
    return signal.getsignal(signal.SIGTERM)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _at_exit() -> None:
    if _Ends.at_exit is not None:
        _Ends.at_exit()


def _after_fork() -> None:
    # A worker may wait for work in C for ever, where no handler of Python's is called.
    if _handler() is _at_signal:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if _Ends.after_fork is not None:
        _Ends.after_fork()


def _at_signal(number: int, _frame: FrameType | None) -> None:
    if _Ends.at_signal is not None and os.getpid() == _Ends.owner:
        _Ends.at_signal(signal.Signals(number).name)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
