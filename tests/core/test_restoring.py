"""Recorded values with their original types again: what comes back is what was recorded."""

import collections
import datetime as dt
import decimal
import enum
import fractions
import math
import pathlib
import re
import sys
import uuid
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unifig
from unifig import ConversionError, restore


class Mode(enum.Enum):
    FAST = "fast"


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


class Number(int):
    """An int of the program's own."""


class Outer:
    """What a class stands in."""

    class Inner(enum.StrEnum):
        A = "a"


VALUES = [
    pathlib.PurePosixPath("a/b"), pathlib.Path("x"), pathlib.PureWindowsPath("c:\\x"),
    1 + 2j, complex("nan"), b"\x00a", bytearray(b"q"), ..., NotImplemented,
    decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=5),
    dt.date(2020, 1, 2), dt.time(1, 2, 3, 4),
    dt.datetime(2020, 1, 2, tzinfo=dt.UTC), dt.timedelta(-1, 5, 7),
    range(2, 10, 3), slice(None, 3), slice(1, 2, 0.5), re.compile("a+", re.IGNORECASE | re.DOTALL),
    re.compile(b"x"), re.compile("y"),
    (1, 2), (), {1, 2}, frozenset({"a"}), collections.deque([1]), (1, (2, "x"), [None]),
    [pathlib.PurePosixPath("a"), (1, 2)], {(1, 2)}, ((),),
    Mode.FAST, Level.LOW | Level.HIGH, Level(0), Outer.Inner.A, Number(3),
    int, pathlib.Path, math.floor, Outer.Inner, re, unifig.to_flat,
    np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a"), np.dtype("f4"),
    np.arange(6, dtype="i2").reshape(2, 3), np.zeros((0, 2)), np.array(1.5),
]  # fmt: skip


def recorded(value):
    """What is recorded of a value, and its type."""
    flat = unifig.to_flat({"x": value})
    return flat["x"], flat.types.get("x")


def same(one, other):
    if isinstance(other, np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(other, re.Pattern):
        return (one.pattern, one.flags) == (other.pattern, other.flags)
    if isinstance(other, complex) and other != other:
        return one != one
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_was_recorded_comes_back(value):
    """An equal object of the same type."""
    data, kind = recorded(value)
    assert same(restore(data, kind), value)


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.binary(max_size=3),
    st.decimals(allow_nan=False), st.fractions(), st.dates(), st.timedeltas(), st.datetimes(),
    st.text("abc/.", min_size=1, max_size=5).map(pathlib.PurePosixPath), st.sampled_from(Mode),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=8,
)


@given(values)
def test_every_nested_value_comes_back(value):
    """Lists and tuples of whatever else."""
    assert same(restore(*recorded(value)), value)


def test_a_value_without_a_type_is_itself():
    """None, numbers, text."""
    assert restore(3, None) == 3


class Unknown:
    def __repr__(self):
        return "Unknown()"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (lambda: 0, "nothing of this name is loaded"),
        (Unknown(), "it was recorded by its description"),
        (np.datetime64("2001-01-01"), "its text does not say all of it"),
    ],
    ids=["lambda", "object", "datetime64"],
)
def test_what_the_record_does_not_hold_is_an_error(value, why):
    """It names the value, the type and the reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is recorded by its description
        data, kind = recorded(value)
    with pytest.raises(ConversionError, match=f"can't be given back as .*{why}"):
        restore(data, kind)


def test_a_large_array_is_an_error():
    """It was recorded by its hash."""
    with pytest.warns(unifig.UnifigWarning):
        data, kind = recorded(np.zeros(2000))
    with pytest.raises(ConversionError, match=r"be given back as numpy\.ndarray"):
        restore(data, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("os.system", "function"), ("A", "antigravity.Mode"), ("antigravity", "module")],
)
def test_nothing_is_imported(value, kind):
    """A record is data: its names are looked up in what is loaded."""
    sys.modules.pop("antigravity", None)
    if value == "os.system":
        assert restore(value, kind).__name__ == "system"  # it is there already
    else:
        with pytest.raises(ConversionError):
            restore(value, kind)
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("__import__('os').system('exit 3')", "bytes"),
        ("range(__import__('os').getpid())", "range"),
        ("x", "uuid.UUID"),
        ("P1D", "datetime.timedelta"),
        ("MEDIUM", f"{__name__}.Mode"),
        ([1], "nothing.of.this"),
        ("a", "re.Pattern(flags=re.NONE)"),
    ],
)
def test_a_text_that_no_record_has_is_an_error(value, kind):
    """And no code."""
    with pytest.raises(ConversionError, match="can't be given back"):
        restore(value, kind)
