"""``unifig export``: all of each run in JSON, tables in CSV and Parquet, and whole files."""

import csv
import io
import json
import math
import os
import stat
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import LIMITED

from unifig import Api

TRAIN = """
    from pathlib import Path
    import unifig

    wild = {"formula": "=1+1", "plus": "+1", "minus": "-1", "at": "@x", "tab": "\\ta", "cr": "\\ra"}
    for at, lr in enumerate([0.1, 1, float("nan")]):
        config = {
            "lr": lr, "epochs": -3 - at, "on": at == 1, "big": 2 ** (62 + at),
            "mixed": [1, "1", None][at],
            "betas": (0.9, 0.999), "path": Path("a/b"), "wild": wild, "none": None, "empty": {},
            "text": 'a,"b"\\r\\nc é \\x00', "half": "\\ud800",
        }
        if at == 2:
            config["extra"] = True
        with unifig.init(config, id=f"r{at}", tags=["a", "b"], notes="=cmd()") as run:
            run.log({"loss": 0.5, "n": 1})
            run.log({"loss": at, "val": {"acc": 0.25}, "n": 2})
            run.log({"val": 1, "run": 7, "metrics": {"run": 8}, "inf": float("-inf")}, step=1)
            run.summary.update({"best": "x", "rate": [1, 0.5, 2][at], "wide": [2**60, 0.5, 1][at]})
"""


@pytest.fixture(scope="module")
def runs(lasting):
    """Three runs, with values of all kinds."""
    lasting.train(TRAIN)
    return lasting


def api(project):
    return Api(str(project.runs))


def table(text):
    """The lines of CSV, by their columns."""
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


class TestJson:
    """Objects that say all of each run."""

    def test_a_list_with_all_of_each_run(self, runs):
        """Values with types and origins, the summary with its extremes, metadata and packages."""
        found = json.loads(runs.well("export"))
        assert [one["id"] for one in found] == ["r2", "r1", "r0"]
        one = found[2]
        flat = api(runs).run("me/demo/r0").flat()
        assert {key: it["value"] for key, it in one["config"].items()} == dict(flat)
        assert {key: it["origin"] for key, it in one["config"].items()} == {
            key: flat.origins[key].as_dict() for key in flat
        }
        types = {k: it["type"] for k, it in (one["config"] | one["nodes"]).items() if "type" in it}
        assert types == flat.types
        assert types["betas"] == "tuple"
        assert one["config"]["big"]["value"] == 2**62
        assert one["summary"]["loss"] == {"last": 0, "min": 0, "max": 0.5}
        assert one["summary"]["inf"]["last"] == {"$": ["float", "-inf"]}
        assert one["metadata"]["argv"] == ["train.py"]
        assert "pluggy" in one["packages"]
        assert (one["path"], one["tags"], one["notes"]) == ("me/demo/r0", ["a", "b"], "=cmd()")
        nan = found[0]["config"]["lr"]["value"]
        assert nan == {"$": ["float", "nan"]}

    def test_json_lines(self, runs):
        """One on each line: by the name of the file, or as it is said."""
        for words in (["-o", "runs.jsonl"], ["-o", "runs.jsonl", "--format", "json"]):
            assert runs.well("export", "--force", *words) == ""
            lines = (runs.folder / "runs.jsonl").read_text().splitlines()
            assert [json.loads(line)["id"] for line in lines] == ["r2", "r1", "r0"]
        assert runs.well("export", "--format", "jsonl").splitlines() == lines

    def test_which_runs(self, runs):
        """By name, by conditions, by project; those for which all is true."""
        assert [one["id"] for one in json.loads(runs.well("export", "r1", "latest"))] == [
            "r1",
            "r2",
        ]

        def ids(*words):
            return [one["id"] for one in json.loads(runs.well("export", *words))]

        assert ids("-f", "config.lr<=1", "-f", "state=finished") == ["r1", "r0"]
        assert ids("r0", "r2", "-f", "config.lr<=1") == ["r0"]
        assert ids("--project", "me/demo", "-f", "id=r1") == ["r1"]
        done = runs.unifig("export", "--project", "other")
        assert (done.returncode, json.loads(done.stdout)) == (0, [])
        assert done.stderr == f"unifig: there is no such run in {runs.runs}\n"
        done = runs.unifig("export", "nosuch")
        assert (done.returncode, done.stdout) == (1, "")

    def test_more_runs_than_a_page(self, project):
        """All of them, each once."""
        project.train("""
            import unifig
            for at in range(230):
                unifig.init({"at": at}, id=f"r{at}").finish()
        """)
        for form in ("jsonl", "csv"):
            text = project.well("export", "--format", form)
            lines = text.splitlines()[form == "csv" :]
            assert len(set(lines)) == len(lines) == 230


class TestCsv:
    """A line for each run."""

    def test_columns_and_cells(self, runs):
        """Numbers as they are, everything else as text or JSON; empty where there is nothing."""
        text = runs.well("export", "--format", "csv")
        rows = table(text)
        head = list(rows["r0"])
        assert head[0] == "id"
        assert head.index("config.lr") < head.index("config.extra") < head.index("summary.loss")
        one = rows["r0"]
        assert (one["config.lr"], one["config.epochs"], one["config.on"]) == ("0.1", "-3", "false")
        assert (one["config.betas"], one["config.none"]) == ("[0.9, 0.999]", "null")
        assert (one["config.extra"], rows["r2"]["config.extra"]) == ("", "true")
        assert (rows["r1"]["config.lr"], rows["r2"]["config.lr"]) == ("1", "nan")
        assert (one["summary.inf"], one["tags"], one["group"]) == ("-inf", '["a", "b"]', "")

    def test_no_spreadsheet_runs_a_cell(self, runs):
        """What begins as a formula does has a quote before it; numbers have none."""
        runs.well("export", "-o", "wild.csv", "--force")
        with (runs.folder / "wild.csv").open(encoding="utf-8", newline="") as file:
            one = {row["id"]: row for row in csv.DictReader(file)}["r0"]
        wild = {key: one[f"config.wild.{key}"] for key in ("formula", "plus", "minus", "at")}
        assert wild == {"formula": "'=1+1", "plus": "'+1", "minus": "'-1", "at": "'@x"}
        assert (one["config.wild.tab"], one["config.wild.cr"]) == ("'\ta", "'\ra")
        assert (one["notes"], one["config.epochs"], one["summary.inf"]) == ("'=cmd()", "-3", "-inf")
        assert one["config.text"] == 'a,"b"\r\nc é \x00'
        assert one["config.half"] == "\\ud800"


class TestParquet:
    """Columns of one type."""

    def test_a_column_has_a_type_where_all_runs_agree(self, runs):
        """And JSON where they do not, which the schema says; no number is another one."""
        runs.well("export", "-o", "runs.parquet", "--force")
        read = pq.read_table(runs.folder / "runs.parquet")
        types = {field.name: str(field.type) for field in read.schema}
        kinds = json.loads(read.schema.metadata[b"unifig.columns"])
        assert list(kinds) == read.column_names
        rows = {row["id"]: row for row in read.to_pylist()}
        one = rows["r0"]
        assert (types["config.epochs"], one["config.epochs"]) == ("int64", -3)
        assert (types["config.on"], one["config.on"]) == ("bool", False)
        assert (types["config.path"], kinds["config.path"], one["config.path"]) == (
            "string",
            "string",
            "a/b",
        )
        assert one["config.text"] == 'a,"b"\r\nc é \x00'
        assert (types["summary.rate"], kinds["summary.rate"]) == ("double", "double")
        assert [rows[f"r{at}"]["summary.rate"] for at in range(3)] == [1.0, 0.5, 2.0]
        assert (kinds["summary.wide"], one["summary.wide"]) == ("json", str(2**60))
        assert (types["summary.loss"], one["summary.loss"]) == ("int64", 0)
        assert (types["step"], types["exit_code"], one["exit_code"]) == ("int64", "int64", None)
        assert types["created_at"] == "timestamp[us, tz=UTC]"
        assert one["created_at"] == api(runs).run("me/demo/r0").created_at

        as_json = {"lr", "big", "mixed", "betas", "half", "empty"}
        assert {key for key in as_json if kinds[f"config.{key}"] == "json"} == as_json
        assert {types[f"config.{key}"] for key in as_json} == {"string"}
        bigs = [json.loads(rows[f"r{at}"]["config.big"]) for at in range(3)]
        assert bigs == [2**62, 2**63, 2**64]
        lrs = [json.loads(rows[f"r{at}"]["config.lr"]) for at in range(3)]
        assert (lrs[:2], type(lrs[1]), lrs[2]) == ([0.1, 1], int, {"$": ["float", "nan"]})
        assert [rows[f"r{at}"]["config.mixed"] for at in range(3)] == ["1", '"1"', "null"]
        assert json.loads(one["config.half"]) == "\ud800"
        assert [rows[f"r{at}"]["config.extra"] for at in range(3)] == [None, None, True]

    def test_it_needs_a_file_and_pyarrow(self, runs):
        """Both are said."""
        done = runs.unifig("export", "--format", "parquet")
        assert (done.returncode, "name a file by -o" in done.stderr) == (2, True)
        runs.write("without/pyarrow.py", "raise ModuleNotFoundError('no', name='pyarrow')")
        done = runs.unifig("export", "-o", "x.parquet", PYTHONPATH=str(runs.folder / "without"))
        assert (done.returncode, 'pip install "unifig[parquet]"' in done.stderr) == (1, True)
        assert not (runs.folder / "x.parquet").exists()


class TestHistory:
    """What was logged, row by row."""

    def test_json_has_the_metrics_by_flat_key(self, runs):
        """Also those that a tree has no room for."""
        found = json.loads(runs.well("export", "--history", "r0"))
        assert [one["run"] for one in found] == ["me/demo/r0"] * len(found)
        assert [one["_step"] for one in found] == [0, 1]
        assert found[0]["metrics"] == {"loss": 0.5, "n": 1}
        infinity = {"$": ["float", "-inf"]}
        more = {"loss": 0, "val.acc": 0.25, "n": 2, "val": 1, "run": 7, "metrics.run": 8}
        assert found[1]["metrics"] == more | {"inf": infinity}
        first = api(runs).run("me/demo/r0").history()[0]
        assert found[0]["_timestamp"] == first["_timestamp"]

    def test_csv_and_parquet_have_a_line_for_each_row(self, runs):
        """A metric that is called run is told from the run."""
        text = runs.well("export", "--history", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert list(rows[0]) == [
            *("run", "_step", "_timestamp", "loss", "n", "val.acc", "val"),
            *("metrics.run", "metrics.metrics.run", "inf"),
        ]
        assert len(rows) == 6
        assert (rows[1]["run"], rows[1]["metrics.run"], rows[0]["val"]) == ("me/demo/r2", "7", "")
        runs.well("export", "--history", "-o", "rows.parquet", "--force")
        read = pq.read_table(runs.folder / "rows.parquet")
        types = {field.name: str(field.type) for field in read.schema}
        assert (types["_step"], types["_timestamp"], types["loss"], types["n"]) == (
            *("int64", "double", "double", "int64"),
        )
        assert read.column("loss").to_pylist() == [0.5, 2.0, 0.5, 1.0, 0.5, 0.0]
        assert read.column("inf").to_pylist() == [None, -math.inf] * 3


class TestFile:
    """What FILE is, before and after."""

    def test_what_is_there_is_replaced_only_with_force(self, project):
        """Until the new one is whole, it is as it was; beside it nothing is left."""
        project.train("import unifig; unifig.init({'a': 1}, id='x').finish()")
        path = project.write("out.csv", "mine")
        done = project.unifig("export", "-o", "out.csv")
        assert done.returncode == 1
        assert done.stderr == (
            "unifig: out.csv is there already: name another file, or replace it by --force\n"
        )
        assert path.read_text() == "mine"
        assert project.well("export", "-o", "out.csv", "--force") == ""
        assert path.read_text().startswith("id,path,")
        assert [name for name in os.listdir(project.folder) if "out" in name] == ["out.csv"]

    def test_it_has_the_rights_of_any_other_file(self, project):
        """And a link goes on to lead where it led."""
        project.train("import unifig; unifig.init({'a': 1}, id='x').finish()")
        plain, real = project.write("plain.txt", ""), project.write("real.csv", "mine")
        (project.folder / "link.csv").symlink_to("real.csv")
        project.well("export", "-o", "link.csv", "--force")
        project.well("export", "-o", "new.csv")
        assert (project.folder / "link.csv").is_symlink()
        assert real.read_text() == (project.folder / "new.csv").read_text()
        rights = {stat.S_IMODE((project.folder / name).stat().st_mode) for name in ("new.csv",)}
        assert rights == {stat.S_IMODE(plain.stat().st_mode)}

    def test_what_fails_leaves_nothing(self, project):
        """A store that breaks, a folder that is not there, a device."""
        project.train("import unifig; unifig.init({'a': 1}, id='x').finish()")
        path = project.write("out.json", "mine")
        project.write("broken.db", "no store " * 100)
        done = project.unifig("export", "-o", "out.json", "--force", "--store", "broken.db")
        assert (done.returncode, path.read_text()) == (1, "mine")
        done = project.unifig("export", "-o", "nowhere/out.json")
        assert (done.returncode, "can't be written: No such file" in done.stderr) == (1, True)
        done = project.unifig("export", "-o", "/dev/null", "--force", "--format", "csv")
        assert (done.returncode, "/dev/null is no file" in done.stderr) == (1, True)
        assert not [name for name in os.listdir(project.folder) if name.endswith(".part")]

    def test_a_full_disk_leaves_what_was_there(self, project):
        """Half a file is none."""
        project.train("import unifig; unifig.init({'a': 'x' * 100_000}, id='x').finish()")
        path = project.write("out.json", "mine")
        project.well("sync")
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, "export", "-o", "out.json", "--force"],
            capture_output=True,
            encoding="utf-8",
            cwd=project.folder,
            env=project.environment,
            check=False,
        )
        assert (done.returncode, "can't be written: File too large" in done.stderr) == (1, True)
        assert path.read_text() == "mine"
        assert not [name for name in os.listdir(project.folder) if name.endswith(".part")]

    def test_the_format_must_be_known(self, project):
        """By the name, or said."""
        done = project.unifig("export", "-o", "out.xls")
        assert done.returncode == 2
        assert "out.xls ends with none of .json, .jsonl, .csv, .parquet" in done.stderr
        project.train("import unifig; unifig.init({'a': 1}, id='x').finish()")
        project.well("export", "-o", "out.xls", "--format", "csv")
        assert (project.folder / "out.xls").read_text().startswith("id,path,")
