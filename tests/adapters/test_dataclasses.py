"""Dataclasses of every make: frozen, slots, inherited, with pseudo-fields and factories."""

from __future__ import annotations

import dataclasses
import enum
import subprocess
import sys
from argparse import Namespace
from dataclasses import KW_ONLY, InitVar, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from unifig import AdapterError, Config, Value, hookimpl, register_adapter, to_flat
from unifig.testing import AdapterContract


class Act(enum.Enum):
    RELU = "relu"


@dataclass(frozen=True, slots=True)
class Layer:
    units: int
    act: Act = Act.RELU


@dataclass
class Base:
    seed: int = 0
    registry: ClassVar[dict[str, int]] = {"not": 1}


@dataclass
class Training(Base):
    _: KW_ONLY
    scale: InitVar[float] = 2.0
    lr: float = field(default=0.1, repr=False, metadata={"help": "rate"})
    steps: int = field(init=False, default=0)
    layers: list[Layer] = field(default_factory=lambda: [Layer(4)])
    by_name: dict[str, Layer] = field(default_factory=dict)
    out: Path | None = None

    def __post_init__(self, scale: float) -> None:
        self.steps = int(10 * scale)


class TestDataclasses(AdapterContract):
    """The contract, for dataclasses."""

    adapter = "dataclasses"

    def rebuilds(self):
        """Keyword arguments have what is no default."""
        yield Base(seed=3), {"keywords": {"seed": 3}, "argv": []}
        yield Layer(3), {"keywords": {"units": 3}}

    def examples(self):
        yield Base(), {"seed": 0}
        yield Layer(3), {"units": 3, "act": "RELU"}
        yield (
            Training(by_name={"a.b": Layer(1)}),
            {
                "seed": 0,
                "lr": 0.1,
                "steps": 20,
                "layers[0].units": 4,
                "layers[0].act": "RELU",
                r"by_name.a\.b.units": 1,
                r"by_name.a\.b.act": "RELU",
                "out": None,
            },
        )


def test_fields_are_recorded_and_other_attributes_are_not():
    """What is no field (a ClassVar, an InitVar, an attribute set later) is no configuration."""
    training = Training()
    training.process_state = object()
    assert list(to_flat(training)) == [
        "seed",
        "lr",
        "steps",
        "layers[0].units",
        "layers[0].act",
        "by_name",
        "out",
    ]


def test_values_are_not_copied_deeply():
    """A field that can't be copied, which dataclasses.asdict fails on, is recorded."""

    class Uncopyable:
        def __deepcopy__(self, memo: Any) -> None:
            raise TypeError("no copies")

        def __repr__(self) -> str:
            return "Uncopyable()"

    @dataclass
    class Holder:
        thing: Any

    with pytest.raises(TypeError, match="no copies"):
        dataclasses.asdict(Holder(Uncopyable()))
    with pytest.warns(match="'thing': an object of type .*Uncopyable has no rule"):
        assert to_flat(Holder(Uncopyable())) == {"thing": "Uncopyable()"}


def test_a_field_that_was_never_set_is_missing():
    """A field without a value is recorded as missing, and costs the others nothing."""

    @dataclass
    class Late:
        lr: float
        steps: int = field(init=False)

    flat = to_flat(Late(0.5))
    assert flat == {"lr": 0.5, "steps": None}
    assert flat.types["steps"] == "missing"


def test_nested_classes_are_told_beside_the_values():
    """The record says which class a section was made of."""
    assert to_flat({"layer": Layer(1)}).types == {
        "layer": f"{__name__}.Layer",
        "layer.act": f"{__name__}.Act",
    }


def test_inside_and_around_other_frameworks():
    """A dataclass in a Namespace, and a Namespace in a dataclass, are sections."""
    assert to_flat(Namespace(train=Base(3))) == {"train.seed": 3}

    @dataclass
    class Outer:
        args: Any

    assert to_flat(Outer(Namespace(lr=1, base=Base(2)))) == {"args.lr": 1, "args.base.seed": 2}


def test_a_class_is_refused():
    """The class instead of an instance is a TypeError that says what to pass."""
    config = Config(a=1)
    with pytest.raises(
        TypeError, match=r"Training is a class, not an instance: .*update\(Training\(…\)\)"
    ):
        config.update(Training)
    assert config == {"a": 1}


def test_a_property_that_raises_is_named():
    """A field whose property raises is an error that names the adapter and keeps the cause."""

    class Broken:
        @property
        def lr(self) -> float:
            raise ZeroDivisionError("no rate yet")

    Broken.__annotations__ = {}
    Thing = dataclasses.make_dataclass("Thing", ["seed"], bases=(Broken,))
    Thing.__dataclass_fields__["lr"] = dataclasses.make_dataclass("X", ["lr"]).__dataclass_fields__[
        "lr"
    ]
    config = Config(a=1)
    with pytest.raises(
        AdapterError, match=r"adapter 'dataclasses' \(unifig .*ZeroDivisionError: no rate yet"
    ) as caught:
        config.update(Thing(seed=1))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert config == {"a": 1}


@dataclass(frozen=True, slots=True)
class Inner:
    rate: float = 0.5
    units: int = field(metadata={"help": "how wide"}, default=8)


def fallen(*_):
    raise AssertionError("a factory of the program's was called")


@dataclass
class Told:
    """A field of every kind of default; ``make`` counts nothing and is never called."""

    required: int
    number: int = 1
    rate: float = field(default=0.1, metadata={"help": "learning rate", "other": 1})
    name: str | None = None
    act: Act = Act.RELU
    betas: tuple[float, float] = (0.9, 0.999)
    out: Path = Path("out")
    size: Any = (1, None)
    kind: type = Inner
    items: list[Any] = field(default_factory=list, metadata={"help": ""})
    table: dict[str, Any] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    count: int = field(default_factory=int)
    made: list[int] = field(default_factory=lambda: [1])
    inner: Inner = field(default_factory=Inner)
    hidden: str = field(default="h", repr=False, kw_only=True, metadata={"help": None})
    steps: int = field(init=False, default=0)


def told(obj: Any) -> dict[str, Any]:
    """The kind of each value's origin, and the default of those that are not theirs."""
    flat = to_flat(obj)
    return {
        key: (origin.kind, *(old.value for old in origin.replaced))
        for key, origin in flat.origins.items()
    }


KEYS = (
    *("required", "number", "rate", "name", "act", "betas", "out", "size", "kind", "items"),
    *("table", "words", "count", "made", "inner.rate", "inner.units", "hidden", "steps"),
)
DEFAULT, UNKNOWN = ("default",), ("unknown",)


def test_a_value_that_is_the_default_says_so():
    """Each field for itself, nested ones too; where nothing is declared, nothing is known."""
    expected = dict.fromkeys(KEYS, DEFAULT) | {"required": UNKNOWN, "made": UNKNOWN}
    assert told(Told(1)) == expected
    origin = to_flat(Told(1)).origins["number"]
    assert origin[:5] == ("default", 0, "dataclasses", None, None)
    again = Told(
        1, 1, float("0.1"), None, Act("relu"), (float("0.9"), 0.999), Path("out"), made=[1]
    )
    assert told(again) == expected


def test_a_value_that_is_not_the_default_knows_it():
    """Who chose it is for nobody to see; what it would have been is."""
    obj = Told(
        1, 2, 0.2, "n", None, (0.9, 0.9), Path("in"), (1, False), int, [3], {"a": 1}, {"w"}, 4,
        inner=Inner(1.5), hidden="H",
    )  # fmt: skip
    obj.steps = 5
    assert told(obj) == {
        "required": UNKNOWN,
        "number": ("unknown", 1),
        "rate": ("unknown", 0.1),
        "name": ("unknown", None),
        "act": ("unknown", "RELU"),
        "betas": ("unknown", [0.9, 0.999]),
        "out": ("unknown", "out"),
        "size": ("unknown", [1, None]),
        "kind": ("unknown", f"{__name__}.Inner"),
        "items": ("unknown", []),
        "table.a": UNKNOWN,
        "words": ("unknown", []),
        "count": ("unknown", 0),
        "made": UNKNOWN,
        "inner.rate": ("unknown", 0.5),
        "inner.units": DEFAULT,
        "hidden": ("unknown", "h"),
        "steps": ("unknown", 0),
    }
    origin = to_flat(obj).origins["number"]
    assert origin[:3] == ("unknown", 1, "dataclasses")
    assert origin.place.startswith(__file__)
    assert origin.replaced[0].origin[:4] == ("default", 0, "dataclasses", None)


@pytest.mark.parametrize(
    ("default", "value"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        ((1, 2), (1, 2.0)),
        ((1,), (1, 2)),
        ("a", b"a"),
        (None, False),
        (Act.RELU, "relu"),
        (Path("a"), "a"),
    ],
)
def test_what_is_only_equal_is_not_the_default(default, value):
    """Types are compared, as they are everywhere in a record."""
    kind = dataclasses.make_dataclass("Made", [("x", Any, default)])
    assert told(kind(value))["x"][0] == "unknown"
    assert told(kind())["x"] == DEFAULT
    nan = dataclasses.make_dataclass("Made", [("x", Any, float("nan"))])
    assert told(nan(float("nan")))["x"] == DEFAULT


def test_nothing_of_the_programs_is_called_to_compare():
    """Neither a factory nor an __eq__, which may be slow, random, or give an array."""

    class Odd:
        __hash__ = object.__hash__
        __eq__ = __bool__ = fallen

        def __repr__(self) -> str:
            return "odd"

    class Listed(list):
        __eq__ = __bool__ = fallen

    odd = Odd()

    @dataclass
    class Holder:
        thing: Any = odd
        same: Any = Inner()
        items: Any = field(default_factory=list)
        made: Any = field(default_factory=fallen)

    with pytest.warns(match="'thing': an object of type .*Odd has no rule"):
        assert told(Holder(items=Listed(), made=1)) == {
            "thing": DEFAULT,
            "same.rate": DEFAULT,
            "same.units": DEFAULT,
            "items": ("unknown", []),
            "made": UNKNOWN,
        }
    with pytest.warns(match="'thing': an object of type .*Odd has no rule"):
        assert told(Holder(thing=Odd(), made=1))["thing"] == UNKNOWN


def test_a_list_that_was_changed_after_it_was_made_is_no_default():
    """What counts is what is there now: a list that is empty again is the default again."""
    made = Told(1)
    made.items.append(3)
    assert told(made)["items"] == ("unknown", [])
    made.items.clear()
    assert told(made)["items"] == DEFAULT
    assert told(Told(1))["items"] == DEFAULT


def test_metadata_may_have_help():
    """As transformers reads it; anything but a text under that name is none."""
    origins = to_flat(Told(1, rate=0.3)).origins
    assert origins["rate"].help == "learning rate"
    assert to_flat(Told(1)).origins["rate"].help == "learning rate"
    assert origins["inner.units"].help == "how wide"
    assert [origins[key].help for key in ("items", "hidden", "number")] == [None] * 3

    @dataclass
    class Late:
        lr: float = field(init=False, metadata={"help": "set later"})
        need: int = field(kw_only=True, metadata={"help": "needed"})
        odd: int = field(default=1, kw_only=True, metadata={"help": 3})

    late = to_flat(Late(need=1))
    assert (late.types["lr"], late.origins["lr"].help) == ("missing", "set later")
    assert late.origins["need"][:3] == ("unknown", 1, "dataclasses")
    assert late.origins["need"].help == "needed"
    assert late.origins["odd"].help is None


def test_a_subclass_declares_anew():
    """The default is that of the instance's own class, and what is known is kept per class."""

    @dataclass(frozen=True)
    class Wider(Inner):
        units: int = 16

    assert told(Inner(units=16))["units"] == ("unknown", 8)
    assert told(Wider()) == {"rate": DEFAULT, "units": DEFAULT}
    assert told(Wider(units=8))["units"] == ("unknown", 16)
    assert to_flat(Wider()).origins["units"].help is None


def test_a_class_that_is_gone_is_not_kept():
    """What is known of a class is forgotten with it."""
    import gc
    import weakref

    kind = dataclasses.make_dataclass("Gone", [("x", int, 1)])
    to_flat(kind())
    seen = weakref.ref(kind)
    del kind
    gc.collect()
    assert seen() is None


def test_a_nested_default_of_none_is_told_for_the_whole():
    """The section that stands where None would have been; its values tell for themselves."""

    @dataclass
    class Outer:
        inner: Inner | None = None
        layers: list[Inner] = field(default_factory=list)

    assert told(Outer()) == {"inner": DEFAULT, "layers": DEFAULT}
    full = Outer(Inner(), [Inner(units=1)])
    config = Config(full)
    assert told(full) == {
        "inner.rate": DEFAULT,
        "inner.units": DEFAULT,
        "layers[0].rate": DEFAULT,
        "layers[0].units": ("unknown", 8),
    }
    assert config == {
        "inner": {"rate": 0.5, "units": 8},
        "layers": [{"rate": 0.5, "units": 1}],
    }


class Source:
    """An object that the adapter below converts."""


class SourceAdapter:
    types = (f"{__name__}:Source",)

    @hookimpl
    def update(self, obj):
        return {"layer": Value(Layer(1), kind="cli", name="--layer", raw="${layer}")}


def test_what_is_said_of_a_nested_object_is_kept():
    """A Value around a dataclass keeps its name and text; who chose the fields is not claimed."""
    undo = register_adapter(SourceAdapter())
    try:
        flat = to_flat(Source())
    finally:
        undo()
    assert flat == {"layer.units": 1, "layer.act": "RELU"}
    assert (flat.origins["layer"].name, flat.origins["layer"].raw) == ("--layer", "${layer}")
    assert flat.origins["layer.units"].kind == "unknown"
    assert flat.origins["layer.act"].kind == "default"
    assert flat.types["layer"] == f"{__name__}.Layer"


def test_the_example():
    """The example program prints each value, and what those that differ would have been."""
    program = Path(__file__).parents[2] / "examples" / "dataclass_train.py"
    command = [sys.executable, str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[3:5] == ["epochs = 3", "optimizer.name = 'adam'"]
    assert [line for line in lines if "would" in line] == [
        "optimizer.lr would have been 0.0003",
        "layers[1].activation would have been 'RELU'",
    ]
