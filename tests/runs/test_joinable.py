"""Runs that a later ``init()`` joins, and what whoever opens a run adds to its metadata."""

import math

import pytest

import unifig
from unifig import RunError
from unifig.masking import MASK


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of runs of its own, and no open run afterwards."""
    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    if unifig.run is not None:
        unifig.run.end()
    unifig.config.clear()


def recorded(run):
    """A run, read back."""
    return unifig.Api().run(run.path)


class TestJoin:
    """``init()`` while a joinable run is open."""

    def test_it_gives_the_open_run_and_ends_nothing(self):
        """Nor do finish() and the end of the block; end() does."""
        opened = unifig.init({"lr": 0.1}, joinable=True)
        with unifig.init({"seed": 1}) as run:
            unifig.log({"loss": 1.0})
        unifig.finish()
        run.finish()
        assert run is opened is unifig.run
        assert unifig.config == {"lr": 0.1, "seed": 1}
        unifig.log({"loss": 0.5})
        opened.end()
        assert (unifig.run, unifig.config) == (None, {})
        found = recorded(opened)
        assert (found.state, found.config) == ("finished", {"lr": 0.1, "seed": 1})
        assert [row["loss"] for row in found.history()] == [1.0, 0.5]

    def test_the_exception_that_ended_it_counts_before_what_finish_said(self):
        """As it is the last word."""
        run = unifig.init(joinable=True)
        unifig.init().finish()
        run.end(ValueError("diverged"))
        found = recorded(run)
        assert (found.state, found.error) == ("failed", "ValueError: diverged")

    def test_an_exception_in_the_block_of_one_that_joined_is_how_it_ended(self):
        """Where whoever opened it knows of none."""
        run = unifig.init(joinable=True)
        with pytest.raises(ZeroDivisionError), unifig.init():
            1 / 0  # noqa: B018 - it is to raise
        run.end()
        assert recorded(run).error == "ZeroDivisionError: division by zero"

    def test_what_is_no_choice_of_the_program_s_is_no_conflict(self):
        """The value of the one that joins is recorded, with what it replaced."""
        run = unifig.init({"lr": 0.1}, joinable=True)
        unifig.init({"lr": 0.2})
        run.end()
        origin = recorded(run).origins["lr"]
        assert (run.config, origin.replaced[0].value) == ({"lr": 0.2}, 0.1)

    def test_its_options_hold_from_then_on(self):
        """``allow_val_change`` for the whole run; the rest of it is added, or replaces."""
        run = unifig.init({"lr": 0.1}, joinable=True, name="a", tags=["x"], metadata={"a": 1})
        unifig.init(allow_val_change=True, name="b", tags=["y", "x"], metadata={"b": 2})
        unifig.config.lr = 0.3
        run.end()
        found = recorded(run)
        assert (found.name, found.tags, found.config) == ("b", ["x", "y"], {"lr": 0.3})
        assert (found.metadata["a"], found.metadata["b"]) == (1, 2)

    def test_an_init_that_fails_changes_nothing(self):
        """Neither the config nor what is said of the run."""
        run = unifig.init({"lr": 0.1}, joinable=True, name="a")
        with pytest.raises(unifig.UnsupportedError):
            unifig.init(3, name="b")
        assert (run.name, unifig.config, unifig.run) == ("a", {"lr": 0.1}, run)

    def test_a_disabled_run_is_joined_as_well(self):
        """And says so to who wants to record."""
        run = unifig.init(joinable=True, mode="disabled")
        with pytest.warns(unifig.UnifigWarning, match="can't apply mode='online'"):
            assert unifig.init(mode="online") is run

    def test_a_run_that_was_ended_is_joined_by_nobody(self):
        """The next init() opens one of its own, which ends by finish()."""
        first = unifig.init(joinable=True)
        first.end()
        with unifig.init() as second:
            pass
        assert second is not first
        assert second.state == "finished"


class TestMetadata:
    """``init(metadata=…)``."""

    def test_plain_data_comes_back_as_it_was(self):
        """Beside what the run finds out of itself, of which the command line may be replaced."""
        given = {
            "cluster": {"nodes": [1, 2], "spot": None, "share": 0.5, "up": math.inf, "x.y": {}},
            "command": ["python", "train.py"],
            "arguments": ["--lr=1"],
        }
        with unifig.init(metadata=given) as run:
            pass
        found = recorded(run).metadata
        assert {name: found[name] for name in given} == given
        assert found["python"]

    def test_secrets_in_it_are_masked(self, folder):
        """By the names of keys, in words of a command line, and in texts."""
        given = {
            "login": {"password": "hunter2"},
            "arguments": ["--api-key", "hunter2", "db.password=hunter2"],
            "store": "postgresql://me:hunter2@host/db",
        }
        with unifig.init(metadata=given) as run:
            pass
        found = recorded(run).metadata
        assert found["login"] == {"password": MASK}
        assert found["arguments"] == ["--api-key", MASK, f"db.password={MASK}"]
        assert found["store"] == f"postgresql://me:{MASK}@host/db"
        files = [path for path in (folder / "runs").rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if b"hunter2" in path.read_bytes()]

    REFUSED = {
        "no mapping": ([1], r"metadata is \[1\]: a mapping was expected"),
        "an object": (
            {"a": {"b": [object]}},
            r"metadata 'a.b\[0\]' is .*: plain data was expected",
        ),
        "a key that is no text": ({"a": {1: 2}}, "metadata 'a' has the key 1: keys are texts"),
        "a name of unifig's": ({"host": "x"}, "metadata has 'host', which unifig records itself"),
        "what is said elsewhere": ({"tags": ["x"]}, "metadata has 'tags', which unifig records"),
        "a command of one text": ({"command": "a b"}, "'command' is 'a b': a list of texts was"),
        "words that are none": ({"argv": [1]}, "metadata 'argv' is .*: a list of texts was exp"),
        "a folder that is none": ({"cwd": 1}, "metadata 'cwd' is 1: text was expected"),
    }

    @pytest.mark.parametrize("case", REFUSED)
    def test_what_is_none_is_refused(self, case):
        """By its place, with what was expected; no run is opened."""
        given, told = self.REFUSED[case]
        with pytest.raises(RunError, match=told):
            unifig.init(metadata=given)
        assert unifig.run is None

    def test_what_contains_itself_is_refused(self):
        """Instead of running on for ever."""
        given: dict = {}
        given["a"] = given
        with pytest.raises(RunError, match="levels deep, or contains itself"):
            unifig.init(metadata=given)
