"""Orders in memory: runs come in just the one in which the store gives them, page by page."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.runs.test_filters import times, whole_texts
from tests.runs.test_orders import NUMBERS, SPECIAL, TEXTS, values
from tests.web.frames import frame_of, opened, read, write

from unifig.runs.store import tables
from unifig.runs.store.filters import parse
from unifig.runs.store.queries import Asked, order_of
from unifig.runs.store.queries import page as page_of_store
from unifig.web.frame.masks import where
from unifig.web.frame.orders import After, end_of, ordered, page

NAMES = [
    *("config.x", "summary.x", "min.x", "max.x", "config.none"),
    *("name", "notes", "state", "created_at", "finished_at", "exit_code", "error", "step", "tags"),
]


def with_extremes(run):
    """A run with the lowest and the highest value of a metric, of which none has one alone."""
    if both := run.pop("both", None):
        run |= {"lowest": {"x": both[0]}, "highest": {"x": both[1]}}
    return run


numbers = st.sampled_from([*NUMBERS, math.nan, 10**400, True, False]) | st.floats()
optional_runs = st.fixed_dictionaries(
    {},
    optional={
        "config": st.just({}) | values.map(lambda value: {"x": value}),
        "summary": st.just({}) | (values | numbers).map(lambda value: {"x": value}),
        "both": st.tuples(numbers, numbers),
        **dict.fromkeys(["name", "notes", "state", "error"], whole_texts),
        **dict.fromkeys(["created", "finished"], times),
        **dict.fromkeys(["exit_code", "step"], st.integers(-3, 3)),
        "tags": st.lists(whole_texts, max_size=2),
    },
).map(with_extremes)


@pytest.fixture(scope="module")
def store():
    return opened()


def by_store(store, order):
    what = Asked(None, parse(None), order_of(order))
    with store.reading() as connection:
        return [row["key"] for row in page_of_store(connection, what, 1000, None)[0]]


def in_memory(frame, order):
    return frame.keys[ordered(frame, frame.alive, order_of(order))].tolist()


@given(drawn=st.lists(optional_runs, max_size=8), name=st.sampled_from(NAMES))
@example(
    [{"config": {"x": x}} for x in [*NUMBERS, *TEXTS, *SPECIAL, True, None, [], {}, [2], [10]]],
    "config.x",
)
@example([{"summary": {"x": x}} for x in [*NUMBERS, *SPECIAL, True, False, None]], "summary.x")
def test_runs_come_in_the_order_of_the_store(store, drawn, name):
    """The page's table has the rows in the order in which Api gives them, both ways round."""
    write(store, drawn)
    frame = read(store)
    for order in (name, f"-{name}"):
        assert in_memory(frame, order) == by_store(store, order)


def test_long_ints_stand_where_they_belong():
    """Ints of any size are in the exact order of all numbers."""
    drawn = [2**64, 1e300, 10**300, 2**63, 2**63 + 1, 10**599, math.inf, -(10**400), 1]
    drawn += [-math.inf, float(2**63), 2**53, 2**53 + 1, -(2**53) - 1, float(2**53 + 2)]
    frame = frame_of(*({"config": {"x": value}} for value in drawn))
    found = [drawn[key - 1] for key in in_memory(frame, "config.x")]
    assert found == sorted(drawn)


@given(st.lists(optional_runs, max_size=8), st.sampled_from(NAMES), st.integers(1, 3))
def test_pages_follow_each_other(drawn, name, size):
    """Page after page has each run once, in its order."""
    frame = frame_of(*drawn)
    for order in map(order_of, (name, f"-{name}")):
        rows = ordered(frame, frame.alive, order)
        found, after = [], None
        for _ in range(0, frame.size, size):
            some = page(frame, rows, order, size, after)
            found += some.tolist()
            after = end_of(frame, int(some[-1]), order)
        assert found == rows.tolist()
        assert len(page(frame, rows, order, size, after)) == 0


@given(st.lists(optional_runs, min_size=1, max_size=8), st.sampled_from(NAMES), st.data())
def test_a_page_goes_on_after_a_run_that_is_gone(drawn, name, data):
    """Where the last run of a page was deleted, the next page begins with what came after it."""
    frame = frame_of(*drawn)
    row = data.draw(st.integers(0, frame.size - 1))
    for order in map(order_of, (name, f"-{name}")):
        rows = ordered(frame, frame.alive, order)
        after = end_of(frame, row, order)
        later = rows[rows.tolist().index(row) + 1 :].tolist()
        left = rows[rows != row]
        assert page(frame, left, order, 99, after).tolist() == later


@given(st.lists(optional_runs, max_size=8), st.sampled_from(NAMES), values | numbers)
def test_a_page_goes_on_after_anything(drawn, name, value):
    """Whatever an address says that a page ended with, what follows is the rest of the order."""
    frame = frame_of(*drawn)
    for order in map(order_of, (name, f"-{name}")):
        rows = ordered(frame, frame.alive, order)
        found = page(frame, rows, order, 99, After(value, 3)).tolist()
        assert found == rows.tolist()[len(rows) - len(found) :]


def test_a_filter_keeps_the_order():
    """The runs that a filter selects are in the same order as they are among all."""
    drawn = [{"config": {"x": at % 3, "name": "ab"[at % 2]}} for at in range(12)]
    frame = frame_of(*drawn, {"config": {"name": "a"}}, {"config": {"name": "b"}})
    mask = where(frame, parse({"config.name": "a"}))
    assert frame.keys[ordered(frame, mask, order_of("-config.x"))].tolist() == [
        9,
        3,
        11,
        5,
        7,
        1,
        13,
    ]


def test_changed_runs_keep_their_place_among_equals(store):
    """Who is alike comes by primary key, also after one of them has changed."""
    write(store, [{"config": {"x": 1}}] * 4)
    before = read(store)
    with store.writing() as connection:
        change = tables.run.update().where(tables.run.c.key == 2).values(seq=5, notes="changed")
        connection.execute(change)
    after = read(store, before, 1)
    assert after.size == 5
    for order in ("config.x", "-config.x", "notes", "-notes", "config.none"):
        assert in_memory(after, order) == by_store(store, order)
