"""Filters in memory: they select just the runs that the store does, whatever is recorded."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.runs.test_filters import KEYS, LONG, ORDERS, VALUES, filters_drawn, runs
from tests.web.frames import frame_of, opened, read, write

from unifig.errors import FilterError
from unifig.runs.paths import Place
from unifig.runs.store import tables
from unifig.runs.store.clauses import where as clause_of
from unifig.runs.store.filters import parse
from unifig.web.frame.masks import where
from unifig.web.frame.patterns import Patience


@pytest.fixture(scope="module")
def store():
    return opened()


def by_store(store, filters):
    """The primary keys of the runs that the store selects."""
    with store.reading() as connection:
        clause = clause_of(connection, parse(filters), tables.run.c)
        return sorted(connection.scalars(select(tables.run.c.key).where(clause)))


def in_memory(frame, filters, project=None):
    return sorted(frame.keys[where(frame, parse(filters), project)].tolist())


@given(drawn=st.lists(runs, max_size=6), filters=filters_drawn)
def test_a_filter_selects_what_the_store_does(store, drawn, filters):
    """Whatever runs have, and whatever is asked of them, the page shows what Api would give."""
    write(store, drawn)
    frame = read(store)
    assert in_memory(frame, filters) == by_store(store, filters)
    rest = {"$not": filters}
    assert in_memory(frame, rest) == by_store(store, rest)


@pytest.mark.parametrize("name", ["$eq", "$ne", *ORDERS])
def test_each_value_is_compared_with_each(store, name):
    """Of all pairs of values that one could take for another, memory and SQL say the same."""
    values = VALUES + LONG
    write(store, [{"config": {"x": value}} for value in values] + [{}])
    frame = read(store)
    for operand in values:
        if name not in ORDERS or type(operand) in (int, float, str):
            filters = {"config.x": {name: operand}}
            assert in_memory(frame, filters) == by_store(store, filters), operand


def test_each_of_many_values_is_found(store):
    """A list of all values that one could take for another finds each of them."""
    write(store, [{"config": {"x": value}} for value in VALUES] + [{}])
    frame = read(store)
    for filters in ({"config.x": {"$in": VALUES}}, {"config.x": {"$in": VALUES[::2]}}):
        assert in_memory(frame, filters) == by_store(store, filters)


def test_each_key_is_found_and_no_other(store):
    """Whatever is in a key, its value is found by it, and only its."""
    write(store, [{"config": {key: at}} for at, key in enumerate(KEYS)])
    frame = read(store)
    for at, key in enumerate(KEYS, 1):
        assert in_memory(frame, {f"config.{key}": {"$exists": True}}) == [at]


def test_names_that_others_use(store):
    """display_name and summary_metrics are name and summary."""
    write(store, [{"name": "a", "summary": {"acc": 1}}, {"name": "b"}])
    frame = read(store)
    assert in_memory(frame, {"display_name": "a"}) == [1]
    assert in_memory(frame, {"summary_metrics.acc": 1}) == [1]


def test_tags_one_by_one_and_all_of_them(store):
    """One tag that fits is enough, and a list is compared with all of a run's tags."""
    write(store, [{"tags": tags} for tags in (["a", "b"], ["a"], ["b", "a"], [])])
    frame = read(store)
    for asked in ("a", ["a", "b"], [], {"$in": ["b", ["a"]]}, {"$gt": "a"}, {"$exists": False}):
        assert in_memory(frame, {"tags": asked}) == by_store(store, {"tags": asked})
    assert in_memory(frame, {"tags": ["a", "b"]}) == [1]


def test_runs_of_one_project_alone(store):
    """Of other projects no run is selected, not even by the opposite of a filter."""
    write(store, [{"project": "a"}, {"project": "b"}, {"entity": "y", "project": "a"}])
    frame = read(store)
    assert in_memory(frame, {}, Place("x", "a")) == [1]
    assert in_memory(frame, {"$not": {"project": "b"}}, Place("x", "a")) == [1]
    assert in_memory(frame, {}, Place("x", "none")) == []
    assert in_memory(frame, {}, Place("none", "a")) == []


# Patterns


PIECES = [*"aAb1[]{}()|*+?.^$\\-,:= é", "{2}", "{1,2}", "{,1}", "{e<=1}", "[:alpha:]", "[^", r"\d"]


@given(
    pattern=st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    texts=st.lists(st.text("aAb1{}[]e<=:- é", max_size=6), max_size=4),
)
@example(pattern="(?:ab){e<=1}", texts=["ac", "(ab){e<=1}", "ab{e<=1}"])
@example(pattern="[[:alpha:]]", texts=["a", "[]", ":]", "l]"])
@example(pattern="[]a]", texts=["]", "a"])
@example(pattern="a{2}b{,1}", texts=["aa", "a"])
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of what may mean a set one day
def test_a_pattern_means_what_it_does_in_python(pattern, texts):
    """A pattern is one of Python's own, also where the page's own engine knows more."""
    try:
        search = re.compile(pattern).search
    except re.error:
        return
    expected = [search(text) is not None for text in texts]
    assert list(Patience(60).found(pattern, texts)) == expected


def test_a_pattern_that_takes_for_ever_is_given_up():
    """One that would keep the page busy for years is refused, by its name."""
    frame = frame_of({"config": {"x": "a" * 60 + "b"}, "tags": ["a" * 60 + "b"]}, {})
    for name in ("config.x", "tags"):
        condition = parse({name: {"$regex": "^(a|a|aa)*$"}})
        with pytest.raises(FilterError, match=r"'\^\(a\|a\|aa\)\*\$' takes too long on these"):
            where(frame, condition, seconds=0.05)


def test_patterns_look_at_the_asked_runs_alone():
    """What would take for ever on the runs of another project keeps nobody waiting."""
    frame = frame_of({"config": {"x": "a" * 60 + "b"}, "project": "other"}, {"config": {"x": "aa"}})
    condition = parse({"config.x": {"$regex": "^(a|a|aa)*$"}})
    assert frame.keys[where(frame, condition, Place("x", "x"), seconds=20)].tolist() == [2]
