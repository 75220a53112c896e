"""Delivery: each event reaches the store once, however often and wherever it is stopped."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from tests.runs.journals import (
    BEGIN,
    anew,
    contents,
    deliver,
    deliver_at_once,
    finish,
    lines,
    log,
    settle,
    start,
    used,
    write,
)

import unifig
from unifig import UnifigWarning
from unifig.runs.event import head, line
from unifig.runs.journal import fields_body

DELIVERING = """\
import sys, unifig
api = unifig.Api(sys.argv[1], sys.argv[2])
print("ready", flush=True)
print(len(api.runs()), flush=True)
"""


@pytest.fixture(autouse=True, params=["sqlite", "postgresql"])
def runs(request, tmp_path, monkeypatch):
    """The folder of runs, which all that is here records into; over it the one store or other."""
    store = request.getfixturevalue("database") if request.param == "postgresql" else None
    return settle(tmp_path, monkeypatch, store)


def delivering(folder, store):
    """A process that delivers, once it has said that it is ready."""
    command = [sys.executable, "-c", DELIVERING, str(folder), str(store)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout.readline() == "ready\n"
    return process


def journal(writer, run, rows=300):
    """Lines of a small run, some of them of many rows."""
    parts = [
        log(*((at + n, {"loss": at + n, "acc": 0.5}) for n in range(50)))
        for at in range(0, rows, 50)
    ]
    config = '"config","set":{"lr":0.1},"origins":[{"kind":"code","rank":1}],"of":[0]'
    return lines(writer, [start(), config, *parts, finish()], run)


# Stopped anywhere


def test_a_delivery_that_is_killed(tmp_path, runs):
    """However often a delivery is killed, the store has each event once."""
    store, chance = tmp_path / "killed.db", random.Random(7)
    killed = 0
    for turn in range(10):
        for number in range(8):
            run = ("me", "demo", f"r{number}")
            write(runs, f"w{turn}", journal(f"w{turn}", run), run)
        process = delivering(runs, store)
        time.sleep(chance.uniform(0, 0.04))
        process.kill()
        with process:
            killed += process.stdout.read() == ""
    assert killed, "all had delivered before they were killed"
    deliver(runs, store)
    assert contents(store) == anew(runs, tmp_path / "anew.db")


def test_two_processes_deliver_at_the_same_time(tmp_path, runs):
    """Each event is delivered by one of them."""
    for number in range(40):
        run = ("me", "demo", f"r{number}")
        write(runs, "w", journal("w", run), run)
    store = tmp_path / "both.db"
    both = [delivering(runs, store) for _ in range(2)]
    for process in both:
        with process:
            assert process.stdout.read() == "40\n"
        assert process.returncode == 0
    assert contents(store) == anew(runs, tmp_path / "anew.db")


def test_a_journal_that_is_cut_at_every_kind_of_byte(tmp_path, runs):
    """A part of a journal, cut in any place of a line, and then the rest: the same as at once."""
    text = b"".join(journal("w", ("me", "demo", "a"), rows=100))
    ends = [at for at, byte in enumerate(text) if byte == ord("\n")]
    kinds = {0, 1, 6, 7, len(text) - 1, len(text)}
    kinds |= {at + more for at in ends for more in (-20, -10, -1, 0, 1, 40)}
    kinds |= {text.index(word) + 3 for word in (b'"rows"', b'"run"', b'"by"', b'"set"', b"loss")}
    write(runs, "w", text)
    expected = anew(runs, tmp_path / "anew.db")
    store = tmp_path / "cut.db"
    for cut in sorted(cut for cut in kinds if 0 <= cut <= len(text)):
        for left in tmp_path.glob("cut.db*"):
            left.unlink()
        write(runs, "w", text[:cut])
        deliver_at_once(runs, store)
        write(runs, "w", text)
        assert deliver(runs, store) == []
        assert contents(store) == expected, cut


# What can't be read


def test_a_damaged_line_costs_itself(runs):
    """A damaged line is told once, with its file and number; what is around it is there."""
    told = journal("w", ("me", "demo", "a"), rows=150)
    told[3] = told[3].replace(b"loss", b"lost", 1)
    path = write(runs, "w", told)
    api = unifig.Api()
    with pytest.warns(UnifigWarning) as caught:
        run = api.run("a")
    (warning,) = caught
    assert str(warning.message) == f"{path}, line 4: the line is damaged, and is left out"
    assert (run.state, run.config, len(run.history())) == ("finished", {"lr": 0.1}, 100)
    assert run.history()[-1]["loss"] == 149
    assert unifig.Api().run("a").state == "finished"
    assert [problem.line for problem in unifig.Api().problems()] == [4]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b"\n", b"", 1),
        lambda text: b"\0" * 4096 + text,
        lambda text: text[:50] + b"\xff\xfe" + text[50:],
        lambda text: b"\n" + text,
        lambda text: text.replace(b'"crc":"', b'"crc":"z', 1),
        lambda text: text[40:],
        lambda text: b"[" * 100_000 + b"\n" + text,
        lambda text: text.replace(b"\n", b"\r\n", 1),
    ],
    ids=range(8),
)
def test_any_damage_is_one_line_told(runs, damage):
    """Whatever has happened to the first line, those after it are read."""
    text = b"".join(lines("w", [start(), log((0, {"x": 1})), log((1, {"x": 2})), finish()]))
    write(runs, "w", damage(text))
    with pytest.warns(UnifigWarning, match="line 1: the line is damaged"):
        run = unifig.Api().run("a")
    assert run.state == "finished"
    assert [row["x"] for row in run.history()] == [1, 2]


def test_half_a_line_is_told_and_read_once_it_is_whole(runs):
    """What a process was stopped at is told; where it goes on after all, nothing is lost."""
    text = b"".join(lines("w", [start(), log((0, {"x": 1})), finish()]))
    path = write(runs, "w", text[:-30])
    with pytest.warns(UnifigWarning, match=rf"{path}, line 3: the line is not whole"):
        assert unifig.Api().run("a").summary == {"x": 1}
    with path.open("ab") as file:
        file.write(text[-30:])
    assert unifig.Api().run("a").state == "finished"
    assert unifig.Api().problems() == []


def test_a_journal_of_a_later_format(runs):
    """It is told, with what to do; other journals are read."""
    write(runs, "v", lines("v", ['"start"' + fields_body(format=2, about={})]))
    write(runs, "w", lines("w", [start(), finish()]))
    with pytest.warns(UnifigWarning, match=r"line 1: the format 2 is newer than 1: upgrade unifig"):
        assert unifig.Api().run("a").state == "finished"


@pytest.mark.parametrize(
    "text",
    [b'{"loss": 1}\n', b"\n", b"text\n" * 3, b"\0\xff\n", b'{"at":1,"by":"x"}\n', b"[1]\n", b"1\n"],
)
def test_a_file_that_is_no_journal(runs, text):
    """It is told line by line, and does no harm."""
    (runs / "journal").mkdir(parents=True)
    (runs / "journal" / "notes.jsonl").write_bytes(text)
    (runs / "journal" / "notes.txt").write_bytes(text)
    write(runs, "w", lines("w", [start(), finish()]))
    with pytest.warns(UnifigWarning) as caught:
        assert unifig.Api().run("a").state == "finished"
    assert all("notes.jsonl, line " in str(warning.message) for warning in caught)
    assert len(unifig.Api().problems()) == text.count(b"\n")


def test_a_line_that_is_whole_and_makes_no_sense(runs):
    """A line that only another program could write, checksum and all, costs itself."""
    odd = [
        '"log","rows":[]',
        '"log","rows":3',
        '"log"',
        '"config"',
        '"start"',
        '"summary","set":{"a":{"$":1}}',
        '"finish"',
        '"about"',
    ]
    write(runs, "v", lines("v", odd, ("me", "demo", "b")))
    write(runs, "x", [line(1, '"by":"x","event":', '"start"'), line(2, head("x", ("c", "d")), "1")])
    write(runs, "w", lines("w", [start(), finish()]))
    with pytest.warns(UnifigWarning):
        assert unifig.Api().run("a").state == "finished"


def test_many_lines_that_can_not_be_read(runs):
    """Ten are told one by one, the rest by their number; all of them are in problems()."""
    write(runs, "w", [*lines("w", [start(), finish()]), *[b"x\n"] * 30])
    with pytest.warns(UnifigWarning) as caught:
        unifig.Api().run("a")
    assert len(caught) == 11
    assert "20 more lines of journals can't be read" in str(caught[-1].message)
    assert [problem.line for problem in unifig.Api().problems()] == list(range(3, 33))


def test_a_journal_that_becomes_shorter(runs):
    """What was delivered stays; that the file is shorter is told once."""
    told = lines("w", [start(), log((0, {"x": 1})), log((1, {"x": 2}))])
    write(runs, "w", told)
    assert len(unifig.Api().run("a").history()) == 2
    write(runs, "w", told[:1])
    with pytest.warns(UnifigWarning, match="the file is shorter than it was"):
        assert len(unifig.Api().run("a").history()) == 2
    assert len(unifig.Api().run("a").history()) == 2


def test_a_journal_that_is_gone(runs):
    """What was delivered of it stays."""
    write(runs, "w", lines("w", [start(), log((0, {"x": 1}))]))
    assert unifig.Api().run("a").summary == {"x": 1}
    shutil.rmtree(runs / "journal")
    assert unifig.Api().run("a").summary == {"x": 1}


# The same, made anew


def test_a_store_that_is_thrown_away(tmp_path, runs):
    """Made anew it has all: config, origins, summary, history, tags, states, edits, deletes."""
    for name in "abcd":
        with unifig.init({"lr": 0.1, "n": {"x": [1, {"y": 2}]}}, id=name, tags=["t"]) as run:
            for step in range(30):
                run.log({"loss": 1 / (step + 1), "val": {"acc": step}})
            run.summary["best"] = {"at": [1, 2]}
            if name == "b":
                run.finish(exit_code=3)
    api = unifig.Api()
    run = api.run("a")
    run.config["lr"] = 0.5
    del run.config["n"]["x"]
    del run.summary["best"]
    run.tags, run.notes = ["u", "v"], "seen"
    run.update()
    api.run("c").delete()
    unifig.init(id="d", resume="must", config={"more": 1}).log({"loss": 7})
    unifig.finish()
    ids = [run.id for run in api.runs()]
    before = contents(runs / "store.db")
    for left in runs.glob("store.db*"):
        left.unlink()
    api = unifig.Api()
    assert [run.id for run in api.runs()] == ids
    assert contents(runs / "store.db") == before
    run = api.run("a")
    assert run.config == {"lr": 0.5, "n": {}}
    assert run.origins["lr"].kind == "api"
    assert (run.tags, run.notes, "best" in run.summary) == (["u", "v"], "seen", False)
    assert api.run("b").state == "failed"


def test_a_journal_that_grows(tmp_path, runs):
    """Delivered line by line, a long history is the one that is delivered at once."""
    told = [start()]
    told += [log(*((at + n, {"x": at + n}) for n in range(256))) for at in range(0, 2560, 256)]
    told += [log((2560 + n, {"x": n, "y": float("inf") if n % 7 else 1})) for n in range(40)]
    told = [body.replace("Infinity", "1e999") for body in told]
    text = lines("w", [*told, finish()])
    store = tmp_path / "grown.db"
    for size in [*range(1, len(text), 2), len(text)]:
        write(runs, "w", text[:size])
        deliver_at_once(runs, store)
    grown = contents(store)
    assert grown == anew(runs, tmp_path / "anew.db")
    (row,) = grown.values()
    assert len(row["history"]) == 3
    assert all(1000 <= count < 1256 for _, count, _ in row["history"][:-1])
    history = unifig.Api().run("a").history(["x"])
    assert [row["_step"] for row in history] == list(range(2600))


def test_what_comes_too_late(tmp_path, runs):
    """An event of another writer that was before what is delivered takes its place."""
    parent = [start(), log((0, {"x": 1})), (BEGIN + 90, log((1, {"x": 9}))), (BEGIN + 99, finish())]
    write(
        runs,
        "w",
        lines("w", [(BEGIN + n, b) if isinstance(b, str) else b for n, b in enumerate(parent)]),
    )
    assert unifig.Api().run("a").summary == {"x": 9}
    write(runs, "v", lines("v", [log((5, {"x": 5, "y": 5}))], aside=True, at=BEGIN + 50))
    run = unifig.Api().run("a")
    assert [row["_step"] for row in run.history()] == [0, 5, 1]
    assert run.summary == {"x": 9, "y": 5}
    assert contents(used(runs)) == anew(runs, tmp_path / "anew.db")


def test_two_runs_whose_files_look_the_same(tmp_path, runs):
    """Ids that differ by what no file's name has are two runs, also where one is folded anew."""
    for id_ in ("a.b", "a-b", "a_b", "a b"):
        run = ("me", "demo", id_)
        write(
            runs,
            f"w{ord(id_[1])}",
            lines(f"w{ord(id_[1])}", [start(), log((0, {id_: 1}))], run),
            run,
        )
    deliver(runs)
    run = ("me", "demo", "a.b")
    write(runs, "late", lines("late", [log((1, {"y": 1}))], run, aside=True, at=BEGIN + 0), run)
    deliver(runs)
    for id_ in ("a-b", "a_b", "a b"):
        assert list(unifig.Api().run(id_).summary) == [id_]
    assert contents(used(runs)) == anew(runs, tmp_path / "anew.db")


def test_one_run_of_each_entity_and_project(runs):
    """The same id in another project is another run."""
    places = [("me", "demo"), ("me", "other"), ("you", "demo")]
    for number, place in enumerate(places):
        run = (*place, "a")
        write(runs, f"w{number}", lines(f"w{number}", [start(), log((0, {"x": number}))], run), run)
    api = unifig.Api()
    found = {run.path: run.summary["x"] for run in api.runs()}
    assert found == {"me/demo/a": 0, "me/other/a": 1, "you/demo/a": 2}
    assert [run.path for run in api.runs("other")] == ["me/other/a"]


def test_more_journals_than_one_transaction_takes(tmp_path, runs):
    """Of more than a thousand journals each is delivered."""
    for number in range(1_010):
        run = ("me", "demo", f"r{number}")
        write(
            runs, "w", lines("w", [start(), log((0, {f"m{number}": number})), finish()], run), run
        )
    store = tmp_path / "many.db"
    assert len(unifig.Api(store=str(store)).runs()) == 1_010
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("select count(*) from metric").fetchone() == (1_010,)
