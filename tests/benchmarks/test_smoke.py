"""The benchmarks run and are explained; no test says how long anything takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def measured(tmp_path: Path, *options: str) -> tuple[list[dict], str]:
    """The results of a turn without peers, and what was printed."""
    written = tmp_path / "speed.json"
    command = [sys.executable, HERE, "--repeat", "1", "--peers", tmp_path / "no-peers"]
    command += ["--json", written, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(written.read_text())["results"], done.stdout


def names() -> list[str]:
    """The names of all rows."""
    ask = "from rows import ROWS; print(*[row.name for row in ROWS])"
    command = [sys.executable, "-c", ask]
    return subprocess.run(
        command, cwd=HERE, capture_output=True, text=True, check=True
    ).stdout.split()


def test_a_row_is_measured_beside_its_floor(tmp_path):
    """The harness measures the floor and unifig, and shows no figure for a peer that is absent."""
    (result,), printed = measured(tmp_path, "--rows", "namespace")
    floor, own = (result["contenders"].pop(name) for name in ("floor", "unifig"))
    assert floor["times"] == 1
    assert own["times"] == own["median"] / floor["median"]
    assert result["reached"] == (own["times"] <= result["reach"])
    assert result["contenders"]
    assert all(peer == {"status": "not installed"} for peer in result["contenders"].values())
    assert "not installed: " in " ".join(printed.split())


def test_every_row_can_be_measured(tmp_path):
    """Of every row the floor and unifig do the work, a hundredth of it, and give a figure."""
    results, printed = measured(tmp_path, "--smaller", "100")
    assert [result["row"] for result in results] == names()
    for result in results:
        for who in ("floor", "unifig"):
            assert all(figure > 0 for figure in result["contenders"][who][result["unit"]])
    assert "divided by 100" in " ".join(printed.split())


def test_memory_is_told_in_bytes(tmp_path):
    """Where memory is measured no figure is a time, and a Python takes some megabytes."""
    (result,), printed = measured(tmp_path, "--rows", "memory")
    assert result["unit"] == "bytes"
    assert 1e6 < result["contenders"]["floor"]["median"] < 1e8
    assert " MB " in printed


def test_every_row_is_explained():
    """The page on speed says of each row what is measured."""
    page = (HERE.parents[1] / "docs" / "speed.md").read_text()
    assert not [name for name in names() if f"`{name}`" not in page]
