"""Writes what folding made of runs into the tables, all of a kind at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from unifig.runs.encoding import dumps
from unifig.runs.record import RunRecord

from . import tables
from .batches import batches
from .changes import next_number
from .rows import metrics_of, row_of

_CHUNK: Final = 1000  # rows of a history

Pair = tuple[int, RunRecord]
"""A run's primary key, and what is to stand there."""


def write_runs(connection: Connection, pairs: list[Pair]) -> None:
    """Writes runs with their metrics, histories and environments; a known one is replaced."""
    known: set[int] = set()
    keys = [key for key, _ in pairs]
    for some in batches(keys):
        query = select(tables.run.c.key).where(tables.run.c.key.in_(some))
        known.update(connection.scalars(query))
    _write_environments(connection, [record for _, record in pairs])
    rows = [(key in known, row_of(record, key)) for key, record in pairs]
    seq = next_number(connection)
    new = [row for is_known, row in rows if not is_known]
    if new:
        connection.execute(tables.run.insert().values(seq=seq), new)
    changed = [{**row, "row": row["key"]} for is_known, row in rows if is_known]
    if changed:
        here = tables.run.c.key == bindparam("row")
        connection.execute(tables.run.update().where(here).values(seq=seq), changed)
    _write_metrics(connection, pairs, known)
    _write_histories(connection, pairs, known)


def _write_environments(connection: Connection, records: Iterable[RunRecord]) -> None:
    """Takes the packages out of what is known of runs, and keeps each list once."""
    found: dict[str, str] = {}
    for record in records:
        packages = record.about.pop("packages", None)
        if packages is not None:
            text = dumps(packages)
            digest = hashlib.sha256(text.encode()).hexdigest()
            found[digest] = text
            record.about["environment"] = digest
    if not found:
        return
    columns = tables.environment.c
    query = select(columns.digest).where(columns.digest.in_(list(found)))
    missing = found.keys() - set(connection.scalars(query))
    if missing:
        rows = [{"digest": digest, "packages": found[digest]} for digest in sorted(missing)]
        _insert_missing(connection, tables.environment, rows)


def _insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Inserts rows in one order for everybody, but for those that somebody else has meanwhile."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def _write_metrics(connection: Connection, pairs: list[Pair], known: set[int]) -> None:
    changed = [{"row": key} for key, _ in pairs if key in known]
    if changed:
        query = tables.metric.delete().where(tables.metric.c.run == bindparam("row"))
        connection.execute(query, changed)
    found = [(key, name, told) for key, record in pairs for name, told in metrics_of(record)]
    names = _names(connection, {name for _, name, _ in found})
    if found:
        rows = [{"run": key, "name": names[name], **told} for key, name, told in found]
        connection.execute(tables.metric.insert(), rows)


def _names(connection: Connection, wanted: set[str]) -> dict[str, int]:
    """The primary keys of metrics' names."""
    names = sorted(wanted)
    found = _known_names(connection, names)
    new = [{"name": name} for name in names if name not in found]
    if new:
        _insert_missing(connection, tables.metric_name, new)
        found |= _known_names(connection, [row["name"] for row in new])
    return found


def _known_names(connection: Connection, names: list[str]) -> dict[str, int]:
    columns = tables.metric_name.c
    found: dict[str, int] = {}
    for some in batches(names):
        query = select(columns.name, columns.key).where(columns.name.in_(some))
        found.update((name, key) for name, key in connection.execute(query))
    return found


def _write_histories(connection: Connection, pairs: list[Pair], known: set[int]) -> None:
    rows: list[dict[str, Any]] = []
    for key, record in pairs:
        if record.was_reset and key in known:
            connection.execute(tables.history.delete().where(tables.history.c.run == key))
        if record.rows:
            goes_on = key in known and not record.was_reset
            chunk, count, texts = _open_chunk(connection, key) if goes_on else (0, 0, [])
            for part in record.rows:
                texts.append(part.text[1:-1])
                count += part.number
                if count >= _CHUNK:
                    rows.append(_chunk(key, chunk, count, texts))
                    chunk, count, texts = chunk + 1, 0, []
            if texts:
                rows.append(_chunk(key, chunk, count, texts))
    if rows:
        connection.execute(tables.history.insert(), rows)


def _open_chunk(connection: Connection, key: int) -> tuple[int, int, list[str]]:
    """Takes the last chunk of a history out, to be longer: number, rows, and their texts."""
    columns = tables.history.c
    query = select(columns.chunk, columns["count"], columns.rows).where(columns.run == key)
    last = connection.execute(query.order_by(columns.chunk.desc()).limit(1)).first()
    if last is None:
        return 0, 0, []
    chunk, count, text = last
    if count >= _CHUNK:
        return chunk + 1, 0, []
    here = (columns.run == key) & (columns.chunk == chunk)
    connection.execute(tables.history.delete().where(here))
    return chunk, count, [text[1:-1]]


def _chunk(run: int, chunk: int, count: int, texts: list[str]) -> dict[str, Any]:
    return {"run": run, "chunk": chunk, "count": count, "rows": f"[{','.join(texts)}]"}
