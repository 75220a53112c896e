"""What is odd, endless or huge has a defined outcome: a record, or one clear error, in time."""

import copy
import functools
import inspect
import json
import os
import pickle
import subprocess
import sys
import textwrap
import types
import warnings
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from tests.configs import changeable
from tests.strategies import trees

import unifig
from unifig import (
    Config,
    ConversionError,
    Flat,
    UnifigWarning,
    Value,
    flatten,
    register_adapter,
    to_flat,
    unflatten,
    using,
)
from unifig.names import type_name
from unifig.values import same


@dataclass
class Node:
    """An object that may hold another one."""

    value: object = None
    items: list = field(default_factory=list)


class Unknown:
    """An object without a rule."""


# cycles


def cyclic_dict():
    tree = {"a": {}}
    tree["a"]["again"] = tree
    return tree, "the dict at 'a.again' is the one at the top again"


def cyclic_int_keys():
    tree = {"a": {}}
    tree["a"][1] = tree["a"]
    return tree, "the dict at 'a.1' is the one at 'a' again"


def cyclic_list():
    items = [1]
    items.append([items])
    return {"a": items}, "the list at 'a[1][0]' is the one at 'a' again"


def cyclic_tuple():
    items = []
    items.append((1, {"b": items}))
    return {"a": items}, "the list at 'a[0][1].b' is the one at 'a' again"


def cyclic_dataclass():
    node = Node()
    node.value = Node(node)
    return {"a": node}, "Node at 'a.value.value' is the one at 'a' again"


def cyclic_namespace():
    top = Namespace(a=types.SimpleNamespace())
    top.a.top = top
    return top, "the argparse.Namespace at 'a.top' is the one at the top again"


def cyclic_late():
    tree = {"many": [{"n": n} for n in range(100)], "back": {}}
    tree["back"]["a.b"] = tree["back"]
    return tree, r"the dict at 'back.a\\.b' is the one at 'back' again"


CYCLES = [
    cyclic_dict,
    cyclic_int_keys,
    cyclic_list,
    cyclic_tuple,
    cyclic_dataclass,
    cyclic_namespace,
    cyclic_late,
]


@pytest.mark.parametrize("make", CYCLES)
def test_a_cycle_is_an_error_that_says_where(make):
    """It names the object, where it comes again, where it was first, and the remedy."""
    tree, told = make()
    config = Config(kept=1)
    for convert in (to_flat, config.update, lambda obj: config.update({"x": obj})):
        with pytest.raises(ConversionError) as caught:
            convert(tree)
        assert "the object is cyclic: the " in str(caught.value)
        assert "Leave the reference back out" in str(caught.value)
    with pytest.raises(ConversionError) as caught:
        to_flat(tree)
    assert told in str(caught.value)
    assert config == {"kept": 1}


def test_a_cycle_below_a_section_is_named_by_its_whole_key():
    """What is written into a section is named as it would stand in the config."""
    config = Config(section={})
    tree = {}
    tree["back"] = tree
    with pytest.raises(ConversionError, match=r"dict at 'section\.back' is the one at 'section'"):
        config.section.update(tree)
    with pytest.raises(ConversionError, match=r"at 'section\.a\.back' is the one at 'section\.a'"):
        config.section.a = tree


def test_a_cycle_in_what_becomes_text_is_an_error():
    """A partial or a slice that holds itself is refused by its key."""
    items = []
    items.append(functools.partial(print, items))
    inside = []
    inside.append(slice(inside))
    for obj in (items[0], inside[0], functools.partial(print, inside)):
        with pytest.raises(ConversionError, match=r"^'a\.b': a value inside .* contains itself"):
            to_flat({"a": {"b": obj}})


def test_a_chain_without_an_end_is_an_error():
    """Of using() in using(), and of an adapter that answers one object with another one."""
    tree = {}
    tree["a"] = using(tree)

    class Endless:
        types = (f"{__name__}:Unknown",)

        @unifig.hookimpl
        def update(self, obj, context):
            return Value(type(obj)()) if context.path else {}

    undo = register_adapter(Endless())
    try:
        for obj in (tree, {"a": Unknown()}):
            with pytest.raises(unifig.UnifigError):
                to_flat(obj)
    finally:
        undo()


# shared references


def test_a_shared_object_is_recorded_wherever_it_stands():
    """Each time whole, and each one on its own from then on."""
    shared = {"n": [1]}
    config = changeable(a=shared, b={"c": shared}, d=[shared, shared])
    assert config == {"a": shared, "b": {"c": shared}, "d": [shared, shared]}
    config.a.n.append(2)
    config.d[0]["n"] = 3
    assert config == {"a": {"n": [1, 2]}, "b": {"c": {"n": [1]}}, "d": [{"n": 3}, {"n": [1]}]}
    assert shared == {"n": [1]}


@pytest.mark.parametrize(
    "nest",
    ["{str(i): x for i in range(100)}", "[x] * 100", "(x,) * 100"],
)
def test_references_that_stand_for_billions_are_an_error(nest):
    """In bounded time and memory, before the machine is full."""
    program = f"""
        import resource, sys
        import unifig
        x = 1
        for _ in range(30):
            x = {nest}
        try:
            unifig.to_flat({{"a": x}})
        except unifig.ConversionError as error:
            print(error)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "MB")
    """
    if sys.platform == "win32":
        pytest.skip("Windows has no resource module")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    message, memory = done.stdout.splitlines()
    assert "more than 5,000,000 values, counted as far as 'a" in message
    assert "Record a part of it" in message
    assert int(memory.split()[0]) < 2000


def test_a_partial_that_stands_for_billions_is_an_error():
    """What becomes one text is bounded as well."""
    x = [1]
    for _ in range(40):
        x = [x, x]
    with pytest.raises(ConversionError, match=r"'a': a value inside .* or 1,000,000 values"):
        to_flat({"a": functools.partial(print, x)})


# levels


def nested(levels, innermost, wrap):
    """Containers in containers, ``levels`` of them with the innermost one."""
    tree = innermost
    for _ in range(levels - 1):
        tree = wrap(tree)
    return tree


WRAPS = {
    "dict": ({"a": 1}, lambda inner: {"a": inner}),
    "empty dict": ({}, lambda inner: {"a": inner}),
    "int keys": ({1: 1}, lambda inner: {1: inner}),
    "dataclass": ({}, Node),
    "namespace": ({}, lambda inner: Namespace(a=inner)),
}


@pytest.mark.parametrize(("innermost", "wrap"), WRAPS.values(), ids=WRAPS)
def test_two_hundred_levels_and_no_more(innermost, wrap):
    """The 201st is an error that names the key and the limit, whatever the containers are."""
    for levels in (199, 200):
        assert to_flat(nested(levels, innermost, wrap))
    with pytest.raises(ConversionError, match=r"more than 200 levels, at '(a|1|value)\.") as caught:
        to_flat(nested(201, innermost, wrap))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("innermost", [[], [1], [{}], (), {1}], ids=repr)
def test_a_list_is_a_level(innermost):
    """Lists, tuples and sets count as mappings do."""
    depth = 1 if innermost == [{}] else 0
    assert to_flat({"a": nested(199 - depth, innermost, lambda inner: [inner])})
    with pytest.raises(ConversionError, match=r"more than 200 levels, at 'a\[0\]"):
        to_flat({"a": nested(200 - depth, innermost, lambda inner: (inner,))})


@pytest.mark.parametrize("levels", [2_000, 100_000])
@pytest.mark.parametrize(
    "wrap",
    [lambda x: {"a": x}, lambda x: [x], lambda x: (x,), Node, lambda x: frozenset([x])],
    ids=["dict", "list", "tuple", "dataclass", "frozenset"],
)
def test_thousands_of_levels_are_an_error(levels, wrap):
    """Never a RecursionError, and as soon as the 201st is met."""
    tree = 1
    for _ in range(levels):
        tree = wrap(tree)
    with pytest.raises(ConversionError, match="more than 200 levels"):
        to_flat({"a": tree})


def test_levels_count_from_the_top_of_the_config():
    """A section that is written into takes the place of its levels."""
    config = Config(nested(199, {}, lambda inner: {"a": inner}))
    innermost = config
    while innermost:
        innermost = innermost["a"]
    innermost.x = {}
    with pytest.raises(ConversionError, match="more than 200 levels"):
        innermost.x.y = {}
    with pytest.raises(ConversionError, match="more than 200 levels"):
        innermost.x = {"y": {}}
    with pytest.raises(ConversionError, match="more than 200 levels"):
        innermost.x = [[]]
    innermost.y = []
    with pytest.raises(ConversionError, match="more than 200 levels"):
        innermost.y.append([])
    with pytest.raises(ConversionError, match="more than 200 levels"):
        config.copied = config
    assert innermost == {"x": {}, "y": []}


def test_the_deepest_config_can_be_used_from_an_ordinary_stack():
    """What is recorded can be printed, compared, dumped, copied and flattened by others."""
    tree = nested(200, {"x": [1]}, lambda inner: {"a": inner})
    tree = tree["a"]
    config = Config(tree)
    lists = Config({"a": nested(198, [{"x": 1}], lambda inner: [inner])})
    for deep in (config, lists):
        plain = deep.as_dict()
        assert repr(deep) == f"Config({plain!r})"
        assert deep == plain
        assert json.loads(json.dumps(deep, indent=2)) == plain
        for again in (pickle.loads(pickle.dumps(deep)), copy.deepcopy(deep), deep.copy()):
            assert again == plain
            assert again.flat().origins == deep.flat().origins
        assert copy.deepcopy(plain) == plain
        assert unflatten(deep.flat()) == plain
        assert same(flatten(plain), deep.flat())


def test_a_million_leaves_are_recorded():
    """In one mapping, and in a hundred thousand."""
    wide = {f"key{i}": i for i in range(1_000_000)}
    assert to_flat(wide) == wide
    config = Config({f"s{i}": {"a": i, "b": [i], "c": {}} for i in range(100_000)})
    flat = config.flat()
    assert len(flat) == 300_000
    assert flat["s99999.b"] == [99999]


# what goes in stays as it is


@given(trees)
def test_a_record_is_a_copy(tree):
    """What is done to the source later does not reach the record, nor the reverse."""
    source = copy.deepcopy(tree)
    config = Config(source)
    spoil(source)
    assert same(config.as_dict(), tree)
    record = config.as_dict()
    spoil(record)
    assert same(config.as_dict(), tree)


def spoil(node):
    """Changes every container in a tree."""
    for value in list(node.values() if isinstance(node, dict) else node):
        if isinstance(value, dict | list):
            spoil(value)
    node.clear()


@given(trees)
def test_a_flat_goes_in_as_it_came_out(tree):
    """Flat keys are taken for flat keys: at the top, and inside another object."""
    flat = to_flat(tree)
    assert same(to_flat(flat), flat)
    assert same(Config({"a": [flat]}).as_dict(), {"a": [tree]})


def test_a_flat_keeps_what_it_knows():
    """The kinds, types and names of its values; keys that were taken out are gone."""
    flat = to_flat({"a": {"b": PurePosixPath("x")}, "c": Value(1, kind="cli", name="--c"), "d": 2})
    del flat["d"]
    again = to_flat(flat)
    assert again == {"a.b": "x", "c": 1}
    assert again.types == flat.types
    assert again.origins["c"] == flat.origins["c"]
    by_hand = to_flat(Flat({"a.b": PurePosixPath("x"), r"c\.d": Value(1, kind="env")}))
    assert by_hand == {"a.b": "x", r"c\.d": 1}
    assert by_hand.origins[r"c\.d"].kind == "env"


def test_an_element_of_a_list_keeps_its_type_where_the_list_is_taken_apart():
    """At every depth; where the list is one value, its type tells those of its elements."""
    flat = to_flat({"k": [[[{"a": (1,)}], b"x"], b"y"], "l": [[[b"x"]], b"y"]})
    assert flat.types == {
        "k[0][0][0].a": "tuple",
        "k[0][1]": "bytes",
        "k[1]": "bytes",
        "l": "list[list[list[bytes]], bytes]",
    }


def test_a_part_of_a_config_keeps_its_types():
    """A copy is the program's doing; that a text was a Path is still known, and so is a key."""
    config = Config(a={"p": PurePosixPath("x"), 1: (1,)}, n=Node(b"a", [{"x": {2.0}}, b"b"]))
    flat = config.flat()
    config.b = config.a
    config.m = config.n
    config.l = config.n["items"]
    copied = config.flat()
    for copy_, part in (("b", "a"), ("m", "n"), ("l", "n.items")):
        for kind, known in ((copied.types, flat.types), (copied.key_types, flat.key_types)):
            expected = {
                k.replace(part, copy_, 1): v for k, v in known.items() if k.startswith(part)
            }
            assert {k: v for k, v in kind.items() if k.startswith(copy_)} == expected
    again = to_flat(config)
    assert (again, again.types, again.key_types) == (copied, copied.types, copied.key_types)
    assert {origin.kind for origin in again.origins.values()} == {"code"}


def test_what_a_value_says_stays_said():
    """By a Value around another one, and around an object whose adapter answers with one."""

    class Adapter:
        types = (f"{__name__}:Unknown",)

        @unifig.hookimpl
        def update(self, obj, context):
            return Value(3, help="inner") if context.path else {}

    flat = to_flat({"a": Value(Value(1, kind="cli", place="x:1"), name="--a", help="h", raw="$A")})
    assert flat.origins["a"][:1] + flat.origins["a"][3:9] == (
        "cli",
        "--a",
        "x:1",
        None,
        None,
        "$A",
        "h",
    )
    undo = register_adapter(Adapter(), "mine")
    try:
        origin = to_flat({"a": Value(Unknown(), kind="cli", name="--a", help="outer")}).origins["a"]
    finally:
        undo()
    assert (origin.kind, origin.rank, origin.name, origin.adapter) == ("cli", 2, "--a", "mine")
    assert (origin.help, origin.type) == ("inner", f"{__name__}.Unknown")


@pytest.mark.parametrize("kind", ["bogus", 1, []], ids=repr)
def test_a_value_with_an_unknown_kind_is_an_error(kind):
    """It shows the Value, and names the kinds that there are."""
    with pytest.raises(ConversionError, match="write one of 'default', 'file', 'env', 'cli'"):
        to_flat({"a": Value(1, kind=kind)})


# warnings


def warned_lines(write):
    """The lines of this file that the warnings of a call point at, and their texts."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write()
    assert {Path(warning.filename) for warning in caught} <= {Path(__file__)}
    assert {warning.category for warning in caught} <= {UnifigWarning}
    return [(warning.lineno, str(warning.message)) for warning in caught]


CONFIG = changeable(section={}, items=[], mapped=[{}], deep=[[]])
WRITES = {
    "to_flat": (lambda: to_flat({"x": Unknown()}), "x"),
    "Config": (lambda: Config(x=Unknown()), "x"),
    "update": (lambda: CONFIG.update({"x": Unknown()}), "x"),
    "update with words": (lambda: CONFIG.update(x=Unknown()), "x"),
    "update with a Namespace": (lambda: CONFIG.update(Namespace(x=Unknown())), "x"),
    "update with using": (lambda: CONFIG.update(using(Namespace(x=Unknown()))), "x"),
    "nested using": (lambda: CONFIG.update(y=using(Namespace(x=Unknown()))), "y.x"),
    "dataclass": (lambda: CONFIG.update(Node([Unknown()])), "value[0]"),
    "setdefaults": (lambda: CONFIG.setdefaults(z=Unknown()), "z"),
    "setdefault": (lambda: CONFIG.setdefault("once", Unknown()), "once"),
    "item": (lambda: CONFIG.__setitem__("a.b", Unknown()), r"a\\.b"),
    "attribute": (lambda: setattr(CONFIG.section, "x", Unknown()), "section.x"),
    "in place": (lambda: CONFIG.section.__ior__({"y": Unknown()}), "section.y"),
    "append": (lambda: CONFIG["items"].append(Unknown()), "items[0]"),
    "append to a nested list": (lambda: CONFIG.deep[0].append(Unknown()), "deep[0][0]"),
    "mapping in a list": (lambda: CONFIG.mapped[0].update(x=Unknown()), "mapped[0].x"),
}


@pytest.mark.parametrize(("write", "key"), WRITES.values(), ids=WRITES)
def test_a_warning_names_the_key_and_points_at_the_callers_line(write, key):
    """By whatever way a value comes in, the line is that of the program."""
    [(line, message)] = warned_lines(write)
    assert line == inspect.getsourcelines(write)[1]
    assert message.startswith(f"'{key}': an object of type ")


def test_a_warning_of_an_assignment_points_at_it():
    """An attribute and an item that are assigned by a statement, as programs do."""
    config = Config()

    def write():
        config.x = Unknown()
        config["y"] = Unknown()

    first = inspect.getsourcelines(write)[1]
    assert [line for line, _ in warned_lines(write)] == [first + 1, first + 2]


def test_a_warning_is_shown_once_per_key_and_place():
    """In a loop one is enough; another key, or another line, has its own."""
    program = """
        import warnings, unifig
        class Unknown: pass
        config = unifig.Config()
        for _ in range(3):
            config.x = Unknown()
            config.x, config.y = Unknown(), Unknown()
    """
    env = {**os.environ, "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    told = [
        line.split("UnifigWarning: ")[1] for line in done.stderr.splitlines() if "Warning" in line
    ]
    assert [message[:3] for message in told] == ["'x'", "'x'", "'y'"]


def test_a_failed_conversion_warns_of_nothing():
    """What is not recorded needs no warning of how it is."""
    cyclic = {}
    cyclic["again"] = cyclic
    with pytest.raises(ConversionError):
        to_flat({"x": Unknown(), "y": cyclic})


class Given:
    """What the adapter of the next test converts."""


def test_a_value_says_what_it_would_have_been():
    """The default of a chosen value begins its chain, as plain data, with its own origin."""

    class Adapter:
        types = (f"{__name__}:Given",)

        @unifig.hookimpl
        def update(self, obj):
            known = Value([Path("x")], kind="file", rank=0, place="conf.yaml:3")
            return {
                "lr": Value(0.1, kind="cli", name="--lr", default=0.5),
                "paths": Value(["y"], kind="cli", default=known),
                "same": Value(1, kind="default", default=2),
            }

    undo = unifig.register_adapter(Adapter(), "telling")
    try:
        origins = to_flat(Given()).origins
    finally:
        undo()
    (replaced,) = origins["lr"].replaced
    assert replaced.value == 0.5
    assert replaced.origin[:4] == ("default", 0, "telling", "--lr")
    (replaced,) = origins["paths"].replaced
    assert replaced.value == ["x"]
    assert replaced.origin[:2] == ("file", 0)
    assert replaced.origin.place == "conf.yaml:3"
    assert replaced.origin.type == f"list[{type_name(type(Path()))}]"
    assert origins["same"].replaced == ()
