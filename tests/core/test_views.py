"""The mappings and lists of a config: live, plain to look at, and refused once they are no part."""

from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import changeable
from tests.strategies import values

from unifig import ConfigError, Value, hookimpl, register_adapter
from unifig.values import same


@dataclass
class Size:
    width: int


class Meddler:
    """An object whose adapter writes to the config."""


@pytest.fixture
def config():
    """A config with a list of mappings, one of plain values, and one of lists."""
    return changeable(
        layers=[{"n": 1}, {"n": 2}], betas=[0.9, 0.99], deep=[[1], [{"x": 1}]], s={"t": {}}
    )


# mappings


def test_a_nested_value_is_set_in_place(config):
    """By item, by attribute, by method; it is read from wherever it is asked for."""
    part = config["s"]["t"]
    part["a"] = 1
    part.b = PurePosixPath("x")
    part.update(c={"d": 1})
    config.s.t.c.e = 2
    part.setdefault("f", [])
    assert config.s.t == part == {"a": 1, "b": "x", "c": {"d": 1, "e": 2}, "f": []}
    assert config.flat().types["s.t.b"].endswith("PurePosixPath")
    assert part.flat() == {"a": 1, "b": "x", "c.d": 1, "c.e": 2, "f": []}
    assert part.as_dict() == part.copy() == dict(part)


def test_a_view_stays_live_while_the_rest_changes(config):
    """What is merged into it, written beside it, or deleted from it."""
    view, first = config.s, config.layers[0]
    config.update({"s": {"t": {"x": 1}}, "other": 1})
    config.layers.append({"n": 3})
    del config["other"]
    view.y = 2
    first.n = 9
    assert config.s == {"t": {"x": 1}, "y": 2}
    assert config.layers == [{"n": 9}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize(
    "detach",
    [
        lambda c: c.__setitem__("s", {"t": {"u": 1}}),
        lambda c: c.__setitem__("s", 1),
        lambda c: c.update(s=1),
        lambda c: c.__delitem__("s"),
        lambda c: c.pop("s"),
        lambda c: c.clear(),
    ],
)
def test_a_view_of_what_is_no_part_any_more_is_refused(config, detach):
    """Reading goes on; writing is an error that shows it and says what to do."""
    view, inner = config.s, config.s.t
    detach(config)
    before = config.as_dict()
    assert view == {"t": {}}
    assert view.flat() == {"t": {}}
    for write in (
        lambda: view.__setitem__("x", 1),
        lambda: setattr(inner, "x", 1),
        lambda: view.update({"x": 1}),
        lambda: inner.setdefaults(x=1),
        lambda: view.__delitem__("t"),
        lambda: view.pop("t"),
        view.popitem,
        view.clear,
        lambda: view.setdefault("x", 1),
    ):
        with pytest.raises(ConfigError, match="was replaced or removed since it was read"):
            write()
    assert view == {"t": {}}
    assert config.as_dict() == before


def test_a_stale_view_with_what_can_not_be_printed_is_refused_as_well():
    """The error shows its keys."""
    config = changeable(a={"x": 10**5000})
    view = config.a
    config.a = 1
    with pytest.raises(
        ConfigError, match=r"this part of the config, the mapping of \['x'\], was replaced"
    ):
        view.x = 1


# lists


def test_a_list_is_edited_in_place(config):
    """Every way to change a list changes that of the config."""
    items = config.betas
    items.append(1)
    items.extend(n for n in (2, 3))
    items.insert(0, 0)
    items[1] = "x"
    items[-2:] = ["y", "z", None]
    del items[0]
    del items[::3]
    assert items.pop() is None
    assert items.pop(0) == 0.99
    items.insert(0, "y")
    items.remove(1)
    assert config.betas == items == ["y", "z"]
    items.remove("y")
    items += ["b"]
    items *= 2
    items.reverse()
    items.sort(key=str, reverse=True)
    assert config.betas == items == ["z", "z", "b", "b"]
    assert config.betas is items
    items.clear()
    assert config.flat()["betas"] == []


def test_what_goes_into_a_list_is_converted(config):
    """Like any other value, whatever way it comes in; a mapping in it is live."""
    config.betas.append(PurePosixPath("x"))
    config.betas[0:1] = [(1, 2), {"n": {3}}]
    assert config.betas == [[1, 2], {"n": [3]}, 0.99, "x"]
    config.betas[1].n.append(4)
    config.betas[0].append({"deep": 1})
    assert config.flat() == {
        "layers[0].n": 1,
        "layers[1].n": 2,
        "betas[0][0]": 1,
        "betas[0][1]": 2,
        "betas[0][2].deep": 1,
        "betas[1].n": [3, 4],
        "betas[2]": 0.99,
        "betas[3]": "x",
        "deep[0]": [1],
        "deep[1][0].x": 1,
        "s.t": {},
    }


def test_the_elements_of_a_list_stay_who_they_are(config):
    """A mapping that is moved in its list keeps its identity, its origins and its views."""
    first, second = config.layers
    config.layers.reverse()
    config.layers.insert(0, {"n": 0})
    config.layers.sort(key=lambda layer: layer.n, reverse=True)
    assert config.layers[0] is second
    assert config.layers[1] is first
    second.n = 5
    first.m = 6
    assert config.layers == [{"n": 5}, {"n": 1, "m": 6}, {"n": 0}]
    config.layers[:] = [config.layers[1]]
    assert config.layers[0] is first
    with pytest.raises(ConfigError):
        second.n = 7


def test_a_list_keeps_what_is_known_of_its_elements(config):
    """An element that stays keeps its type and origin; the list as one value is the program's."""
    config.sizes = [Size(1), Value({"width": 2}, kind="file"), Value([3], kind="file")]
    config.plain = Value((1, 2), kind="file")
    config.nested = Value([[(1, 2)], 3], kind="file")
    config.mixed = Value([[1], {"x": 1}], kind="file")
    flat = config.flat()
    config.sizes.insert(0, {"width": 0})
    config.plain.append(3)
    config.nested[0].append({"x": 1})
    config.mixed[0].append(2)
    again = config.flat()
    assert again.types["sizes[1]"] == flat.types["sizes[0]"] == f"{__name__}.Size"
    for at in range(3):
        before = {k: v for k, v in flat.origins.items() if k.startswith(f"sizes[{at}]")}
        after = {k: v for k, v in again.origins.items() if k.startswith(f"sizes[{at + 1}]")}
        assert list(before.values()) == list(after.values())
    assert again.origins["plain"].kind == "code"
    assert again.origins["nested[0][0]"].kind == "code"
    assert again.origins["nested[1]"].kind == "file"
    assert again.origins["mixed[0]"].kind == "code"
    assert again.origins["mixed[1].x"].kind == "file"


def test_a_part_that_is_replaced_while_a_value_is_converted_is_refused(config):
    """By an adapter, or by another thread meanwhile: the write is an error, and not lost."""

    class Adapter:
        types = (f"{__name__}:Meddler",)

        @hookimpl
        def update(self, obj):
            config.update(s=1, layers=[])
            return {"x": 1}

    undo = register_adapter(Adapter())
    section, items = config.s, config.layers
    try:
        with pytest.raises(ConfigError, match="was replaced or removed"):
            section.update(Meddler())
        config.s = {"t": {}}
        with pytest.raises(ConfigError, match="was replaced or removed"):
            config.s.t.a = Meddler()
    finally:
        undo()
    assert (config.s, config.layers) == (1, [])
    with pytest.raises(ConfigError):
        items.append(1)


def test_a_generator_may_use_the_config(config):
    """What it appends while it is consumed is not lost."""
    config.betas.extend(config.betas.append(number) or number for number in (1, 2))
    assert config.betas == [0.9, 0.99, 1, 2, 1, 2]


def test_an_element_that_stands_twice_becomes_two(config):
    """In a record nothing is shared."""
    first = config.layers[0]
    config.layers *= 2
    config.layers.append(first)
    config.layers.extend(config.layers[:1])
    first.n = 9
    assert [layer.n for layer in config.layers] == [9, 2, 1, 2, 1, 1]
    assert len({id(layer) for layer in config.layers}) == len(config.layers) == 6
    assert config.layers[0] is first


def test_what_is_popped_is_a_copy(config):
    """A plain one, which changes nothing any more."""
    popped = config.layers.pop(0)
    assert type(popped) is dict
    popped["n"] = 9
    assert config.layers == [{"n": 2}]


def test_a_list_that_is_no_part_any_more_is_refused(config):
    """Also one inside another list, and a mapping inside a list."""
    layers, deep, inner, mapping = config.layers, config.deep, config.deep[1], config.deep[1][0]
    config.layers = []
    config.deep[:] = [1]
    for write in (
        lambda: layers.append(1),
        layers.sort,
        lambda: layers[0].update(n=2),
        inner.clear,
        lambda: setattr(mapping, "x", 2),
    ):
        with pytest.raises(ConfigError, match="was replaced or removed"):
            write()
    deep.append(2)
    assert config.deep == [1, 2]


def test_a_list_turns_from_plain_to_mappings_and_back():
    """Its flat keys follow what it holds, at every depth; its origins as well."""
    config = changeable(a=Value([1, [2]], kind="file", name="--a"))
    assert config.flat() == {"a": [1, [2]]}
    config.a[1].append({"x": 1})
    flat = config.flat()
    assert flat == {"a[0]": 1, "a[1][0]": 2, "a[1][1].x": 1}
    assert flat.origins["a[0]"].kind == "file"
    assert flat.origins["a[1][1].x"].kind == "code"
    config.a[1].pop()
    assert config.flat() == {"a": [1, [2]]}
    config.a.clear()
    assert config.flat() == {"a": []}
    config.a.append({})
    assert config.flat() == {"a[0]": {}}


def test_a_list_looks_like_a_list(config):
    """To isinstance, ==, +, *, slices, in, len and iteration; what is made of it is plain."""
    items = config.betas
    assert isinstance(items, list)
    assert items == [0.9, 0.99]
    assert 0.9 in items
    assert (len(items), list(reversed(items)), items.index(0.99)) == (2, [0.99, 0.9], 1)
    for made in (items + items[:1], items * 2, items[:], [*items], sorted(items), items.copy()):
        assert type(made) is list
        made.append(5)
    assert config.betas == [0.9, 0.99]


@given(st.lists(values, max_size=5), st.data())
def test_any_slice_can_be_assigned_as_in_a_list(items, data):
    """The result, or the error, is that of a plain list."""
    plain, config = list(items), changeable(items_=items)
    bounds = st.none() | st.integers(-6, 6)
    where = slice(*data.draw(st.tuples(bounds, bounds, bounds.filter(lambda step: step != 0))))
    new = data.draw(st.lists(values, max_size=3))
    outcomes = []
    for target in (plain, config.items_):
        try:
            target[where] = new
            outcomes.append(None)
        except ValueError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    assert same(config.items_, plain)
