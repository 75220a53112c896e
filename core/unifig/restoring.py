"""Recorded values with their original types again.

A record is data: nothing of it is imported, evaluated or unpickled. Classes, functions and members
of an Enum are given back where their modules are loaded, by name.
"""

from __future__ import annotations

import ast
import functools
import operator
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum, Flag
from typing import Any, Final

from .errors import ConversionError
from .messages import excerpt
from .names import resolve, type_name


def retyped(value: Any, type: str | None) -> Any:  # noqa: A002 - as an Origin names it
    """A recorded value as an object of the type that it had; ``type`` is that of its origin.

    The value itself where there is no type. What was a Path, a tuple, a Decimal and the like is
    made of the standard library, what was of NumPy or PyTorch where that is imported; members of an
    Enum, classes and functions are looked up in the modules that are loaded. The text of a
    mapping's key is given back in the same way, by the type in ``key_types``.

    Raises ConversionError where it can't be given back: an object that was recorded by its
    description, a large array, a class that is not loaded.

    >>> retyped("data/x", "pathlib.PurePosixPath"), retyped([1, 2], "tuple"), retyped("3", "int")
    (PurePosixPath('data/x'), (1, 2), 3)
    """
    if type is None:
        return value
    name, inner = _parsed(type)
    try:
        if isinstance(value, list):
            return _restored_list(value, name, inner)
        if isinstance(value, dict):
            return _restored_mapping(value, name)
        return _restored_one(value, name)
    except ConversionError:
        raise
    except Exception as error:  # any text may be meant for any class, whose errors are its own
        raise _not_given_back(value, type, f"{_name_of(error)}: {error}") from error


def _parsed(type_: str) -> tuple[str, list[str]]:
    """A type's name, and those of the elements: ``tuple[int, str]``."""
    if not type_.endswith("]") or type_ == _BYTES_PATTERN:
        return type_, []
    depth, begin = 0, len(type_)
    while begin and (depth or begin == len(type_)):  # the bracket that the last one closes
        begin -= 1
        depth += (type_[begin] in "])") - (type_[begin] in "[(")
    return type_[:begin], _listed(type_[begin + 1 : -1])


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
    restored = [retyped(item, kind) for item, kind in zip(items, kinds, strict=True)]
    if name in _COLLECTIONS:
        return _COLLECTIONS[name](restored)
    base, told = _labelled(name)
    if base == "numpy.ndarray":
        dtype = _dtype(told["dtype"])
        return _module("numpy").array(restored, dtype=dtype).reshape(_shape(told["shape"]))
    if base == "torch.Tensor":
        torch = _module("torch")
        dtype = retyped(told["dtype"], "torch.dtype")
        return torch.tensor(restored, dtype=dtype).reshape(_shape(told["shape"]))
    return _made(_loaded(base), (list, tuple, set, frozenset), restored, name)


def _restored_mapping(items: dict[str, Any], name: str) -> Any:
    if name == "types.SimpleNamespace":
        from types import SimpleNamespace

        return SimpleNamespace(**items)
    return _made(_loaded(name), (dict,), items, name)


def _restored_one(value: Any, name: str) -> Any:
    base = name.partition("(")[0]
    if base in _ONES:
        return _checked(_ONES[base](value, name), value, base)
    if base.startswith("numpy."):
        return _of_numpy(value, name)
    if base == "torch.Tensor":
        return _of_torch(value, name)
    found = _loaded(name)
    if isinstance(found, type) and issubclass(found, type):  # a class of classes
        return _checked(_named(value, name), value, name)
    if isinstance(found, type) and issubclass(found, Enum):
        return _member(found, value)
    return _made(found, (int, float, str), value, name)


def _made(cls: Any, bases: tuple[type, ...], value: Any, name: str) -> Any:
    """An object of the program's own class, or of another one, that only adds to a plain kind."""
    if cls is None:
        why = _UNSAID.get(name, "its class is not loaded: import its module first")
        if "<locals>" in name:
            why = "its class stands in a function, where no name leads to it"
        raise _not_given_back(value, name, why)
    is_kind = isinstance(cls, type) and issubclass(cls, bases)
    if is_kind:
        return _checked(cls(value), value, name)
    raise _not_given_back(value, name, "the record does not hold all of such an object")


_UNSAID: Final = {
    "method": "the record does not say of which object it is",
    "method-wrapper": "the record does not say of which object it is",
    **dict.fromkeys(
        [f"{kind}_{part}" for kind in ("dict", "odict") for part in ("keys", "values", "items")],
        "the record does not hold the mapping",
    ),
}


def _checked(made: Any, value: Any, name: str) -> Any:
    """An object that was made, of which the record says the class."""
    cls = type(made)
    is_path = name.startswith("pathlib.") and isinstance(made, _paths())
    is_class = name == "type" and isinstance(made, type)  # whatever its own class is
    if type_name(cls) == name.removesuffix("[bytes]") or is_path or is_class:
        return made
    raise _not_given_back(value, name, f"it would be of type {type_name(cls)}")


def _member(cls: type[Enum], value: Any) -> Any:
    if value in cls.__members__:
        return cls[value]
    if issubclass(cls, Flag) and isinstance(value, str):
        numbers = [
            int(name) if re.fullmatch(r"-?\d+", name) else cls[name].value
            for name in value.split("|")
        ]
        return cls(functools.reduce(operator.or_, numbers))
    known = ", ".join(cls.__members__)
    raise _not_given_back(value, type_name(cls), f"it has no member of this name; it has: {known}")


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
    return found.__func__ if isinstance(found, staticmethod) else found


# Of the standard library


def _of(module: str, name: str, make: str | None = None) -> Callable[[Any, str], Any]:
    """Makes an object of a class of the standard library, whose module is imported for it."""

    def made(value: Any, _: str) -> Any:
        cls = getattr(__import__(module), name)
        return getattr(cls, make)(value) if make else cls(value)

    return made


def _path(value: Any, type_: str) -> Any:
    import pathlib

    cls: type[pathlib.PurePath] = getattr(pathlib, type_.rpartition(".")[2])
    # Windows makes no PosixPath, and the reverse: there it is the Path of the system.
    return pathlib.Path(value) if issubclass(cls, pathlib.Path) else cls(value)


def _paths() -> type:
    from pathlib import PurePath

    return PurePath


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


def _literal(value: Any, _: str) -> Any:
    """Bytes, a tuple that is a key: written as a literal, read by nothing that runs code."""
    return ast.literal_eval(value)


def _scalar(value: Any, type_: str) -> Any:
    """A value that is recorded as it is; as a mapping's key, by its text."""
    if not isinstance(value, str) or type_ == "str":
        return value
    if type_ == "float":
        return float(value)
    return int(value, 0) if type_ == "int" else ast.literal_eval(value)


_CODE: Final = (
    "type", "module", "function", "builtin_function_or_method", "method_descriptor",
    "wrapper_descriptor", "functools._lru_cache_wrapper", "numpy.ufunc",
    "numpy._ArrayFunctionDispatcher",
)  # fmt: skip
"""Types of what is recorded by its dotted name, and looked up by it."""

_COLLECTIONS: Final[dict[str, Callable[[Iterable[Any]], Any]]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "collections.deque": lambda items: __import__("collections").deque(items),
}
_ONES: Final[dict[str, Callable[[Any, str], Any]]] = {
    **dict.fromkeys(("NoneType", "bool", "int", "float", "str"), _scalar),
    **dict.fromkeys(("bytes", "tuple"), _literal),
    **dict.fromkeys(
        [f"pathlib.{kind}Path" for kind in ("Posix", "Windows", "PurePosix", "PureWindows")], _path
    ),
    "complex": lambda value, _: complex(value),
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
    **dict.fromkeys(_CODE, _named),
    **dict.fromkeys(
        ("torch.dtype", "torch.layout", "torch.memory_format"),
        lambda value, _: vars(_module("torch"))[value.removeprefix("torch.")],
    ),
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
        return _dtype(value)
    if base == "numpy.ndarray" and told.get("shape") == "()":
        dtype = _dtype(told["dtype"])
        return numpy.array(ast.literal_eval(value) if dtype.kind == "S" else value, dtype=dtype)
    if base == "numpy.ndarray":
        raise _not_given_back(value, type_, "an array of this size is recorded by its hash")
    if base == "numpy.timedelta64":
        return _numpy_duration(value, type_)
    found = resolve(f"numpy:{base.removeprefix('numpy.')}")
    if isinstance(found, type) and issubclass(found, numpy.generic) and base not in _UNTOLD:
        return found(ast.literal_eval(value) if base == "numpy.bytes_" else value)
    raise _not_given_back(value, type_, "its text does not say all of it")


_UNTOLD: Final = ("numpy.void", "numpy.object_")
_UNITS: Final = {
    "years": "Y", "months": "M", "weeks": "W", "days": "D", "hours": "h", "minutes": "m",
    "seconds": "s", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns",
    "picoseconds": "ps", "femtoseconds": "fs", "attoseconds": "as",
}  # fmt: skip


def _numpy_duration(value: str, type_: str) -> Any:
    number, _, unit = value.partition(" ")
    if unit not in _UNITS:
        raise _not_given_back(value, type_, "its text does not say its unit")
    return _module("numpy").timedelta64(int(number), _UNITS[unit])


def _dtype(text: str) -> Any:
    """A dtype by its name, or one with fields by what it says of them."""
    is_made_of_fields = text.startswith(("[", "{", "("))
    return _module("numpy").dtype(ast.literal_eval(text) if is_made_of_fields else text)


def _of_torch(value: Any, type_: str) -> Any:
    _, told = _labelled(type_)
    if told.get("shape") != "()":
        raise _not_given_back(value, type_, "a tensor of this size is recorded by its hash")
    dtype = retyped(told["dtype"], "torch.dtype")
    return _module("torch").tensor(value, dtype=dtype)


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip("()").split(",") if part.strip())


# Errors


def _name_of(error: BaseException) -> str:
    return error.__class__.__name__


def _not_given_back(value: Any, type_: str, why: str) -> ConversionError:
    return ConversionError(f"{excerpt(value)} can't be given back as {type_}: {why}")
