"""``unifig delete``: shows, asks, deletes; all that is named, or nothing."""

from tests.cli.terminals import answer, running

TRAIN = """
    import unifig

    for name in ("one", "two", "three"):
        unifig.init({"lr": 0.1}, id=name, name=f"the {name}").finish()
"""


def ids(project):
    return sorted(run["id"] for run in project.json("runs"))


def test_runs_are_shown_and_deleted(project):
    """By id, path or latest; one that is named twice is one."""
    project.train(TRAIN)
    text = project.well("delete", "me/demo/one", "latest", "three", "--yes")
    assert "me/demo/one    the one    finished  20" in text
    assert "deleted 2 runs" in text
    assert ids(project) == ["two"]


def test_it_asks(project):
    """A no deletes nothing; in a pipe nobody can be asked."""
    project.train(TRAIN)
    done = project.unifig("delete", "one")
    assert (done.returncode, "write --yes" in done.stderr) == (2, True)
    done = answer(project, ["delete", "one"], "n\n")
    assert (done.returncode, "Delete 1 run?" in done.stderr) == (0, True)
    assert "me/demo/one" in done.stdout
    assert ids(project) == ["one", "three", "two"]
    done = answer(project, ["delete", "one", "two"], "y\n")
    assert "deleted 2 runs" in done.stdout
    assert ids(project) == ["three"]


def test_nothing_is_deleted_where_one_is_not_found(project):
    """It is named."""
    project.train(TRAIN)
    done = project.unifig("delete", "one", "nosuch", "--yes")
    assert done.returncode == 1
    assert done.stderr.startswith("unifig: there is no run me/demo/nosuch in ")
    assert ids(project) == ["one", "three", "two"]


def test_json_says_what_was_deleted(project):
    """As it was before."""
    project.train(TRAIN)
    found = project.json("delete", "one", "--yes")
    (one,) = found["deleted"]
    assert (one["path"], one["name"], one["state"]) == ("me/demo/one", "the one", "finished")
    assert found["failed"] == []


def test_a_run_that_is_running_is_not_deleted_by_a_yes_alone(project):
    """--force deletes it, and so does who was warned and says yes."""
    project.train(TRAIN)
    with running(project):
        done = project.unifig("delete", "one", "live", "--yes")
        assert done.returncode == 1
        assert done.stderr.startswith("unifig: still running: me/demo/live: nothing is deleted")
        assert ids(project) == ["live", "one", "three", "two"]
        done = answer(project, ["delete", "live"], "n\n")
        assert "warning: me/demo/live is running" in done.stderr
        done = project.unifig("delete", "live", "--yes", "--force")
        assert (done.returncode, "deleted 1 run;" in done.stdout) == (0, True)
        assert ids(project) == ["one", "three", "two"]
