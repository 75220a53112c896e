"""Api: runs that are read back, asked for, compared, edited and deleted."""

import itertools
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC

import pytest
from tests.runs.journals import anew, contents, lines, log, settle, start, used, write

import unifig
from unifig import UnifigWarning
from unifig.errors import (
    ConfigKeyError,
    ConflictError,
    FilterError,
    FlatKeyError,
    RunError,
    RunNotFoundError,
    RunPathError,
)

LOGGING = """\
import sys, unifig
run = unifig.init({"lr": 0.1, "mine": 1}, id="a", allow_val_change=True)
run.log({"x": 1})
unifig.config.mine = 2
print("ready", flush=True)
for line in sys.stdin:
    if line == "end\\n":
        break
    run.log({"x": 2})
    unifig.config.mine = 3
    run.summary["live"] = True
print("done", flush=True)
"""


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"])
def runs(request, tmp_path, monkeypatch):
    """The folder of runs, which all that is here records into; over it the one store or other."""
    store = request.getfixturevalue("database") if request.param == "postgresql" else None
    return settle(tmp_path, monkeypatch, store)


def made(id_="a", config=None, rows=(), **how):
    """A run that has ended."""
    with unifig.init(config, id=id_, **how) as run:
        for row in rows:
            run.log(row)
    return unifig.Api().run(id_)


def logging():
    """A process with an open run, of which all up to now is recorded."""
    command = [sys.executable, "-c", LOGGING]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    process = subprocess.Popen(command, **pipes)
    assert process.stdout.readline() == "ready\n"
    for _ in range(600):  # it is written in batches
        if any(run.config.get("mine") == 2 for run in unifig.Api().runs()):
            return process
        time.sleep(0.1)
    raise AssertionError("its config was not recorded")


# Reading


def test_what_a_run_has(runs, monkeypatch):
    """Config, summary, extremes, history, origins and metadata are as they were recorded."""
    monkeypatch.setattr(sys, "argv", ["train.py", "--api-key", "sk-123456", "--lr=1"])
    config = {
        "lr": 1e-3,
        "n": 1,
        "f": 1.0,
        "b": True,
        "none": None,
        "l": [1, {"x": [2.0]}],
        "e": {},
    }
    rows = [{"loss": 3}, {"loss": float("nan")}, {"loss": 1.5, "val": {"acc": 1}}]
    run = made(
        config=config, rows=rows, name="first", tags=["t"], notes="n", group="g", job_type="j"
    )
    assert repr(run.config) == repr(config)
    assert run.summary == {"loss": 1.5, "val": {"acc": 1}}
    assert run.summary["val"]["acc"] == 1
    assert (run.summary.min["loss"], run.summary.max["loss"]) == (1.5, 3)
    assert [row["_step"] for row in run.history()] == [0, 1, 2]
    assert run.history(["val.acc"]) == [run.history(["val.acc"])[0]]
    assert run.history(["loss", "val.acc"])[0]["val"] == {"acc": 1}
    assert (run.name, run.tags, run.notes, run.group, run.job_type) == (
        "first",
        ["t"],
        "n",
        "g",
        "j",
    )
    assert (run.state, run.exit_code, run.error, run.step) == ("finished", None, None, 2)
    assert run.created_at.tzinfo is UTC
    assert run.created_at <= run.finished_at
    assert run.origins["lr"].kind == "code"
    assert run.metadata["argv"] == ["train.py", "--api-key", "***", "--lr=1"]
    assert run.packages["sqlalchemy"]
    assert (run.path, run.entity, run.project, run.id) == ("me/demo/a", "me", "demo", "a")


@pytest.mark.parametrize("path", ["a", "demo/a", "me/demo/a", "/me/demo/a", "me/demo/runs/a"])
def test_paths(path):
    """A run is found by its whole path, and by the part that is not ours anyway."""
    made()
    assert unifig.Api().run(path).path == "me/demo/a"


@pytest.mark.parametrize("path", ["", "a/b/c/d", "me//a", 5, None, "a\0", "a:b", "x" * 129])
def test_what_is_no_path(path):
    """It is an error, that says how one is written."""
    with pytest.raises(RunPathError):
        unifig.Api().run(path)
    with pytest.raises(RunPathError):
        unifig.Api().runs("a/b/c")


def test_a_run_that_is_not_there(runs):
    """The error names the run, the folder, and one that was meant; looking makes no folder."""
    with pytest.raises(RunNotFoundError, match=f"there is no run me/demo/a in {runs}"):
        unifig.Api().run("a")
    assert not runs.exists()
    made("resnet50")
    with pytest.raises(RunNotFoundError, match="did you mean 'me/demo/resnet50'"):
        unifig.Api().run("resnet5O")


@pytest.mark.parametrize(
    "key", ["lr", "model", "model.depth", "layers", "layers[1]", "layers[1].n", "betas[1]", "token"]
)
def test_a_value_is_explained_as_its_program_would(key):
    """Of values, mappings, elements; with what they replaced, masked where they are secret."""
    with unifig.init({"lr": 0.1, "model": {"depth": 2, "act": "relu"}}, id="a") as run:
        run.config.update({"layers": [{"n": 1}, {"n": 2}], "betas": (0.9, 0.99), "token": "hf_x1"})
        run.config.update({"lr": 0.2, "model": {"depth": 3}}, allow_val_change=True)
        own = run.config.explain(key)
    recorded = unifig.Api().run("a").explain(key)
    assert json.dumps(recorded.as_dict()) == json.dumps(own.as_dict())
    assert str(recorded) == str(own)
    assert recorded.value == own.value


def test_a_key_that_is_not_there_has_no_story():
    """The error names the run and near keys; what is no flat key is another one."""
    run = made(config={"model": {"depth": 2}, "betas": [1]})
    for key, near in (("modl", "'model'"), ("model.dept", "'model.depth'"), ("betas[1]", "")):
        with pytest.raises(ConfigKeyError, match=f"me/demo/a has no flat key .*{near}"):
            run.explain(key)
    with pytest.raises(FlatKeyError):
        run.explain("model[")


def test_rows_of_one_step_are_one_row():
    """Calls of one step that follow each other make one row, unless a metric is there twice."""
    with unifig.init(id="a") as run:
        run.log({"a": 1}, commit=False)
        run.log({"b": 2})
        run.log({"a": 3}, step=5)
        run.log({"b": 4}, step=5)
        run.log({"b": 5}, step=5)
    rows = unifig.Api().run("a").history()
    for row in rows:
        del row["_timestamp"]
    assert rows == [
        {"_step": 0, "a": 1, "b": 2},
        {"_step": 5, "a": 3, "b": 4},
        {"_step": 5, "b": 5},
    ]
    assert list(unifig.Api().run("a").scan_history(["nothing"])) == []


def test_a_process_that_is_killed():
    """Its run has what was logged, and crashed."""
    process = logging()
    api = unifig.Api()
    assert api.run("a").state == "running"
    process.kill()
    with process:
        pass
    assert (api.run("a").state, api.run("a").summary["x"]) == ("crashed", 1)


# Many runs


def test_pages():
    """In every order and by pages of every size, each run is there once."""
    values = [3, 1, None, 2, 2.5, 2, float("nan"), None, "text"]
    for number, value in enumerate(values):
        config = {} if value is None else {"lr": value}
        rows = [{"acc": value}] if isinstance(value, int | float) else []
        made(f"r{number}", config, rows)
    ids = {f"r{number}" for number in range(len(values))}
    names = ["created_at", "config.lr", "summary.acc", "min.acc", "max.acc", "name", "config.none"]
    for name, sign in itertools.product(names, ["", "+", "-"]):
        found = [
            [run.id for run in unifig.Api().runs(order=sign + name, per_page=size)]
            for size in (1, 2, 7, 50)
        ]
        assert found[0] == found[1] == found[2] == found[3]
        assert set(found[0]) == ids
        assert len(found[0]) == len(ids)
    best = [run.summary.get("acc") for run in unifig.Api().runs(order="-summary.acc", per_page=2)]
    assert best[:5] == [3, 2.5, 2, 2, 1]


def test_filters_and_order_of_runs():
    """Runs are chosen by filters, counted, and read as they are needed."""
    for number in range(5):
        made(f"r{number}", {"lr": number / 10}, [{"acc": number}], tags=["odd"] * (number % 2))
    api = unifig.Api()
    found = api.runs("me/demo", {"config.lr": {"$gt": 0.1}}, order="config.lr", per_page=1)
    assert len(found) == 3
    assert [run.id for run in found] == ["r2", "r3", "r4"]
    assert [run.id for run in found] == ["r2", "r3", "r4"]
    assert [run.id for run in api.runs(filters={"tags": "odd"}, order="name")] == ["r1", "r3"]
    assert len(api.runs("other")) == 0
    with pytest.raises(FilterError):
        api.runs(filters={"config.lr": {"$gtt": 1}})
    with pytest.raises(FilterError):
        api.runs(order="-nothing")
    with pytest.raises(IndexError):
        found[3]


def test_slices():
    """Runs are indexed as a list is, and scanned page by page."""
    for number in range(5):
        made(f"r{number}")
    whole = [run.id for run in unifig.Api().runs()]
    bounds = [None, -6, -3, -1, 0, 2, 9]
    for first, last, stride in itertools.product(bounds, bounds, [None, -1, 2]):
        cut = slice(first, last, stride)
        assert [run.id for run in unifig.Api().runs(per_page=2)[cut]] == whole[cut], cut
    assert unifig.Api().runs()[-1].id == whole[-1]
    for size in (1, 2, 5, 9):
        assert [run.id for run in unifig.Api().runs(per_page=size).scan()] == whole
    assert list(unifig.Api().runs(filters={"id": "no"}).scan()) == []


def test_data_frame():
    """A row for each run, a column for each key."""
    pytest.importorskip("pandas")
    made("a", {"lr": 0.1, "n": {"x": [1]}}, [{"acc": 1}])
    made("b", {"lr": 0.2})
    frame = unifig.Api().runs(order="name").to_dataframe().set_index("id")
    assert frame.loc["a", "config.lr"] == 0.1
    assert frame.loc["a", "config.n.x"] == [1]
    assert frame["summary.acc"].isna().tolist() == [False, True]


# Edits


def written(runs, before):
    """The events of journals that were not there before, less what all events have."""
    new = [path for path in (runs / "journal").iterdir() if path not in before]
    events = [json.loads(line) for path in new for line in path.read_text().splitlines()]
    return [
        {k: v for k, v in event.items() if k not in ("at", "by", "run", "crc", "aside", "last")}
        for event in events
    ]


def test_an_edit_writes_what_was_changed(runs):
    """Nothing else is written, and nothing at all where nothing was changed."""
    run = made(config={"lr": 0.1, "n": {"x": 1, "y": 2}}, rows=[{"acc": 1}])
    before = set((runs / "journal").iterdir())
    run.update()
    run.config["lr"] = 0.1
    run.update()
    assert set((runs / "journal").iterdir()) == before
    run.config["lr"] = 0.5
    del run.config["n"]["x"]
    run.tags.append("t")
    run.summary["best"] = {"at": 3}
    run.update()
    config, summary, about = written(runs, before)
    assert (config["set"], config["removed"]) == ({"lr": 0.5}, ["n.x"])
    assert summary == {"event": "summary", "set": {"best.at": 3}}
    assert about == {"event": "about", "about": {"tags": ["t"]}}
    run = unifig.Api().run("a")
    assert (run.config, run.tags) == ({"lr": 0.5, "n": {"y": 2}}, ["t"])
    assert run.summary == {"acc": 1, "best": {"at": 3}}
    origin = run.origins["lr"]
    assert origin.kind == "api"
    assert "0.1" in repr(origin.as_dict())


def test_two_edits_of_one_value(runs):
    """The second is told who was first and writes nothing; the same change by both is none."""
    made(config={"lr": 0.1, "x": 1})
    one, other, third = (unifig.Api().run("a") for _ in range(3))
    one.config["lr"] = third.config["lr"] = 0.2
    other.config.update(lr=0.3, x=2)
    one.update()
    third.update()
    before = set((runs / "journal").iterdir())
    with pytest.raises(
        ConflictError, match=r"'lr' was 0\.1, is 0\.2 by now, and would become 0\.3"
    ):
        other.update()
    assert set((runs / "journal").iterdir()) == before
    assert unifig.Api().run("a").config == {"lr": 0.2, "x": 1}
    other.load()
    other.config["x"] = 2
    other.update()
    assert unifig.Api().run("a").config == {"lr": 0.2, "x": 2}


def test_edits_last(tmp_path, runs):
    """What was edited is the same in a store that is made anew."""
    run = made(config={"lr": 0.1, "gone": 1})
    del run.config["gone"]
    run.name, run.notes, run.group, run.job_type = "n", "o", "g", "j"
    run.summary.update({"acc": 0.5})
    assert (run.config, run.name, run.notes) == ({"lr": 0.1}, "n", "o")
    assert contents(used(runs)) == anew(runs, tmp_path / "anew.db")
    run.summary.pop("acc")
    run.update()
    assert unifig.Api().run("a").summary == {}


def test_an_edit_while_the_run_is_alive():
    """What the edit changes and what the process changes are both there in the end."""
    process = logging()
    run = unifig.Api().run("a")
    run.config["lr"] = 0.7
    run.config["note"] = "seen"
    run.tags = ["t"]
    run.update()
    with process:
        process.stdin.write("more\nend\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
    run = unifig.Api().run("a")
    assert run.config == {"lr": 0.7, "mine": 3, "note": "seen"}
    assert (run.tags, run.summary, run.state) == (["t"], {"x": 2, "live": True}, "finished")


def test_a_value_that_the_process_changed_meanwhile():
    """An edit of what the process has changed since is told."""
    process = logging()
    run = unifig.Api().run("a")
    with process:
        process.stdin.write("more\nend\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
    run.config["mine"] = 9
    with pytest.raises(ConflictError, match="'mine' was 2, is 3 by now"):
        run.update()


def test_deleting_lasts(tmp_path, runs):
    """A run that was deleted does not come back by what its process still writes."""
    process = logging()
    run = unifig.Api().run("a")
    run.delete()
    for late in (run.delete, run.update, run.load):
        with pytest.raises(RunNotFoundError):
            late()
    with process:
        process.stdin.write("more\nend\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
    assert len(unifig.Api().runs()) == 0
    again = made(config={"new": 1}, rows=[{"y": 1}])
    assert (again.config, again.summary) == ({"new": 1}, {"y": 1})
    assert [row["_step"] for row in again.history()] == [0]
    assert contents(used(runs)) == anew(runs, tmp_path / "anew.db")


def test_an_edit_of_a_run_that_is_gone():
    """It is told; nothing comes back."""
    made()
    run, other = unifig.Api().run("a"), unifig.Api().run("a")
    other.delete()
    run.config["x"] = 1
    with pytest.raises(RunNotFoundError):
        run.update()
    assert len(unifig.Api().runs()) == 0


# Going on


def test_resuming():
    """Config, summary and step go on; what has changed replaces what was, and remembers it."""
    made(config={"lr": 0.1, "n": {"x": 1}}, rows=[{"acc": 1}, {"acc": 2}], tags=["t"])
    with unifig.init({"lr": 0.2}, id="a", resume="must") as run:
        assert run.config.as_dict() == {"lr": 0.2, "n": {"x": 1}}
        assert (run.step, run.summary["acc"], run.resumed, run.tags) == (2, 2, True, ("t",))
        run.log({"acc": 5})
    told = unifig.Api().run("a")
    assert told.config == {"lr": 0.2, "n": {"x": 1}}
    assert [row["_step"] for row in told.history()] == [0, 1, 2]
    assert (told.summary, told.summary.min, told.state) == ({"acc": 5}, {"acc": 1}, "finished")
    assert "0.1" in repr(told.origins["lr"].as_dict())


def test_ways_to_resume():
    """must needs a run, never none, allow takes one if it is there, auto the last that failed."""
    with pytest.raises(RunError, match="there is no run me/demo/a"):
        unifig.init(id="a", resume="must")
    with pytest.raises(RunError, match="needs to know which run"):
        unifig.init(resume="must")
    made(resume="allow", rows=[{"x": 1}])
    with pytest.raises(RunError, match="recorded already"):
        unifig.init(id="a", resume="never")
    with pytest.raises(RunError, match="resume is 'mst'"):
        unifig.init(id="a", resume="mst")
    assert made(resume="allow", rows=[{"x": 1}]).step == 1
    with pytest.warns(UnifigWarning, match="is recorded already"):
        made()
    with unifig.init(resume="auto") as run:
        assert run.id != "a"
        run.finish(exit_code=1)
    with unifig.init(resume=True) as again:
        assert again.id == run.id


@pytest.mark.parametrize("runs", ["sqlite"], indirect=True)
def test_without_sqlalchemy():
    """Recording needs none; reading says how it is installed."""
    program = (
        "import sys; sys.modules['sqlalchemy'] = None; import unifig\n"
        "unifig.init(id='a').finish()\n"
        "try: unifig.Api()\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout == 'reading runs back needs SQLAlchemy: pip install "unifig[store]"\n'
    assert not done.stderr


def test_rows_are_read_while_others_are_asked_for(runs):
    """A history that is being read stops nobody, in a store in memory neither."""
    write(runs, "w", lines("w", [start(), log((0, {"x": 1}), (1, {"x": 2}))]))
    for store in (None, "sqlite://"):
        api = unifig.Api(store=store)
        rows = [(row["x"], len(api.runs())) for row in api.run("a").scan_history()]
        assert rows == [(1, 1), (2, 1)]


@dataclass
class Options:
    lr: float = 1.0


def test_types_of_what_an_edit_deletes():
    """With a mapping its type and those of its keys go."""
    run = made(config={"opt": Options(), "by": {1: 2}, "list": [Options()]})
    del run.config["opt"], run.config["by"], run.config["list"]
    run.update()
    flat = unifig.Api().run("a").flat()
    assert (flat, flat.types, flat.key_types, flat.origins) == ({}, {}, {}, {})


FORKING = """\
import os, unifig
run = unifig.init(id="a")
here, there = os.pipe(), os.pipe()
if os.fork() == 0:
    unifig.log({"child": 1})
    os.write(there[1], b"x")
    os.read(here[0], 1)
    unifig.log({"child": 2})
    os.write(there[1], b"x")
    os._exit(0)
os.read(there[0], 1)
run.finish()
unifig.Api().run("a").delete()
with unifig.init(id="a") as again:
    again.log({"x": 1})
    os.write(here[1], b"x")
    os.read(there[0], 1)
os.wait()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork on POSIX alone")
def test_a_child_of_a_run_that_was_deleted():
    """What it still writes is no part of a new run of that id."""
    subprocess.run([sys.executable, "-c", FORKING], check=True)
    assert [
        sorted(row.keys() - {"_step", "_timestamp"}) for row in unifig.Api().run("a").history()
    ] == [["x"]]
