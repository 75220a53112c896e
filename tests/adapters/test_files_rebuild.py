"""Records of configuration files turned back: YAML that gives the same values."""

import json
import subprocess
import sys

import unifig
from unifig import Config, Origin, Rebuilt

CONFIG = """\
# how it is trained
optimizer:
  name: adam
  betas: [0.9, 1e-3]
layers:
- {units: 1, act: "on"}
- {units: 2}
classes: {1: cat, 2: {true: x}}
none: null
texts: ["1e-4", "", " a ", "é☃\\n"]
"""


def again(flat):
    """A record that was written as JSON and read again."""
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


def test_a_file_gives_the_same_record(tmp_path):
    """Nested values, keys that are no text, texts that look like something else."""
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG)
    before = Config(path).flat()
    done = unifig.rebuild(again(before))
    path.write_text(done.texts["yaml"])
    after = Config(path).flat()
    assert after == before
    assert (after.types, after.key_types) == (before.types, before.key_types)
    assert (done.argv, done.lost) == ([], {})


def test_changes_are_in_it(tmp_path):
    """Inside a list as well."""
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG)
    done = unifig.rebuild(Config(path), {"layers[1].units": 3, "optimizer.name": "sgd", "none": 1})
    path.write_text(done.texts["yaml"])
    config = Config(path)
    assert (config.layers[1].units, config.optimizer.name, config.none) == (3, "sgd", 1)


def test_nothing_of_a_file_is_no_text(tmp_path):
    """As where a secret is all there is."""
    path = tmp_path / "a.json"
    path.write_text('{"password": "hunter22"}')
    assert unifig.rebuild(Config(path)) == Rebuilt(secrets={"password": "password"})


PROGRAM = """
import unifig
with unifig.init(config={"seed": 1}) as run:
    print(run.config.digest())
"""


def test_processes_record_the_same(tmp_path, monkeypatch):
    """A program with two files of ``--configs``, and with the one made of its record."""
    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    for name, text in {
        "train.py": PROGRAM,
        "a.yaml": CONFIG,
        "b.yaml": "optimizer: {name: sgd}\nseed: {desc: why, value: 5}\n",
        "config-defaults.yaml": "epochs: 3\nnone: 4\n",
    }.items():
        (tmp_path / name).write_text(text)
    reader = (
        "import unifig; print(unifig.rebuild(unifig.Api().find('latest')).texts['yaml'], end='')"
    )

    def run(*words):
        command = [sys.executable, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=tmp_path
        ).stdout

    first = run("train.py", "--configs", "a.yaml,b.yaml")
    text = run("-c", reader)
    assert "epochs" not in text
    (tmp_path / "c.yaml").write_text(text)
    assert run("train.py", "--configs", "c.yaml") == first
