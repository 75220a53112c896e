"""``unifig runs``: which runs, in which order, with which columns, and in groups."""

import itertools
import math
import random
import statistics
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifig.cli.groups import Spread
from unifig.display.cells import age, apart, short

SWEEP = """
    import unifig

    for at, (lr, acc) in enumerate([(0.1, 0.5), (0.01, 0.9), (1, 0.25), (1.0, float("nan"))]):
        config = {"lr": lr, "epochs": 3, "opt": {"name": ["adam", "1"][at % 2]}}
        if at == 3:
            config["extra"] = None
        with unifig.init(config, id=f"r{at}", tags=["best"][: at == 1]) as run:
            unifig.log({"acc": 0.125})
            unifig.log({"acc": acc, "loss": at})
"""


def rows(text):
    """The cells of lines in a pipe, by the headings."""
    head, *lines = text.splitlines()
    names = [part for part in head.split("  ") if part]
    cells = [[part.strip() for part in line.split("  ") if part.strip()] for line in lines]
    return [dict(zip(map(str.strip, names), row, strict=True)) for row in cells]


@pytest.fixture(scope="module")
def sweep(lasting):
    """Four runs."""
    lasting.train(SWEEP)
    return lasting


class TestList:
    """A line for each run."""

    def test_the_newest_first_with_what_differs_and_the_metrics(self, sweep):
        """Types can be told apart, a missing value and a text that looks like a number too."""
        found = rows(sweep.well("runs"))
        assert [row["id"] for row in found] == ["r3", "r2", "r1", "r0"]
        assert list(found[0]) == [
            *("id", "state", "created_at", "config.lr", "config.opt.name", "config.extra"),
            *("summary.acc", "summary.loss"),
        ]
        assert [row["config.lr"] for row in found] == ["1.0", "1", "0.01", "0.1"]
        assert [row["config.opt.name"] for row in found[:2]] == ["'1'", "adam"]
        assert [row["config.extra"] for row in found[:2]] == ["None", "-"]
        assert [row["summary.acc"] for row in found[:2]] == ["nan", "0.25"]
        assert datetime.fromisoformat(found[0]["created_at"]).tzinfo is not None

    def test_filters_order_and_columns(self, sweep):
        """Just what is asked for, in the order that is asked for."""
        words = ("-f", "config.lr<1", "-f", "state=finished", "--sort", "-summary.acc")
        text = sweep.well("runs", *words, "-c", "id,max.acc", "--columns", "config.lr")
        assert [line.split() for line in text.splitlines()] == [
            ["id", "max.acc", "config.lr"],
            ["r1", "0.9", "0.01"],
            ["r0", "0.5", "0.1"],
        ]
        assert rows(sweep.well("runs", "--sort", "config.lr", "-c", "id"))[0] == {"id": "r1"}

    def test_a_page_says_how_many_more_there_are(self, sweep):
        """On standard error, so that lines can be counted; 0 lists all."""
        done = sweep.unifig("runs", "-n", "3", "-c", "id")
        assert done.stdout.split() == ["id", "r3", "r2", "r1"]
        assert done.stderr == "unifig: 1 more run: --limit 0 lists all\n"
        assert len(sweep.json("runs", "--limit", "0")) == 4

    def test_of_a_project(self, project):
        """By its name; runs of several are told apart by their paths."""
        project.train(SWEEP)
        project.train("import unifig; unifig.init(id='r0').finish()", UNIFIG_PROJECT="other")
        assert [row["id"] for row in rows(project.well("runs", "other"))] == ["r0"]
        assert len(rows(project.well("runs", "me/demo"))) == 4
        assert {row["path"] for row in rows(project.well("runs"))} >= {"me/demo/r0", "me/other/r0"}
        done = project.unifig("runs", "nowhere")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == f"unifig: there is no such run in {project.runs}\n"

    def test_json_has_all_of_each_run(self, sweep):
        """Exactly; with --columns just these, and no key where a run has no value."""
        run = sweep.json("runs")[0]
        assert (run["path"], run["id"], run["name"]) == ("me/demo/r3", "r3", "r3")
        assert run["config"] == {"lr": 1.0, "epochs": 3, "opt.name": "1", "extra": None}
        assert type(run["config"]["lr"]) is float
        assert run["summary"] == {"acc": {"$": ["float", "nan"]}, "loss": 3}
        assert (run["min"]["acc"], run["max"]["acc"]) == (0.125, 0.125)
        assert run["state"] == "finished"
        assert datetime.fromisoformat(run["created_at"]) < datetime.fromisoformat(
            run["finished_at"]
        )
        picked = sweep.json("runs", "-c", "config.extra,state")
        assert {"config.extra": None, "state": "finished"} in picked
        assert {"state": "finished"} in picked

    def test_what_does_not_fit_is_named(self, project):
        """At a width no line is longer, and the columns that are left out are told."""
        project.train("""
            import unifig
            for at in range(2):
                config = {f"a_rather_long_name_{n}": n * at for n in range(1, 9)}
                with unifig.init(config | {"text": "x" * 500 + str(at)}) as run:
                    run.log({f"metric_{n}": n / 7 for n in range(9)})
        """)
        done = project.unifig("runs", COLUMNS="80")
        assert all(len(line) <= 80 for line in done.stdout.splitlines())
        assert "metric_0" in done.stdout
        assert "config.a_rather_" in done.stdout
        assert done.stderr.startswith("unifig: no room for config.a_rather_long_name_")
        assert "ago" in done.stdout
        text = project.well("runs")
        assert "config.a_rather_long_name_8" in text
        assert "x" * 500 + "1" in text

    def test_all_that_are_picked_are_shown_at_any_width(self, sweep):
        """In several tables, each with the first column."""
        words = "id,config.lr,config.opt.name,summary.acc,summary.loss,min.acc,max.acc,tags"
        text = sweep.well("runs", "-c", words, COLUMNS="40")
        assert all(len(line) <= 40 for line in text.splitlines())
        assert text.count("r3") >= 2
        assert "best" in text

    def test_a_text_is_no_markup_and_steers_no_terminal(self, project):
        """Names, tags and values of strangers."""
        project.train(r"""
            import unifig
            odd = "[bold]\x1b[31m\n\u4f60"
            with unifig.init({"a": odd}, name=odd, tags=[odd]) as run:
                run.log({odd: 1})
        """)
        for env in ({}, {"COLUMNS": "200"}):
            text = project.well("runs", "-c", "name,tags,config.a", **env)
            assert "[bold]" in text
            assert "\x1b" not in text
            assert "\\n你" in text
        assert "\x1b" not in project.well("runs")

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("-c", "lr"), 1, "'lr' is nothing that runs have"),
            (("--sort", "acc"), 1, "'acc' is nothing that runs have"),
            (("a/b/c",), 1, "names no project"),
            (("-n", "-1"), 2, "-1 is not in the range"),
            (("--group", "config.lr", "-c", "state"), 2, "state has no numbers"),
            (("--group", "config.lr", "--sort", "state"), 2, "--sort: state has no numbers"),
        ],
    )
    def test_what_makes_no_sense(self, project, words, code, told):
        """Is told, and how to write it."""
        done = project.unifig("runs", *words)
        assert (done.returncode, done.stdout) == (code, "")
        assert told in done.stderr


class TestGroups:
    """A line for each combination of values."""

    def test_numbers_of_each_group(self, sweep):
        """1 is not 1.0; who lacks the key is one group; NaN is counted and in nothing else."""
        found = sweep.json("runs", "--group", "config.lr,config.extra", "-c", "summary.acc")
        assert [repr(group["group"]["config.lr"]) for group in found] == ["0.01", "0.1", "1.0", "1"]
        one = next(group for group in found if repr(group["group"]["config.lr"]) == "1.0")
        assert one == {
            "group": {"config.lr": 1.0, "config.extra": None},
            "runs": 1,
            "metrics": {
                "summary.acc": dict(count=0, nan=1, mean=None, std=None, min=None, max=None)
            },
        }
        text = sweep.well("runs", "--group", "config.extra")
        assert [row["config.extra"] for row in rows(text)] == ["None", "(none)"]

    def test_it_is_about_all_runs_and_not_a_page(self, project):
        """Mean and deviation are those of Python's statistics."""
        project.train("""
            import random, unifig
            random.seed(7)
            for at in range(60):
                with unifig.init({"g": at % 3}, id=f"r{at}") as run:
                    run.log({"acc": random.random() * 1e-3 + 1e6})
        """)
        numbers = [run["summary"]["acc"] for run in project.json("runs", "-f", "config.g=1", "-n0")]
        found = project.json("runs", "--group", "config.g", "-f", "config.g in [1, 2]", "-n", "5")
        assert [(group["group"]["config.g"], group["runs"]) for group in found] == [
            (1, 20),
            (2, 20),
        ]
        told = found[0]["metrics"]["summary.acc"]
        assert told["mean"] == pytest.approx(statistics.fmean(numbers), rel=1e-15)
        assert told["std"] == pytest.approx(statistics.stdev(numbers), rel=1e-6)
        assert (told["min"], told["max"]) == (min(numbers), max(numbers))

    def test_sorted_by_a_metric_a_value_or_the_number_of_runs(self, sweep):
        """Those without a number come last."""

        def order(sort):
            found = sweep.json("runs", "--group", "config.lr", "--sort", sort)
            return [repr(group["group"]["config.lr"]) for group in found]

        assert order("-summary.acc") == ["0.01", "0.1", "1", "1.0"]
        assert order("summary.acc") == ["1", "0.1", "0.01", "1.0"]
        assert order("-max.acc")[:2] == ["0.01", "0.1"]
        assert order("-config.lr")[-2:] == ["0.1", "0.01"]
        found = sweep.json("runs", "--group", "config.opt.name", "--sort", "-runs")
        assert [group["runs"] for group in found] == [2, 2]

    def test_what_a_person_sees(self, sweep):
        """Mean ± deviation, extremes, NaN, and how many runs it is not of, in a terminal."""
        text = sweep.well("runs", "--group", "config.opt.name", COLUMNS="100")
        assert "0.375 ± 0.176777" in text
        assert "0.25 to 0.5" in text
        assert "1 NaN" in text
        done = sweep.unifig("runs", "--group", "config.lr", "-n", "1")
        assert done.stderr == "unifig: 3 more groups: --limit 0 lists all\n"


class TestSpread:
    """Mean, deviation and extremes of a stream of numbers."""

    def test_as_statistics_has_them(self):
        """For numbers of one size, of very different ones, and close together far from 0."""
        random.seed(1)
        for numbers in (
            [random.random() for _ in range(999)],
            [random.uniform(-1, 1) * 10.0 ** random.randint(-9, 9) for _ in range(999)],
            [1e9 + random.random() for _ in range(999)],
            [3, True, 2.5],
        ):
            spread = Spread()
            for number in numbers:
                spread.add(number)
            assert spread.mean == pytest.approx(statistics.fmean(numbers), rel=1e-9)
            assert spread.deviation == pytest.approx(statistics.stdev(numbers), rel=1e-7)
            assert (spread.lowest, spread.highest) == (min(numbers), max(numbers))

    def test_infinities_nan_and_very_long_ints(self):
        """Nothing raises, and nothing is passed over."""

        def of(*numbers):
            spread = Spread()
            for number in numbers:
                spread.add(number)
            return spread

        inf, nan = math.inf, math.nan
        assert of(1, inf, 2).mean == inf
        assert of(1, inf, 2).deviation is None
        assert math.isnan(of(inf, -inf, 1).mean)
        assert of(1, nan, 3).as_dict() == dict(
            count=2, nan=1, mean=2.0, std=math.sqrt(2), min=1, max=3
        )
        assert of(-(10**400), 1).mean == -inf
        assert of(nan).mean is of().mean is of(1).deviation is None


def test_texts_are_cut_where_they_part():
    """Those that differ are shown differently, those that are the same alike; short ones whole."""
    one, other = "x" * 500 + "a" + "y" * 500, "x" * 500 + "b" + "y" * 500
    shown = apart([one, other, one, "z", one + "!"], 60)
    assert shown[0] == shown[2]
    assert len({shown[0], shown[1], shown[3], shown[4]}) == 4
    assert shown[3] == "z"
    assert "a" in shown[0]
    assert "b" in shown[1]
    assert apart([one, other], 60)[0].startswith("…xx")
    assert apart(["a", "b"], 60) == ["a", "b"]


@given(st.lists(st.tuples(st.sampled_from([0, 30, 300]), st.text("ab", max_size=5)), max_size=6))
def test_only_the_same_texts_are_shown_alike(made):
    """However many there are, and wherever they part."""
    texts = ["".join("x" * length + end for length, end in made[:last]) for last in range(7)]
    texts += ["x" * length + end for length, end in made]
    shown = apart(texts, 50)
    for (one, told), (other, also) in itertools.combinations(zip(texts, shown, strict=True), 2):
        assert (told == also) == (one == other)


def test_numbers_are_shortened_and_stay_floats():
    """A float can be told from an int."""
    found = [short(number) for number in (1 / 3, 2.0, 123456.0001, 1e-7 / 3, 7, math.nan)]
    assert found == ["0.333333", "2.0", "123456.0", "3.33333e-08", "7", "nan"]


def test_how_long_ago():
    """In one unit, and as a date where it is long."""
    now = datetime.now().astimezone().timestamp()

    def of(seconds):
        return age(datetime.fromtimestamp(now - seconds).astimezone())

    assert of(-5) == "0 s ago"
    assert of(200) == "3 min ago"
    assert of(3 * 3600 + 5) == "3 h ago"
    assert of(86_405) == "1 day ago"
    assert of(100 * 86_400).count("-") == 2
