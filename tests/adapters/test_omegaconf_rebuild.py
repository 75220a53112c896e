"""OmegaConf's records turned back: YAML that it loads as the same config."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

import unifig
from unifig import Origin
from unifig.masking import verdicts
from unifig.values import same


class Color(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Schema:
    color: Color = Color.RED
    path: Path = Path("a")
    raw: bytes = b"\x00\xff"
    rate: float = 1.0
    names: dict[int, str] = field(default_factory=lambda: {1: "a"})


def record(obj):
    """What is recorded, once it was written as JSON and read again."""
    flat = unifig.to_flat(obj)
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


def loaded(tree, changes=None, lost=()):
    """The config that the rebuilt YAML is, as OmegaConf loads it."""
    done = unifig.rebuild(record(tree), changes)
    assert (set(done.lost), done.secrets) == (set(lost), {})
    assert (done.argv, done.keywords, list(done.texts)) == ([], {}, ["yaml"])
    return OmegaConf.create(done.texts["yaml"])


def texts(tree):
    """A config with the texts of its interpolations."""
    return OmegaConf.to_container(tree)


def at(tree, key):
    """The value at a flat key; where several keys have the same text, that of the last."""
    for segment in unifig.split(key):
        if isinstance(segment, str):
            tree = {str(own): value for own, value in tree.items()}
        tree = tree[segment]
    return tree


# Every config

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "1", "1e-3", "true", "null", "~", "on", "0x10", "2001-01-01", "1_000"]
    ),
    st.sampled_from(
        ["a: b", "- a", "#c", "'", '"', "\n", " a\n b ", "\t", "é☃", "${", "\\${x}", "$"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.text("\\${}'\" a", max_size=6),
).filter(lambda text: text != "???" and "***" not in text)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
# None is a secret's, and no text is that of a number: two such keys are one in a record.
KEYS = TEXTS.filter(lambda text: "${" not in text and verdicts[text] is None) | st.integers(
    100, 110
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def escaped(node):
    """What a program writes for texts that are to be texts, without the code under test."""
    if isinstance(node, dict):
        return {key: escaped(item) for key, item in node.items()}
    if isinstance(node, list):
        return list(map(escaped, node))
    if isinstance(node, str) and "${" in node:
        return node.replace("\\", "").replace("${", r"\${")
    return node


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.data())
def test_the_same_config_is_loaded(tree, data):
    """Values, types of keys and interpolations; and any value can be another one."""
    tree = {**escaped(tree), "ref": "${fixed.x}", "fixed": {"x": [1, "${..y}"], "y": "t"}}
    config = OmegaConf.create(tree)
    before = record(config)
    again = loaded(config)
    assert same(texts(again), texts(config))
    key = data.draw(st.sampled_from(sorted(before)))
    value = data.draw(st.lists(SCALARS, max_size=2) | SCALARS)
    changed = OmegaConf.to_container(loaded(config, {key: value}), resolve=True)
    assert same(at(changed, key), value)


# Cases


def test_interpolations_are_written_as_they_were():
    """Of a value, a mapping, elements of lists; one that was changed is a value."""
    config = OmegaConf.create(
        {
            "lr": 0.1,
            "model": {"lr": "${lr}", "final": "${.lr}"},
            "teacher": "${model}",
            "rates": ["${lr}", 2, "${model.lr}"],
            "deep": [[1, "${lr}"], ["a"], "${rates}"],
            "layers": [{"lr": "${lr}"}, {"a": {"b": "${model.final}"}}],
            "text": r"\${lr}",
        }
    )
    assert texts(loaded(config)) == texts(config)
    changes = {"model.lr": 5, "rates": [1], "text": "${lr}", "layers[0].lr": "\\${lr}"}
    changed = loaded(config, changes)
    assert (changed.model.lr, changed.model.final, changed.teacher.lr) == (5, 5, 5)
    assert (changed.rates, changed.text, changed.layers[0].lr) == ([1], "${lr}", "\\${lr}")
    assert texts(changed)["teacher"] == "${model}"


def test_a_part_of_what_an_interpolation_gave():
    """It becomes a mapping of its own, and the original stays."""
    config = OmegaConf.create({"model": {"lr": 1, "a": "${.lr}"}, "teacher": "${model}"})
    changed = loaded(config, {"teacher.lr": 5})
    assert texts(changed) == {"model": {"lr": 1, "a": "${.lr}"}, "teacher": {"lr": 5, "a": 1}}


def test_missing_values_are_left_out():
    """Whoever loads the YAML has them from their own config; and they can be given."""
    config = OmegaConf.create({"a": 1, "b": "???", "c": {"d": "???"}, "e": "${b}"})
    with pytest.warns(unifig.UnifigWarning, match="can't be resolved"):
        flat = unifig.to_flat(config)
    assert OmegaConf.create(unifig.rebuild(flat).texts["yaml"]) == {"a": 1, "e": "${b}"}
    given_ = OmegaConf.create(unifig.rebuild(flat, {"b": 2, "c.d": "x"}).texts["yaml"])
    assert (given_.b, given_.c.d, given_.e) == (2, "x", 2)


def test_variables_stay_variables(monkeypatch):
    """They are not what was chosen in the config; changed they are values."""
    monkeypatch.setenv("DEMO_WORKERS", "8")
    config = OmegaConf.create({"workers": "${oc.decode:${oc.env:DEMO_WORKERS,2}}", "a": 1})
    assert texts(loaded(config)) == texts(config)
    assert loaded(config, {"workers": 3}).workers == 3


def test_a_schema_takes_the_yaml():
    """Enums, paths, bytes and keys that are ints are what they were."""
    config = OmegaConf.structured(Schema(color=Color.BLUE, path=Path("b/c")))
    again = OmegaConf.merge(OmegaConf.structured(Schema), loaded(config))
    assert again == config
    changed = loaded(config, {"color": "RED", "path": Path("d"), "names.1": "b", "rate": math.inf})
    merged = OmegaConf.merge(OmegaConf.structured(Schema), changed)
    assert OmegaConf.to_object(merged) == Schema(
        Color.RED, Path("d"), b"\x00\xff", math.inf, {1: "b"}
    )


def test_a_part_of_a_config_has_values():
    """Interpolations of a part find what is not there; variables are found from everywhere."""
    config = OmegaConf.create({"lr": 1, "model": {"lr": "${lr}", "same": "${.lr}"}})
    assert texts(loaded(config.model)) == {"lr": 1, "same": 1}
    assert texts(loaded({"a": config})) == {"a": {"lr": 1, "model": {"lr": 1, "same": 1}}}


def test_secrets_are_left_out():
    """And named; what refers to one says so again."""
    config = unifig.Config()
    config.update(OmegaConf.create({"api_key": "hunter2", "lr": 1, "rates": ["${api_key}", 1]}))
    done = unifig.rebuild(config.flat())
    assert "api_key" in done.secrets
    assert "hunter2" not in done.texts["yaml"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"a": "???"}, "missing"),
        ({"a": ["x", "???"]}, "missing"),
        ({"a": 10**5000}, "YAML"),
        ({"a": "x***"}, "masked"),
    ],
)
def test_what_no_yaml_can_say(changes, why):
    """It is lost, with the reason; the rest is there."""
    done = unifig.rebuild(unifig.to_flat(OmegaConf.create({"a": 1, "b": 2})), changes)
    assert why in done.lost["a"]
    assert OmegaConf.create(done.texts["yaml"]) == {"b": 2}


def test_a_program_loads_what_another_recorded(tmp_path):
    """In real processes, the one between them without OmegaConf: the same digest."""
    pytest.importorskip("sqlalchemy")  # an environment for OmegaConf alone has no store
    record_ = (
        "import sys, unifig\nfrom omegaconf import OmegaConf\n"
        "with unifig.init(project='p') as run:\n"
        "    run.config.update(OmegaConf.load(sys.argv[1]))\n"
        "    print(run.config.digest())\n"
    )
    rebuild = (
        "import sys, unifig\n"
        "done = unifig.rebuild(unifig.Api().find('latest'))\n"
        "assert 'omegaconf' not in sys.modules\n"
        "open('again.yaml', 'w', encoding='utf-8').write(done.texts['yaml'])\n"
    )
    (tmp_path / "first.yaml").write_text(
        "lr: 1e-3\nd: {a: '${lr}', 1: [é, '1', {b: ~}]}\n", "utf-8"
    )

    def start(*arguments):
        command = [sys.executable, "-c", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[0] if done.stdout else None

    first = start(record_, "first.yaml")
    start(rebuild)
    assert start(record_, "again.yaml") == first
