"""The samples of W&B's documentation on its config run, with ``import unifig as wandb``.

Each is a script in ``samples``: the sample's own statements below ``# the sample``, and above them
what it supposes. Old pages are among them, for old programs are. What is left out is about other
things: artifacts, sweeps, media, a server. Where a page has a placeholder, as in
``api.run("<entity>/<project>/<run_id>")``, the script has a name.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import unifig

SAMPLES = Path(__file__).parent / "samples"

EXAMPLE = {
    "hidden_layer_sizes": [32, 64],
    "kernel_sizes": [3],
    "activation": "ReLU",
    "pool_sizes": [2],
    "dropout": 0.5,
    "num_classes": 10,
}
"""What the page on configuring experiments starts with."""


class Project:
    """A folder in which scripts run, as a user runs them, and what they have recorded in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        others = ("UNIFIG_", "PYTHON")
        kept = {name: os.environ[name] for name in os.environ if not name.startswith(others)}
        self.environment = {**kept, "HOME": str(folder), "PYTHONUTF8": "1"}

    def put(self, *files: str, under: str = ".") -> None:
        """Copies files of the samples here; ``a.yaml=b.yaml`` copies a.yaml by the name b.yaml."""
        for file in files:
            name, _, new = file.partition("=")
            to = self.folder / under / (new or name)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SAMPLES / name, to)

    def python(self, *words: str) -> subprocess.CompletedProcess:
        """Runs Python here."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def run(self, script: str, *words: str, warns: str = "") -> str:
        """Runs a sample that ends well, without any warning but ``warns``; gives what it prints."""
        self.put(f"{script}.py")
        done = self.python(f"{script}.py", *words)
        assert done.returncode == 0, done.stderr
        warnings = [line for line in done.stderr.splitlines() if "UnifigWarning" in line]
        assert len(warnings) == bool(warns), done.stderr
        assert warns in "".join(warnings)
        return done.stdout

    def fail(self, script: str) -> str:
        """Runs a sample that fails; gives the last line of what it says."""
        self.put(f"{script}.py")
        done = self.python(f"{script}.py")
        assert done.returncode == 1, done.stderr
        return done.stderr.strip().splitlines()[-1]

    @property
    def api(self):
        """What is recorded here."""
        folder = self.folder / ".unifig"
        assert folder.is_dir(), "nothing was recorded here"
        return unifig.Api(dir=folder)

    def recorded(self) -> Any:
        """The one run that is recorded here."""
        (run,) = self.api.runs()
        return run


@pytest.fixture
def project(tmp_path):
    """An empty folder to run samples in."""
    return Project(tmp_path)


def typed(value: Any) -> Any:
    """Plain data with the type of each value beside it: 2 is not 2.0, and 1 is not True."""
    if isinstance(value, Mapping):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return type(value), value


def rows(run: Any) -> list[dict[str, Any]]:
    """The metrics of a run, row by row; the rows are numbered, and have a time each."""
    history = run.history()
    assert [row["_step"] for row in history] == list(range(len(history)))
    times = [row["_timestamp"] for row in history]
    assert all(type(time) is float for time in times)
    assert times == sorted(times)
    return [
        {key: value for key, value in row.items() if key not in ("_step", "_timestamp")}
        for row in history
    ]


def check(run: Any, config: dict, metrics: Sequence[dict] = (), **summary: Any) -> None:
    """That a run has a config and metrics, to the type; and a summary with the last ones."""
    assert typed(run.config) == typed(config)
    assert typed(rows(run)) == typed(list(metrics))
    last = {key: value for row in metrics for key, value in row.items()}
    assert typed(run.summary.as_dict()) == typed({**last, **summary})


class Sample(NamedTuple):
    """A script that records one run, and what that is to be."""

    script: str
    config: dict[str, Any]
    metrics: list[dict[str, Any]] = []
    words: tuple[str, ...] = ()
    """Its command line."""
    files: tuple[str, ...] = ()
    """What is beside it."""
    summary: dict[str, Any] = {}
    """What was set in it."""
    about: dict[str, Any] = {}
    """Of the run itself."""
    prints: str = ""
    """How what it prints ends."""
    warns: str = ""
    """The warning that is right."""


UNPARSED = "UnifigWarning: the flags are not parsed yet"
"""A page shows two lines of a program, without the one that parses its flags."""

DRAWN = random.Random(1)
TRAINED = [
    {
        "epoch": n,
        "train_acc": 1 - 0.001 / n,
        "train_loss": 64 / n,
        "val_acc": 0.5,
        "val_loss": 1 / n,
    }
    for n in range(1, 4)
]


def square_roots(x: float) -> list[float]:
    """The approximations that one sample logs."""
    found = [x / 2.0]
    for _ in range(10):
        found.append((x / found[-1] + found[-1]) / 2)
    return found[1:]


RECORDED = [
    # Configure experiments
    Sample(
        "init_config",
        EXAMPLE,
        about={"project": "config_example"},
        prints="[32, 64] [3] ReLU\n",
    ),
    Sample(
        "init_config_module",
        EXAMPLE,
        about={"project": "config_example"},
        prints="[32, 64] [3] ReLU\n",
    ),
    Sample(
        "config_experiment",
        {"batch_size": 64, "epochs": 4, "learning_rate": 0.001},
        TRAINED,
        words=("-b", "64", "-e", "4"),
    ),
    Sample(
        "config_experiment_module",
        {"batch_size": 64, "epochs": 4, "learning_rate": 0.001},
        TRAINED,
        words=("--batch_size=64", "--epochs=4"),
    ),
    Sample("several_at_once", {"epochs": 4, "batch_size": 32, "lr": 0.1, "channels": 16}),
    Sample("after_the_end", {"bar": 32}),
    Sample("absl_flags", {"model": None}, warns=UNPARSED),
    Sample("absl_app", {"model": "resnet"}, words=("--model=resnet",)),
    Sample(
        "tf_flags",
        {"epochs": 4, "data_dir": "/tmp/data", "batch_size": 128},
        warns=UNPARSED,
    ),
    Sample(
        "tf_flags_app",
        {"epochs": 4, "data_dir": "/tmp/data", "batch_size": 64},
        words=("--batch_size=64",),
    ),
    Sample(
        "nested_yaml",
        {
            "yaml": {"dataset": "peds-0192", "authors": ["a", "b"]},
            "params": {"dropout": 0.5, "batch_size": 100, "learning_rate": 0.001},
        },
        files=("metadata.yaml",),
    ),
    # wandb.config, as its page was
    Sample("simple", {"epochs": 4, "batch_size": 32}),
    Sample("efficient", {"epochs": 4, "batch_size": 32}),
    Sample("argparse_flags", {"epochs": 4, "batch_size": 8}),
    Sample("argparse_flags", {"epochs": 4, "batch_size": 16}, words=("-b", "16")),
    Sample("argparse_namespace", {"lr": 0.1, "epochs": 4, "batch_size": 8}),
    Sample("argparse_with", {"epochs": 4, "batch_size": 16}, words=("--batch-size", "16")),
    Sample(
        "dataset",
        {
            "dataset": "ab131",
            "my_param": 10,
            "learning_rate": 0.3,
            "model_architecture": "B",
        },
    ),
    Sample("run_config", {"epochs": 10}),
    # Its reference
    Sample("basic", {"epochs": 4}, [{"x": x} for x in range(4)]),
    Sample("basic_with", {"epochs": 4}, [{"x": x} for x in range(4)]),
    Sample("init_loop", {"epochs": 4, "batch_size": 32}, [{"x": x} for x in range(4)]),
    Sample("nested", {"train": {"epochs": 4}}, [{"x": x} for x in range(4)]),
    Sample("nested_with", {"train": {"epochs": 4}}, [{"x": x} for x in range(4)]),
    Sample(
        "special_config",
        {"epochs": 3, "learning_rate": 0.01, "sizes": [32, 64]},
        files=("special_config.yaml",),
    ),
    Sample("methods", {"epochs": 5, "model": {"layers": 2}, "batch_size": 32, "lr": 0.2}),
    Sample("allow_val_change", {"lr": 0.2, "epochs": 4, "batch_size": 32}),
    # wandb.init
    Sample(
        "update_before_init",
        {"lr": 3e-4, "batch_size": 32, "architecture": "resnet", "depth": 34},
    ),
    Sample("init_example", {"lr": 0.01, "batch_size": 32}, [{"accuracy": 0.95, "loss": 0.05}]),
    Sample("keys_included", {"lr": 0.1, "batch_size": 32}),
    Sample("keys_excluded", {"lr": 0.1, "batch_size": 32}),
    Sample("allow_val_change_init", {"lr": 0.2, "epochs": 16}),
    Sample(
        "place_of_run",
        {},
        about={"entity": "geoff", "project": "capsules", "name": "experiment-2021-10-31"},
    ),
    Sample(
        "offline",
        {},  # it has a config, and does not give it to init()
        [{"accuracy": i} for i in range(100)],
        about={"project": "offline-demo"},
    ),
    # wandb.log, Run.log and summaries
    Sample(
        "sections",
        {},
        [
            {
                "train/accuracy": 0.9,
                "train/loss": 30,
                "validate/accuracy": 0.8,
                "validate/loss": 20,
            }
        ],
    ),
    Sample(
        "pytorch_train",
        {"epochs": 2, "lr": 0.1},
        [{"loss": 1.0, "val_loss": 0.5}, {"loss": 0.5, "val_loss": 0.5}],
    ),
    Sample(
        "flags_train",
        {"num_steps": 3, "batch_size": 64},
        [{"acc": 1 - 1 / step, "loss": 64 / step} for step in range(1, 4)],
        words=("--num_steps=3",),
    ),
    Sample("summary", {"epochs": 3}, summary={"best_accuracy": 0.9}),
    Sample(
        "summary_module",
        {"epochs": 3},
        [{"loss": 0.5}, {"loss": 0.4}, {"loss": 0.6}],
        summary={"best_accuracy": 0.9, "final_accuracy": 0.8},
    ),
    # READMEs, quickstarts, the pages on tracking
    Sample(
        "readme",
        {"epochs": 1337, "lr": 3e-4},
        [{"accuracy": 0.9, "loss": 0.1}],
        about={"project": "my-awesome-project"},
    ),
    Sample("readme_run_config", {"learning_rate": 0.01}, [{"loss": 0.25}] * 10),
    Sample("readme_config", {"learning_rate": 0.01}, [{"loss": 0.25}] * 10),
    Sample(
        "readme_2019",
        {"lr": 0.1, "layers": [64, 64], "more": "custom"},
        [
            {"epoch": 0, "loss": 0.5, "val_loss": 0.75},
            {"epoch": 1, "loss": 0.25, "val_loss": 0.5},
        ],
    ),
    Sample("readme_2018", {"lr": 0.1, "custom": "parameter"}),
    Sample(
        "hyperparameters",
        {"epochs": 4, "batch_size": 32, "learning_rate": 0.001, "architecture": "resnet"},
    ),
    Sample(
        "quickstart",
        {"learning_rate": 0.01, "epochs": 10},
        [{"accuracy": 1 - 2**-n, "loss": 2**-n} for n in range(2, 10)],
    ),
    Sample(
        "quickstart_2020",
        {"dropout": 0.2, "hidden_layer_size": 128},
        [{"epoch": n, "loss": 0} for n in range(10)],
        about={"project": "my-project"},
    ),
    Sample("local", {"learning_rate": 0.01}, [{"loss": 10 - n, "acc": n / 10} for n in range(10)]),
    Sample(
        "best_practices",
        {
            "learning_rate": 0.01,
            "momentum": 0.2,
            "architecture": "CNN",
            "dataset_id": "peds-0192",
            "infra": "AWS",
        },
        about={
            "project": "detect-pedestrians",
            "notes": "tweak baseline",
            "tags": ["baseline", "paper1"],
        },
    ),
    Sample(
        "how_it_works",
        {"learning_rate": 0.01},
        [{"loss": 0.5}] * 2,
        about={"project": "my-project-name"},
    ),
    Sample(
        "create_experiment",
        {"epochs": 100, "learning_rate": 0.001, "batch_size": 128},
        [{"accuracy": 0.75, "loss": 0.25}] * 100,
        about={"project": "cat-classification", "tags": ["baseline", "paper1"]},
    ),
    Sample(
        "attributes",
        {"n_epochs": 5},
        [
            {"val": DRAWN.randint(0, 1000), "loss": DRAWN.randint(0, 1000) / 1000.00}
            for _ in range(5)
        ],
    ),
    Sample(
        "colab",
        {
            "dataset": "CelebA",
            "type": "baseline",
            "epochs": 4,
            "batch_size": 32,
            "batch_per_gpu": 8,
            "weight_decay": 0.1,
            "bar": 32,
        },
    ),
    # Integrations, sweeps and examples
    Sample("blanks", {"learning rate": 1e-3, "batch size": 32}),
    Sample("lightning", {"key": 3}),
    Sample(
        "keras_train",
        {
            "layer_1": 512,
            "activation_1": "relu",
            "dropout": 0.25,
            "layer_2": 10,
            "activation_2": "softmax",
            "optimizer": "sgd",
            "loss": "sparse_categorical_crossentropy",
            "metric": "accuracy",
            "epoch": 8,
            "batch_size": 256,
        },
        prints="[(512, 'relu'), 0.25, (10, 'softmax')]\n",
    ),
    Sample(
        "jax_train",
        {"step_size": 0.001, "num_epochs": 10, "batch_size": 128, "momentum_mass": 0.9},
        [{"Train Accuracy": 0.5, "Test Accuracy": 0.5}] * 10,
    ),
    Sample("numpy_train", {"lr": 0.000001, "epochs": 1}, [{"Loss": 1.0}, {"Loss": 2.0}]),
    Sample(
        "hydra_metrics",
        {},
        [{"loss": 0.25}],
        files=("configs/defaults.yaml",),
        about={"entity": "entity", "project": "hydra-project"},
    ),
    Sample(
        "hydra_container",
        {
            "wandb": {"entity": "entity", "project": "hydra-project"},
            "model": {"configs": {"layers": 2, "width": 128}},
            "width": 128,
        },
        [{"loss": 0.25}],
        words=("width=128",),
        files=("configs/defaults.yaml",),
        about={"entity": "entity", "project": "hydra-project"},
    ),
    Sample(
        "sweep_defaults",
        {
            "dropout": 0.5,
            "channels_one": 16,
            "channels_two": 32,
            "batch_size": 100,
            "learning_rate": 0.001,
            "epochs": 2,
        },
        [{"accuracy": 0.9, "loss": 0.1}],
    ),
    Sample("setdefaults", {"lr": 0.2, "batch_size": 256}),
    Sample(
        "group_train",
        {
            "group_id": "g",
            "worker_index": 0,
            "learning_rate": 0.9,
            "momentum": 0.8,
            "job_type": "training",
        },
        [{"epoch": i, "loss": 1 / (i + 1), "train/acc": i / 4} for i in range(3)],
        words=("--group_id", "g"),
        about={"group": "g", "job_type": "train"},
    ),
    Sample(
        "validate_every",
        {"max_epochs": 4, "validate_every": 2, "learning_rate": 0.01},
        [
            {"loss": 1 / n, "acc": 1 - 1 / n} | ({"val_acc": 1 - 1 / n - 0.05} if n % 2 else {})
            for n in range(1, 5)
        ],
    ),
]


@pytest.mark.parametrize("sample", RECORDED, ids=lambda sample: sample.script)
def test_a_sample_runs_and_is_recorded_to_the_type(sample, project):
    """Its config, its metrics, its summary and what it says of its run."""
    project.put(*sample.files)
    printed = project.run(sample.script, *sample.words, warns=sample.warns)
    assert printed.endswith(sample.prints)
    run = project.recorded()
    assert run.state == "finished"
    check(run, sample.config, sample.metrics, **sample.summary)
    about = {name: getattr(run, name) for name in sample.about}
    assert about == sample.about


def test_a_metric_with_a_dot_in_its_name_is_one_metric(project):
    """Of a mapping of metrics it can be told."""
    project.run("sqrt", "2")
    run = project.recorded()
    assert run.project == "sqrt2"
    assert run.config == {"steps": 10}
    assert rows(run) == [{"Approx. Sqrt2": root} for root in square_roots(2.0)]
    assert run.summary["Approx. Sqrt2"] == square_roots(2.0)[-1]


class TestRuns:
    """Samples that open more than one run, or look at the one that is open."""

    @pytest.mark.parametrize("script", ["many_runs", "many_runs_with"])
    def test_one_script_may_open_many(self, script, project):
        """With ``reinit=True``, each finished before the next one; each has its own metrics."""
        project.run(script)
        runs = list(project.api.runs(order="+created_at"))
        assert [run.summary["metric"] for run in runs] == list(range(99, 109))
        for x, run in enumerate(runs):
            assert run.state == "finished"
            assert rows(run) == [{"metric": x + y} for y in range(100)]

    def test_the_open_one_is_wandb_run(self, project):
        """And None before the first, after ``finish()`` and after the block."""
        project.run("global_run")
        assert [run.state for run in project.api.runs()] == ["finished"] * 2

    def test_its_name_and_id_can_be_read(self, project):
        """They are those of the record."""
        printed = project.run("name_of_run")
        run = project.recorded()
        assert printed == f"{run.id} {run.name}\n"
        assert run.notes == "your notes here"

    def test_calls_of_log_can_be_one_step(self, project):
        """By their step, or until one commits: three ways to the same rows."""
        project.run("steps")
        runs = list(project.api.runs())
        assert len(runs) == 3
        for run in runs:
            assert rows(run) == [
                {"train-loss": 0.5, "accuracy": 0.8},
                {"train-loss": 0.4, "accuracy": 0.9},
            ]

    def test_one_is_resumed_by_its_id(self, project):
        """Its config may be updated with other values where the program allows it."""
        project.run("resume")
        project.run("resume", "--learning_rate", "0.02")
        run = project.recorded()
        losses = [{"loss": 0.01}] * 2 + [{"loss": 0.02}] * 2
        check(run, {"learning_rate": 0.02, "epochs": 2}, losses)
        assert (run.path, run.state) == ("entity/project/run_id", "finished")


class TestFiles:
    """config-defaults.yaml, and the files of ``--configs``."""

    @pytest.mark.parametrize(
        "file", ["config-defaults.yaml", "config-defaults-v1.yaml=config-defaults.yaml"]
    )
    def test_defaults_are_read(self, file, project):
        """Their entries say what they are, and the file what form it has, or does not."""
        project.put(file)
        project.run("train")
        metrics = [{"loss": 1 / 32, "epoch": epoch} for epoch in range(100)]
        check(project.recorded(), {"epochs": 100, "batch_size": 32}, metrics)

    def test_defaults_beside_the_script_are_read(self, project):
        """From wherever it is started."""
        project.put("train.py", "config-defaults.yaml", under="code")
        done = project.python(os.path.join("code", "train.py"))
        assert done.returncode == 0, done.stderr
        assert project.recorded().config == {"epochs": 100, "batch_size": 32}

    def test_the_config_of_init_overrides_defaults(self, project):
        """Without a warning."""
        project.put("config-defaults.yaml")
        project.run("defaults_file")
        check(project.recorded(), {"epochs": 200, "batch_size": 64})

    def test_a_file_of_the_command_line_overrides_defaults(self, project):
        """``python train.py --configs other-config.yaml``."""
        project.put("config-defaults.yaml", "other-config.yaml")
        project.run("train", "--configs", "other-config.yaml")
        assert project.recorded().config == {"epochs": 100, "batch_size": 16}

    @pytest.mark.parametrize(
        "words",
        [
            ("--configs", "other-config.yaml,special-configs.yaml"),
            ("--configs=other-config.yaml,special-configs.yaml",),
        ],
        ids=" ".join,
    )
    def test_several_files_can_be_named(self, words, project):
        """Each has its values, and means by 1e-4 a number."""
        project.put("config-defaults.yaml", "other-config.yaml", "special-configs.yaml")
        project.run("train", *words)
        config = {"epochs": 2, "batch_size": 16, "learning_rate": 0.0001}
        check(project.recorded(), config, [{"loss": 1 / 16, "epoch": n} for n in range(2)])

    def test_a_file_of_the_command_line_overrides_the_config_of_init(self, project):
        """The person's choice wins over the program's."""
        project.put("other-config.yaml")
        project.run("defaults_file", "--configs", "other-config.yaml")
        assert project.recorded().config == {"epochs": 200, "batch_size": 16}

    def test_a_parser_never_meets_configs(self, project):
        """A warning is right: the program goes on with its parser's 8, and the file says 16."""
        project.put("other-config.yaml")
        warning = "UnifigWarning: 'batch_size' stays 16"
        project.run("argparse_flags", "--configs", "other-config.yaml", warns=warning)
        assert project.recorded().config == {"epochs": 4, "batch_size": 16}


class TestApi:
    """Samples that read and change what others have recorded."""

    @pytest.fixture(autouse=True)
    def _runs(self, project):
        project.run("recorded")

    def get(self, project: Project, name: str = "run_id") -> Any:
        """One of the runs that are recorded first."""
        return project.api.run(f"username/project/{name}")

    def test_a_value_is_added_to_a_config(self, project):
        """Beside those that are there."""
        before = dict(self.get(project).config)
        project.run("update_run")
        assert typed(self.get(project).config) == typed({**before, "foo": 32})

    def test_a_value_is_changed_in_a_config(self, project):
        """And stays what it was in every other run."""
        project.run("update_key")
        assert self.get(project).config["batch_size"] == 10
        assert self.get(project, "run_id2").config["batch_size"] == 32

    @pytest.mark.parametrize("script", ["read_metrics", "read_keys"])
    def test_metrics_are_read_row_by_row(self, script, project):
        """Each row with its time."""
        lines = [line.split() for line in project.run(script).splitlines()]
        assert [accuracy for _, accuracy in lines] == ["0.25", "0.75", "0.5"]
        assert [float(time) for time, _ in lines] == [
            row["_timestamp"] for row in self.get(project).history()
        ]

    def test_all_metrics_are_scanned(self, project):
        """Unsampled."""
        assert project.run("scan_history") == "[0.75, 0.25, 0.5]\n"

    def test_configs_are_compared_in_a_data_frame(self, project):
        """What differs is shown, under the names of the runs."""
        head, *lines = project.run("compare_runs").splitlines()
        assert head.split() == ["c_10_sgd", "base_adam_4_conv_2fc"]
        assert [line.split() for line in lines] == [
            ["batch_size", "32", "16"],
            ["optimizer", "rmsprop", "adam"],
            ["experiment_name", "bar", "foo"],
        ]

    def test_runs_are_found_by_values_of_the_config(self, project):
        """In the form of MongoDB's filters."""
        assert project.run("query_runs") == "Found 2 runs\n"

    def test_runs_have_an_order(self, project):
        """By their time, by a value of the config or a metric; whatever the length of a page."""
        latest, first, batch, accuracy = map(str.split, project.run("order_runs").splitlines())
        assert latest == ["run_id3", "run_id2", "run_id"]
        assert first == ["run_id", "run_id2", "run_id3"]
        assert [name for name in batch if name != "run_id3"] == ["run_id", "run_id2"]
        assert [name for name in accuracy if name != "run_id3"] == ["run_id2", "run_id"]

    def test_runs_are_exported(self, project):
        """Summaries, configs and names in lists."""
        summaries, configs, names = json.loads(
            "[" + project.run("export_runs").replace("] [", "], [").replace("'", '"') + "]"
        )
        assert summaries == [
            {},
            {"accuracy": 0.875, "loss": 0.125},
            {"accuracy": 0.5, "loss": 0.5, "old_name": 3},
        ]
        assert [config["experiment_name"] for config in configs] == [1, "bar", "foo"]
        assert names[1:] == ["c_10_sgd", "base_adam_4_conv_2fc"]

    @pytest.mark.parametrize(
        ("script", "summary"),
        [
            ("update_summary", {"accuracy": 0.9, "loss": 0.5, "old_name": 3}),
            ("update_summary_dict", {"accuracy": 0.5, "loss": 0.5, "old_name": 3, "key": 0.125}),
            ("rename_metric", {"accuracy": 0.5, "loss": 0.5, "new_name": 3}),
        ],
    )
    def test_a_summary_is_changed_afterwards(self, script, summary, project):
        """A value of it set, added, or given another name; the metrics stay."""
        project.run(script)
        run = self.get(project)
        assert typed(run.summary.as_dict()) == typed(summary)
        assert [row["old_name"] for row in rows(run)] == [3] * 3

    def test_the_time_of_a_run_is_told(self, project):
        """When it began."""
        assert project.run("created_at").strip() not in ("", "None")


NOTEBOOK = """
import sys, nbformat
from nbclient import NotebookClient
from pathlib import Path
notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell(Path(sys.argv[1]).read_text(encoding="utf-8"))]
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
sys.exit(str(notebook.cells[0].outputs) if notebook.cells[0].outputs else None)
"""


class TestChosenTwice:
    """Samples that give one key two values: fit for a notebook alone, for W&B as for unifig."""

    CHANGED = {**EXAMPLE, "dropout": 0.2, "epochs": 4, "batch_size": 32}

    @pytest.mark.parametrize(
        ("script", "config"),
        [("throughout", CHANGED | {"lr": 0.1, "channels": 16}), ("throughout_module", CHANGED)],
    )
    def test_in_a_notebook_the_later_one_stands(self, script, config, project):
        """Without a word."""
        project.put(f"{script}.py")
        project.environment["IPYTHONDIR"] = str(project.folder / "ipython")
        project.environment["JUPYTER_RUNTIME_DIR"] = str(project.folder / "runtime")
        done = project.python("-c", NOTEBOOK, f"{script}.py")
        assert done.returncode == 0, done.stderr
        assert typed(project.recorded().config) == typed(config)

    @pytest.mark.parametrize("script", ["throughout", "throughout_module"])
    def test_in_a_script_it_is_an_error_that_names_both_and_the_remedy(self, script, project):
        """What was recorded before stays, and the run has failed."""
        told = project.fail(script)
        assert told.startswith("unifig.errors.ConfigError: 'dropout' is 0.5, from code (")
        assert f"{script}.py:" in told
        assert "not 0.2" in told or "0.2, from code" in told
        assert "allow_val_change=True" in told
        check(project.recorded(), EXAMPLE)
        assert project.recorded().state == "failed"

    def test_an_update_is_the_same(self, project):
        """Metrics stay as well."""
        told = project.fail("value_changed")
        assert told.startswith("unifig.errors.ConfigError: 'lr' is 0.1, from code (")
        assert "allow_val_change=True" in told
        check(project.recorded(), {"lr": 0.1, "epochs": 4}, [{"loss": 0.5}])
        assert project.recorded().state == "failed"


class TestRefused:
    """Samples that unifig refuses: what they say, and what is recorded all the same."""

    def test_keys_that_are_included_and_excluded(self, project):
        """As W&B refuses them."""
        told = project.fail("keys_both")
        assert "config_include_keys" in told
        assert "config_exclude_keys" in told
        assert not (project.folder / ".unifig").exists()

    def test_a_config_that_is_assigned(self, project):
        """For whoever has the old one would not notice; W&B itself has made it an error since."""
        told = project.fail("config_assigned")
        assert told.startswith("AttributeError: unifig.config can't be replaced")
        assert "unifig.config.update(…)" in told
        run = project.recorded()
        assert (run.config, run.project, run.state) == ({}, "new-sota-model", "failed")

    @pytest.mark.parametrize("script", ["hydra_assigned", "hydra_assigned_run"])
    def test_a_config_that_is_assigned_under_hydra(self, script, project):
        """The same, whether of the module or of the run."""
        project.put("configs/defaults.yaml", f"{script}.py")
        done = project.python(f"{script}.py")
        assert done.returncode == 1
        (told,) = [line for line in done.stderr.splitlines() if line.startswith("AttributeError")]
        assert "config can't be replaced" in told
        assert "config.update(…)" in told

    @pytest.mark.parametrize(
        ("script", "name", "metrics"),
        [
            ("watch", "watch", []),
            ("image", "Image", [{"loss": 0.5}]),
            ("artifact", "log_artifact", [{"loss": 0.5}]),
        ],
    )
    def test_what_unifig_does_not_offer(self, script, name, metrics, project):
        """The run is there, with all that came before, and has failed."""
        told = project.fail(script)
        assert told.startswith(f"AttributeError: unifig does not offer {name!r}: ")
        run = project.recorded()
        check(run, {"lr": 0.1}, metrics)
        assert run.state == "failed"

    @pytest.mark.parametrize(("script", "name"), [("download", "file"), ("sweep", "sweep")])
    def test_what_the_api_does_not_offer(self, script, name, project):
        """Neither files nor sweeps."""
        project.run("recorded")
        told = project.fail(script)
        assert told.startswith(f"AttributeError: unifig does not offer {name!r}: ")

    def test_an_argument_that_init_does_not_have(self, project):
        """No run is opened."""
        told = project.fail("sync_tensorboard")
        assert told.startswith("TypeError: ")
        assert "sync_tensorboard" in told
        assert not (project.folder / ".unifig").exists()


ABSENT = (
    *("AlertLevel", "Artifact", "Audio", "Classes", "Graph", "Histogram", "Html", "Image"),
    *("JoinedTable", "Molecule", "Object3D", "Plotly", "Settings", "Table", "Video", "agent"),
    *("alert", "box3d", "controller", "define_metric", "keras", "link_model", "log_artifact"),
    *("log_code", "log_model", "login", "mark_preempting", "plot", "plot_table", "require"),
    *("restore", "save", "setup", "sklearn", "sweep", "teardown", "tensorboard", "tensorflow"),
    *("unwatch", "use_artifact", "use_model", "util", "watch", "xgboost"),
)
"""Names of the wandb module, documented or in its ``__all__``, that unifig has nothing for."""


@pytest.mark.parametrize("name", ABSENT)
def test_a_name_that_is_not_offered_says_so_and_what_to_do(name):
    """An AttributeError, so that a program can ask for the name; with a sentence of advice."""
    with pytest.raises(AttributeError, match=rf"^unifig does not offer '{name}': \w.+"):
        getattr(unifig, name)
    assert not hasattr(unifig, name)
    assert name not in dir(unifig)


@pytest.mark.parametrize("name", ["Imaje", "nothing", "_private"])
def test_any_other_name_is_an_ordinary_error(name):
    """As of every module."""
    with pytest.raises(AttributeError, match=f"^module 'unifig' has no attribute {name!r}"):
        getattr(unifig, name)
