"""The life of the config of the process: from before the first init() to finish(), and again."""

import os
import sys
import threading
import warnings
from pathlib import Path

import pytest

import unifig
from unifig import ConfigError, FileError, UnifigWarning, UnsupportedError
from unifig._config import start_afresh


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The config of a process that has not called init() yet, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.delenv("UNIFIG_CONFIGS", raising=False)
    start_afresh(unifig.config)
    yield unifig.config
    unifig.finish()
    start_afresh(unifig.config)


def line_of(text):
    """``file:line`` of the one line of this file that ends with ``# text``."""
    lines = Path(__file__).read_text().splitlines()
    [at] = [at for at, line in enumerate(lines, 1) if line.endswith(f"# {text}")]
    return f"{__file__}:{at}"


def story(config):
    """All that there is to read in a config."""
    flat = config.flat()
    told = [config.explain(key).as_dict() for key in flat]
    return dict(flat), flat.origins, flat.types, flat.key_types, told, config.digest()


class TestBeforeInit:
    """What a program does with the config before its first init()."""

    def test_what_is_set_before_moves_into_the_run(self, config):
        """With its origins, its chain, its original types, and who locked it."""
        config.lr = 0.1  # first
        config.update(lr=0.2, allow_val_change=True)  # then
        config.model = {"path": Path("a"), "layers": [{1: "n"}]}
        config.lock("model", by="the sweep")
        before = story(config)
        with unifig.init() as run:
            assert run.config is config
            assert story(config) == before
            origin = config.flat().origins["lr"]
            assert (origin.place, origin.replaced[0].origin.place) == (
                line_of("then"),
                line_of("first"),
            )
            with pytest.warns(UnifigWarning, match="'model' is locked by the sweep"):
                config.model.path = "b"
            with pytest.raises(ConfigError, match=r"'lr' is 0.2, .* and would become 3"):
                config.lr = 3

    def test_it_meets_what_init_is_given_by_rank(self, config):
        """The defaults come beneath it; another choice of the program is a conflict."""
        Path("config-defaults.yaml").write_text("lr: 0.5\nepochs: 3\n")
        config.lr = 0.1
        with pytest.raises(ConfigError, match=r"'lr' is 0.1, from code .*, and would become 0.2"):
            unifig.init({"lr": 0.2})
        with unifig.init({"seed": 1}):
            assert config == {"lr": 0.1, "epochs": 3, "seed": 1}
            assert [entry.value for entry in config.flat().origins["lr"].replaced] == [0.5]

    def test_mappings_taken_before_stay_live(self, config):
        """A program may have handed one to its model."""
        config.model = {"encoder": {"depth": 2}}
        model, encoder = config.model, config.model.encoder
        with unifig.init({"model": {"width": 8}}):
            assert model is config.model
            assert model == {"encoder": {"depth": 2}, "width": 8}
            encoder.heads = 4
            assert config.flat()["model.encoder.heads"] == 4

    def test_lists_taken_before_stay_live(self, config):
        """Those of plain values, those of mappings, and the mappings in them."""
        config.update(sizes=[1], layers=[{"n": 1}])
        sizes, layers, first = config.sizes, config.layers, config.layers[0]
        with unifig.init({"seed": 1}, allow_val_change=True):
            sizes.append(2)
            layers.append({"n": 2})
            first.m = 3
            assert config == {"sizes": [1, 2], "layers": [{"n": 1, "m": 3}, {"n": 2}], "seed": 1}

    def test_observers_are_told_of_what_init_changes(self, config):
        """Once, with all of it, and not of what was there before."""
        Path("config-defaults.yaml").write_text("lr: 0.5\nepochs: 3\n")
        config.update(lr=0.1, seed=1)
        changes = []
        undo = config.observe(changes.append)
        with unifig.init({"width": 8}):
            [change] = changes
            # lr has the same value, and now a default that it replaced.
            assert change.set == {"lr": 0.1, "epochs": 3, "width": 8}
            assert change.set.origins["epochs"].kind == "file"
            assert change.removed == ()
        assert changes == [change]
        undo()

    def test_an_observer_that_fails_does_not_stop_init(self, config):
        """It is named in a warning, and the run is open."""
        undo = config.observe(lambda change: 1 / 0)
        with pytest.warns(UnifigWarning, match="observer .* failed: ZeroDivisionError"):
            run = unifig.init({"lr": 1})
        assert run.config == config == {"lr": 1}
        undo()

    def test_an_observer_may_write(self, config):
        """While init() is not done yet, and what it writes is a part of the run."""
        undo = config.observe(lambda change: config.update(seen=config.lr))
        with unifig.init({"lr": 1}):
            assert config == {"lr": 1, "seen": 1}
        undo()


class TestFinish:
    """The end of a run."""

    def test_the_config_is_empty_and_the_run_keeps_it(self, config):
        """As it was, story and all; the config is the same object for ever."""
        Path("config-defaults.yaml").write_text("lr: 0.5\n")
        run = unifig.init({"lr": 0.1, "model": {"path": Path("a"), "layers": [{1: 2}]}})
        config.lock("model", by="the sweep")
        before, changed = story(config), config.changed()
        run.finish()
        assert config == {}
        assert config.flat().origins == {}
        assert unifig.config is config
        assert run.config is not config
        assert story(run.config) == before
        assert run.config.changed() == changed
        with pytest.warns(UnifigWarning, match="locked by the sweep"):
            run.config.update(model={"path": "b"}, allow_val_change=True)

    def test_what_comes_after_is_no_part_of_it(self, config):
        """Nor of the locks and of allow_val_change."""
        run = unifig.init({"lr": 0.1}, allow_val_change=True)
        config.lock("lr")
        run.finish()
        config.lr = 0.2
        with pytest.raises(ConfigError, match=r"'lr' is 0\.2"):
            config.lr = 0.3
        assert run.config == {"lr": 0.1}

    def test_parts_of_it_that_somebody_kept_take_no_more_writes(self, config):
        """A write to them would be lost: it is an error, and the next run does not have it."""
        run = unifig.init({"model": {"depth": 2}, "sizes": [1]})
        model, sizes = config.model, config.sizes
        run.finish()
        config.model = {"depth": 3}
        for write in (lambda: model.update(depth=4), lambda: sizes.append(2)):
            with pytest.raises(ConfigError, match="was replaced or removed"):
                write()
        assert config == {"model": {"depth": 3}}
        assert run.config == {"model": {"depth": 2}, "sizes": [1]}

    def test_a_run_ends_once(self, config):
        """A second finish() ends nobody else's run; without a run there is nothing to end."""
        unifig.finish()
        first = unifig.init({"lr": 1})
        first.finish()
        second = unifig.init({"lr": 2})
        first.finish()
        assert (first.config, second.config) == ({"lr": 1}, {"lr": 2})
        assert second.config is config
        unifig.finish()
        unifig.finish()
        assert (config, second.config) == ({}, {"lr": 2})

    def test_finish_without_a_run_leaves_the_config(self, config):
        """What is set before the first init() is not lost by a finish() too many."""
        config.lr = 1
        unifig.finish()
        assert config == {"lr": 1}

    def test_a_run_ends_with_its_block(self, config):
        """And with an exception as well, which goes on."""
        with unifig.init({"lr": 1}) as run:
            assert run.config is config
        assert (config, run.config) == ({}, {"lr": 1})
        with pytest.raises(ZeroDivisionError), unifig.init({"lr": 2}) as run:
            config.seed = 1 / 0
        assert (config, run.config) == ({}, {"lr": 2})
        with unifig.init():
            assert config == {}

    def test_observers_outlive_a_run(self, config):
        """They belong to the config of the process; that a run has ended is no change of values."""
        changes = []
        undo = config.observe(changes.append)
        unifig.init({"lr": 1}).finish()
        unifig.init({"seed": 1}).finish()
        assert [dict(change.set) for change in changes] == [{"lr": 1}, {"seed": 1}]
        assert [change.removed for change in changes] == [(), ()]
        undo()


class TestSecondInit:
    """init() while a run is open."""

    def test_it_ends_the_first_run_with_a_warning(self, config):
        """At the caller's line; nothing of the first run is in the second."""
        first = unifig.init({"lr": 1}, allow_val_change=True)
        config.lock("lr")
        with pytest.warns(UnifigWarning, match=r"a run is open, .*: call finish\(\)") as caught:
            second = unifig.init({"seed": 2})  # again
        [warning] = caught
        assert f"{warning.filename}:{warning.lineno}" == line_of("again")
        assert (first.config, second.config) == ({"lr": 1}, {"seed": 2})
        config.lr = 2
        with pytest.raises(ConfigError):
            config.lr = 3

    def test_a_block_may_end_a_run_that_has_ended(self, config):
        """A run opened inside another one's block stays open after it."""
        with unifig.init({"lr": 1}) as first, pytest.warns(UnifigWarning, match="a run is open"):
            second = unifig.init({"lr": 2})
        assert (first.config, second.config, config) == ({"lr": 1}, {"lr": 2}, {"lr": 2})

    def test_where_warnings_are_errors_nothing_is_changed(self, config):
        """The first run goes on."""
        first = unifig.init({"lr": 1})
        with warnings.catch_warnings(), pytest.raises(UnifigWarning, match="a run is open"):
            warnings.simplefilter("error")
            unifig.init({"lr": 2})
        assert first.config is config
        assert config == {"lr": 1}


class TestAllOrNothing:
    """An init() that fails leaves everything as it was."""

    FAILURES = {
        "a file that is not there": (
            ["--configs", "gone.yaml"],
            {},
            FileError,
            "gone.yaml: no suc",
        ),
        "no file": (["--configs"], {}, ConfigError, "--configs is followed by '--seed'"),
        "a broken file": (
            ["--configs=good.yaml,broken.yaml"],
            {},
            FileError,
            "broken.yaml, line 2",
        ),
        "a conflict": (["--configs", "good.yaml"], {"lr": 2}, ConfigError, "'lr' is 1, from code"),
        "an object of no adapter": (["--configs", "good.yaml"], 3, UnsupportedError, "int"),
        "a config file that is not there": ([], "gone.json", FileError, "gone.json: no such file"),
    }

    @pytest.mark.parametrize("opened", [False, True], ids=["before a run", "in a run"])
    @pytest.mark.parametrize("case", FAILURES)
    def test_nothing_is_changed(self, case, opened, config, monkeypatch):
        """Neither sys.argv nor the config, nor the run that is open."""
        words, given, error, told = self.FAILURES[case]
        if opened and case == "a conflict":
            given = [("lr", 2)]  # a new run has no conflict with an old one
            error, told = UnsupportedError, "list"
        Path("good.yaml").write_text("epochs: 1\n")
        Path("broken.yaml").write_text("a: [\n")
        run = unifig.init() if opened else None
        config.update(lr=1, model={"depth": 2})
        config.lock("model", by="the sweep")
        model = config.model
        argv = ["train.py", *words, "--seed", "3"]
        monkeypatch.setattr(sys, "argv", argv)
        changes = []
        undo = config.observe(changes.append)
        before = story(config)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # in a run, of that run
            with pytest.raises(error, match=told):
                unifig.init(given)
        undo()
        assert sys.argv is argv == ["train.py", *words, "--seed", "3"]
        assert story(config) == before
        assert changes == []
        assert config.model is model
        assert run is None or run.config is config
        with pytest.warns(UnifigWarning, match="locked by the sweep"):
            model.depth = 3

    def test_a_defaults_file_that_is_broken_opens_no_run(self, config):
        """And the next init(), when it is mended, is the first one."""
        path = Path("config-defaults.yaml")
        path.write_text("lr: {desc: no value}\n")
        with pytest.raises(FileError, match="'lr' has a desc but no value"):
            unifig.init()
        path.write_text("lr: 1\n")
        with unifig.init():
            assert config == {"lr": 1}


class TestAllowValChange:
    """What ``allow_val_change`` of init() allows."""

    def test_it_holds_for_every_way_to_write(self, config):
        """By item, attribute, update, in a mapping inside, in a list; until the run ends."""
        with unifig.init({"a": 1, "b": {"c": 1}, "d": [1], "e": [{}]}, allow_val_change=True):
            config.a = 2
            config["a"] = 3
            config.update({"b": {"c": 2}})
            config.b.c = 3
            config.d.append(2)
            config.e[0].f = 1
            config.e[0].f = 2
            config.b = 5
            assert config == {"a": 3, "b": 5, "d": [1, 2], "e": [{"f": 2}]}
            values = [entry.value for entry in config.flat().origins["a"].replaced]
            assert values == [2, 1]
        config.a = 1
        with pytest.raises(ConfigError, match="'a' is 1"):
            config.a = 2

    def test_it_holds_for_what_was_set_before(self, config):
        """And for init(config=…) itself, which then wins."""
        config.lr = 1
        with unifig.init({"lr": 2}, allow_val_change=True):
            assert config.lr == 2
            assert config.explain("lr").as_dict()["replaced"][0]["value"] == 1
            config.lr = 3

    def test_without_it_a_choice_stays(self, config):
        """The error names both places, and says how to allow it, which then works."""
        with unifig.init({"lr": 1}):  # chosen
            told = rf"'lr' is 1, from code \(.*{os.path.basename(line_of('chosen'))}\).*allow_val_"
            with pytest.raises(ConfigError, match=told):
                config.lr = 2
            config.update(lr=2, allow_val_change=True)
            assert config.lr == 2
            with pytest.raises(ConfigError):
                config.lr = 3

    def test_it_does_not_weaken_what_a_person_chose(self, config, monkeypatch):
        """A file of --configs wins over the program all the same."""
        Path("a.yaml").write_text("lr: 0.5\n")
        monkeypatch.setattr(sys, "argv", ["train.py", "--configs", "a.yaml"])
        with unifig.init({"lr": 1}, allow_val_change=True):
            with pytest.warns(UnifigWarning, match=r"'lr' stays 0.5, from a.yaml:1 \(--configs\)"):
                config.lr = 2
            assert config.lr == 0.5


class TestThreads:
    """init() and finish() from several threads."""

    def test_one_run_is_open_in_the_end(self, config):
        """Each of the others was finished, and each has its own values alone."""
        runs, start = [], threading.Barrier(8)

        def work(who):
            start.wait()
            runs.extend((who, turn, unifig.init({"who": who, "turn": turn})) for turn in TURNS)

        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            self.run_all(work, 8)
        assert len(runs) == 160
        still_open = [run for _, _, run in runs if run.config is config]
        assert len(still_open) == 1
        for who, turn, run in runs:
            assert run.config == {"who": who, "turn": turn}

    def test_a_write_beside_finish_is_in_a_run_or_in_the_next_one(self, config):
        """Never in both, and never lost."""
        ended, written = [], []
        done = threading.Event()

        def write(_):
            for number in range(2000):
                config[f"k{number}"] = number
                written.append(f"k{number}")
            done.set()

        def finish(_):
            while not done.is_set():
                run = unifig.init()
                run.finish()
                ended.append(run.config)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.run_all(lambda number: (write, finish)[number](number), 2)
        found = [key for each in [*ended, config] for key in each]
        assert sorted(found) == sorted(written)

    def test_observers_that_end_runs_do_not_block_those_that_open_them(self, config):
        """An observer is told while its thread keeps the others from writing."""
        opened = threading.Event()

        def write(_):
            for number in range(200):
                config[f"w{number}"] = number
            opened.set()

        def init(_):
            while not opened.is_set():
                unifig.init({"lr": 1})

        undo = config.observe(lambda change: unifig.finish())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.run_all(lambda number: (write, init)[number](number), 2)
        undo()

    @staticmethod
    def run_all(work, number):
        """Runs ``work(0)``, ``work(1)``, … in a thread each; fails where one fails or hangs."""
        failures = []

        def guarded(at):
            try:
                work(at)
            except BaseException as error:
                failures.append(error)

        threads = [
            threading.Thread(target=guarded, args=(at,), daemon=True) for at in range(number)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failures
        assert not any(thread.is_alive() for thread in threads)


TURNS = range(20)

JOBS = """
    import json, warnings
    from unifig import config, hookimpl, init, finish, register_adapter

    class Framework:
        types = ("framework:Config",)
        running = None

        @hookimpl
        def update(self, obj):
            return None

        @hookimpl
        def job(self):
            return self.running

    framework = Framework()
    register_adapter(framework, "framework")
    caught = []
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *rest: caught.append(str(message))

    def told(*results):
        print(json.dumps([*results, caught]))
"""


class TestJobs:
    """A framework that runs several jobs in one process, and says which one is running."""

    def test_the_config_starts_afresh_with_each_job(self, site):
        """What was set before the first job is there in the first; a job that goes on is one."""
        program = """
            config.before = 1
            framework.running = "a"
            config.lr = 1
            config.lock("lr")
            first = dict(config)
            framework.running = None  # as between two jobs
            between = dict(config)
            framework.running = "b"
            config.lr = 2
            config.model = {"depth": 1}
            second = config.as_dict()
            framework.running = "b"
            config.model.width = 3
            told(first, between, second, config)
        """
        (first, between, second, third, caught), _ = site.program(body(program))
        assert first == between == {"before": 1, "lr": 1}
        assert second == {"lr": 2, "model": {"depth": 1}}
        assert third == {"lr": 2, "model": {"depth": 1, "width": 3}}
        assert caught == []

    def test_init_in_a_new_job_ends_the_last_job_s_run_without_a_warning(self, site):
        """The program calls init() once in each job, and finish() in none; in one job it warns."""
        program = """
            framework.running = "a"
            init({"lr": 1})
            framework.running = "b"
            second = init({"lr": 2})
            quiet = list(caught)
            again = init({"seed": 3})
            told(quiet, second.config, again.config)
        """
        (quiet, second, again, caught), _ = site.program(body(program))
        assert quiet == []
        assert (second, again) == ({"lr": 2}, {"seed": 3})
        assert caught == [
            "a run is open, and is finished now: call finish() before the next init()"
        ]

    def test_a_run_of_before_the_first_job_is_open_in_it(self, site):
        """Its config goes on, so that an init() there is a second one, and warns."""
        program = """
            run = init({"lr": 1})
            framework.running = "a"
            config.seed = 1
            inside = dict(run.config)
            again = init()
            told(inside, run.config, again.config)
        """
        (inside, ended, again, caught), _ = site.program(body(program))
        assert inside == ended == {"lr": 1, "seed": 1}
        assert again == {}
        assert len(caught) == 1

    def test_the_run_of_a_job_keeps_what_the_job_chose(self, site):
        """Whether the next job opens a run or only writes; its values are not the run's."""
        program = """
            framework.running = "a"
            first = init({"lr": 1})
            framework.running = "b"
            config.lr = 2
            written = dict(first.config)
            framework.running = "c"
            init({"lr": 3})
            told(written, first.config)
        """
        (written, first, _), _ = site.program(body(program))
        assert written == first == {"lr": 1}

    def test_what_a_job_sets_before_init_moves_into_its_run(self, site):
        """As what is set before the first init() does; a late finish() ends nothing."""
        program = """
            framework.running = "a"
            first = init({"lr": 1})
            framework.running = "b"
            config.lr = 2
            first.finish()
            second = init({"seed": 3})
            told(first.config, second.config)
        """
        (first, second, caught), _ = site.program(body(program))
        assert (first, second) == ({"lr": 1}, {"lr": 2, "seed": 3})
        assert caught == []

    def test_the_hook_of_an_adapter_that_fails_is_named(self, site):
        """By whatever first asks for the job; nothing is written."""
        program = """
            try:
                config.lr = 1
            except Exception as error:
                told(str(error), config)
        """
        source = body(program).replace("return self.running", "return 1 / 0")
        (error, config, _), _ = site.program(source)
        assert "the hook job failed, of framework: ZeroDivisionError" in error
        assert config == {}


def body(program):
    """A program with a framework that has jobs."""
    from textwrap import dedent

    return dedent(JOBS) + dedent(program)
