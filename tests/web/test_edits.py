"""Edits on the page of a run: what was meant is written, and nobody's work is lost unseen."""

import shutil
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.conftest import LIMITED, UNIFIG
from tests.runs.conftest import until
from tests.runs.journals import finish, lines, log, start, write
from tests.strategies import keys, values
from tests.web import samples
from tests.web.documents import Page, Visitor, encoded, exact
from tests.web.serving import process

import unifig
from unifig.messages import printable
from unifig.runs.encoding import dumps
from unifig.web.view import View

NEXT = iter(range(10**6))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of runs that are edited; this process records there."""
    folder = tmp_path_factory.mktemp("edited")
    with samples.recording(folder):
        samples.record({"lr": 0.1}, id="first")
        unifig.Api().refresh()  # makes a store
        yield folder


@pytest.fixture(scope="module")
def visitor(folder):
    """Whoever opens the page."""
    with samples.shown(folder) as visitor:
        yield visitor


class Edited:
    """A run that is edited on its page, and what is recorded of it."""

    def __init__(self, visitor, config, **init):
        id_ = f"r{next(NEXT)}"
        samples.record(config, id=id_, **init)
        self.visitor = visitor
        self.path = f"me/{init.get('project', 'demo')}/{id_}"
        self.url = f"/run/{quote(self.path)}"

    def page(self, **options):
        """Its page."""
        return self.visitor.get(View(options=options).url(self.url))

    def form(self, key=None):
        """The page where a value is edited; without a key, where one is added."""
        return self.page(**({"add": "1"} if key is None else {"edit": f"config.{key}"}))

    def post(self, fields, status):
        """Sends fields as no page may have them."""
        return self.visitor.post(self.url, fields.items(), status)

    @property
    def run(self):
        """As any program reads it."""
        return unifig.Api().run(self.path)

    @property
    def config(self):
        """The values by flat key, as text that tells types apart."""
        return {key: dumps(value) for key, value in self.run.flat().items()}

    @property
    def whole(self):
        """All that is recorded."""
        return dict(self.run.row)


@pytest.fixture
def edited(visitor):
    """Makes a run."""

    def make(config=None, **init):
        return Edited(visitor, config or {"lr": 0.1, "opt": {"name": "adam"}}, **init)

    return make


# What people say of a run


def test_name_tags_and_notes(edited):
    """They are written, each as it was meant; the page that comes then has them."""
    it = edited()
    tags = 'a, "b, c", é☃, <b>, "say ""x""", a'
    page = it.page().submit(name="new <name>", tags=tags, notes="one\r\ntwo  \r\n\r\n'<i>'")
    assert page.top.one("h1").text == "new <name>"
    run = it.run
    assert run.name == "new <name>"
    assert run.tags == ["a", "b, c", "é☃", "<b>", 'say "x"']
    assert run.notes == "one\ntwo  \n\n'<i>'"
    page = it.page().submit(tags="", notes="", name="x")
    assert (it.run.tags, it.run.notes) == ([], None)


@pytest.mark.parametrize(
    "said",
    [
        {"name": samples.MARKUP, "tags": ["a,b", '"', "'", " x", "x ", "é☃", samples.MARKUP]},
        {"name": " a ", "notes": " a \n"},
        {"name": "two\nlines", "tags": ["two\nlines", "x"], "notes": "\na\nb\n"},
        {"name": "cr\rlf\r\n", "tags": ["\r"], "notes": "a\rb\r\nc"},
        {"name": "\ud800", "tags": ["\udfff"], "notes": "\0"},
        {"tags": ["", "x"]},
        {"tags": ["x", "x"], "notes": ""},
    ],
    ids=ascii,
)
def test_what_nobody_touched_stays(edited, said):
    """Who changes one of them leaves the others as they are, whatever a field can hold."""
    it = edited(**said)
    before = it.whole
    it.page().submit(of="notes")
    assert it.whole == before
    it.page().submit(**({"tags": "new"} if "notes" in said else {"notes": "new"}))
    after = it.whole
    changed = {name for name in ("name", "tags", "notes") if before[name] != after[name]}
    assert changed == {"tags" if "notes" in said else "notes"}


def test_a_run_has_a_name(edited):
    """An empty one is refused, and so is all that was sent with it."""
    it = edited(name="first")
    before = it.whole
    page = it.page().submit(400, name=" ", notes="new")
    assert "name" in page.alert
    assert "Nothing was written" in page.alert
    assert it.whole == before


# Values of the config


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        *((0.1, "1e-4", 1e-4), (0.1, "2", 2.0), (1, "1.0", 1.0), (1, "true", True)),
        *((1, "'x'", "x"), (1, "null", None), (1, "", None), (None, "3", 3)),
        (True, "false", False),
        *(("a", "1e-4", "1e-4"), ("a", "null", "null"), ("a", " x ", " x "), ("a", "", "")),
        *(("a", "[1]", "[1]"), ("a", "'", "'"), ("a", "\u00e9\u2603 <b>", "\u00e9\u2603 <b>")),
        *(([1, 2], "[64, 32.0, null, 'x']", [64, 32.0, None, "x"]), ([], "[[1]]", [[1]])),
        *((1, ".nan", float("nan")), (1, "-.inf", float("-inf")), (1, str(2**70), 2**70)),
        *((1, "{a: 1}", {"a": 1}), (1, "{a: [{b: 2}]}", {"a": [{"b": 2}]}), (1, "[]", [])),
        *((1, "0x10", 16), (1, "1_000", 1000), (1, "'5'", "5"), (1, "yes", True)),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_is_written_as_it_is_typed(edited, before, text, after):
    """As in a YAML file; a text stays a text. Its origin says who wrote it, and what was there."""
    it = edited({"x": before, "other": {"y": 1}})
    it.form("x").submit(303, value=text)
    run = it.run
    assert dumps(dict(sorted(run.config.items()))) == dumps({"other": {"y": 1}, "x": after})
    origin = run.origins.get("x")
    if origin is not None and dumps(before) != dumps(after):
        assert origin.kind == "api"
    assert run.origins["other.y"].kind == "code"


@pytest.mark.parametrize(
    ("before", "text"), [(0.1, "0,5"), (1, "x"), (True, "ture"), ([1], "1, 2"), (1, "[1")]
)
def test_no_text_takes_the_place_of_what_was_none_by_mistake(edited, before, text):
    """The page says what it is, and keeps the form open; in quotes it is meant."""
    it = edited({"x": before})
    page = it.form("x").submit(400, value=text)
    assert f"x is of the type {type(before).__name__}" in page.alert
    assert it.run.config["x"] == before
    it.form("x").submit(303, value=f"'{text}'")
    assert it.run.config["x"] == text


def test_an_edit_says_where_it_was_made(edited):
    """And no line of what serves the page."""
    it = edited({"x": 1})
    it.form("x").submit(303, value="2")
    assert it.run.origins["x"].place == "unifig ui"
    assert "Edited since" in it.visitor.get(it.url).text


@pytest.mark.parametrize(
    "at", range(len(samples.KINDS)), ids=lambda at: ascii(samples.KINDS[at])[:30]
)
def test_a_value_that_nobody_touched_stays(edited, at):
    """Of whichever kind: opened to be edited, and saved as it stands there."""
    it = edited({"x": samples.KINDS[at]})
    before = it.whole
    it.form("x").submit(303, of="value")
    assert it.whole == before


@pytest.mark.parametrize("key", samples.KEYS, ids=lambda key: ascii(key)[:30])
def test_any_key_is_edited(edited, key):
    """By the link beside its value, whatever is in it; no other key comes to be."""
    it = edited({"first": {key: 1}, "z": 2})
    page = it.page()
    link = page.cells()[1][4].one("a")["href"]
    page.go(link).submit(303, value="5")
    assert it.run.config == {"first": {key: 5}, "z": 2}
    page.go(link).submit(303, remove="1")
    assert it.run.config == {"first": {}, "z": 2}


@pytest.mark.parametrize(
    ("key", "text", "changed"),
    [
        ("new", "1e-4", {"new": 1e-4}),
        ("opt.eps", "1", {"opt": {"name": "a", "eps": 1}}),
        ("opt.a.b.c", "x", {"opt": {"name": "a", "a": {"b": {"c": "x"}}}}),
        ("m.x", "null", {"m": {"x": None}}),
        ("l[0].v", "[1]", {"l": [{"u": 1, "v": [1]}]}),
        (r"a\.b", "1", {"a.b": 1}),
        ("  new ", "1", {"new": 1}),
        ("new", "{a: 1, b: {c: 2}}", {"new": {"a": 1, "b": {"c": 2}}}),
        ("new", "[{a: 1}]", {"new": [{"a": 1}]}),
        ("new", "{}", {"new": {}}),
    ],
)
def test_a_new_value_has_its_place(edited, key, text, changed):
    """By its flat key, nested as deep as that says, beside what is there."""
    config = {"lr": 0.1, "l": [{"u": 1}], "m": {}, "opt": {"name": "a"}}
    it = edited(config)
    it.form().submit(key=key, value=text)
    assert it.run.config == {**config, **changed}
    origins = it.run.origins
    new = [name for name in it.run.flat() if name.startswith(key.strip())]
    assert {origins[name].kind for name in new} == {"api"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"key": "a[", "value": "1"}, "a["),
        ({"key": "", "value": "1"}, "key"),
        ({"key": "l[5]", "value": "1"}, "l[5]"),
        ({"key": "m[7].v", "value": "1"}, "m[7]"),
        ({"key": "m[1]", "remove": "1"}, "m[1]"),
        ({"key": "lr.x", "value": "1"}, "lr"),
        ({"key": "new[0]", "value": "1"}, "new"),
        ({"key": "opt[0]", "value": "1"}, "opt"),
        ({"key": "opt", "value": "1"}, "opt"),
        ({"key": "m", "value": "1"}, "m"),
        ({"key": "lr", "value": "&a [*a]"}, "lr"),
        ({"key": "lr", "value": "1", "was": "{"}, "lr"),
        ({"key": "lr", "value": "1", "was": '{"$":["x"]}'}, "lr"),
        ({"name": "x", "was_name": "{"}, "name"),
        ({"key": ".".join("a" * 400), "value": "1"}, "a.a.a"),
        ({"key": "lr", "value": "[" * 5000}, "lr"),
    ],
    ids=lambda it: str(it)[:40],
)
def test_what_has_no_place_is_refused(edited, fields, named):
    """The page names it, and nothing is written; what stands there is never replaced unseen."""
    it = edited({"lr": 0.1, "l": [1, 2], "m": [{"v": 1}, 5], "opt": {"name": "a"}})
    before = it.whole
    page = it.post(fields, 400)
    assert "Nothing was written" in page.alert
    assert named in page.alert
    assert it.whole == before


def test_a_value_is_removed(edited):
    """Nested ones too; a secret can be edited and stays one."""
    it = edited({"lr": 0.1, "opt": {"name": "adam", "eps": 1}, "api_key": samples.CANARY})
    it.form("opt.eps").submit(remove="1")
    it.form("lr").submit(remove="1")
    assert it.run.config == {"opt": {"name": "adam"}, "api_key": "***"}
    page = it.form("api_key").submit(400, value=samples.CANARY + "2")
    assert "api_key is masked" in page.alert
    assert it.run.config["api_key"] == "***"
    assert samples.CANARY not in page.text
    page = it.form().submit(key="db.password", value=samples.CANARY)
    assert it.run.config["db"] == {"password": "***"}
    assert samples.CANARY not in page.text


@settings(max_examples=8)
@given(st.dictionaries(keys, values, min_size=1, max_size=3), st.data())
def test_any_config_is_edited_value_by_value(visitor, config, data):
    """Each leaf is opened and saved, which changes nothing; removed, all others stay."""
    it = Edited(visitor, config)
    before = it.whole
    flat = it.config
    for key in flat:
        it.form(key).submit(303, of="value")
    assert it.whole == before
    key = data.draw(st.sampled_from([*flat]))
    if isinstance(unifig.split(key)[-1], int):  # those behind it would move up
        it.form(key).submit(400, remove="1")
        assert it.whole == before
    else:
        it.form(key).submit(303, remove="1")
        after = it.config
        assert key not in after
        assert {name: after.get(name) for name in flat if name != key} == {
            name: text for name, text in flat.items() if name != key
        }


# Anything at all

FIELDS = [
    *(
        "key",
        "value",
        "was",
        "remove",
        "name",
        "tags",
        "notes",
        "was_name",
        "was_tags",
        "was_notes",
    ),
    *("edit", "other"),
]
sent = st.lists(
    st.tuples(
        st.sampled_from(FIELDS),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
        | st.sampled_from(
            [
                *("lr", "opt.name", "opt", "new", "l[0]", "l[1].a", "m[0].v", "m", "x.y.z", "a["),
                *("", "[1, {a: 2}]", "{a: {b: 1}}", "*a", "&a [*a]", "!!python/object:os.x y"),
                *('{"$":["float","nan"]}', '"a"', "null", "0.1", '{"$":1}', "[]", "{}", "|", "- -"),
                "<<: {a: 1}",
            ]
        ),
    ),
    max_size=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def worn(visitor):
    """A run that anything is sent to."""
    config = {"lr": 0.1, "opt": {"name": "adam"}, "l": [1, 2], "m": [{"v": 1}, 5]}
    return Edited(visitor, config)


@settings(max_examples=60)
@given(sent)
def test_no_form_breaks_the_page(worn, sent):
    """Whatever is sent is written, or refused with a reason; the page of the run stays whole."""
    answer = worn.visitor.served.send(encoded(sent), worn.url)
    assert answer.status in {303, 400, 409}
    page = Page(worn.visitor, worn.url, answer, answer.status)
    assert (page.alert is None) == (answer.status in {303, 409})
    assert worn.page().top.one("h1").text == " ".join(printable(worn.run.name).split())


def test_long_forms(edited):
    """Up to a million bytes are taken, and shown again; more is refused, and so are many fields."""
    it = edited({"text": "a"})
    it.form("text").submit(value="x" * 400_000)
    assert it.run.config == {"text": "x" * 400_000}
    it.form("text").submit(of="value")
    assert it.page().status == 200
    it.page().submit(notes="line\n" * 20_000)
    assert it.run.notes == "line\n" * 20_000
    assert it.visitor.get(f"/compare?run={it.path}&all=1").status == 200
    assert it.visitor.served.send("notes=" + "x" * 1_100_000, it.url).status == 413
    assert it.visitor.served.send("&".join(["notes=x"] * 2000), it.url).status == 400
    bad = it.visitor.served.send("notes=%ff%fe", it.url)
    assert bad.status == 400
    assert "UTF-8" in bad.text


def test_a_secret_is_shown_to_nobody(edited):
    """Neither in an error, nor where two have written another one."""
    it = edited({"api_key": samples.CANARY, "lr": 1})
    mine, key = it.form("lr"), it.form("api_key")
    it.form("lr").submit(value=f"'postgres://u:{samples.CANARY}@h/db'")
    it.form("api_key").submit(remove="1")
    for form, fields, status in (
        (it.form(), {"key": "a[", "value": samples.CANARY}, 400),
        (it.form(), {"key": "lr.api_key", "value": samples.CANARY}, 400),
        (mine, {"value": f"'postgres://u:{samples.CANARY}@other/db'"}, 409),
        (key, {"value": samples.CANARY}, 409),
    ):
        assert samples.CANARY not in form.submit(status, **fields).top.raw


# Two who edit at the same time


def test_a_value_that_somebody_else_has_changed(edited):
    """Both are shown, and nothing is written until a person says that theirs is meant."""
    it = edited({"lr": 0.1, "z": 1})
    mine, theirs = it.form("lr"), it.form("lr")
    theirs.submit(value="0.2")
    before = it.whole
    clash = mine.submit(409, value="0.3")
    facts = [fact.text for fact in clash.top.one("dl").all("dd")]
    assert facts == ["0.1", "0.2", "0.3"]
    assert it.whole == before
    clash.submit(value="0.3")
    assert it.run.config == {"lr": 0.3, "z": 1}
    replaced = it.run.explain("lr").as_dict()["replaced"]
    assert [value["value"] for value in replaced][:1] == [0.2]


def test_a_clash_that_goes_on(edited):
    """Where a third one was faster than who says that theirs is meant, it is asked again."""
    it = edited({"lr": 0.1})
    mine = it.form("lr")
    it.form("lr").submit(value="0.2")
    clash = mine.submit(409, value="0.3")
    it.form("lr").submit(value="0.4")
    again = clash.submit(409, value="0.3")
    assert [fact.text for fact in again.top.one("dl").all("dd")] == ["0.2", "0.4", "0.3"]
    assert again.follow("Leave it as it is").status == 200
    assert it.run.config == {"lr": 0.4}


@pytest.mark.parametrize("theirs", ["removed", "added"])
def test_a_value_that_somebody_else_has_removed_or_added(edited, theirs):
    """It is said that it was not there, or is no longer."""
    it = edited({"lr": 0.1, "z": 1})
    key = "lr" if theirs == "removed" else "new"
    mine = it.form("lr") if theirs == "removed" else it.form()
    if theirs == "removed":
        it.form("lr").submit(remove="1")
        clash = mine.submit(409, value="0.3")
        assert [fact.text for fact in clash.top.one("dl").all("dd")] == ["0.1", "not there", "0.3"]
    else:
        it.form().submit(key="new", value="5")
        clash = mine.submit(409, key="new", value="0.3")
        assert [fact.text for fact in clash.top.one("dl").all("dd")] == ["not there", "5", "0.3"]
    clash.submit(value="0.3")
    assert it.run.config[key] == 0.3


@pytest.mark.parametrize("field", ["name", "tags", "notes"])
def test_what_somebody_else_has_said(edited, field):
    """The same for name, tags and notes."""
    it = edited(name="a", tags=["a"], notes="a")
    mine = it.page()
    it.page().submit(**{field: "theirs"})
    before = it.whole
    clash = mine.submit(409, **{field: "mine"})
    facts = [fact.text for fact in clash.top.one("dl").all("dd")]
    for fact, text in zip(facts, ("a", "theirs", "mine"), strict=True):
        assert text in fact
    assert it.whole == before
    clash.submit(**{field: "mine"})
    assert getattr(it.run, field) in ("mine", ["mine"])


def test_two_who_say_different_things(edited):
    """Neither has touched what the other has changed: both are written, without a question."""
    it = edited(name="a", tags=["a"], notes="a")
    mine = it.page()
    it.page().submit(tags="theirs", notes="theirs")
    mine.submit(name="mine")
    assert (it.run.name, it.run.tags, it.run.notes) == ("mine", ["theirs"], "theirs")
    mine, other = it.form("lr"), it.form("opt.name")
    other.submit(value="sgd")
    mine.submit(value="1")
    assert it.run.config == {"lr": 1, "opt": {"name": "sgd"}}


def test_two_who_want_the_same(edited):
    """That is no conflict."""
    it = edited()
    mine = it.form("lr")
    it.form("lr").submit(value="0.2")
    mine.submit(value="0.2")
    said = it.page()
    it.page().submit(notes="x")
    said.submit(notes="x")
    assert (it.run.config["lr"], it.run.notes) == (0.2, "x")


def test_many_at_once(edited):
    """Each edits a key of their own, all at the same time: all of it is there then."""
    it = edited({f"k{number}": 0 for number in range(8)})
    forms = [it.form(f"k{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: forms[at].submit(value=str(at + 1)), range(8)))
    assert it.run.config == {f"k{number}": number + 1 for number in range(8)}


# Who is gone, and what can't be written


def test_a_run_that_was_deleted_meanwhile(edited):
    """It is named; nothing comes back to life."""
    it = edited(name="doomed")
    forms = [it.form("lr"), it.page()]
    it.run.delete()
    for form, fields in zip(forms, ({"value": "1"}, {"notes": "x"}), strict=True):
        assert it.path in form.submit(404, **fields).alert
    with pytest.raises(unifig.RunNotFoundError):
        _ = it.run
    assert it.path in it.visitor.get(it.url, 404).alert


@pytest.fixture(scope="module", autouse=True)
def held(tmp_path_factory, folder):
    """What is answered while another process writes; that takes as long as is waited for it."""
    other = tmp_path_factory.mktemp("held")
    shutil.copytree(folder / ".unifig", other / ".unifig")
    path = "/run/me/demo/first"
    found = []

    def edit():
        with samples.shown(other) as visitor:
            form = visitor.get(f"{path}?edit=lr")
            holder = sqlite3.connect(other / ".unifig/store.db", isolation_level=None)
            with closing(holder):
                holder.execute("BEGIN IMMEDIATE")
                found.append(form.submit(503, value="0.5").alert)
                holder.execute("ROLLBACK")
            found.append(visitor.get(path).table())
            found.append(form.submit(value="0.5").table())

    with ThreadPoolExecutor() as pool:
        told = pool.submit(edit)
        yield lambda: told.result() or found


READING = """
import ctypes, os, sys

ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # root may not write what is closed to it, either
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Starts a command as somebody runs it who may not write everywhere."""


def test_runs_that_may_only_be_read(folder, tmp_path):
    """Who may not write them sees them all, and is told where they would change one."""
    runs = tmp_path / ".unifig"
    shutil.copytree(folder / ".unifig", runs)
    cache = tmp_path / "cache"
    cache.mkdir()
    paths = [runs, cache, *runs.rglob("*")]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    command = [sys.executable, "-c", READING, UNIFIG, "ui", "--dir", str(runs), "--port", "0"]
    with process([*command, "--no-open"], folder=tmp_path) as served:
        until(lambda: served.ask("/count").status != 503)
        visitor = Visitor(served)
        page = visitor.get("/run/me/demo/first?edit=lr")
        told = page.submit(503, value="0.5").alert
        assert "Nothing was written" in told
        assert "can't be written" in told
        assert visitor.get("/?project=demo&filter=config.lr=0.1").runs()
    for path in paths:
        path.chmod(0o700)


def test_a_disk_that_is_full(edited, folder):
    """What can't be written is said, and is not there afterwards."""
    it = edited()
    before = it.whole
    command = [sys.executable, "-c", LIMITED, "ui", "--dir", f"{folder}/.unifig", "--port", "0"]
    with process([*command, "--no-open"], folder=folder) as served:
        until(lambda: served.ask("/count").status != 503)
        visitor = Visitor(served)
        page = visitor.post(it.url, [("notes", "x" * 100_000)], 503)
        assert "Nothing was written" in page.alert
        assert "can't be written" in page.alert
        assert visitor.get(it.url).fields("notes")[-1] == ("notes", "")
    assert it.whole == before


# Runs that come, go on and go


def test_a_run_that_goes_on(visitor, folder):
    """What it logs is there when its page is opened again, which it is by itself."""
    run = ("me", "demo", "alive")
    steps = [log((0, {"loss": 0.5}))]
    write(folder / ".unifig", "w", lines("w", [start(), *steps], run), run)
    page = visitor.get("/run/me/demo/alive")
    assert page.top.one("noscript").all("meta")[0]["content"] == "10"
    assert page.table(1)[0][:2] == ["loss", "0.5"]
    steps += [log((step, {"loss": 0.25})) for step in range(1, 5)]
    write(folder / ".unifig", "w", lines("w", [start(), *steps], run), run)
    page = visitor.get("/run/me/demo/alive")
    assert page.table(1)[0][:2] == ["loss", "0.25"]
    assert page.figures()[0]["data"][0]["y"] == [0.5, *[0.25] * 4]
    write(folder / ".unifig", "w", lines("w", [start(), *steps, finish()], run), run)
    page = visitor.get("/run/me/demo/alive")
    assert not page.top.all("meta", http_equiv="refresh")
    assert "finished" in page.top.one(class_="bar").text


def counted(visitor, project, number):
    """Waits until the page knows of so many runs: it looks at the store twice a second."""
    asked = f"/count?project={project}"
    until(lambda: exact(visitor.get(asked).text)["total"] == number)


def test_pages_go_on_where_runs_come_and_go(visitor):
    """A page begins after the run that the last one ended with, though that is deleted by now."""
    for number in range(60):
        samples.record({"n": number // 2}, project="moving", id=f"m{number:02}")
    counted(visitor, "moving", 60)
    page = visitor.get("/?project=moving&size=25&sort=config.n&columns=id,config.n")
    assert [line[1] for line in page.table()] == [f"m{number:02}" for number in range(25)]
    for id_ in ("m24", "m03", "m30"):
        unifig.Api().run(f"me/moving/{id_}").delete()
    samples.record({"n": 1}, project="moving", id="early")
    samples.record({"n": 15}, project="moving", id="late")
    counted(visitor, "moving", 59)
    page = page.follow("Next →")
    expected = [
        "m25",
        "m26",
        "m27",
        "m28",
        "m29",
        "m31",
        "late",
        *(f"m{it}" for it in range(32, 50)),
    ]
    assert [line[1] for line in page.table()] == expected
    rest = page.follow("Next →")
    assert [line[1] for line in rest.table()] == [f"m{it}" for it in range(50, 60)]
    assert rest.amount == "59 runs"
    back = rest.follow("← Previous")
    assert back.table() == page.table()
    first = back.follow("← Previous")
    assert {"early", "m02", "m23"} <= {line[1] for line in first.table()}
    for run in unifig.Api().runs("me/moving"):
        run.delete()
    counted(visitor, "moving", 0)
    assert "There is no run here yet" in page.follow("Next →").text


def test_what_is_edited_is_in_the_table(visitor, edited):
    """In all of its pages, filters and groups; by the next look at the store."""
    it = edited({"lr": 0.1}, project="tabled")
    counted(visitor, "tabled", 1)
    it.form("lr").submit(value="0.75")
    it.page().submit(name="renamed", tags="fresh")
    asked = "/?project=tabled&filter=config.lr=0.75&filter=tags=fresh"
    until(lambda: visitor.get(asked).runs() == [it.path])
    page = visitor.get(asked).submit(add_group="config.lr")
    assert [line[:2] for line in page.table()] == [["0.75", "1"]]
    assert visitor.get("/?project=tabled").table()[0][1] == "renamed"


def test_a_store_that_another_process_holds(held):
    """The page says so, and nothing is written; later on it is."""
    told, before, after = held()
    assert "Nothing was written" in told
    assert "is locked by another process: try again later" in told
    assert [line[1] for line in before] == ["0.1"]
    assert [line[1] for line in after] == ["0.5"]
