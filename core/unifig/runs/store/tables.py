"""The tables of a store. A change here is a new migration as well: see :mod:`.migrations`.

Texts that are JSON have keys and values in the form of :mod:`unifig.runs.encoding`; times are
microseconds since the epoch.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from unifig.runs.paths import RunPath

metadata: Final = MetaData()
remote: Final = MetaData()
"""Tables that only a store has which many machines deliver into."""

# In the order of code points everywhere, as SQLite's own texts are.
_STRING: Final = String().with_variant(String(collation="C"), "postgresql")
_TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")

schema: Final = Table("schema", metadata, Column("version", Integer, primary_key=True))
"""The number of the last migration that was done."""

run: Final = Table(
    "run",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("entity", _STRING, nullable=False),
    Column("project", _STRING, nullable=False),
    Column("id", _STRING, nullable=False),
    Column("exists", Boolean, nullable=False),  # false for one that was deleted
    Column("name", _STRING, nullable=False),
    Column("group", _STRING),
    Column("job_type", _STRING),
    Column("tags", _TEXT, nullable=False),  # JSON: a list of texts
    Column("notes", _TEXT),
    Column("state", _STRING, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("exit_code", Integer),
    Column("error", _TEXT),
    Column("step", BigInteger),
    # Flat JSON objects, and what goes with them.
    Column("config", _TEXT, nullable=False),
    Column("origins", _TEXT, nullable=False),
    Column("summary", _TEXT, nullable=False),
    Column("lowest", _TEXT, nullable=False),
    Column("highest", _TEXT, nullable=False),
    Column("about", _TEXT, nullable=False),  # all that is known of it, what people said included
    Column("environment", _STRING),
    # What folding goes on with: see unifig.runs.record.
    Column("last_at", BigInteger, nullable=False),
    Column("last_by", _STRING, nullable=False),
    Column("writers", _TEXT, nullable=False),
    Column("seq", BigInteger, nullable=False),  # of its last change: see .changes
    UniqueConstraint("entity", "project", "id"),
    Index("run_by_time", "entity", "project", "created", "key"),
    Index("run_by_state", "state"),
    Index("run_by_seq", "seq"),
)


def is_run(path: RunPath) -> ColumnElement[bool]:
    """Which run is the one at a path, deleted or not."""
    entity, project, id_ = path
    return and_(run.c.entity == entity, run.c.project == project, run.c.id == id_)


metric_name: Final = Table(
    "metric_name",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("name", _STRING, nullable=False, unique=True),
)

metric: Final = Table(
    "metric",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("name", Integer, primary_key=True, autoincrement=False),
    Column("last", Float),  # NULL for NaN
    Column("lowest", Float),
    Column("highest", Float),
    Index("metric_by_last", "name", "last", "run"),
    sqlite_with_rowid=False,
)
"""The numbers of a run's summary, for sorting; the exact ones are in the run's texts."""

history: Final = Table(
    "history",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("rows", _TEXT, nullable=False),  # JSON: a list of [step, time, {metric: number}]
)

environment: Final = Table(
    "environment",
    metadata,
    Column("digest", _STRING, primary_key=True),
    Column("packages", _TEXT, nullable=False),
)
"""Installed distributions and their versions, which many runs share."""

journal: Final = Table(
    "journal",
    metadata,
    Column("name", _STRING, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("run", Integer, index=True),
    Index("journal_by_done", "done"),
)
"""How much of each journal is delivered, and whether no more will come."""

listing: Final = Table(
    "listing",
    metadata,
    Column("place", _STRING, primary_key=True),
    Column("modified", BigInteger, nullable=False),
)
"""The folders of journals as they were when all their names were known: times in nanoseconds."""

problem: Final = Table(
    "problem",
    metadata,
    Column("journal", _STRING, primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("told", _TEXT, nullable=False),
)
"""The lines of journals that can't be read."""

part: Final = Table(
    "part",
    remote,
    Column("journal", _STRING, primary_key=True),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
)
"""The journals themselves, in parts of whole lines, as they were delivered; they are the truth."""

beat: Final = Table(
    "beat",
    remote,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)
"""When a process that records a run gave the last sign of life, by the clock of the database."""
