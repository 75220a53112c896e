"""What runs beside a program: ``python -P -m unifig.cli.probe REPORT KIND TARGET ARGS…``.

``KIND`` is script, module or object.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import runpy
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from types import ModuleType, TracebackType
from typing import NoReturn

from unifig.cli.probe import objects
from unifig.cli.probe.places import Places
from unifig.cli.probe.report import Reporter
from unifig.cli.probe.watch import Watch, at_its_end


def main() -> None:
    """Starts the program as Python would, and watches it."""
    report, kind, target, *args = sys.argv[1:]
    reporter = Reporter(report)
    is_script = kind == "script"
    sys.argv[:] = [target if is_script else target.partition(":")[0], *args]
    sys.orig_argv[:] = [sys.orig_argv[0], *["-m"] * (not is_script), target, *args]
    if not os.environ.get("PYTHONSAFEPATH"):
        folder = os.path.dirname(os.path.realpath(target)) if is_script else os.getcwd()
        sys.path.insert(0, folder)
    try:
        place = _STARTS[kind](target, reporter)
    except SystemExit as end:
        if end.code in (None, 0):
            at_its_end(reporter, target)
        raise
    except Exception as error:  # noqa: BLE001 - as Python ends a program, without our own frames
        error.__traceback__ = _inside(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)
    at_its_end(reporter, place)


def _start_script(path: str, reporter: Reporter) -> str:
    whole = os.path.abspath(path)
    with _watched(os.path.dirname(whole), reporter):
        _run_script(path)
    return whole


def _start_module(name: str, reporter: Reporter) -> str:
    file, home = _file_of(name, reporter), _home_of(name)
    with _watched(home, reporter):
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    return file


def _start_object(target: str, reporter: Reporter) -> NoReturn:
    name, _, path = target.partition(":")
    os.environ.setdefault("HYDRA_MAIN_MODULE", "__main__")  # its configs are beside the file
    with _watched(_home_of(name), reporter):
        obj = objects.load(name, path, reporter)
        place = vars(sys.modules[name]).get("__file__") or name
        found = objects.found_in(obj, target, place, reporter)
    reporter.tell(found)


_STARTS = {"script": _start_script, "module": _start_module, "object": _start_object}


@contextlib.contextmanager
def _watched(home: str | None, reporter: Reporter) -> Iterator[None]:
    watch = Watch(Places(home), reporter)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def _run_script(path: str) -> None:
    """Runs a file, or a folder or archive with a ``__main__.py``, as ``python path`` does."""
    if not os.path.isfile(path) or path.endswith((".zip", ".pyz", ".pyc")):
        sys.path.pop(0)  # it goes in front by itself
        runpy.run_path(path, run_name="__main__")
        return
    whole = os.path.abspath(path)
    module = ModuleType("__main__")
    module.__file__ = whole
    module.__loader__ = SourceFileLoader("__main__", whole)
    module.__dict__.update(__builtins__=builtins, __annotations__={}, __cached__=None)
    sys.modules["__main__"] = module
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - to run the program is what was asked for


def _home_of(module: str) -> str | None:
    """The folder of the package that a module is in, which may be an installed one."""
    try:
        spec = find_spec(module.partition(".")[0])
    except ValueError:  # it is __main__, or the like
        return None
    folders = None if spec is None else spec.submodule_search_locations
    return next(iter(folders), None) if folders else None


def _file_of(module: str, reporter: Reporter) -> str:
    """The file of a module; reports one that is not there."""
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        reporter.fail(
            f"there is no module {module!r}: the current folder and Python's path are searched"
        )
    return spec.origin or module


def _inside(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback from the program's first frame on; all of it where none is the program's."""
    own = (__file__, "<frozen ", runpy.__file__, contextlib.__file__)
    inner = traceback
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(own):
        inner = inner.tb_next
    return inner


if __name__ == "__main__":
    main()
