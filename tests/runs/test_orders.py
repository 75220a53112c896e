"""Orders: runs come in the same one from each database, whatever they are sorted by."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, make_url
from tests.postgres import _postgres, new_database, url_of  # noqa: F401 - a fixture
from tests.strategies import scalars

from unifig.runs.encoding import dumps
from unifig.runs.paths import Place
from unifig.runs.store import postgresql, sqlite, tables
from unifig.runs.store.filters import parse
from unifig.runs.store.queries import Asked, count, order_of, page

EMPTY = {
    **dict.fromkeys(["entity", "project", "name", "state", "last_by"], "x"),
    **dict.fromkeys(["config", "origins", "summary", "lowest", "highest", "about"], "{}"),
    **dict.fromkeys(["created", "last_at"], 0),
    "exists": True,
    "tags": "[]",
    "writers": "{}",
}
"""What a run has at least."""

FIELDS = ["name", "notes", "state", "created", "finished", "exit_code", "error", "step", "tags"]

TEXTS = [*("", "A", "B", "a", "b", "ab", "a b", "Z", "_", "é", "É", "z", "ä", "\uffff", "😀")]
"""Whose order in a language is another than that of their code points."""

SPECIAL = [math.nan, 10**700, -(10**700), "a\0", "\ud800", "a\udfff"]
"""What stands in JSON as an object, and in order as its text."""

NUMBERS = [
    *(0, -0.0, 1, -1, 2, 2.0, 2.5, 0.1, 1e-7, 5e-324, 1e300, math.inf, -math.inf),
    *(2**53, 2**53 + 1, float(2**53), 2**62 + 1, float(2**62), 2**63 - 1, -(2**63)),
]
values = st.one_of(
    st.sampled_from([*NUMBERS, *TEXTS, *SPECIAL, True, False, None, [], {}, [1], ["a"], [None]]),
    # An int of over 64 bits is only near itself in SQLite's order.
    scalars.filter(lambda value: type(value) is not int or -(2**63) <= value < 2**63),
    st.lists(st.sampled_from([1, 2, 10, "a", "é"]), max_size=2),
)


@pytest.fixture(scope="module")
def stores(_postgres):  # noqa: F811 - the fixture
    return sqlite.opened(":memory:"), postgresql.opened(make_url(url_of(new_database())))


def write(store, rows, metrics=()):
    """Puts runs in place of those that were there; their keys are their places, from 1 on."""
    with store.writing() as connection:
        for table in (tables.run, tables.metric, tables.metric_name):
            connection.execute(delete(table))
        if rows:
            numbered = [{"key": key, "id": str(key)} | EMPTY | row for key, row in rows]
            columns = {name: None for row in numbered for name in row}
            connection.execute(insert(tables.run), [columns | row for row in numbered])
        if metrics:
            connection.execute(insert(tables.metric_name), [{"key": 1, "name": "acc"}])
            connection.execute(insert(tables.metric), list(metrics))


def pages(store, order, size, filters=None):
    """The keys of runs, read page by page."""
    what = Asked(None, parse(filters), order_of(order))
    found, after = [], None
    with store.reading() as connection:
        while True:
            rows, after = page(connection, what, size, after)
            assert len(rows) <= size
            found += [row["key"] for row in rows]
            if len(rows) < size:
                return found


def sort_key(value):
    """What the order of a config's values is by; None for what has none."""
    if value is None:
        return None
    stored = dumps(value)
    if stored[0] in "[{":
        return 1, stored
    return (1, value) if type(value) is str else (0, value)


def in_order(keys, descending):
    """Runs in the order of what is given for each: those without one last, the earlier first."""
    pairs = [(key, number) for number, key in enumerate(keys, 1) if key is not None]
    without = [number for number, key in enumerate(keys, 1) if key is None]
    return [number for _, number in sorted(pairs, reverse=descending)] + without


@settings(max_examples=settings().max_examples // 2)
@example([*NUMBERS, *TEXTS, *SPECIAL, True, False, None, [], {}, [2], [10], [1.5]], 7)
@given(st.lists(values, max_size=9), st.integers(2, 5))
def test_values_of_a_config(stores, drawn, size):
    """Numbers come by value, bools as 0 and 1, then texts by code point; what has none is last."""
    rows = [(key, {"config": dumps({"a.b": value})}) for key, value in enumerate(drawn, 1)]
    rows.append((len(rows) + 1, {"config": dumps({"other": 1})}))
    keys = [*map(sort_key, drawn), None]
    for store in stores:
        write(store, rows)
        assert pages(store, "config.a.b", size) == in_order(keys, descending=False)
        assert pages(store, "-config.a.b", size) == in_order(keys, descending=True)


def test_long_ints_of_a_config(stores):
    """Ints of over 64 bits stand where they belong among floats, on SQLite with the nearest one."""
    drawn = [2**64, 1e300, 10**300, 2**63, 10**599, math.inf, -(10**400), 2**80, float(2**64), 1]
    for store in stores:
        write(store, [(key, {"config": dumps({"x": v})}) for key, v in enumerate(drawn, 1)])
        found = [min(max(drawn[key - 1], -1e308), 1e308) for key in pages(store, "config.x", 3)]
        assert list(map(float, found)) == sorted(map(float, found))


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("field", FIELDS)
def test_fields(stores, field, sign):
    """Texts of a field come by code point, numbers by value, runs without one at the end."""
    kind = tables.run.c[field].type.python_type
    values = [5, 3, 3, -1, 2**31 - 1] if kind is int else [*TEXTS, "a"]
    missing = [None, None] if tables.run.c[field].nullable else []
    drawn = missing[:1] + values + missing[1:]
    name = {"created": "created_at", "finished": "finished_at"}.get(field, field)
    for store in stores:
        write(store, [(key, {field: value}) for key, value in enumerate(drawn, 1)])
        keys = [None if value is None else (0, value) for value in drawn]
        assert pages(store, sign + name, 4) == in_order(keys, descending=sign == "-")


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(("prefix", "column"), [("summary", "last"), ("min", "lowest")])
def test_metrics(stores, prefix, column, sign):
    """Runs come by a number of theirs; those that have none, or NaN, at the end."""
    drawn = [0.5, None, 3.0, 0.5, math.inf, -math.inf, 1e-300]
    metrics = [
        {"run": key, "name": 1, "last": None, "lowest": None} | {column: value}
        for key, value in enumerate(drawn, 1)
    ]
    for store in stores:
        write(store, [(key, {}) for key in range(1, len(drawn) + 2)], metrics)
        keys = [*(None if value is None else (0, value) for value in drawn), None]
        assert pages(store, f"{sign}{prefix}.acc", 2) == in_order(keys, descending=sign == "-")


def test_pages_of_what_a_filter_selects(stores):
    """A filter, a pattern among it, holds on each page, for runs with and without a value."""
    drawn = [{"x": number % 3, "name": "ab"[number % 2]} for number in range(12)]
    drawn += [{"name": "a"}, {"name": "b"}]
    for store in stores:
        write(store, [(key, {"config": dumps(value)}) for key, value in enumerate(drawn, 1)])
        found = pages(store, "-config.x", 2, {"config.name": {"$regex": "[a]"}})
        assert found == [9, 3, 11, 5, 7, 1, 13]
        assert pages(store, "-config.x", 2, {"config.name": {"$regex": "c"}}) == []
        with store.reading() as connection:
            what = parse({"config.name": {"$regex": "[a]"}})
            assert count(connection, Asked(None, what, order_of("name"))) == 7
            assert count(connection, Asked(Place("x", "other"), what, order_of("name"))) == 0
            assert count(connection, Asked(Place("x", "x"), what, order_of("name"))) == 7
