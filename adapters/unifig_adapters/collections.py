"""Named tuples, of ``collections.namedtuple`` and ``typing.NamedTuple``: by field."""

from __future__ import annotations

from typing import Any

from unifig import hookimpl

from ._defaults import Default

structures = ("_fields",)
rebuild_as = "dataclasses"


@hookimpl
def update(obj: Any) -> dict[str, Any] | None:
    """The fields of a named tuple, told from their defaults where there are any.

    None for anything else that has ``_fields``, as ast nodes do.
    """
    kind: Any = type(obj)
    if not issubclass(kind, tuple):
        return None
    values = dict(zip(kind._fields, obj, strict=True))
    # A class that is a named tuple by hand need not have defaults.
    for name, default in getattr(kind, "_field_defaults", {}).items():
        values[name] = Default(default).told(values[name])
    return values
