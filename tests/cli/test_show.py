"""``unifig show``: all that is known of one run."""

import sys

import pytest

TRAIN = """
    import argparse, pathlib, sys
    import unifig

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--data", type=pathlib.PurePosixPath, default=pathlib.PurePosixPath("d"))
    parser.add_argument("--fail", action="store_true")
    args = parser.parse_args()
    config = {"opt": {"name": "adam", "lr": 1}, "api_key": "sk-0123456789", "long": "y" * 999}
    with unifig.init(config, id="r", name="first", group="g", tags=["a b", "c"], notes="n\\nm"):
        unifig.config.update(unifig.using(args, parser=parser))
        for number in (3, 1.5, 2):
            unifig.log({"loss": number, "val": {"acc": float("nan")}})
        unifig.summary["weights"] = "w.pt"
        if args.fail:
            raise ValueError("[red]no[/red] \\x1b[31m more")
"""


@pytest.fixture(scope="module")
def trained(lasting):
    """A run that ended well."""
    lasting.train(TRAIN, "--lr", "0.5")
    return lasting


def labelled(text):
    """The lines of the first part, by their labels."""
    lines = text.partition("\n\n")[0].splitlines()
    return {line.partition("  ")[0]: line.partition("  ")[2].strip() for line in lines}


def test_what_the_run_is(trained):
    """What people said, how it was started, on what, and how it ended."""
    told = labelled(trained.well("show", "r"))
    assert (told["run"], told["name"], told["state"]) == ("me/demo/r", "first", "finished")
    assert (told["group"], told["tags"], told["notes"]) == ("g", "a b, c", "n\\nm")
    assert told["command"].endswith("train.py --lr 0.5")
    assert told["folder"] == str(trained.folder)
    assert told["program"] == str(trained.folder / "train.py")
    assert told["last step"] == "2"
    assert told["versions"].startswith("Python 3")
    assert told["packages"].endswith("(--packages lists them)")
    assert told["took"].endswith("s")


def test_config_with_types_and_origins_and_summary_with_extremes(trained):
    """A line each; secrets are masked, and it is said why."""
    lines = trained.well("show", "r").splitlines()
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line}
    assert told["lr"] == "0.5 --lr on the command line"
    assert told["data"] == "'d' pathlib.PurePosixPath a default of argparse"
    assert told["opt.name"] == "'adam' code (train.py:11)"
    assert told["api_key"].startswith("'***' code (train.py:11); masked: ")
    assert "y" * 999 in told["long"]
    assert told["loss"] == "2 1.5 3"
    assert told["val.acc"] == "nan nan nan"
    assert told["weights"] == "'w.pt' - -"
    assert "sk-0123" not in "".join(lines)


def test_how_a_run_failed(project):
    """Its error stands on one line, as it is; nothing of it is taken for markup or control."""
    project.write("train.py", TRAIN)
    done = project._run([sys.executable, "train.py", "--fail"], {})
    assert done.returncode == 1
    told = labelled(project.well("show", "latest"))
    assert told["state"] == r"failed, exit code 1: ValueError: [red]no[/red] \x1b[31m more"
    text = project.well("show", "latest", COLUMNS="80")
    assert "[red]no[/red]" in text
    assert "\x1b" not in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_part_of_it(trained):
    """Patterns of flat keys, of config and summary; what is below a key goes with it."""
    text = trained.well("show", "r", "-k", "opt")
    assert [line.split()[0] for line in text.splitlines()] == ["config", "opt.name", "opt.lr"]
    text = trained.well("show", "r", "--key", "*lr", "--key", "val.*")
    assert [line.split()[0] for line in text.splitlines() if line] == [
        *("config", "opt.lr", "lr", "summary", "val.acc")
    ]
    done = trained.unifig("show", "r", "--key", "opd")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no flat key of me/demo/r matches 'opd'" in done.stderr


def test_packages(trained):
    """Each with its version."""
    assert "sqlalchemy" in trained.well("show", "r", "--packages")
    assert "sqlalchemy" not in trained.well("show", "r")


def test_json_has_all_of_it(trained):
    """Values with types and origins, and whole texts."""
    told = trained.json("show", "r")
    assert (told["path"], told["state"], told["notes"]) == ("me/demo/r", "finished", "n\nm")
    assert told["config"]["data"]["type"] == "pathlib.PurePosixPath"
    assert told["config"]["lr"]["value"] == 0.5
    assert told["config"]["lr"]["origin"]["kind"] == "cli"
    assert told["config"]["long"]["value"] == "y" * 999
    assert told["summary"]["loss"] == {"last": 2, "min": 1.5, "max": 3}
    assert told["summary"]["weights"] == {"last": "w.pt"}
    assert told["metadata"]["cwd"] == str(trained.folder)
    assert told["packages"]["sqlalchemy"]
    assert list(trained.json("show", "r", "-k", "lr")["config"]) == ["lr"]


def test_a_run_without_anything(project):
    """No config, no metrics, and still running or crashed."""
    project.train("""
        import os, pathlib, time
        import unifig

        unifig.init()
        journal = pathlib.Path(os.environ["UNIFIG_DIR"], "journal")
        while not any(file.stat().st_size for file in journal.glob("*.jsonl")):
            time.sleep(0.01)
        os._exit(0)
    """)
    told = labelled(project.well("show", "latest"))
    assert told["state"] == "crashed"
    assert "took" not in told
    done = project.unifig("show", "nobody")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
