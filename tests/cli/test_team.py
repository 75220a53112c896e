"""A team's store: what commands say is the same there, and a folder's runs move to it."""

import json
import re

import pytest
from tests.postgres import execute

PROGRAM = """
    import argparse, unifig
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--model", default="small")
    parser.add_argument("--id")
    args = parser.parse_args()
    with unifig.init(
        unifig.using(args, parser=parser), id=args.id, group="g", tags=["t", args.id]
    ) as run:
        unifig.config.more = {"a.b": [1, 2.0], "big": 2**80, "nan": float("nan"), "none": None}
        unifig.config.text = "x\\0y \\ud800 'ü'"
        for n in range(4):
            run.log({"loss": args.lr / (n + 1), "acc": n})
        run.summary["best"] = "a.pt"
"""

COMMANDS = [
    ["runs"],
    ["runs", "config.lr>=0.1", "--sort", "-config.lr"],
    ["runs", "--filter", '{"config.text": {"$regex": "ü"}, "tags": "t"}', "--sort", "summary.loss"],
    ["runs", "--sort", "config.more.a%5C.b"],
    ["runs", "--group", "config.model"],
    ["show", "b"],
    ["show", "latest"],
    ["explain", "a", "lr"],
    ["diff", "a", "b", "c"],
    ["export", "--format", "csv"],
    ["export", "--history"],
    ["rerun", "c", "--set", "lr=0.5"],
]


def told(done):
    """What a command has printed, but for how long ago things were."""
    return re.sub(r", \S+ \S+ ago", "", done.stdout)


@pytest.fixture
def team(lasting_runs, database):
    """The same runs, in the project and in a store of a team's."""
    done = lasting_runs.unifig("sync", "--to", database)
    assert (done.returncode, done.stderr) == (0, ""), done
    return database


@pytest.fixture
def lasting_runs(project):
    """A project with three runs, one of them edited."""
    for id_, words in {
        "a": [],
        "b": ["--lr", "0.01", "--model", "big"],
        "c": ["--lr", "1"],
    }.items():
        project.train(PROGRAM, *words, "--id", id_)
    project.train("import unifig; r = unifig.Api().run('b'); r.notes = 'seen'; r.update()")
    return project


def test_every_command_says_the_same(lasting_runs, team):
    """Whatever is asked for, of either store, in words and as data."""
    project = lasting_runs
    for words in COMMANDS:
        for more in ([], ["--json"]) if words[0] != "export" else ([],):
            here = project.unifig(*words, *more)
            there = project.unifig(*words, *more, "--store", team, "--dir", "elsewhere")
            assert here.returncode == 0, here
            assert (told(here), 0) == (told(there), there.returncode), words
    assert not (project.folder / "elsewhere" / "journal").exists()


def test_edits_and_deletions_in_a_team_s_store(lasting_runs, team):
    """From another folder; the first folder's own store is as it was."""
    project = lasting_runs
    other = {"UNIFIG_STORE": team, "UNIFIG_DIR": str(project.folder / "other")}
    project.well("delete", "a", "--yes", **other)
    assert [run["id"] for run in project.json("runs", **other)] == ["c", "b"]
    assert [run["id"] for run in project.json("runs")] == ["c", "b", "a"]
    assert "no run me/demo/a" in project.unifig("show", "a", **other).stderr


def test_sync_tells_what_it_moves(lasting_runs, database):
    """Once; what is there already is not moved again; the name of the store has no password."""
    url = database.replace("postgres:@", "postgres:hunter2@")
    first = lasting_runs.unifig("sync", "--to", url)
    assert first.stdout.startswith("delivered 3 runs, 4 journals, ")
    assert lasting_runs.well("sync", "--to", url) == "nothing was waiting\n"
    found = lasting_runs.json("sync", "--to", url)
    assert found["store"].startswith("postgresql")
    assert "hunter2" not in json.dumps(found)
    done = lasting_runs.unifig("sync", "--to", url, "--store", url)
    assert (done.returncode, "give one of them" in done.stderr) == (2, True)


def test_gc_removes_what_is_delivered(lasting_runs, team):
    """And nothing else; runs are read, and gone on with, without their journals."""
    project = lasting_runs
    journals = project.runs / "journal"
    killed = """
        import os, time, unifig
        unifig.init(id="open")
        unifig.log({"x": 1})
        time.sleep(1)
        os._exit(0)
    """
    project.train(killed, name="open.py", UNIFIG_STORE=team)
    names = sorted(path.name for path in journals.iterdir())
    shown = project.well("gc", "--dry-run", UNIFIG_STORE=team)
    assert shown.count("a journal that is delivered") == 5
    assert sorted(path.name for path in journals.iterdir()) == names
    torn = next(journals.glob("open-*"))
    torn.write_bytes(torn.read_bytes() + b'{"at":')  # half a line, of a process that is gone
    done = project.unifig("gc", "--yes", UNIFIG_STORE=team)
    assert done.returncode == 0, done
    assert [path.name for path in journals.iterdir()] == [torn.name]
    assert len(project.json("runs", UNIFIG_STORE=team)) == 4
    torn.unlink()
    program = """
        import unifig
        with unifig.init(id="c", resume="must") as run:
            print(run.step, unifig.config.lr)
    """
    assert project.train(program, name="more.py", UNIFIG_STORE=team) == "4 1.0\n"


def test_gc_leaves_what_a_worker_may_still_write(project, database):
    """However long it has been silent: the process that opened its run lives."""
    program = """
        import os, sys, time, unifig
        run = unifig.init(id="run")
        here, there = os.pipe(), os.pipe()
        if os.fork() == 0:
            unifig.log({"worker": 1})
            os.write(there[1], b"x")
            os.read(here[0], 1)
            unifig.log({"worker": 2})
            os._exit(0)
        os.read(there[0], 1)
        time.sleep(2.5)
        for path in os.scandir(run.dir + "/journal"):
            os.utime(path, (1, 1))
        unifig_ = os.path.join(os.path.dirname(sys.executable), "unifig")
        os.system(f"{unifig_} gc --yes > gc.txt 2>&1")
        os.write(here[1], b"x")
        os.wait()
        run.finish()
    """
    project.train(program, UNIFIG_STORE=database)
    told = (project.folder / "gc.txt").read_text()
    assert told.startswith("nothing to remove"), told
    assert "of its run still runs" in told
    source = "import unifig; print([row['worker'] for row in unifig.Api().run('run').history()])"
    assert project.train(source, name="read.py", UNIFIG_STORE=database) == "[1, 2]\n"


def test_doctor_looks_at_a_team_s_store(lasting_runs, team, own_server):
    """How it is, and where it can't be reached what becomes of runs."""
    found = {one["name"]: one for one in lasting_runs.json("doctor", UNIFIG_STORE=team)}
    assert re.search(r"version 2, PostgreSQL \d+", found["store"]["told"])
    assert found["runs"]["told"] == "3 finished"
    assert found["journals"]["told"].endswith("all delivered")
    url = own_server.url()
    own_server.stop()
    done = lasting_runs.unifig("doctor", "--json", UNIFIG_STORE=url)
    assert done.returncode == 1
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert "can't be reached" in found["store"]["told"]
    assert "wait in their journals" in found["store"]["remedy"]


def test_a_store_that_can_not_be_reached(project, own_server):
    """One line says so, without a traceback."""
    url = own_server.url()
    own_server.stop()
    done = project.unifig("runs", UNIFIG_STORE=url)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("unifig: the store postgresql")
    assert "can't be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_driver(project):
    """One line says how it is installed."""
    source = "import sys; sys.modules['psycopg'] = None; sys.argv = ['unifig', 'runs']\n"
    project.write("main.py", source + "from unifig.cli import main; main()")
    done = project.python("main.py", UNIFIG_STORE="postgresql://nowhere/db")
    told = 'unifig: a store in PostgreSQL needs psycopg: pip install "unifig[postgres]"\n'
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


def test_a_database_of_something_else(project, database):
    """It is left alone."""
    name = database.partition("?")[0].rpartition("/")[2]
    execute("create table accounts (id int)", name)
    done = project.unifig("runs", "--store", database)
    assert done.returncode == 1
    assert "has tables (accounts, …) and is no store of runs" in done.stderr
    assert execute("select count(*) from pg_tables where schemaname = 'public'", name) == [(1,)]
