"""Groups and facets in memory: what `unifig runs --group` says, and what counting says."""

import math
import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.runs.test_orders import NUMBERS, SPECIAL, values
from tests.web.frames import frame_of, opened, read, write

from unifig import RecordedRun
from unifig.cli import groups as by_line
from unifig.display.columns import Line, as_data
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.runs.store.filters import parse
from unifig.runs.store.queries import Asked, order_of, page
from unifig.web.frame.facets import facets
from unifig.web.frame.groups import grouped
from unifig.web.frame.kinds import nearest
from unifig.web.frame.masks import where

NAMES = ["config.x", "config.y", "state", "tags", "created_at", "exit_code", "none"]
METRICS = ["summary.x", "config.x", "min.x", "summary.none"]

numbers = st.sampled_from([*NUMBERS, math.nan, 10**400, -(10**400), True]) | st.floats(
    -1e300, 1e300
)
few = st.sampled_from([0, 1, 1.0, True, "1", None, -0.0, math.nan, [1], 2**53 + 1])
drawn_runs = st.fixed_dictionaries(
    {},
    optional={
        "config": st.fixed_dictionaries({}, optional={"x": few | values, "y": few}),
        "summary": st.fixed_dictionaries({}, optional={"x": numbers | values}),
        "lowest": st.fixed_dictionaries({"x": numbers}),
        "state": st.sampled_from(["finished", "failed"]),
        "tags": st.lists(st.sampled_from("ab"), max_size=2),
        "created": st.sampled_from([0, 1_764_000_000_000_000, 1_764_000_000_500_000]),
        "exit_code": st.integers(0, 2),
    },
)


@pytest.fixture(scope="module")
def store():
    return opened()


def lines_of(store):
    """The runs of a store, as the command line has them."""
    what = Asked(None, parse(None), order_of("created_at"))
    with store.reading() as connection:
        return [Line(RecordedRun(None, row)) for row in page(connection, what, 1000, None)[0]]


def key_of(group):
    return tuple("" if it is NOTHING else dumps(as_data(it)) for it in group.values)


def order_of_groups(groups):
    """The order of groups: those that sort alike, as 0.0 and -0.0, may stand either way round."""
    return [[by_line._place(value) for value in group.values] for group in groups]


def assert_same(ours, theirs):
    """That numbers come to the same, as far as floats hold the squares that the command makes."""
    assert (ours.count, ours.nan) == (theirs.count, theirs.nan)
    assert (ours.lowest, ours.highest) == (theirs.lowest, theirs.highest)
    assert (ours.mean is None) == (theirs.mean is None)
    assert (ours.deviation is None) == (theirs.deviation is None)
    if theirs.mean is not None:
        size = max(map(nearest, (abs(theirs.lowest), abs(theirs.highest))))
        if size < 1e150 or math.isinf(size):
            off = max(1e-9 * size, 1e-300) if math.isfinite(size) else 0
            assert ours.mean == pytest.approx(theirs.mean, rel=1e-9, abs=off, nan_ok=True)
        if theirs.deviation is not None and size < 1e150:
            off = max(1e-7 * size, 1e-150)
            assert ours.deviation == pytest.approx(theirs.deviation, rel=1e-6, abs=off)


@given(st.lists(drawn_runs, max_size=9), st.lists(st.sampled_from(NAMES[:-1]), max_size=3))
@example(
    [{"config": {"x": x}, "summary": {"x": 1}} for x in [*NUMBERS, *SPECIAL] * 2], ["config.x"]
)
@example([{"summary": {"x": math.inf}}, {"summary": {"x": 1}}], [])
@example([{"summary": {"x": math.inf}}, {"summary": {"x": -math.inf}}], [])
@example([{"summary": {"x": -math.inf}}], [])
def test_groups_are_those_of_the_command_line(store, drawn, names):
    """The page says of each group what `unifig runs --group` does: runs, mean, deviation, ends."""
    write(store, drawn)
    frame = read(store)
    ours = grouped(frame, frame.alive, names, METRICS)
    theirs = by_line.grouped(lines_of(store), names, lambda _: METRICS)
    assert order_of_groups(ours) == order_of_groups(theirs)
    by_key = {key_of(group): group for group in theirs}
    assert len(ours) == len(by_key)
    for group in ours:
        wanted = by_key[key_of(group)]
        assert group.count == wanted.count == len(group.rows)
        assert group.spreads.keys() == wanted.spreads.keys()
        for name, spread in group.spreads.items():
            assert_same(spread, wanted.spreads[name])
    assert set(ours.metrics) == set(by_line.metrics_of(theirs))


@given(st.lists(drawn_runs, max_size=9), st.booleans())
def test_groups_are_sorted_as_those_of_the_command_line(store, drawn, descending):
    """By a value, by size, by a metric's mean: what has none comes last, both ways round."""
    write(store, drawn)
    frame = read(store)
    names = ["config.y", "state"]
    ours = grouped(frame, frame.alive, names, ["summary.x"])
    theirs = by_line.grouped(lines_of(store), names, lambda _: ["summary.x"])
    for at in (0, 1):
        expected = by_line.by_value(theirs, at, descending=descending)
        found = ours.by_value(at, descending=descending)
        assert order_of_groups(found) == order_of_groups(expected)
    expected = by_line.by_mean(theirs, "summary.x", descending=descending)
    found = ours.by_mean("summary.x", descending=descending)
    assert means_of(found) == pytest.approx(means_of(expected), rel=1e-9, nan_ok=True)
    sizes = [group.count for group in ours.by_size(descending=descending)]
    assert sizes == sorted(sizes, reverse=descending)


def means_of(groups):
    spreads = [group.spreads.get("summary.x") for group in groups]
    return [math.nan if it is None or it.mean is None else it.mean for it in spreads]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2), st.floats(-1e9, 1e9))
def test_deviation_is_sound(drawn, far):
    """Numbers that are close together and far from 0 have the deviation that they have."""
    drawn = [far + it for it in drawn]
    frame = frame_of(*({"summary": {"x": it}} for it in drawn))
    spread = grouped(frame, frame.alive, [], ["summary.x"])[0].spreads["summary.x"]
    exact = statistics.stdev(drawn)
    assert spread.deviation == pytest.approx(exact, rel=1e-7, abs=1e-7)
    off = 1e-14 * max(map(abs, drawn))
    assert spread.mean == pytest.approx(statistics.fmean(drawn), rel=1e-14, abs=off)


def test_numbers_that_are_all_the_same_do_not_deviate():
    """The mean of many a 0.1 is 0.1, its deviation 0, also of huge ones and of tiny ones."""
    for number in (0.1, 1e308, 5e-324, 3):
        frame = frame_of(*({"summary": {"x": number}} for _ in range(9)))
        spread = grouped(frame, frame.alive, [], ["summary.x"])[0].spreads["summary.x"]
        assert (spread.mean, spread.deviation, spread.lowest) == (number, 0.0, number)
        assert type(spread.highest) is type(number)


def test_the_largest_numbers_there_are():
    """Neither their sum nor the square of their difference is a number, but their mean is one."""
    frame = frame_of(*({"summary": {"x": it}} for it in (1.7e308, 1.7e308, -1.7e308, -1.7e308)))
    spread = grouped(frame, frame.alive, [], ["summary.x"])[0].spreads["summary.x"]
    assert (spread.mean, spread.lowest, spread.highest) == (0.0, -1.7e308, 1.7e308)
    assert spread.deviation == math.inf


def test_groups_of_some_runs_alone():
    """Runs that a filter leaves out are in no group, and a group without one is none."""
    frame = frame_of(*({"config": {"x": at % 3}, "summary": {"acc": at}} for at in range(9)))
    mask = where(frame, parse({"config.x": {"$gt": 0}, "summary.acc": {"$lt": 5}}))
    groups = grouped(frame, mask, ["config.x"], ["summary.acc"])
    assert [(group.values, group.count) for group in groups] == [([1], 2), ([2], 1)]
    assert [frame.keys[group.rows].tolist() for group in groups] == [[2, 5], [3]]
    assert groups.counts.tolist() == [2, 1]
    assert groups.spreads("summary.acc").mean.tolist() == [2.5, 2.0]


def test_as_many_groups_as_runs():
    """Thousands of groups by several names come in their order, and those shown are made alone."""
    frame = frame_of(*({"config": {"x": at % 70, "y": at}} for at in range(3000)))
    groups = grouped(frame, frame.alive, ["config.x", "config.y", "id"], [])
    assert len(groups) == 3000
    assert groups[-1].values == [69, 2939, "2940"]
    assert [group.values[:2] for group in groups[:3]] == [[0, 0], [0, 70], [0, 140]]


# Facets


@given(st.lists(drawn_runs, max_size=9), st.data())
def test_facets_are_what_counting_says(store, drawn, data):
    """How many runs have a key, how many values there are, which ones mostly, the lowest number."""
    write(store, drawn)
    frame = read(store)
    chosen = data.draw(st.lists(st.booleans(), min_size=len(drawn), max_size=len(drawn)))
    mask = np.array(chosen, np.bool_)
    found = {facet.name: facet for facet in facets(frame, mask)}
    lines = {line.run.id: line for line in lines_of(store)}
    some = [lines[str(key)] for key in frame.keys[mask]]
    for name in ["config.x", "config.y", "state", "tags", "exit_code", "summary.x", "min.x"]:
        held = [line.get(name) for line in some]
        there = [it for it in held if it is not NOTHING]
        assert (name in found) == bool(there)
        if there:
            check_facet(found[name], there, len(some))


def check_facet(facet, there, of):
    counts = Counter(map(dumps, there))
    assert (facet.count, facet.of, facet.distinct) == (len(there), of, len(counts))
    assert {dumps(value): count for value, count in facet.top}.items() <= counts.items()
    assert [count for _, count in facet.top] == sorted(counts.values(), reverse=True)[:10]
    assert facet.varies == (len(counts) > 1 or len(there) < of)
    told = [it for it in there if type(it) in (int, float) and it == it]
    assert (facet.lowest, facet.highest) == (min(told, default=None), max(told, default=None))
    finite = [it for it in told if -1e308 < it < 1e308]
    if facet.histogram is not None:
        edges, bins = facet.histogram.edges, facet.histogram.counts
        assert len(edges) == len(bins) + 1 <= 21
        assert edges == sorted(edges)
        if len(finite) == len(told):
            assert sum(bins) == len(told)
            assert edges[0] == float(min(told))


def test_a_histogram_of_whole_numbers_has_a_bin_for_each():
    """Few whole numbers are counted one by one, others in twenty ranges."""
    frame = frame_of(*({"config": {"n": at % 5, "lr": at / 100}} for at in range(100)))
    few_, many = facets(frame, frame.alive, ["config.n", "config.lr"])
    assert few_.histogram.edges == [0, 1, 2, 3, 4, 5]
    assert few_.histogram.counts == [20] * 5
    assert len(many.histogram.counts) == 20
    assert sum(many.histogram.counts) == 100
    assert many.top == []


def test_a_name_that_was_asked_for_is_told_of_even_where_nobody_has_it():
    """What a view asks for by name has its place, in the order of the names."""
    frame = frame_of({"config": {"x": 1}})
    found = facets(frame, frame.alive, ["config.none", "config.x"])
    assert [(facet.name, facet.count, facet.varies) for facet in found] == [
        ("config.none", 0, False),
        ("config.x", 1, False),
    ]
