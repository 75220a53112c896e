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
import types
import uuid
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_values import KEYS, KINDS

import unifig
from unifig import ConversionError, retyped


class Mode(enum.Enum):
    FAST = "fast"


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


class Number(int):
    """An int of the program's own."""


class Lines(list):
    """A list of the program's own."""


class Options(dict):
    """A dict of the program's own, which is one value where it is empty."""


class Meta(type):
    """The class of a class."""


class Strict(str):
    """A text that refuses some."""

    __slots__ = ()

    def __new__(cls, text):
        if text == "no":
            raise RuntimeError("it is not taken")
        return super().__new__(cls, text)


class Outer(metaclass=Meta):
    """What a class stands in."""

    @staticmethod
    def static():
        """A function that stands in a class."""

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
    Mode.FAST, Level.LOW | Level.HIGH, Level(0), Level(5), Outer.Inner.A, Number(3), Lines([1]),
    int, pathlib.Path, math.floor, Outer.Inner, Outer, Outer.static, str.join, re, unifig.to_flat,
    types.SimpleNamespace(), Options(),
    re.compile(b"x", re.IGNORECASE),
    [re.compile("a", re.IGNORECASE | re.DOTALL), re.compile(b"x", re.IGNORECASE)],
    np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a"), np.bytes_(b"a"), np.complex64(1j),
    np.datetime64("2001-02-03T04"), np.timedelta64(-3, "D"), np.longdouble("1.1"), np.sin, np.mean,
    np.dtype("f4"), np.dtype([("a", "i4")]), np.dtype("M8[ns]"),
    np.arange(6, dtype="i2").reshape(2, 3), np.zeros((0, 2)), np.array(1.5), np.array(b"x"),
    np.array([b"xy"]), np.array([None, "a"], dtype=object), np.array(["2001-01-01"], "M8[D]"),
    np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), np.array([[1j]]),
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
    if isinstance(other, (list, tuple)):
        is_alike = type(one) is type(other) and len(one) == len(other)
        return is_alike and all(map(same, one, other))
    if isinstance(other, (complex, float, decimal.Decimal)):
        return repr(one) == repr(other)
    return type(one) is type(other) and one == other


NOT_HELD = {
    "slice of objects", "array", "keys", "values", "dict items", "OrderedDict keys", "closure",
    "lambda", "builtin method", "method", "class method", "bound slot", "cached function",
    "odd class", "partial", "partials", "partial of objects", "list[int]", "int | None",
    "Optional", "Literal", "Callable",
}  # fmt: skip
"""Of the table of all rules, those whose record does not hold all of the object."""


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_comes_back_or_is_refused(name):
    """The table of all rules: what is given back is right, and nothing more is refused."""
    value = KINDS[name][0]
    data, kind = recorded(value)
    if name in NOT_HELD:
        with pytest.raises(ConversionError, match="can't be given back as "):
            retyped(data, kind)
    else:
        assert same(retyped(data, kind), value)


@pytest.mark.parametrize(("key", "text", "kind"), KEYS, ids=[text[:30] for _, text, _ in KEYS])
def test_a_key_comes_back_by_its_text(key, text, kind):
    """Numbers, bools, None, Enums, Paths; where a text does not say all of it, it is refused."""
    if "[" in text or (isinstance(key, tuple) and "RED" in text):
        with pytest.raises(ConversionError, match="can't be given back as "):
            retyped(text, kind)
    else:
        assert same(retyped(text, kind), key)


@pytest.mark.parametrize("value", VALUES, ids=[type(value).__name__ for value in VALUES])
def test_what_was_recorded_comes_back(value):
    """An equal object of the same type."""
    data, kind = recorded(value)
    assert same(retyped(data, kind), value)


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.binary(max_size=3),
    st.decimals(allow_nan=False), st.fractions(), st.dates(), st.timedeltas(), st.datetimes(),
    st.text("abc/.", min_size=1, max_size=5).map(pathlib.PurePosixPath), st.sampled_from(Mode),
    st.floats(), st.complex_numbers(), st.uuids(), st.sampled_from(Level),
    st.integers().map(Number), st.sampled_from([range(3), slice(1, 2), int, ..., re]),
    st.sampled_from([re.compile("a", re.MULTILINE), np.dtype("f4"), np.float32(0.5)]),
)  # fmt: skip
fixed = st.recursive(
    leaves.filter(lambda value: not isinstance(value, slice)),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
values = st.recursive(
    leaves | st.sets(fixed, max_size=3) | fixed,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(collections.deque)
    ),
    max_leaves=8,
)


@given(values)
def test_every_nested_value_comes_back(value):
    """Lists, tuples, sets and deques of whatever else."""
    assert same(retyped(*recorded(value)), value)


def test_a_value_without_a_type_is_itself():
    """None, numbers, text."""
    assert retyped(3, None) == 3


class Unknown:
    def __repr__(self):
        return "Unknown()"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (lambda: 0, "nothing of this name is loaded"),
        (Unknown(), "the record does not hold all of such an object"),
        (np.void(b"ab"), "its text does not say all of it"),
        (np.ma.array([1, 2], mask=[0, 1]), "the record does not hold all of such an object"),
        (Unknown().__repr__, "the record does not say of which object it is"),
        ("a".join, "it would be of type method_descriptor"),
    ],
    ids=["lambda", "object", "void", "masked", "method", "builtin"],
)
def test_what_the_record_does_not_hold_is_an_error(value, why):
    """It names the value, the type and the reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is recorded by its description
        data, kind = recorded(value)
    with pytest.raises(ConversionError, match=f"can't be given back as .*{why}"):
        retyped(data, kind)


def test_a_large_array_is_an_error():
    """It was recorded by its hash."""
    with pytest.warns(unifig.UnifigWarning):
        data, kind = recorded(np.zeros(2000))
    with pytest.raises(ConversionError, match=r"be given back as numpy\.ndarray"):
        retyped(data, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("os.system", "builtin_function_or_method"),
        ("A", "antigravity.Mode"),
        ("antigravity", "module"),
    ],
)
def test_nothing_is_imported(value, kind):
    """A record is data: its names are looked up in what is loaded."""
    sys.modules.pop("antigravity", None)
    if value == "os.system":
        assert retyped(value, kind).__name__ == "system"  # it is there already
    else:
        with pytest.raises(ConversionError):
            retyped(value, kind)
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
        ("(", "re.Pattern"),
        ("5", "bytes"),
        ("(" * 100_000, "bytes"),
        ("os.environ", "function"),
        ("no", f"{__name__}.Strict"),
        ([1, 2], "tuple[int]["),
        ([1, 2], "tuple[int, int, int]"),
        ({"a": 1}, "collections.defaultdict"),
    ],
)
def test_a_text_that_no_record_has_is_an_error(value, kind):
    """And no code."""
    with pytest.raises(ConversionError, match="can't be given back"):
        retyped(value, kind)


def test_what_is_of_a_module_that_is_not_imported_is_an_error():
    """It is named; nothing is imported for it."""
    if "torch" in sys.modules:
        pytest.skip("torch is imported already")
    with pytest.raises(ConversionError, match="torch is not imported"):
        retyped("torch.float32", "torch.dtype")
