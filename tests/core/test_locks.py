"""Locks: what is locked keeps its value, by whatever spelling somebody writes to it."""

import pickle
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import changeable

from unifig import Config, ConfigKeyError, Flat, UnifigWarning, Value, unflatten
from unifig.flat import join, plain
from unifig.values import same


def told(write):
    """Does a write; gives the messages of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write()
    assert {(entry.category, entry.filename) for entry in caught} <= {(UnifigWarning, __file__)}
    return [str(entry.message) for entry in caught]


def swept():
    """A config of which a sweep has locked a value, a mapping, a list, and a part of a list."""
    config = changeable(
        {
            "a": {"b": 1, "c": 2},
            "model": {"depth": 2, "head": {"n": 1}},
            "betas": [0.9, 0.99],
            "layers": [{"n": 1, "m": 1}, {"n": 2}],
            "free": 1,
        }
    )
    undo = config.lock("a.b", "model", "betas", "layers[0].n", by="the sweep")
    return config, undo


WRITES = {
    "attribute": (lambda c: setattr(c.a, "b", 2), "a.b"),
    "item": (lambda c: c["a"].__setitem__("b", 2), "a.b"),
    "update of a view": (lambda c: c.a.update(b=2), "a.b"),
    "nested dict": (lambda c: c.update({"a": {"b": 2}}), "a.b"),
    "Flat": (lambda c: c.update(Flat({"a.b": 2})), "a.b"),
    "keywords": (lambda c: c.update(a={"b": 2}), "a.b"),
    "allowed": (lambda c: c.update({"a": {"b": 2}}, allow_val_change=True), "a.b"),
    "|=": (lambda c: c.__ior__({"a": {"b": 2}}), "a.b"),
    "|= of a view": (lambda c: c.a.__ior__({"b": 2}), "a.b"),
    "another type": (lambda c: setattr(c.a, "b", 1.0), "a.b"),
    "mapping over a value": (lambda c: c.update({"a": {"b": {"x": 1}}}), "a.b"),
    "a person's": (lambda c: c.update({"a": {"b": Value(2, kind="cli")}}), "a.b"),
    "parent": (lambda c: setattr(c, "a", {"b": 2, "c": 2}), "a.b"),
    "parent without it": (lambda c: setattr(c, "a", {"c": 2}), "a.b"),
    "parent, by a scalar": (lambda c: c.update(a=5), "a.b"),
    "parent, by a list": (lambda c: c.update(a=[{"b": 1}]), "a.b"),
    "parent, emptied": (lambda c: setattr(c, "a", {}), "a.b"),
    "del": (lambda c: c.a.__delitem__("b"), "a.b"),
    "del of an attribute": (lambda c: c.a.__delattr__("b"), "a.b"),
    "pop": (lambda c: c.a.pop("b"), "a.b"),
    "clear of a view": (lambda c: c.a.clear(), "a.b"),
    "del of the parent": (lambda c: c.__delitem__("a"), "a.b"),
    "pop of the parent": (lambda c: c.pop("a"), "a.b"),
    "a value inside": (lambda c: setattr(c.model, "depth", 3), "model"),
    "deep inside": (lambda c: c.update({"model": {"head": {"n": 2}}}), "model"),
    "key added inside": (lambda c: c.update({"model": {"width": 3}}), "model"),
    "key added deep inside": (lambda c: setattr(c.model.head, "k", 3), "model"),
    "setdefault inside": (lambda c: c.model.setdefault("width", 3), "model"),
    "setdefaults inside": (lambda c: c.setdefaults({"model": {"width": 3}}), "model"),
    "mapping assigned": (lambda c: setattr(c, "model", {"depth": 3}), "model"),
    "mapping, more": (
        lambda c: setattr(c, "model", {"depth": 2, "head": {"n": 1}, "x": 1}),
        "model",
    ),
    "mapping, by a scalar": (lambda c: setattr(c, "model", None), "model"),
    "del inside": (lambda c: c.model.__delitem__("depth"), "model"),
    "pop inside": (lambda c: c.model.head.popitem(), "model"),
    "del of the mapping": (lambda c: c.__delitem__("model"), "model"),
    "list": (lambda c: setattr(c, "betas", [0.9]), "betas"),
    "list, append": (lambda c: c.betas.append(1), "betas"),
    "list, sort": (lambda c: c.betas.sort(reverse=True), "betas"),
    "list, item": (lambda c: c.betas.__setitem__(0, 1), "betas"),
    "list, slice": (lambda c: c.betas.__setitem__(slice(0, 0), [1]), "betas"),
    "list, del": (lambda c: c.betas.__delitem__(0), "betas"),
    "list, pop": (lambda c: c.betas.pop(), "betas"),
    "list, +=": (lambda c: c.betas.__iadd__([1]), "betas"),
    "list, by a mapping": (lambda c: c.update(betas={"x": 1}), "betas"),
    "list, removed": (lambda c: c.__delitem__("betas"), "betas"),
    "element, attribute": (lambda c: setattr(c.layers[0], "n", 3), "layers[0].n"),
    "element": (lambda c: c.layers.__setitem__(0, {"n": 3}), "layers[0].n"),
    "element without it": (lambda c: c.layers.__setitem__(0, {"m": 1}), "layers[0].n"),
    "element, by a scalar": (lambda c: c.layers.__setitem__(0, 1), "layers[0].n"),
    "element, del of it": (lambda c: c.layers[0].__delitem__("n"), "layers[0].n"),
    "elements moved": (lambda c: c.layers.reverse(), "layers[0].n"),
    "elements inserted": (lambda c: c.layers.insert(0, {"n": 5}), "layers[0].n"),
    "elements removed": (lambda c: c.layers.__delitem__(0), "layers[0].n"),
    "elements cleared": (lambda c: c.layers.clear(), "layers[0].n"),
    "list of elements": (lambda c: c.update(layers=[{"n": 3}, {"n": 2}]), "layers[0].n"),
    "list of no elements": (lambda c: c.update(layers=[]), "layers[0].n"),
    "list of elements, by a scalar": (lambda c: c.update(layers=1), "layers[0].n"),
    "list of elements, removed": (lambda c: c.pop("layers"), "layers[0].n"),
}
"""Every way to write to what is locked, and the key that keeps it from being done."""


@pytest.mark.parametrize(("write", "key"), WRITES.values(), ids=WRITES)
def test_what_is_locked_stays_by_whatever_spelling(write, key):
    """And a warning, at the line of the write, names the key and who locked it."""
    config, undo = swept()
    flat = config.flat()
    messages = told(lambda: write(config))
    again = config.flat()
    for kept in ("a.b", "model.depth", "model.head.n", "betas", "layers[0].n"):
        assert (kept, again[kept]) == (kept, flat[kept])
        assert again.origins[kept] == flat.origins[kept]
    assert set(config.model) == {"depth", "head"}
    assert len(messages) == 1
    assert f"{key!r} is locked by the sweep" in messages[0]
    undo()
    before = config.as_dict()
    assert told(lambda: write(config)) == []
    assert not same(config.as_dict(), before)


def test_clear_leaves_what_is_locked_and_nothing_else():
    """Each lock says once what it kept; a list stays whole."""
    config, undo = swept()
    model, layers = config.model, config.layers
    messages = told(config.clear)
    assert config == {
        "a": {"b": 1},
        "model": {"depth": 2, "head": {"n": 1}},
        "betas": [0.9, 0.99],
        "layers": [{"n": 1, "m": 1}, {"n": 2}],
    }
    assert len(messages) == 4
    assert (config.model is model, config.layers is layers) == (True, True)
    config.a.c = 5
    layers[1].n = 5
    undo()
    model.depth = 5
    assert config.flat()["model.depth"] == config.flat()["layers[1].n"] == config.flat()["a.c"] == 5
    config.clear()
    assert config == {}


def test_a_mapping_all_of_whose_parts_are_locked_stays_who_it_is():
    """By whatever it is removed; its views go on."""
    config = changeable(a={"b": 1, "deep": {"c": 1}}, x={"a": {"b": 1}})
    undo = config.lock("a.b", "a.deep.c", by="me")
    view, deep = config.a, config.a.deep
    for remove in (lambda: config.pop("a"), config.clear, lambda: setattr(config, "a", {})):
        assert len(told(remove)) == 2
        assert (config.a is view, config.a.deep is deep) == (True, True)
    undo()
    view.b = deep.c = 2
    assert config == {"a": {"b": 2, "deep": {"c": 2}}}


def test_what_is_locked_deep_inside_stays_alone():
    """What stands beside it goes, at each level."""
    for write in (
        lambda config: config.__delitem__("a"),
        lambda config: config.clear(),
        lambda config: setattr(config, "a", {}),
    ):
        config = changeable(a={"b": {"c": 1, "d": 2}})
        config.lock("a.b.c", by="me")
        assert len(told(lambda config=config, write=write: write(config))) == 1
        assert config == {"a": {"b": {"c": 1}}}


def test_the_rest_of_the_same_write_is_done():
    """Beside what is locked, at every level."""
    config, _ = swept()
    new = {"a": {"b": 2, "c": 3, "d": 4}, "model": {"depth": 3}, "free": 2, "new": 1}
    messages = told(lambda: config.update(new, betas=[]))
    assert sorted(messages) == [
        "'a.b' stays 1, not 2: 'a.b' is locked by the sweep",
        "'betas' stays [0.9, 0.99], not []: 'betas' is locked by the sweep",
        "'model.depth' stays 2, not 3: 'model' is locked by the sweep",
    ]
    assert config.a == {"b": 1, "c": 3, "d": 4}
    assert config.model.depth == 2
    assert (config.free, config.new, config.betas) == (2, 1, [0.9, 0.99])
    [message] = told(lambda: setattr(config, "a", {"x": 1}))
    assert message.startswith("'a.b' stays 1: 'a.b' is locked by the sweep")
    assert config.a == {"x": 1, "b": 1}


def test_equal_values_do_not_warn():
    """Whoever writes them, and however much stronger: nothing at all is changed."""
    config, _ = swept()
    flat = config.flat()
    again = {"a": {"b": Value(1, kind="cli")}, "model": {"head": {"n": 1}}, "betas": (0.9, 0.99)}
    assert told(lambda: config.update(again)) == []
    assert told(lambda: setattr(config, "model", {"depth": 2, "head": {"n": 1}})) == []
    assert told(lambda: config.layers[0].update(n=1)) == []
    assert told(lambda: setattr(config, "layers", [{"n": 1, "m": 1}, {"n": 2}])) == []
    assert (config.flat(), config.flat().origins) == (flat, flat.origins)


def test_a_list_with_a_locked_part_may_change_beside_it():
    """What the lock names stays where it stands; the rest is the program's."""
    config, _ = swept()
    assert told(lambda: config.layers.append({"n": 3})) == []
    assert told(lambda: config.layers[0].update(m=9, k=1)) == []
    assert told(lambda: config.layers.__setitem__(1, {"q": 1})) == []
    assert told(lambda: config.update(layers=[{"n": 1, "z": 1}, {}])) == []
    assert config.layers == [{"n": 1, "z": 1}, {}]


def test_a_lock_on_an_element_keeps_all_of_it():
    """Also from keys that are added, in the element and deeper."""
    config = changeable(layers=[{"n": 1, "deep": {"k": 1}}, {"n": 2}])
    config.lock("layers[0]", by="me")
    for write in (
        lambda: setattr(config.layers[0], "new", 1),
        lambda: setattr(config.layers[0].deep, "new", 1),
        lambda: config.update(layers=[{"n": 1, "deep": {"k": 1, "new": 1}}, {"n": 2}]),
        lambda: config.update(layers=[{"n": 1}]),
    ):
        [message] = told(write)
        assert "'layers[0]' is locked by me" in message
    config.update(layers=[{"n": 1, "deep": {"k": 1}}, {"n": 3}, {"n": 4}])
    assert config.layers == [{"n": 1, "deep": {"k": 1}}, {"n": 3}, {"n": 4}]


def test_a_lock_on_a_mapping_holds_for_the_lists_in_it():
    """Whatever they hold, and whoever writes."""
    config = changeable(a={"layers": [{"n": 1}], "betas": [1], "deep": {"layers": [{"n": 1}]}})
    config.lock("a", by="me")
    for write in (
        lambda: config.update({"a": {"layers": [{"n": 2}]}}),
        lambda: config.update({"a": {"layers": [{"n": 1}, {"n": 2}]}}),
        lambda: config.a.layers.append({"n": 2}),
        lambda: config.a.betas.append(2),
        config.a.layers.clear,
        lambda: config.a.layers[0].update(n=2),
        lambda: setattr(config.a.deep, "layers", [{"m": 1}]),
    ):
        [message] = told(write)
        assert "'a' is locked by me" in message
    assert config.a == {"layers": [{"n": 1}], "betas": [1], "deep": {"layers": [{"n": 1}]}}


def test_a_locked_none_is_a_value():
    """Leaving it out of a list's element is no way around the lock."""
    config = changeable(layers=[{"n": None, "m": 1}], a={"n": None})
    config.lock("layers[0].n", "a.n", by="me")
    for write in (
        lambda: config.update(layers=[{"m": 1}]),
        lambda: setattr(config, "a", {}),
        lambda: config.a.__delitem__("n"),
    ):
        assert len(told(write)) == 1
    assert config == {"layers": [{"n": None, "m": 1}], "a": {"n": None}}


def test_a_lock_in_a_list_of_lists_holds():
    """Whatever depth the element stands in."""
    config = changeable(deep=[[1], [{"x": 1}, {"y": 2}]])
    config.lock("deep[1][0].x", by="me")
    for write in (
        lambda: config.deep.pop(0),
        lambda: config.deep[1].pop(0),
        lambda: config.deep[1][0].update(x=2),
        lambda: config.update(deep=[[1], [2]]),
        lambda: config.update(deep=[[1]]),
    ):
        [message] = told(write)
        assert "'deep[1][0].x' is locked by me" in message
        assert config == {"deep": [[1], [{"x": 1}, {"y": 2}]]}
    config.deep[0].append(2)
    config.deep[1].pop()
    assert config == {"deep": [[1, 2], [{"x": 1}]]}


def test_a_lock_goes_before_a_conflict():
    """A different choice of a locked key is no error; one beside it still is."""
    config = Config(a=1, b=1)
    config.lock("a", by="me")
    assert len(told(lambda: config.update(a=2))) == 1
    with pytest.raises(Exception, match="'b' is 1"):
        config.update(a=2, b=2)
    assert config == {"a": 1, "b": 1}


def test_what_is_locked_is_not_told_to_observers():
    """Only what was changed beside it."""
    config, _ = swept()
    changes = []
    config.observe(changes.append)
    told(lambda: config.update({"a": {"b": 2, "c": 3}}))
    told(lambda: config.__delitem__("model"))
    told(lambda: config.__delitem__("a"))
    assert [(change.set, change.removed) for change in changes] == [
        ({"a.c": 3}, ()),
        ({}, ("a.c",)),
    ]


@pytest.mark.parametrize(
    ("keys", "missing", "near"),
    [
        (["a.b", "fre"], "fre", "'free'"),
        (["model.dept"], "model.dept", "'model.depth'"),
        (["layers[2].n"], "layers[2].n", "'layers[0].n'"),
        (["layers.n"], "layers.n", "'layers[1].n'"),
        (["a.b.c"], "a.b.c", "'a.b'"),
        (["betsa", "a.b"], "betsa", "'betas'"),
        (["free.x"], "free.x", "'free'"),
    ],
)
def test_a_key_that_is_not_there_can_not_be_locked(keys, missing, near):
    """The error says which ones are near; then nothing is locked."""
    config, undo = swept()
    undo()
    with pytest.raises(ConfigKeyError) as caught:
        config.lock(*keys, by="me")
    assert f"the config has no flat key {missing!r}" in str(caught.value)
    assert near in str(caught.value).partition("; did you mean ")[2]
    config.a.b = 5
    assert config.a.b == 5


def test_a_lock_says_its_line_where_nobody_is_named():
    """The line that called lock()."""
    config = Config(a=1)
    config.lock("a")
    line = test_a_lock_says_its_line_where_nobody_is_named.__code__.co_firstlineno + 3
    [message] = told(lambda: config.update(a=2))
    assert message == f"'a' stays 1, not 2: 'a' is locked by {__file__}:{line}"


def test_undo_frees_what_it_locked_and_nothing_else():
    """Another lock stays, and undoing twice takes nobody else's."""
    config = changeable(a={"b": 1, "c": 1})
    first, second = config.lock("a.b", by="one"), config.lock("a.c", by="two")
    first()
    config.a.b = 2
    assert len(told(lambda: setattr(config.a, "c", 2))) == 1
    config.lock("a.b", by="three")
    first()
    [message] = told(lambda: setattr(config.a, "b", 3))
    assert "locked by three" in message
    second()
    config.a.c = 3
    assert config == {"a": {"b": 2, "c": 3}}


def test_a_key_with_dots_is_locked_by_its_flat_key():
    """As everywhere: a backslash before a dot that belongs to the name."""
    config = changeable({"a.b": 1, "a": {"b": 1}})
    config.lock(r"a\.b", by="me")
    config.a.b = 2
    assert len(told(lambda: config.update({"a.b": 2}))) == 1
    assert config == {"a.b": 1, "a": {"b": 2}}


def test_an_empty_mapping_can_be_locked():
    """Nothing can be added to it, and no scalar takes its place."""
    config = changeable(a={})
    config.lock("a", by="me")
    for write in (lambda: config.update({"a": {"b": 1}}), lambda: setattr(config, "a", 1)):
        [message] = told(write)
        assert "'a' is locked by me" in message
    assert config == {"a": {}}


def test_copies_and_pickles_keep_locks():
    """Each its own: what is undone in one stays locked in the others."""
    config, undo = swept()
    copies = [config.copy(), pickle.loads(pickle.dumps(config)), config.copy().copy()]
    undo()
    config.free = 9
    for other in copies:
        assert other.free == 1
        [message] = told(lambda other=other: other.update({"a": {"b": 2}, "free": 2}))
        assert "'a.b' is locked by the sweep" in message
        assert (other.a.b, other.free) == (1, 2)
    config.a.b = 2
    assert config.a.b == 2


# any tree, any locks, any write

leaves = st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2)
elements = st.dictionaries(st.sampled_from("xy"), st.integers(0, 1), max_size=2)
values = st.recursive(
    leaves | st.lists(elements, min_size=1, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
trees = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


def paths(value, above=()):
    """The paths of all that can be locked in a plain tree."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*above, key)
            yield from paths(item, (*above, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for at, item in enumerate(value):
            yield (*above, at)
            yield from paths(item, (*above, at))


def found(tree, path):
    """What stands at a path; None where nothing does (no tree above holds a None)."""
    for segment in path:
        try:
            tree = tree[segment]
        except (KeyError, IndexError, TypeError):
            return None
    return plain(tree)


@st.composite
def writes(draw):
    """A write to a config, of any spelling."""
    key = draw(st.sampled_from("abc"))
    kind = draw(st.sampled_from(["update", "assign", "del", "clear", "flat"]))
    if kind == "assign":
        value = draw(values)
        return lambda config: config.__setitem__(key, value)
    if kind == "del":
        return lambda config: config.pop(key, None)
    if kind == "clear":
        return lambda config: config.clear()
    tree = draw(trees)
    new = tree if kind == "update" else Config(tree).flat()
    return lambda config: config.update(new)


@given(trees, writes(), st.data())
def test_any_write_leaves_what_is_locked_and_does_the_rest(tree, write, data):
    """Beside the locks the result is that of a config without them, but that a list stays whole."""
    every = list(paths(tree))
    locked = data.draw(st.lists(st.sampled_from(every), max_size=2)) if every else []
    free, config = changeable(tree), changeable(tree)
    undo = config.lock(*map(join, locked), by="me")
    write(free)
    messages = told(lambda: write(config))
    for path in locked:
        assert same(found(config, path), found(tree, path))
    broken = [path for path in locked if not same(found(free, path), found(tree, path))]
    assert bool(messages) == bool(broken)
    assert all("locked by me" in message for message in messages)
    if not broken:
        assert same(config.as_dict(), free.as_dict())
    for key in free:
        if all(key != path[0] for path in locked):
            assert same(plain(config[key]), plain(free[key]))
    assert same(unflatten(config.flat()), config.as_dict())
    undo()
    assert told(lambda: write(config)) == []
    if not any(path[1:] for path in broken):
        assert same(config.as_dict(), free.as_dict())
