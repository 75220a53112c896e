"""``unifig explain``: the story of a value of a recorded run."""

import os

import pytest

TRAIN = """
    import argparse
    import unifig

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--hidden", type=int, nargs="+", default=[64])
    args = parser.parse_args()
    with unifig.init({"optimizer": {"name": "adam", "eps": 1e-8}, "token": "hf_0123456"}) as run:
        run.config.update(unifig.using(args, parser=parser))
        run.config.update({"optimizer": {"eps": 1e-7}}, allow_val_change=True)
"""


@pytest.fixture(scope="module")
def trained(lasting):
    """A run with a value from the command line."""
    lasting.train(TRAIN, "--lr", "0.01")
    return lasting


def test_who_chose_a_value_and_what_it_replaced(trained):
    """As the config of the program itself tells it."""
    assert trained.well("explain", "latest", "lr").splitlines() == [
        "lr = 0.01",
        "  from --lr on the command line, by argparse",
        "  described as learning rate",
        "  replaced 0.1, from a default of argparse",
    ]
    assert trained.well("explain", "latest", "hidden[0]").splitlines()[0] == "hidden[0] = 64"


def test_of_a_mapping_each_value_is_told(trained):
    """With what each replaced; in JSON as parts."""
    assert trained.well("explain", "latest", "optimizer").splitlines() == [
        "optimizer.name = 'adam'",
        "  from code (train.py:9)",
        "optimizer.eps = 1e-07",
        "  from code (train.py:11)",
        "  replaced 1e-08, from code (train.py:9)",
    ]
    story = trained.json("explain", "latest", "optimizer")
    assert story["key"] == "optimizer"
    assert [part["key"] for part in story["parts"]] == ["optimizer.name", "optimizer.eps"]
    assert story["parts"][1]["replaced"][0]["value"] == 1e-8


def test_a_secret_stays_masked(trained):
    """And it is told why."""
    text = trained.well("explain", "latest", "token")
    assert text.startswith("token = '***'\n")
    assert "masked: " in text


def test_at_a_width_words_go_on_beside_their_labels(project):
    """No line is longer; nothing in a value is taken for markup."""
    project.train("import unifig; unifig.init({'a': '[red]' + 'b ' * 99 + chr(27)}).finish()")
    text = project.well("explain", "latest", "a", COLUMNS="60")
    assert all(len(line) <= 60 for line in text.splitlines())
    assert "[red]" in text
    assert "\x1b" not in text


def test_an_unknown_key_is_an_error_with_near_ones(trained):
    """Of values, and of what they stand in; what is no flat key is told as well."""
    for key, told in (
        ("lrr", "did you mean 'lr'"),
        ("optimzer", "did you mean 'optimizer'"),
        ("hidden[7]", "has no flat key 'hidden[7]'"),
        ("lr.x", "has no flat key 'lr.x'"),
        ("a[", "is malformed"),
    ):
        done = trained.unifig("explain", "latest", key)
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr


def test_the_shell_completes_keys_of_the_run(trained):
    """Those that begin so; nothing where there is no such run."""

    def offered(*words):
        env = {"_UNIFIG_COMPLETE": "bash_complete", "COMP_CWORD": str(len(words))}
        done = trained.unifig(COMP_WORDS=" ".join(["unifig", *words]), **env)
        return [line.partition(",")[2] for line in done.stdout.splitlines() if line]

    assert os.name == "nt" or offered("explain", "latest", "opt") == [
        "optimizer.name",
        "optimizer.eps",
    ]
    assert offered("explain", "nobody", "opt") == []
