"""``unifig diff``: what differs between runs, and nothing else."""

import pytest

SWEEP = """
    import unifig

    for at, n in enumerate([1, 1.0, True, "1", None, 1]):
        text = "x" * 2000 + f"<{at % 2}>" + "y" * 2000
        config = {"n": n, "same": [1, 2], "text": text, "paths": {"out": f"o{at}"}, "seed": at}
        if at == 1:
            config["only"] = {"here": {}}
        with unifig.init(config, id=f"r{at}") as run:
            run.log({"acc": at / 4, "loss": 1})
"""


@pytest.fixture(scope="module")
def sweep(lasting):
    """Six runs, and as many of other programs and projects."""
    lasting.train(SWEEP)
    lasting.train(SWEEP.replace('id=f"r{at}"', 'id=f"s{at}"'), "--fast", name="other.py")
    lasting.train(SWEEP, UNIFIG_PROJECT="other")
    return lasting


def lines(text):
    """The cells of each line."""
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()
    ]


def test_two_runs_side_by_side(sweep):
    """Types are told apart, missing keys said to be missing, long texts shown where they part."""
    done = sweep.unifig("diff", "r0", "r1", "--ignore", "seed,paths.*")
    head, *found = lines(done.stdout)
    assert head == ["r0", "r1"]
    told = {key: values for key, *values in found}
    assert list(told) == ["n", "text", "only.here"]
    assert told["n"] == ["1", "1.0"]
    assert told["only.here"] == ["(not there)", "{}"]
    assert ["<0>" in told["text"][0], "<1>" in told["text"][1]] == [True, True]
    assert max(map(len, told["text"])) <= 200
    assert done.stderr == "unifig: 1 key is the same: --all lists them\n"


def test_any_number_of_runs(sweep):
    """A column each in a pipe; 1, 1.0, True, '1' and None are five values."""
    ids = [f"r{at}" for at in range(6)]
    head, *found = lines(sweep.unifig("diff", *ids).stdout)
    assert head == ids
    assert found[0] == ["n", "1", "1.0", "True", "'1'", "None", "1"]


def test_six_runs_at_eighty_columns(sweep):
    """No room for columns: each key has its values below it, and who has them."""
    ids = [f"r{at}" for at in range(6)]
    text = sweep.unifig("diff", *ids, COLUMNS="80").stdout
    assert all(len(line) <= 80 for line in text.splitlines())
    found = lines(text)
    assert found[0] == ["n"]
    assert found[1] == ["1", "r0, r5"]
    assert ["True", "r2"] in found
    assert ["(not there)", "r0, r2, r3, r4, r5"] in found
    assert any("<0>" in line[0] and line[-1] == "r0, r2, r4" for line in found)


def test_two_runs_at_eighty_columns(sweep):
    """A long value goes on below, and leaves room for the other."""
    text = sweep.unifig("diff", "r0", "r1", COLUMNS="80").stdout
    assert all(len(line) <= 80 for line in text.splitlines())
    assert lines(text)[0] == ["r0", "r1"]
    assert "<0>" in text
    assert "<1>" in text


def test_what_is_the_same_is_shown_where_it_is_asked_for(sweep):
    """With --all."""
    done = sweep.unifig("diff", "r0", "r1", "--all")
    assert ["same", "[1, 2]", "[1, 2]"] in lines(done.stdout)
    assert done.stderr == ""


def test_exit_codes(sweep):
    """0 where they differ too, unless it is asked for; what is ignored does not count."""
    assert sweep.unifig("diff", "r0", "r1").returncode == 0
    assert sweep.unifig("diff", "r0", "r1", "--exit-code").returncode == 1
    assert sweep.unifig("diff", "r0", "r1", "--exit-code", "--json").returncode == 1
    done = sweep.unifig("diff", "r0", "r0", "--exit-code")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("unifig: no difference\n")
    words = ("--exit-code", "--ignore", "text, paths", "--ignore", "seed")
    assert sweep.unifig("diff", "r0", "r2", *words).returncode == 1
    assert sweep.unifig("diff", "r0", "r2", *words, "--ignore", "n").returncode == 0
    done = sweep.unifig(
        "diff", "r0", "r0", "r1", "--exit-code", "--ignore", "config.*", "--summary"
    )
    assert done.returncode == 1
    assert sweep.unifig("diff", "r0").returncode == 2
    assert sweep.unifig("diff", "r0", "nobody").returncode == 1


def test_metrics_and_what_is_known_of_the_runs(sweep):
    """With --summary and --about, whose names say what they are of."""
    told = {
        key: values
        for key, *values in lines(sweep.unifig("diff", "r0", "s1", "--summary", "--about").stdout)[
            1:
        ]
    }
    assert told["config.n"] == ["1", "1.0"]
    assert told["summary.acc"] == ["0.0", "0.25"]
    assert "summary.loss" not in told
    assert told["about.program"][1].endswith("other.py'")
    assert told["about.command"][1].endswith("other.py --fast'")
    assert "about.python" not in told


def test_json(sweep):
    """Of each key that differs the value of each run that has it, whole."""
    told = sweep.json("diff", "r0", "r1", "--summary")
    found = {one["key"]: one["values"] for one in told["config"]}
    assert found["n"] == {"me/demo/r0": 1, "me/demo/r1": 1.0}
    assert type(found["n"]["me/demo/r1"]) is float
    assert found["only.here"] == {"me/demo/r1": {}}
    assert len(found["text"]["me/demo/r0"]) == 4003
    assert [one["key"] for one in told["summary"]] == ["acc"]


def test_runs_of_several_projects(sweep):
    """Ids that do not tell runs apart are told as paths."""
    done = sweep.unifig("diff", "demo/r0", "other/r0", "--all")
    assert lines(done.stdout)[0] == ["me/demo/r0", "me/other/r0"]


def test_a_run_without_the_text_hides_nothing(sweep):
    """Where two long texts part is shown beside a run that has no such text."""
    sweep.train("import unifig; unifig.init({'n': 1}, id='bare').finish()", name="bare.py")
    told = {
        key: values for key, *values in lines(sweep.unifig("diff", "r0", "r1", "bare").stdout)[1:]
    }
    assert told["text"][2] == "(not there)"
    assert ["<0>" in told["text"][0], "<1>" in told["text"][1]] == [True, True]
    assert all(text.startswith("…xxx") for text in told["text"][:2])
