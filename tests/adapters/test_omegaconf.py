"""OmegaConf, 2.3 and 2.4: real configs of every make, and interpolations of every kind."""

import copy
import re
import subprocess
import sys
from argparse import Namespace
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import omegaconf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf

from unifig import Config, ConversionError, UnifigWarning, UnsupportedError, to_flat
from unifig.testing import AdapterContract

EXAMPLE = Path(__file__).parents[2] / "examples" / "omegaconf_train.py"
NEWEST = hasattr(omegaconf, "TupleConfig")  # 2.4, where resolvers are registered by another name


class Color(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Optimizer:
    name: str = "adam"
    lr: float = 0.1
    decay: float = "${.lr}"  # type: ignore[assignment]


@dataclass
class Training:
    data: Path = Path("data")
    color: Color = Color.RED
    workers: int | None = None
    steps: int = MISSING
    optimizer: Optimizer = field(default_factory=Optimizer)
    second: Optimizer | None = None
    layers: list[Optimizer] = field(default_factory=lambda: [Optimizer("sgd", 1.0)])
    by_color: dict[Color, int] = field(default_factory=lambda: {Color.BLUE: 3})


@attrs.define
class Model:
    hidden: int = 64
    width: int = "${.hidden}"  # type: ignore[assignment]


@pytest.fixture
def resolver():
    """Registers resolvers, and takes them out again."""
    names = []

    def register(name, function, **how):
        add = OmegaConf.register_resolver if NEWEST else OmegaConf.register_new_resolver
        add(name, function, **how)
        names.append(name)

    yield register
    for name in names:
        OmegaConf.clear_resolver(name)


class TestOmegaConf(AdapterContract):
    """The contract, for DictConfigs."""

    adapter = "omegaconf"
    absent = frozenset() if NEWEST else frozenset({"omegaconf:TupleConfig"})

    def examples(self):
        yield OmegaConf.create({}), {}
        yield (
            OmegaConf.create({"a.b": 1, "c": {}, "d": [], "e": None}),
            {
                r"a\.b": 1,
                "c": {},
                "d": [],
                "e": None,
            },
        )
        yield (
            OmegaConf.create({"lr": 1e-3, "n": [1, [2, {"x": True}]], "name": "${lr}"}),
            {
                "lr": 1e-3,
                "n[0]": 1,
                "n[1][0]": 2,
                "n[1][1].x": True,
                "name": 1e-3,
            },
        )
        yield (
            OmegaConf.structured(Training(steps=1)),
            {
                "data": "data",
                "color": "RED",
                "workers": None,
                "steps": 1,
                "optimizer.name": "adam",
                "optimizer.lr": 0.1,
                "optimizer.decay": 0.1,
                "second": None,
                "layers[0].name": "sgd",
                "layers[0].lr": 1.0,
                "layers[0].decay": 1.0,
                "by_color.BLUE": 3,
            },
        )
        yield OmegaConf.structured(Model), {"hidden": 64, "width": 64}


# What a config may hold


def test_values_and_keys_that_are_no_text_keep_their_type_beside_them():
    """Enums, Paths, bytes, and keys that are ints, floats, bools, bytes and Enums."""
    cfg = OmegaConf.create(
        {
            "color": Color.RED,
            "path": Path("a/b"),
            "bytes": b"\x00",
            "inf": float("inf"),
            Color.BLUE: 1,
            2: 2,
            0.5: 3,
            False: 4,
            b"k": 5,
        }
    )
    flat = to_flat(cfg)
    assert flat == {
        "color": "RED",
        "path": "a/b",
        "bytes": r"b'\x00'",
        "inf": float("inf"),
        "BLUE": 1,
        "2": 2,
        r"0\.5": 3,
        "False": 4,
        "b'k'": 5,
    }
    color = f"{__name__}.Color"
    assert flat.types == {
        "color": color,
        "path": f"pathlib.{type(Path()).__name__}",
        "bytes": "bytes",
    }
    assert flat.key_types == {
        "BLUE": color,
        "2": "int",
        r"0\.5": "float",
        "False": "bool",
        "b'k'": "bytes",
    }


def test_objects_that_a_config_was_allowed_to_hold():
    """Lambdas, classes, sets and strangers' objects are recorded as they are anywhere else."""

    class Loader:
        pass

    held = {
        "f": lambda x: x,
        "kind": Loader,
        "seen": {2, 1},
        "ns": SimpleNamespace(a="${b}", c="???"),
    }
    flat = to_flat(OmegaConf.create(held, flags={"allow_objects": True}))
    assert flat == to_flat(held)
    assert flat.types == to_flat(held).types
    assert flat["ns.a"] == "${b}"  # the object's own text, which OmegaConf never resolves


def test_a_dict_inside_such_an_object_is_not_taken_for_a_part_of_the_config():
    """Texts in a dict that OmegaConf holds as an object stay what they are."""
    node = omegaconf.AnyNode(
        {"text": "${lr}", "gap": "???", "more": ["${lr}"]}, flags={"allow_objects": True}
    )
    cfg = OmegaConf.create({"lr": 1, "held": node})
    assert type(cfg.held) is dict
    flat = to_flat(cfg)
    assert flat == {"lr": 1, "held.text": "${lr}", "held.gap": "???", "held.more": ["${lr}"]}
    assert flat.types == {}


def test_dataclasses_and_attrs_classes_give_their_fields():
    """A config made of an instance, or with one inside, gives fields by name and type."""
    flat = to_flat(OmegaConf.create({"training": Training(), "model": Model(8)}))
    assert flat["training.optimizer.decay"] == 0.1
    assert flat["model.width"] == 8
    assert (flat["training.steps"], flat.types["training.steps"]) == ("???", "missing")
    assert flat.types["training.color"] == f"{__name__}.Color"
    assert flat.key_types["training.by_color.BLUE"] == f"{__name__}.Color"


@pytest.mark.parametrize("flag", ["readonly", "struct"])
def test_readonly_and_strict_configs_convert_and_stay_what_they_are(flag):
    """The flags play no part, at the top or in a part, and are what they were."""
    cfg = OmegaConf.create({"a": {"b": "${c}"}, "c": 1, "d": {"e": 2}})
    set_flag, has_flag = getattr(OmegaConf, f"set_{flag}"), getattr(OmegaConf, f"is_{flag}")
    set_flag(cfg, True)
    set_flag(cfg.d, False)
    assert to_flat(cfg) == {"a.b": 1, "c": 1, "d.e": 2}
    assert [has_flag(node) for node in (cfg, cfg.a, cfg.d)] == [True, True, False]


def test_a_frozen_dataclass_converts():
    """A structured config that is read-only by its class is no exception."""

    @dataclass(frozen=True)
    class Frozen:
        lr: float = 0.1
        twice: str = "${lr}${lr}"

    assert to_flat(OmegaConf.structured(Frozen)) == {"lr": 0.1, "twice": "0.10.1"}


# Interpolations


def test_an_interpolation_gives_its_value_and_keeps_its_text(monkeypatch):
    """Whatever it stands for, and wherever in the text it is, the text is in the origin."""
    monkeypatch.setenv("DATA", "/data")
    texts = {
        "env": "${oc.env:DATA}",
        "default": "${oc.env:NOT_SET,3}",
        "nested": "${part.${which}}",
        "inside": "run_${part.a}_${which}",
        "relative": "${.which}",
        "escaped": r"\${which}",
        "decoded": "${oc.decode:'[1,2]'}",
        "chained": "${inside}",
        "none": "${nothing}",
    }
    cfg = OmegaConf.create(
        {"part": {"a": 1, "up": "${..which}"}, "which": "a", "nothing": None, **texts}
    )
    flat = to_flat(cfg)
    assert {key: flat[key] for key in texts} == {
        "env": "/data",
        "default": "3",
        "nested": 1,
        "inside": "run_1_a",
        "relative": "a",
        "escaped": "${which}",
        "decoded": [1, 2],
        "chained": "run_1_a",
        "none": None,
    }
    assert {key: flat.origins[key].raw for key in texts} == texts
    assert flat["part.up"] == "a"
    assert flat.origins["which"].raw is None
    assert flat.types == {}


def test_an_interpolation_is_converted_to_the_type_of_its_field():
    """In a structured config a text becomes the int or the Path that its field is declared as."""

    @dataclass
    class Typed:
        text: str = "12"
        number: int = "${text}"  # type: ignore[assignment]
        path: Path = "${text}"  # type: ignore[assignment]

    flat = to_flat(OmegaConf.structured(Typed))
    assert (flat["number"], flat["path"]) == (12, "12")
    assert flat.types == {"path": f"pathlib.{type(Path()).__name__}"}
    assert (flat.origins["number"].raw, flat.origins["path"].raw) == ("${text}", "${text}")


def test_an_interpolation_to_a_part_gives_the_whole_part():
    """A mapping and a list come with their own interpolations resolved where they stand."""
    cfg = OmegaConf.create(
        {
            "base": {"lr": 0.1, "decay": "${.lr}", "sizes": [1, "${..lr}"]},
            "model": "${base}",
            "sizes": "${base.sizes}",
            "layers": [{"n": 1}, "${layers[0]}"],
        }
    )
    flat = to_flat(cfg)
    assert flat == to_flat(OmegaConf.to_container(cfg, resolve=True))
    assert flat["model.decay"] == 0.1
    assert flat["layers[1].n"] == 1
    assert flat.origins["model.decay"].raw == "${.lr}"
    assert flat.origins["sizes"].raw == "${base.sizes}"


def test_interpolations_in_lists_are_resolved():
    """Elements of a list of values, and of lists in lists."""
    cfg = OmegaConf.create({"n": 3, "sizes": ["${n}", 4, ["${n}", "???"]]})
    flat = to_flat(cfg)
    assert flat["sizes"] == [3, 4, [3, "???"]]
    assert "missing" in flat.types["sizes"]


def test_lists_and_parts_that_resolvers_make_are_read_too(resolver):
    """What a resolver answers is recorded, its own interpolations resolved as OmegaConf does it."""
    resolver("point", lambda: SimpleNamespace(x=1, y="${n}"))
    resolver("plain", lambda: {"a": [1, "${n}"]})
    resolver("nobody", lambda: DictConfig(None))
    cfg = OmegaConf.create(
        {
            "n": 3,
            "part": {"a": "${n}", "b": 2},
            "values": "${oc.dict.values:part}",
            "keys": "${oc.dict.keys:part}",
            "made": "${oc.create:{x: '${n}'}}",
            "point": "${point:}",
            "plain": "${plain:}",
            "nobody": "${nobody:}",
        }
    )
    flat = to_flat(cfg)
    assert (flat["values"], flat["keys"]) == ([3, 2], ["a", "b"])
    assert (flat["made.x"], flat["nobody"]) == (cfg.made.x, None)
    assert (flat["point.x"], flat["point.y"], flat["plain.a"]) == (1, "${n}", [1, "${n}"])


# Environment variables


@dataclass
class Typed:
    workers: int = "${oc.env:WORKERS,2}"  # type: ignore[assignment]
    rate: float = "${oc.env:RATE, 0.5}"  # type: ignore[assignment]
    path: Path = "${oc.env:DATA,/data}"  # type: ignore[assignment]


NO_DEFAULT = object()


@pytest.mark.parametrize(
    ("text", "name", "value", "default"),
    [
        ("${oc.env:DATA}", "DATA", "/big", NO_DEFAULT),
        ("${oc.env:DATA,/data}", "DATA", "/big", "/data"),
        ("${oc.env:DATA,8080}", "DATA", "/big", "8080"),
        ("${oc.env:DATA,null}", "DATA", "/big", None),
        ("${oc.env:DATA,''}", "DATA", "/big", ""),
        ("${oc.env:DATA,${other}}", "DATA", "/big", NO_DEFAULT),
        ("${oc.env:env,x}", "env", "e", "x"),
        ("${oc.decode:${oc.env:WORKERS}}", "WORKERS", 8, NO_DEFAULT),
        ("${oc.decode:${oc.env:WORKERS,2}}", "WORKERS", 8, 2),
        ("${oc.decode:${oc.env:WORKERS,'[2'}}", "WORKERS", 8, NO_DEFAULT),
        ("${oc.decode:${oc.env:LIST,null}}", "LIST", [1, 2], None),
    ],
)
def test_a_variable_is_named_by_the_value_that_it_gave(text, name, value, default, monkeypatch):
    """With the default that the text has for it; its text is kept as ever."""
    for variable, content in {"DATA": "/big", "env": "e", "WORKERS": "8", "LIST": "[1,2]"}.items():
        monkeypatch.setenv(variable, content)
    flat = to_flat(OmegaConf.create({"a": {"b": text}, "other": 1}))
    origin = flat.origins["a.b"]
    assert flat["a.b"] == value
    assert origin.raw == text
    assert (origin.kind, origin.rank, origin.name) == ("env", 2, f"${name}")
    replaced = [(one.value, one.origin.kind) for one in origin.replaced]
    assert replaced == ([] if default is NO_DEFAULT else [(default, "default")])


def test_a_field_makes_of_a_variable_what_its_type_is(monkeypatch):
    """A number's default is a number as well; of what else a field makes of it, none is told."""
    for name, text in {"WORKERS": "08", "RATE": "1e-3", "DATA": "/big"}.items():
        monkeypatch.setenv(name, text)
    flat = to_flat(OmegaConf.structured(Typed))
    assert flat == {"workers": 8, "rate": 0.001, "path": "/big"}
    told = {key: (origin.kind, origin.name) for key, origin in flat.origins.items()}
    assert told == {
        "workers": ("env", "$WORKERS"),
        "rate": ("env", "$RATE"),
        "path": ("env", "$DATA"),
    }
    replaced = {key: [one.value for one in flat.origins[key].replaced] for key in flat}
    assert replaced == {"workers": [2], "rate": [0.5], "path": []}


@pytest.mark.parametrize(
    "text",
    [
        "${oc.env:NOT_SET,/data}",
        "${oc.env:DATA}/mnist",
        "${oc.env:DATA,'a } b'}",  # a brace in quotes is not read
        "${oc.env:DATA,x}/${oc.env:DATA,y}",
        "${home}",
        "${oc.decode:${home}}",
        r"\${oc.env:DATA}",
    ],
)
def test_what_is_no_variables_value_alone_is_nobodys(text, monkeypatch):
    """A default that is used, a text around it, and what another interpolation leads to."""
    monkeypatch.setenv("DATA", "/big")
    monkeypatch.delenv("NOT_SET", raising=False)
    origin = to_flat(OmegaConf.create({"a": text, "home": "${oc.env:DATA}"})).origins["a"]
    assert (origin.kind, origin.name, origin.raw) == ("unknown", None, text)


def test_a_resolver_of_the_programs_own_is_no_environment(monkeypatch):
    """Who replaces ``oc.env`` answers for what it gives."""
    from omegaconf.resolvers import oc

    monkeypatch.setenv("DATA", "/big")
    add = OmegaConf.register_resolver if NEWEST else OmegaConf.register_new_resolver
    add("oc.env", lambda name, default=None: f"vault:{name}", replace=True)
    try:
        flat = to_flat(OmegaConf.create({"a": "${oc.env:DATA,x}"}))
    finally:
        add("oc.env", oc.env, replace=True)
    assert (flat["a"], flat.origins["a"].kind) == ("vault:DATA", "unknown")


def test_a_default_that_equals_the_variable_was_set_all_the_same(monkeypatch):
    """The variable is there, so the value is its choice."""
    monkeypatch.setenv("DATA", "/data")
    origin = to_flat(OmegaConf.create({"a": "${oc.env:DATA,/data}"})).origins["a"]
    assert (origin.kind, origin.replaced[0].value) == ("env", "/data")


UNRESOLVABLE = {
    "absent": ("${nobody}", "Interpolation key 'nobody' not found"),
    "absent_inside": ("a_${nobody}", "Interpolation key 'nobody' not found"),
    "to_missing": ("${gap}", "MissingMandatoryValue while resolving interpolation"),
    "env": ("${oc.env:NOT_SET}", "Environment variable 'NOT_SET' not found"),
    "no_resolver": ("${nobody:1}", "Unsupported interpolation type nobody"),
    "failing": ("${fail:}", "ZeroDivisionError raised while resolving interpolation: no way"),
    "cycle": ("${part.cycle_back}", "Recursive interpolation detected"),
    "cycle_back": ("x${part.cycle}", "Recursive interpolation detected"),
    "selected": (
        "${oc.select:part.selected}",
        "RecursionError raised while resolving interpolation",
    ),
}


def test_one_that_cannot_be_resolved_costs_no_other(resolver):
    """Each is recorded as its text and said to be unresolved, by key and reason, in one warning."""

    def fail():
        raise ZeroDivisionError("no way\nand more of it")

    resolver("fail", fail)
    texts = {key: text for key, (text, _) in UNRESOLVABLE.items()}
    cfg = OmegaConf.create(
        {"gap": "???", "fine": "${n}", "part": {**texts, "list": ["${no}", 1]}, "n": 1}
    )
    with pytest.warns(UnifigWarning) as warned:
        flat = to_flat(cfg)
    assert (flat["fine"], flat["n"]) == (1, 1)
    messages = {re.match(r"'(.*?)'", str(w.message))[1]: str(w.message) for w in warned}
    assert len(warned) == len(messages) == len(texts) + 1
    for key, (text, reason) in UNRESOLVABLE.items():
        at, message = f"part.{key}", messages[f"part.{key}"]
        assert (flat[at], flat.types[at], flat.origins[at].raw) == (text, "interpolation", text)
        assert repr(text) in message
        assert reason in message
        assert "\n" not in message
    assert flat["part.list"] == ["${no}", 1]
    assert flat.types["part.list"] == "list[interpolation, int]"
    assert "part.list[0]" in messages


def test_a_value_that_does_not_fit_its_field_is_unresolved():
    """OmegaConf refuses what an interpolation gives a typed field, and so the user is told."""

    @dataclass
    class Typed:
        text: str = "twelve"
        number: int = "${text}"  # type: ignore[assignment]

    with pytest.warns(UnifigWarning, match="'number'.*could not be converted to Integer"):
        flat = to_flat(OmegaConf.structured(Typed))
    assert flat == {"text": "twelve", "number": "${text}"}


def test_parts_that_stand_in_each_other_end_where_they_meet():
    """A cycle of mappings is cut where it would go round again, and the rest is recorded."""
    cfg = OmegaConf.create({"a": {"b": "${c}", "n": 1}, "c": {"d": "${a}", "m": 2}})
    with pytest.warns(UnifigWarning, match="'a.b.d'.*leads back to where it stands") as warned:
        flat = to_flat(cfg)
    assert len(warned) == 1
    assert flat == {"a.b.d": "${a}", "a.b.m": 2, "a.n": 1, "c.d": "${a}", "c.m": 2}


def test_a_part_that_holds_what_leads_to_it_ends_as_well():
    """A cycle through a part of a part: from the inner one to a mapping around it, and in again."""
    cfg = OmegaConf.create({"s": "${b.c}", "b": {"c": {"d": "${z}", "n": 1}}, "z": {"e": "${b}"}})
    with pytest.warns(UnifigWarning, match="leads back"):
        flat = to_flat(cfg)
    assert flat["b.c.n"] == flat["s.n"] == 1
    assert "interpolation" in flat.types.values()


def test_parts_that_interpolations_make_too_deep_are_refused():
    """A chain of parts is followed as deep as a record can be, and not until Python gives up."""
    cfg = OmegaConf.create(
        {f"p{n}": {"next": f"${{p{n + 1}}}"} for n in range(600)} | {"p600": {"x": 1}}
    )
    with pytest.raises(ConversionError, match=r"at 'p0\.next\.next.*: interpolations lead"):
        to_flat(cfg)
    chain = OmegaConf.create(
        {f"p{n}": {"next": f"${{p{n + 1}}}"} for n in range(90)} | {"p90": {"x": 1}}
    )
    assert to_flat(chain)["p0" + ".next" * 90 + ".x"] == 1


def test_a_part_of_a_config_resolves_against_the_whole():
    """A section, and a section in a list, given on their own."""
    cfg = OmegaConf.create(
        {"lr": 0.1, "model": {"lr": "${lr}", "up": "${..lr}"}, "l": [{"x": "${lr}"}]}
    )
    assert to_flat(cfg.model) == {"lr": 0.1, "up": 0.1}
    assert to_flat({"part": cfg.model, "item": cfg.l[0]})["item.x"] == 0.1
    config = Config()
    config["model"] = {}
    config.model.update(cfg.model)
    assert config.flat() == {"model.lr": 0.1, "model.up": 0.1}


def test_each_interpolation_is_resolved_once(resolver):
    """A resolver that does something is called once for each text, aliases of a part included."""
    calls = []
    resolver("call", lambda name: calls.append(name) or len(calls))
    cfg = OmegaConf.create(
        {
            "alias": "${part}",
            "part": {"x": "${call:x}", "y": ["${call:y}", {"z": "${call:z}"}]},
            "again": "${part}",
            "escaped": r"\${call:never}",
            "list": "${part.y}",
        }
    )
    flat = to_flat(cfg)
    assert sorted(calls) == ["x", "y", "z"]
    assert flat["alias.x"] == flat["part.x"] == flat["again.x"]
    assert flat["list[1].z"] == flat["part.y[1].z"]


def test_a_resolver_that_ends_the_program_ends_it(resolver):
    """What is no Exception, as of Ctrl-C, passes through."""

    def interrupt():
        raise KeyboardInterrupt

    resolver("interrupt", interrupt)
    with pytest.raises(KeyboardInterrupt):
        to_flat(OmegaConf.create({"a": "${interrupt:}"}))


# Missing values, and configs without content


def test_missing_is_recorded_as_missing():
    """A value, a section and an element that are still to be set; nothing is raised or warned."""
    cfg = OmegaConf.create(
        {"a": "???", "b": DictConfig("???"), "c": ListConfig("???"), "d": ["???"]}
    )
    flat = to_flat(cfg)
    assert flat == {"a": "???", "b": "???", "c": "???", "d": ["???"]}
    assert flat.types == {"a": "missing", "b": "missing", "c": "missing", "d": "list[missing]"}
    assert to_flat(OmegaConf.structured(Training))["steps"] == "???"


def test_a_text_that_was_escaped_is_not_missing():
    """From 2.4 on a backslash makes question marks a text; before, it is a part of the text."""
    flat = to_flat(OmegaConf.create({"a": r"\???", "b": "${a}"}))
    assert flat == ({"a": "???", "b": "???"} if NEWEST else {"a": r"\???", "b": r"\???"})
    assert flat.types == {}


@pytest.mark.parametrize("kind", [DictConfig, ListConfig])
def test_inside_other_objects_a_config_without_content_is_a_value(kind):
    """None, missing, and an interpolation that stands alone, which nothing can resolve."""
    assert to_flat({"a": kind(None)}) == {"a": None}
    flat = to_flat({"a": kind("???")})
    assert (flat["a"], flat.types["a"]) == ("???", "missing")
    with pytest.warns(UnifigWarning, match="'part.a': the interpolation.*without a parent"):
        flat = to_flat({"part": {"a": kind("${x}")}})
    assert (flat["part.a"], flat.types["part.a"]) == ("${x}", "interpolation")
    assert flat.origins["part.a"].raw == "${x}"
    whole = OmegaConf.create({"x": {"y": "${z}"} if kind is DictConfig else ["${z}"], "z": 1})
    flat = to_flat({"a": kind("${x}", parent=whole)})
    assert flat == ({"a.y": 1} if kind is DictConfig else {"a": [1]})


@pytest.mark.parametrize("content", [None, "???", "${x}"])
def test_at_the_top_a_config_without_content_is_refused(content):
    """The error says what it is; nothing is recorded."""
    config = Config(a=1)
    with pytest.raises(
        UnsupportedError, match=re.escape(f"this DictConfig is {content} as a whole")
    ):
        config.update(DictConfig(content))
    assert config == {"a": 1}


def test_at_the_top_a_list_is_refused():
    """A config needs keys."""
    with pytest.raises(
        UnsupportedError, match="ListConfig is one value or a list, and a config needs keys"
    ):
        to_flat(OmegaConf.create([1, 2]))


# Beside other frameworks


def test_a_config_inside_other_objects():
    """In a dict, a SimpleNamespace, an argparse Namespace, a dataclass and a list."""

    @dataclass
    class Holder:
        cfg: Any
        sizes: Any

    cfg = OmegaConf.create({"lr": "${base}", "base": 0.1})
    sizes = OmegaConf.create([1, Path("x")])
    for outer in (
        {"cfg": cfg, "sizes": sizes},
        SimpleNamespace(cfg=cfg, sizes=sizes),
        Namespace(cfg=cfg, sizes=sizes),
        Holder(cfg, sizes),
    ):
        flat = to_flat(outer)
        assert flat == {"cfg.lr": 0.1, "cfg.base": 0.1, "sizes": [1, "x"]}
        assert flat.types["sizes"].startswith("omegaconf.listconfig.ListConfig[")
        assert flat.origins["cfg.lr"].adapter == "omegaconf"
        assert flat.origins["cfg.lr"].raw == "${base}"
    assert to_flat({"many": [cfg, [cfg]]})["many[1][0].lr"] == 0.1


def test_a_warning_names_the_key_in_the_whole_object():
    """The key is the one that the value is recorded by, keys that are no text included."""
    cfg = OmegaConf.create({"a.b": {Color.RED: {1: "${x}"}}})
    with pytest.warns(UnifigWarning) as warned:
        flat = to_flat({"outer": [cfg]})
    (key,) = flat
    assert str(warned[0].message).startswith(repr(key))
    assert warned[0].filename == __file__


def test_a_tuple_keeps_its_type_where_omegaconf_keeps_it():
    """Since 2.4 a tuple stays one; its interpolations are resolved like those of a list."""
    cfg = OmegaConf.create({"n": 1, "t": (1, "${n}", {"x": "${n}"}), "u": ("${n}", 2), "v": "${u}"})
    flat = to_flat(cfg)
    assert flat == {"n": 1, "t[0]": 1, "t[1]": 1, "t[2].x": 1, "u": [1, 2], "v": [1, 2]}
    assert flat.types == (dict.fromkeys("tuv", "tuple") if NEWEST else {})
    assert to_flat({"a": cfg.u})["a"] == [1, 2]


# Nothing is changed


def test_the_config_is_what_it_was():
    """Interpolations are still interpolations, and nothing was set."""
    cfg = OmegaConf.create({"a": {"b": "${c}", "d": "???", "l": ["${c}"]}, "c": 1, "e": "${a}"})
    before, text = copy.deepcopy(cfg), OmegaConf.to_yaml(cfg)
    to_flat(cfg)
    assert cfg == before
    assert OmegaConf.to_yaml(cfg) == text
    cfg.c = 2
    assert to_flat(cfg)["a.b"] == cfg.a.b == 2


def test_the_program_reads_what_was_recorded(resolver):
    """A cached resolver, as Hydra's ``now``, answers once: the program gets what unifig got."""
    numbers = iter(range(100))
    resolver("number", lambda _: next(numbers), use_cache=True)
    cfg = OmegaConf.create({"part": {"a": "${number:x}"}})
    assert to_flat(cfg.part) == to_flat(cfg.part) == {"a": cfg.part.a}


def test_a_cached_result_does_not_outlive_the_values_that_it_was_made_of(resolver):
    """What the program sets after recording counts, as if nobody had read the config before."""
    resolver("double", lambda n: n * 2, use_cache=True)
    cfg = OmegaConf.create({"n": 1, "part": {"twice": "${double:${n}}"}})
    assert to_flat(cfg.part) == {"twice": 2}
    cfg.n = 5
    assert cfg.part.twice == 10
    cfg.n = 6
    assert to_flat(cfg)["part.twice"] == cfg.part.twice == 10  # read before: OmegaConf's own rule
    assert OmegaConf.get_cache(cfg) == defaultdict(dict, double={("${n}",): 10})


# A program


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ([], {}),
        (
            ["optimizer.lr=0.05", "activation=GELU", "hidden=[8]", "resume_from=a/b"],
            {
                "hidden": "[8]",
                "activation": "'GELU'",
                "optimizer.lr": "0.05",
                "optimizer.final_lr": "0.05",
                "output": "'runs/adam_0.05'",
                "resume_from": "'a/b'",
            },
        ),
    ],
)
def test_the_example_runs(arguments, changed, tmp_path):
    """The example records its schema merged with the command line, and what is still missing."""
    command = [sys.executable, str(EXAMPLE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    epochs, lines = done.stdout.splitlines()[:3], done.stdout.splitlines()[3:]
    assert [line.split()[:2] for line in epochs] == [["epoch", n] for n in "012"]
    printed = dict(line.removesuffix("  (omegaconf)").split(" = ") for line in lines)
    defaults = {
        "epochs": "3",
        "hidden": "[64, 64]",
        "activation": "'RELU'",
        "optimizer.name": "'adam'",
        "optimizer.lr": "0.001",
        "optimizer.final_lr": "0.001",
        "data": "'data/mnist'",
        "output": "'runs/adam_0.001'",
        "resume_from": "'???'",
    }
    assert printed == defaults | changed


# For every tree

texts = st.text(max_size=8).filter(lambda text: "${" not in text and not text.endswith("???"))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(tree=st.dictionaries(texts, values, max_size=5))
def test_a_config_is_recorded_as_the_tree_it_was_made_of(tree):
    """Keys, values and types are those of the plain tree."""
    flat = to_flat(OmegaConf.create(tree))
    assert list(map(repr, flat.items())) == list(map(repr, to_flat(tree).items()))
    assert flat.types == {}


@settings(deadline=None)
@given(tree=st.dictionaries(st.sampled_from("abc"), values, min_size=1))
def test_interpolations_give_what_omegaconf_gives(tree):
    """Values, sections and lists that others refer to, in a list and in a chain."""
    links = [f"${{{name}}}" for name in tree]
    cfg = OmegaConf.create({"links": [links, {"last": links[-1]}], **tree, "chain": "${links[1]}"})
    flat = to_flat(cfg)
    resolved = to_flat(OmegaConf.to_container(cfg, resolve=True))
    assert list(map(repr, flat.items())) == list(map(repr, resolved.items()))
