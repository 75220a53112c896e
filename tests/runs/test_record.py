"""Records: what is read back of a run is what its config was, whatever was written to it."""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.postgres import execute, new_database, url_of
from tests.runs.journals import (
    BEGIN,
    anew,
    contents,
    deliver,
    deliver_at_once,
    finish,
    lines,
    settle,
    start,
    write,
)
from tests.strategies import keys, scalars

import unifig
from unifig import Flat, UnifigError, flatten, unflatten
from unifig.origin import Origin
from unifig.runs.encoding import dumps, stored_key
from unifig.runs.folder import find
from unifig.runs.journal import config_body, fields_body, summary_body
from unifig.runs.metrics import rows_text
from unifig.runs.reading import recorded
from unifig.values import same

FEWER = settings(max_examples=settings().max_examples // 5)
"""Each of these makes a store, which takes a while."""


@dataclass
class Options:
    lr: object = None
    inner: object = None


anything = st.recursive(
    scalars
    | st.sampled_from([PurePosixPath("a/b"), Path("c"), 1j, b"x", range(3), frozenset([1])]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(st.integers(0, 3) | st.text(max_size=2), max_size=3)
        | st.dictionaries(keys | st.integers(-2, 2) | st.booleans(), inner, max_size=3)
        | st.builds(SimpleNamespace, a=inner, b=inner)
        | st.builds(Options, inner, inner)
    ),
    max_leaves=8,
)
"""What people put into a config: plain data, and what has a type that is to be remembered."""

mappings = st.dictionaries(keys | st.integers(-2, 2), anything, max_size=3)


def inside(node, kind, path=()):
    """The mappings or lists in a config."""
    found = [node] if isinstance(node, kind) else []
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            found += inside(value, kind)
    return found


def check(flat, expected):
    """Both have the same values, origins, types and types of keys."""
    assert same(dict(flat), dict(expected))
    assert flat.types == expected.types
    assert flat.key_types == expected.key_types
    assert flat.origins == expected.origins


class RunMachine(RuleBasedStateMachine):
    """An open run, whose config is written to in every way."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runs = Path(self.folder.name, "runs")
        self.run = None

    @initialize(tree=mappings)
    def begin(self, tree):
        where = {"dir": self.runs, "entity": "me", "project": "demo", "id": "a"}
        self.run = unifig.init(allow_val_change=True, **where)
        with suppress(UnifigError):
            self.run.config.update(tree)

    def pick(self, data, kind):
        found = inside(self.run.config, kind)
        return data.draw(st.sampled_from(found)) if found else None

    @rule(data=st.data(), key=keys, value=anything)
    def set_item(self, data, key, value):
        with suppress(UnifigError):
            self.pick(data, dict)[key] = value

    @rule(data=st.data(), tree=mappings | st.builds(Options, anything, anything))
    def update(self, data, tree):
        with suppress(UnifigError):
            self.pick(data, dict).update(tree)

    @rule(data=st.data(), value=anything)
    def replace(self, data, value):
        """A key that is there, with whatever is below it, has another value."""
        node = self.pick(data, dict)
        if node:
            with suppress(UnifigError):
                node[data.draw(st.sampled_from(list(node)))] = value

    @rule(data=st.data())
    def delete(self, data):
        node = self.pick(data, dict)
        if node:
            del node[data.draw(st.sampled_from(list(node)))]

    @rule(data=st.data(), value=anything, at=st.integers(0, 3))
    def edit_list(self, data, value, at):
        node = self.pick(data, list)
        if node is not None:
            with suppress(UnifigError):
                node.insert(at, value)
                if at > 1:
                    del node[min(at, len(node)) - 1]

    @rule(data=st.data())
    def clear(self, data):
        self.pick(data, dict | list).clear()

    @invariant()
    def it_is_plain(self):
        """What is to be recorded can be: an adapter's failure would be no test of the record."""
        if self.run is not None:
            flatten(self.run.config)

    def teardown(self):
        try:
            if self.run is not None:
                self.ended()
        finally:
            unifig.finish()
            self.folder.cleanup()

    def ended(self):
        expected, tree = self.run.config.flat(), self.run.config.as_dict()
        self.run.finish()
        told = unifig.Api(self.runs).run("me/demo/a")
        check(told.flat(), expected)
        assert same(told.config, unflatten(expected))
        assert same(told.config, tree)
        assert told.origins == expected.origins
        record = recorded(("me", "demo", "a"), find(self.runs).journals)
        check(record.config.flat(), expected)


# Defaults that do not replace what was chosen are told: that is no failure here.
TestRun = pytest.mark.filterwarnings("ignore::unifig.UnifigWarning")(RunMachine.TestCase)
TestRun.settings = settings(FEWER, stateful_step_count=10)


# The order of events


def config_event(values, removed, *, whole):
    flat = Flat({key: value for key, value in values.items() if key})
    said = Origin("code", 1, None, None, None)
    flat.origins.update(dict.fromkeys(flat, said))
    return '"config"' + config_body(flat, whole=whole, removed=removed)


names = st.sampled_from(["a", "b", "c.d", "e[0]", "é", "%"])
numbers = st.integers() | st.floats() | st.booleans()
metrics = st.dictionaries(names.map(stored_key), numbers, min_size=1, max_size=3)
bodies = st.one_of(
    st.builds(config_event, st.dictionaries(names, scalars), st.lists(names), whole=st.booleans()),
    st.lists(st.tuples(st.integers(0, 9), st.just(BEGIN), metrics), min_size=1, max_size=3).map(
        lambda rows: f'"log","rows":{rows_text(rows)}'
    ),
    st.builds(
        lambda values, removed: (
            '"summary"' + summary_body({stored_key(k): v for k, v in values.items()}, removed)
        ),
        st.dictionaries(names, scalars, min_size=1),
        st.lists(names.map(stored_key)),
    ),
    st.sampled_from(["x", "y"]).map(
        lambda word: '"about"' + fields_body(about={"name": word, "tags": [word], word: 1})
    ),
    st.just('"delete"'),
    st.just('"later","x":1'),
)


own = st.one_of(
    st.sampled_from(["finished", "failed"]).map(
        lambda state: '"finish"' + fields_body(state=state, exit_code=3, error="E: no")
    ),
    st.builds(
        lambda resumed, version: start(resumed=resumed or None, packages={"numpy": version}),
        st.booleans(),
        st.sampled_from(["1", "2"]),
    ),
)
"""What a process tells that opened the run, and no other."""


@st.composite
def journals(draw):
    """Some writers' journals: names, and lines at times that lie between those of the others."""
    found = {}
    for writer in draw(st.lists(st.sampled_from("pqrst"), min_size=1, max_size=4, unique=True)):
        aside = draw(st.booleans())
        told = draw(st.lists(bodies if aside else own | bodies, min_size=1, max_size=5))
        times = st.lists(
            st.integers(0, 20), min_size=len(told), max_size=len(told), unique=True
        ).map(sorted)
        timed = [(BEGIN + at, body) for at, body in zip(draw(times), told, strict=True)]
        found[writer] = lines(writer, timed, aside=aside)
    return found


@settings(max_examples=FEWER.max_examples // 2)
@given(st.data(), journals())
def test_events_have_one_order(data, found):
    """However journals grow between deliveries, the store is the one that is made at once."""
    with tempfile.TemporaryDirectory() as folder:
        runs, store = Path(folder, "runs"), Path(folder, "grown.db")
        for writer, text in grown(data, found):
            write(runs, writer, text)
            deliver_at_once(runs, store)
        assert contents(store) == anew(runs, Path(folder, "anew.db"))


@settings(max_examples=FEWER.max_examples // 2)
@given(st.data(), journals())
def test_events_of_many_machines_have_one_order(_postgres, data, found):
    """The same where each machine has one of the journals, and the database alone has all."""
    name = new_database()
    with tempfile.TemporaryDirectory() as folder:
        for writer, text in grown(data, found):
            write(Path(folder, "runs"), writer, text)
            write(Path(folder, writer), writer, text)
            deliver_at_once(Path(folder, writer), url_of(name))
        assert contents(url_of(name)) == anew(Path(folder, "runs"), Path(folder, "anew.db"))
    execute(f"drop database {name}")


def grown(data, found):
    """Journals as they grow, in any order and by any number of bytes: writer, and all up to now."""
    texts = {writer: b"".join(told) for writer, told in found.items()}
    reached = dict.fromkeys(texts, 0)
    while reached:
        writer = data.draw(st.sampled_from(sorted(reached)))
        size = data.draw(st.integers(reached[writer] + 1, len(texts[writer])))
        if data.draw(st.booleans()):
            size = len(texts[writer])
        yield writer, texts[writer][:size]
        reached[writer] = size
        if size == len(texts[writer]):
            del reached[writer]


@settings(FEWER)
@given(journals())
def test_resuming_folds_as_the_store_does(found):
    """What init(resume=…) reads of journals is what the store has."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder, "runs")
        for writer, told in found.items():
            write(runs, writer, told)
        record = recorded(("me", "demo", "a"), find(runs).journals)
        (row,) = anew(runs, Path(folder, "anew.db")).values()
        assert bool(row["exists"]) == (record is not None)
        if record is not None:
            told = row["state"], row["step"], row["created"], row["finished"], row["last_at"]
            assert told == (
                *(record.state, record.step, record.created, record.finished),
                record.last[0],
            )
            assert row["config"] == dumps(dict(record.config.flat()))
            assert same(
                unifig.Api(runs).run("me/demo/a").summary.as_dict(),
                unflatten(flatten(unifig.runs.summary.tree_of(record.metrics.last))),
            )


def test_a_later_kind_of_event_says_nothing(tmp_path, monkeypatch):
    """An event of a kind that is not known is no problem, and what follows it is read."""
    runs = settle(tmp_path, monkeypatch)
    write(runs, "w", lines("w", [start(), '"plot","x":[1]', finish()]))
    assert deliver(runs) == []
    assert unifig.Api().run("a").state == "finished"


def test_a_secret_is_read_back_masked(tmp_path, monkeypatch):
    """What is read is what was recorded: config.flat(), in which secrets are masked."""
    settle(tmp_path, monkeypatch)
    with unifig.init(id="a", config={"api_key": "sk-12345678", "n": {"password": "x1y2"}}) as run:
        expected = run.config.flat()
    told = unifig.Api().run("a")
    check(told.flat(), expected)
    assert told.config == {"api_key": "***", "n": {"password": "***"}}


@pytest.fixture(autouse=True, scope="module")
def _home(tmp_path_factory):
    """Nothing of these tests is in the cache of whoever runs them, nor of their repository."""
    with pytest.MonkeyPatch.context() as patch:
        settle(tmp_path_factory.mktemp("home"), patch)
        yield
