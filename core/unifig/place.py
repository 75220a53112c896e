"""The place in the program that called unifig: the nearest frame outside unifig's own packages."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Final

from .errors import UnifigWarning

_CORE: Final = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - what tracebacks hold is text
_OWN: Final = (_CORE + os.sep, os.sep + "unifig_adapters" + os.sep, os.sep + "pluggy" + os.sep)


def here() -> str:
    """``file:line`` of the caller's own code; the file as an absolute path where it is one."""
    frame = sys._getframe(1)  # noqa: SLF001 - the one way to know who called
    while frame.f_back is not None and _is_own(frame.f_code.co_filename):
        frame = frame.f_back
    name = frame.f_code.co_filename
    # The script's code has the name it was started by; its module knows the whole path.
    whole = frame.f_globals.get("__file__")
    if isinstance(whole, str) and whole.endswith(name):
        name = os.path.normpath(whole)  # not a/../train.py, as the command line may have it
    return f"{name}:{frame.f_lineno}"


def stack_level() -> int:
    """How many frames above the function that asks the caller's own code begins.

    In the form that ``warnings.warn`` takes as ``stacklevel``.
    """
    level = 1
    frame = sys._getframe(1)  # noqa: SLF001 - warnings itself has no other way
    while frame.f_back is not None and _is_own(frame.f_code.co_filename):
        frame = frame.f_back
        level += 1
    return level


def _is_own(filename: str) -> bool:
    return filename.startswith(_OWN[0]) or any(part in filename for part in _OWN[1:])


def warn(message: str) -> None:
    """Warns of something at the caller's line; Python shows each message once per line."""
    warnings.warn(message, UnifigWarning, stacklevel=stack_level())
