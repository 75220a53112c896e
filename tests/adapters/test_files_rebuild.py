"""Records of configuration files turned back: YAML that gives the same values."""

import json
import subprocess
import sys

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import keys, values

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
words: !!set {a, b}
days: [!!timestamp 2001-02-03, 2001-02-03, !!binary aGVsbG8=]
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


KEYS = st.one_of(
    keys.filter(lambda key: key.isprintable()), st.integers(), st.none(), st.booleans()
)


@settings(max_examples=50)
@given(st.dictionaries(KEYS, values, min_size=1, max_size=4))
def test_any_content_gives_the_same_record(tmp_path_factory, content):
    """Every kind of key and value, in any nesting."""
    path = tmp_path_factory.mktemp("files") / "a.yaml"
    try:
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        before = Config(path).flat()
    except (unifig.ConversionError, unifig.FileError, UnicodeError):
        return  # two keys that would be one, a text that YAML itself reads otherwise
    done = unifig.rebuild(again(before))
    assert done.lost == {}
    path.write_text(done.texts.get("yaml", ""))
    after = Config(path).flat()
    assert unifig.values.same(dict(after), {k: v for k, v in before.items() if k in after})
    assert set(before) - set(after) == set(done.secrets)
    assert (after.types, after.key_types) == (before.types, before.key_types)


def test_changes_are_in_it(tmp_path):
    """Inside a list as well."""
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG)
    done = unifig.rebuild(Config(path), {"layers[1].units": 3, "optimizer.name": "sgd", "none": 1})
    path.write_text(done.texts["yaml"])
    config = Config(path)
    assert (config.layers[1].units, config.optimizer.name, config.none) == (3, "sgd", 1)


def test_a_changed_value_has_its_type_where_it_can_have_it(tmp_path):
    """A date that is changed to another one is a date; to a number, a number."""
    path = tmp_path / "a.yaml"
    path.write_text("day: !!timestamp 2001-02-03\n")
    for change, kind in [("2002-02-03", "datetime.date"), (3, None), ("x", None), (None, None)]:
        done = unifig.rebuild(Config(path), {"day": change})
        (tmp_path / "b.yaml").write_text(done.texts["yaml"])
        after = Config(tmp_path / "b.yaml").flat()
        assert (after["day"], after.types.get("day")) == (change, kind)


def test_what_yaml_can_not_hold_is_lost(tmp_path):
    """With the list that it stands in; the rest is given."""
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\nb: [{c: 2}, {c: 3}]\n")
    done = unifig.rebuild(Config(path), {"b[1].c": 10**5000})
    assert done.texts == {"yaml": "a: 1\n"}
    assert done.lost.keys() == {"b[0].c", "b[1].c"}
    assert "YAML can't hold it" in done.lost["b[1].c"]


def test_a_list_without_an_element_that_is_secret_is_lost(tmp_path):
    """Given in part it would be another list; a mapping is given without its secret."""
    path = tmp_path / "a.yaml"
    path.write_text("users: [{password: hunter22}, {name: a}]\ndb: {password: x1y2z3, user: b}\n")
    done = unifig.rebuild(Config(path))
    assert done.texts == {"yaml": "db:\n  user: b\n"}
    assert done.secrets.keys() == {"users[0].password", "db.password"}
    assert done.lost.keys() == {"users[1].name"}


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
        "b.yaml": "optimizer: {name: sgd}\nseed: {desc: why, value: 5}\n"
        "entry: {value: {value: 1, desc: {value: [{a: 2}]}}}\nlayers: [{n: 1}, {n: 2}]\n",
        "config-defaults.yaml": "epochs: 3\nnone: 4\nlayers: [{n: 1}, {n: 3}]\n",
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
    changes = "{'layers[1].n': 3, 'entry.value': 7, 'seed': 1}"  # the first is the default
    changed = reader.replace("'latest')", f"'latest'), {changes}")
    (tmp_path / "d.yaml").write_text(run("-c", changed))
    run("train.py", "--configs", "d.yaml")
    flat = unifig.Api().find("latest").flat()
    assert [flat[f"layers[{at}].n"] for at in (0, 1)] == [1, 3]
    assert (flat["entry.value"], flat["entry.desc.value[0].a"], flat["seed"]) == (7, 2, 1)
