"""Runs in memory: each value as it was recorded, whatever it is, and as the store has it by now."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from tests.runs.test_filters import LONG, VALUES, leaves, runs
from tests.web.frames import RECORDS, frame_of, opened, read, write

from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.runs.paths import Place
from unifig.runs.store import tables
from unifig.values import same, sort_key
from unifig.web.frame.facets import facets
from unifig.web.frame.frame import FIELDS, PREFIXES, Frame

STORED = {"created_at": "created", "finished_at": "finished"}


@pytest.fixture(scope="module")
def store():
    return opened()


@pytest.fixture(scope="module")
def scratch():
    return opened()


def contents(frame):
    """All that a frame has of each run, by primary key and name, as texts."""
    rows = np.flatnonzero(frame.alive).astype(np.int32)
    found = {key: {} for key in frame.keys[rows].tolist()}
    for name in frame.names():
        values = frame.values(name, rows)
        for key, value in zip(frame.keys[rows].tolist(), values, strict=True):
            if value is not NOTHING:
                found[key][name] = dumps(value)
    return found


def expected(key, run):
    """The same of a run as it was given."""
    fields = {"id": str(key), **dict.fromkeys(["name", "entity", "project", "state"], "x")}
    fields |= {"tags": [], "created": 0}
    fields |= {k: v for k, v in run.items() if v is not None and k not in RECORDS}
    named = {name: fields.get(STORED.get(name, name)) for name in FIELDS}
    recorded = {
        PREFIXES[column] + flat_key: dumps(value)
        for column in RECORDS
        for flat_key, value in run.get(column, {}).items()
    }
    return {name: dumps(it) for name, it in named.items() if it is not None} | recorded


@given(st.lists(runs, max_size=6))
def test_each_value_comes_back_as_it_was(drawn):
    """Types, long ints, NaN, half characters: nothing that a run has is lost or another value."""
    assert contents(frame_of(*drawn)) == {
        key: expected(key, run) for key, run in enumerate(drawn, 1)
    }


def in_order(values):
    """Different values in the order of groups."""
    pool = {dumps(value): value for value in values}
    return sorted(pool, key=lambda text: place(pool[text], text))


def place(value, text):
    is_number = type(value) in (int, float)
    # What sorts alike: by type, -0.0 before 0.0, lists by their text.
    return sort_key(value), type(value).__name__, ("-" not in text) if is_number else text


@given(st.lists(leaves, max_size=12))
def test_different_values_are_in_order(drawn):
    """1, 1.0, True and "1" are four values, NaN is one, and each run has its own."""
    check_categories(drawn, frame_of(*({"config": {"x": value}} for value in drawn)))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_values_that_one_could_take_for_another_are_told_apart(step):
    """Ints that one float is near to, zeros, lists and texts of the same look are all different."""
    drawn = (VALUES + LONG)[::step] * 2
    check_categories(drawn, frame_of(*({"config": {"x": value}} for value in drawn)))


def check_categories(drawn, frame):
    assert len(drawn) == frame.size
    if drawn:
        codes, values = frame.categories("config.x")
        assert list(map(dumps, values)) == in_order(drawn)
        assert all(same(values[code], it) for code, it in zip(codes, drawn, strict=True))
        reals = [float("nan") if type(it) not in (int, float, bool) else near(it) for it in drawn]
        np.testing.assert_equal(frame.reals("config.x"), reals)


def near(number):
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else -float("inf")


some_values = st.sampled_from(VALUES) | leaves


@given(st.lists(some_values, min_size=1, max_size=8), st.lists(some_values, max_size=8))
@example([1.0, 0.0, "b", [1], True], [1, 0, -0.0, "a", [0]])
@example([1, 0, -0.0, "a", None], [1.0, 0.0, "b", False, math.nan])
def test_what_is_known_of_values_grows_with_them(store, first, more):
    """New runs are put among what is known, and it comes to the same as if all was read anew."""
    first = first * 8  # so much that more of them are put among them
    more = more[: len(first) // 8]
    write(store, [{"config": {"x": value}} for value in first])
    frame = read(store)
    frame.categories("config.x")
    drawn = first + more
    write(store, [{"config": {"x": value}, "seq": at} for at, value in enumerate(drawn)])
    check_categories(drawn, read(store, frame, len(first)))


# What changes

changes_drawn = st.lists(st.tuples(st.integers(1, 8), st.none() | runs), max_size=12)


@settings(max_examples=settings().max_examples // 3)
@given(st.lists(runs, min_size=3, max_size=8), changes_drawn)
def test_a_frame_is_what_the_store_is_after_changes(store, scratch, drawn, changed):
    """New runs, changed ones and deleted ones: each look has all runs just as they are by now."""
    write(store, drawn)
    frame = read(store)
    now = dict(enumerate(drawn, 1))
    for seq, (key, run) in enumerate(changed, 1):
        if run is None:
            now.pop(key, None)
        else:
            now[key] = run
        change(store, scratch, now, key, seq)
        frame = read(store, frame, seq)
        assert contents(frame) == {key: expected(key, run) for key, run in now.items()}
        assert [frame.keys[frame.row_of(one)] for one in now] == list(now)
        assert frame.row_of(99) is None
        assert frame.count == len(now) <= frame.size <= 4 * frame.count / 3


def change(store, scratch, now, key, seq):
    """Writes one run anew, or that it was deleted."""
    write(scratch, [now.get(at, {}) for at in range(1, 9)])
    with scratch.reading() as connection:
        row = connection.execute(tables.run.select().where(tables.run.c.key == key)).one()
    row = dict(row._mapping) | {"exists": key in now, "seq": seq}
    with store.writing() as connection:
        connection.execute(tables.run.delete().where(tables.run.c.key == key))
        connection.execute(tables.run.insert(), [row])


def test_what_was_read_before_stays_as_it_was(store):
    """Who still reads an earlier frame sees no change in it."""
    write(store, [{"config": {"x": 1}}, {"config": {"x": 2}}])
    frame = read(store)
    before = contents(frame)
    with store.writing() as connection:
        connection.execute(
            update(tables.run).values(seq=1, config='{"x":7}').where(tables.run.c.key == 1)
        )
    later = read(store, frame, 1)
    assert contents(later) != before
    assert contents(frame) == before
    assert later.columns["config.x"] is not frame.columns["config.x"]


def test_nothing_new_is_the_same_frame(store):
    """A look at a store where nothing changed costs nothing."""
    write(store, [{"config": {"x": 1}}])
    frame = read(store)
    assert read(store, frame, 1) is frame


def test_a_key_that_no_run_has_any_more_is_gone(store):
    """A name is told only while some run has it."""
    write(store, [{"config": {"x": 1}}, {"config": {"y": 1}}, {}, {}, {}])
    frame = read(store)
    with store.writing() as connection:
        connection.execute(
            update(tables.run).values(seq=1, config="{}").where(tables.run.c.key == 1)
        )
    frame = read(store, frame, 1)
    assert "config.x" not in frame.names()
    assert "config.y" in frame.names()


def test_names_come_as_people_know_them():
    """Fields come first, then the config as programs write it, then metrics."""
    frame = frame_of(
        {"config": {"b": 1, "a.c": 2}, "summary": {"acc": 1}, "lowest": {"acc": 0}},
        {"config": {"a": 1, r"x\.y%": 2}, "notes": "new"},
    )
    assert frame.names() == [
        *("id", "name", "entity", "project", "tags", "notes", "state", "created_at"),
        *("config.b", "config.a.c", "config.a", r"config.x\.y%", "summary.acc", "min.acc"),
    ]


def test_a_store_without_runs():
    """Of no runs everything is empty, and nothing fails."""
    frame = Frame.empty()
    assert (frame.size, frame.count, frame.names(), facets(frame, frame.alive)) == (0, 0, [], [])
    assert frame.column("config.x") is None
    assert frame.row_of(1) is None
    assert frame.place_mask(Place("me", "demo")).tolist() == []


def test_memory_is_for_values_that_there_are():
    """Thousands of keys that a few runs have each take no room for the runs that lack them."""
    frame = frame_of(*({"config": {f"key{at % 700}": at}} for at in range(3000)))
    tracemalloc.start()
    facets(frame, frame.alive)
    for name in frame.names():
        frame.categories(name)
        frame.reals(name)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 3_000_000  # were there room for all, it would be 25
