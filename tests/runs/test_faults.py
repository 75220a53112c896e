"""What goes wrong around a run, for real: killed processes, full disks, folders, clocks, files."""

import os
import random
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

import unifig

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="what signals and modes of files do is POSIX's"
)

GOES_ON = """
import time, unifig
with unifig.init(id="run", resume="allow") as run:
    run.log({"after": 1})
"""
"""A later process, which takes up the run where it was left."""


class TestKilled:
    """``kill -9``, as of a machine that runs out of memory: no code of ours sees it."""

    def test_what_was_written_a_moment_ago_is_there(self, place, until):
        """Once; of what came after it a part may be there, without a gap, and the run goes on."""
        program = """
            import sys, time, unifig
            run = unifig.init(id="run")
            for n in range(1_000):
                run.log({"n": n})
            print("told", flush=True)
            sys.stdin.readline()
        """
        program = program.replace(
            "sys.stdin.readline()",
            "n = 1_000\n            while True: run.log({'n': n}); n += 1; time.sleep(0.0002)",
        )
        started = place.start(program)
        started.hear("told")
        until(lambda: place.journals() and len(place.one().rows) >= 1_000)
        time.sleep(random.random() / 5)
        started.signal(signal.SIGKILL)
        assert started.end().code == -signal.SIGKILL
        values = place.one().values("n")
        assert values == list(range(len(values)))
        assert place.one().record.state == "running"  # nobody has said otherwise
        # The next reader, and the next writer.
        assert place.run(GOES_ON).warnings == []
        found = place.one()
        assert found.record.state == "finished"
        assert found.values("n") == values
        assert found.rows[-1] == {"_step": len(values), "after": 1}

    def test_at_any_moment_of_a_program(self, place):
        """From its first line to its last: what is there is a beginning of what was logged."""
        program = """
            import sys, unifig
            print("begins", flush=True)
            run = unifig.init(id=sys.argv[1])
            for n in range(20_000):
                run.log({"n": n})
            run.finish()
        """
        for at in range(0, 16, 2):
            started = [place.start(program, f"run{n}") for n in (at, at + 1)]
            for process in started:
                process.hear("begins")
            for process in started:
                time.sleep(random.random() / 5)
                process.signal(signal.SIGKILL)
            assert {process.end().code for process in started} <= {0, -signal.SIGKILL}
        found = place.all()
        for run in found.values():
            values = run.values("n")
            assert values == list(range(len(values)))
            if run.record.state == "finished":
                assert len(values) == 20_000
        listed = unifig.Api(place.runs).runs()
        assert {run.id for run in listed} == set(found)
        for run in listed:
            assert len(run.history()) == len(found[run.id].rows)
            assert run.state in ("finished", "crashed")

    def test_while_it_finishes(self, place):
        """The same, as the last of it is written."""
        program = """
            import unifig
            run = unifig.init()
            row = {f"k{n}": n for n in range(100)}
            for n in range(4_000):
                run.log(row)
            print("finishes", flush=True)
            run.finish()
        """
        for at in range(5):
            started = place.start(program)
            started.hear("finishes")
            time.sleep(at / 50)
            started.signal(signal.SIGKILL)
            started.end()
        for run in place.all().values():
            assert run.values("_step") == list(range(len(run.rows)))


@contextmanager
def small_disk(folder: Path):
    """A file system of a megabyte."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def disk(tmp_path):
    """A file system of a megabyte, which is soon full."""
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("only root can mount a file system")
    with small_disk(tmp_path / "disk") as folder:
        yield folder


class TestFullDisk:
    """Programs go on, and so does what they record, as soon as there is room."""

    PROGRAM = """
        import os, sys, time, unifig
        run = unifig.init(id="run")
        for n in range(20_000):
            run.log({"a metric with a long name": n, "n": n})
            if n % 1_000 == 0:
                time.sleep(0.06)
        print("full", flush=True)
        while not os.path.exists("room"):
            time.sleep(0.01)
        run.log({"n": 20_000})
        run.finish()
        print("ends", flush=True)
    """

    def test_what_has_no_room_goes_on_in_the_cache(self, place, disk):
        """The user is told once; every row is read back, in its order."""
        place.runs = disk / "runs"
        (place.folder / "room").touch()
        done = place.run(self.PROGRAM)
        assert (done.code, done.out) == (0, "full\nends\n")
        (told,) = done.warnings
        assert "No space left on device; it goes on in" in told
        assert len(place.journals()) == 2
        assert place.one().values("n") == list(range(20_001))
        assert place.one().end == ("finished", None, None)
        assert place.problems() == []
        (run,) = unifig.Api(place.runs).runs()
        assert [row["n"] for row in run.history()] == list(range(20_001))

    def test_what_has_no_room_anywhere_waits_for_it(self, place, disk):
        """In memory; once something was deleted all of it is written."""
        place.runs, place.cache = disk / "runs", disk / "cache"
        (disk / "ballast").write_bytes(bytes(500_000))
        started = place.start(self.PROGRAM)
        started.hear("full")
        (disk / "ballast").unlink()
        with (disk / "probe").open("wb") as probe:  # all the rest is no more than this disk holds
            probe.truncate(0)
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        (place.folder / "room").touch()
        done = started.end()
        assert done.code == 0
        (told,) = done.warnings
        assert "No space left on device" in told
        assert "it is kept in memory until it can be written" in told
        os.environ["XDG_CACHE_HOME"] = str(place.cache)
        assert place.one().values("n") == list(range(20_001))
        assert place.one().end == ("finished", None, None)
        assert place.problems() == []

    def test_what_never_has_room_is_told_as_lost(self, place, disk):
        """The program ends as ever; what is there is a beginning, whole lines."""
        place.runs, place.cache = disk / "runs", disk / "cache"
        (place.folder / "room").touch()
        done = place.run(self.PROGRAM)
        assert (done.code, done.out) == (0, "full\nends\n")
        *_, lost = done.warnings
        assert "lines could not be written anywhere, and are lost" in lost
        assert len(done.warnings) == 2
        os.environ["XDG_CACHE_HOME"] = str(place.cache)
        values = place.one().values("n")
        assert 1_000 < len(values) < 20_001
        assert values == list(range(len(values)))
        assert place.problems() == []

    def test_strict_makes_an_error_of_it(self, place, disk):
        """For whoever wants to stop then."""
        place.runs, place.cache = disk / "runs", disk / "cache"
        (place.folder / "room").touch()
        done = place.run(self.PROGRAM.replace('id="run"', "strict=True"))
        assert done.code == 1
        assert "unifig.errors.RunError: run me/demo/" in done.err
        assert "No space left on device" in done.err


class TestFolders:
    """Folders that can't be written, or read."""

    PROGRAM = """
        import unifig
        run = unifig.init()
        for n in range(100):
            run.log({"n": n})
    """

    @pytest.fixture
    def under(self):
        """What starts a program that modes of files hold for, as they do not for root."""
        if os.getuid() != 0:
            return ()
        return "setpriv", "--bounding-set=-dac_override,-dac_read_search"

    @pytest.mark.parametrize("state", ["empty", "with runs", "no folder"])
    def test_where_it_can_t_be_written_the_cache_takes_the_journal(self, state, place, under):
        """It is read back from there; the user is told once."""
        if state == "no folder":
            place.runs = place.folder / "outer" / "runs"
        closed = place.runs.parent if state == "no folder" else place.runs
        closed.mkdir(exist_ok=True)
        if state == "with runs":
            (place.runs / "journal").mkdir()
            (place.runs / "journal").chmod(0o555)
        closed.chmod(0o555)
        done = place.run(self.PROGRAM, under=under)
        closed.chmod(0o755)
        assert done.code == 0, done.err
        (told,) = done.warnings
        assert "Permission denied; it goes on in" in told
        (path,) = place.journals()
        assert path.is_relative_to(place.cache)
        assert place.one().values("n") == list(range(100))
        (run,) = unifig.Api(place.runs).runs()
        assert [row["n"] for row in run.history()] == list(range(100))

    @pytest.mark.parametrize("how", ["", "id='x'"])
    def test_a_folder_that_can_t_be_read_stops_no_program(self, how, place, under):
        """As that of another user: the journal goes to the cache."""
        (place.runs / "journal").mkdir(parents=True)
        place.runs.chmod(0)
        done = place.run(self.PROGRAM.replace("init()", f"init({how})"), under=under)
        place.runs.chmod(0o755)
        assert done.code == 0, done.err
        assert any("it goes on in" in told for told in done.warnings)
        assert place.one().values("n") == list(range(100))

    @pytest.mark.parametrize("how", ["id='x', resume='allow'", "resume='auto'"])
    def test_what_can_t_be_read_can_t_be_gone_on_with(self, how, place, under):
        """Nobody knows whether there is such a run: that is an error, in one line."""
        (place.runs / "journal").mkdir(parents=True)
        place.runs.chmod(0)
        done = place.run(self.PROGRAM.replace("init()", f"init({how})"), under=under)
        place.runs.chmod(0o755)
        assert done.code == 1
        assert done.err.splitlines()[-1].startswith("unifig.errors.RunError: ")
        assert "Permission denied" in done.err.splitlines()[-1]

    def test_a_file_in_the_place_of_the_folder_stops_no_program(self, place):
        """The journal goes to the cache as well."""
        place.runs.write_text("")
        done = place.run(self.PROGRAM)
        assert done.code == 0, done.err
        (told,) = done.warnings
        assert "it goes on in" in told
        assert place.one().values("n") == list(range(100))

    def test_a_folder_that_is_deleted_meanwhile_stops_no_program(self, place):
        """Nothing can be done for what was in it."""
        program = """
            import shutil, time, unifig
            run = unifig.init()
            run.log({"n": 0})
            while not run.summary.get("n") == 0: pass
            time.sleep(0.2)
            shutil.rmtree(run.dir)
            run.log({"n": 1})
            run.finish()
            run = unifig.init()
            run.log({"n": 2})
        """
        done = place.run(program)
        assert done.code == 0, done.err
        assert place.one().values("n") == [2]


class TestClock:
    """A clock that is set back, as machines do that were not on time."""

    def test_rows_keep_their_order_and_lines_their_times(self, place):
        """Each line of a journal is later than the one before, whatever the clock says."""
        program = """
            import time
            real, shift = time.time_ns, 0
            time.time_ns = lambda: real() - shift
            import unifig
            with unifig.init({"lr": 1}) as run:
                for n in range(8):
                    run.log({"n": n})
                    time.sleep(0.06)
                    shift += 3_600 * 10**9
                    unifig.config.update({"lr": 1, f"k{n}": n})
                run.summary["last"] = "set"
        """
        place.well(program)
        found = place.one()
        assert found.rows == [{"_step": n, "n": n} for n in range(8)]
        assert found.end == ("finished", None, None)
        assert found.record.config.values == {"lr": 1, **{f"k{n}": n for n in range(8)}}
        times = [event["at"] for event in place.events()]
        assert times == sorted(set(times))
        (run,) = unifig.Api(place.runs).runs()
        assert [row["n"] for row in run.history()] == list(range(8))


class TestTwoWriters:
    """Two processes that record one run at the same time."""

    def test_the_rows_of_both_are_there_once(self, place, until):
        """The second one is told; the run ends with the last of them."""
        program = """
            import os, sys, time, unifig
            run = unifig.init(id="run")
            print("begins", flush=True)
            for n in range(500):
                run.log({sys.argv[1]: n})
            while not os.path.exists(sys.argv[1]):
                time.sleep(0.01)
        """
        first = place.start(program, "first")
        first.hear("begins")
        until(lambda: "run" in place.all())
        second = place.start(program, "second")
        second.hear("begins")
        (place.folder / "first").touch()
        done = first.end()
        assert (done.code, done.warnings) == (0, [])
        assert place.one().record.state == "running"
        (place.folder / "second").touch()
        done = second.end()
        assert done.code == 0
        (told,) = done.warnings
        assert "the run me/demo/run is recorded already" in told
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("first") == found.values("second") == list(range(500))

    def test_many_processes_with_many_runs_share_a_folder(self, place):
        """All are there, each with what it logged."""
        program = """
            import sys, unifig
            for at in range(20):
                with unifig.init({"at": at}, id=f"{sys.argv[1]}-{at}") as run:
                    for n in range(5):
                        run.log({"n": n})
        """
        started = [place.start(program, f"p{n}") for n in range(16)]
        for process in started:
            done = process.end()
            assert (done.code, done.err) == (0, "")
        listed = list(unifig.Api(place.runs).runs())
        assert {run.id for run in listed} == {f"p{n}-{at}" for n in range(16) for at in range(20)}
        assert len(listed) == 320
        assert {run.state for run in listed} == {"finished"}
        assert all(run.summary == {"n": 4} for run in listed)
        assert Counter(run.config["at"] for run in listed) == Counter(list(range(20)) * 16)


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


class TestDamage:
    """Journals that a disk or a person has damaged."""

    PROGRAM = """
        import time, unifig
        with unifig.init({"lr": 1}, id="run") as run:
            for n in range(6):
                run.log({"n": n})
                time.sleep(0.12)  # a line of its own
    """

    @pytest.fixture
    def journal(self, place):
        """A journal with a line for each row: start, config, six rows, finish."""
        place.well(self.PROGRAM)
        (path,) = place.journals()
        lines = _lines(path)
        rows = [at for at, text in enumerate(lines) if b'"event":"log"' in text]
        assert len(rows) == 6
        return path, lines, rows

    def _found(self, place):
        """By the journals and by a store that is made of them."""
        values = place.one().values("n")
        with warnings.catch_warnings(record=True):  # of the line, which other tests are about
            warnings.simplefilter("always")
            (run,) = unifig.Api(place.runs).runs()
            assert [row["n"] for row in run.history()] == values
        return values

    def test_a_truncated_last_line_costs_that_line(self, place, journal):
        """As a machine that lost power leaves it; the run can be gone on with."""
        path, lines, rows = journal
        path.write_bytes(b"".join(lines[: rows[5]]) + lines[rows[5]][:-30])
        assert self._found(place) == [0, 1, 2, 3, 4]
        assert place.run(GOES_ON).code == 0
        found = place.one()
        assert found.record.state == "finished"
        assert found.rows[-1] == {"_step": 5, "after": 1}

    @pytest.mark.parametrize("where", ["the number", "the check", "the brace", "the quote"])
    def test_a_flipped_byte_costs_that_line(self, where, place, journal):
        """And the line is told, with its number."""
        path, lines, rows = journal
        text = bytearray(lines[rows[3]])
        at = {
            "the number": text.index(b'"n":') + 4,
            "the check": len(text) - 5,
            "the brace": 0,
            "the quote": text.index(b'"rows"'),
        }[where]
        text[at] ^= 0x02
        path.write_bytes(b"".join([*lines[: rows[3]], bytes(text), *lines[rows[3] + 1 :]]))
        assert self._found(place) == [0, 1, 2, 4, 5]
        (told,) = place.problems()
        assert (told.journal, told.line) == (str(path), rows[3] + 1)
        (told,) = unifig.Api(place.runs).problems()  # which the user was told, and can ask for
        assert str(told).startswith(f"{path}, line {rows[3] + 1}: ")

    def test_a_lost_line_end_costs_nothing(self, place, journal):
        """Both events are whole."""
        path, lines, rows = journal
        lines[rows[2]] = lines[rows[2]].rstrip(b"\n")
        path.write_bytes(b"".join(lines))
        assert self._found(place) == [0, 1, 2, 3, 4, 5]

    def test_a_flipped_line_end_costs_the_line_that_it_ended(self, place, journal):
        """The one after it, which now is the rest of the same line, is found."""
        path, lines, rows = journal
        lines[rows[2]] = lines[rows[2]].rstrip(b"\n") + b"\x0b"
        path.write_bytes(b"".join(lines))
        assert self._found(place) == [0, 1, 3, 4, 5]

    def test_nuls_cost_what_they_replaced(self, place, journal):
        """As file systems leave them: in the place of a line, and at the end."""
        path, lines, rows = journal
        lines[rows[2]] = bytes(len(lines[rows[2]]))
        path.write_bytes(b"".join(lines) + bytes(4_096))
        assert self._found(place) == [0, 1, 3, 4, 5]
        assert place.one().record.state == "finished"

    def test_a_blank_line_and_half_a_line_cost_nothing(self, place, journal):
        """Whoever has edited a journal by hand."""
        path, lines, rows = journal
        lines[rows[2]] = b"\n" + lines[rows[2]] + b"\n" + lines[rows[1]][:40] + b"\n"
        path.write_bytes(b"".join(lines))
        assert self._found(place) == [0, 1, 2, 3, 4, 5]

    def test_foreign_files_cost_nothing(self, place, journal):
        """Whatever they are named, and whatever they hold."""
        path, _, _ = journal
        folder = path.parent
        (folder / "run-0123456789abcdef.jsonl").write_bytes(b"")
        (folder / "run-other.jsonl").write_text('{"a": 1}\n[1]\nnull\n"event"\n\n')
        (folder / "noise.jsonl").write_bytes(os.urandom(20_000) + b"\n")
        (folder / ".DS_Store").write_bytes(b"\x00\x01")
        (folder / "notes.txt").write_text("mine")
        (folder / "run-folder.jsonl").mkdir()
        (folder / "run-gone.jsonl").symlink_to(folder / "gone")
        assert self._found(place) == [0, 1, 2, 3, 4, 5]
        for how in ("id='run', resume='must'", "resume='auto'", "id='run'", ""):
            done = place.run(f"import unifig; unifig.init({how})")
            assert done.code == 0, (how, done.err)


VALUES = """
import json, sys
from collections import OrderedDict
from decimal import Decimal
from fractions import Fraction
import numpy as np
import unifig

class Odd:
    def __float__(self):
        raise ZeroDivisionError

class Index:
    def __index__(self):
        return 7

run = unifig.init(id="run")
nan, inf = float("nan"), float("inf")
run.log({"a": {"b": {"c": 1}, "d.e": 2}, 3: 4})
run.log({"f32": np.float32(0.5), "i8": np.int8(3), "bool": np.bool_(True), "one": np.array([2])})
run.log({"nan": nan, "inf": inf, "ninf": -inf, "npnan": np.float64("nan")})
run.log({"true": True, "big": 10**30, "huge": 10**700, "neg": -(2**63)})
run.log({"dec": Decimal("0.1"), "frac": Fraction(1, 4), "index": Index(), "zero": -0.0})
run.log(OrderedDict(x=1, y=OrderedDict(z=2)))
run.log({'say "a"': 1, "": 2, "%": 3, "é\\n": 4, "$": 5})
run.log({})
for _ in range(3):
    run.log({"text": "x", "ok": 1, "none": None, "list": [1], "array": np.zeros(3), "odd": Odd(),
             "empty": {}, "complex": 1j, "_step": 1, "bytes": b"1"})
run.log([1]); run.log(None); run.log("text")
run.finish()
"""


class TestValues:
    """What programs log: everything."""

    def test_numbers_of_every_kind_are_recorded_and_the_rest_told_once(self, place):
        """For each key; log() never raises."""
        done = place.run(VALUES)
        assert done.code == 0, done.err
        kinds = {}
        for row in place.one().rows:
            kinds |= row
        assert (kinds["a.b.c"], kinds[r"a.d\.e"], kinds["3"]) == (1, 2, 4)
        assert [kinds[key] for key in ("f32", "i8", "bool", "one")] == [0.5, 3, True, 2]
        assert kinds["nan"] != kinds["nan"]
        assert kinds["npnan"] != kinds["npnan"]
        assert (kinds["inf"], kinds["ninf"]) == (float("inf"), -float("inf"))
        assert kinds["true"] is True
        assert (kinds["big"], kinds["huge"], kinds["neg"]) == (10**30, 10**700, -(2**63))
        assert [kinds[key] for key in ("dec", "frac", "index")] == [0.1, 0.25, 7]
        assert str(kinds["zero"]) == "-0.0"
        assert (kinds["x"], kinds["y.z"]) == (1, 2)
        assert [kinds[key] for key in ('say "a"', "%", "é\n", "$")] == [1, 3, 4, 5]
        assert place.one().values("ok") == [1, 1, 1]
        refused = ["text", "none", "list", "array", "odd", "empty", "complex", "_step", "bytes"]
        assert not kinds.keys() & (set(refused) - {"_step"})
        for key in refused:
            assert len([told for told in done.warnings if f"'{key}'" in told]) == 1, key
        assert len(done.warnings) == len(refused) + 1  # and what is no mapping at all
        (run,) = unifig.Api(place.runs).runs()
        merged = {}
        for row in run.history():
            merged |= row
        assert {key.partition(".")[0] for key in kinds} == set(merged) - {"_timestamp"}
        assert merged["huge"] == 10**700

    def test_steps_of_every_kind(self, place):
        """Whole numbers, however they are told; another is told once, and the row is recorded."""
        program = """
            import numpy as np, unifig
            run = unifig.init()
            run.log({"n": 0}, step=5)
            run.log({"n": 1}, step=np.int64(6))
            run.log({"n": 2}, step=7.0)
            run.log({"n": 3}, step=3)
            run.log({"n": 4}, step=-1)
            run.log({"n": 5}, commit=True)
            run.log({"n": 6})
            for step in ("x", 1.5, float("nan"), [1]):
                run.log({"n": 7, "step": "text"}, step=step)
            run.log({"n": 8}, step=10**30)
            run.log({"n": 9}, step=True)
        """
        done = place.run(program)
        assert done.code == 0, done.err
        told = [text for text in done.warnings if "a whole number" in text]
        assert len(told) == 1
        found = place.one()
        assert found.values("n") == [0, 1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 8, 9]
        assert found.values("_step")[:7] == [5, 6, 7, 3, -1, 7, 8]
        (run,) = unifig.Api(place.runs).runs()
        assert sorted(row["n"] for row in run.history() if row["n"] < 7) == list(range(7))

    def test_a_million_calls(self, place):
        """All are there once, in their order."""
        program = """
            import unifig
            with unifig.init() as run:
                for n in range(1_000_000):
                    run.log({"n": n})
        """
        place.well(program)
        logged = [row for event in place.events() for row in event.get("rows", ())]
        assert len(logged) == 1_000_000
        assert all(step == row["n"] == n for n, (step, _, row) in enumerate(logged))
