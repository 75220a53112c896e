"""Records of dataclasses, named tuples and namespaces turned back: keyword arguments, instances."""

import datetime as dt
import json
import subprocess
import sys
import warnings
from abc import ABC
from collections import deque, namedtuple
from dataclasses import KW_ONLY, InitVar, dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unifig
from unifig import ConfigKeyError, ConversionError, Origin, Rebuilt, UnsupportedError
from unifig.values import same


class Act(Enum):
    RELU = 1
    TANH = 2


@dataclass(frozen=True, slots=True)
class Layer:
    units: int = 1
    act: Act = Act.RELU


@dataclass(frozen=True)
class Wide(Layer, ABC):
    """One that a field for its base may hold."""

    width: int = 3


@dataclass
class Nothing:
    """No field at all."""


class Size(NamedTuple):
    width: int = 1
    height: int = 2


@dataclass(kw_only=True)
class Training:
    lr: float = 0.1
    data: Path = Path("data")
    first: Layer = field(default_factory=lambda: Layer(units=5))
    own: Layer = field(default_factory=Layer)
    layers: list[Layer] = field(default_factory=list)
    acts: tuple[Act, ...] = (Act.RELU,)
    last: Layer | None = None
    named: dict[int | str, Layer] = field(default_factory=dict)
    rates: dict[Act, float] = field(default_factory=dict)
    size: Size = Size()  # noqa: RUF009 - it can't be changed
    either: Act | str = ""
    extra: Any = None
    name: str


plain = st.builds(Layer, st.integers(1, 2), st.sampled_from(Act))
layers = plain | st.builds(Wide, st.integers(1, 2), st.just(Act.RELU), st.integers(3, 4))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
objects = layers | st.just(Nothing()) | st.builds(SimpleNamespace, a=leaves, b=plain)
nested = st.recursive(
    leaves | objects | st.sampled_from([Path("x"), (1, 2), Act.TANH, dt.date(2001, 2, 3)]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.lists(inner, max_size=2).map(tuple)
        | st.lists(inner, max_size=2).map(deque)
        | st.dictionaries(st.integers() | st.sampled_from(["a", "b.c", ""]), inner, max_size=2)
    ),
    max_leaves=5,
)
trainings = st.builds(
    Training,
    name=st.text(max_size=4),
    lr=st.floats() | st.just(0.1),
    data=st.sampled_from([Path("data"), Path("x y"), Path("é")]),
    first=layers | st.just(Layer(units=5)),
    own=layers,
    layers=st.lists(layers, max_size=2),
    acts=st.lists(st.sampled_from(Act), max_size=2).map(tuple),
    last=st.none() | layers,
    named=st.dictionaries(st.integers() | st.sampled_from(["a", "b.c", ""]), layers, max_size=2),
    rates=st.dictionaries(st.sampled_from(Act), st.floats(), max_size=2),
    size=st.builds(Size, st.integers(1, 2), st.integers(2, 3)),
    either=st.sampled_from([Act.TANH, "TANH", ""]),
    extra=nested | st.sets(st.integers(0, 5), max_size=2),
)


def record(obj):
    """What is recorded, once it was written as JSON and read again."""
    flat = unifig.to_flat(obj)
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


@settings(max_examples=60)
@given(trainings)
def test_an_instance_has_the_same_record(training):
    """Nested classes, lists and mappings of them, Enums, Paths, named tuples, any value."""
    before = record(training)
    done = unifig.rebuild(before, cls=Training)
    assert done.lost == {}
    after = record(done.instance)
    assert same(dict(after), dict(before))
    assert (after.types, after.key_types) == (before.types, before.key_types)
    assert repr(done.instance) == repr(training)
    for keywords in (done.keywords, unifig.rebuild(before).keywords):
        made = Training(**{name: getattr(done.instance, name) for name in keywords})
        assert repr(made) == repr(training)


@pytest.mark.parametrize(
    "chosen",
    [{"last": Layer()}, {"layers": [Layer()]}, {"first": Layer()}, {"own": Wide()},
     {"named": {1: Layer()}}, {"extra": Nothing()}, {"extra": [SimpleNamespace()]}],
    ids=str,
)  # fmt: skip
def test_an_object_of_nothing_but_defaults_is_given(chosen):
    """Its fields have their defaults; that it stands there was chosen."""
    training = Training(name="a", **chosen)
    done = unifig.rebuild(record(training), cls=Training)
    assert done.instance == training
    assert done.keywords.keys() == {"name", "first", *chosen}


def test_what_a_class_makes_by_itself_is_left_out_however_deep():
    """An object of nothing but defaults, made by its class; not one that holds a chosen object."""

    @dataclass
    class Inner:
        last: Layer | None = None

    @dataclass
    class Own:
        inner: Inner = field(default_factory=Inner)
        size: Size = Size(3, 4)  # noqa: RUF009 - it can't be changed

    assert unifig.rebuild(record(Own()), cls=Own).keywords.keys() == {"size"}
    for own in (Own(Inner(Layer())), Own(size=Size())):
        assert unifig.rebuild(record(own), cls=Own).instance == own


class TestKeywords:
    """Keyword arguments have what somebody chose, of its original type."""

    def test_defaults_are_left_out(self):
        """What is nested is given whole: the class alone can say that it is the default."""
        training = Training(name="a", data=Path("x"), last=Layer(act=Act.TANH), first=Layer())
        keywords = {
            "name": "a",
            "data": Path("x"),
            "first": {"units": 1, "act": Act.RELU},
            "last": {"units": 1, "act": Act.TANH},
        }
        assert unifig.rebuild(record(training), cls=Training).keywords == keywords
        more = {"own": {"units": 1, "act": Act.RELU}, "size": {"width": 1, "height": 2}}
        assert unifig.rebuild(record(training)).keywords == {**keywords, **more}

    def test_changes_and_changes_back(self):
        """Inside a list as well; types stay."""
        training = Training(name="a", layers=[Layer(1), Layer(2)], data=Path("x"))
        changes = {"layers[1].units": 3, "data": "y", "name": "b", "lr": 0.1}
        done = unifig.rebuild(record(training), changes, cls=Training)
        assert done.keywords["data"] == Path("y")
        assert done.instance == Training(name="b", layers=[Layer(1), Layer(3)], data=Path("y"))
        done = unifig.rebuild(record(training), {"data": "data"}, cls=Training)
        assert done.instance == Training(name="a", layers=[Layer(1), Layer(2)])

    @pytest.mark.parametrize(
        ("key", "change", "value"),
        [
            ("path", "x", Path("x")),
            ("path", None, None),
            ("day", "2001-02-03", dt.date(2001, 2, 3)),
            ("acts", ["TANH", "RELU"], {Act.TANH, Act.RELU}),
            ("pair", [1, "TANH"], (1, Act.TANH)),
            ("by_number", {1: {"units": 4}}, {1: Layer(4)}),
            ("either", "TANH", "TANH"),
            ("number", "5", "5"),
        ],
    )
    def test_a_change_is_of_the_type_that_is_annotated(self, key, change, value):
        """Plain data, as it is typed; where the annotation takes it as it is, it stays."""

        @dataclass
        class Own:
            path: Path | None = Path("y")
            day: dt.date | None = None
            acts: set[Act] = field(default_factory=set)
            pair: tuple[int, Act] = (0, Act.RELU)
            by_number: dict[int, Layer] = field(default_factory=dict)
            either: Act | str = "a"
            number: int = 1

        done = unifig.rebuild(record(Own(path=Path("z"))), {key: change}, cls=Own)
        assert (getattr(done.instance, key), done.lost) == (value, {})

    def test_a_change_without_the_class_has_the_type_that_it_had(self):
        """Where it can be; None, and what is of no such type, is given as it is."""

        @dataclass
        class Own:
            path: Path | None = None
            pair: tuple[Any, ...] = ()

        flat = record(Own(Path("x"), (1, Act.RELU)))
        for change, keywords in [
            ({"path": "y", "pair": [2, "TANH"]}, {"path": Path("y"), "pair": (2, Act.TANH)}),
            ({"pair": [3]}, {"path": Path("x"), "pair": (3,)}),
            ({"path": 3, "pair": 4}, {"path": 3, "pair": 4}),
        ]:
            assert unifig.rebuild(flat, change).keywords == keywords
        assert "pair" in unifig.rebuild(record(Own(pair=(Act.RELU,))), {"pair": ["NO"]}).lost

    def test_of_any_make(self):
        """Slots, frozen, keyword-only, annotations that can't be read."""

        @dataclass(frozen=True, slots=True)
        class Own:
            a: "Unknown"  # noqa: F821 - nobody knows it
            _: KW_ONLY
            act: Act = Act.RELU
            layers: tuple[Layer, ...] = ()

        own = Own(1, act=Act.TANH, layers=(Layer(), Layer(2)))
        assert unifig.rebuild(record(own), cls=Own).instance == own

    def test_a_named_tuple_and_a_namespace(self):
        """By their fields."""
        assert unifig.rebuild(record(Size(7)), cls=Size).instance == Size(7)
        pair = namedtuple("pair", "a b")  # noqa: PYI024 - it is one of its kind
        assert unifig.rebuild(record(pair(1, (2,)))).keywords == {"a": 1, "b": (2,)}
        assert unifig.rebuild(record(SimpleNamespace(a=Path("x")))).keywords == {"a": Path("x")}

    def test_an_object_that_stands_below_a_key(self):
        """Named by ``at``."""
        training = Training(name="a", lr=3.0)
        flat = record({"run": {"training": training}})
        done = unifig.rebuild(flat, cls=Training, at="run.training")
        assert done.instance == training
        keywords = {"lr": 3.0, "name": "a", "first": {"units": 5, "act": Act.RELU}}
        assert done.keywords["run"]["training"] == keywords
        more = {"own": {"units": 1, "act": Act.RELU}, "size": {"width": 1, "height": 2}}
        assert unifig.rebuild(flat).keywords["run"]["training"] == {**keywords, **more}
        with pytest.raises(ConfigKeyError, match=r"at='run\.x': the record has no such key"):
            unifig.rebuild(flat, cls=Training, at="run.x")

    def test_secrets_are_left_out(self):
        """Of what is nested, too."""

        @dataclass
        class Login:
            user: str = "u"
            password: str = ""

        @dataclass
        class Own:
            login: Login = field(default_factory=Login)

        done = unifig.rebuild(record(Own(Login("me", "hunter22"))), cls=Own)
        assert done.keywords == {"login": {"user": "me"}}
        assert done.secrets == {"login.password": "login.password"}
        assert done.instance == Own(Login("me"))

    def test_a_list_without_an_element_that_is_secret_is_lost(self):
        """Given in part it would be another list; the rest is given."""

        @dataclass
        class Login:
            password: str
            user: str | None = None

        @dataclass
        class Own:
            logins: list[Login]
            a: int = 1

        @dataclass
        class Bare:
            password: str

        flat = record(Own([Bare("hunter22"), Login("hunter23", "me")], 2))
        done = unifig.rebuild(flat)
        assert done.keywords == {"a": 2}
        assert done.secrets.keys() == {"logins[0].password", "logins[1].password"}
        assert done.lost.keys() == {"logins[1].user"}
        assert "a list of which an element is secret" in done.lost["logins[1].user"]


class TestLost:
    """What can't be given is told."""

    def test_what_has_no_rule_is_lost_and_the_rest_is_given(self):
        """A value that was recorded by its description."""

        class Unknown:
            pass

        @dataclass
        class Own:
            a: int = 1
            what: Any = None
            layers: list[Any] = field(default_factory=list)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that they are recorded by their description
            flat = record(Own(2, Unknown(), [Layer(3), Unknown()]))
        done = unifig.rebuild(flat, cls=Own)
        assert done.instance == Own(2)
        assert done.lost.keys() == {"what", "layers[0].units", "layers[1]"}
        assert "its class stands in a function" in done.lost["layers[1]"]

    def test_a_field_that_the_class_does_not_have_any_more(self):
        """It is named; the rest is given."""

        @dataclass
        class Own:
            a: int = 1

        own = SimpleNamespace(a=2, b=3)
        done = unifig.rebuild(record(own), cls=Own)
        assert (done.instance, done.lost) == (Own(2), {"b": "its class has no such field"})

    def test_a_class_that_makes_something_else_of_its_values(self):
        """The record of the instance is compared with what was asked for."""

        @dataclass
        class Own:
            a: int = 1
            total: int = field(init=False, default=0)

            def __post_init__(self):
                self.a *= 2
                self.total = self.a + 1

        done = unifig.rebuild(record(Own(3)), cls=Own)
        assert done.lost == {"a": "its class makes 12 of it", "total": "its class makes 13 of it"}

    def test_an_object_whose_class_is_not_loaded(self):
        """It is no object of the class that the field is annotated with."""
        flat = record(Training(name="a", own=Wide()))
        flat.types["own"] = "gone.module.Wide"
        done = unifig.rebuild(flat, {"own.units": 4}, cls=Training)
        assert done.instance == Training(name="a")
        assert "gone.module.Wide: its class is not loaded" in done.lost["own.units"]

    def test_a_field_that_no_argument_sets(self):
        """Its class sets it by itself: where it is changed, it is lost."""

        @dataclass
        class Set:
            a: int = 1
            b: int = field(init=False)

            def __post_init__(self):
                self.b = self.a + 1

        done = unifig.rebuild(record(Set(3)), cls=Set)
        assert (done.instance, done.keywords, done.lost) == (Set(3), {"a": 3}, {})
        done = unifig.rebuild(record(Set(3)), {"b": 9})
        assert (done.keywords, done.lost.keys()) == ({"a": 3}, {"b"})

        @dataclass
        class Own:
            a: int = 1
            b: int = field(init=False, default=2)

        done = unifig.rebuild(record(Own()), {"a": 3, "b": 4}, cls=Own)
        assert done.instance == Own(3)
        assert done.keywords == {"a": 3}
        assert "its class sets it" in done.lost["b"]

    def test_a_value_whose_class_is_not_loaded(self):
        """With the advice to name the class that has it."""
        flat = record(Training(name="a", acts=(Act.TANH,)))
        flat.types["acts"] = "tuple[gone.module.Act]"
        done = unifig.rebuild(flat)
        assert "gone.module.Act: its class is not loaded" in done.lost["acts"]
        assert "rebuild(record, cls=…)" in done.lost["acts"]
        assert "acts" not in done.keywords
        assert unifig.rebuild(flat, cls=Training).instance.acts == (Act.TANH,)

    def test_a_class_that_refuses_is_told(self):
        """With its own words; and so is a missing argument, as that of an InitVar."""

        @dataclass
        class Own:
            a: int
            seed: InitVar[int]

            def __post_init__(self, seed):
                if self.a < 0:
                    raise ValueError("a is below 0")

        with pytest.raises(ConversionError, match=r"Own can't be made of a: TypeError: .*'seed'"):
            unifig.rebuild(record(Own(1, seed=3)), cls=Own)

        @dataclass
        class Checked:
            a: int = 0

            def __post_init__(self):
                if self.a < 0:
                    raise ValueError("a is below 0")

        with pytest.raises(ConversionError, match="ValueError: a is below 0"):
            unifig.rebuild(record(Checked()), {"a": -1}, cls=Checked)

    @pytest.mark.parametrize("cls", [int, Training(name="x"), "Training"])
    def test_what_is_no_class_with_fields_is_refused(self, cls):
        """It names what is expected."""
        with pytest.raises(UnsupportedError, match="give rebuild\\(\\) a dataclass or a named"):
            unifig.rebuild(record(Training(name="a")), cls=cls)

    def test_nothing_chosen_is_nothing_to_give(self):
        """And an instance of the defaults."""
        assert unifig.rebuild(record(Size())) == Rebuilt()
        assert unifig.rebuild(record(Size()), cls=Size).instance == Size()


PROGRAM = """
import json, sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
import unifig

class Act(Enum):
    RELU = 1
    TANH = 2

@dataclass
class Layer:
    units: int = 1
    act: Act = Act.RELU

@dataclass
class Training:
    lr: float = 0.1
    data: Path = Path("data")
    layers: list[Layer] = field(default_factory=list)
    any: object = None

def main(training):
    with unifig.init(training) as run:
        print(run.config.digest())

if __name__ == "__main__":
    layers = [Layer(2), Layer(3, Act.TANH), Layer()]
    main(Training(1e-3, Path("é x"), layers, (Layer(), {Act.TANH})))
"""
AGAIN = """
import unifig, train
done = unifig.rebuild(unifig.Api().find("latest"), cls=train.Training)
assert not done.lost, done.lost
train.main(done.instance)
"""


def test_processes_record_the_same(tmp_path, monkeypatch):
    """A program, its record, an instance made of it by another one, which imports its classes."""
    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    (tmp_path / "train.py").write_text(PROGRAM)
    (tmp_path / "again.py").write_text(AGAIN)

    def run(program):
        command = [sys.executable, str(tmp_path / program)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run("train.py") == run("again.py")
