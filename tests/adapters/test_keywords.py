"""Records of dataclasses, named tuples and namespaces turned back: keyword arguments, instances."""

import json
import subprocess
import sys
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
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


class Size(NamedTuple):
    width: int = 1
    height: int = 2


@dataclass(kw_only=True)
class Training:
    lr: float = 0.1
    data: Path = Path("data")
    first: Layer = field(default_factory=lambda: Layer(units=5))
    layers: list[Layer] = field(default_factory=list)
    acts: tuple[Act, ...] = (Act.RELU,)
    last: Layer | None = None
    named: dict[str, Layer] = field(default_factory=dict)
    size: Size = Size()  # noqa: RUF009 - it can't be changed
    extra: Any = None
    name: str


layers = st.builds(Layer, st.integers(), st.sampled_from(Act))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
trainings = st.builds(
    Training,
    name=st.text(max_size=4),
    lr=st.floats() | st.just(0.1),
    data=st.sampled_from([Path("data"), Path("x y"), Path("é")]),
    first=layers | st.just(Layer(units=5)),
    layers=st.lists(layers, max_size=2),
    acts=st.lists(st.sampled_from(Act), max_size=2).map(tuple),
    last=st.none() | layers,
    named=st.dictionaries(st.sampled_from(["a", "b.c", ""]), layers, max_size=2),
    size=st.builds(Size, st.integers(), st.integers()),
    extra=leaves | st.lists(leaves, max_size=2) | st.sets(st.integers(), max_size=2),
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
    made = Training(**{name: getattr(done.instance, name) for name in done.keywords})
    assert repr(made) == repr(training)


class TestKeywords:
    """Keyword arguments have what somebody chose, of its original type."""

    def test_defaults_are_left_out(self):
        """What is nested is given whole where it differs from the defaults of its own class."""
        training = Training(name="a", data=Path("x"), last=Layer(act=Act.TANH), first=Layer())
        assert unifig.rebuild(record(training)).keywords == {
            "name": "a",
            "data": Path("x"),
            "last": {"units": 1, "act": Act.TANH},
        }

    def test_changes_and_changes_back(self):
        """Inside a list as well; types stay."""
        training = Training(name="a", layers=[Layer(1), Layer(2)], data=Path("x"))
        changes = {"layers[1].units": 3, "data": "y", "name": "b", "lr": 0.1}
        done = unifig.rebuild(record(training), changes, cls=Training)
        assert done.keywords["data"] == Path("y")
        assert done.instance == Training(name="b", layers=[Layer(1), Layer(3)], data=Path("y"))
        done = unifig.rebuild(record(training), {"data": "data"}, cls=Training)
        assert done.instance == Training(name="a", layers=[Layer(1), Layer(2)])

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
        keywords = unifig.rebuild(flat).keywords["run"]["training"]
        assert keywords == {"lr": 3.0, "name": "a", "first": {"units": 5, "act": Act.RELU}}
        assert unifig.rebuild(flat, cls=Training, at="run.training").instance == training
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


class TestLost:
    """What can't be given is told."""

    def test_a_field_that_no_argument_sets(self):
        """Its class sets it by itself."""

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

if sys.argv[1:]:
    training = unifig.rebuild(unifig.Api().find("latest"), cls=Training).instance
else:
    training = Training(1e-3, Path("é x"), [Layer(2), Layer(3, Act.TANH)])
with unifig.init(training) as run:
    print(run.config.digest(), run.config.flat().types)
"""


def test_processes_record_the_same(tmp_path, monkeypatch):
    """A program, its record, an instance made of it in another process, its record."""
    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    program = tmp_path / "train.py"
    program.write_text(PROGRAM)

    def run(*words):
        command = [sys.executable, str(program), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert run() == run("again")
