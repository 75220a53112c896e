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
    from .errors import ConversionError as ConversionError
    from .errors import FileError as FileError
    from .errors import FlatKeyError as FlatKeyError
    from .errors import UnifigError as UnifigError
    from .errors import UnifigWarning as UnifigWarning
    from .errors import UnsupportedError as UnsupportedError
    from .files import read_file as read_file
    from .files import read_values as read_values
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
    from .runs.run import Run as Run
    from .runs.run import finish as finish
    from .runs.run import init as init
    from .selection import using as using
    from .story import Explanation as Explanation

_HOMES = {
    "_config": ("Config", "config"),
    "comparison": ("Diff",),
    "conversion": ("flatten", "to_flat"),
    "edit": ("Change",),
    "errors": (
        "AdapterError",
        "ConfigError",
        "ConfigKeyError",
        "ConversionError",
        "FileError",
        "FlatKeyError",
        "UnifigError",
        "UnifigWarning",
        "UnsupportedError",
    ),
    "files": ("read_file", "read_values"),
    "flat": ("Flat", "join", "split", "unflatten"),
    "hookspecs": ("Context", "hookimpl"),
    "origin": ("Origin", "Replaced", "Value"),
    "plugins": ("register_adapter",),
    "runs.run": ("Run", "finish", "init"),
    "selection": ("using",),
    "story": ("Explanation",),
}
"""The module that each public name lives in."""

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605 - the one list of public names, for import * and for tests


if not TYPE_CHECKING:  # for a type checker this would say that every name is there

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'unifig' has no attribute {name!r}")
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
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
