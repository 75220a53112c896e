"""The example programs run as a user runs them, and print what they record."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: str, cwd: Path) -> dict[str, str]:
    """What a program prints of its config, as text by flat key."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split(" = ") for line in done.stdout.splitlines() if " = " in line)


def test_argparse(tmp_path):
    """Options, subcommands and a Path arrive with the types they have."""
    assert run("argparse_train.py", "--lr", "0.01", "--amp", "sgd", cwd=tmp_path) == {
        "lr": "0.01",
        "epochs": "3",
        "hidden": "[64, 64]",
        "data": "'data/mnist'",
        "amp": "True",
        "optimizer": "'sgd'",
        "momentum": "0.9",
        "result.loss": "0.9411919999999999",
    }


def test_dataclasses(tmp_path):
    """Nested dataclasses and lists of them become flat keys."""
    printed = run("dataclass_train.py", cwd=tmp_path)
    assert printed["optimizer.lr"] == "0.001"
    assert printed["layers[1].activation"] == "'GELU'"


def test_files(tmp_path):
    """Later files win over earlier ones, in three formats."""
    printed = run("files_train.py", cwd=tmp_path)
    assert (printed["epochs"], printed["optimizer.lr"], printed["nodes"]) == ("5", "0.001", "2")
    assert run("files_train.py", "train.yaml", cwd=tmp_path)["epochs"] == "3"


@pytest.mark.parametrize(
    "name", ["argparse_train.py", "dataclass_train.py", "files_train.py", "absl_train.py"]
)
def test_the_demo_shows_each_program_as_a_table(name, tmp_path):
    """The demo prints every key that the program records, with value, type and origin."""
    command = [sys.executable, str(EXAMPLES / "demo.py"), name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    head, *rows = [line.split() for line in done.stdout.splitlines() if line.strip()][1:]
    assert head == ["flat", "key", "value", "type", "origin"]
    assert "lr" in {row[0].rpartition(".")[2] for row in rows}


def test_runs_are_listed_and_compared(tmp_path):
    """The best first, with what was chosen; of two runs only what differs."""
    for options in (["--lr", "0.01"], ["--lr", "0.3", "--optimizer", "adam", "--seed", "2"]):
        command = [sys.executable, str(EXAMPLES / "runs_train.py"), *options]
        subprocess.run(command, cwd=tmp_path, check=True)
    command = [sys.executable, str(EXAMPLES / "runs_compare.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    runs = [row for row in rows if "finished" in row]
    assert [row[2:5] for row in runs] == [["0.3", "adam", "2"], ["0.01", "sgd", "0"]]
    differing = {row[0]: row[1:3] for row in rows if row and row[0] in ("lr", "optimizer", "seed")}
    assert differing == {
        "lr": ["0.3", "0.01"],
        "optimizer": ["'adam'", "'sgd'"],
        "seed": ["2", "0"],
    }
    assert "1 of 2 runs have lr >= 0.1" in done.stdout
    assert not any(row and row[0] == "epochs" for row in rows)
