"""Parquet: each column of one type where all lines agree, and JSON where they do not."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

from unifig import UnifigError
from unifig.display.exact import json_text

from . import hive
from .records import FIRST_OF_HISTORY, NUMBERS, TIMES, Record
from .spool import Spool

Kind = Literal["bool", "int64", "double", "string", "time", "json"]
"""What a column holds; ``json`` is text that is JSON."""

METADATA: Final = "unifig.columns"
"""Where the schema's metadata say of each column what it holds, as JSON."""

_AT_ONCE: Final = 1000  # lines
_GROUP: Final = 64 * 2**20  # bytes of what is kept in memory until it is written as one group
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
    kinds = kinds_of(spool)
    write_file(spool, path, schema_of(kinds, kinds), kinds)


def schema_of(kinds: Mapping[str, Kind], names: Iterable[str]) -> Any:
    """The schema of files that have these columns; it says of all columns what they hold."""
    import pyarrow as pa

    types = {
        "bool": pa.bool_(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    fields = [pa.field(name, types.get(kinds[name], pa.string())) for name in names]
    return pa.schema(fields, metadata={METADATA: json.dumps(kinds)})


def write_file(lines: Iterable[Record], path: str, schema: Any, kinds: Mapping[str, Kind]) -> None:
    """Writes lines into a file of this schema. Raises OSError where that can't be written."""
    from pyarrow import parquet

    with parquet.ParquetWriter(path, schema) as writer:
        for group in _groups(iter(lines), schema, kinds):
            writer.write_table(group)


def _groups(lines: Iterator[Record], schema: Any, kinds: Mapping[str, Kind]) -> Iterator[Any]:
    """Lines as tables, each as long as memory is to bear: engines read what is not cut small."""
    import pyarrow as pa

    tables: list[Any] = []
    while some := list(islice(lines, _AT_ONCE)):
        columns = [
            pa.array(list(cells(some, field.name, kinds[field.name])), field.type)
            for field in schema
        ]
        tables.append(pa.Table.from_arrays(columns, schema=schema))
        if sum(table.nbytes for table in tables) >= _GROUP:
            yield pa.concat_tables(tables)
            tables = []
    if tables:
        yield pa.concat_tables(tables)


def kinds_of(spool: Spool, in_names: Collection[str] = ()) -> dict[str, Kind]:
    """What each column holds, by its name; ``in_names`` are those that names of folders hold."""
    seen: dict[str, set[Kind]] = {name: set() for name in spool.columns}
    mixed: set[str] = set()
    for line in spool:
        for name, value in line.items():
            if value is None:
                continue
            kind = _kind(name, value)
            if kind == "string" and name in in_names and not hive.holds(value):
                kind = "json"
            seen[name].add(kind)
            if kind == "int64" and not -_EXACT <= value <= _EXACT:
                mixed.add(name)
    return {name: _common(name, kinds, name not in mixed) for name, kinds in seen.items()}


def _kind(name: str, value: Any) -> Kind:
    if name in TIMES and isinstance(value, str):  # a metric that is called so is a number
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


def cells(lines: Sequence[Record], name: str, kind: Kind) -> Iterable[Any]:
    """What a column holds in each of these lines; None where they have no value for it."""
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
