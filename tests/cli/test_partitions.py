"""``unifig export --partition-by``: folders of Parquet that DuckDB and pyarrow read in place."""

import json
import math
import os
import signal
import stat
import subprocess
import sys
import time

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import LIMITED, UNIFIG, Project

from unifig import Api

WILD = {
    "slash": "a/b",
    "equals": "a=b",
    "percent": "100%25",
    "plus": "a+b c",
    "dots": "..",
    "unicode": "日本 é",
    "lines": 'a\r\n"b"',
    "nul": "a\0b",
    "glob": "*[x]{y}?",
    "windows": "C:\\d<e>|",
    "null": "NULL",
    "number": "007",
    "long": "x" * 200,
}
"""Texts that a name of a folder can't hold as they are, or that readers may mistake."""

FLOATS = [math.nan, math.inf, -math.inf, 0.1, 1e-05, -0.0, 2.0]

TRAIN = f"""
import unifig

nan, inf = float("nan"), float("inf")
for at, (name, text) in enumerate({WILD!r}.items()):
    config = {{
        "text": text, "maybe": [None, text][at % 2], "float": {FLOATS!r}[at % 7],
        "int": 2**62 + at, "on": at % 2 == 0, "mixed": [1, "1", 1.0, None, True][at % 5],
        "betas": [0.9, at], "very": text * 1_000, "empty": ["", "x"][at % 2], "none": {{}},
        "opt": ["adam", "sgd"][at % 2], "case": 1, "Case": 2,
    }}
    with unifig.init(config, id=name, project=["digits", "faces"][at % 2]) as run:
        for step in range(3):
            run.log({{"loss": at / (step + 1), "Project": step, "created_at": 0.5}})
        run.summary["rate"] = [1, 0.5][at % 2]
"""

MANY = """
import unifig

for at in range(330):
    unifig.init({"seed": at % 300, "at": at}, id=f"r{at}").finish()
"""


@pytest.fixture(scope="module")
def runs(lasting):
    """A run for each wild text, of two projects."""
    lasting.train(TRAIN)
    lasting.well("sync")
    return lasting


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """More than three hundred runs with three hundred seeds."""
    project = Project(tmp_path_factory.mktemp("many"))
    project.train(MANY)
    project.well("sync")
    return project


def export(project, names, folder, *words):
    """Exports into a folder, and gives what its marker says."""
    assert project.well("export", "--partition-by", names, "-o", folder, *words) == ""
    return json.loads((project.folder / folder / "_unifig.json").read_text())


def files(folder):
    """The files of an export, as paths in it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def duck(folder, query, **types):
    """What DuckDB says of a folder, which the query calls ``runs``."""
    told = ", ".join(f"'{name}': {kind}" for name, kind in types.items())
    how = f"hive_types={{{told}}}" if types else "hive_types_autocast=false"
    source = f"read_parquet('{folder}/**/*.parquet', hive_partitioning=true, {how})"
    with duckdb.connect() as connection:
        return connection.sql(f"WITH runs AS (FROM {source}) {query}").fetchall()


def same(one, other):
    """Whether values are the same, types, signs and NaN included."""
    return repr(one) == repr(other)


class TestLayout:
    """What stands in the folder."""

    def test_folders_are_by_values_and_files_have_the_rest(self, runs):
        """In the order in which the columns are named; all files have one schema."""
        marker = export(runs, "project,config.opt", "plain/")
        folder = runs.folder / "plain"
        assert files(folder) == [
            "project=digits/config.opt=adam/part-00000.parquet",
            "project=faces/config.opt=sgd/part-00000.parquet",
        ]
        assert (marker["partitions"], marker["files"]) == (["project", "config.opt"], 2)
        one, other = (pq.read_schema(folder / path) for path in files(folder))
        assert one.equals(other, check_metadata=True)
        names = [name for name in marker["columns"] if name not in marker["partitions"]]
        assert one.names == names
        assert json.loads(one.metadata[b"unifig.columns"]) == marker["columns"]
        runs.well("export", "-o", "plain.parquet")
        whole = pq.read_schema(runs.folder / "plain.parquet")
        assert {*one.names, "project", "config.opt"} == set(whole.names)
        assert all(one.field(name) == whole.field(name) for name in one.names)

    def test_a_file_has_as_many_lines_as_are_asked_for(self, runs):
        """And a folder as many files as it takes; the order is the one of the runs."""
        marker = export(runs, "project", "rows", "--rows-per-file", "3")
        folder = runs.folder / "rows"
        sizes = [pq.read_metadata(folder / path).num_rows for path in files(folder)]
        assert (sizes, marker["files"]) == ([3, 3, 1, 3, 3], 5)
        ids = [pq.read_table(folder / path)["id"].to_pylist() for path in files(folder)]
        ordered = [run.id for run in Api(str(runs.runs)).runs("me/digits")]
        assert [id_ for some in ids[:3] for id_ in some] == ordered

    def test_many_partitions(self, many):
        """Each has one file with all of its lines, however they are mixed."""
        marker = export(many, "config.seed", "seeds")
        folder = many.folder / "seeds"
        assert len(files(folder)) == marker["files"] == 300
        found = duck(folder, 'SELECT "config.seed", list("config.at") FROM runs GROUP BY 1')
        assert {int(seed): sorted(at) for seed, at in found} == {
            seed: [seed, seed + 300] if seed < 30 else [seed] for seed in range(300)
        }

    def test_no_run_at_all_is_an_empty_table(self, runs):
        """Which engines read like any other."""
        done = runs.unifig("export", "-f", "id=no", "--partition-by", "state,group", "-o", "none")
        assert (done.returncode, "there is no such run" in done.stderr) == (0, True)
        assert duck(runs.folder / "none", "SELECT count(*) FROM runs") == [(0,)]


class TestEngines:
    """What others make of it."""

    def test_duckdb_groups_as_unifig_does(self, runs):
        """Over folders and files alike."""
        export(runs, "project,config.on", "groups")
        query = """SELECT project, "config.opt", count(*), avg("summary.loss"), min("summary.loss")
            FROM runs GROUP BY ALL ORDER BY ALL"""
        told = runs.json("runs", "--group", "project,config.opt")
        assert duck(runs.folder / "groups", query) == [
            (
                one["group"]["project"],
                one["group"]["config.opt"],
                one["runs"],
                pytest.approx(one["metrics"]["summary.loss"]["mean"]),
                one["metrics"]["summary.loss"]["min"],
            )
            for one in told
        ]

    def test_values_in_files_are_what_they_were(self, runs):
        """NaN, infinities, a sign of zero, 63 bits, None, long texts, of any characters."""
        export(runs, "project,state", "values")
        names = (
            "id",
            *(f"config.{key}" for key in ("float", "int", "on", "maybe", "text", "very")),
        )
        asked = ", ".join(f'"{name}"' for name in names)
        found = {
            row[0]: row[1:] for row in duck(runs.folder / "values", f"SELECT {asked} FROM runs")
        }
        for at, (id_, text) in enumerate(WILD.items()):
            maybe = text if at % 2 else None
            want = (FLOATS[at % 7], 2**62 + at, at % 2 == 0, maybe, text, text * 1_000)
            assert same(found[id_], want), id_

    @pytest.mark.parametrize(
        ("key", "in_sql", "in_arrow"),
        [
            ("text", "VARCHAR", pa.string()),
            ("maybe", "VARCHAR", pa.string()),
            ("float", "DOUBLE", pa.float64()),
            ("int", "BIGINT", pa.int64()),
            ("on", "BOOLEAN", pa.bool_()),
        ],
    )
    def test_values_in_names_of_folders_are_what_they_were(self, runs, key, in_sql, in_arrow):
        """To whoever is told of what type they are, as the marker says."""
        folder, name = runs.folder / f"by_{key}", f"config.{key}"
        marker = export(runs, name, folder.name)
        kinds = {"string": "VARCHAR", "double": "DOUBLE", "int64": "BIGINT", "bool": "BOOLEAN"}
        assert kinds[marker["columns"][name]] == in_sql
        want = {run.id: run.config[key] for run in Api(str(runs.runs)).runs()}
        found = dict(duck(folder, f'SELECT id, "{name}" FROM runs', **{name: in_sql}))
        assert all(same(found[id_], want[id_]) for id_ in want)

        parts = ds.partitioning(pa.schema([(name, in_arrow)]), flavor="hive")
        table = ds.dataset(folder, partitioning=parts).to_table(columns=["id", name])
        read = dict(zip(table["id"].to_pylist(), table[name].to_pylist(), strict=True))
        assert all(same(read[id_], want[id_]) for id_ in want)

    @pytest.mark.parametrize("key", ["mixed", "empty"])
    def test_values_that_a_name_can_not_tell_apart_are_json(self, runs, key):
        """1, 1.0, "1", True and None; and an empty text, which Spark refuses."""
        folder, name = runs.folder / f"by_{key}", f"config.{key}"
        assert export(runs, name, folder.name)["columns"][name] == "json"
        found = dict(duck(folder, f'SELECT id, "{name}" FROM runs'))
        want = {run.id: run.config[key] for run in Api(str(runs.runs)).runs()}
        assert all(same(json.loads(found[id_]), want[id_]) for id_ in want)

    def test_arrow_skips_the_folders_that_can_not_match(self, runs):
        """It knows the layout as Spark does, and by which names to look."""
        export(runs, "project,config.opt,summary.rate", "skip")
        data = ds.dataset(runs.folder / "skip", partitioning="hive", exclude_invalid_files=False)
        chosen = list(data.get_fragments(filter=ds.field("project") == "faces"))
        assert [path.path.split("/")[-4:] for path in chosen] == [
            ["project=faces", "config.opt=sgd", "summary.rate=0.5", "part-00000.parquet"]
        ]
        assert data.to_table().num_rows == len(WILD)

    def test_where_there_is_no_value(self, project):
        """The folder's name says so, as Hive's does, and readers find none."""
        project.train("""
            import unifig
            for at, config in enumerate([{"a": 1}, {"a": None}, {}]):
                unifig.init(config, id=f"r{at}").finish()
        """)
        export(project, "config.a,group", "out")
        default = "__HIVE_DEFAULT_PARTITION__"
        assert sorted(path.rpartition("/")[0] for path in files(project.folder / "out")) == [
            f"config.a=1/group={default}",
            f"config.a={default}/group={default}",
        ]
        found = duck(project.folder / "out", 'SELECT id, "config.a", "group" FROM runs ORDER BY id')
        assert found == [("r0", "1", None), ("r1", None, None), ("r2", None, None)]


class TestHistory:
    """Rows of histories, in folders by what their runs are."""

    def test_the_columns_are_of_the_run(self, runs):
        """Beside each row; a metric of such a name keeps apart."""
        marker = export(runs, "project,config.on", "rows_by", "--history", "--force")
        folder = runs.folder / "rows_by"
        assert files(folder)[0] == "project=digits/config.on=true/part-00000.parquet"
        assert marker["columns"] == {
            "run": "string",
            "_step": "int64",
            "_timestamp": "double",
            "project": "string",
            "config.on": "bool",
            "loss": "double",
            "metrics.Project": "int64",
            "created_at": "double",
        }
        query = """SELECT project, count(*), sum(loss), max("metrics.Project") FROM runs
            GROUP BY 1 ORDER BY 1"""
        rows = {
            name: [row for run in Api(str(runs.runs)).runs(f"me/{name}") for row in run.history()]
            for name in ("digits", "faces")
        }
        assert duck(folder, query) == [
            (name, len(those), pytest.approx(sum(row["loss"] for row in those)), 2)
            for name, those in rows.items()
        ]


class TestFolder:
    """What the folder is, before and after."""

    def test_another_export_is_replaced_only_with_force(self, runs):
        """As a whole: no file of the earlier one stays."""
        export(runs, "config.text", "again")
        done = runs.unifig("export", "--partition-by", "project", "-o", "again")
        assert (done.returncode, done.stderr) == (
            1,
            "unifig: again is there already: name another folder, or replace it by --force\n",
        )
        export(runs, "project", "again", "--force")
        folder = runs.folder / "again"
        assert sorted(os.listdir(folder)) == ["_unifig.json", "project=digits", "project=faces"]
        assert not [name for name in os.listdir(runs.folder) if name.startswith(".again")]
        mask = os.umask(0)
        os.umask(mask)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o777 & ~mask

    def test_an_empty_folder_is_as_good_as_none(self, runs):
        """And a link goes on to lead where it led."""
        (runs.folder / "empty").mkdir()
        (runs.folder / "link").symlink_to("empty")
        export(runs, "project", "link")
        assert (runs.folder / "link").is_symlink()
        assert len(files(runs.folder / "empty")) == 2

    def test_a_file_of_somebody_else_is_never_deleted(self, runs):
        """With force neither, wherever it is; what was exported stays as well."""
        export(runs, "project", "mixed")
        folder = runs.folder / "mixed"
        before = files(folder)
        inner = "project=digits"
        for name in ("notes.txt", f"{inner}/notes.txt", f"{inner}/part-00001.parquet", "b=c/x"):
            path = runs.write(f"mixed/{name}", "mine")
            done = runs.unifig("export", "--partition-by", "state", "-o", "mixed", "--force")
            assert (done.returncode, "name another folder" in done.stderr) == (1, True)
            assert path.read_text() == "mine"
            path.unlink()
            assert files(folder) == before

    def test_a_folder_that_is_no_export_is_never_replaced(self, runs):
        """Nor a file."""
        runs.write("mine/project=a/part-00000.parquet", "mine")
        done = runs.unifig("export", "--partition-by", "state", "-o", "mine", "--force")
        assert (done.returncode, done.stderr) == (
            1,
            "unifig: mine is no folder that unifig export has written: name another one\n",
        )
        path = runs.write("file", "mine")
        done = runs.unifig("export", "--partition-by", "state", "-o", "file", "--force")
        assert (done.returncode, "file is no folder" in done.stderr) == (1, True)
        assert path.read_text() == "mine"

    def test_killed_in_the_middle_it_leaves_what_was_there(self, many):
        """And nothing half-done where there was nothing."""
        export(many, "config.seed", "there", "-f", "config.seed<2")
        there = files(many.folder / "there")
        for name in ("new", "there"):
            command = [UNIFIG, "export", "--partition-by", "config.seed", "-o", name, "--force"]
            with subprocess.Popen(command, cwd=many.folder, env=many.environment) as process:
                while not list(many.folder.glob(f".{name}.*.part/new/*/*.parquet")):
                    assert process.poll() is None, "it ended before it could be killed"
                    time.sleep(0.001)
                process.send_signal(signal.SIGKILL)
            assert process.returncode == -signal.SIGKILL
        assert not (many.folder / "new").exists()
        assert files(many.folder / "there") == there
        assert export(many, "config.seed", "new")["files"] == 300

    def test_a_full_disk_leaves_nothing(self, runs):
        """Nor does anything else that ends it."""
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, "export", "--partition-by", "project", "-o", "full"],
            capture_output=True,
            encoding="utf-8",
            cwd=runs.folder,
            env=runs.environment,
            check=False,
        )
        assert (done.returncode, "can't be written: File too large" in done.stderr) == (1, True)
        assert not [name for name in os.listdir(runs.folder) if "full" in name]


class TestErrors:
    """What can't be done is said, and why, before anything is written."""

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--partition-by", "state"], "writes a folder of files: name it by -o"),
            (["--partition-by", "state", "-o", "-"], "writes a folder of files: name it by -o"),
            (["--partition-by", "state", "-o", "x.csv"], "writes Parquet alone, not csv"),
            (["--partition-by", "state", "-o", "x", "--format", "json"], "alone, not json"),
            (["--partition-by", "min.loss", "-o", "x"], "min.loss is no column: write one of id"),
            (["--rows-per-file", "3", "-o", "x.parquet"], "name one by --partition-by"),
        ],
    )
    def test_options_that_do_not_go_together(self, runs, words, told):
        """These are errors of usage."""
        done = runs.unifig("export", *words)
        assert (done.returncode, told in " ".join(done.stderr.split())) == (2, True), done.stderr

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("projct", "'projct' is nothing that runs have"),
            ("config.txet", "config.txet: no run has it; did you mean 'config.text'"),
            ("config.betas", "config.betas: it is a list in me/digits/long, [0.9, 12]: choose"),
            ("config.none", "config.none: it is an empty mapping in me/digits/long, {}: choose"),
            ("tags", "tags: it is a list in me/digits/long, []: choose"),
            ("config.very", "is too long for the name of a folder, 200,012 bytes where 255"),
            ("config.case", "config.case: there is config.Case as well"),
        ],
    )
    def test_a_column_that_no_folder_can_stand_for(self, runs, name, told):
        """The message names it, the run and the value."""
        done = runs.unifig("export", "--partition-by", name, "-o", "bad")
        assert (done.returncode, told in done.stderr) == (1, True), done.stderr
        assert not [found for found in os.listdir(runs.folder) if "bad" in found]

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("config.txet", "config.txet: no run has it; did you mean 'config.text'"),
            ("config.betas", "config.betas: it is a list in me/digits/long, [0.9, 12]: choose"),
        ],
    )
    def test_the_same_of_a_history(self, runs, name, told):
        """Its columns are those of runs."""
        done = runs.unifig("export", "--history", "--partition-by", name, "-o", "bad")
        assert (done.returncode, told in done.stderr) == (1, True), done.stderr

    def test_more_folders_than_engines_bear(self, project):
        """A column with a value for each run is none to part by."""
        project.train("""
            import unifig
            with unifig.init(id="x") as run:
                for step in range(3):
                    run.log({"loss": step})
        """)
        # The limit is 10,000, which takes long to reach: here it is 2.
        lower = """
            from unifig.cli import main
            from unifig.cli.exports import partitions
            partitions._MOST = 0
            main()
        """
        project.write("lower.py", lower)
        words = ["export", "--partition-by", "id", "-o", "out"]
        done = subprocess.run(
            [sys.executable, "lower.py", *words],
            capture_output=True,
            encoding="utf-8",
            cwd=project.folder,
            env=project.environment,
            check=False,
        )
        assert "--partition-by id comes to more than 0 folders: choose columns" in done.stderr
        assert not (project.folder / "out").exists()
