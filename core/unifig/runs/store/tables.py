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
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()

schema: Final = Table("schema", metadata, Column("version", Integer, primary_key=True))
"""The number of the last migration that was done."""

run: Final = Table(
    "run",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("project", String, nullable=False),
    Column("id", String, nullable=False),
    Column("exists", Boolean, nullable=False),  # false for one that was deleted
    Column("name", String, nullable=False),
    Column("group", String),
    Column("job_type", String),
    Column("tags", Text, nullable=False),  # JSON: a list of texts
    Column("notes", Text),
    Column("state", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("exit_code", Integer),
    Column("error", Text),
    Column("step", BigInteger),
    # Flat JSON objects, and what goes with them.
    Column("config", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("lowest", Text, nullable=False),
    Column("highest", Text, nullable=False),
    Column("about", Text, nullable=False),  # all that is known of it, what people said included
    Column("environment", String),
    # What folding goes on with: see unifig.runs.record.
    Column("last_at", BigInteger, nullable=False),
    Column("last_by", String, nullable=False),
    Column("writers", Text, nullable=False),
    UniqueConstraint("entity", "project", "id"),
    Index("run_by_time", "entity", "project", "created", "key"),
    Index("run_by_state", "state"),
)

metric_name: Final = Table(
    "metric_name",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
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
    Column("rows", Text, nullable=False),  # JSON: a list of [step, time, {metric: number}]
)

environment: Final = Table(
    "environment",
    metadata,
    Column("digest", String, primary_key=True),
    Column("packages", Text, nullable=False),
)
"""Installed distributions and their versions, which many runs share."""

journal: Final = Table(
    "journal",
    metadata,
    Column("name", String, primary_key=True),
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
    Column("place", String, primary_key=True),
    Column("modified", BigInteger, nullable=False),
)
"""The folders of journals as they were when all their names were known: times in nanoseconds."""

problem: Final = Table(
    "problem",
    metadata,
    Column("journal", String, primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("told", Text, nullable=False),
)
"""The lines of journals that can't be read."""
