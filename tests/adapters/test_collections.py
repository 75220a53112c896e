"""Named tuples of both makes."""

import ast
from collections import namedtuple
from typing import NamedTuple

import pytest

from unifig import to_flat
from unifig.testing import AdapterContract

Point = namedtuple("Point", "x y")  # noqa: PYI024 - the untyped make is what is tested


class Optimizer(NamedTuple):
    name: str = "adam"
    betas: tuple[float, float] = (0.9, 0.999)
    at: Point = Point(1, 2)


class TestCollections(AdapterContract):
    """The contract, for named tuples."""

    adapter = "collections"

    def examples(self):
        yield Point(1, [2]), {"x": 1, "y": [2]}
        yield Optimizer(), {"name": "adam", "betas": [0.9, 0.999], "at.x": 1, "at.y": 2}


def test_a_field_may_have_any_name():
    """Fields called like methods of a tuple are recorded."""
    assert to_flat(namedtuple("Odd", "count index")(1, 2)) == {"count": 1, "index": 2}  # noqa: PYI024


def test_what_only_looks_like_a_named_tuple_is_none():
    """An ast node has _fields as well, and is described as an object without a rule."""
    with pytest.warns(match="'node': an object of type ast.Name has no rule"):
        assert "ast.Name" in to_flat({"node": ast.Name("x")})["node"]


def test_a_field_is_told_from_its_default():
    """A named tuple of either make declares defaults; without one, nothing is known."""
    odd = namedtuple("Odd", "a b c", defaults=[1, None])  # noqa: PYI024
    origins = to_flat(odd(1, 2)).origins
    assert [origins[key].kind for key in "abc"] == ["unknown", "unknown", "default"]
    assert [old.value for old in origins["b"].replaced] == [1]
    assert origins["c"][:3] == ("default", 0, "collections")
    assert origins["a"].replaced == ()
    origins = to_flat(Optimizer(betas=(0.9, 0.99))).origins
    assert origins["name"].kind == "default"
    assert origins["betas"].kind == "unknown"
    assert origins["betas"].replaced[0].value == [0.9, 0.999]
    assert origins["at.x"].kind == "unknown"  # a Point declares no default, whatever holds it


def test_a_named_tuple_made_by_hand_needs_no_defaults():
    """A tuple with _fields is one, whatever else it lacks."""

    class Hand(tuple):
        __slots__ = ()
        _fields = ("x", "y")

    assert to_flat(Hand((1, 2))) == {"x": 1, "y": 2}
