"""``unifig doctor``: what it sees, what it says to do, and that it changes nothing."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

import unifig

TRAIN = """
    import unifig

    for name in ("one", "two"):
        with unifig.init({"lr": 0.1}, id=name) as run:
            run.log({"loss": 0.5})
"""


def seen(project, *words, code=0, **env):
    """What it says, by the name of the check; of a name that it has twice, the last."""
    done = project.unifig("doctor", "--json", *words, **env)
    assert (done.returncode, done.stderr) == (code, ""), done
    return {one["name"]: one for one in json.loads(done.stdout)}


def told(project, name, status, *words, **env):
    """All that it says of a name with a status."""
    done = project.unifig("doctor", "--json", *words, **env)
    return [
        one for one in json.loads(done.stdout) if (one["name"], one["status"]) == (name, status)
    ]


def store(project):
    return project.runs / "store.db"


def state(folder):
    """All files below a folder, with what tells a change."""
    return {
        os.path.join(place, name): (os.stat(os.path.join(place, name)).st_mtime_ns, name)
        for place, folders, names in os.walk(folder)
        for name in (*folders, *names)
    }


def test_versions_and_where_everything_is(project):
    """Of what is installed and of what is recorded."""
    project.train(TRAIN)
    project.well("sync")
    found = seen(project)
    assert {one["status"] for one in found.values()} == {"ok"}
    assert found["versions"]["data"]["unifig"] == unifig.__version__
    assert found["versions"]["data"]["SQLite"] == sqlite3.sqlite_version
    assert {"pluggy", "PyYAML", "SQLAlchemy", "click", "rich"} <= set(found["versions"]["data"])
    folder = found["folder"]["data"]
    assert (folder["path"], folder["exists"], folder["writable"]) == (str(project.runs), True, True)
    size = sum(os.path.getsize(path) for path in state(project.runs) if os.path.isfile(path))
    assert folder["bytes"] == size
    store = found["store"]["data"]
    assert store["path"] == str(project.runs / "store.db")
    assert (store["version"], store["form"]) == (3, "journal mode wal")
    assert found["journals"]["data"] == {"number": 2, "waiting": 0, "bytes": 0}
    assert found["runs"]["data"] == {"states": {"finished": 2}}
    assert found["adapters"]["data"]["errors"] == {}
    assert found["adapters"]["data"]["counts"]["loaded"] > 5


@pytest.mark.parametrize("have", ["nothing", "journals", "a store", "an open store"])
def test_nothing_is_changed_by_looking(have, project):
    """No folder or store is made, nothing delivered, no file touched."""
    if have != "nothing":
        project.train(TRAIN)
    if "store" in have:
        project.well("sync")
    with closing(sqlite3.connect(":memory:" if "open" not in have else store(project))) as other:
        other.execute("begin immediate")
        before = state(project.folder)
        found = seen(project)
        assert state(project.folder) == before
    assert found["store"]["data"]["exists"] == ("store" in have)
    number = 2 * (have == "journals")
    assert found["journals"]["data"]["waiting"] == number


def test_lines_that_can_not_be_read(project):
    """Those that are known, and those that nobody has come to yet."""
    project.train(TRAIN)
    one, two = (next((project.runs / "journal").glob(f"{name}-*")) for name in ("one", "two"))
    with one.open("ab") as file:
        file.write(b"damaged\n")
    project.unifig("sync")
    with two.open("ab") as file:
        file.write(b"damaged\n")
    found = seen(project)["lines"]
    assert found["status"] == "warning"
    assert {problem["journal"] for problem in found["data"]["problems"]} == {str(one), str(two)}
    assert found["remedy"]


def test_a_store_that_is_none_is_an_error(project):
    """With a remedy; what else there is to see is seen."""
    project.train(TRAIN)
    (project.runs / "store.db").write_text("no store " * 100)
    found = seen(project, code=1)
    assert found["store"]["status"] == "error"
    assert "store.db" in found["store"]["told"]
    assert "made again" in found["store"]["remedy"]
    assert found["journals"]["data"]["number"] == 2
    assert seen(project, "--store", "postgresql://me:hunter2@host/db", code=1)["store"]["remedy"]


def test_settings_that_are_set(project):
    """A password is not shown, nor what is no setting; a name that is mistyped is told."""
    env = {
        "UNIFIG_STORE": "sqlite:///x.db?password=hunter2",
        "UNIFIG_STORES": "hunter2",
        "UNIFIG_API_KEY": "hunter2",
        "UNIFIG_MASK_NEVER": "a.*",
        "UNIFIG_RANKS": "all",
        "UNIFIG_UI_TOKEN": "hunter2",
    }
    done = project.unifig("doctor", **env)
    assert "hunter2" not in done.stdout + done.stderr
    assert "UNIFIG_MASK_NEVER=a.*" in done.stdout
    assert "UNIFIG_RANKS=all" in done.stdout
    assert "UNIFIG_UI_TOKEN=***" in done.stdout
    warned = {one["told"]: one["remedy"] for one in told(project, "settings", "warning", **env)}
    assert "did you mean 'UNIFIG_STORE'" in warned["UNIFIG_STORES is no setting of unifig"]
    assert "UNIFIG_API_KEY is no setting of unifig" in warned
    (wrong,) = told(project, "settings", "error", UNIFIG_MODE="onlin")
    assert "online, offline, disabled" in wrong["remedy"]


def test_configuration_files_that_init_would_read(project):
    """Those that are there, and what is wrong with them."""
    project.write("config-defaults.yaml", "lr: 0.1\n")
    project.write("a.yaml", "seed: 1\n")
    found = seen(project, UNIFIG_CONFIGS="a.yaml")["configs"]
    assert found["data"]["files"] == [str(project.folder / "config-defaults.yaml"), "a.yaml"]
    project.write("a.yaml", "- 1\n")
    found = seen(project, UNIFIG_CONFIGS="a.yaml", code=1)["configs"]
    assert (found["status"], "a.yaml" in found["told"]) == ("error", True)


def test_in_a_pipe_each_check_is_a_line(project):
    """With its status first, and the remedy behind; at a width nothing is longer."""
    project.train(TRAIN)
    lines = project.unifig("doctor", UNIFIG_NOTE="x").stdout.splitlines()
    assert {line.split()[0] for line in lines} == {"ok", "warning"}
    (line,) = [line for line in lines if line.startswith("warning")]
    assert line.split()[1:3] == ["settings", "UNIFIG_NOTE"]
    assert "(take it away, or mend its name" in line
    text = project.unifig("doctor", UNIFIG_NOTE="x", COLUMNS="80").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "→ take it away" in text
