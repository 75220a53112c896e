"""Every error and warning that unifig raises.

    Exception
    └── UnifigError                      anything below, to catch them all
        ├── ConfigError                  a write that the config can't take
        │   └── ConflictError            an edit of a run that somebody else has edited meanwhile
        ├── ConfigKeyError   (KeyError)  a key that the config does not have
        ├── FlatKeyError     (ValueError) a flat key that is malformed, or clashes with another
        ├── ConversionError  (ValueError) an object that can't become plain data
        │   └── UnsupportedError (TypeError) an object that no adapter converts
        ├── AdapterError     (RuntimeError) an adapter that is broken, or broke a rule
        ├── FileError        (ValueError) a configuration file that can't be read
        ├── RunError                     a run that can't be opened, continued or recorded
        ├── RunPathError     (ValueError) a text that is no path of runs
        ├── RunNotFoundError (LookupError) a run that is not in the store
        ├── FilterError      (ValueError) a filter or an order of runs that makes no sense
        └── StoreError       (RuntimeError) a store that can't be opened, read or written

    UserWarning
    └── UnifigWarning                    something was recorded, but not the way one might expect

A message names the thing, the value, the place and the remedy, in this order.
"""

from __future__ import annotations


class UnifigError(Exception):
    """The root of unifig's errors."""


class ConfigError(UnifigError):
    """A write that the config can't take; the config is what it was."""


class ConflictError(ConfigError):
    """An edit of a recorded run that somebody else has edited meanwhile; nothing was written."""


class ConfigKeyError(UnifigError, KeyError):
    """A key that the config does not have."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which turns a sentence into a quoted one.
        return str(self.args[0]) if self.args else ""


class FlatKeyError(UnifigError, ValueError):
    """A flat key that is malformed, or that clashes with another one."""


class ConversionError(UnifigError, ValueError):
    """An object that can't become plain data: cyclic, too deep, two keys that would be one."""


class UnsupportedError(ConversionError, TypeError):
    """An object that no adapter converts."""


class AdapterError(UnifigError, RuntimeError):
    """An adapter that raised, or that answered with something that is no answer."""


class FileError(UnifigError, ValueError):
    """A configuration file that can't be read; the message gives file and line."""


class RunError(UnifigError):
    """A run that can't be opened, continued or recorded."""


class RunPathError(UnifigError, ValueError):
    """A text that is no path of runs: ``entity/project/id``."""


class RunNotFoundError(UnifigError, LookupError):
    """A run that is not in the store."""


class FilterError(UnifigError, ValueError):
    """A filter or an order of runs that makes no sense."""


class StoreError(UnifigError, RuntimeError):
    """A store of runs that can't be opened, read or written."""


class UnifigWarning(UserWarning):
    """Something was recorded, but not the way one might expect."""
