"""Hydra's records turned back: the overrides that the same program composes the same config for."""

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

import unifig
from unifig import Origin
from unifig.values import same

CONF = {
    "config.yaml": """
        defaults:
          - optimizer: adam
          - _self_
        lr: 0.1
        name: ${optimizer.kind}_${lr}
        seed: ???
        note: null
        sizes: [1, 2]
        rates: ["${lr}", 2]
        layers:
          - units: 8
            act: relu
          - units: ${layers[0].units}
        empty: {}
        teacher: ${optimizer}
        odd: {1: {x: 1}, a.b: 2, c d: {y: 3}, "4": 5, 1.5: 7, "ü": 8, 9: 10}
        deep: {a: 1, b: {c: 2}}
        data: ${oc.env:UNIFIG_DATA,/data}
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
    "extra/none.yaml": "{}",
    "extra/more.yaml": """
        # @package _global_
        more: 1
        """,
    "other.yaml": "lr: 5",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project's config files, which every test of this process composes."""
    folder = write(tmp_path_factory.mktemp("conf"), CONF)
    with initialize_config_dir(version_base=None, config_dir=str(folder)):
        yield folder


pytestmark = pytest.mark.usefixtures("project")


def record(*overrides, config="config", at=None):
    """What is recorded of a config, once it was written as JSON and read again."""
    cfg = compose(config, list(overrides), return_hydra_config=True)
    flat = unifig.to_flat(cfg if at is None else {at: cfg})
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


def shown(*overrides):
    """The same as a run would record it: without secrets."""
    config = unifig.Config()
    config.update(compose("config", list(overrides), return_hydra_config=True))
    return config.flat()


def argv_of(*overrides, changes=None, config="config"):
    """The overrides that are rebuilt, of which nothing may be lost; Hydra composes them."""
    done = unifig.rebuild(record(*overrides, config=config), changes)
    assert (done.lost, done.secrets) == ({}, {})
    after = record(*done.argv, config=config)
    for key, value in (changes or {}).items():
        assert same(after[key], value), (key, after[key], done.argv)
    return done.argv


def lost_of(*overrides, changes):
    """Why a change can't be given."""
    ((_, why),) = unifig.rebuild(record(*overrides), changes).lost.items()
    return why


# Every config, every override

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "a b", "it's", '"', "a=b", "a,b", "{}", "[x]", "{a: 1}", "null", "NaN"]
    ),
    st.sampled_from(
        ["1", "-1e-3", "true", "-x", "--lr", "é☃", "\n", "a\\", "\\'", "${lr}", "\\${x", "$"]
    ),
    st.sampled_from(
        ["a:b", "f(x)", "#c", "~", "@", "x/y.z", "1_000", "\t", "\r", "'", "\\\n", "%"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    st.text("\\${}'\"a ,", max_size=6),
).filter(lambda text: text != "???" and "***" not in text)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | TEXTS
)
NAMES = st.sampled_from(["a", "b_1", "c-d", "E", "$f", "nan", "true", "null"])
ODD = ["a.b", "c d", "x:y", "(z)", "a/b", "é", "7", "-", ""]
NO_KEYS = ["é", "7", "", "nan", "true", "null"]
KEYS = NAMES | st.sampled_from(ODD)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
PLAIN = SCALARS | st.lists(SCALARS, max_size=3)


def typed(value):
    """A text that Hydra reads as a value, made by its own class for texts in quotes."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return QuotedString(value, Quote.double).with_quotes()
    if isinstance(value, list):
        return f"[{','.join(map(typed, value))}]"
    return str(value)


RECORD = unifig.Flat({"note": "what nobody asks for"})
RECORD.origins["note"] = Origin("file", 0, "hydra")


@st.composite
def lines(draw):
    """A config file, and overrides for it."""
    tree = draw(
        st.dictionaries(NAMES.map(lambda name: f"k{name}".replace("$", "_")), VALUES, max_size=4)
    )
    choices = ["fixed.x", "fixed.y", "fixed.z", "+new.a", "+new.b", "++any", *tree]
    tree["fixed"] = {"x": 1, "y": [1, 2], "z": "t"}
    keys = draw(st.lists(st.sampled_from(choices), unique=True, max_size=4))
    overrides = [f"{key}={typed(draw(PLAIN.filter(no_interpolation)))}" for key in keys]
    more = ["+optimizer=sgd", "+extra=none", "+extra=more", "~fixed.z", "hydra.job.name=x"]
    more += ["+group={a: 1, b: {c: [2]}}", "+lr=1 2", "+twice=${fixed.x}", "+whole=${fixed}"]
    overrides += draw(st.lists(st.sampled_from(more), unique=True, max_size=3))
    return tree, draw(st.permutations(overrides))


def no_interpolation(value):
    return "${" not in str(value)


def composed(project, tree, overrides):
    """The record of a tree; None where the overrides do not go together."""
    text = yaml.safe_dump(_no_interpolations(tree), allow_unicode=True, sort_keys=False)
    (project / "drawn.yaml").write_text(text, encoding="utf-8")
    try:
        return record(*overrides, config="drawn")
    except Exception as error:
        if "hydra" in type(error).__module__ or "omegaconf" in type(error).__module__:
            return None
        raise


def may_be_lost(key, value, before):
    """Whether a change is none that Hydra has a name and a text for, for all that is seen of it."""
    if key == "extra" or (before[key] == {} and isinstance(value, list)):
        return True
    return any(type(part) is str and part in ODD for part in unifig.split(key))


def _without_odd(node):
    """A value without keys that Hydra has no text for."""
    if isinstance(node, dict):
        named = {key: item for key, item in node.items() if key not in NO_KEYS}
        return {key: _without_odd(item) for key, item in named.items()}
    return list(map(_without_odd, node)) if isinstance(node, list) else node


def _no_interpolations(node):
    if isinstance(node, dict):
        return {key: _no_interpolations(item) for key, item in node.items()}
    if isinstance(node, list):
        return list(map(_no_interpolations, node))
    return node.replace("$", "§") if isinstance(node, str) else node


@settings(max_examples=15, deadline=None)
@given(lines())
def test_the_same_config_is_composed(project, drawn):
    """Whatever was given is given again, in its order; nothing is lost."""
    tree, overrides = drawn
    before = composed(project, tree, overrides)
    if before is None:
        return
    done = unifig.rebuild(before)
    assert (done.lost, done.secrets) == ({}, {})
    own = [text for text in overrides if text.startswith("hydra.")]
    assert done.argv == own + [text for text in overrides if text not in own]
    after = record(*done.argv, config="drawn")
    assert same(dict(after), dict(before))
    assert after.origins == before.origins


@settings(max_examples=15, deadline=None)
@given(lines(), st.data())
def test_changes_are_composed(project, drawn, data):
    """Every value can be another one; what is lost is a key or a value without a text."""
    tree, overrides = drawn
    before = composed(project, tree, overrides)
    if before is None or not before:
        return
    keys = data.draw(st.lists(st.sampled_from(sorted(before)), unique=True, min_size=1, max_size=3))
    changes = {key: data.draw(PLAIN, label=key) for key in keys}
    done = unifig.rebuild(before, changes)
    assert done.secrets == {}
    after = record(*done.argv, config="drawn")
    for key, value in changes.items():
        if key in done.lost:
            assert may_be_lost(key, value, before), (key, done.lost)
        else:
            assert same(after[key], value), (key, done.argv)
    others = set(before) - set(changes)
    if not before.types and not any(one.raw for one in before.origins.values()):
        assert {key: before[key] for key in others} == {key: after[key] for key in others}


@settings(max_examples=400, deadline=None)
@given(VALUES.map(_without_odd))
def test_any_value_has_a_text(value):
    """Hydra's own parser reads it as the value, and OmegaConf finds no interpolation in it."""
    done = unifig.rebuild(RECORD, {"note": value})
    (text,) = done.argv
    read = OmegaConf.create({"note": OverridesParser.create().parse_override(text).value()})
    assert same(OmegaConf.to_container(read, resolve=True), {"note": value})


# Cases


class TestGiven:
    """What was given is given again, as it was written and in its order."""

    def test_every_kind_of_override(self):
        """Choices, values, additions, deletions; nothing is left out because no value shows it."""
        line = [
            "hydra.job.name=x",
            "optimizer=sgd",
            "+extra=none",
            "lr=1",
            "lr=0.5",
            "~deep.a",
            "deep.b={c: 5}",
            r"+new.a='it\'s'",
            "sizes.1=7",
            "layers.0.units=9",
            "++seed=null",
            "name=${lr}",
            "deep={}",
        ]
        assert argv_of(*line) == line

    def test_nothing_is_given_where_nothing_was(self):
        """Defaults stay defaults, and what is missing is missing."""
        assert argv_of() == []

    def test_a_choice_without_a_visible_value(self):
        """All of its values were set by others."""
        line = ["optimizer=sgd", "optimizer.kind=k", "optimizer.lr=1"]
        assert argv_of(*line) == line

    def test_a_multirun_is_one_job(self):
        """That there were several is not said again."""
        assert argv_of("hydra.mode=MULTIRUN", "hydra.sweep.dir=x", "lr=1") == [
            "hydra.sweep.dir=x",
            "lr=1",
        ]

    def test_what_the_program_set_is_left_to_it(self):
        """And the override that it took the place of is given again."""
        cfg = compose("config", ["lr=0.5", "seed=1"], return_hydra_config=True)
        cfg.lr = 7
        done = unifig.rebuild(unifig.to_flat(cfg))
        assert (done.argv, done.lost) == (["lr=0.5", "seed=1"], {})

    def test_a_variable_is_told_and_not_given(self, monkeypatch):
        """``environment`` has it; a text that a person gave as an override is one."""
        monkeypatch.setenv("UNIFIG_DATA", "/mnt")
        done = unifig.rebuild(record("+mine=${oc.env:UNIFIG_DATA}"))
        assert done.argv == ["+mine=${oc.env:UNIFIG_DATA}"]
        assert list(done.environment) == ["UNIFIG_DATA"]

    def test_a_config_inside_something_else(self):
        """The overrides are those of the config itself, also where one was not given."""
        assert unifig.rebuild(record("lr=5", at="cfg")).argv == ["lr=5"]
        done = unifig.rebuild(record("lr=5", at="cfg"), {"cfg.lr": 6, "cfg.deep.a": 2})
        assert (done.argv, done.lost) == (["lr=6", "deep.a=2"], {})
        assert unifig.rebuild(record(at="cfg"), {"cfg.deep.a": 2}).argv == ["deep.a=2"]

    def test_two_configs_are_refused(self):
        """One command line can't be that of both."""
        configs = [compose("config", [f"lr={lr}"], return_hydra_config=True) for lr in (5, 6)]
        done = unifig.rebuild(unifig.to_flat(dict(zip("ab", configs, strict=True))))
        assert done.argv == []
        assert "two configs" in done.lost["a.lr"]

    def test_records_without_forms_have_the_names(self):
        """What sets a part of something comes after what sets the whole."""
        flat = record("deep={a: 3, b: {c: 4}}", "deep.b.c=5", "optimizer=sgd")
        for key, origin in flat.origins.items():
            flat.origins[key] = origin._replace(form=None)
        argv = unifig.rebuild(flat).argv
        assert sorted(argv) == ["deep.b.c=5", "deep={a: 3, b: {c: 4}}", "optimizer=sgd"]
        assert argv.index("deep={a: 3, b: {c: 4}}") < argv.index("deep.b.c=5")


class TestChanged:
    """A change is one override, which Hydra reads as the very value."""

    @pytest.mark.parametrize(
        ("changes", "more"),
        [
            ({"lr": 0.2}, ["lr=0.2"]),
            ({"seed": 4}, ["seed=4"]),
            ({"name": "run 1"}, ["name='run 1'"]),
            ({"name": "${lr}"}, [r"name='\${lr}'"]),
            ({"note": "null"}, ["note='null'"]),
            ({"note": ""}, ["note=''"]),
            ({"lr": None}, ["lr=null"]),
            ({"sizes": [1, "a,b", [True]]}, ["sizes=[1,'a,b',[true]]"]),
            ({"sizes": []}, ["sizes=[]"]),
            ({"layers[1].units": 3}, ["layers.1.units=3"]),
            ({"optimizer.lr": 1e-5}, ["optimizer.lr=1e-05"]),
            ({"deep.a": 2, "deep.b.c": 3}, ["deep.a=2", "deep.b.c=3"]),
            ({"odd.1.x": 5}, ["odd={1:{x:5}}"]),
            ({r"odd.a\.b": 5, "odd.c d.y": 6}, ["odd={a.b:5}", r"odd={c\ d:{y:6}}"]),
            ({"odd.4": 1, "odd.9": 2}, ["odd.4=1", "odd={9:2}"]),
            ({"odd.1\\.5": 2}, ["odd={1.5:2}"]),
            ({"data": "/x y"}, ["data='/x y'"]),
        ],
    )
    def test_an_override_of_its_own(self, changes, more):
        """After all that was given, in the place of whatever stands in a config file."""
        assert argv_of("optimizer=sgd", changes=changes) == ["optimizer=sgd", *more]

    def test_in_the_place_of_the_one_that_set_it(self):
        """With the same mark, and without those before it that no value shows."""
        line = ["+new=1", "lr=1", "++seed=2", "optimizer=sgd"]
        changes = {"lr": 2, "new": "a", "seed": 3}
        assert argv_of(*line, changes=changes) == ["+new=a", "lr=2", "++seed=3", "optimizer=sgd"]

    def test_a_part_of_what_one_override_set(self):
        """A mapping, a list of mappings, an element of a list, what a choice brought."""
        line = ["+new={a: 1, b: 2}", "layers=[{units: 1},{units: 2}]", "sizes.0=3", "optimizer=sgd"]
        changes = {"new.a": 5, "layers[0].units": 6, "sizes": [9], "optimizer.lr": 7}
        added = ["optimizer.lr=7", "layers.0.units=6", "new.a=5", "sizes=[9]"]
        argv = argv_of(*line, changes=changes)
        assert argv[:4] == line
        assert sorted(argv[4:]) == sorted(added)

    def test_back_to_the_default(self):
        """The override is left out; where it sets more, the default is given after it."""
        assert argv_of("lr=1", "lr=2", "seed=3", changes={"lr": 0.1}) == ["seed=3"]
        line = ["deep={a: 5, b: {c: 6}}"]
        assert argv_of(*line, changes={"deep.a": 1}) == [*line, "deep.a=1"]

    def test_back_to_an_interpolation(self):
        """Which is what the default is, though only its text is known."""
        done = unifig.rebuild(record("name=x"), {"name": "${optimizer.kind}_${lr}"})
        assert done.argv == []

    def test_a_part_of_what_an_interpolation_gave(self):
        """The whole of it is given, or the original would change as well."""
        done = unifig.rebuild(record(), {"teacher.lr": 5})
        assert done.argv == ["++teacher={kind:adam,lr:5,betas:[0.9,0.999]}"]
        after = record(*done.argv)
        assert (after["teacher.lr"], after["teacher.kind"], after["optimizer.lr"]) == (
            5,
            "adam",
            0.001,
        )

    def test_what_was_typed(self):
        """A number as it was typed where Hydra reads it so, and a value where it does not."""
        for value, typed, text in [
            (0.001, "1e-3", "1e-3"),
            (10, "0xA", "10"),
            (1000, "1_000", "1_000"),
            (0.5, ".5", ".5"),
            (True, "yes", "true"),
            ("1e-3", "1e-3", "'1e-3'"),
        ]:
            done = unifig.rebuild(record(), {"lr": unifig.Value(value, raw=typed)})
            assert done.argv == [f"lr={text}"]
            assert same(OverridesParser.create().parse_override(f"lr={text}").value(), value)

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"note": "???"}, "missing"),
            ({"note": "a\0b"}, "characters"),
            ({"note": "\ud800"}, "characters"),
            ({"odd.ü": 1}, "'ü' as a key"),
            ({"empty": [1]}, "do not merge"),
            ({"sizes": {"a": 1}}, "do not merge"),
            ({"note": {"a b'": 1}}, "as a key"),
        ],
    )
    def test_what_no_override_can_say(self, changes, why):
        """It is lost, and the reason says what Hydra can't."""
        assert why in lost_of("lr=1", changes=changes)

    def test_another_choice_is_no_value(self):
        """A key that is called like a config group chooses of it, to Hydra."""
        assert "config group" in lost_of("+extra=none", changes={"extra": "more"})


class TestSecrets:
    """What is secret is in no form and in no argument, and it is said what to supply."""

    def test_a_masked_value(self):
        """The others keep their places."""
        flat = shown("lr=1", "+api_key=hunter2", "seed=2")
        done = unifig.rebuild(flat)
        assert (done.argv, done.secrets) == (["lr=1", "seed=2"], {"api_key": "+api_key"})
        assert "hunter2" not in str(flat.origins)
        assert unifig.rebuild(flat, {"api_key": "new"}).argv == ["lr=1", "seed=2", "++api_key=new"]

    def test_beside_a_masked_value(self):
        """The override is not known then, so its other values are given one by one."""
        done = unifig.rebuild(shown("+db={host: 'a b', password: hunter2}"))
        assert done.secrets == {"db.password": "+db"}
        assert done.argv == ["++db.host='a b'"]

    def test_an_override_that_no_value_shows(self):
        """It is not recorded, and missed."""
        flat = shown("+hydra.job.env_set.API_KEY=hunter2", "lr=1")
        done = unifig.rebuild(flat)
        assert (done.argv, done.secrets) == (["lr=1"], {"hydra.overrides": "hydra.overrides"})
        assert "hunter2" not in str(flat.origins)


# Real programs

PROGRAM = """
import hydra
import unifig


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    with unifig.init(project="p") as run:
        run.config.update(cfg)


main()
"""
READER = """
import json, sys
import unifig
from unifig.comparison import digest
runs = unifig.Api().runs("p")
found = [(run, unifig.rebuild(run, json.loads(sys.argv[1]))) for run in runs]
assert "hydra" not in sys.modules and "omegaconf" not in sys.modules
print(json.dumps([
    [digest(run.flat()), dict(run.flat()), done.argv, done.lost, done.secrets]
    for run, done in found
]))
"""


def start(folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def runs(folder, changes=None):
    return json.loads(start(folder, "-c", READER, json.dumps(changes or {})))


@pytest.fixture
def program(tmp_path):
    write(tmp_path / "conf", CONF)
    write(tmp_path / "elsewhere", {"third.yaml": "defaults: [side/one]\nlr: 3"})
    write(tmp_path / "more", {"side/one.yaml": "x: 1"})
    (tmp_path / "train.py").write_text(PROGRAM)
    return tmp_path


def test_a_program_runs_again(program):
    """From a record alone, in a process that knows nothing of Hydra: the same digest."""
    line = ["optimizer=sgd", "+note2='it\\'s \"é\"\n${lr}'", "~deep.a"]
    start(program, "train.py", *line)
    ((digest, _, argv, lost, secrets),) = runs(program)
    assert (argv, lost, secrets) == (line, {}, {})
    start(program, "train.py", *argv)
    assert [run[0] for run in runs(program)] == [digest, digest]


def test_a_program_runs_changed(program):
    """With values of every kind in its arguments."""
    start(program, "train.py", "optimizer=sgd", "lr=1")
    changes = {
        "lr": -1e-9,
        "note": " -a 'b'\n{é: ${x}}",
        "sizes": ["", None],
        "optimizer.kind": "k=v",
    }
    ((_, before, argv, lost, _),) = runs(program, changes)
    assert lost == {}
    start(program, "train.py", *argv)
    after = next(run[1] for run in runs(program) if run[1] != before)
    assert {key: after[key] for key in changes} == changes
    assert after["optimizer.lr"] == before["optimizer.lr"]


def test_the_options_that_name_the_config(program):
    """They are given again as they were typed; that of another program is not."""
    line = ["--config-path", "../" + program.name + "/elsewhere", "--config-n=third", "-cd", "more"]
    start(program, "train.py", *line, "lr=4")
    ((digest, values, argv, *_),) = runs(program)
    assert argv == [*line, "lr=4"]
    assert values == {"side.x": 1, "lr": 4}
    start(program, "train.py", *argv)
    assert [run[0] for run in runs(program)] == [digest, digest]


def test_each_job_of_a_multirun_is_one_line(program):
    """With its own values, and not those of the sweep."""
    start(program, "train.py", "--multirun", "lr=1,2", "hydra.sweep.dir=out", "seed=3")
    lines = sorted(run[2] for run in runs(program))
    assert lines == [["hydra.sweep.dir=out", f"lr={lr}", "seed=3"] for lr in (1, 2)]
