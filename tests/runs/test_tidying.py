"""What goes when a folder is tidied, and what stays: with processes that live, or were killed."""

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing

import pytest
from tests.runs.journals import (
    RUN,
    anew,
    contents,
    deliver,
    finish,
    lines,
    log,
    settle,
    start,
    write,
)

from unifig import Api
from unifig.runs.folder import find
from unifig.runs.journal import fields_body
from unifig.runs.store.connection import open_store
from unifig.runs.store.tidying import UNSEEN, Tidying

TRAIN = """
    import sys
    import unifig

    with unifig.init({"lr": 0.1}, id=sys.argv[1]) as run:
        run.log({"loss": 0.5})
"""

GOES_ON = """
    import os, time
    import unifig

    run = unifig.init({"lr": 0.1}, id="x")
    run.log({"loss": 0.5})
    print("ready", flush=True)
    while not os.path.exists("stop"):
        run.log({"loss": 0.25})
        time.sleep(0.01)
    run.finish()
"""

DELETE = '"delete","last":true'


def tidying(folder, store=None):
    found = find(folder)
    return Tidying(found, open_store(found, None if store is None else str(store)))


def tidy(folder, store=None):
    """Looks and tidies: what went, and why what was left is left, by name."""
    it = tidying(folder, store)
    rubbish, left = it.look()
    gone, more = it.tidy(rubbish)
    return [one.name for one in gone], {one.name: one.why for one in (*left, *more)}


def names(folder):
    """The journals, by their names."""
    place = folder / "journal"
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def age(path, seconds=2 * UNSEEN):
    """Makes a file one that was written a while ago."""
    at = time.time() - seconds
    os.utime(path, (at, at))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder of runs, for journals that are written by hand."""
    return settle(tmp_path, monkeypatch)


class TestDeleted:
    """The journals of runs that were deleted."""

    def test_all_of_a_deleted_run_goes_and_the_others_stay_as_they_were(self, place):
        """Journals and rows; a store that is made anew of what is left has the same."""
        for name in ("a", "a_b", "a-b"):
            place.run(TRAIN, name)
        Api(place.runs).run("me/demo/a-b").delete()
        store = place.runs / "store.db"
        before = {path: row for path, row in contents(store).items() if path[2] != "a-b"}
        assert tidy(place.runs) == (["me/demo/a-b"], {})
        assert [name.rpartition("-")[0] for name in names(place.runs)] == ["a", "a_b"]
        assert contents(store) == before
        assert anew(place.runs, place.folder / "anew.db") == before
        with closing(sqlite3.connect(store)) as connection:
            known = connection.execute("select name from journal order by name").fetchall()
        assert [name for (name,) in known] == names(place.runs)
        assert tidy(place.runs) == ([], {})

    def test_a_run_stays_while_its_process_writes(self, place, until):
        """And does not come back: not meanwhile, not once it has ended and its journals went."""
        program = place.start(GOES_ON)
        program.hear("ready")
        until(place.journals)
        Api(place.runs).run("me/demo/x").delete()
        gone, left = tidy(place.runs)
        assert gone == []
        assert left == {"me/demo/x": f"its process {program.process.pid} still runs"}
        assert len(names(place.runs)) == 2
        (place.folder / "stop").touch()
        assert program.end().code == 0
        assert list(Api(place.runs).runs()) == []
        assert tidy(place.runs) == (["me/demo/x"], {})
        assert names(place.runs) == []
        assert list(Api(place.runs).runs()) == []
        assert anew(place.runs, place.folder / "anew.db") == {}

    def test_a_killed_process_keeps_nothing(self, place, until):
        """It is seen to be dead at once, though it never said so."""
        program = place.start(GOES_ON)
        program.hear("ready")
        until(place.journals)
        Api(place.runs).run("me/demo/x").delete()
        program.signal(signal.SIGKILL)
        program.end()
        assert tidy(place.runs) == (["me/demo/x"], {})
        assert names(place.runs) == []

    def test_nothing_goes_of_a_run_that_was_begun_anew(self, place):
        """By the same id: that its beginning was deleted must stay known."""
        place.run(TRAIN, "x")
        Api(place.runs).run("me/demo/x").delete()
        place.run(TRAIN, "x")
        before = names(place.runs)
        assert tidy(place.runs) == ([], {})
        assert (names(place.runs), len(before)) == (before, 3)
        assert Api(place.runs).run("me/demo/x").state == "finished"

    def test_a_run_that_is_begun_anew_after_the_look_stays(self, place):
        """What was found is looked at again, while nobody else writes."""
        place.run(TRAIN, "x")
        Api(place.runs).run("me/demo/x").delete()
        it = tidying(place.runs)
        rubbish, _ = it.look()
        assert len(rubbish) == 1
        place.run(TRAIN, "x")
        gone, left = it.tidy(rubbish)
        assert (gone, [one.name for one in left]) == ([], ["me/demo/x"])
        assert len(names(place.runs)) == 3

    def test_a_journal_that_has_grown_since_it_was_looked_at_stays(self, runs):
        """Even by a line that counts for nothing."""
        path = write(runs, "w", lines("w", [start(), finish()]))
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        it = tidying(runs)
        rubbish, _ = it.look()
        with path.open("ab") as file:
            file.write(lines("w", ['"about"' + fields_body(about={}, last=True)], at=3 * 10**15)[0])
        gone, left = it.tidy(rubbish)
        assert (gone, left[0].why) == ([], "it has changed since it was looked at")
        assert len(names(runs)) == 2

    @pytest.mark.parametrize("process", [None, "elsewhere/pid:[1]/1"])
    def test_a_process_that_can_not_be_seen_is_waited_for(self, process, runs):
        """Of another machine, say: until nothing has come of it for an hour."""
        about = '"start"' + fields_body(format=1, about={"process": process})
        path = write(runs, "w", lines("w", [about, log((0, {"x": 1}))]))
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        age(path, UNSEEN - 60)
        gone, left = tidy(runs)
        assert gone == []
        assert left["me/demo/a"].startswith("its process may still run: it gave a sign of life 59")
        age(path)
        assert tidy(runs) == (["me/demo/a"], {})

    def test_a_journal_that_a_later_version_wrote_stays(self, runs):
        """With all others of its run: what it means is not known."""
        write(runs, "w", lines("w", [start(), finish()]))
        newer = '"start"' + fields_body(format=99, about={})
        write(runs, "v", lines("v", [newer, finish()]))
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        gone, left = tidy(runs)
        assert (gone, list(left)) == ([], ["me/demo/a"])
        assert "upgrade unifig" in left["me/demo/a"]

    def test_damaged_lines_go_with_their_run(self, runs):
        """And what was known of them."""
        text = b"".join(lines("w", [start(), log((0, {"x": 1})), finish()]))
        write(runs, "w", text.replace(b'"x": 1', b'"x": 2'))
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        with pytest.warns(match="damaged"):
            assert len(Api(runs).problems()) == 1
        assert tidy(runs) == (["me/demo/a"], {})
        assert Api(runs).problems() == []

    def test_whatever_is_left_halfway_means_a_deleted_run(self, runs):
        """Whenever tidying is stopped: the run does not come back, whoever reads."""
        here, cache = find(runs).journals
        after = lines("w", ['"about"' + fields_body(about={}), finish()], at=3 * 10**15)
        write(runs, "w", lines("w", [start(), log((0, {"x": 1}))]))
        write(runs, "f", lines("f", [log((1, {"x": 2}))], aside="w"))
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        os.makedirs(cache)
        with open(os.path.join(cache, "a-w.jsonl"), "wb") as file:  # the disk was full meanwhile
            file.writelines(after)
        age(os.path.join(here, "a-f.jsonl"))
        rubbish, left = tidying(runs).look()
        (one,), store = rubbish, runs.parent / "anew.db"
        assert (len(one.files), left) == (4, [])
        for file in one.files:
            os.unlink(file.path)
            assert not any(row["exists"] for row in anew(runs, store).values()), file.path

    def test_journals_of_an_id_that_looks_alike_stay(self, runs):
        """In a file's name both are the same."""
        write(runs, "w", lines("w", [start(), finish()], ("me", "demo", "a.b")), ("", "", "a.b"))
        write(runs, "v", lines("v", [start(), finish()], ("me", "demo", "a-b")), ("", "", "a-b"))
        write(runs, "u", lines("u", [start(), finish()], ("you", "demo", "a.b")), ("", "", "a.b"))
        Api(runs).run("me/demo/a.b").delete()
        assert tidy(runs) == (["me/demo/a.b"], {})
        assert names(runs) == ["a_b-u.jsonl", "a_b-v.jsonl"]
        assert {run.path for run in Api(runs).runs()} == {"you/demo/a.b", "me/demo/a-b"}

    def test_where_there_may_be_other_stores_deletions_stay_known(self, runs, tmp_path):
        """A store that has not heard of them yet would have the runs for ever."""
        write(runs, "w", lines("w", [start(), finish()]))
        late, own = tmp_path / "late.db", tmp_path / "own.db"
        deliver(runs, late)
        write(runs, "d", lines("d", [DELETE], aside=True, at=2 * 10**15))
        assert tidy(runs, own) == (["me/demo/a"], {})
        assert names(runs) == ["a-d.jsonl"]
        assert tidy(runs, own) == ([], {})
        deliver(runs, late)
        assert not contents(late)[RUN]["exists"]


class TestEmpty:
    """Journals in which no event stands."""

    @pytest.mark.parametrize("text", [b"", b'{"at":17', bytes(4096)])
    def test_what_never_came_to_a_line_goes(self, text, runs):
        """Nothing, half a line, or what a power failure leaves; once nothing can come of it."""
        path = write(runs, "w", text)
        kept = write(runs, "k", lines("k", [start(), finish()]))
        gone, left = tidy(runs)
        assert (gone, list(left)) == ([], [str(path)])
        age(path)
        assert tidy(runs) == ([str(path)], {})
        assert names(runs) == [kept.name]

    def test_what_comes_to_a_line_meanwhile_stays(self, runs):
        """Its process was only slow."""
        path = write(runs, "w", b"")
        age(path)
        it = tidying(runs)
        rubbish, _ = it.look()
        write(runs, "w", lines("w", [start()]))
        age(path)
        gone, left = it.tidy(rubbish)
        assert (gone, [one.name for one in left]) == ([], [str(path)])
        assert Api(runs).run("me/demo/a").id == "a"

    def test_a_line_that_is_damaged_stays(self, runs):
        """Somebody may mend it."""
        path = write(runs, "w", b"damaged\n")
        age(path)
        with pytest.warns(match="damaged"):
            Api(runs).refresh()
        assert tidy(runs) == ([], {})
        assert path.exists()


class TestStore:
    """The store in the user's cache."""

    def test_one_that_is_not_used_goes(self, runs):
        """Where the folder has its own."""
        write(runs, "w", lines("w", [start(), finish()]))
        unused = find(runs).stores[1]
        deliver(runs)
        os.makedirs(os.path.dirname(unused))
        shutil.copy(runs / "store.db", unused)
        assert tidy(runs) == ([unused], {})
        assert not os.path.exists(unused)
        assert Api(runs).run("me/demo/a").id == "a"

    def test_one_that_somebody_has_open_stays(self, runs):
        """A reader is enough."""
        unused = find(runs).stores[1]
        os.makedirs(os.path.dirname(unused))
        open_store(find(runs), unused)
        with closing(sqlite3.connect(unused)) as connection:
            connection.execute("select * from run").fetchall()
            connection.execute("begin")
            connection.execute("select * from run").fetchall()
            gone, left = tidy(runs)
        assert (gone, list(left)) == ([], [unused])
        assert "in use" in left[unused]

    def test_the_one_that_is_used_stays(self, runs):
        """As long as the folder has none."""
        used = find(runs).stores[1]
        write(runs, "w", lines("w", [start(), finish()]))
        os.makedirs(os.path.dirname(used))
        assert tidy(runs, used) == ([], {})
        assert os.path.exists(used)


def test_where_nothing_is_recorded_nothing_is_made(runs):
    """By looking."""
    assert tidy(runs) == ([], {})
    assert not runs.exists()
