"""``unifig gc``: what goes, what stays, and that nothing goes unasked."""

import signal

from tests.cli.terminals import answer, running

TRAIN = """
    import unifig

    for name in ("one", "two"):
        with unifig.init({"lr": 0.1}, id=name) as run:
            run.log({"loss": 0.5})
"""


def journals(project):
    return sorted(path.name.partition("-")[0] for path in (project.runs / "journal").iterdir())


def test_what_is_left_of_deleted_runs_goes(project):
    """It is listed with its size; what is there is read as before."""
    project.train(TRAIN)
    project.well("delete", "one", "--yes")
    assert journals(project) == ["one", "one", "two"]
    text = project.well("gc", "--yes")
    assert "me/demo/one  journals of a deleted run      2" in text
    assert "removed 2 files, " in text
    assert journals(project) == ["two"]
    assert [run["id"] for run in project.json("runs")] == ["two"]
    assert project.well("gc", "--yes") == "nothing to remove\n"


def test_a_dry_run_removes_nothing(project):
    """It needs no yes, and says the same."""
    project.train(TRAIN)
    project.well("delete", "one", "two", "--yes")
    text = project.well("gc", "--dry-run")
    assert "me/demo/two" in text
    assert "removed" not in text
    found = project.json("gc", "-n")
    assert found["dry_run"]
    assert [one["run"] for one in found["would_remove"]] == ["me/demo/one", "me/demo/two"]
    assert all(file["bytes"] > 0 for one in found["would_remove"] for file in one["files"])
    assert len(journals(project)) == 4
    assert len(project.json("gc", "--yes")["removed"]) == 2
    assert journals(project) == []


def test_it_asks_and_nothing_goes_without_a_yes(project):
    """In a pipe nobody can be asked: that is wrong usage."""
    project.train(TRAIN)
    project.well("delete", "one", "--yes")
    done = project.unifig("gc")
    assert done.returncode == 2
    assert "nobody can be asked in a pipe: write --yes" in done.stderr
    done = answer(project, ["gc"], "n\n")
    assert (done.returncode, "Remove 2 files, " in done.stderr) == (0, True)
    assert len(journals(project)) == 3
    done = answer(project, ["gc"], "y\n")
    assert "removed 2 files" in done.stdout
    assert journals(project) == ["two"]


def test_a_run_that_was_deleted_while_it_runs_stays_until_its_process_is_gone(project):
    """It is named, and why."""
    with running(project) as process:
        project.unifig("delete", "live", "--yes", "--force")
        done = project.unifig("gc", "--yes")
        assert done.stdout == "nothing to remove\n"
        told = f"unifig: me/demo/live stays: its process {process.pid} still runs\n"
        assert (done.returncode, done.stderr) == (0, told)
        assert project.json("gc", "--yes")["left"][0]["what"] == "me/demo/live"
        assert journals(project) == ["live", "live"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "removed 2 files" in project.well("gc", "--yes")
    assert journals(project) == []


def test_where_nothing_is_recorded_there_is_nothing(project):
    """And nothing is made by looking."""
    assert project.well("gc", "--yes") == "nothing to remove\n"
    assert not project.runs.exists()
