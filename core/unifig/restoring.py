"""Recorded values with their original types again.

A record is data: nothing of it is imported, evaluated or unpickled. Classes, functions and members
of an Enum are given back where their modules are loaded, by name.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum, Flag
from typing import Any, Final

from .errors import ConversionError
from .messages import excerpt
from .names import resolve


def restore(value: Any, type: str | None) -> Any:  # noqa: A002 - as an Origin names it
    """A recorded value as an object of the type that it had; ``type`` is that of its origin.

    The value itself where there is no type. What was a Path, a tuple, a Decimal and the like is
    made of the standard library, what was of NumPy or PyTorch where that is imported; members of an
    Enum, classes and functions are looked up in the modules that are loaded.

    Raises ConversionError where it can't be given back: an object that was recorded by its
    description, a large array, a class that is not loaded.

    >>> restore("data/x", "pathlib.PurePosixPath"), restore([1, 2], "tuple[int]")
    (PurePosixPath('data/x'), (1, 2))
    """
    if type is None:
        return value
    name, inner = _parsed(type)
    try:
        if isinstance(value, list):
            return _restored_list(value, name, inner)
        return _restored_one(value, name)
    except ConversionError:
        raise
    except (ValueError, TypeError, ArithmeticError, SyntaxError, LookupError) as error:
        raise _not_given_back(value, type, f"{_name_of(error)}: {error}") from error


def _parsed(type_: str) -> tuple[str, list[str]]:
    """A type's name, and those of the elements: ``tuple[int, str]``."""
    if not type_.endswith("]") or type_ == _BYTES_PATTERN or type_.startswith("re.Pattern[bytes]("):
        return type_, []
    name = re.match(r"(?:[^\[(]|\([^)]*\)\)?)*", type_)  # in whose brackets a shape may stand
    end = name.end() if name else 0
    return type_[:end], _listed(type_[end + 1 : -1])


def _listed(text: str) -> list[str]:
    """The types between commas that stand in no brackets."""
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and not depth:
            parts.append(text[begin:at])
            begin = at + 2
    return [*parts, text[begin:]]


def _restored_list(items: list[Any], name: str, inner: list[str]) -> Any:
    kinds = inner * len(items) if len(inner) == 1 else inner or [None] * len(items)  # type: ignore[list-item]
    restored = [restore(item, kind) for item, kind in zip(items, kinds, strict=True)]
    if name in _COLLECTIONS:
        return _COLLECTIONS[name](restored)
    base, told = _labelled(name)
    if base == "numpy.ndarray":
        return _module("numpy").array(items, dtype=told["dtype"]).reshape(_shape(told["shape"]))
    if base == "torch.Tensor":
        torch = _module("torch")
        dtype = restore(told["dtype"], "torch.dtype")
        return torch.tensor(items, dtype=dtype).reshape(_shape(told["shape"]))
    found = _loaded(name)
    if isinstance(found, type) and issubclass(found, (list, tuple, set, frozenset)):
        return found(restored)
    raise _not_given_back(items, name, "no such class of lists is known or loaded")


def _restored_one(value: Any, name: str) -> Any:
    base = name.partition("(")[0]
    if base in _ONES:
        return _ONES[base](value, name)
    if base.startswith("numpy."):
        return _of_numpy(value, name)
    if name == "torch.Tensor" or base == "torch.Tensor":
        raise _not_given_back(
            value, name, "a tensor of this size is recorded by its content's hash"
        )
    found = _loaded(name)
    if isinstance(found, type) and issubclass(found, type):  # a class of classes
        return _named(value, name)
    if isinstance(found, type) and issubclass(found, Enum):
        return _member(found, value)
    if isinstance(found, type) and issubclass(found, (int, float, str)):
        return found(value)
    if found is None:
        raise _not_given_back(value, name, "its class is not loaded: import its module first")
    raise _not_given_back(value, name, "it was recorded by its description")


def _member(cls: type[Enum], value: Any) -> Any:
    if value in cls.__members__:
        return cls[value]
    if issubclass(cls, Flag) and isinstance(value, str):
        if re.fullmatch(r"-?\d+", value):
            return cls(int(value))
        members = [cls[name] for name in value.split("|")]
        made = members[0]
        for member in members[1:]:
            made |= member
        return made
    raise _not_given_back(value, cls.__qualname__, "it has no member of this name")


def _loaded(name: str) -> Any | None:
    """What a dotted name stands for, by the longest part of it that is a loaded module."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        module = ".".join(parts[:end])
        if module in sys.modules:
            return resolve(f"{module}:{'.'.join(parts[end:])}" if parts[end:] else module)
    return resolve(f"builtins:{name}")


def _named(value: Any, type_: str) -> Any:
    """A class, a function or a module, by its dotted name."""
    found = _loaded(value) if isinstance(value, str) and "<" not in value else None
    if found is None:
        raise _not_given_back(value, type_, "nothing of this name is loaded")
    return found


# Of the standard library


def _of(module: str, name: str, make: str | None = None) -> Callable[[Any, str], Any]:
    """Makes an object of a class of the standard library, whose module is imported for it."""

    def made(value: Any, _: str) -> Any:
        cls = getattr(__import__(module), name)
        return getattr(cls, make)(value) if make else cls(value)

    return made


def _path(value: Any, type_: str) -> Any:
    import pathlib

    cls = getattr(pathlib, type_.rpartition(".")[2])
    # Windows makes no PosixPath, and the reverse: there it is the Path of the system.
    return pathlib.Path(value) if issubclass(cls, pathlib.Path) else cls(value)


_DURATION: Final = re.compile(r"(-?)P(\d+)DT(\d+)H(\d+)M(\d+)(?:\.(\d+))?S")


def _duration(value: Any, type_: str) -> Any:
    from datetime import timedelta

    match = _DURATION.fullmatch(value)
    if match is None:
        raise _not_given_back(value, type_, "it is not in the form P1DT2H3M4S")
    sign, days, hours, minutes, seconds, micros = match.groups()
    made = timedelta(
        days=int(days),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int((micros or "").ljust(6, "0")),
    )
    return -made if sign else made


def _arguments(value: str) -> tuple[Any, ...]:
    """The arguments in ``range(0, 3)``: literals, read by nothing that runs code."""
    found: tuple[Any, ...] = ast.literal_eval(f"({value.partition('(')[2][:-1]},)")
    return found


_BYTES_PATTERN: Final = "re.Pattern[bytes]"


def _pattern(value: Any, type_: str) -> Any:
    base, told = _labelled(type_)
    flags = 0
    for name in told.get("flags", "").split("|") if "flags" in told else ():
        flags |= re.RegexFlag[name.removeprefix("re.")]
    return re.compile(ast.literal_eval(value) if base == _BYTES_PATTERN else value, flags)


def _labelled(type_: str) -> tuple[str, dict[str, str]]:
    """``numpy.ndarray(dtype=int64, shape=(2,))`` as its name and what is said of it."""
    base, _, rest = type_.partition("(")
    return base, dict(part.split("=", 1) for part in _listed(rest[:-1])) if rest else {}


def _same(value: Any, _: str) -> Any:
    return value


_COLLECTIONS: Final[dict[str, Callable[[Iterable[Any]], Any]]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "collections.deque": lambda items: __import__("collections").deque(items),
}
_ONES: Final[dict[str, Callable[[Any, str], Any]]] = {
    **dict.fromkeys(("NoneType", "bool", "int", "float", "str"), _same),
    **dict.fromkeys(
        [f"pathlib.{kind}Path" for kind in ("Posix", "Windows", "PurePosix", "PureWindows")], _path
    ),
    "complex": lambda value, _: complex(value),
    "bytes": lambda value, _: ast.literal_eval(value),
    "bytearray": lambda value, _: bytearray(ast.literal_eval(value)),
    "memoryview": lambda value, _: memoryview(ast.literal_eval(value)),
    "ellipsis": lambda *_: ...,
    "NotImplementedType": lambda *_: NotImplemented,
    "range": lambda value, _: range(*_arguments(value)),
    "slice": lambda value, _: slice(*_arguments(value)),
    "decimal.Decimal": _of("decimal", "Decimal"),
    "fractions.Fraction": _of("fractions", "Fraction"),
    "uuid.UUID": _of("uuid", "UUID"),
    "datetime.date": _of("datetime", "date", "fromisoformat"),
    "datetime.time": _of("datetime", "time", "fromisoformat"),
    "datetime.datetime": _of("datetime", "datetime", "fromisoformat"),
    "datetime.timedelta": _duration,
    "re.Pattern": _pattern,
    _BYTES_PATTERN: _pattern,
    **dict.fromkeys(("type", "function", "builtin_function_or_method", "module"), _named),
    "torch.dtype": lambda value, _: getattr(_module("torch"), value.removeprefix("torch.")),
    "torch.device": lambda value, _: _module("torch").device(value),
}


# Of NumPy and PyTorch, where they are imported


def _module(name: str) -> Any:
    if name not in sys.modules:
        raise ConversionError(f"{name} is not imported, so that nothing of it can be given back")
    return sys.modules[name]


def _of_numpy(value: Any, type_: str) -> Any:
    numpy = _module("numpy")
    base, told = _labelled(type_)
    if base.startswith(("numpy.dtype", "numpy.dtypes.")):
        return numpy.dtype(value)
    if base == "numpy.ndarray" and told.get("shape") == "()":
        return numpy.array(value, dtype=told["dtype"])
    found = resolve(f"numpy:{base.removeprefix('numpy.')}")
    if isinstance(found, type) and issubclass(found, numpy.generic) and base not in _WITH_UNITS:
        return found(value)
    raise _not_given_back(value, type_, "its text does not say all of it")


_WITH_UNITS: Final = ("numpy.datetime64", "numpy.timedelta64", "numpy.void", "numpy.object_")


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip("()").split(",") if part.strip())


# Errors


def _name_of(error: BaseException) -> str:
    return error.__class__.__name__


def _not_given_back(value: Any, type_: str, why: str) -> ConversionError:
    return ConversionError(f"{excerpt(value)} can't be given back as {type_}: {why}")
