"""Parquet: each column of one type where all lines agree, and JSON where they do not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

from unifig import UnifigError
from unifig.cli.output import json_text

from .records import FIRST_OF_HISTORY, NUMBERS, TIMES, Record
from .spool import Spool

Kind = Literal["bool", "int64", "double", "string", "time", "json"]
"""What a column holds; ``json`` is text that is JSON."""

METADATA: Final = "unifig.columns"
"""Where the schema's metadata say of each column what it holds, as JSON."""

_AT_ONCE: Final = 1000  # lines
_EXACT: Final = 2**53  # whole numbers up to this are floats as well
_KINDS: Final[dict[type, Kind]] = {bool: "bool", int: "int64", float: "double", str: "string"}


def check() -> None:
    """Raises UnifigError where pyarrow is not installed."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: F401 - to see if it is there
    except ModuleNotFoundError as error:
        raise UnifigError('Parquet needs pyarrow: pip install "unifig[parquet]"') from error


def write(spool: Spool, path: str) -> None:
    """Writes lines into a file. Raises OSError where that can't be written."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = _kinds(spool)
    types = {
        "bool": pa.bool_(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    fields = [pa.field(name, types.get(kind, pa.string())) for name, kind in kinds.items()]
    schema = pa.schema(fields, metadata={METADATA: json.dumps(kinds)})
    with parquet.ParquetWriter(path, schema) as writer:
        lines = iter(spool)
        while some := list(islice(lines, _AT_ONCE)):
            columns = [
                pa.array(list(_cells(some, name, kinds[name])), field.type)
                for name, field in zip(kinds, fields, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _kinds(spool: Spool) -> dict[str, Kind]:
    """What each column holds, by its name."""
    seen: dict[str, set[Kind]] = {name: set() for name in spool.columns}
    mixed: set[str] = set()
    for line in spool:
        for name, value in line.items():
            if value is None:
                continue
            kind = _kind(name, value)
            seen[name].add(kind)
            if kind == "int64" and not -_EXACT <= value <= _EXACT:
                mixed.add(name)
    return {name: _common(name, kinds, name not in mixed) for name, kinds in seen.items()}


def _kind(name: str, value: Any) -> Kind:
    if name in TIMES:
        return "time"
    kind = _KINDS.get(type(value), "json")
    if kind == "int64" and not -(2**63) <= value < 2**63:
        return "json"
    if kind == "string" and not _is_whole(value):
        return "json"
    return kind


def _is_whole(text: str) -> bool:
    """Whether a text has no half characters, which no file of text can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _common(name: str, kinds: set[Kind], are_exact: bool) -> Kind:  # noqa: FBT001 - of the ints
    """The kind of a column, from those of its values."""
    if not kinds:
        return "time" if name in TIMES else "int64" if name in NUMBERS else "string"
    if len(kinds) == 1:
        return next(iter(kinds))
    # A metric is a number: 1 among floats is one of them. A config tells 1 from 1.0.
    is_metric = name not in FIRST_OF_HISTORY and not name.startswith("config.")
    return "double" if is_metric and kinds == {"int64", "double"} and are_exact else "json"


def _cells(lines: Sequence[Record], name: str, kind: Kind) -> Iterable[Any]:
    for line in lines:
        value = line.get(name)
        if kind == "json" and name in line:
            yield json_text(value, None)
        elif kind == "time" and value is not None:
            yield datetime.fromisoformat(value)
        elif kind == "double" and value is not None:
            yield float(value)
        else:
            yield value
