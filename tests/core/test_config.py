"""The Config: a mapping like a dict, whose keys are attributes too, and whose writes are whole."""

import contextlib
import copy
import json
import pickle
import sys
import threading
from argparse import Namespace
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from tests.configs import changeable
from tests.strategies import keys, trees, values

import unifig
from unifig import (
    AdapterError,
    Change,
    Config,
    ConfigKeyError,
    ConversionError,
    Flat,
    FlatKeyError,
    UnsupportedError,
    Value,
    register_adapter,
    unflatten,
    using,
)
from unifig.values import same


@dataclass
class Model:
    depth: int = 2
    path: object = None


class Color(Enum):
    RED = 1


class Broken:
    """An object whose adapter fails."""


class BrokenAdapter:
    types = (f"{__name__}:Broken",)

    @unifig.hookimpl
    def update(self, obj):
        raise RuntimeError(f"no way to read {type(obj).__name__}")


def cyclic():
    tree = {}
    tree["back"] = tree
    return tree


# a mapping


@given(trees)
def test_a_config_reads_as_the_dict_that_it_was_made_of(tree):
    """len, in, iteration, get, keys, values and items, ==, forwards and backwards."""
    config = changeable(tree)
    assert config == tree
    assert len(config) == len(tree)
    assert list(config) == list(tree) == list(config.keys())
    assert list(reversed(config)) == list(reversed(tree))
    assert same(list(config.values()), list(tree.values()))
    assert [key for key, _ in config.items()] == list(tree)
    assert bool(config) == bool(tree)
    for key, value in tree.items():
        assert key in config
        assert same(config[key], value)
        assert same(config.get(key), value)


def test_a_config_is_a_mapping():
    """To isinstance, to the abstract classes, and to match."""
    config = changeable(a={"b": 1})
    for kind in (dict, Mapping, MutableMapping):
        assert isinstance(config, kind)
        assert isinstance(config.a, kind)
    match config:
        case {"a": {"b": found}}:
            assert found == 1
        case _:
            pytest.fail("no match")


def test_a_config_can_be_given_where_a_dict_is_taken():
    """To dict, to json, to ** and to |, which give plain dicts."""
    config = changeable(a={"b": [1, {"c": None}]}, d=2.0)
    plain = {"a": {"b": [1, {"c": None}]}, "d": 2.0}
    assert dict(config) == plain
    assert json.dumps(config) == json.dumps(dict(config)) == json.dumps(plain)
    assert json.dumps(config, indent=2, sort_keys=True) == json.dumps(
        plain, indent=2, sort_keys=True
    )
    assert {**config} == plain
    assert dict(**config) == plain
    assert config | {"d": 3} == {**plain, "d": 3}
    assert {"d": 3, "e": 4} | config == {"d": 2.0, "e": 4, **plain}
    for result in (config | {"d": 3}, {"d": 3} | config, config.a | {}, config.as_dict()):
        assert type(result) is dict
    assert type((config | {})["a"]) is dict
    assert config == plain


def test_equality_is_that_of_dicts():
    """With dicts, with other configs, in any order of the keys."""
    assert changeable(a=1, b={"c": 2}) == {"b": {"c": 2}, "a": 1} == changeable(b={"c": 2}, a=1)
    assert changeable(a=1) != {"a": 2}
    assert changeable() == {}
    with pytest.raises(TypeError):
        hash(changeable())


def test_pop_takes_a_key_out():
    """It gives a plain copy; the default where there is no key; an error without one."""
    config = changeable(a={"b": [{}]}, n=None)
    popped = config.pop("a")
    assert popped == {"b": [{}]}
    assert (type(popped), type(popped["b"]), type(popped["b"][0])) == (dict, list, dict)
    assert config.pop("n", 1) is None
    assert config.pop("a", 5) == 5
    assert config.pop("a", None) is None
    with pytest.raises(ConfigKeyError, match="no key 'a'"):
        config.pop("a")
    assert config == {}


def test_popitem_takes_the_last_key_out():
    """As a dict does; an empty config says so."""
    config = changeable(a=1, b={"c": 1})
    assert config.popitem() == ("b", {"c": 1})
    assert config.popitem() == ("a", 1)
    with pytest.raises(KeyError, match=r"popitem\(\): the mapping is empty"):
        config.popitem()


def test_setdefault_sets_what_is_not_there_and_nothing_else():
    """A mapping that is there stays as it is; the default is not even looked at."""
    config = changeable(a={"b": 1}, n=None)
    assert config.setdefault("a", {"c": 2}) == {"b": 1}
    assert config.setdefault("n", cyclic()) is None
    assert config.setdefault("x", (1,)) == [1]
    assert config.setdefault("y") is None
    assert config == {"a": {"b": 1}, "n": None, "x": [1], "y": None}


def test_setdefaults_leaves_what_is_there():
    """Sections are filled up, values stay, from any object and from keywords."""
    config = changeable(a={"b": 1}, c=2)
    config.setdefaults({"a": {"b": 9, "d": 3}, "c": {"x": 1}, "e": [1]}, c=9, f=4)
    assert config == {"a": {"b": 1, "d": 3}, "c": 2, "e": [1], "f": 4}
    config.setdefaults(Namespace(e=0, g=Model()))
    assert config.e == [1]
    assert config.g == {"depth": 2, "path": None}


def test_clear_and_del():
    """A key that is deleted is gone; one that is not there is an error."""
    config = changeable(a=1, b={"c": 1}, d=2)
    del config["a"]
    del config.d
    del config.b["c"]
    assert config == {"b": {}}
    for delete in (lambda: config.__delitem__("a"), lambda: config.b.__delitem__("c")):
        with pytest.raises(ConfigKeyError, match="no key"):
            delete()
    with pytest.raises(AttributeError, match="no key 'a'"):
        del config.a
    config.clear()
    assert config == {}
    assert config.flat() == {}


def test_fromkeys_gives_a_config():
    """The class method of dict works as well."""
    config = Config.fromkeys(["a", "b"], {"c": 1})
    assert type(config) is Config
    config.a.d = 2
    assert config == {"a": {"c": 1, "d": 2}, "b": {"c": 1}}


# copies


def test_a_copy_is_a_config_of_its_own():
    """copy, copy.copy, copy.deepcopy and pickle: values, types and origins, but no observers."""
    told = []
    config = changeable(
        Model(path=PurePosixPath("x")), sections=[{1: (1, b"a")}], v=Value(1, kind="cli")
    )
    config.observe(told.append)
    copies = [
        config.copy(),
        copy.copy(config),
        copy.deepcopy(config),
        *(
            pickle.loads(pickle.dumps(config, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ]
    flat = config.flat()
    for other in copies:
        assert type(other) is Config
        again = other.flat()
        assert (again, again.origins) == (flat, flat.origins)
        assert (again.types, again.key_types) == (flat.types, flat.key_types)
        other.update({"sections": [{1: "changed"}], "depth": 3}, allow_val_change=True)
        assert other.flat() != flat
    assert config.flat() == flat
    assert not told


def test_a_part_is_copied_as_plain_data():
    """A mapping or a list of a config, without the config, is a dict or a list."""
    config = changeable(a={"b": [{"c": 1}]})
    for part, kind in ((config.a, dict), (config.a.b, list)):
        for other in (
            part.copy(),
            copy.copy(part),
            copy.deepcopy(part),
            pickle.loads(pickle.dumps(part)),
        ):
            assert type(other) is kind
            assert other == part
            assert "Tree" not in str(type(next(iter(other.values() if kind is dict else other))))
    held = copy.deepcopy({"part": config.a})
    held["part"]["b"].append(1)
    assert config == {"a": {"b": [{"c": 1}]}}


# attributes


def test_keys_are_attributes_at_every_level():
    """To read, to write, to delete, to ask for."""
    config = changeable({"a": {"b": {"c": 1}}})
    config.a.b.d = 2
    config.a.e = {"f": 3}
    config.x = 4
    assert config.a.b.c == 1
    assert config == {"a": {"b": {"c": 1, "d": 2}, "e": {"f": 3}}, "x": 4}
    del config.a.b.c
    assert hasattr(config.a, "b")
    assert not hasattr(config.a.b, "c")
    assert getattr(config, "absent", 5) == 5


@pytest.mark.parametrize(
    "name",
    [
        *("update", "items", "keys", "get", "pop", "flat", "copy", "observe", "setdefaults"),
        *("fromkeys", "_lock", "_origins", "_parent", "__class__", "__dict__", "__new_one__"),
    ],
)
def test_a_name_that_the_config_has_can_not_be_assigned(name):
    """The error says how to record a key of this name; as an item it is one like any other."""
    config = changeable()
    with pytest.raises(AttributeError) as caught:
        setattr(config, name, 3)
    assert f"'{name}' is a name that Config itself has" in str(caught.value)
    assert f"write config['{name}'] = …" in str(caught.value)
    assert config == {}
    config[name] = 3
    assert config[name] == config.get(name) == 3
    assert config.flat() == {name: 3}
    assert type(config) is Config
    config.update({name: {"x": 1}})
    assert config.as_dict() == {name: {"x": 1}}
    config.update(**{name: 4})
    assert config.pop(name) == 4


def test_names_that_only_look_reserved_are_keys():
    """A leading underscore, self, key, default; a method of Config is no name of a section."""
    config = changeable(_x=1, self=2, obj=3, section={})
    config._y = 4
    config.self = 5
    config.section.observe = 6
    config.update(self=7, key=8, default=9)
    assert config == {
        "_x": 1,
        "self": 7,
        "obj": 3,
        "section": {"observe": 6},
        "_y": 4,
        "key": 8,
        "default": 9,
    }
    assert (config._x, config._y, config.section.observe) == (1, 4, 6)
    with pytest.raises(AttributeError, match="is a name that Tree itself has"):
        config.section.update = 1


def test_tab_completion_knows_the_keys():
    """dir() has those that can be written as attributes, IPython's hook all of them."""
    config = changeable({"lr": 1, "a.b": 2, "section": {"depth": 3}})
    assert {"lr", "section", "update", "flat"} <= set(dir(config))
    assert "a.b" not in dir(config)
    assert "depth" in dir(config.section)
    assert config._ipython_key_completions_() == ["lr", "a.b", "section"]


# keys that are missing, keys that are no text


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda c: c["lrr"], "the config has no key 'lrr'; did you mean 'lr'?"),
        (lambda c: c.lrr, "the config has no key 'lrr'; did you mean 'lr'?"),
        (lambda c: c.model.dept, "the config has no key 'dept' in 'model'; did you mean 'depth'?"),
        (lambda c: c["model.depth"], "write config['model'][…], or flat()['model.depth']"),
        (lambda c: c["model.dept"], "a key in brackets is literal"),
        (lambda c: c["a.b"]["x"], r"the config has no key 'x' in 'a\\.b'"),
        (lambda c: c["zzz"], "the config has no key 'zzz'"),
        (lambda c: c[3], "the config has no key '3'"),
        (lambda c: c.__wrapped__, "the config has no attribute '__wrapped__'"),
        (lambda c: c.__delitem__("lrr"), "did you mean 'lr'?"),
        (lambda c: c.pop("lrr"), "did you mean 'lr'?"),
    ],
)
def test_a_missing_key_says_what_is_near(read, told):
    """The error is a KeyError or an AttributeError, as the access was; its text is a sentence."""
    config = changeable({"lr": 1, "model": {"depth": 2}, "a.b": {}})
    with pytest.raises((ConfigKeyError, AttributeError)) as caught:
        read(config)
    assert told in str(caught.value)
    assert not str(caught.value).startswith(("'", '"'))


def test_a_missing_key_costs_no_search_through_a_large_config():
    """hasattr in a loop waits for no message."""
    config = changeable({f"key{number}": number for number in range(200_000)})
    assert sum(hasattr(config, f"kye{number}") for number in range(200)) == 0


@pytest.mark.parametrize("key", [1, None, True, 0.5, (1, "a"), Color.RED, b"a", PurePosixPath("a")])
def test_a_key_that_is_no_text_can_be_used_as_it_is(key):
    """To write, to read, to ask for, to delete; it is recorded as text."""
    config = changeable()
    config[key] = {"x": 1}
    assert key in config
    assert config[key].x == config.get(key)["x"] == 1
    [text] = config
    assert type(text) is str
    assert config[text] is config[key]
    assert config.setdefault(key, 2) == {"x": 1}
    config.update({key: {"y": 2}})
    assert config.pop(key) == {"x": 1, "y": 2}
    config[key] = 1
    del config[key]
    assert config == {}


def test_a_key_that_can_not_be_one_is_an_error():
    """An object without a rule, and what no dict takes for a key."""
    config = changeable(a=1)
    with pytest.raises(ConversionError, match="a key of type object has no rule"):
        config[object()] = 1
    with pytest.raises(TypeError):
        config[[]] = 1
    with pytest.raises(ConversionError, match="would both be recorded as '1'"):
        config.update({1: 2, "1": 3})
    assert config == {"a": 1}


# update


def test_update_merges_and_assignment_replaces():
    """Mappings merge at every level; everything else takes the place of what was there."""
    config = changeable(a={"b": {"c": 1}, "d": 2}, e=[1, {"x": 1}], f={"g": 1})
    config.update({"a": {"b": {"h": 3}, "d": {"i": 4}}, "e": [2], "f": 5})
    assert config == {"a": {"b": {"c": 1, "h": 3}, "d": {"i": 4}}, "e": [2], "f": 5}
    config.a = {"b": {}}
    assert config.a == {"b": {}}


def test_update_takes_objects_and_keywords():
    """Of any kind, in any mixture; keywords come after the object, and merge with it."""
    config = changeable(Namespace(lr=0.1, model=Model()), seed=1)
    assert config == {"lr": 0.1, "model": {"depth": 2, "path": None}, "seed": 1}
    config.update({"model": {"width": 3}}, model={"depth": 4}, obj=5)
    assert config.model == {"depth": 4, "path": None, "width": 3}
    assert config.obj == 5
    config.update()
    config.update({})
    config |= Namespace(lr=0.2)
    config.model |= {"depth": 5}
    assert (config.lr, config.model.depth) == (0.2, 5)


@given(trees, trees)
def test_updating_with_a_config_is_updating_with_its_values(one, other):
    """Of a Config, of a part of one, and of a plain dict: the result is the same."""
    config = changeable(one)
    config.update(changeable(other))
    expected = changeable(one)
    expected.update(other)
    assert same(config.as_dict(), expected.as_dict())
    part = changeable(one)
    part.update(changeable(x=other).x)
    assert same(part.as_dict(), expected.as_dict())


@given(trees)
def test_a_config_updated_with_itself_stays_as_it_is(tree):
    """Nothing is lost or added, and a part copied into the whole is a copy."""
    config = changeable(tree)
    config.update(config)
    config |= config
    assert same(config.as_dict(), tree)
    config["whole"] = config
    assert same(config["whole"], tree)


def test_a_section_assigned_elsewhere_is_copied():
    """config.b = config.a: from then on they are two."""
    config = changeable(a={"x": [{"y": 1}]})
    config.b = config.a
    config.c = config.a.x
    config.b.x[0].y = 2
    config.c[0]["y"] = 3
    assert config == {"a": {"x": [{"y": 1}]}, "b": {"x": [{"y": 2}]}, "c": [{"y": 3}]}
    config.a.inside = config.a
    assert config.a == {"x": [{"y": 1}], "inside": {"x": [{"y": 1}]}}


def test_a_section_assigned_to_itself_changes_nothing():
    """Neither the values nor their origins and types, and views stay live."""
    config = changeable(a=Model(path=PurePosixPath("x")), items=[{"b": 1}])
    flat, told = config.flat(), []
    config.observe(told.append)
    view, items = config.a, config["items"]
    config.a = config.a
    config["items"] = config["items"]
    assert config.flat().origins == flat.origins
    assert config.flat().types == flat.types
    assert not told
    view.depth = 3
    items[0]["b"] = 2
    assert (config.a.depth, config["items"][0].b) == (3, 2)


def test_an_operator_in_place_changes_only_what_it_says():
    """config.a |= … and config.items += … keep the types of the rest, and tell one change."""
    config = changeable(a=Model(path=PurePosixPath("x")), layers=[{"n": 1}])
    told, view, layers = [], config.a, config.layers
    config.observe(told.append)
    config.a |= {"depth": 3}
    config.layers += [{"n": 2}]
    assert config.a is view
    assert config.layers is layers
    assert config.flat().types["a.path"].endswith("PurePosixPath")
    assert [dict(change.set) for change in told] == [{"a.depth": 3}, {"layers[1].n": 2}]


@pytest.mark.parametrize("obj", [None, 3, "text", [1], [("a", 1)], {1}, object(), Model])
def test_what_has_no_keys_is_refused(obj):
    """With a TypeError, and the config is what it was."""
    config = changeable(a=1)
    for write in (config.update, config.setdefaults, config.__ior__, Config):
        with pytest.raises(TypeError):
            write(obj)
        with pytest.raises(TypeError, match="<int> of type int is one value"):
            write(10**5000)  # too long for Python to print
    assert config == {"a": 1}


# all or nothing

FAILURES = {
    "cycle": (cyclic, ConversionError),
    "broken adapter": (Broken, AdapterError),
    "unknown key": (lambda: using({"a": 1}, include=["b"]), ConfigKeyError),
    "malformed key": (lambda: using({"a": 1}, exclude=["a["]), FlatKeyError),
    "option": (lambda: using(Namespace(), all=True), UnsupportedError),
    "colliding keys": (lambda: {1: 1, "1": 2}, ConversionError),
    "key without a rule": (lambda: {object(): 1}, ConversionError),
    "malformed Flat": (lambda: Flat({"a": 1, "a.b": 2}), FlatKeyError),
    "kind": (lambda: {"v": Value(1, kind="bogus")}, ConversionError),
}
WRITES = {
    "update": lambda config, bad: config.update({"a": {"n": 9}, "new": 1, "bad": bad, "z": 1}),
    "keywords": lambda config, bad: config.update({"a": {"n": 9}}, new=1, bad=bad),
    "top": lambda config, bad: config.update(bad, a={"n": 9}),
    "setdefaults": lambda config, bad: config.setdefaults({"new": 1, "bad": bad}),
    "setdefault": lambda config, bad: config.setdefault("new", {"x": 1, "bad": bad}),
    "|=": lambda config, bad: config.__ior__({"new": 1, "bad": bad}),
    "item": lambda config, bad: config.__setitem__("a", {"n": 9, "bad": bad}),
    "attribute": lambda config, bad: setattr(config, "a", [9, bad]),
    "nested": lambda config, bad: config.a.update(n=9, bad=bad),
    "append": lambda config, bad: config.items_.append({"n": 9, "bad": bad}),
    "extend": lambda config, bad: config.items_.extend([1, bad]),
    "list slice": lambda config, bad: config.items_.__setitem__(slice(None), [1, bad]),
    "nested list": lambda config, bad: config.items_[1].insert(0, [bad]),
}


@pytest.mark.parametrize(("make", "error"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_fails_changes_nothing(make, error, write):
    """Values, order, origins, types, views and observers are what they were."""
    config = changeable(a={"n": 1, "p": PurePosixPath("x")}, items_=[{"m": (1,)}, [2]], last={})
    before, flat, told = config.as_dict(), config.flat(), []
    views = config.a, config.items_, config.items_[0], config.items_[1]
    config.observe(told.append)
    undo = register_adapter(BrokenAdapter())
    try:
        with pytest.raises(error):
            write(config, make())
    finally:
        undo()
    assert config.as_dict() == before
    assert list(config) == list(before)
    after = config.flat()
    assert (after, after.origins, after.types) == (flat, flat.origins, flat.types)
    assert not told
    assert views == (config.a, config.items_, config.items_[0], config.items_[1])
    assert all(one is other for one, other in zip(views, (config.a, config.items_), strict=False))
    views[3].append(3)
    views[2].m = 4
    assert config.items_ == [{"m": 4}, [2, 3]]
    assert len(told) == 2


def test_a_list_edit_that_fails_changes_nothing():
    """An index that is not there, a value that is not there, values that can't be compared."""
    config = changeable(items_=[3, "a", {"x": 1}])
    told = []
    config.observe(told.append)
    for edit, error in [
        (lambda items: items.pop(7), IndexError),
        (lambda items: items.remove(5), ValueError),
        (lambda items: items.sort(), TypeError),
        (lambda items: items.__setitem__(9, 1), IndexError),
        (lambda items: items.__delitem__(9), IndexError),
        (lambda items: items.__setitem__(slice(0, 3, 2), [1]), ValueError),
        (lambda items: items.extend(1 / n for n in (1, 0)), ZeroDivisionError),
    ]:
        with pytest.raises(error):
            edit(config.items_)
    assert config.items_ == [3, "a", {"x": 1}]
    assert not told


# using: include and exclude

TREE = {"a": {"b": 1, "c": {"d": 2}}, "e": [1, {"f": 3}], "g.h": 4, "i": {}}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, TREE),
        ({"include": None, "exclude": None}, TREE),
        ({"include": ["a"]}, {"a": TREE["a"]}),
        ({"include": ["a.c"]}, {"a": {"c": {"d": 2}}}),
        ({"include": ["a.c.d", "e"]}, {"a": {"c": {"d": 2}}, "e": TREE["e"]}),
        ({"include": ["a.b", "a"]}, {"a": TREE["a"]}),
        ({"include": ["e", "a.b", "a.c"]}, {"a": TREE["a"], "e": TREE["e"]}),
        ({"include": [r"g\.h", "i"]}, {"g.h": 4, "i": {}}),
        ({"include": []}, {}),
        ({"include": {"i": 1}.keys()}, {"i": {}}),
        ({"exclude": []}, TREE),
        ({"exclude": ["a", "e", "i"]}, {"g.h": 4}),
        ({"exclude": ["a.c.d", r"g\.h", "i"]}, {"a": {"b": 1, "c": {}}, "e": TREE["e"]}),
        ({"exclude": ["a.c", "a.c.d", "a.c", "e"]}, {"a": {"b": 1}, "g.h": 4, "i": {}}),
    ],
    ids=str,
)
def test_using_selects_keys_and_what_stands_below_them(words, expected):
    """By flat keys; the order is that of the object."""
    config = changeable(using(TREE, **words))
    assert config == expected
    assert list(config) == list(expected)
    assert config.flat().origins.keys() == config.flat().keys()
    assert changeable(x=[using(TREE, **words)]).x == [expected]


def test_using_selects_from_any_object_at_any_place():
    """From what an adapter answers, and inside another object."""
    namespace = Namespace(model=Model(), lr=1)
    assert changeable(using(namespace, include=["model.depth"])) == {"model": {"depth": 2}}
    config = changeable(
        args=using(namespace, exclude=["model.path"]), many=[using(Model(), include=[])]
    )
    assert config == {"args": {"model": {"depth": 2}, "lr": 1}, "many": [{}]}
    config.args.update(using({"x": 1, "y": 2}, include=["y"]))
    config.z = using({"x": 1, "y": 2}, exclude=["y"])
    assert (config.args.y, config.z) == (2, {"x": 1})


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        ({"include": ["a"], "exclude": ["a"]}, TypeError, "takes include or exclude, not both"),
        ({"include": [], "exclude": []}, TypeError, "takes include or exclude, not both"),
        ({"include": "a"}, TypeError, r"include='a' is one text: write a list of flat keys"),
        ({"exclude": "a"}, TypeError, r"exclude=\['a'\]"),
        ({"include": ["A"]}, ConfigKeyError, "include names 'A', which the object does not have"),
        ({"include": ["a.cd"]}, KeyError, "did you mean 'a.c.d' or 'a.c'"),
        ({"exclude": ["a.b.c"]}, KeyError, "exclude names 'a.b.c', which"),
        ({"exclude": ["g.h"]}, KeyError, "exclude names 'g.h', which"),
        ({"include": ["e[1].f"]}, KeyError, r"include='e\[1\]\.f' names an element of a list"),
        ({"exclude": ["e[0]"]}, KeyError, "name the whole list"),
        ({"include": ["a["]}, FlatKeyError, "malformed"),
        ({"include": [1]}, FlatKeyError, "is no text"),
        ({"all": True}, TypeError, "plain data has no option 'all'; it knows: none"),
    ],
    ids=str,
)
def test_a_selection_that_can_not_be_made_is_an_error(words, error, told):
    """It names what was asked for, and what comes near to it."""
    with pytest.raises(error, match=told):
        changeable(using(TREE, **words))


# threads


def in_threads(*tasks):
    """Runs functions at the same time, each in a thread; gives the errors."""
    errors = []

    def guarded(task):
        try:
            task()
        except Exception as error:  # it is handed to the test
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.fixture
def impatient():
    """Threads take turns after a few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("observed", [False, True])
def test_writers_and_readers_in_many_threads(observed):
    """Every write of every thread is there, and no reader sees half of one."""
    config, replayed = changeable(shared={}, items_=[]), {}
    if observed:
        config.observe(lambda change: replay(replayed, change))
        replayed.update(config.flat())

    def write(number):
        for i in range(60):
            config[f"t{number}"] = {"i": i, "same": i}
            config.shared.update({f"t{number}.{i}": {"i": i}, "last": [i, {"n": number}]})
            config.items_.append({"t": number})
            config.update({"both": {"x": number, "y": number}})

    def read():
        for _ in range(60):
            flat = config.flat()
            assert all(flat[f"{k}.i"] == flat[f"{k}.same"] for k in unflatten(flat) if k[0] == "t")
            if "both" in config.as_dict():
                both = config.both.as_dict()
                assert both["x"] == both["y"]
            assert flat.origins.keys() == flat.keys()
            copy_ = changeable(config)
            assert copy_.flat().keys() <= config.flat().keys() | {"shared", "items_"}
            pickle.dumps(config)

    errors = in_threads(*(lambda n=n: write(n) for n in range(4)), read, read)
    assert not errors
    assert len(config.items_) == 240
    assert len(config.shared) == 241
    if observed:
        assert same(unflatten(replayed), config.as_dict())


def replay(flat, change):
    assert type(change) is Change
    for key in change.removed:
        del flat[key]
    flat.update(change.set)


@pytest.mark.usefixtures("impatient")
def test_each_key_is_taken_out_by_one_thread():
    """pop, popitem, setdefault and clear are one step each, whoever else is at work."""
    config = changeable()
    won, popped, items = [], [], []

    def work(number):
        for i in range(100):
            if config.setdefault(f"k{i}", number) == number:
                won.append(i)
            popped.append(config.pop(f"p{i}", None))
            config[f"q{number}.{i}"] = 1
            with contextlib.suppress(ConfigKeyError):
                items.append(config.queue.popitem())
            config.section.clear()
            config.section[f"x{number}"] = 1

    config.update({f"p{i}": i for i in range(100)}, section={}, queue=dict.fromkeys("abcdefgh", 1))
    errors = in_threads(*(lambda n=n: work(n) for n in range(4)))
    assert not errors
    assert sorted(won) == list(range(100))
    assert sorted(value for value in popped if value is not None) == list(range(100))
    assert sorted(key for key, _ in items) == list("abcdefgh")


@pytest.mark.usefixtures("impatient")
def test_a_part_that_another_thread_replaces_is_refused():
    """A write to it is recorded or an error, and never lost or half done."""
    config = changeable(section={"n": 0}, items_=[0])
    outcomes = []

    def replace():
        for i in range(300):
            config.update({"section": i})
            config.section = {"n": 0}
            config.items_ = [0]

    def write():
        for _ in range(300):
            for edit in (
                lambda: config.section.update(n=1),
                lambda: config.items_.append(1),
                lambda: config.section.pop("n", None),
            ):
                try:
                    edit()
                    outcomes.append("done")
                except (unifig.ConfigError, AttributeError, ConfigKeyError, KeyError) as error:
                    outcomes.append(error)

    assert not in_threads(replace, write, write)
    config.section = {"n": 1}
    assert config.flat().keys() == {"section.n", "items_"}


@given(keys, values)
def test_what_was_written_is_what_is_read(key, value):
    """Of just the type, by item, by get, and after a copy."""
    config = changeable()
    config[key] = value
    assert same(config[key], value)
    assert same(config.get(key), value)
    assert same(config.copy()[key], value)
    assert same(unflatten(config.flat())[key], value)
