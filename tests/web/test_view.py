"""A view is its address: what one page shows, any other person's browser shows as well."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifig import FilterError, RunPathError
from unifig.runs.paths import Place
from unifig.web.lists import read_list, write_list
from unifig.web.view import SIZES, View, read_query

OPTIONS = ("x", "y", "metric", "find")
KNOWN = {
    *("project", "filter", "or", "q", "re", "sort", "columns", "pinned", "group", "metrics"),
    *("run", "after", "size"),
}
"""All parts of an address that any page knows."""

texts = (
    st.text(st.characters(), max_size=8)
    | st.sampled_from(["a,b", '"', '"a", b', "a\r\nb", "é☃😀", "&x=1", "%41", "+", "#", "; "])
).filter(str.strip)
"""What people type, or call things, half characters included: all but blanks, which say nothing."""

lists = st.lists(texts, max_size=4).map(tuple)

searches = st.just(("", False)) | st.tuples(texts, st.booleans())

views = st.builds(
    lambda search, **parts: View(search=search[0], is_pattern=search[1], **parts),
    search=searches,
    project=st.none() | texts,
    filters=st.lists(st.lists(texts, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    sort=texts,
    columns=lists,
    pinned=lists,
    group=lists,
    metrics=lists,
    runs=st.lists(texts, max_size=3, unique=True).map(tuple),
    after=st.none() | texts,
    size=st.sampled_from(SIZES),
    options=st.dictionaries(st.sampled_from(OPTIONS), texts, max_size=3),
)


def parsed(url):
    """The view that an address says, as a browser sends it."""
    return View.read(read_query(urlsplit(url).query.encode("ascii")), OPTIONS)


@given(views)
def test_an_address_says_all_of_a_view(view):
    """Whatever the names and the conditions have in them; a page of a table is said where asked."""
    assert View.read(view.pairs(), OPTIONS) == view
    assert parsed(view.url("/scatter", after=view.after)) == view
    assert parsed(view.url()) == replace(view, after=None)


@given(views, views)
def test_views_that_differ_have_addresses_that_differ(one, other):
    """So a link that was kept shows what it showed."""
    urls = [view.url(after=view.after) for view in (one, other)]
    assert (urls[0] == urls[1]) == (one == other)


@given(st.binary(max_size=20))
def test_any_query_can_be_read(query):
    """What is no UTF-8 is some text, which says nothing or can be told of."""
    view = View.read(read_query(query), OPTIONS)
    assert parsed(view.url(after=view.after)) == view


def test_what_is_as_usual_is_not_said():
    """The first page has the shortest address, and other pages theirs."""
    assert View().url() == "/"
    assert View().url("/keys") == "/keys"
    assert View(project="me/demo", filters=(("config.a=1", "config.b=2"),)).url() == (
        "/?project=me%2Fdemo&filter=config.a%3D1&or=config.b%3D2"
    )


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
def test_what_is_unknown_says_nothing(pairs):
    """An old link, or one with a mistyped part, shows the rest."""
    known = [*KNOWN, *OPTIONS]
    assert View.read((pair for pair in pairs if pair[0] not in known), OPTIONS) == View()


@pytest.mark.parametrize("name", sorted({*KNOWN, *OPTIONS}))
@pytest.mark.parametrize("text", ["", " ", "\n", "\u3000"])
def test_what_is_empty_says_nothing(name, text):
    """A form sends all of its fields, written in or not."""
    assert View.read([(name, text)], OPTIONS) == View()


def test_parts_that_stand_twice():
    """Lists go on, and the last of the others counts; a run is picked once."""
    pairs = [("columns", "a,b"), ("columns", "c"), ("sort", "a"), ("sort", "b")]
    pairs += [("run", "x"), ("run", "y"), ("run", "x"), ("or", "p"), ("or", "q"), ("filter", "r")]
    assert View.read(pairs) == View(
        columns=("a", "b", "c"), sort="b", runs=("x", "y"), filters=(("p", "q"), ("r",))
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("25", 25), ("1", 25), ("0", 25), ("60", 50), ("9" * 99, 500), ("x", 50), ("-1", 50)],
)
def test_a_page_has_a_size_that_can_be_chosen(text, size):
    """The nearest one: no address makes a page of a million lines."""
    assert View.read([("size", text)]).size == size


@given(views, texts, st.booleans())
def test_a_filter_that_is_added_is_removed_again(view, text, joined):
    """It is the last one, by itself or as an alternative; removed, all is as before."""
    after = view.with_filter(text, joined=joined)
    alternatives = after.filters[-1]
    assert alternatives[-1] == text
    assert len(alternatives) == (len(view.filters[-1]) + 1 if joined and view.filters else 1)
    assert after.without_filter(len(after.filters) - 1, len(alternatives) - 1) == view


@given(views.filter(lambda view: view.filters), st.data())
def test_removing_a_filter_leaves_all_others(view, data):
    """In their order and with their alternatives; no condition without any is left behind."""
    outer = data.draw(st.integers(0, len(view.filters) - 1))
    inner = data.draw(st.integers(0, len(view.filters[outer]) - 1))
    after = view.without_filter(outer, inner)
    assert all(after.filters)
    gone = [
        [text for at, text in enumerate(some) if (place, at) != (outer, inner)]
        for place, some in enumerate(view.filters)
    ]
    assert after == replace(view, filters=tuple(map(tuple, filter(None, gone))))


def test_another_kind_of_page_shows_the_same_runs():
    """Without what is this page's alone: its place in a table, its axes, what was picked."""
    view = View("me/demo", (("a=1",),), "x", columns=("a",), group=("b",), runs=("r",), after="1~")
    view = view.with_options({"x": "a"})
    assert view.shared() == View("me/demo", (("a=1",),), "x", columns=("a",), group=("b",))


@pytest.mark.parametrize(
    ("view", "error", "told"),
    [
        (View(filters=(("config.a=1",), ("nothing",))), FilterError, "nothing"),
        (View(filters=(("config.a=1", "colour=1"),)), FilterError, "colour"),
        (View(filters=(("config.a in [",),)), FilterError, "config.a in ["),
        (View(search="(", is_pattern=True), FilterError, "("),
    ],
)
def test_what_cant_be_read_is_named(view, error, told):
    """Wherever among the conditions it stands; a search that is no pattern is a text."""
    with pytest.raises(error, match=re.escape(told)):
        view.condition()
    View(search="(").condition()


def test_a_project_that_is_none_is_named():
    """A project of ours goes by its name alone."""
    mine = Place("me", "demo")
    assert View("grid").place(mine) == ("me", "grid")
    assert View().place(mine) is None
    with pytest.raises(RunPathError, match="a/b/c"):
        View("a/b/c").place(mine)


# Lists of names


@given(st.lists(texts, max_size=5))
def test_a_list_of_names_is_one_text(listed):
    """Whatever is in the names: commas, quotes, line breaks, blanks at their ends."""
    assert read_list(write_list(listed)) == listed


@given(st.text())
def test_any_text_is_a_list(text):
    """Of names that are not empty, which are the same when they are written and read again."""
    found = read_list(text)
    assert all(name.strip() for name in found)
    assert read_list(write_list(found)) == found


def test_a_list_as_a_person_types_it():
    """Blanks around commas are none of the names'; quotes are for names with commas."""
    assert read_list('config.lr ,  "config.a,b",summary.loss,,') == [
        *("config.lr", "config.a,b", "summary.loss")
    ]
