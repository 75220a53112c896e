"""``unifig sync``: what was delivered, what can't be read, what is left."""

TRAIN = """
    import unifig

    for name in ("one", "two"):
        with unifig.init({"lr": 0.1}, id=name) as run:
            run.log({"loss": 0.5})
"""


def test_it_delivers_all_that_waits_and_says_how_much(project):
    """Once: then nothing waits."""
    project.train(TRAIN)
    size = sum(path.stat().st_size for path in (project.runs / "journal").iterdir())
    found = project.json("sync")
    assert (found["runs"], found["journals"], found["bytes"]) == (2, 2, size)
    assert (found["problems"], found["left"]) == ([], [])
    assert found["store"] == str(project.runs / "store.db")
    assert project.well("sync") == "nothing was waiting\n"
    project.train("import unifig; unifig.init(id='one', resume='must').finish()")
    assert project.well("sync").startswith("delivered 1 run, 1 journal, ")


def test_what_can_not_be_read_is_named(project):
    """By file and line, each time; a half line is left."""
    project.train(TRAIN)
    path = next((project.runs / "journal").glob("one-*"))
    number = len(path.read_bytes().splitlines())
    with path.open("ab") as file:
        file.write(b"damaged\n")
    done = project.unifig("sync")
    assert done.returncode == 0
    assert done.stdout.startswith("delivered 2 runs, 2 journals, ")
    told = f"unifig: can't be read: {path}, line {number + 1}: the line is damaged"
    assert done.stderr.startswith(told)
    (problem,) = project.json("sync")["problems"]
    assert (problem["journal"], problem["line"]) == (str(path), number + 1)
    other = next((project.runs / "journal").glob("two-*"))
    other.write_bytes(other.read_bytes() + b'{"at":1')
    found = project.json("sync")
    assert found["left"] == [{"journal": str(other), "bytes": 7}]
    assert "not delivered: 7 bytes of " in project.unifig("sync").stderr


def test_a_folder_without_runs_has_nothing_waiting(project):
    """And none is made."""
    assert project.well("sync") == "nothing was waiting\n"
    assert not project.runs.exists()


def test_a_store_elsewhere(project):
    """Delivered by itself, whatever another has."""
    project.train(TRAIN)
    project.well("sync")
    found = project.json("sync", "--store", "other.db")
    assert (found["runs"], found["store"]) == (2, str(project.folder / "other.db"))


def test_a_store_that_can_not_be_opened_is_an_error(project):
    """On one line."""
    project.train(TRAIN)
    project.write("other.db", "no store " * 100)
    done = project.unifig("sync", "--store", "other.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"unifig: {project.folder / 'other.db'} is no store of runs")
    assert done.stderr.count("\n") == 1
