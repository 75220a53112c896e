"""What runs are called and what is in them does no harm, and secrets are written nowhere."""

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.runs.journals import settle

import unifig
from unifig.errors import RunPathError

ODD = [
    "'; DROP TABLE run; --",
    '"quoted" and \\ back',
    "<script>alert(1)</script>",
    "two\nlines\r\tand a tab",
    "$.a[0]",
    "100%25",
    "é𞥘\u202e",
    "",
    " ",
    "a" * 10_000,
]

PARTS = [
    *(
        "../../x",
        "/etc/x",
        "..",
        ".",
        "a\0b",
        "a/b",
        "a\\b",
        "'; DROP",
        '"',
        "x" * 10_000,
        "",
        "\n",
    ),
    *("a\n", " a", "%2e%2e", "C:x", "<b>", "*", "~", "$HOME", "\ud800", "CON", "é"),
]
"""What may be tried as a part of a run's path."""

CANARY = "hunter2-Tr0ub4dor"
SECRETS = f"""\
import os, sys, unifig
os.umask(0)
url = "postgres://u:{CANARY}@h/db"
sys.argv = ["train.py", "--password", "{CANARY}", url]
run = unifig.init(
    {{"api_key": "{CANARY}", "url": url, "db": {{"password": "{CANARY}"}}}},
    id="a", name=url, notes=url, group=url, job_type=url, tags=[url],
)
run.log({{"x": 1}})
run.summary["password"] = "{CANARY}"
run.summary["url"] = url
run.notes = url
unifig.config.token = "{CANARY}"
try:
    with run:
        raise ValueError(url)
except ValueError:
    pass
told = unifig.Api().run("a")
told.config["other"] = {{"secret_key": "{CANARY}"}}
told.summary["secret"] = "{CANARY}"
told.notes = url + " again"
told.update()
"""


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """The folder of runs, which all that is here records into."""
    return settle(tmp_path, monkeypatch)


def tree(folder):
    """All files and folders, but for those of runs."""
    return {path for path in folder.rglob("*") if "runs" not in path.relative_to(folder).parts}


@pytest.mark.parametrize("part", ["id", "entity", "project"])
@pytest.mark.parametrize(
    "text",
    PARTS,
    ids=range(len(PARTS)),
)
def test_paths_stay_inside(tmp_path, runs, part, text):
    """A part of a path is refused by one error, or a run of that name is in the folder of runs."""
    before = tree(tmp_path)
    try:
        with unifig.init(**{"id": "a", part: text or "\t"}) as run:
            run.log({"x": 1})
    except RunPathError:
        assert not runs.exists()
    else:
        (found,) = unifig.Api().runs()
        assert getattr(found, part) == text
        assert unifig.Api().run(found.path).summary == {"x": 1}
        assert {path.parent for path in runs.rglob("*.jsonl")} == {runs / "journal"}
    assert tree(tmp_path) == before


def test_texts_come_back_as_they_were():
    """Names, keys, values, tags and metrics of every kind are data, whatever they look like."""
    with unifig.init(
        {text: text for text in ODD}, id="a", tags=ODD, name=ODD[0], notes=ODD[3]
    ) as run:
        run.log(dict.fromkeys(ODD, 1))
        run.summary["said"] = dict.fromkeys(ODD, ODD[2])
    run = unifig.Api().run("a")
    assert run.config == {text: text for text in ODD}
    assert (run.tags, run.name, run.notes) == (ODD, ODD[0], ODD[3])
    assert run.summary == {**dict.fromkeys(ODD, 1), "said": dict.fromkeys(ODD, ODD[2])}
    assert {key for key in run.history()[0] if not key.startswith("_")} == set(ODD)
    for text in ODD[:-1]:
        key = unifig.join((text,))
        assert len(unifig.Api().runs(filters={f"config.{key}": text})) == 1
        assert len(unifig.Api().runs(filters={f"summary.{key}": 1}, order=f"summary.{key}")) == 1
        assert len(unifig.Api().runs(order=f"-config.{key}")) == 1


@pytest.mark.parametrize(
    "how", [{"name": "\ud800"}, {"notes": "\0"}, {"tags": ["\udfff\0"]}, {"group": "\ud800"}]
)
def test_texts_that_a_database_refuses(how):
    """They stop nobody from reading the runs that are there."""
    unifig.init(id="b").finish()
    with unifig.init(id="a", **how) as run:
        run.log({"x": 1}, step=5)
    try:
        with unifig.init(id="c"):
            raise ValueError("\ud800")
    except ValueError:
        pass
    assert {run.id for run in unifig.Api().runs()} == {"a", "b", "c"}


@pytest.mark.parametrize("how", [{"name": 5}, {"notes": ["a"]}, {"group": {}}, {"tags": 5}])
def test_what_is_no_text(how):
    """It is refused, or recorded in a way that can be read."""
    try:
        unifig.init(id="a", **how).finish()
    except unifig.UnifigError:
        pass
    else:
        assert unifig.Api().run("a").id == "a"


def test_numbers_that_a_database_refuses():
    """Very large steps and exit codes stop nobody from reading."""
    run = unifig.init(id="a")
    run.log({"x": 10**700, "y": -(2**70)}, step=1)
    with pytest.warns(unifig.UnifigWarning):
        run.log({"x": 1}, step=2**70)
    run.finish(exit_code=2**70)
    assert unifig.Api().run("a").summary["y"] == -(2**70)


def test_secrets_are_in_no_file(tmp_path):
    """No byte of a journal or a store has a secret; whoever else is on the machine reads none."""
    done = subprocess.run(
        [sys.executable, "-c", SECRETS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".jsonl", ".db"}
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path
        if path.name != ".gitignore":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (path for path in tmp_path.rglob("*") if path.is_dir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_files_beside_the_store_are_the_users_alone(tmp_path, umask):
    """While a store is written, SQLite's files beside it are as closed as it is."""
    before = os.umask(umask)
    try:
        unifig.init(id="a").finish()
        api = unifig.Api()
        archive = api._archive
        api.runs()[0]
        with archive.store.writing() as connection:
            connection.exec_driver_sql("update run set notes = 'x'")
            found = {path.name: path for path in (tmp_path / "runs").glob("store.db*")}
            assert {"store.db", "store.db-wal"} <= found.keys()
            modes = {stat.S_IMODE(path.stat().st_mode) for path in found.values()}
            assert modes == {0o600}
    finally:
        os.umask(before)


def test_nothing_is_unpickled():
    """What is read from files is JSON: no module of runs can make anything else of it."""
    folder = Path(unifig.__file__).parent / "runs"
    for path in folder.rglob("*.py"):
        parsed = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name.split(".")[0]
            for node in ast.walk(parsed)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
            )
        }
        assert names.isdisjoint({"pickle", "marshal", "shelve", "dill", "cloudpickle"}), path
        calls = {
            n.func.id
            for n in ast.walk(parsed)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert calls.isdisjoint({"eval", "exec", "compile", "__import__"}), path
