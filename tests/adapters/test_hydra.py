"""Hydra 1.3: configs that ``compose`` gives, and real programs with ``@hydra.main``."""

import copy
import json
import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from textwrap import dedent

import pytest
from hydra import compose, initialize, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from unifig import Config, UnifigWarning, to_flat
from unifig.testing import AdapterContract

EXAMPLE = Path(__file__).parents[2] / "examples" / "hydra_train.py"
CONF = {
    "config.yaml": """
        defaults: [{model: small}, _self_]
        lr: 0.1
        run: ${hydra:job.name}_${lr}
        folder: ${hydra:runtime.output_dir}
        seed: ???
        """,
    "model/small.yaml": """
        units: 3
        lr: ${lr}
        twice: ${.units}${.units}
        """,
    "model/large.yaml": "units: 300",
}
PROGRAM = """
    import copy, json, sys, warnings
    import hydra
    from omegaconf import OmegaConf
    import unifig

    warnings.simplefilter("error", unifig.UnifigWarning)  # a tie, an interpolation that fails

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg):
        def told(obj):
            flat = unifig.to_flat(obj)
            return flat, flat.origins[min(flat)].adapter

        other = OmegaConf.create({"lr": "${x}", "x": 1})
        given = {
            "cfg": cfg, "copy": copy.deepcopy(cfg), "merged": OmegaConf.merge(cfg, {"lr": 5}),
            "part": cfg.model, "other": other, "inside": {"cfg": cfg, "other": [other]},
        }
        OmegaConf.set_struct(given["copy"], False)
        print(json.dumps({name: told(obj) for name, obj in given.items()}))

    main()
    """


@pytest.fixture
def conf(tmp_path):
    """A folder with a tree of configs."""
    for name, text in CONF.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    with initialize_config_dir(version_base=None, config_dir=str(tmp_path / "conf")):
        yield tmp_path


@pytest.fixture
def job():
    """Makes a composed config the one of the running job, as Hydra does it; undone at the end."""
    instance = HydraConfig.instance()
    before = instance.cfg
    yield instance.set_config
    instance.cfg = before


def run(folder: Path, program: str, *arguments: str) -> list:
    """What a program prints, job by job."""
    (folder / "train.py").write_text(dedent(program))
    command = [sys.executable, "train.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class TestHydra(AdapterContract):
    """The contract, for composed configs that have Hydra's own node."""

    adapter = "hydra"

    def examples(self):
        with initialize(version_base=None, config_path=None, job_name="app"):
            for overrides, expected in (
                (["+lr=0.1"], {"lr": 0.1}),
                (["+a.b=[1,{c: null}]", "+a.d={}"], {"a.b[0]": 1, "a.b[1].c": None, "a.d": {}}),
                (["+name=${hydra.job.name}_${n}", "+n=1"], {"name": "app_1", "n": 1}),
            ):
                yield compose(overrides=overrides, return_hydra_config=True), expected


# The compose API


def test_a_composed_config_is_recorded(conf):
    """With its groups and overrides, and with what is still missing."""
    overrides = ["model=large", "model.units=5", "run=a", "folder=b"]
    flat = to_flat(compose("config", overrides))
    assert flat == {"model.units": 5, "lr": 0.1, "run": "a", "folder": "b", "seed": "???"}
    assert flat.types == {"seed": "missing"}


def test_hydras_own_node_is_left_out(conf):
    """What the app configures is recorded; Hydra's node is neither recorded nor resolved."""
    overrides = ["run=${hydra.job.name}_${lr}", "folder=${hydra.job.config_name}"]
    cfg = compose("config", overrides, return_hydra_config=True)
    flat = to_flat(cfg)
    assert flat == {
        "model.units": 3,
        "model.lr": 0.1,
        "model.twice": "33",
        "lr": 0.1,
        "run": "app_0.1",
        "folder": "config",
        "seed": "???",
    }
    assert flat.types == {"seed": "missing"}
    assert {origin.adapter for origin in flat.origins.values()} == {"hydra"}
    assert flat.origins["run"].raw == "${hydra.job.name}_${lr}"


def test_the_composed_config_is_what_it_was(conf):
    """Hydra's node is still there, and strictness, read-only parts and interpolations are."""
    cfg = compose("config", ["run=a", "folder=${.run}"], return_hydra_config=True)
    OmegaConf.set_readonly(cfg.hydra, True)
    before = copy.deepcopy(cfg)
    to_flat(cfg)
    assert cfg == before
    assert OmegaConf.to_yaml(cfg) == OmegaConf.to_yaml(before)
    assert (OmegaConf.is_struct(cfg), OmegaConf.is_readonly(cfg.hydra)) == (True, True)
    assert OmegaConf.is_readonly(cfg) is None
    assert cfg.hydra.job.name == "app"


def test_a_structured_config_keeps_its_types(conf):
    """A schema from the ConfigStore, with an int field that is an interpolation."""
    from dataclasses import dataclass

    from hydra.core.config_store import ConfigStore

    @dataclass
    class Schema:
        text: str = "12"
        number: int = "${text}"
        path: Path = Path("a")

    ConfigStore.instance().store("schema", Schema)
    flat = to_flat(compose("schema", return_hydra_config=True))
    assert flat == {"text": "12", "number": 12, "path": "a"}
    assert list(flat.types) == ["path"]


def test_outside_of_a_job_what_asks_for_the_job_is_unresolved(conf):
    """``${hydra:…}`` is answered in a job alone; the other values are recorded all the same."""
    with pytest.warns(UnifigWarning) as warned:
        flat = to_flat(compose("config"))
    assert [str(w.message).split(":")[0] for w in warned] == ["'run'", "'folder'"]
    assert "HydraConfig was not set" in str(warned[0].message)
    assert (flat["run"], flat.types["run"]) == ("${hydra:job.name}_${lr}", "interpolation")
    assert flat["model.twice"] == "33"


def test_a_users_own_key_named_hydra_is_kept(conf):
    """Only Hydra's own node is left out: not a key of the same name, at the top or further down."""
    own = {"hydra": {"heads": 9}, "lr": 0.1}
    assert to_flat(OmegaConf.create(own)) == {"hydra.heads": 9, "lr": 0.1}
    assert to_flat(own) == {"hydra.heads": 9, "lr": 0.1}
    for hydra in (None, 1, "???", "${lr}", DictConfig("???")):
        assert list(to_flat(OmegaConf.create({"hydra": hydra, "lr": 0.1}))) == ["hydra", "lr"]
    cfg = compose("config", ["folder=a", "run=b", "+model.hydra=7"], return_hydra_config=True)
    assert to_flat(cfg)["model.hydra"] == 7


def test_hydras_own_node_can_be_recorded_by_itself(conf):
    """Whoever passes it wants it: under a key, or alone."""
    cfg = compose("config", return_hydra_config=True)
    flat = to_flat({"launcher": cfg.hydra.launcher})
    assert flat["launcher._target_"].endswith("BasicLauncher")


def test_a_composed_config_inside_other_objects(conf):
    """In a dict, a list and an argparse Namespace, Hydra's node is left out as well."""
    cfg = compose("config", ["folder=a", "run=b", "~model"], return_hydra_config=True)
    for outer in ({"cfg": cfg}, Namespace(cfg=cfg)):
        assert to_flat(outer) == {
            "cfg.lr": 0.1,
            "cfg.run": "b",
            "cfg.folder": "a",
            "cfg.seed": "???",
        }
    assert to_flat({"many": [cfg]})["many[0].lr"] == 0.1


def test_the_config_takes_only_what_the_app_configures(conf):
    """``config.update`` with Hydra's node in the config leaves no trace of it."""
    config = Config()
    config.update(compose("config", ["folder=a", "run=b"], return_hydra_config=True))
    assert sorted(config) == ["folder", "lr", "model", "run", "seed"]


# Which configs are the job's


def test_in_a_job_the_jobs_config_is_told_apart_from_others(conf, job):
    """The job's config and copies of it are Hydra's; parts of it and others are OmegaConf's."""
    whole = compose("config", return_hydra_config=True)
    job(whole)
    cfg = compose("config", ["folder=x", "run=y", "lr=3"])
    changed = copy.deepcopy(cfg)
    with open_dict(changed):
        changed.more = 1
    plain = OmegaConf.create(OmegaConf.to_container(cfg))
    shorter = OmegaConf.masked_copy(cfg, ["lr", "model"])
    told = [
        to_flat(obj).origins[key].adapter
        for obj, key in (
            (cfg, "lr"),
            (changed, "more"),
            (cfg.model, "units"),
            (plain, "lr"),
            (shorter, "lr"),
            (OmegaConf.create({"lr": 1}), "lr"),
        )
    ]
    assert told == ["hydra", "hydra", "omegaconf", "omegaconf", "omegaconf", "omegaconf"]


# Real programs


def test_a_program(conf):
    """Inside a job everything converts, ``${hydra:…}`` too, with no warning about adapters."""
    (told,) = run(conf, PROGRAM, "model.units=4", "seed=1", "hydra.run.dir=out")
    cfg = {
        "model.units": 4,
        "model.lr": 0.1,
        "model.twice": "44",
        "lr": 0.1,
        "run": "train_0.1",
        "folder": str(conf / "out"),
        "seed": 1,
    }
    assert told["cfg"] == told["copy"] == [cfg, "hydra"]
    merged = {"lr": 5, "model.lr": 5, "run": "train_5"}
    assert told["merged"] == [cfg | merged, "hydra"]
    assert told["part"] == [{"units": 4, "lr": 0.1, "twice": "44"}, "omegaconf"]
    assert told["other"] == [{"lr": 1, "x": 1}, "omegaconf"]
    inside = {f"cfg.{key}": value for key, value in cfg.items()}
    assert told["inside"][0] == inside | {"other[0].lr": 1, "other[0].x": 1}


def test_a_multirun(conf):
    """Each job of a sweep records its own values and its own folder."""
    jobs = run(conf, PROGRAM, "--multirun", "lr=0.5,0.25", "seed=1", "hydra.sweep.dir=sweep")
    told = [job["cfg"][0] for job in jobs]
    assert [values["lr"] for values in told] == [0.5, 0.25]
    assert [values["model.lr"] for values in told] == [0.5, 0.25]
    assert [values["folder"] for values in told] == [str(conf / "sweep" / n) for n in "01"]
    assert {job["cfg"][1] for job in jobs} == {"hydra"}


def test_a_callback_records_a_program_that_it_is_not_in(conf):
    """The config that Hydra gives a callback has Hydra's node; what is recorded has not."""
    (conf / "recorder.py").write_text(
        dedent(
            """
            import json
            from hydra.experimental.callback import Callback
            import unifig

            class Recorder(Callback):
                def on_job_start(self, config, **kwargs):
                    flat = unifig.to_flat(config)
                    print(json.dumps({"flat": flat, "adapter": flat.origins["lr"].adapter}))
            """
        )
    )
    program = """
        import hydra

        @hydra.main(version_base=None, config_path="conf", config_name="config")
        def main(cfg):
            pass

        main()
        """
    callback = "+hydra.callbacks.record._target_=recorder.Recorder"
    (told,) = run(conf, program, callback, "seed=1", "~model", "hydra.run.dir=out")
    folder = str(conf / "out")
    assert told["flat"] == {"lr": 0.1, "run": "train_0.1", "folder": folder, "seed": 1}
    assert told["adapter"] == "hydra"


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ([], {}),
        (
            ["model=linear", "optimizer=sgd", "optimizer.lr=0.05", "+tag=x"],
            {
                "model.name": "'linear'",
                "model.layers[0].units": "10",
                "model.layers[0].activation": "None",
                "optimizer.name": "'sgd'",
                "optimizer.lr": "0.05",
                "optimizer.momentum": "0.9",
                "optimizer.nesterov": "False",
                "name": "'linear_sgd_0.05'",
                "tag": "'x'",
            },
        ),
    ],
)
def test_the_example_runs(arguments, changed, tmp_path):
    """The example records the groups that were chosen, with overrides, and who chose each value."""
    command = [sys.executable, str(EXAMPLE), *arguments, "hydra.run.dir=out"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    epochs, lines = done.stdout.splitlines()[:3], done.stdout.splitlines()[3:]
    assert [line.split()[:2] for line in epochs] == [["epoch", n] for n in "012"]
    told = [re.fullmatch(r"(\S+) = (.*)  \((.*)\)", line).groups() for line in lines]
    printed = {key: value for key, value, _ in told}
    origins = {key: origin for key, _, origin in told}
    assert origins["epochs"] == "file config.yaml:6"
    assert origins["optimizer.name"] == (
        "optimizer=sgd optimizer/sgd.yaml:1" if changed else "file optimizer/adam.yaml:1"
    )
    assert origins["optimizer.lr"] == (
        "optimizer.lr=0.05" if changed else "file optimizer/adam.yaml:2"
    )
    groups = {
        "model.name": "'mlp'",
        "model.dropout": "0.1",
        "model.layers[0].units": "64",
        "model.layers[0].activation": "'relu'",
        "model.layers[1].units": "64",
        "model.layers[1].activation": "'relu'",
        "model.layers[2].units": "10",
        "model.layers[2].activation": "None",
        "optimizer.name": "'adam'",
        "optimizer.lr": "0.001",
        "optimizer.betas": "[0.9, 0.999]",
    }
    rest = {
        "epochs": "3",
        "data": "'data/mnist'",
        "name": "'mlp_adam_0.001'",
        "checkpoints": repr(f"{tmp_path / 'out'}/checkpoints"),
    }
    assert printed == ({} if changed else groups) | rest | changed
