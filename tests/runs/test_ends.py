"""How runs end: real programs, which end as programs do."""

import json
import random
import signal
import struct
import sys
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="what signals and forks do is POSIX's"
)

BEGIN = """
import os, signal, sys, threading, time
import unifig

def begin(**how):
    run = unifig.init(**how)
    for n in range(3):
        run.log({"n": n})
    return run
"""

ENDS = {
    "finish": ("begin(); unifig.finish()", 0, "finished", None, None),
    "finish twice": ("begin(); unifig.finish(); unifig.finish()", 0, "finished", None, None),
    "the run's own finish": ("begin().finish()", 0, "finished", None, None),
    "finish with a code": ("begin().finish(3)", 0, "failed", 3, None),
    "nothing": ("begin()", 0, "finished", None, None),
    "a with block": ("with begin(): pass", 0, "finished", None, None),
    "finish in a with block": ("with begin() as run: run.finish(2)", 0, "failed", 2, None),
    "an exception": ("begin(); raise ValueError('bad')", 1, "failed", 1, "ValueError: bad"),
    "an exception without words": ("begin(); raise ValueError", 1, "failed", 1, "ValueError"),
    "an exception in a with block": (
        "with begin(): raise ValueError('bad')",
        1,
        "failed",
        1,
        "ValueError: bad",
    ),
    "an exception that was caught": (
        "try:\n    begin(); raise ValueError\nexcept ValueError: pass",
        0,
        "finished",
        None,
        None,
    ),
    "an exception that a hook shows": (
        "sys.excepthook = lambda *error: None\nbegin(); raise ValueError('bad')",
        1,
        "failed",
        1,
        "ValueError: bad",
    ),
    "exit": ("begin(); sys.exit()", 0, "finished", None, None),
    "exit 0 in a with block": ("with begin(): sys.exit(0)", 0, "finished", 0, None),
    "exit 3 in a with block": ("with begin(): sys.exit(3)", 3, "failed", 3, None),
    "exit with words in a with block": (
        "with begin(): sys.exit('no data')",
        1,
        "failed",
        1,
        "no data",
    ),
    "SIGINT": (
        "begin(); os.kill(os.getpid(), signal.SIGINT); time.sleep(60)",
        -signal.SIGINT,
        "killed",
        1,
        "KeyboardInterrupt",
    ),
    "SIGINT in a with block": (
        "with begin(): os.kill(os.getpid(), signal.SIGINT); time.sleep(60)",
        -signal.SIGINT,
        "killed",
        1,
        "KeyboardInterrupt",
    ),
    "SIGTERM": (
        "begin(); os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        -signal.SIGTERM,
        "killed",
        None,
        "SIGTERM",
    ),
    "SIGTERM in a with block": (
        "with begin(): os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        -signal.SIGTERM,
        "killed",
        None,
        "SIGTERM",
    ),
}


@pytest.mark.parametrize("case", ENDS)
def test_however_a_program_ends_its_run_has_all_that_was_logged(case, place):
    """And says how it ended; the process ends as it would without a run, and nothing is told."""
    program, code, *end = ENDS[case]
    done = place.run(BEGIN + program)
    assert done.code == code, done.err
    assert done.warnings == []
    found = place.one()
    assert found.rows == [{"_step": n, "n": n} for n in range(3)]
    assert list(found.end) == end
    assert place.problems() == []


def test_an_error_before_the_run_is_not_how_it_ends(place):
    """As in a console, which goes on after an error."""
    program = """
        import sys, unifig
        sys.last_value = sys.last_exc = ValueError("long ago")
        unifig.init()
    """
    place.well(program)
    assert place.one().end == ("finished", None, None)


def test_a_message_of_an_end_hides_secrets(place):
    """What an exception says is recorded as any text is."""
    place.run(BEGIN + "begin(); raise ValueError('see https://me:hunter2hunter2@host/x')")
    state, _, error = place.one().end
    assert state == "failed"
    assert error.startswith("ValueError: see https://")
    assert "hunter2" not in "".join(path.read_text() for path in place.journals())


class TestSignals:
    """SIGTERM, which schedulers send, and SIGINT, which people do."""

    @pytest.mark.parametrize("width", [1, 1_000], ids=["narrow", "wide"])
    def test_sigterm_at_any_moment_of_a_loop_loses_nothing(self, width, place):
        """All rows whose log() has returned are there, also where log() waits for the disk."""
        program = """
            import mmap, struct, sys, unifig
            run = unifig.init(id=sys.argv[1])
            with open(sys.argv[1] + ".count", "r+b") as file:
                count = mmap.mmap(file.fileno(), 8)
            row = {f"k{n}": n for n in range(int(sys.argv[2]))}
            print("begins", flush=True)
            n = 0
            while True:
                run.log(row)
                n += 1
                struct.pack_into("q", count, 0, n)
        """
        for at in range(5):
            name = f"run{at}"
            file = place.folder / f"{name}.count"
            file.write_bytes(bytes(8))
            started = place.start(program, name, str(width))
            started.hear("begins")
            time.sleep(random.random() / 4)
            started.signal(signal.SIGTERM)
            done = started.end()
            assert (done.code, done.err) == (-signal.SIGTERM, "")
            (logged,) = struct.unpack("q", file.read_bytes())
            found = place.all()[name]
            assert found.end == ("killed", None, "SIGTERM"), at
            steps = found.values("_step")
            assert len(steps) in (logged, logged + 1), at
            assert steps == list(range(len(steps)))
            assert place.problems() == []
            for path in place.journals():
                path.unlink()

    def test_sigterm_while_a_run_finishes_loses_nothing(self, place):
        """What was logged is there, though the process was asked to end as it wrote it."""
        program = """
            import unifig
            run = unifig.init()
            row = {f"k{n}": n for n in range(100)}
            for n in range(4_000):
                run.log(row)
            print("finishes", flush=True)
            run.finish()
        """
        for _ in range(3):
            started = place.start(program)
            started.hear("finishes")
            started.signal(signal.SIGTERM)
            assert started.end().code in (0, -signal.SIGTERM)
        found = place.all().values()
        assert [len(run.rows) for run in found] == [4_000] * 3
        assert {run.record.state for run in found} <= {"finished", "killed"}

    def test_a_second_sigint_while_a_run_finishes_loses_nothing(self, place):
        """As people press Ctrl-C twice."""
        program = """
            import os, signal, threading, unifig
            with unifig.init() as run:
                row = {f"k{n}": n for n in range(100)}
                for n in range(4_000):
                    run.log(row)
                print("finishes", flush=True)
        """
        for _ in range(3):
            started = place.start(program)
            started.hear("finishes")
            started.signal(signal.SIGINT)
            assert started.end().code in (0, -signal.SIGINT)
        found = place.all().values()
        assert [len(run.rows) for run in found] == [4_000] * 3
        assert {run.record.state for run in found} <= {"finished", "killed"}

    OWN = {
        "before": "signal.signal(signal.SIGTERM, told); begin()",
        "after": "begin(); signal.signal(signal.SIGTERM, told)",
    }

    @pytest.mark.parametrize("case", OWN)
    def test_a_handler_of_the_program_stays(self, case, place):
        """The program goes on, and its run with it; the handler is there afterwards as well."""
        program = f"""
def told(*_):
    unifig.log({{"told": 1}})
{self.OWN[case]}
os.kill(os.getpid(), signal.SIGTERM)
unifig.log({{"n": 3}})
unifig.finish()
assert signal.getsignal(signal.SIGTERM) is told
"""
        place.well(BEGIN + program)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("n") == [0, 1, 2, 3]
        assert found.values("told") == [1]

    def test_a_handler_that_exits_ends_the_run_as_exit_does(self, place):
        """As programs do that want their finally blocks to run at SIGTERM."""
        program = """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
with begin():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
"""
        assert place.run(BEGIN + program).code == 7
        assert place.one().end == ("failed", 7, None)

    def test_an_ignored_sigterm_stays_ignored(self, place):
        """As of a process that was started so."""
        program = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
begin()
os.kill(os.getpid(), signal.SIGTERM)
unifig.finish()
assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
"""
        place.well(BEGIN + program)
        assert place.one().end == ("finished", None, None)

    def test_sigterm_is_given_back(self, place):
        """Once no run is open, and taken again for the next one."""
        program = """
import json
told = [signal.getsignal(signal.SIGTERM) is signal.SIG_DFL]
for _ in range(2):
    begin()
    told.append(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    unifig.finish()
    told.append(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
print(json.dumps(told))
"""
        assert place.well(BEGIN + program) == [True, False, True, False, True]

    def test_a_run_of_a_thread_takes_no_signal(self, place):
        """Python lets the main thread alone do that; the run is recorded all the same."""
        program = "thread = threading.Thread(target=begin)\nthread.start()\nthread.join()"
        place.well(BEGIN + program)
        assert place.one().end == ("finished", None, None)


class TestSeveralRuns:
    """One after another in a process."""

    def test_the_next_init_ends_the_run_before(self, place):
        """With a warning, unless that is asked for; each has its own rows."""
        program = """
import json
begin(id="a")
begin(id="b")
begin(id="c", reinit=True)
"""
        done = place.run(BEGIN + program)
        assert done.code == 0
        (told,) = done.warnings
        assert told.startswith("a run is open, and is finished now")
        found = place.all()
        assert list(found) == ["a", "b", "c"]
        assert {run.end for run in found.values()} == {("finished", None, None)}
        assert all(run.values("n") == [0, 1, 2] for run in found.values())

    def test_what_is_logged_after_the_end_is_told_and_not_recorded(self, place):
        """Through the run, or without any."""
        program = """
run = begin()
run.finish()
run.log({"n": 3}); run.log({"n": 4})
unifig.log({"n": 5})
"""
        done = place.run(BEGIN + program)
        assert done.code == 0
        ended, none = done.warnings
        assert "has ended: what is logged is not recorded" in ended
        assert none.startswith("no run is open, and what is logged is not recorded")
        assert place.one().values("n") == [0, 1, 2]


class TestNoRun:
    """Programs that record nothing, and runs that have nothing."""

    def test_log_without_init_warns_and_goes_on(self, place):
        """Once for the line."""
        done = place.run("import unifig\nfor n in range(3): unifig.log({'n': n})\nunifig.finish()")
        assert done.code == 0
        (told,) = done.warnings
        assert told.endswith("call unifig.init() first")
        assert not place.runs.exists()

    def test_disabled_writes_nothing_anywhere(self, place):
        """And all else is as in a run: the config, the steps and the summary."""
        program = """
            import json, unifig
            run = unifig.init({"lr": 1}, mode="disabled", name="x")
            run.log({"loss": 2}); run.log({"loss": 1}); run.summary["best"] = 3
            print(json.dumps([dict(unifig.config), run.step, run.summary["loss"],
                              run.summary.min["loss"], run.summary["best"]]))
            run.finish()
        """
        before = {path.name for path in place.folder.iterdir()}
        assert place.well(program) == [{"lr": 1}, 2, 1, 1, 3]
        place.well("import unifig; unifig.init()", UNIFIG_MODE="disabled")
        made = {path.name for path in place.folder.iterdir()} - before
        assert all(name.startswith("train") for name in made)

    def test_a_run_that_is_never_logged_to_is_recorded(self, place):
        """With its config, and no rows."""
        place.well("import unifig; unifig.init({'lr': 1})")
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.record.config.values == {"lr": 1}
        assert found.rows == []


class TestForks:
    """``os.fork``: one process opened the run, two record into it."""

    def test_both_processes_record_and_the_child_ends_nothing(self, place):
        """A child that just stops, as os._exit() does, has lost nothing of what it logged."""
        program = """
run = begin()
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        for n in range(50):
            run.log({"child": child * 100 + n})
        unifig.log({"last": child})
        os._exit(0)
    children.append(pid)
run.log({"n": 3})
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
run.log({"n": 4})
"""
        place.well(BEGIN + program)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("n") == [0, 1, 2, 3, 4]
        of_children = Counter(found.values("child"))
        assert of_children == Counter(c * 100 + n for c in range(3) for n in range(50))
        assert sorted(found.values("last")) == [0, 1, 2]

    def test_a_fork_in_the_midst_of_logging_writes_nothing_twice(self, place):
        """What waits to be written is the parent's, at whatever moment it is forked."""
        program = """
run = begin()
stop = False
def work():
    n = 0
    while not stop:
        run.log({"thread": n})
        n += 1
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for child in range(20):
    pid = os.fork()
    if pid == 0:
        run.log({"child": child})
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
stop = True
for thread in threads:
    thread.join()
"""
        place.well(BEGIN + program)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("child") == list(range(20))
        per_value = Counter(Counter(found.values("thread")).values())
        assert set(per_value) <= {1, 2}
        assert len(found.rows) == len({row["_step"] for row in found.rows}) + 20

    ENDS = {
        "exit": "sys.exit(0)",
        "exit with a code": "sys.exit(5)",
        "an exception": "raise ValueError('of the child')",
        "finish": "unifig.finish(); os._exit(0)",
        "the run's finish": "run.finish(1); os._exit(0)",
        "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)",
        "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL); time.sleep(60)",
        "a with block": "\n    with run: pass\n    os._exit(0)",
    }

    @pytest.mark.parametrize("case", ENDS)
    def test_however_a_child_ends_the_run_goes_on(self, case, place):
        """It is the parent's to end."""
        program = f"""
run = begin()
pid = os.fork()
if pid == 0:
    run.log({{"child": 1}})
    {self.ENDS[case]}
os.waitpid(pid, 0)
run.log({{"n": 3}})
"""
        done = place.run(BEGIN + program)
        assert (done.code, done.warnings) == (0, [])
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("n") == [0, 1, 2, 3]
        assert found.values("child") == [1]

    def test_a_child_may_outlive_its_parent(self, place, until):
        """What it logs then belongs to the run as well; the run has ended."""
        program = """
run = begin()
if os.fork() == 0:
    while os.getppid() == int(sys.argv[1]):
        time.sleep(0.01)
    run.log({"late": 1})
    os._exit(0)
run.finish()
"""
        program = program.replace("int(sys.argv[1])", "parent")
        place.well(BEGIN + "parent = os.getpid()\n" + program)
        until(lambda: place.one().values("late") == [1])
        assert place.one().end == ("finished", None, None)

    def test_threads_of_a_child_record_each_row_once(self, place):
        """A child has threads of its own, which log together."""
        program = """
run = begin()
pid = os.fork()
if pid == 0:
    def work(at):
        for n in range(500):
            run.log({"child": at * 1000 + n})
    threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
        place.well(BEGIN + program)
        found = place.one()
        assert Counter(found.values("child")) == Counter(
            at * 1000 + n for at in range(8) for n in range(500)
        )
        assert place.problems() == []

    def test_a_child_may_open_a_run_of_its_own(self, place):
        """Without a word: the one that it was given is not its own."""
        program = """
run = begin(id="parent")
pid = os.fork()
if pid == 0:
    begin(id="child").finish()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
run.log({"n": 3})
"""
        place.well(BEGIN + program)
        found = place.all()
        assert found["parent"].values("n") == [0, 1, 2, 3]
        assert found["child"].values("n") == [0, 1, 2]
        assert {run.end for run in found.values()} == {("finished", None, None)}


class TestWorkers:
    """Processes that Python's own libraries start."""

    PROCESSES = """
import multiprocessing, sys
import unifig

def work(run, worker):
    for n in range(20):
        run.log({"worker": worker * 100 + n})
    if multiprocessing.get_start_method() == "fork":
        unifig.log({"current": worker})

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    run = unifig.init({"lr": 1})
    run.log({"n": 0})
    workers = [multiprocessing.Process(target=work, args=(run, at)) for at in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    run.log({"n": 1})
"""

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_processes_of_multiprocessing_record_into_the_run(self, method, place):
        """Forked off, or started afresh and given the run."""
        place.well(self.PROCESSES, method)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert found.values("n") == [0, 1]
        of_workers = Counter(found.values("worker"))
        assert of_workers == Counter(w * 100 + n for w in range(3) for n in range(20))
        assert sorted(found.values("current")) == ([0, 1, 2] if method == "fork" else [])
        assert found.record.config.values == {"lr": 1}

    POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import unifig

def work(given):
    run, n = given
    run.log({"task": n})
    return n

if __name__ == "__main__":
    run = unifig.init()
    with ProcessPoolExecutor(2, get_context(sys.argv[1])) as pool:
        assert list(pool.map(work, [(run, n) for n in range(60)])) == list(range(60))
    run.log({"n": 1})
"""

    @pytest.mark.parametrize("method", ["fork", "spawn"])
    def test_tasks_of_a_pool_record_each_row_once(self, method, place):
        """Each task gets the run anew, as it is sent."""
        place.well(self.POOL, method)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert Counter(found.values("task")) == Counter(range(60))
        assert found.values("n") == [1]

    LOADER = """
import multiprocessing, sys
import unifig

class Loader:
    # As data loaders do: workers take indices from queues, and are ended without a word.
    def __init__(self, workers):
        self.done = multiprocessing.Queue()
        self.todo = [multiprocessing.Queue() for _ in range(workers)]
        self.workers = [
            multiprocessing.Process(target=self.work, args=(todo,), daemon=True)
            for todo in self.todo
        ]
        for worker in self.workers:
            worker.start()

    def work(self, todo):
        while True:
            at = todo.get()
            unifig.log({"loaded": at})
            self.done.put(at)

    def __iter__(self):
        for at in range(40):
            self.todo[at % len(self.todo)].put(at)
        for _ in range(40):
            yield self.done.get()

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    run = unifig.init()
    for epoch in range(2):
        loader = Loader(2)
        for batch in loader:
            run.log({"batch": epoch * 100 + batch})
        for worker in loader.workers:
            worker.terminate() if epoch else worker.kill()
            worker.join()
"""

    def test_workers_of_a_loader_that_are_killed_have_recorded_all(self, place):
        """They were told to end as soon as their last answer was there."""
        place.well(self.LOADER)
        found = place.one()
        assert found.end == ("finished", None, None)
        assert Counter(found.values("loaded")) == Counter([*range(40), *range(40)])
        assert Counter(found.values("batch")) == Counter(
            epoch * 100 + at for epoch in range(2) for at in range(40)
        )

    def test_a_subprocess_has_runs_of_its_own(self, place):
        """And the open one is not touched by it."""
        program = """
import subprocess
run = begin(id="outer")
subprocess.run([sys.executable, "-c", "import unifig; unifig.init(id='inner')"], check=True)
run.log({"n": 3})
"""
        place.well(BEGIN + program)
        found = place.all()
        assert found["outer"].values("n") == [0, 1, 2, 3]
        assert found["inner"].rows == []


class TestThreads:
    """Threads that log together."""

    def test_each_row_is_there_once_with_a_step_of_its_own(self, place):
        """Through the run and through unifig.log."""
        program = """
            import sys, threading, unifig
            sys.setswitchinterval(1e-6)
            run = unifig.init()
            def work(at):
                log = run.log if at % 2 else unifig.log
                for n in range(2_000):
                    log({"value": at * 10_000 + n})
            threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
        """
        place.well(program)
        found = place.one()
        assert Counter(found.values("value")) == Counter(
            at * 10_000 + n for at in range(8) for n in range(2_000)
        )
        assert sorted(found.values("_step")) == list(range(16_000))

    def test_a_thread_that_logs_as_the_run_ends_breaks_nothing(self, place):
        """What it logged up to then is there, whole; the program ends."""
        program = """
            import threading, time, unifig
            run = unifig.init()
            def work():
                n = 0
                while True:
                    run.log({"n": n})
                    n += 1
            for _ in range(2):
                threading.Thread(target=work, daemon=True).start()
            while run.step < 1_000:
                time.sleep(0.001)
            run.finish()
        """
        assert place.run(program).code == 0
        found = place.one()
        assert found.end == ("finished", None, None)
        assert set(Counter(found.values("n")).values()) <= {1, 2}
        assert place.problems() == []


RUN_CELLS = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.v4.new_notebook()
notebook.cells = [nbformat.v4.new_code_cell(source) for source in json.loads(sys.argv[1])]
client = NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
client.execute(cleanup_kc=True)
"""


class TestNotebooks:
    """A kernel that is shut down, as notebooks end."""

    def test_a_run_of_a_notebook_ends_with_its_kernel(self, place):
        """Finished, though a cell had an error: people go on after one."""
        cells = [
            "import unifig\nrun = unifig.init({'lr': 1})",
            "for n in range(5): run.log({'n': n})",
            "raise ValueError('of a cell')",
            "unifig.log({'n': 5})",
        ]
        done = place.run(
            RUN_CELLS,
            json.dumps(cells),
            IPYTHONDIR=str(place.folder / "ipython"),
            JUPYTER_RUNTIME_DIR=str(place.folder / "runtime"),
        )
        assert done.code == 0, done.err
        found = place.one()
        assert found.values("n") == [0, 1, 2, 3, 4, 5]
        assert found.end == ("finished", None, None)
