"""The runs that the page shows: up to date, and still there where the store is not."""

import os
import threading
import time

import pytest
from sqlalchemy import make_url, text
from tests.postgres import through
from tests.runs.journals import lines, log, settle, start, write

import unifig
from unifig.errors import StoreError
from unifig.runs.archive import Archive
from unifig.runs.folder import find
from unifig.runs.store import postgresql
from unifig.web.frame.cache import Cache, StillLoading


@pytest.fixture(params=["sqlite", "postgresql"])
def runs(request, tmp_path, monkeypatch):
    """The folder of runs, over it the one store or other."""
    store = request.getfixturevalue("database") if request.param == "postgresql" else None
    return settle(tmp_path, monkeypatch, store)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of runs, with the store in it."""
    return settle(tmp_path, monkeypatch)


def made(id_, config=None, **metrics):
    with unifig.init(config, id=id_) as run:
        if metrics:
            run.log(metrics)


def opened(folder):
    """A cache that has read what there is."""
    cache = Cache(Archive(find(folder), None), often=0)
    assert loaded(cache) is not None
    return cache


def loaded(cache):
    """The frame, once it is there."""
    for _ in range(6000):
        try:
            return cache.frame()
        except StillLoading:
            time.sleep(0.01)
    raise AssertionError(cache.progress)


def shown(cache, name):
    """The values by a name, of each run by its id."""
    frame = cache.frame()
    rows = frame.alive.nonzero()[0]
    return dict(zip(frame.values("id", rows), frame.values(name, rows), strict=True))


def test_runs_are_there_as_they_come_and_change(runs):
    """What is recorded, edited and deleted, here or elsewhere, the next look shows."""
    made("a", {"lr": 1}, acc=0.5)
    cache = opened(runs)
    assert shown(cache, "config.lr") == {"a": 1}
    made("b", {"lr": 2})
    assert shown(cache, "config.lr") == {"a": 1, "b": 2}
    run = unifig.Api().run("a")
    run.config["lr"] = 3
    run.tags = ["good"]
    run.update()
    assert shown(cache, "config.lr") == {"a": 3, "b": 2}
    assert shown(cache, "tags") == {"a": ["good"], "b": []}
    assert shown(cache, "summary.acc")["a"] == 0.5
    unifig.Api().run("b").delete()
    assert shown(cache, "config.lr") == {"a": 3}
    assert cache.trouble is None
    assert cache.warnings == []


def test_a_look_where_nothing_changed_gives_the_same_frame(runs):
    """A page that is left open costs nothing while nobody records."""
    made("a")
    cache = opened(runs)
    first = cache.frame()
    assert cache.frame() is cache.frame() is first


def test_who_asks_too_early_is_told_how_far_it_is(folder):
    """Until all is read the page has a sign of progress to show."""
    made("a")
    cache = Cache(Archive(find(folder), None))
    assert cache.progress is None
    with pytest.raises(StillLoading, match=r"still being read: \d+ of \d+") as told:
        cache.frame()
    assert told.value.done <= told.value.total
    loaded(cache)
    assert cache.progress is None


def test_many_may_ask_at_once(folder):
    """Requests in many threads get the runs, whoever of them brings these up to date."""
    made("a")
    cache = opened(folder)
    failures = []

    def ask():
        try:
            for _ in range(20):
                cache.frame().values("id", cache.frame().alive.nonzero()[0])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        made(f"b{number}")
    for thread in threads:
        thread.join()
    assert not failures
    assert len(shown(cache, "id")) == 6


def test_lines_that_cannot_be_read_are_told(folder):
    """A journal with a broken line is no secret: the page can say which one."""
    write(folder, "w1", [*lines("w1", [start(), log((0, {"x": 1}))]), b"no event\n"])
    cache = opened(folder)
    [told] = cache.warnings
    assert "line 3" in told
    assert shown(cache, "summary.x") == {"a": 1}
    assert cache.warnings == [told]


def throw_away(folder):
    """Removes the store, as a person may: it is made of the journals."""
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (folder / name).unlink(missing_ok=True)


def spoil(folder):
    """Puts what is no store in the place of the store."""
    throw_away(folder)
    (folder / "store.db").write_bytes(b"no store" * 1000)


def test_a_store_that_is_broken_leaves_what_was_read(folder):
    """Where the store can't be read any more, the page says so and shows what it knows."""
    made("a", {"lr": 1})
    cache = opened(folder)
    spoil(folder)
    assert shown(cache, "config.lr") == {"a": 1}
    assert "is no store of runs" in cache.trouble
    os.unlink(folder / "store.db")
    made("b", {"lr": 2})
    assert shown(cache, "config.lr") == {"a": 1, "b": 2}
    assert cache.trouble is None


def test_a_store_that_is_made_again_is_read_anew(folder):
    """Of a store that somebody has made anew no run is left over that is not in it."""
    made("a", {"lr": 1})
    made("b", {"lr": 2})
    cache = opened(folder)
    throw_away(folder)
    for journal in (folder / "journal").glob("b*"):
        journal.unlink()
    made("c", {"lr": 3})
    unifig.Api().run("c")  # which makes it anew
    assert shown(cache, "config.lr") == {"a": 1, "c": 3}


def test_what_a_server_tells_again_is_no_change(database, tmp_path, monkeypatch):
    """While somebody's transaction goes on and on, a look still finds that nothing has changed."""
    folder = settle(tmp_path, monkeypatch, database)
    made("a")
    other = postgresql.opened(make_url(database))
    with other.writing() as connection:
        connection.execute(text("select pg_current_xact_id()"))
        made("b")
        cache = opened(folder)
        first = cache.frame()
        assert cache.frame() is cache.frame() is first
        assert len(shown(cache, "id")) == 2


def test_a_store_that_is_gone_is_made_again(folder):
    """Nobody has to start the page again because the index was thrown away."""
    made("a", {"lr": 1})
    cache = opened(folder)
    throw_away(folder)
    shown(cache, "config.lr")
    assert shown(cache, "config.lr") == {"a": 1}
    assert cache.trouble is None


def test_a_server_that_is_away_leaves_what_was_read(proxy, database, tmp_path, monkeypatch):
    """While the store of a team is away the page shows what it knows, and then goes on."""
    folder = settle(tmp_path, monkeypatch, through(proxy, database))
    made("a", {"lr": 1})
    cache = opened(folder)
    proxy.cut_after = 0
    assert shown(cache, "config.lr") == {"a": 1}
    assert cache.trouble is not None
    proxy.cut_after = None
    made("b", {"lr": 2})
    assert shown(cache, "config.lr") == {"a": 1, "b": 2}
    assert cache.trouble is None


def test_what_went_wrong_at_first_is_told_and_tried_again(folder):
    """A store that can't be opened is an error for whoever asks, until it can."""
    made("a", {"lr": 1})
    spoil(folder)
    cache = Cache(Archive(find(folder), None), often=0)
    for _ in range(2):
        with pytest.raises(StoreError, match="is no store of runs"):
            loaded(cache)
    os.unlink(folder / "store.db")
    loaded(cache)
    assert shown(cache, "config.lr") == {"a": 1}
