"""unifig records the configuration of any Python program.

``unifig.config.update(obj)`` takes what the program already has and keeps one flat, typed,
lossless record of it. Everything here is loaded on first use: ``import unifig`` costs nothing.
"""

import sys

__version__ = "0.1.0"

TYPE_CHECKING = False  # what typing.TYPE_CHECKING is, without the cost of importing typing
if TYPE_CHECKING:
    from ._config import Config as Config
    from ._config import config as config
    from .comparison import Diff as Diff
    from .conversion import flatten as flatten
    from .conversion import to_flat as to_flat
    from .edit import Change as Change
    from .errors import AdapterError as AdapterError
    from .errors import ConfigError as ConfigError
    from .errors import ConfigKeyError as ConfigKeyError
    from .errors import ConflictError as ConflictError
    from .errors import ConversionError as ConversionError
    from .errors import FileError as FileError
    from .errors import FilterError as FilterError
    from .errors import FlatKeyError as FlatKeyError
    from .errors import RunError as RunError
    from .errors import RunNotFoundError as RunNotFoundError
    from .errors import RunPathError as RunPathError
    from .errors import StoreError as StoreError
    from .errors import UnifigError as UnifigError
    from .errors import UnifigWarning as UnifigWarning
    from .errors import UnsupportedError as UnsupportedError
    from .files import read_file as read_file
    from .files import read_values as read_values
    from .files import to_yaml as to_yaml
    from .flat import Flat as Flat
    from .flat import join as join
    from .flat import split as split
    from .flat import unflatten as unflatten
    from .hookspecs import Context as Context
    from .hookspecs import hookimpl as hookimpl
    from .origin import Origin as Origin
    from .origin import Replaced as Replaced
    from .origin import Value as Value
    from .plugins import register_adapter as register_adapter
    from .rebuilding import rebuild as rebuild
    from .rebuilt import Part as Part
    from .rebuilt import RebuildContext as RebuildContext
    from .rebuilt import Rebuilt as Rebuilt
    from .rebuilt import Wanted as Wanted
    from .restoring import retyped as retyped
    from .runs.api import Api as Api
    from .runs.opening import finish as finish
    from .runs.opening import init as init
    from .runs.opening import log as log
    from .runs.recorded import RecordedRun as RecordedRun
    from .runs.recorded import Runs as Runs
    from .runs.run import Run as Run
    from .runs.summary import Summary as Summary
    from .selection import using as using
    from .story import Explanation as Explanation

    run: Run | None
    """The run that is open; None where none is."""
    summary: Summary | None
    """Its summary."""

_HOMES = {
    "_config": ("Config", "config"),
    "comparison": ("Diff",),
    "conversion": ("flatten", "to_flat"),
    "edit": ("Change",),
    "errors": (
        "AdapterError",
        "ConfigError",
        "ConfigKeyError",
        "ConflictError",
        "ConversionError",
        "FileError",
        "FilterError",
        "FlatKeyError",
        "RunError",
        "RunNotFoundError",
        "RunPathError",
        "StoreError",
        "UnifigError",
        "UnifigWarning",
        "UnsupportedError",
    ),
    "files": ("read_file", "read_values", "to_yaml"),
    "flat": ("Flat", "join", "split", "unflatten"),
    "hookspecs": ("Context", "hookimpl"),
    "origin": ("Origin", "Replaced", "Value"),
    "plugins": ("register_adapter",),
    "rebuilding": ("rebuild",),
    "restoring": ("retyped",),
    "rebuilt": ("Part", "RebuildContext", "Rebuilt", "Wanted"),
    "runs.api": ("Api",),
    "runs.opening": ("finish", "init", "log"),
    "runs.recorded": ("RecordedRun", "Runs"),
    "runs.run": ("Run",),
    "runs.summary": ("Summary",),
    "selection": ("using",),
    "story": ("Explanation",),
}
"""The module that each public name lives in."""

_HOME = {name: home for home, names in _HOMES.items() for name in names}

_OF_RUN = ("run", "summary")
"""Names that stand for the run that is open."""

__all__ = sorted([*_HOME, *_OF_RUN])  # noqa: PLE0605 - the one list of public names


if not TYPE_CHECKING:  # for a type checker this would say that every name is there

    def __getattr__(name: str) -> object:
        if name in _OF_RUN:  # asked for anew each time, for runs come and go
            from .runs.opening import current_run

            run = current_run()
            return run if run is None or name == "run" else run.summary
        if name not in _HOME:
            from .absent import told_of_module

            raise AttributeError(told_of_module(name))
        from importlib import import_module

        value = getattr(import_module(f"unifig.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(type(sys)):  # type: ignore[misc]  # types.ModuleType, without importing types
    """The package itself; it keeps ``unifig.config`` from being rebound in silence."""

    def __setattr__(self, name: str, value: object) -> None:
        # The same object again is what "unifig.config |= …" ends with.
        if name == "config" and value is not self.__dict__.get("config"):
            raise AttributeError(
                "unifig.config can't be replaced, for whoever has it already would not notice: "
                "write unifig.config.update(…) to record values"
            )
        if name in _OF_RUN:
            raise AttributeError(f"unifig.{name} is that of the open run, and can't be replaced")
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
