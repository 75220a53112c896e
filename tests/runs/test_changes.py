"""Changes: whoever keeps the runs of a store in memory is told which of them to read again."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, make_url, text
from tests.postgres import _postgres, new_database, url_of  # noqa: F401 - a fixture
from tests.runs.journals import (
    BEGIN,
    deliver,
    deliver_at_once,
    finish,
    lines,
    log,
    settle,
    start,
    used,
    write,
)

import unifig
from unifig.errors import StoreError
from unifig.runs.folder import find, journal_name, slug
from unifig.runs.record import RunRecord
from unifig.runs.store import beats, changes, migrations, postgresql, sqlite, tables
from unifig.runs.store.connection import open_store
from unifig.runs.store.delivery import Delivery
from unifig.runs.store.tidying import Tidying
from unifig.runs.store.writing import write_runs

FEWER = settings(max_examples=settings().max_examples // 10)

LATER = BEGIN + 10**6
"""A time, in microseconds, when all that was recorded at first has happened."""


class Reader:
    """Somebody who keeps the runs of a store in memory."""

    def __init__(self, store):
        self.store = store
        self.runs = {}
        self.seq = self.generation = None

    def look(self):
        """The ids of the runs that were told, and whether each exists. Now all are here."""
        generation = self.store.generation
        if generation != self.generation:
            self.runs, self.seq, self.generation = {}, None, generation
        with self.store.reading() as connection:
            number = changes.number(connection, self.seq)
            rows, self.seq = changes.since(connection, self.seq)
            told = [dict(zip(changes.COLUMNS, row, strict=True)) for row in rows]
            assert len(told) == number
            for row in told:
                self.runs[row["key"]] = row
            self.runs = {key: row for key, row in self.runs.items() if row["exists"]}
            whole = [dict(zip(changes.COLUMNS, row, strict=True)) for row in all_of(connection)]
        assert self.runs == {row["key"]: row for row in whole}
        return {row["id"]: bool(row["exists"]) for row in told}

    def rest(self):
        """Looks till nothing more is told: on PostgreSQL the server's own work may be under way."""
        for _ in range(1000):
            if not self.look():
                return
            time.sleep(0.01)
        raise AssertionError("it is told of changes for ever")

    @property
    def states(self):
        return {row["id"]: row["state"] for row in self.runs.values()}


def all_of(connection):
    return list(changes.since(connection, None).rows)


def opened():
    """The store, as another process opens it."""
    return open_store(find())


@pytest.fixture(params=["sqlite", "postgresql"])
def runs(request, tmp_path, monkeypatch):
    """The folder of runs; over it the one store or other."""
    store = request.getfixturevalue("database") if request.param == "postgresql" else None
    return settle(tmp_path, monkeypatch, store)


@pytest.fixture
def local(tmp_path, monkeypatch):
    """The folder of runs, over it a store in SQLite."""
    return settle(tmp_path, monkeypatch)


@pytest.fixture
def shared(tmp_path, monkeypatch, database):
    """The folder of runs, over it a store in PostgreSQL."""
    return settle(tmp_path, monkeypatch, database)


@pytest.fixture
def reader(runs):
    """Who has looked at a run that goes on, as far as the store knows, and one that has ended."""
    return looking(runs)


def looking(runs):
    write(runs, "w", lines("w", [start(), log((0, {"x": 1}))]))
    other = ("me", "demo", "other")
    write(runs, "o", lines("o", [start(), log((0, {"x": 1})), finish()], other), other)
    deliver_at_once(runs, used(runs))
    reader = Reader(opened())
    assert reader.look() == {"a": True, "other": True}
    reader.rest()
    assert reader.states == {"a": "running", "other": "finished"}
    return reader


# What a run can meet with


def journal(runs):
    return runs / "journal" / journal_name("a", "w")


def goes_on(runs, *bodies):
    with journal(runs).open("ab") as file:
        file.writelines(lines("w", bodies, at=LATER))


def silent(runs):
    os.utime(journal(runs), (0, 0))


def logged(runs):
    goes_on(runs, log((1, {"x": 2})))
    deliver_at_once(runs, used(runs))


def logged_late(runs):
    """By another process, before what was delivered already."""
    write(runs, "v", lines("v", [log((5, {"x": 9}))], aside=True, at=BEGIN - 5))
    deliver_at_once(runs, used(runs))


def finished(runs):
    goes_on(runs, finish())
    deliver(runs)


def crashed(runs):
    """Its process is silent for long, without a last word."""
    silent(runs)
    deliver(runs)


def edited(_runs):
    run = unifig.Api().run("a")
    run.config["lr"] = 0.1
    run.notes = "a note"
    run.update()


def deleted(_runs):
    unifig.Api().run("a").delete()


def resumed(runs):
    silent(runs)
    with unifig.init(id="a", resume="must") as run:
        run.log({"x": 3})
    unifig.Api().run("a")


def delivered_by_another_process(runs):
    goes_on(runs, finish())
    command = [sys.executable, "-c", "import unifig; unifig.Api().run('a')"]
    subprocess.run(command, check=True)


WAYS = {
    logged: "running",
    logged_late: "running",
    finished: "finished",
    crashed: "crashed",
    edited: "running",
    deleted: None,
    resumed: "finished",
    delivered_by_another_process: "finished",
}
"""And the state in which the run is then."""


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_run_meets_with_is_told(runs, reader, way):
    """And of no other run; by whichever process or machine it is delivered."""
    way(runs)
    assert reader.look() == {"a": way is not deleted}
    assert reader.states.get("a") == WAYS[way]
    reader.rest()


def test_nothing_is_told_where_nothing_changed(runs, reader):
    """Whoever looks, reads or gives signs of life: a page that follows the store comes to rest."""
    deliver(runs)
    reader.look()
    reader.rest()
    deliver(runs)
    api = unifig.Api()
    assert len(api.runs()) == 2
    assert api.run("a").history()
    if reader.store.is_remote:
        with reader.store.writing() as connection:
            beats.beat(connection, list(reader.runs))
    reader.rest()


def test_a_store_without_runs(runs):
    """Nothing is told, and then the first run is."""
    runs.mkdir()
    reader = Reader(opened())
    assert reader.look() == reader.look() == {}
    write(runs, "w", lines("w", [start(), finish()]))
    deliver(runs)
    assert reader.look() == {"a": True}


STEPS = st.lists(
    st.tuples(st.sampled_from(["look", "record", "delete", "gc", "anew"]), st.sampled_from("abc")),
    max_size=10,
)


@FEWER
@given(STEPS)
# What gc removes has had the last number: nobody was told of it, and the next one has that again.
@example([("record", "b"), ("look", ""), ("delete", "b"), ("gc", ""), ("record", "c")])
@example([("look", ""), ("anew", ""), ("record", "b")])
def test_whoever_follows_a_store_has_what_is_in_it(steps):
    """Whatever is recorded, deleted, tidied away, and made anew, between any two looks."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        runs = settle(Path(folder), patch)
        recorded(runs, "a", 0)
        deliver(runs)
        reader = Reader(opened())
        for number, (step, id_) in enumerate([*steps, ("look", "")], 1):
            if step == "look":
                reader.look()
            elif step == "record":
                recorded(runs, id_, number)
                deliver(runs)
            elif step == "delete":
                with suppress(unifig.errors.RunNotFoundError):
                    unifig.Api().run(f"me/demo/{id_}").delete()
            elif step == "gc":
                it = Tidying(find(), opened())
                it.tidy(it.look()[0])
            else:
                thrown_away(runs)
                deliver(runs)
        reader.rest()


def recorded(runs, id_, number):
    """Of a run, once more, all from its start to its end."""
    run, writer = ("me", "demo", id_), f"w{number}"
    bodies = [start(), log((number, {"x": number})), finish()]
    write(runs, writer, lines(writer, bodies, run, at=BEGIN + number), run)


def thrown_away(runs):
    for path in runs.glob("store.db*"):
        path.unlink()


# Deliveries side by side


class Writing:
    """A transaction in a store; it is done when a stack is closed, unless it has ended before."""

    def __init__(self, stack, store, name):
        self._end = stack.enter_context(ExitStack())
        self.connection = self._end.enter_context(store.writing([name]))

    def end(self):
        self._end.close()

    def undo(self):
        self.connection.rollback()
        self._end.close()


def delivering(stack, store, id_):
    """A delivery that has written all it has of a run."""
    one = Writing(stack, store, slug(id_))
    Delivery(find(), store).within(one.connection, id_)
    return one


def test_a_delivery_that_ends_late(shared):
    """It is told, though one that began later has ended and was told before; undone, it is not."""
    reader = looking(shared)  # the names of metrics are known
    store = reader.store
    for number, id_ in enumerate("bcd"):
        recorded(shared, id_, number)
    with ExitStack() as stack:
        undone, late, soon = (delivering(stack, store, id_) for id_ in "dbc")
        soon.end()
        assert reader.look() == {"c": True}
        late.end()
        assert "b" in reader.look()
        undone.undo()
    reader.rest()
    assert sorted(reader.states) == ["a", "b", "c", "other"]


@pytest.fixture(scope="module")
def team(_postgres):  # noqa: F811 - the fixture
    """A store in PostgreSQL."""
    return postgresql.opened(make_url(url_of(new_database())))


@FEWER
@given(
    st.lists(
        st.tuples(st.sampled_from(["write", "write", "end", "undo", "look"]), st.integers(1, 3)),
        max_size=15,
    )
)
@example([("write", 1), ("write", 2), ("end", 2), ("look", 0), ("end", 1)])
def test_whoever_follows_many_writers_has_what_is_there(team, steps):
    """However their transactions lie beside each other, and whether they are done or undone."""
    reader = Reader(team)
    under_way = {}
    with ExitStack() as stack:
        for number, (step, writer) in enumerate(steps):
            if step == "look":
                reader.look()
            elif step == "write":
                one = under_way.get(writer) or Writing(stack, team, str(writer))
                under_way[writer] = one
                write_runs(one.connection, [(writer, record(writer, number))])
            elif writer in under_way:
                one = under_way.pop(writer)
                one.end() if step == "end" else one.undo()
    reader.rest()


def record(writer, step):
    """A run that a writer has for itself."""
    made = RunRecord(("me", "demo", str(writer)))
    made.exists, made.created, made.step = True, BEGIN, step
    return made


# Numbers of another cluster, of an earlier time, of an earlier version


def renumbered(store, seq):
    with store.writing() as connection:
        connection.execute(tables.run.update().values(seq=seq))


def test_a_database_that_was_restored_into_another_cluster(shared):
    """Its transactions have lower numbers than the rows: each is told once, and then what changes.

    Whoever has looked before it was is told all again.
    """
    before = looking(shared)
    renumbered(before.store, 10**15)
    reader = Reader(before.store)
    assert reader.look() == {"a": True, "other": True}
    reader.rest()
    logged(shared)
    assert reader.look() == {"a": True}
    before.seq = 10**15 + 1
    assert before.look() == {"a": True, "other": True}


def test_a_store_of_the_version_before(database):
    """Of many folders: its runs are told, at once and whenever they change."""
    store = postgresql.PostgresStore(make_url(database))
    with store.writing() as connection:
        migrations.upgrade(connection, migrations.ON_POSTGRESQL[:1])
        row = dict.fromkeys(["entity", "project", "id", "name", "state", "last_by"], "x")
        row |= dict.fromkeys(["config", "origins", "summary", "lowest", "highest", "about"], "{}")
        row |= {"key": 1, "exists": True, "tags": "[]", "writers": "{}", "created": 0, "last_at": 0}
        connection.execute(tables.run.insert(), row)
    store.upgrade()
    reader = Reader(store)
    assert reader.look() == {"x": True}
    reader.rest()
    with store.writing() as connection:
        write_runs(connection, [(1, record("x", 5))])
    assert reader.look() == {"x": True}
    reader.rest()


def test_the_tables_are_those_of_this_version(runs):
    """What the steps make has the columns and indexes that the tables tell of."""
    runs.mkdir()
    with opened().reading() as connection:
        found = inspect(connection)
        for table in tables.metadata.sorted_tables:
            columns = [column["name"] for column in found.get_columns(table.name)]
            assert [name for name in columns if name != "config_index"] == table.columns.keys()
            indexes = {index["name"] for index in found.get_indexes(table.name)}
            assert indexes >= {index.name for index in table.indexes}


# Generations


def test_the_generation_of_a_store(runs):
    """It stays, whatever is delivered and whoever opens the store; made anew it is another one."""
    reader = looking(runs)
    first = reader.store.generation
    finished(runs)
    deleted(runs)
    assert reader.store.generation == opened().generation == first
    if reader.store.is_remote:
        with reader.store.writing() as connection:
            for table in (*tables.metadata.sorted_tables, *tables.remote.sorted_tables):
                connection.execute(text(f'DROP TABLE "{table.name}"'))
        with pytest.raises(StoreError, match='"run" does not exist'):
            _ = reader.store.generation
    else:
        thrown_away(runs)
        with pytest.raises(StoreError, match=r"store\.db can't be read: No such file"):
            _ = reader.store.generation
        assert not (runs / "store.db").exists()
    assert opened().generation != first
    assert reader.store.generation == opened().generation


def test_the_generation_of_a_file_in_the_place_of_another(local):
    """A store that is made in the very same inode is another one, and a copy of an earlier time."""
    reader = looking(local)
    path = local / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = local / "copy.db"
    shutil.copy(path, copy)
    finished(local)
    reader.rest()
    generations = {reader.store.generation}
    copy.replace(path)
    for beside in ("store.db-wal", "store.db-shm"):
        (local / beside).unlink(missing_ok=True)
    generations.add(reader.store.generation)
    reader.rest()
    inode = path.stat().st_ino
    path.write_bytes(b"")
    generations.add(opened().generation)
    assert path.stat().st_ino == inode
    assert len(generations) == 3


def test_the_generation_of_a_store_in_memory():
    """It is the same for as long as the process goes on."""
    store = sqlite.opened(sqlite.MEMORY)
    assert store.generation == store.generation != sqlite.opened(sqlite.MEMORY).generation
