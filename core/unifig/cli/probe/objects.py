"""An object that is named, ``module:object``, and what is made of it."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
from types import ModuleType
from typing import Any

from unifig.messages import near, one_line
from unifig.names import dotted, type_name

from .report import Found, Reporter


def load(module: str, path: str, reporter: Reporter) -> Any:
    """The object at a dotted path in a module; the module is imported.

    Where one of them is not there, that is reported, with near names.
    """
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # a module that the program wants
        reporter.fail(
            f"there is no module {module!r}{near(module, _modules())}: the current folder and "
            "Python's path are searched"
        )
    known = module
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            what = "module" if isinstance(found, ModuleType) else type_name(type(found))
            reporter.fail(f"the {what} {known} has no attribute {name!r}{near(name, dir(found))}")
        known = f"{known}.{name}"
    return found


def _modules() -> list[str]:
    return [found.name for found in pkgutil.iter_modules([os.getcwd()])]


def found_in(obj: Any, name: str, place: str | None, reporter: Reporter) -> Found:
    """What would be recorded of an object: by itself, or of what it gives when it is called.

    A parser and flags parse the arguments. Where nothing comes of a call, that is reported.
    """
    if inspect.isclass(obj):
        name, obj = f"{name}()", _called(obj, name, reporter)
    elif inspect.isroutine(obj):
        name, obj = f"{name}()", _called(obj, name, reporter)
        if obj is None:
            reporter.fail(
                f"{name} gave None, and parsed nothing on its way: name what has or gives the "
                "configuration"
            )
    flags = _flags_of(obj)
    if flags is not None and not flags.is_parsed():
        _parse(flags, reporter)
    return Found(name, place, obj)


def _called(obj: Any, name: str, reporter: Reporter) -> Any:
    try:
        needed = [
            at.name
            for at in inspect.signature(obj, follow_wrapped=False).parameters.values()
            if at.default is at.empty and at.kind not in (at.VAR_POSITIONAL, at.VAR_KEYWORD)
        ]
    except ValueError:  # it is not written in Python
        needed = []
    if needed:
        what = "class" if inspect.isclass(obj) else "function"
        reporter.fail(
            f"the {what} {dotted(obj)} needs {', '.join(needed)}: name an object of it, or a "
            f"function without arguments that gives one, instead of {name}"
        )
    return obj()


def _flags_of(obj: Any) -> Any:
    """The flags that an object is, or has in it; None for anything else."""
    absl = sys.modules.get("absl.flags")
    if absl is None:
        return None
    tensorflow = sys.modules.get("tensorflow.python.platform.flags")
    if obj is absl or (tensorflow is not None and obj is tensorflow):
        obj = obj.FLAGS
    if tensorflow is not None and type(obj) is tensorflow._FlagValuesWrapper:  # noqa: SLF001 - the class has no other name
        obj = vars(obj)["__wrapped"]
    return obj if isinstance(obj, absl.FlagValues) else None


def _parse(flags: Any, reporter: Reporter) -> None:
    error = sys.modules["absl.flags"].Error
    try:
        flags(sys.argv)
    except error as wrong:
        reporter.fail(f"the flags can't be parsed: {one_line(wrong)}")
