"""Who chose each value of a Hydra config: real programs with real command lines and config files.

What a test expects of a value reads like ``config.yaml:3`` (set by that line of a project's file)
or ``optimizer=sgd @ optimizer/sgd.yaml:2`` (chosen on the command line); see :func:`told`.
"""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hydra import compose, initialize, initialize_config_dir
from hydra.conf import HydraConf
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from unifig import Config, UnifigWarning, to_flat

PROGRAM = """
import json, os, shutil
from pathlib import Path
import hydra
from omegaconf import OmegaConf, open_dict
import unifig
{above}

CONF = os.path.realpath("conf") + os.sep


def story(value, origin):
    place = origin.place and origin.place.replace(CONF, "")
    return [value, origin.kind, origin.rank, origin.name, place]


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(cfg):
{before}
    flat = unifig.to_flat(cfg)
    print(json.dumps({{
        key: [*story(value, flat.origins[key]),
              [story(one.value, one.origin) for one in flat.origins[key].replaced]]
        for key, value in flat.items()
    }}))


if __name__ == "__main__":
    main()
"""
CONF = {
    "config.yaml": """
        defaults:
          - optimizer: adam
          - _self_
        lr: 0.1
        seed: ???
        name: ${optimizer.kind}_${lr}
        data: ${oc.env:DATA,/data}
        layers:
          - units: 8
            act: relu
          - units: ${layers[0].units}
        sizes: [1, 2]
        empty: {}
        deep:
          a: 1
        """,
    "optimizer/adam.yaml": """
        kind: adam
        lr: 0.001
        betas: [0.9, 0.999]
        """,
    "optimizer/sgd.yaml": """
        kind: sgd
        lr: 0.01
        """,
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Config files, without the empty line that their text begins with here."""
    for name, text in files.items():
        path = folder / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return folder


@pytest.fixture
def folder(tmp_path):
    """A project of two files that optimizers can be chosen from, and one for the rest."""
    return write(tmp_path, CONF)


def run(folder: Path, *arguments: str, before="pass", above="", env=None) -> list[dict]:
    """What a program tells of its config, job by job; each value as a list."""
    text = PROGRAM.format(before=indent(dedent(before), "    "), above=dedent(above))
    (folder / "train.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-W", "error", "train.py", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def told(folder: Path, *arguments: str, **how) -> dict[str, str]:
    """Who chose each value, as a short text: its place, or what stood on the command line."""
    (job,) = run(folder, *arguments, **how)
    return {key: short(*rest) for key, (_, *rest, _) in job.items()}


def short(kind: str, rank: int, name: str | None, place: str | None) -> str:
    """A project's own line by its place alone, anything else by all there is to say."""
    if kind == "unknown":
        return kind
    assert rank == {"file": 0, "default": 0, "cli": 2, "env": 2}[kind]
    if kind == "file":
        return place
    return " @ ".join(part for part in ({"cli": None}.get(kind, kind), name, place) if part)


# Config files


def test_each_value_has_the_line_that_set_it(folder):
    """Of a list of mappings each value, of a list of plain values and of {} the key's line.

    Such a value ranks as a default: the project's own files are what it does by itself.
    """
    assert told(folder) == {
        "optimizer.kind": "optimizer/adam.yaml:1",
        "optimizer.lr": "optimizer/adam.yaml:2",
        "optimizer.betas": "optimizer/adam.yaml:3",
        "lr": "config.yaml:4",
        "seed": "config.yaml:5",
        "name": "config.yaml:6",
        "data": "config.yaml:7",
        "layers[0].units": "config.yaml:9",
        "layers[0].act": "config.yaml:10",
        "layers[1].units": "config.yaml:11",
        "sizes": "config.yaml:12",
        "empty": "config.yaml:13",
        "deep.a": "config.yaml:15",
    }


def test_a_variable_is_the_choice_of_whoever_set_it(folder):
    """Its value has the variable's name, the line that asks for it, and the text's own default."""
    (job,) = run(folder, env={"DATA": "/big"})
    instead = ["/data", "default", 0, "$DATA", None]
    assert job["data"] == ["/big", "env", 2, "$DATA", "config.yaml:7", [instead]]


@pytest.mark.parametrize(
    ("order", "lr"),
    [
        (["optimizer: adam", "_self_"], "config.yaml:5"),
        (["_self_", "optimizer: adam"], "optimizer/adam.yaml:2"),
    ],
)
def test_the_file_that_is_merged_last_has_set_a_value(folder, order, lr):
    """As the defaults list says it, with ``_self_`` for the file that the list is in.

    A value that a file leaves to be set is not set by it.
    """
    listed = "".join(f"  - {entry}\n" for entry in order)
    text = f"defaults:\n{listed}optimizer:\n  lr: 5\n  # a comment\n  more: null\n  kind: ???\n"
    (folder / "conf" / "config.yaml").write_text(text)
    origins = told(folder)
    assert origins["optimizer.lr"] == lr
    assert origins["optimizer.kind"] == "optimizer/adam.yaml:1"
    assert origins["optimizer.more"] == "config.yaml:7"


def test_packages_put_a_file_elsewhere(tmp_path):
    """``group@package``, ``# @package``, one file in two places, a group below another."""
    write(
        tmp_path,
        {
            "config.yaml": """
                defaults:
                  - db@source.db: mysql
                  - db@target: mysql
                  - everywhere
                  - server/ssl: strict
                  - optional missing: file
                  - _self_
                source:
                  db:
                    port: 1
                """,
            "db/mysql.yaml": "port: 3306\nuser: root\n",
            "everywhere.yaml": "# @package _global_\ntarget:\n  user: me\n",
            "server/ssl/strict.yaml": "certificate: a.pem\n",
        },
    )
    assert told(tmp_path) == {
        "source.db.port": "config.yaml:10",
        "source.db.user": "db/mysql.yaml:2",
        "target.port": "db/mysql.yaml:1",
        "target.user": "everywhere.yaml:3",
        "server.ssl.certificate": "server/ssl/strict.yaml:1",
    }


def test_files_that_build_on_others(tmp_path):
    """A primary config that inherits from one with lists of its own, and an interpolated name."""
    write(
        tmp_path,
        {
            "config.yaml": """
                defaults:
                  - base
                  - override optimizer: sgd
                  - schedule: of_${optimizer}
                  - _self_
                lr: 1
                """,
            "base.yaml": """
                defaults: [{optimizer: adam}, _self_]
                lr: 0
                steps: 10
                """,
            "optimizer/sgd.yaml": "defaults: [common]\nkind: sgd\n",
            "optimizer/adam.yaml": "kind: adam\n",
            "optimizer/common.yaml": "decay: 0\nkind: none\n",
            "schedule/of_sgd.yaml": "gamma: .9\n",
        },
    )
    config = tmp_path / "conf" / "config.yaml"
    # Hydra wants overrides last in a list.
    config.write_text(
        "defaults:\n  - base\n  - schedule: of_${optimizer}\n  - _self_\n"
        "  - override optimizer: sgd\nlr: 1\n"
    )
    assert told(tmp_path) == {
        "optimizer.decay": "optimizer/common.yaml:1",
        "optimizer.kind": "optimizer/sgd.yaml:2",
        "lr": "config.yaml:6",
        "steps": "base.yaml:3",
        "schedule.gamma": "schedule/of_sgd.yaml:1",
    }


def test_yaml_of_every_make(folder):
    """Anchors, merged mappings, keys that are no text, and texts of several lines."""
    (folder / "conf" / "config.yaml").write_text(
        dedent(
            """\
            base: &base
              a: 1
              b: 2
            other:
              <<: *base
              b: 3
            same: *base
            text: |
              one
              two
            far:
              away: >-
                x
            7: one
            true: yes
            1.5: float
            "a.b": {"c d": 4}
            """
        )
    )
    assert told(folder) == {
        "base.a": "config.yaml:2",
        "base.b": "config.yaml:3",
        "other.a": "config.yaml:2",
        "other.b": "config.yaml:6",
        "same.a": "config.yaml:2",
        "same.b": "config.yaml:3",
        "text": "config.yaml:8",
        "far.away": "config.yaml:12",
        "7": "config.yaml:14",
        "True": "config.yaml:15",
        r"1\.5": "config.yaml:16",
        r"a\.b.c d": "config.yaml:17",
    }


def test_other_places_for_config_files(tmp_path):
    """``hydra.searchpath`` with a folder and a package, ``--config-dir`` and ``--config-name``."""
    write(
        tmp_path,
        {
            "other.yaml": """
                defaults: [{a: one}, {b: two}, {c: three}, _self_]
                hydra:
                  searchpath: [file://more, pkg://package.conf]
                """,
        },
    )
    for name in ("more/a/one", "package/conf/b/two", "extra/c/three"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text("# first\nx: 1\n")
    for package in ("package", "package/conf"):
        (tmp_path / package / "__init__.py").touch()
    arguments = ("--config-dir", "extra", "--config-name", "other", "hydra.job.chdir=true")
    origins = told(tmp_path, *arguments)
    real = tmp_path.resolve()
    assert origins == {
        "a.x": f"{real}/more/a/one.yaml:2",
        "b.x": f"{real}/package/conf/b/two.yaml:2",
        "c.x": f"{real}/extra/c/three.yaml:2",
    }


def test_a_program_that_is_a_module_of_a_package(tmp_path):
    """Its config files are found through the package, and one folder up; places are paths."""
    write(tmp_path, {})
    package = tmp_path / "package"
    for name, text in {
        "__init__.py": "",
        "conf/__init__.py": "",
        "conf/config.yaml": "lr: 1",
        "app/__init__.py": "",
        "app/train.py": PROGRAM.format(before="    pass", above="").replace('"conf"', '"../conf"'),
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    for command in (["-m", "package.app.train"], ["package/app/train.py"]):
        done = subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, cwd=tmp_path, check=True
        )
        place = json.loads(done.stdout.splitlines()[-1])["lr"][4]
        assert place == f"{package.resolve()}/conf/config.yaml:1"


# The ConfigStore

SCHEMAS = """
    from dataclasses import dataclass, field
    from enum import Enum
    from typing import Any, Optional
    from hydra.core.config_store import ConfigStore

    class Color(Enum):
        RED = 1
        BLUE = 2

    @dataclass
    class Model:
        units: int = 3
        rate: float = 0.5

    @dataclass
    class Schema:
        color: Color = Color.RED
        path: Path = Path("a")
        rate: float = 1.0
        steps: int = 10
        on: bool = False
        store: Any = None
        count: Optional[int] = None
        sizes: list[float] = field(default_factory=lambda: [1.0])
        model: Model = field(default_factory=Model)

    store = ConfigStore.instance()
    store.store("schema", Schema)
    store.store("mysql", {"port": 3306}, group="db")
    store.store("lite", Model, group="db")
    """


def test_values_of_a_schema_have_no_file(tmp_path):
    """They are the dataclass's defaults, and its name is the place; plain data has none.

    A file's text is what set a value though the schema makes an Enum, a Path or a float of it.
    """
    write(
        tmp_path,
        {
            "config.yaml": """
                defaults: [schema, db@store: mysql, _self_]
                color: BLUE
                path: b/c
                rate: 2
                sizes: [1, 2]
                """
        },
    )
    assert told(tmp_path, "on=yes", "model.rate=1", "count='4'", above=SCHEMAS) == {
        "color": "config.yaml:2",
        "path": "config.yaml:3",
        "rate": "config.yaml:4",
        "steps": "default @ __main__.Schema",
        "on": "on=yes",
        "sizes": "config.yaml:5",
        "model.units": "default @ __main__.Schema",
        "model.rate": "model.rate=1",
        "store.port": "default",
        "count": "count='4'",
    }
    (job,) = run(tmp_path, "db@store=lite", "steps=11", above=SCHEMAS)
    assert job["store.units"] == [3, "cli", 2, "db@store=lite", "__main__.Model", []]
    instead = [10, "default", 0, "__main__.Schema"]
    _, kind, _, name, place, replaced = job["steps"]
    assert (kind, name, place) == ("cli", "steps=11", None)
    assert [[*one[:3], one[4]] for one in replaced] == [instead]


# Overrides


@pytest.fixture
def conf(folder):
    """The project's config folder."""
    return folder / "conf"


def composed(conf: Path, *overrides: str, **how):
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        return compose("config", list(overrides), **how)


@pytest.mark.parametrize(
    ("key", "overrides", "value", "instead"),
    [
        ("lr", ["lr=0.5"], 0.5, (0.1, "file", "config.yaml:4")),
        ("lr", ["lr=0.1"], 0.1, (0.1, "file", "config.yaml:4")),
        ("lr", ["lr=1", "++lr=2", "lr=3"], 3, (0.1, "file", "config.yaml:4")),
        ("lr", ["~lr", "+lr=4"], 4, None),
        ("seed", ["seed=1"], 1, ("???", "file", "config.yaml:5")),
        ("name", ["name='a = b'"], "a = b",
         ("${optimizer.kind}_${lr}", "file", "config.yaml:6")),
        ("name", ["name=${lr}"], 0.1, ("${optimizer.kind}_${lr}", "file", "config.yaml:6")),
        ("data", ["data=null"], None, ("${oc.env:DATA,/data}", "file", "config.yaml:7")),
        ("new.key.a", ["+new.key={a: 1}"], 1, None),
        ("new.key", ["+new.key=1", "new.key=2"], 2, None),
        ("more[0]", ["++more=[1,{a: 2}]"], 1, None),
        ("more[1].a", ["++more=[1,{a: 2}]"], 2, None),
        ("sizes", ["sizes=[3]"], [3], ([1, 2], "file", "config.yaml:12")),
        ("sizes", ["sizes.1=7"], [1, 7], ([1, 2], "file", "config.yaml:12")),
        ("sizes", ["sizes=null"], None, ([1, 2], "file", "config.yaml:12")),
        ("layers[0].units", ["layers.0.units=9"], 9, (8, "file", "config.yaml:9")),
        ("layers[0].units", ["layers=[{units: 1}]"], 1, None),
        ("layers", ["layers=x"], "x",
         ([{"units": 8, "act": "relu"}, {"units": "${layers[0].units}"}], "file", "config.yaml:8")),
        ("layers", ["layers.1.units=3", "layers=x"], "x",
         ([{"units": 8, "act": "relu"}, {"units": "${layers[0].units}"}], "file", "config.yaml:8")),
        ("empty.a", ["+empty.a=1"], 1, None),
        ("empty", ["empty=1"], 1, ({}, "file", "config.yaml:13")),
        ("deep", ["+deep={b: 2}", "deep.a=3", "deep=null"], None,
         ({"a": 1}, "file", "config.yaml:14")),
        ("optimizer.lr", ["optimizer.lr=2"], 2, (0.001, "file", "optimizer/adam.yaml:2")),
        ("optimizer.lr", ["optimizer={lr: 2}"], 2, (0.001, "file", "optimizer/adam.yaml:2")),
        ("optimizer.lr", ["optimizer=sgd", "optimizer.lr=2"], 2,
         (0.01, "cli", "optimizer/sgd.yaml:2")),
    ],
)  # fmt: skip
def test_an_override_is_told_as_it_was_given(conf, key, overrides, value, instead):
    """With what would have stood there otherwise, be it the same; the last override counts."""
    flat = to_flat(composed(conf, *overrides, return_hydra_config=True))
    origin = flat.origins[key]
    assert flat[key] == value
    assert (origin.kind, origin.rank, origin.name) == ("cli", 2, overrides[-1])
    assert origin.place is None
    replaced = [
        (one.value, one.origin.kind, one.origin.place and one.origin.place.replace(f"{conf}/", ""))
        for one in origin.replaced
    ]
    assert replaced == ([] if instead is None else [instead])


def test_a_list_of_mappings_that_an_override_set_knows_the_one_it_replaced(conf):
    """It stands above the values, each of which is the override's."""
    config = Config()
    config.update(composed(conf, "layers=[{units: 1}]", return_hydra_config=True))
    (replaced,) = config.explain("layers").as_dict()["replaced"]
    assert replaced["value"] == [{"units": 8, "act": "relu"}, {"units": "${layers[0].units}"}]
    assert replaced["place"] == f"{conf}/config.yaml:8"
    assert config.explain("layers[0].units").as_dict()["name"] == "layers=[{units: 1}]"


def test_what_hydra_warned_of_when_it_composed_is_not_told_again(conf):
    """As that a defaults list has no ``_self_``; any warning here is an error."""
    (conf / "config.yaml").write_text("defaults: [optimizer: adam]\nlr: 1\n")
    with pytest.warns(UserWarning, match="is missing `_self_`"):
        cfg = composed(conf, return_hydra_config=True)
    assert to_flat(cfg).origins["lr"].place == f"{conf}/config.yaml:2"


def test_overrides_of_a_real_command_line(folder):
    """As the program was given them, quotes and all; and what they leave alone keeps its line."""
    arguments = ["optimizer={lr: 2}", "layers.0.units=9", "~empty", "name='a \\'b\\' ${lr}'"]
    origins = told(folder, *arguments)
    assert origins["optimizer.lr"] == arguments[0]
    assert origins["layers[0].units"] == arguments[1]
    assert origins["name"] == arguments[3]
    assert origins["optimizer.kind"] == "optimizer/adam.yaml:1"
    assert origins["layers[0].act"] == "config.yaml:10"
    assert origins["layers[1].units"] == "config.yaml:11"
    assert "empty" not in origins


def test_an_override_that_names_a_variable_is_the_override(folder):
    """The person wrote both: what to set, and where to take it from."""
    (job,) = run(folder, "name=${oc.env:RUN}", env={"RUN": "x"})
    assert job["name"][:5] == ["x", "cli", 2, "name=${oc.env:RUN}", None]


def test_hydras_own_overrides_set_nothing_of_the_program(folder):
    """They are for Hydra's node, which is not recorded."""
    origins = told(folder, "hydra.job.name=x", "hydra/job_logging=none", "lr=2")
    assert (origins["lr"], origins["seed"]) == ("lr=2", "config.yaml:5")


# Config groups


def test_a_group_that_was_chosen(folder):
    """Its values are the choice of whoever named it, and have the line in its file."""
    (job,) = run(folder, "optimizer=sgd")
    assert job["optimizer.lr"] == [0.01, "cli", 2, "optimizer=sgd", "optimizer/sgd.yaml:2", []]
    assert short(*job["lr"][1:5]) == "config.yaml:4"
    # The same choice as the default one is a choice as well.
    assert told(folder, "optimizer=adam")["optimizer.lr"] == (
        "optimizer=adam @ optimizer/adam.yaml:2"
    )
    # Of two choices Hydra takes the last one.
    assert told(folder, "optimizer=adam", "optimizer=sgd")["optimizer.lr"] == (
        "optimizer=sgd @ optimizer/sgd.yaml:2"
    )


def test_groups_with_packages_and_several_of_one_group(tmp_path):
    """``+group=``, ``group@package=`` and ``group=[a,b]`` are told apart."""
    write(
        tmp_path,
        {
            "config.yaml": """
                defaults: [db: mysql, db@backup: mysql, _self_]
                plain: 1
                """,
            "db/mysql.yaml": "port: 3306\nhost: a\n",
            "db/lite.yaml": "port: 1\nhost: b\n",
            "extra/one.yaml": "x: 1\n",
            "extra/two.yaml": "y: 2\n",
        },
    )
    origins = told(tmp_path, "db@backup=lite", "+db@third.db=lite", "+extra=[one,two]")
    assert origins == {
        "db.port": "db/mysql.yaml:1",
        "db.host": "db/mysql.yaml:2",
        "backup.port": "db@backup=lite @ db/lite.yaml:1",
        "backup.host": "db@backup=lite @ db/lite.yaml:2",
        "third.db.port": "+db@third.db=lite @ db/lite.yaml:1",
        "third.db.host": "+db@third.db=lite @ db/lite.yaml:2",
        "extra.x": "+extra=[one,two] @ extra/one.yaml:1",
        "extra.y": "+extra=[one,two] @ extra/two.yaml:1",
        "plain": "config.yaml:2",
    }


def test_an_experiment_chooses_what_its_list_asks_for(folder):
    """Files that a chosen file brings in, or chooses in place of others, are chosen with it."""
    write(
        folder,
        {
            "experiment/fast.yaml": """
                # @package _global_
                defaults:
                  - /schedule: cosine
                  - override /optimizer: sgd
                lr: 7
                """,
            "schedule/cosine.yaml": "gamma: 1\n",
        },
    )
    origins = told(folder, "+experiment=fast", "seed=3")
    by = "+experiment=fast"
    assert origins["lr"] == f"{by} @ experiment/fast.yaml:5"
    assert origins["optimizer.kind"] == f"{by} @ optimizer/sgd.yaml:1"
    assert origins["schedule.gamma"] == f"{by} @ schedule/cosine.yaml:1"
    assert (origins["seed"], origins["sizes"]) == ("seed=3", "config.yaml:12")
    # What is named outside wins over what the experiment asks for.
    origins = told(folder, "+experiment=fast", "optimizer=adam", "lr=1")
    assert origins["optimizer.kind"] == "optimizer=adam @ optimizer/adam.yaml:1"
    assert origins["lr"] == "lr=1"


def test_a_group_that_is_left_out(folder):
    """``~optimizer`` leaves no value behind; the program's other values are as they were."""
    origins = told(folder, "~optimizer", "name=x")
    assert not [key for key in origins if key.startswith("optimizer")]
    assert origins["lr"] == "config.yaml:4"


# Jobs


def test_each_job_of_a_multirun_has_its_own(folder):
    """The overrides are those of the job, not those of the sweep, nor of the job before."""
    arguments = ("--multirun", "optimizer=sgd,adam", "lr=1,2", "hydra.sweep.dir=sweep")
    jobs = run(folder, *arguments)
    names = [(job["optimizer.kind"][3], job["lr"][0], job["lr"][3]) for job in jobs]
    assert names == [
        ("optimizer=sgd", 1, "lr=1"),
        ("optimizer=sgd", 2, "lr=2"),
        ("optimizer=adam", 1, "lr=1"),
        ("optimizer=adam", 2, "lr=2"),
    ]
    assert {short(*job["sizes"][1:5]) for job in jobs} == {"config.yaml:12"}


def test_jobs_are_told_apart(tmp_path):
    """Each has a text of its own, which stays the same while it runs; there is none in between."""
    program = """
        import json, sys
        import hydra
        from unifig_adapters.hydra import job

        @hydra.main(version_base="1.3", config_path=None)
        def main(cfg):
            told.append(job())
            assert job() == told[-1]

        told = [job()]
        main()
        main()
        told.append(job())
        sys.argv[1:1] = ["--multirun", "+n=1,2"]
        main()
        told.append(job())
        print(json.dumps(told))
        """
    (tmp_path / "train.py").write_text(dedent(program))
    folders = ["hydra.run.dir=here", "hydra.sweep.dir=here", "hydra.sweep.subdir=."]
    done = subprocess.run(
        [sys.executable, "train.py", *folders],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    before, *jobs = json.loads(done.stdout.splitlines()[-1])
    assert [before, jobs[2], jobs[5]] == [None, None, None]
    running = [job for job in jobs if job is not None]
    assert len(set(running)) == len(running) == 4
    assert all(job.startswith(str(tmp_path.resolve() / "here")) for job in running)


def test_a_config_that_a_program_declares_to_be_the_jobs_runs_no_job(conf):
    """As notebooks do it, for ``${hydra:…}``: origins are told, but Hydra runs nothing."""
    from unifig_adapters.hydra import job

    HydraConfig.instance().set_config(composed(conf, "lr=3", return_hydra_config=True))
    try:
        assert job() is None
        assert to_flat(composed(conf, "lr=3")).origins["lr"].name == "lr=3"
    finally:
        HydraConfig.instance().cfg = None


# What nobody can tell


def test_what_the_program_changed_is_unknown(folder):
    """A value that is not the one Hydra made is nobody's, and says nothing of what it replaced."""
    changes = """
        cfg.lr *= 2
        cfg.optimizer.betas.append(1)
        cfg.layers[0].units = 9
        OmegaConf.update(cfg, "data", "x")
        with open_dict(cfg):
            cfg.more = 1
            del cfg.empty
            cfg.empty = {"a": 1}
        """
    (job,) = run(folder, "lr=3", before=changes)
    changed = ["lr", "optimizer.betas", "layers[0].units", "data", "more", "empty.a"]
    for key in changed:
        assert (job[key][1], job[key][3], job[key][5]) == ("unknown", None, [])
    assert short(*job["layers[0].act"][1:5]) == "config.yaml:10"
    assert short(*job["layers[1].units"][1:5]) == "config.yaml:11"
    assert short(*job["optimizer.lr"][1:5]) == "optimizer/adam.yaml:2"


@pytest.mark.parametrize(
    "change",
    [
        "Path('conf/optimizer/adam.yaml').write_text('kind: adam\\n\\nlr: 0.001\\n')",
        "Path('conf/config.yaml').write_text('lr: [')",
        "Path('conf/optimizer/adam.yaml').unlink()",
        "Path('conf/optimizer/adam.yaml').write_bytes(b'\\xff')",
        "shutil.rmtree('conf')",
        "Path('conf').rename('elsewhere')",
    ],
)
def test_files_that_are_no_longer_what_they_were_tell_nothing(folder, change):
    """Edited, broken, deleted or moved while the job runs; overrides are known all the same."""
    before = f"import time; time.sleep(0.02)\n{change}"
    origins = told(folder, "lr=3", "optimizer.lr=4", "optimizer=adam", before=before)
    assert (origins.pop("lr"), origins.pop("optimizer.lr")) == ("lr=3", "optimizer.lr=4")
    assert set(origins.values()) == {"unknown"}


def test_without_a_mark_of_the_jobs_start_values_are_compared(folder):
    """Hydra can be told to write nothing: then a value that a file no longer has is unknown.

    Nor is it told what an override replaced, for the file may have said something else.
    """
    before = "Path('conf/optimizer/adam.yaml').write_text('kind: adam\\n\\nlr: 5\\nmore: 1')"
    arguments = ("lr=3", "optimizer.kind=x", "hydra.output_subdir=null")
    (job,) = run(folder, *arguments, before=before)
    assert (job["lr"][3], job["lr"][5]) == ("lr=3", [])
    assert job["optimizer.kind"][5] == []
    assert (job["optimizer.lr"][1], job["optimizer.betas"][1]) == ("unknown", "unknown")
    assert short(*job["sizes"][1:5]) == "config.yaml:12"


def test_another_config_in_a_job_is_not_hydras(folder):
    """One that the program made, or loaded from the very same file, has unknown origins."""
    before = "cfg = OmegaConf.load('conf/optimizer/adam.yaml')"
    assert set(told(folder, before=before).values()) == {"unknown"}


# The compose API


def test_a_composed_config_with_hydras_node_tells_all(conf):
    """Inside ``initialize`` and after it."""
    cfg = composed(conf, "optimizer=sgd", "lr=3", return_hydra_config=True)
    origins = to_flat(cfg).origins
    assert (origins["lr"].kind, origins["lr"].name) == ("cli", "lr=3")
    assert origins["optimizer.lr"].name == "optimizer=sgd"
    assert origins["optimizer.lr"].place == f"{conf}/optimizer/sgd.yaml:2"
    assert origins["sizes"].place == f"{conf}/config.yaml:12"
    cfg.sizes = [5]
    assert to_flat(cfg).origins["sizes"].kind == "unknown"
    assert to_flat({"part": cfg}).origins["part.lr"].name == "lr=3"


def test_a_composed_config_without_it_tells_nothing(conf):
    """Nothing in it or in Hydra says what it was composed of, not even inside ``initialize``."""
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        inside = to_flat(compose("config", ["lr=3"]))
    after = to_flat(composed(conf, "lr=3"))
    for flat in (inside, after):
        assert {origin.kind for origin in flat.origins.values()} == {"unknown"}
        assert flat.origins["lr"].adapter == "omegaconf"


def test_a_composed_config_after_the_files_are_gone(conf):
    """The overrides are in the config itself; the rest is unknown."""
    cfg = composed(conf, "optimizer=sgd", "lr=3", return_hydra_config=True)
    conf.rename(conf.parent / "elsewhere")
    origins = to_flat(cfg).origins
    assert origins["lr"].name == "lr=3"
    assert {origin.kind for key, origin in origins.items() if key != "lr"} == {"unknown"}


def test_a_config_from_the_store_alone(tmp_path):
    """With no folder of config files at all."""
    ConfigStore.instance().store("alone", {"a": {"b": 1}, "c": 2})
    with initialize(version_base="1.3", config_path=None):
        cfg = compose("alone", ["c=3", "+d=4"], return_hydra_config=True)
    origins = to_flat(cfg).origins
    assert (origins["a.b"].kind, origins["a.b"].place) == ("default", None)
    assert (origins["c"].name, origins["c"].replaced[0].value) == ("c=3", 2)
    assert origins["d"].name == "+d=4"


def test_nothing_is_kept_of_a_config_that_is_gone(conf):
    """What was found out about a config goes with it."""
    from unifig_adapters import hydra

    cfg = composed(conf, return_hydra_config=True)
    to_flat(cfg)
    assert len(hydra._settings._made) >= 1
    del cfg
    gc.collect()
    assert len(hydra._settings._made) == 0


def test_the_files_are_read_once_for_a_config(conf):
    """A second conversion takes what the first one found, though the file is another now."""
    cfg = composed(conf, return_hydra_config=True)
    first = to_flat(cfg).origins["lr"]
    (conf / "config.yaml").write_text("# more\nlr: 0.1\n")
    assert to_flat(cfg).origins["lr"] == first


def test_a_node_that_hydra_did_not_make_tells_nothing():
    """Of Hydra's type, but without overrides and sources."""
    cfg = OmegaConf.create({"lr": 1, "hydra": OmegaConf.structured(HydraConf)})
    flat = to_flat(cfg)
    assert flat == {"lr": 1}
    assert (flat.origins["lr"].kind, flat.origins["lr"].adapter) == ("unknown", "hydra")


# What follows from it


def test_who_wins_over_a_hydra_config(conf):
    """The program's choice replaces what a file says; an override on the command line stays."""
    config = Config()
    config.update(composed(conf, "seed=1", return_hydra_config=True))
    config.lr = 5
    assert config.lr == 5
    with pytest.warns(UnifigWarning, match="'seed' stays 1.*seed=1"):
        config.seed = 2
    assert config.seed == 1
