"""What wins where two writes meet: by rank, by what is compared, all of it or nothing."""

import json
import os
import threading
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.configs import changeable

from unifig import Config, ConfigError, UnifigWarning, Value, hookimpl, register_adapter
from unifig.values import same


@dataclass
class Shape:
    width: int


class Settings:
    """An object of a framework, whose adapter answers with what it was made of."""

    def __init__(self, **values):
        self.values = values


class SettingsAdapter:
    types = (f"{__name__}:Settings",)

    @hookimpl
    def update(self, obj):
        return obj.values


@pytest.fixture(autouse=True, scope="module")
def _framework():
    undo = register_adapter(SettingsAdapter())
    yield
    undo()


def chosen(value, kind, **more):
    return {"key": Value(value, kind=kind, **more)}


WRITES = {
    "a defaults file": lambda value: chosen(value, "file", rank=0, place="/d/config-defaults.yaml"),
    "a framework's file": lambda value: Settings(
        **chosen(value, "file", rank=0, place="/c/conf.yaml:1")
    ),
    "a default": lambda value: Settings(**chosen(value, "default")),
    "code": lambda value: {"key": value},
    "unknown": lambda value: Settings(key=value),
    "a file": lambda value: chosen(value, "file", place="/p/settings.yaml:2"),
    "api": lambda value: chosen(value, "api"),
    "a tracker": lambda value: chosen(value, "tracker"),
    "a person's file": lambda value: chosen(
        value, "file", rank=2, name="--configs", place="/h/mine.yaml:3"
    ),
    "env": lambda value: Settings(**chosen(value, "env", name="$KEY")),
    "cli": lambda value: Settings(**chosen(value, "cli", name="--key")),
}
"""An object to update a config with, for each kind of origin that decides otherwise."""

TOLD = {
    "a defaults file": "/d/config-defaults.yaml",
    "a framework's file": "/c/conf.yaml:1",
    "a default": "a default of ",
    "code": f"code ({os.path.relpath(__file__)}:",
    "unknown": "(who chose it is not known)",
    "a file": "/p/settings.yaml:2",
    "api": "api",
    "a tracker": "tracker",
    "a person's file": "/h/mine.yaml:3 (--configs)",
    "env": "$KEY in the environment",
    "cli": "--key on the command line",
}
"""What a message says of each origin."""

TABLE = """
a defaults file    = = = = = = = = = = =
a framework's file _ = = = = = = = = = =
a default          _ = = = = = = = = = =
code               _ w w c c c c c = = =
unknown            _ w w c c c c c = = =
a file             _ w w c c c c c = = =
api                _ w w c c c c c = = =
a tracker          _ w w c c c c c = = =
a person's file    _ w w w w w w w = = =
env                _ w w w w w w w w c =
cli                _ w w w w w w w w w c
"""
"""What happens to a value of the kind in front when another value of each kind, in the same order,
is written: it is replaced (=), it stays (_), it stays and that is warned of (w), or that is a
conflict (c)."""

CELLS = [
    (old, new, outcome)
    for line in TABLE.strip().splitlines()
    for old, outcomes in [(line[:18].strip(), line[18:].split())]
    for new, outcome in zip(WRITES, outcomes, strict=True)
]

STRENGTH = dict(zip(WRITES, [0, 1, 1, 2, 2, 2, 2, 2, 3, 4, 5], strict=True))
"""Which origin a value keeps that is written again."""


def quietly(write):
    """Does a write; gives the messages of its warnings, each from the line that asked for it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write()
    assert {entry.category for entry in caught} <= {UnifigWarning}
    return [str(entry.message) for entry in caught]


def state(config):
    """All that a write may change: values, order, origins with their chains, types, and views."""
    flat = config.flat()
    views = [id(part) for part in config.values() if isinstance(part, (dict, list))]
    return list(flat.items()), flat.origins, flat.types, views, list(config)


def chain(config, key="key"):
    """What a value replaced, and who had chosen that."""
    return [(entry.value, entry.origin.kind) for entry in config.flat().origins[key].replaced]


def kind(name):
    return next(
        (k for k in ("default", "code", "unknown", "api", "env", "cli") if name.endswith(k)),
        "tracker" if name == "a tracker" else "file",
    )


# the table


def test_the_table_is_whole():
    """Every kind meets every other one in both orders, and itself."""
    assert len(CELLS) == len(WRITES) ** 2 == 121


@pytest.mark.parametrize(("old", "new", "outcome"), CELLS)
def test_what_happens_where_two_values_meet(old, new, outcome):
    """A higher rank replaces and remembers, a lower one changes nothing, an equal one conflicts."""
    config = Config()
    config.update(WRITES[old](1))
    before, first = state(config), config.flat().origins["key"]
    with pytest.raises(ConfigError) if outcome == "c" else nullcontext() as caught:
        told = quietly(lambda: config.update(WRITES[new](2)))
    if outcome == "=":
        assert config == {"key": 2}
        assert chain(config) == [(1, kind(old))]
        assert config.flat().origins["key"].replaced[0].origin == first
        assert told == []
    elif outcome == "_":
        assert config == {"key": 1}
        assert chain(config) == [(2, "file")]
        assert config.flat().origins["key"]._replace(replaced=()) == first
        assert told == []
    elif outcome == "w":
        assert state(config) == before
        assert len(told) == 1
        assert told[0].startswith("'key' stays 1, from ")
        assert 0 < told[0].index(TOLD[old]) < told[0].index("; 2, from ")
        assert TOLD[new] in told[0].partition("; 2, from ")[2]
        assert ("unifig.using" in told[0]) == (new == "unknown")
    else:
        assert state(config) == before
        message = str(caught.value)
        assert message.startswith("'key' is 1, from ")
        assert 0 < message.index(TOLD[old]) < message.index(", and would become 2, from ")
        assert TOLD[new] in message.partition(", and would become 2, from ")[2]
        assert "Nothing was changed" in message
        assert "config.update(…, allow_val_change=True)" in message
        assert "init()" in message


@pytest.mark.parametrize("how", ["update", "config"])
@pytest.mark.parametrize(("old", "new", "outcome"), CELLS)
def test_allow_val_change_allows_conflicts_and_nothing_else(old, new, outcome, how):
    """The same rank may be changed; a person's choice still wins over the program's."""
    config = Config(allow_val_change=how == "config")
    config.update(WRITES[old](1))
    write = lambda: config.update(WRITES[new](2), allow_val_change=how == "update")
    told = quietly(write)
    assert config == {"key": 2 if outcome in "=c" else 1}
    assert len(told) == (outcome == "w")
    assert chain(config) == {
        "=": [(1, kind(old))],
        "c": [(1, kind(old))],
        "_": [(2, "file")],
        "w": [],
    }.get(outcome)


@pytest.mark.parametrize("kind_", ["api", "code", "tracker", "unknown"])
def test_a_persons_choice_of_any_other_kind_is_one_that_was_typed(kind_):
    """A person who answered a prompt said it as clearly as on the command line."""
    for kinds in ((kind_, "cli"), ("cli", kind_)):
        config = Config(key=Value(1, kind=kinds[0], rank=2))
        with pytest.raises(ConfigError):
            config.update(key=Value(2, kind=kinds[1], rank=2))
        assert len(quietly(lambda config=config: config.update(key=Value(2, kind="env")))) == 1


@pytest.mark.parametrize(("old", "new"), [cell[:2] for cell in CELLS])
def test_the_same_value_again_is_no_change(old, new):
    """Nothing is warned of or raised; the stronger origin takes over, and remembers the other."""
    config = Config()
    config.update(WRITES[old]([1, 2.0]))
    first = config.flat().origins["key"]
    assert quietly(lambda: config.update(WRITES[new]([1, 2.0]))) == []
    assert config == {"key": [1, 2.0]}
    origin = config.flat().origins["key"]
    by_framework = isinstance(WRITES[new](0), Settings)
    if STRENGTH[new] > STRENGTH[old] or (old == "unknown" != new and by_framework):
        assert (origin.kind, chain(config)) == (kind(new), [([1, 2.0], kind(old))])
    else:
        assert origin._replace(replaced=()) == first
        beneath = new == "a defaults file" != old
        assert chain(config) == [([1, 2.0], "file")] * beneath


def nested(name, value):
    """An object with a mapping of which a deep part has been chosen in a way."""
    made = WRITES[name](value)
    values = made.values if isinstance(made, Settings) else made
    weak = Value(0, kind="file", rank=0)
    values["key"] = {"deep": {"key": values["key"]}, "weak": weak}
    return made


@pytest.mark.parametrize(("old", "new", "outcome"), CELLS)
@pytest.mark.parametrize("first", [nested, "scalar"])
def test_a_mapping_ranks_as_its_strongest_part(old, new, outcome, first):
    """A scalar where a mapping was, and the reverse, is a change like any other."""
    config = Config()
    one, two = (lambda name, value: WRITES[name](value)), nested
    was, becomes = 1, {"deep": {"key": 2}, "weak": 0}
    if first is nested:
        one, two = two, one
        was, becomes = {"deep": {"key": 1}, "weak": 0}, 2
    config.update(one(old, 1))
    before = state(config)
    told = []
    with (
        pytest.raises(ConfigError, match="'key' is ") if outcome == "c" else nullcontext() as error
    ):
        told = quietly(lambda: config.update(two(new, 2)))
    assert config == {"key": becomes if outcome == "=" else was}
    if outcome == "=":
        assert [entry.value for entry in config._origins["key"].replaced] == [was]
    elif outcome == "_":
        [*_, last] = config._origins["key"].replaced
        assert (last.value, last.origin.rank, last.origin.kind) == (becomes, 0, "file")
    else:
        assert state(config) == before
        for message in told if outcome == "w" else [str(error.value)]:
            assert 0 < message.index(TOLD[old]) < message.rindex(TOLD[new])
    assert len(told) == (outcome == "w")


# real files, objects and command lines


def test_a_file_that_the_program_reads_is_the_programs_choice(tmp_path):
    """Two files that say different things are a conflict, which names the lines of both."""
    for name, lr in (("a.yaml", 0.1), ("b.yaml", 0.2)):
        (tmp_path / name).write_text(f"seed: 1\nlr: {lr}\n")
    config = Config()
    config.update(tmp_path / "a.yaml")
    with pytest.raises(ConfigError) as caught:
        config.update(tmp_path / "b.yaml")
    message = str(caught.value)
    assert f"'lr' is 0.1, from {tmp_path / 'a.yaml'}:2, " in message
    assert f"would become 0.2, from {tmp_path / 'b.yaml'}:2. " in message
    assert config == {"seed": 1, "lr": 0.1}


PROGRAM = """\
import argparse, json, sys, unifig
unifig.init(allow_val_change="--allow" in sys.argv)
if "--allow" in sys.argv:
    sys.argv.remove("--allow")
parser = argparse.ArgumentParser()
for name in ("lr", "depth", "width", "seed"):
    parser.add_argument(f"--{name}", type=int, default=0)
config = unifig.config
config.update(unifig.using(parser.parse_args(), parser=parser))
config.lr = 7
try:
    config.seed = 7
    config.seed = 8
except unifig.ConfigError as error:
    print(error, file=sys.stderr)
flat = config.flat()
told = {key: [[e.value, e.origin.kind] for e in flat.origins[key].replaced] for key in flat}
print(json.dumps([flat, {key: flat.origins[key].kind for key in flat}, told]))
"""


def test_a_program_with_files_a_parser_and_its_own_choices(site):
    """Its defaults file, --configs, the command line, the parser's defaults, and code."""
    (site.folder / "config-defaults.yaml").write_text("lr: 1\ndepth: 1\nwidth: 1\nbeta: 1\n")
    (site.folder / "a.yaml").write_text("width: 2\ndepth: 2\n")
    (site.folder / "b.yaml").write_text("width: 3\n")
    site.module("train", PROGRAM)
    done = site.run("train.py", "--lr=5", "--depth", "5", "--configs=a.yaml,b.yaml")
    values, kinds, told = json.loads(done.stdout)
    assert values == {"lr": 5, "depth": 5, "width": 3, "beta": 1, "seed": 7}
    assert kinds == {"lr": "cli", "depth": "cli", "width": "file", "beta": "file", "seed": "code"}
    assert told == {
        "lr": [[0, "default"], [1, "file"]],
        "depth": [[0, "default"], [2, "file"], [1, "file"]],
        "width": [[2, "file"], [1, "file"]],
        "beta": [],
        "seed": [[0, "default"]],
    }
    told = [line for line in done.stderr.splitlines() if line and line[0] != " "]
    assert len(told) == 3
    assert (
        "train.py:9: UnifigWarning: 'width' stays 3, from b.yaml:1 (--configs); 0, from " in told[0]
    )
    assert (
        "train.py:10: UnifigWarning: 'lr' stays 5, from --lr on the command line; 7, from "
        in told[1]
    )
    assert told[2].startswith("'seed' is 7, from code (train.py:12), and would become 8, from ")


def test_init_can_allow_changes(site):
    """``init(allow_val_change=True)`` really does, for the run, and for the same rank only."""
    site.module("train", PROGRAM)
    done = site.run("train.py", "--allow", "--lr=5")
    values, _, told = json.loads(done.stdout)
    assert values == {"lr": 5, "depth": 0, "width": 0, "seed": 8}
    assert told["seed"] == [[7, "code"], [0, "default"]]
    assert done.stderr.count("UnifigWarning") == 1
    assert "'lr' stays 5" in done.stderr


# warnings


def test_a_warning_is_given_once_for_each_key_at_the_callers_line():
    """By every spelling of a write; the second time Python itself leaves it out."""
    config = Config(part={"key": Value(1, kind="cli", name="--key"), "other": 1})
    writes = [
        lambda: config.part.__setitem__("key", 2),
        lambda: setattr(config.part, "key", 2),
        lambda: config.part.update(key=2),
        lambda: config.update({"part": {"key": 2}}),
        lambda: config.__setitem__("part", {"key": 2, "other": 1}),
        lambda: config.__ior__({"part": {"key": 2}}),
    ]
    for write in writes:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            write()
            write()
        [told] = caught
        assert (told.category, told.filename) == (UnifigWarning, __file__)
        assert told.lineno == write.__code__.co_firstlineno
        assert str(told.message).startswith("'part.key' stays 1, from --key on the command line; 2")
    with pytest.warns(UnifigWarning) as caught:
        config.update(part={"key": 2}, key=1)
        config.update({"part": {"key": 2, "other": 1}})
    assert len(caught) == 2
    assert config == {"part": {"key": 1, "other": 1}, "key": 1}


def test_each_key_that_stays_has_a_warning_and_the_rest_is_done():
    """What nobody stronger chose is changed all the same."""
    config = Config(a=Value(1, kind="cli"), b=Value(1, kind="env"), c=Value(1, kind="default"))
    told = quietly(lambda: config.update(a=2, b=2, c=2, d=2))
    assert [message[:11] for message in told] == ["'a' stays 1", "'b' stays 1"]
    assert config == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_a_message_shows_a_long_value_in_short():
    """And does not flood a log with it."""
    config = Config(a=Value("x" * 10_000, kind="cli"))
    [told] = quietly(lambda: config.update(a=["y"] * 10_000))
    assert len(told) < 500


# what is the same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0, False),
        (1.0, True),
        (0.0, -0.0),
        (None, False),
        ("1", 1),
        ("", None),
        ([1, 2], [1, 3]),
        ([1, 2], [2, 1]),
        ([1], [1.0]),
        ([1], [1, 1]),
        ([], {}),
        ({}, None),
        ([[1]], [[True]]),
        (float("nan"), 1.0),
        (2**80, 2.0**80),
    ],
)
def test_values_are_compared_with_their_types(one, other):
    """A value of another type is another value, in both orders, at any depth."""
    for first, second in ((one, other), (other, one)):
        for wrap in (lambda value: value, lambda value: [value], lambda value: [{"k": value}]):
            config = Config(key=wrap(first))
            with pytest.raises(ConfigError):
                config.key = wrap(second)
            assert same(config["key"], wrap(first))
            config.update(key=wrap(first))


@pytest.mark.parametrize(
    "value", [float("nan"), -0.0, [float("nan"), [1]], 2**80, "", [], {}, None]
)
def test_the_same_value_is_no_conflict(value):
    """NaN is NaN."""
    config = Config(key=value)
    before = state(config)
    config.key = value
    config.update(key=value)
    config.update(Settings(key=value))
    assert state(config) == before


def test_an_equal_value_of_another_original_type_is_the_same():
    """A path and its text, a tuple and a list: what is recorded is compared."""
    config = Config(key=Path("a"), items_=(1, 2))
    config.update(key=str(Path("a")), items_=[1, 2])
    assert config.flat().types == {
        "key": f"pathlib.{type(Path()).__name__}",
        "items_": "tuple",
    }


# what is still to be set


@pytest.mark.parametrize("name", WRITES)
def test_a_value_that_is_missing_is_nobodys_choice(name):
    """Any other replaces it, of any rank, whoever says that it is missing."""
    for kind_ in ("cli", "file", "default", None):
        config = Config()
        config.update(Settings(key=Value("???", kind=kind_, type="missing")))
        assert quietly(lambda config=config: config.update(WRITES[name](2))) == []
        assert config == {"key": 2}
        assert config.flat().types == {}
        assert [value for value, _ in chain(config)] == ["???"]


@pytest.mark.parametrize("name", WRITES)
def test_a_value_that_is_missing_replaces_nothing(name):
    """It is not even told of."""
    config = Config()
    config.update(WRITES[name](1))
    before = state(config)
    for missing in (Value("???", kind="cli", type="missing"), Value(None, type="missing")):
        assert quietly(lambda missing=missing: config.update(Settings(key=missing))) == []
        assert state(config) == before


def test_what_is_missing_inside_is_nobodys_choice_either():
    """A mapping in which nothing is set may be replaced, and left out."""
    missing = Value("???", kind="cli", type="missing")
    config = Config(a={"b": missing}, c={"b": missing, "d": 1}, e=[{"b": missing}])
    assert quietly(lambda: config.update(a=1)) == []
    config.c = {"d": 1}
    config.update(e=[{"b": 2}])
    assert config == {"a": 1, "c": {"d": 1}, "e": [{"b": 2}]}
    config.update(a={"b": missing}, c={"d": missing}, e=[{"b": missing}])
    assert config == {"a": 1, "c": {"d": 1}, "e": [{"b": 2}]}


def test_two_values_that_are_missing_leave_the_first():
    """Whatever stands for them."""
    config = Config(a=Value("???", type="missing"))
    config.update(a=Value(None, type="missing"))
    assert config == {"a": "???"}


# mappings


def test_update_merges_and_assignment_removes_what_it_leaves_out():
    """What was there is remembered by the mapping, as a whole."""
    config = Config(part={"a": 1, "b": 2, "deep": {"c": 3, "d": 4}})
    config.update({"part": {"e": 5, "deep": {"f": 6}}})
    whole = {"a": 1, "b": 2, "deep": {"c": 3, "d": 4, "f": 6}, "e": 5}
    assert config.part == whole
    assert config._origins["part"].replaced == ()
    config.part = {"a": 1, "deep": {"c": 3}}
    assert config == {"part": {"a": 1, "deep": {"c": 3}}}
    [entry] = config._origins["part"].replaced
    assert (entry.value, entry.origin.kind) == (whole, "code")
    [entry] = config.part._origins["deep"].replaced
    assert entry.value == whole["deep"]
    config.part = {}
    assert config.flat() == {"part": {}}
    assert [value for value, _ in chain(config, "part")] == [
        {"a": 1, "deep": {"c": 3}},
        whole,
    ]


def test_a_mapping_goes_on_remembering_when_it_is_replaced_by_one_with_more():
    """Its chain is not lost with a write that leaves nothing out."""
    for one, two, three in (
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 1, "c": 3}),
        ([{"a": 1}, {"b": 2}], [{"a": 1}], [{"a": 1}, {"c": 3}]),
    ):
        config = Config(part=one)
        config.part = two
        config.part = three
        assert config.part == three
        assert [entry.value for entry in config._origins["part"].replaced] == [one]
        config.part = 4 if False else config.part


def test_an_empty_mapping_that_is_filled_is_remembered():
    """It was a value, and is none any more."""
    config = Config(part=Value({}, kind="cli"))
    config.part = {"a": 1}
    assert [(e.value, e.origin.kind) for e in config._origins["part"].replaced] == [({}, "cli")]


def test_a_stronger_value_that_an_assignment_leaves_out_stays():
    """With one warning each that names both origins; weaker and equal ones go."""
    config = Config(
        part={
            "a": Value(1, kind="cli", name="--a"),
            "b": 2,
            "c": Value(3, kind="default"),
            "deep": {"d": Value(4, kind="env", name="$D"), "e": 5},
            "items_": [{"f": Value(6, kind="cli", name="--f")}],
            "gone": {"g": 1},
        }
    )
    told = quietly(lambda: setattr(config, "part", {"x": 1}))
    assert config.part == {"x": 1, "a": 1, "deep": {"d": 4}, "items_": [{"f": 6}]}
    assert [message.partition(", though ")[0] for message in told] == [
        "'part.a' stays 1, from --a on the command line",
        "'part.deep.d' stays 4, from $D in the environment",
        "'part.items_' stays [{'f': 6}], from --f on the command line",
    ]
    for message in told:
        assert f"though code ({os.path.relpath(__file__)}:" in message
        assert message.endswith("leaves it out. To remove it, delete the key")
    config.part.deep.h = 1
    config.part["items_"][0].i = 2
    assert config.flat() == {
        "part.x": 1,
        "part.a": 1,
        "part.deep.d": 4,
        "part.deep.h": 1,
        "part.items_[0].f": 6,
        "part.items_[0].i": 2,
    }
    assert config.flat().origins["part.a"].kind == "cli"


def test_an_assignment_that_changes_nothing_leaves_the_views_alone():
    """Because it says the same, or because all that it would change is stronger."""
    cli = Value(1, kind="cli")
    config = Config(
        same={"a": [1], "b": {"c": 1}}, person={"a": cli, "b": {"c": cli}}, n=[{"a": 1}]
    )
    views = [config.same, config.same.b, config.person, config.person.b, config.n, config.n[0]]
    before, told = state(config), []
    config.observe(told.append)
    config.same = {"a": [1], "b": {"c": 1}}
    config.n = [{"a": 1}]
    assert len(quietly(lambda: setattr(config, "person", {"a": 2, "b": {"c": 2}}))) == 2
    assert len(quietly(lambda: setattr(config, "person", {"a": 1}))) == 1
    assert len(quietly(lambda: setattr(config, "person", {}))) == 2
    assert state(config) == before
    assert told == []
    again = [config.same, config.same.b, config.person, config.person.b, config.n, config.n[0]]
    assert [one is other for one, other in zip(views, again, strict=True)] == [True] * 6
    for view in (config.same.b, config.person.b, config.n[0]):
        view.new = 1
    keys = ["same.b.new", "person.b.new", "n[0].new"]
    assert [change.set for change in told] == [{key: 1} for key in keys]


def test_an_equal_mapping_of_another_type_is_recorded_as_such():
    """Its values stay who they were, and what it is made of is told."""
    config = Config(part=Shape(1), items_=[Shape(1)], n=[{"a": 1}])
    assert config.flat().types["part"] == f"{__name__}.Shape"
    config.part = {"width": 1}
    config.items_ = [{"width": 1}]
    config.n = ({"a": 1},)
    assert config.flat().types == {"n": "tuple"}
    assert config == {"part": {"width": 1}, "items_": [{"width": 1}], "n": [{"a": 1}]}
    config.part.width_ = 2
    assert config.part == {"width": 1, "width_": 2}


def test_a_mapping_that_is_replaced_by_a_scalar_is_remembered_whole():
    """And the reverse; the flat keys follow."""
    config = changeable(part={"a": 1, "b": {"c": 2}})
    config.part = 5
    assert config.flat() == {"part": 5}
    assert chain(config, "part") == [({"a": 1, "b": {"c": 2}}, "code")]
    config.part = {"d": 6}
    assert config.flat() == {"part.d": 6}
    assert [entry.value for entry in config._origins["part"].replaced] == [
        5,
        {"a": 1, "b": {"c": 2}},
    ]


def test_a_later_file_of_a_persons_may_have_another_shape():
    """Each way round: a scalar, a mapping, a list of mappings, a shorter one."""
    mine = lambda value: Value(value, kind="file", rank=2)
    shapes = [mine(1), {"a": mine(1)}, [{"a": mine(1)}, {"b": mine(2)}], [{"a": mine(1)}], mine([])]
    plain = [1, {"a": 1}, [{"a": 1}, {"b": 2}], [{"a": 1}], []]
    for first in shapes:
        for second, expected in zip(shapes, plain, strict=True):
            config = Config()
            config.update({"key": first})
            config.update({"key": second})
            assert config == {"key": expected}


SHAPES = [1, None, {}, {"a": 1}, [], [1], [[1]], [{"a": 1}], [[{"a": 1}]], {"0": {"a": 1}}]


def by(kind_, value):
    """A value all of whose parts somebody chose."""
    if isinstance(value, dict) and value:
        return {key: by(kind_, item) for key, item in value.items()}
    if isinstance(value, list) and "{" in repr(value):
        return [by(kind_, item) for item in value]
    return Value(value, kind=kind_)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (one, other)
        for one in SHAPES
        for other in SHAPES
        if one is not other and not (isinstance(one, dict) and isinstance(other, dict))
    ],
)
def test_another_shape_is_another_value(one, other):
    """Over a default it is quiet, over the program's own choice a conflict; a person's stays."""
    config = Config(key=by("default", one))
    assert quietly(lambda: config.update(key=other)) == []
    assert same(config.as_dict(), {"key": other})
    config = Config(key=by("code", one))
    before = state(config)
    with pytest.raises(ConfigError):
        config.update(key=other)
    assert state(config) == before
    config = Config(key=by("cli", one))
    before = state(config)
    assert len(quietly(lambda: config.update(key=other))) == 1
    assert state(config) == before


# lists


def test_a_list_of_plain_values_is_one_value():
    """It stays, or is replaced, or is a conflict, as a whole."""
    config = Config(a=Value([1, 2], kind="default"), b=[1, 2], c=Value([1, 2], kind="cli"))
    config.a = [1]
    with pytest.raises(ConfigError, match=r"'b' is \[1, 2\]"):
        config.b = [1, 2, 3]
    [told] = quietly(lambda: setattr(config, "c", [1, 2, 3]))
    assert told.startswith("'c' stays [1, 2]")
    assert config == {"a": [1], "b": [1, 2], "c": [1, 2]}


def test_a_list_of_mappings_is_judged_by_flat_key():
    """Elements and keys may be added; another value of the same rank is a conflict at its key."""
    config = Config(layers=[{"n": 1}, {"n": Value(2, kind="cli")}])
    config.layers = [{"n": 1, "m": 1}, {"n": 2}, {"n": 3}]
    assert config.layers == [{"n": 1, "m": 1}, {"n": 2}, {"n": 3}]
    assert config.flat().origins["layers[1].n"].kind == "cli"
    with pytest.raises(ConfigError, match=r"'layers\[2\].n' is 3"):
        config.layers = [{"n": 1}, {"n": 2}, {"n": 4}]
    config.layers = [{"n": 1}, {"n": 2}]
    assert config.layers == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    "new",
    [
        [{"n": 1}, {"n": 3}],
        [{"n": 1, "x": 1}],
        [{"n": 1}, {"m": 2}],
        [{"n": 1}, 5],
        [{"n": 5}, {"n": Value(3, kind="env")}],
        [{"n": Value(5, kind="cli")}, {"m": 2}],
        [1, 2],
        [],
        {"a": 1},
        None,
    ],
)
def test_a_list_with_a_stronger_part_is_not_replaced_in_part(new):
    """Where one element would have to stay, all of it does, with one warning that says whose."""
    config = Config(
        layers=[{"n": Value(1, kind="default")}, {"n": Value(2, kind="cli", name="-n")}]
    )
    before, view = state(config), config.layers[1]
    [told] = quietly(lambda: config.update(layers=new))
    assert told.startswith("'layers' stays [{'n': 1}, {'n': 2}], from -n on the command line; ")
    assert state(config) == before
    assert config.layers[1] is view


def test_a_list_of_a_defaults_file_does_not_mix_with_the_frameworks():
    """It stands beneath, whole, and nothing is warned of."""
    ours, file = (lambda v: Value(v, kind="default")), (lambda v: Value(v, kind="file", rank=0))
    config = Config(layers=[{"n": ours(1)}, {"m": ours(2)}])
    assert quietly(lambda: config.update(layers=[{"n": file(3), "x": file(4)}])) == []
    assert config == {"layers": [{"n": 1}, {"m": 2}]}
    assert [entry.value for entry in config._origins["layers"].replaced] == [[{"n": 3, "x": 4}]]


EDITS = {
    "append": lambda items: items.append(4),
    "extend": lambda items: items.extend([4]),
    "insert": lambda items: items.insert(0, 4),
    "item": lambda items: items.__setitem__(0, 4),
    "slice": lambda items: items.__setitem__(slice(0, 2), []),
    "del": lambda items: items.__delitem__(0),
    "del slice": lambda items: items.__delitem__(slice(1, None)),
    "pop": lambda items: items.pop(),
    "remove": lambda items: items.remove(1),
    "sort": lambda items: items.sort(),
    "reverse": lambda items: items.reverse(),
    "clear": lambda items: items.clear(),
    "+=": lambda items: items.__iadd__([4]),
    "*=": lambda items: items.__imul__(2),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_in_place_is_the_programs(edit):
    """Over a default it is done and remembered; its own choice is a conflict; a person's stays."""
    for kind_, allow in (("default", False), ("code", False), ("code", True), ("cli", False)):
        config = Config(allow_val_change=allow)
        config.update(key=Value([3, 1, 2], kind=kind_), other={"x": 1})
        items, expected, before = config.key, [3, 1, 2], state(config)
        if kind_ == "default" or allow:
            assert quietly(lambda items=items: edit(items)) == []
            edit(expected)
            assert config.key == expected
            assert config.key is items
            origin = config.flat().origins["key"]
            assert (origin.kind, chain(config)) == ("code", [([3, 1, 2], kind_)])
            assert origin.place.startswith(__file__)
        elif kind_ == "code":
            with pytest.raises(ConfigError, match=r"'key' is \[3, 1, 2\]"):
                edit(items)
            assert state(config) == before
        else:
            [told] = quietly(lambda items=items: edit(items))
            assert told.startswith("'key' stays [3, 1, 2]")
            assert state(config) == before


def test_an_edit_of_a_list_of_mappings_is_judged_by_flat_key():
    """What is added is added; what moves is another value where it comes to stand."""
    config = Config(layers=[{"n": 1}, {"n": Value(2, kind="cli")}, {"n": 2}])
    config.layers.append({"n": 3})
    config.layers[0].m = 1
    config.layers[0] = {"n": 1, "m": 1, "k": 1}
    config.layers.pop()
    del config.layers[1:2]
    assert config.layers == [{"n": 1, "m": 1, "k": 1}, {"n": 2}]
    with pytest.raises(ConfigError, match=r"'layers\[0\].n' is 1"):
        config.layers[0] = {"n": 2}
    with pytest.raises(ConfigError, match=r"'layers\[0\].n' is 1"):
        config.layers.reverse()
    config = Config(layers=[{"n": 1}, {"n": Value(2, kind="cli")}])
    before = state(config)
    for edit in (config.layers.reverse, config.layers.pop, config.layers.clear):
        [told] = quietly(edit)
        assert told.startswith("'layers' stays [{'n': 1}, {'n': 2}]")
        assert state(config) == before


def test_an_edit_in_place_keeps_what_is_known_of_what_stays():
    """An equal value keeps its stronger origin; a default is remembered where it stood."""
    config = Config(layers=[{"n": Value(1, kind="cli"), "m": Value(2, kind="default", help="m!")}])
    config.layers[0] = {"n": 1, "m": 3}
    origins = config.flat().origins
    assert origins["layers[0].n"].kind == "cli"
    assert (origins["layers[0].m"].kind, origins["layers[0].m"].help) == ("code", "m!")
    assert chain(config, "layers[0].m") == [(2, "default")]
    first = config.layers[0]
    config.layers.insert(0, {"n": 1, "m": 3})
    assert config.layers[1] is first
    config.layers[0].x = 1
    assert config.layers == [{"n": 1, "m": 3, "x": 1}, {"n": 1, "m": 3}]


# removing, and leaving alone


@pytest.mark.parametrize("name", WRITES)
def test_what_is_removed_by_name_goes_whatever_its_rank(name):
    """By del, pop, popitem and clear; then any value may be written."""
    for remove in (
        lambda config: config.__delitem__("key"),
        lambda config: config.__delattr__("key"),
        lambda config: config.pop("key"),
        lambda config: config.popitem(),
        lambda config: config.clear(),
    ):
        config = Config()
        config.update(WRITES[name]({"part": {"a": 1}} if name == "code" else 1))
        assert quietly(lambda config=config, remove=remove: remove(config)) == []
        assert config == {}
        config.key = 2
        assert config.flat().origins["key"].kind == "code"
        assert chain(config) == []


@pytest.mark.parametrize("name", WRITES)
def test_setdefaults_never_changes_a_value(name):
    """However strong the new one is, and however weak the old one; it only adds."""
    for first in WRITES.values():
        config = Config()
        config.update(first(1))
        before = state(config)
        assert quietly(lambda config=config: config.setdefaults(WRITES[name](2))) == []
        config.setdefault("key", 3)
        assert state(config) == before
        config.setdefaults(WRITES[name](2), more=3)
        assert config == {"key": 1, "more": 3}


# all or nothing


def test_a_conflict_leaves_everything_as_it_was():
    """Values, order, origins, chains, types and live views; observers are not told."""
    config = Config(
        a=Value(1, kind="default"), b={"c": Value(2, kind="cli"), "d": 3}, e=[{"f": 1}], g=Path("x")
    )
    config.a = 2
    told, views = [], (config.b, config.e, config.e[0])
    config.observe(told.append)
    before = state(config)
    for write in (
        lambda: config.update({"new": 1, "a": 3}),
        lambda: config.update({"a": 3, "new": 1}),
        lambda: config.update({"b": {"c": 9, "d": 4, "new": 1}}),
        lambda: setattr(config, "b", {"d": 4}),
        lambda: config.update({"b": 1, "g": "y"}),
        lambda: config.update({"b": {"e": {}}, "e": [{"f": 1, "g": 1}], "a": {}}),
        lambda: setattr(config, "e", [{"f": 2, "new": 1}, {}]),
        lambda: config.e.insert(0, {"f": 2}),
        lambda: config.update({"x": {"y": 1}}, a=3),
    ):
        with pytest.raises(ConfigError, match=r" is .*, and would become "):
            write()
        assert state(config) == before
        assert (config.b, config.e, config.e[0]) == views
        assert views[0] is config.b
        assert views[2] is config.e[0]
    assert told == []
    views[0].new = views[2].new = 1
    assert config.b.new == config.e[0].new == 1


def test_a_conflict_is_no_occasion_for_warnings():
    """Nothing stays, where nothing was done."""
    config = Config(a=Value(1, kind="cli"), b=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConfigError, match="'b' is 1"):
            config.update(a=2, b=2)


def test_several_conflicts_are_one_error():
    """It names the first, and says how many more there are."""
    config = Config(a=1, b={"c": 1, "d": [{"e": 1}]}, f=1)
    with pytest.raises(ConfigError) as caught:
        config.update(a=1, f=2)
    assert "more like this" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"^'a' is 1, .* \(and 1 more like this\)\. Nothing was"):
        config.update(a=2, f=2)
    with pytest.raises(ConfigError, match=r"\(and 3 more like this\)\. Nothing was changed"):
        config.update({"a": 2, "b": {"c": 2, "d": [{"e": 2}]}, "f": 2})
    assert config == {"a": 1, "b": {"c": 1, "d": [{"e": 1}]}, "f": 1}


def test_a_config_that_allows_changes_says_so_in_its_copies():
    """copy() has the permission of the original."""
    assert changeable(a=1).copy()._allow
    config = Config(a=1).copy()
    with pytest.raises(ConfigError):
        config.a = 2


# threads


@pytest.mark.parametrize("allow", [False, True])
def test_of_two_threads_one_wins_and_the_other_is_told(allow):
    """What one of them wrote stands whole: never a part of each."""
    keys = [f"key{number}" for number in range(20)]
    for attempt in range(50):
        config, outcomes = Config(allow_val_change=allow), {}
        barrier = threading.Barrier(2)

        def write(me, config=config, outcomes=outcomes, barrier=barrier):
            barrier.wait()
            order = keys if me else keys[::-1]
            try:
                config.update({"part": dict.fromkeys(order, me)}, me=me)
                outcomes[me] = "done"
            except ConfigError as error:
                outcomes[me] = str(error)

        threads = [threading.Thread(target=write, args=(me,)) for me in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert config == {"part": dict.fromkeys(keys, config.me), "me": config.me}, attempt
        assert outcomes[config.me] == "done"
        if allow:
            assert outcomes[1 - config.me] == "done"
            assert [value for value, _ in chain(config, "me")] == [1 - config.me]
        else:
            assert "(and 20 more like this)" in outcomes[1 - config.me]


def test_a_person_wins_against_a_thread_of_the_programs():
    """Whoever comes first."""
    for _ in range(50):
        config, barrier, told = Config(), threading.Barrier(2), []

        def write(value, config=config, barrier=barrier, told=told):
            barrier.wait()
            try:
                config.update(key=value)
            except UnifigWarning as warning:  # the tests make errors of warnings
                told.append(str(warning))

        values = (Value(1, kind="cli", name="--key"), 2)
        threads = [threading.Thread(target=write, args=(value,)) for value in values]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert config == {"key": 1}
        assert chain(config) == [(2, "code")] * (not told)
        assert all(message.startswith("'key' stays 1") for message in told)


# notebooks

CELLS_OF_A_NOTEBOOK = [
    "import unifig, warnings; config = unifig.config; from unifig import Value",
    "config.update(lr=1, layers=[1], seed=Value(1, kind='cli', name='--seed'), a={'b': 1})",
    "config.update(lr=2); config.layers.append(2); config.a = {'b': 2}; config.lr = 3",
    "config.update(seed=2)",
    "config.lock('lr', by='the sweep'); config.lr = 4",
    "import json; print(json.dumps(config))",
]

RUN_THEM = """
import json, nbformat, sys
from nbclient import NotebookClient
notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell(source) for source in json.loads(sys.argv[1])]
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
print(json.dumps([[out["name"], out["text"]] for c in notebook.cells for out in c.outputs]))
"""


def test_in_a_notebook_choices_of_the_same_rank_may_be_changed(site):
    """A cell is run again with other values; a person's choice and a lock still hold there."""
    done = site.run(
        *("-c", RUN_THEM, json.dumps(CELLS_OF_A_NOTEBOOK)),
        IPYTHONDIR=str(site.folder / "ipython"),
        JUPYTER_RUNTIME_DIR=str(site.folder / "runtime"),
    )
    assert done.returncode == 0, done.stderr
    *told, (stream, text) = json.loads(done.stdout.splitlines()[-1])
    assert stream == "stdout"
    assert json.loads(text) == {"layers": [1, 2], "seed": 1, "a": {"b": 2}, "lr": 3}
    assert [stream for stream, _ in told] == ["stderr", "stderr"]
    assert "UnifigWarning: 'seed' stays 1, from --seed on the command line" in told[0][1]
    assert "UnifigWarning: 'lr' stays 3, not 4: 'lr' is locked by the sweep" in told[1][1]


@pytest.mark.parametrize(
    "before",
    [
        "import IPython, ipykernel",
        "from IPython.core.interactiveshell import InteractiveShell; InteractiveShell.instance()",
    ],
)
def test_a_program_that_merely_has_ipython_is_no_notebook(before, site):
    """Importing the kernel's modules allows nothing, and neither does a shell without a kernel."""
    source = f"""
        {before}
        import json, unifig
        config = unifig.Config(lr=1)
        try:
            config.lr = 2
        except unifig.ConfigError as error:
            print(json.dumps(str(error)))
        """
    told, _ = site.program(source, IPYTHONDIR=str(site.folder))
    assert told.startswith("'lr' is 1, from code (")
