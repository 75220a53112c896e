"""The store: opened, brought to this version, shared with other processes, or refused clearly."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.runs.journals import contents, finish, lines, log, settle, start, write

import unifig
from unifig import UnifigWarning
from unifig.errors import StoreError
from unifig.runs.folder import find, is_on_network
from unifig.runs.store import migrations
from unifig.runs.store.connection import open_store
from unifig.runs.store.failures import BusyError
from unifig.runs.store.sqlite import SqliteStore as Store

SCHEMAS = Path(__file__).parent / "schemas"
IS_ROOT = hasattr(os, "getuid") and os.getuid() == 0

HOLDING = """\
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""

READING = """\
import json, os, unifig
unifig.Api(store="sqlite://").run("me/demo/a").history()  # imports what nobody may not read
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
api = unifig.Api()
run = api.run("me/demo/a")
print(json.dumps([len(api.runs()), run.config, run.summary, len(run.history())]))
print(api._archive.store.name)
"""


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """The folder of runs, which all that is here records into."""
    return settle(tmp_path, monkeypatch)


def recorded(runs):
    """A run that is recorded, in no store yet."""
    write(runs, "w", lines("w", [start(), log((0, {"x": 1})), finish()]))


def loaded(path, name):
    """A store as an earlier version has left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMAS / name).read_text(encoding="utf-8"))


def schema(path):
    """The tables and indexes of a store, as SQLite has them, and all rows of all tables."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


# Versions


@pytest.mark.parametrize("name", sorted(path.name for path in SCHEMAS.iterdir()))
def test_a_store_of_an_earlier_version(tmp_path, runs, name):
    """It is brought to this version, and read: whatever was in it is there."""
    loaded(runs / "store.db", name)
    api = unifig.Api()
    first, second = (api.run(f"me/cifar/{id_}") for id_ in ("first", "second"))
    assert repr(first.config) == "{'lr': 0.1, 'model': {'layers': [64, nan]}}"
    assert (first.summary, first.summary.max) == ({"loss": 0.25}, {"loss": 0.5})
    assert (first.name, first.notes, first.tags) == ("a name", "it's one", ["base"])
    assert first.packages == second.packages == {"numpy": "2.1.0"}
    assert [row["loss"] for row in first.history()] == [0.5, 0.25]
    assert (second.state, second.exit_code, second.error) == ("failed", 1, "ValueError: no")
    assert [run.id for run in api.runs(order="-summary.loss")] == ["second", "first"]
    new = Store(str(tmp_path / "new.db"))
    new.upgrade()
    tables = [line for line in schema(runs / "store.db") if line.startswith("CREATE")]
    assert tables == [line for line in schema(tmp_path / "new.db") if line.startswith("CREATE")]


def test_the_last_schema_is_kept():
    """Each version has left a store, for the tests of the next one."""
    assert [path.name for path in sorted(SCHEMAS.iterdir())] == [
        f"{number}.sql" for number in range(1, len(migrations.MIGRATIONS) + 1)
    ]


@pytest.mark.parametrize("begin", ["an earlier version", "nothing"])
def test_a_migration_that_fails(tmp_path, begin):
    """All is as it was, what was done before it in the same upgrade included."""
    path = tmp_path / "store.db"
    if begin == "nothing":
        sqlite3.connect(path).close()
    else:
        loaded(path, "1.sql")
    before = schema(path)

    def adds(connection):
        connection.exec_driver_sql("CREATE TABLE more (x INTEGER)")
        connection.exec_driver_sql("DROP TABLE IF EXISTS history")

    def fails(connection):
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

    steps = [*migrations.MIGRATIONS, adds, fails]
    told = pytest.raises(StoreError, match="no such table: nowhere")
    with told, Store(str(path)).writing() as connection:
        migrations.upgrade(connection, steps)
    assert schema(path) == before
    with Store(str(path)).writing() as connection:
        migrations.upgrade(connection, steps[:-1])
        assert migrations.version(connection) == len(steps) - 1
        migrations.upgrade(connection, steps[:-1])
    assert any("CREATE TABLE more" in line for line in schema(path))


# What is no store


def of_the_future(path):
    loaded(path, "1.sql")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema SET version = 99")
        connection.commit()


def of_something_else(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")


def torn(path):
    loaded(path, "1.sql")
    path.write_bytes(path.read_bytes()[:5000])


NO_STORES = {
    "the future": (of_the_future, "the store has version 99, .* upgrade unifig"),
    "something else": (of_something_else, r"has tables \(songs, …\) and is no store of runs"),
    "a text": (lambda path: path.write_text("text\n" * 500), "is no store of runs .*move it away"),
    "torn": (torn, "is no store of runs|can't be used"),
    "a folder": (lambda path: path.mkdir(), "can't be opened: Is a directory"),
}


@pytest.mark.parametrize(("make", "told"), NO_STORES.values(), ids=NO_STORES)
def test_what_is_no_store(runs, make, told):
    """It is one clear error, and what is there is not touched."""
    recorded(runs)
    path = runs / "store.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=told):
        unifig.Api().run("a")
    assert (path.read_bytes() if path.is_file() else None) == before
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert unifig.Api().run("a").summary == {"x": 1}


def test_recording_needs_no_store(runs):
    """A store that can't be used stops no run."""
    runs.mkdir()
    (runs / "store.db").write_text("no database")
    unifig.init(id="a").finish()
    (runs / "store.db").unlink()
    assert unifig.Api().run("a").state == "finished"


# Who names it


def test_where_a_store_is(tmp_path, runs, monkeypatch):
    """By a path or a URL, of the environment or of Api(); that has the last word."""
    recorded(runs)
    for number, form in enumerate(["{}", "sqlite:///{}"]):
        path = tmp_path / "elsewhere" / f"s %41?#{number}.db"
        if "://" in form:
            path = tmp_path / "elsewhere" / f"s{number}.db"
        monkeypatch.setenv("UNIFIG_STORE", form.format(path))
        assert unifig.Api().run("a").summary == {"x": 1}
        assert list(contents(path)) == [("me", "demo", "a")]
    own = tmp_path / "own.db"
    assert unifig.Api(store=str(own)).run("a").summary == {"x": 1}
    assert own.exists()
    assert not (runs / "store.db").exists()


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/db", "can't be reached"),
        ("mysql+pymysql://host/db", "a database of the kind mysql"),
        ("://", "is no URL"),
        ("foo://x", "a database of the kind foo"),
    ],
)
def test_a_store_of_another_kind(monkeypatch, named, told):
    """It is refused, without its password."""
    monkeypatch.setenv("UNIFIG_STORE", named)
    with pytest.raises(StoreError, match=told) as error:
        unifig.Api().runs()[0]
    assert "hunter2" not in str(error.value)


def test_a_store_in_memory(tmp_path, runs):
    """It makes no file."""
    recorded(runs)
    for named in ("sqlite://", ":memory:", "sqlite:///:memory:"):
        assert unifig.Api(store=named).run("a").summary == {"x": 1}
    assert not list(tmp_path.rglob("*memory*"))
    assert not list(tmp_path.rglob("*.db"))


# Beside other processes


def test_a_store_that_another_process_holds(runs):
    """What is there is read, with a warning; once the store is free all is."""
    recorded(runs)
    path = runs / "store.db"
    assert unifig.Api().run("a").state == "finished"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    command = [sys.executable, "-c", HOLDING, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as holder:
        assert holder.stdout.readline() == "held\n"
        write(runs, "v", lines("v", [log((1, {"x": 2}))], aside=True, at=2 * 10**15))
        api = unifig.Api()
        with pytest.warns(UnifigWarning, match="is locked by another process.*may be missing here"):
            run = api.run("a")
        assert run.summary == {"x": 1}
        run.config["lr"] = 1
        with pytest.raises(BusyError, match="is locked by another process: try again later"):
            run.update()
        holder.stdin.close()
    run.update()
    assert (run.config, run.summary) == ({"lr": 1}, {"x": 2})


@pytest.mark.skipif(not IS_ROOT, reason="only root can be another user")
@pytest.mark.parametrize("cache", ["a cache", "no cache"])
@pytest.mark.parametrize("has_store", [True, False])
def test_a_reader_who_can_not_write(cache, has_store):
    """Who may read the folder alone reads the same, by a store of their own or one in memory."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others
        top, home, runs = (Path(folder, *names) for names in ((), ("home",), ("runs",)))
        recorded(runs)
        if has_store:
            unifig.Api(runs).run("a")
            write(runs, "v", lines("v", [log((1, {"x": 2}))], aside=True, at=2 * 10**15))
        home.mkdir()
        top.chmod(0o755)
        for path in (runs, *runs.rglob("*"), home):
            os.chown(path, 65534, 65534)
            path.chmod(0o555 if path.is_dir() else 0o444)
        home.chmod(0o700 if cache == "a cache" else 0o500)
        own = {"UNIFIG_DIR": str(runs), "XDG_CACHE_HOME": str(home / "cache"), "HOME": str(home)}
        done = subprocess.run(
            [sys.executable, "-c", READING],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        told, place = done.stdout.splitlines()
        assert told == ('[1, {}, {"x": 2}, 2]' if has_store else '[1, {}, {"x": 1}, 1]')
        assert place.startswith(str(home)) if cache == "a cache" else place == ":memory:"


# Networks


def test_a_folder_that_is_on_this_machine(tmp_path):
    """A file system of this machine is none of a network's, whatever the path is."""
    assert not is_on_network(str(tmp_path))
    assert not is_on_network(str(tmp_path / "not" / "there"))
    assert not is_on_network("/proc/self")
    assert not is_on_network("/")


def test_looking_makes_nothing(tmp_path, runs):
    """Where nothing was recorded, nothing is made by asking."""
    assert len(unifig.Api().runs()) == 0
    assert not list(tmp_path.iterdir())
    assert open_store(find()).name == ":memory:"
