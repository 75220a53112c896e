"""What databases do to programs: training goes on, nothing is lost, nothing is there twice."""

import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.postgres import execute, through
from tests.runs.journals import anew, contents, finish, lines, log, settle, start, write

import unifig
from unifig.runs.folder import find
from unifig.runs.store.connection import open_store
from unifig.runs.store.delivery import Delivery
from unifig.runs.store.failures import StoreError

IS_ROOT = hasattr(os, "getuid") and os.getuid() == 0

UNTIL_TOLD = """
import os, time, unifig
run = unifig.init({"lr": 0.1}, id="run")
n = 0
print("ready", flush=True)
while not os.path.exists("stop"):
    run.log({"n": n}); n += 1
    time.sleep(0.01)
run.finish()
print(n)
"""
"""A run that goes on until there is a file."""

SHORT = """
import unifig
run = unifig.init({"lr": 0.1}, id="run")
for n in range(500):
    run.log({"n": n})
run.finish()
print("ends", flush=True)
"""


def steps(store, place):
    """What a store has of the metric of the run, in its order; None before it has the run."""
    api = unifig.Api(place.folder / "elsewhere", store)
    try:
        run = api.run("me/demo/run")
    except unifig.RunNotFoundError:
        return None
    return [row["n"] for row in run.history()]


def sync(place, store):
    """Delivers what is left, as ``unifig sync`` does."""
    folder = find(place.runs)
    return Delivery(folder, open_store(folder, store)).run()


def same_as_recorded(place, store):
    """Whether a store has just what the journals say."""
    return contents(store) == anew(place.runs, place.folder / "anew.db")


class TestAway:
    """A store that can't be reached, for a while or from the beginning."""

    def test_it_is_stopped_and_started_again(self, place, until, own_server):
        """In the middle of a run: it is told once, and all is there in the end, once."""
        url = own_server.url()
        program = place.start(UNTIL_TOLD, UNIFIG_STORE=url)
        program.hear("ready")
        until(lambda: steps(url, place))
        own_server.stop()
        before = len(place.one().rows)
        until(lambda: "waits in" in program.told())
        until(lambda: len(place.one().rows) > before + 300)  # seconds of training
        own_server.start()
        seen = len(steps(url, place))
        until(lambda: len(steps(url, place)) > seen + 100)  # while it goes on
        (place.folder / "stop").touch()
        done = program.end()
        assert done.code == 0, done.err
        assert steps(url, place) == list(range(int(done.out)))
        assert len(done.warnings) in (1, 2)  # it may go down and come up in its own words
        assert "can't be" in done.warnings[0]
        assert "waits in" in done.warnings[0]
        assert same_as_recorded(place, url)

    def test_it_is_not_there(self, place, own_server):
        """From the beginning: the program ends as it would, and says what delivers the rest."""
        own_server.stop()
        url = own_server.url()
        done = place.run(SHORT, UNIFIG_STORE=url)
        assert (done.code, done.out) == (0, "ends\n")
        (told,) = done.warnings
        assert "not all is delivered: the store" in told
        assert "can't be reached" in told
        assert told.endswith(f"unifig sync --dir {place.runs}")
        assert len(place.one().rows) == 500
        own_server.start()
        assert sync(place, url) == []
        assert steps(url, place) == list(range(500))
        assert same_as_recorded(place, url)

    def test_it_goes_away_before_the_end(self, place, until, own_server):
        """What was delivered before hides nothing: the end says what is left, and is not long."""
        url = own_server.url()
        program = place.start(UNTIL_TOLD, UNIFIG_STORE=url)
        program.hear("ready")
        until(lambda: steps(url, place))
        own_server.stop()
        (place.folder / "stop").touch()
        done = program.end()
        assert done.code == 0, done.err
        assert "not all is delivered: the store" in done.warnings[-1]
        own_server.start()
        sync(place, url)
        assert steps(url, place) == list(range(int(done.out)))

    def test_what_nobody_expects(self, place, database):
        """An error of the delivery itself is told, and stops no program."""
        source = (
            "from unifig.runs.store import errand\nerrand.Errand.run = lambda self, last: 1 / 0\n"
        )
        done = place.run(source + SHORT, UNIFIG_STORE=database)
        assert (done.code, done.out) == (0, "ends\n")
        (told,) = done.warnings
        assert "nothing is delivered any more: ZeroDivisionError" in told
        assert "Traceback" not in done.err

    def test_it_lets_nobody_in(self, place, own_server):
        """A password that is wrong, a user whom nobody knows: told, without the password."""
        own_server.execute("create role runs login password 'right'")
        own_server.execute("grant all on schema public to runs")
        own_server.ask_for_passwords()
        for user, password in (("runs", "hunter2"), ("nobody", "hunter2")):
            done = place.run(SHORT, UNIFIG_STORE=own_server.url(user, password))
            assert (done.code, done.out) == (0, "ends\n")
            assert any("password authentication failed" in told for told in done.warnings)
            assert "hunter2" not in done.err
        url = own_server.url("runs", "right")
        sync(place, url)
        assert len(steps(url, place)) == 1000
        journals = b"".join(path.read_bytes() for path in place.journals())
        assert b"hunter2" not in journals

    def test_without_a_driver(self, place):
        """Recording needs none: what delivers says how it is installed, once."""
        source = "import sys; sys.modules['psycopg'] = None\n" + SHORT
        done = place.run(source, UNIFIG_STORE="postgresql://nowhere/db")
        assert (done.code, done.out) == (0, "ends\n")
        assert 'pip install "unifig[postgres]"' in done.warnings[0]
        assert len(place.one().rows) == 500

    def test_offline(self, place, database):
        """Nothing is delivered, nor a word said, until somebody asks for it."""
        done = place.run(SHORT, UNIFIG_STORE=database, UNIFIG_MODE="offline")
        assert done.warnings == []
        assert execute(
            "select count(*) from pg_tables where schemaname = 'public'", name(database)
        ) == [(0,)]
        sync(place, database)
        assert steps(database, place) == list(range(500))


class TestSlow:
    """A store that answers, in its own time."""

    def test_each_statement_takes_seconds(self, place, database, proxy):
        """The program does not wait for it; the end of the run does, for as long as is said."""
        proxy.delay = 3
        done = place.run(SHORT, UNIFIG_STORE=through(proxy, database))
        assert (done.code, done.out) == (0, "ends\n")
        (told,) = done.warnings
        assert "not all is delivered: it took longer than 10 seconds" in told
        assert "unifig sync" in told
        proxy.delay = 0
        sync(place, database)
        assert steps(database, place) == list(range(500))
        assert same_as_recorded(place, database)

    def test_many_wait_for_one(self, place, database, monkeypatch):
        """Whoever holds what is written makes others wait, and no longer than they would."""
        settle(place.folder, monkeypatch)
        write(
            place.runs,
            "w",
            lines("w", [start(), log((0, {"n": 0})), finish()], ("me", "demo", "run")),
            ("me", "demo", "run"),
        )
        sync(place, database)
        store = open_store(find(place.runs), database)
        write(
            place.runs,
            "v",
            lines("v", [log((1, {"n": 1}))], ("me", "demo", "run"), aside=True),
            ("me", "demo", "run"),
        )
        with store.writing(["run"]), pytest.raises(StoreError, match="is busy"):
            sync(place, database)
        sync(place, database)
        assert same_as_recorded(place, database)


class TestCut:
    """Connections that break, wherever that is."""

    def test_after_any_number_of_messages(self, place, database, proxy):
        """Of a transaction all is there or nothing; with the next try, all of it, once."""
        place.run(SHORT)  # into journals
        folder, url = find(place.runs), through(proxy, database)
        store = open_store(folder, url)
        failed = 0
        for number in range(1, 60):
            proxy.cut_after = number
            try:
                Delivery(folder, store).run()
            except StoreError as error:
                failed += 1
                assert "can't be" in str(error)
            found = steps(database, place)
            assert found is None or found == list(range(500))
        assert failed > 5
        assert same_as_recorded(place, database)

    def test_between_a_commit_and_its_answer(self, place, database, proxy):
        """What was committed is known by what the store has, and is not delivered again."""
        place.run(SHORT)
        folder, url = find(place.runs), through(proxy, database)
        store = open_store(folder, url)
        proxy.cut_at = b"COMMIT"
        with pytest.raises(StoreError):
            Delivery(folder, store).run()
        for _ in range(20):
            with pytest.raises(StoreError):
                Delivery(folder, store).run()
        proxy.cut_at = None
        Delivery(folder, store).run()
        assert steps(database, place) == list(range(500))
        assert same_as_recorded(place, database)

    def test_again_and_again_under_a_run(self, place, until, database, proxy):
        """A run whose every connection is cut at another moment is there in the end, once."""
        program = place.start(UNTIL_TOLD, UNIFIG_STORE=through(proxy, database))
        program.hear("ready")
        for number in (4, 8, 12):
            proxy.cut_after = number
            pieces = proxy.pieces
            until(lambda before=pieces: proxy.pieces > before + 3)
        proxy.cut_after = None
        (place.folder / "stop").touch()
        done = program.end()
        assert done.code == 0, done.err
        sync(place, database)
        assert steps(database, place) == list(range(int(done.out)))
        assert same_as_recorded(place, database)


def name(url):
    """The database of a URL."""
    return url.partition("?")[0].rpartition("/")[2]


class TestRefused:
    """What a database does not take."""

    def test_its_disk_is_full(self, place, own_server):
        """Training goes on; once there is room, delivery does."""
        with small_disk(own_server) as disk:
            own_server.execute("create database runs tablespace small")
            url = own_server.url().replace("/postgres?", "/runs?")
            place.run(SHORT, UNIFIG_STORE=url)
            with (disk / "filling").open("wb") as file, pytest.raises(OSError):
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            long = SHORT.replace("500", "60_000").replace('"run"', '"long"')
            done = place.run(long, UNIFIG_STORE=url)
            assert (done.code, done.out) == (0, "ends\n")
            assert "can't be written" in done.warnings[0]
            assert "No space left on device" in done.warnings[0]
            (disk / "filling").unlink()
            sync(place, url)
            assert steps(url, place) == list(range(500))
            assert len(unifig.Api(place.runs, url).run("me/demo/long").history()) == 60_000

    def test_one_run_that_it_does_not_take(self, place, database, monkeypatch):
        """It is told of, and costs the others nothing."""
        settle(place.folder, monkeypatch)
        for number in range(5):
            run = ("me", "demo", f"r{number}")
            write(
                place.runs,
                f"w{number}",
                lines(f"w{number}", [start(), log((0, {"x": number})), finish()], run),
                run,
            )
        open_store(find(place.runs), database)
        execute("alter table run add check (id != 'r3')", name(database))
        execute(
            """create function no() returns trigger language plpgsql as $$ begin
            if new.id = 'r3' then raise exception 'too long' using errcode = '54000'; end if;
            return new; end $$""",
            name(database),
        )
        execute(
            "create trigger no before insert on run for each row execute function no()",
            name(database),
        )
        (told,) = sync(place, database)
        assert "it can't be delivered" in str(told)
        assert "too long" in str(told)
        api = unifig.Api(place.folder / "elsewhere", database)
        assert sorted(run.id for run in api.runs()) == ["r0", "r1", "r2", "r4"]
        execute("drop trigger no on run", name(database))
        execute("alter table run drop constraint run_id_check", name(database))
        assert sync(place, database) == []
        assert len(unifig.Api(place.folder / "elsewhere", database).runs()) == 5


@contextmanager
def small_disk(server):
    """A tablespace on a file system of its own, which is soon full."""
    if not IS_ROOT:
        pytest.skip("only root can mount a file system")
    folder = Path(server.socket).parent / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=777", "tmpfs", folder], check=True)
    try:
        inside = folder / "space"
        inside.mkdir()
        subprocess.run(["chown", "pgserver", inside], check=True)
        server.execute(f"create tablespace small location '{inside}'")
        yield folder
    finally:
        server.stop()
        subprocess.run(["umount", "-l", folder], check=True)


class TestProcesses:
    """Processes that are many, that fork, that die."""

    def test_forks_and_spawned_workers(self, place, database):
        """They record into the run, and leave the connection of the one that delivers alone."""
        program = """
            import multiprocessing, os, time, unifig

            def work(run, n):
                run.log({"spawned": n})

            if __name__ == "__main__":
                run = unifig.init(id="run")
                time.sleep(1)  # it delivers by now
                for n in range(4):
                    if os.fork() == 0:
                        unifig.log({"forked": n})
                        raise SystemExit
                context = multiprocessing.get_context("spawn")
                workers = [context.Process(target=work, args=(run, n)) for n in range(2)]
                for worker in workers: worker.start()
                for worker in workers: worker.join()
                for _ in range(4): os.wait()
                time.sleep(1)
                run.log({"own": 1})
                run.finish()
        """
        done = place.run(program, UNIFIG_STORE=database)
        assert (done.code, done.warnings) == (0, []), done.err
        run = unifig.Api(place.folder / "elsewhere", database).run("me/demo/run")
        assert run.state == "finished"
        seen = [(key, row[key]) for row in run.history() for key in row if key[0] != "_"]
        wanted = (
            [("forked", n) for n in range(4)] + [("spawned", n) for n in range(2)] + [("own", 1)]
        )
        assert sorted(seen) == sorted(wanted)
        assert same_as_recorded(place, database)

    def test_a_pool_that_is_forked_at_once(self, place, database):
        """While the courier loads what it needs: its children load modules as ever."""
        program = """
            import multiprocessing, unifig

            def work(n):
                import decimal, asyncio, uuid, email.message, xml.dom.minidom
                return n

            run = unifig.init(id="run")
            for _ in range(3):
                with multiprocessing.get_context("fork").Pool(4) as pool:
                    assert pool.map(work, range(8)) == list(range(8))
            run.finish()
            print("ends")
        """
        for at in range(3):
            done = place.run(program.replace('"run"', f'"r{at}"'), UNIFIG_STORE=database)
            assert (done.code, done.out) == (0, "ends\n"), done.err

    def test_sixteen_processes_with_many_runs(self, place, database):
        """At once into an empty database: each run is there, whole; nobody is told of trouble."""
        program = """
            import sys, unifig
            for number in range(6):
                id_ = f"r{sys.argv[1]}-{number}"
                with unifig.init({"lr": number, "who": sys.argv[1]}, id=id_) as run:
                    for n in range(50):
                        run.log({"loss": n, f"m{number}": n, f"of{sys.argv[1]}": 1})
        """
        programs = [place.start(program, str(at), UNIFIG_STORE=database) for at in range(16)]
        done = [program.end() for program in programs]
        assert {one.code for one in done} == {0}
        late = [told for one in done for told in one.warnings]
        assert all("not all is delivered" in told or "is busy" in told for told in late), late
        sync(place, database)
        runs = list(unifig.Api(place.folder / "elsewhere", database).runs())
        assert len(runs) == 96
        assert {(run.state, len(run.history())) for run in runs} == {("finished", 50)}
        assert same_as_recorded(place, database)

    def test_two_deliver_the_same(self, place, database):
        """Several processes of one folder at once: each line is there once."""
        place.run(SHORT.replace("500", "5_000"))
        program = """
            import sys, unifig
            print(len(unifig.Api().run("me/demo/run").history()))
        """
        programs = [place.start(program, UNIFIG_STORE=database) for _ in range(4)]
        assert [program.end().out for program in programs] == ["5000\n"] * 4
        assert same_as_recorded(place, database)

    def test_a_process_that_is_killed(self, place, until, database):
        """What was delivered is there; it is shown as crashed, at once where it can be seen."""
        program = place.start(UNTIL_TOLD, UNIFIG_STORE=database)
        program.hear("ready")
        until(lambda: steps(database, place))
        elsewhere = unifig.Api(place.folder / "elsewhere", database)
        assert elsewhere.run("me/demo/run").state == "running"
        program.signal(signal.SIGKILL)
        program.end()
        assert elsewhere.run("me/demo/run").state == "running"  # nothing was heard for a moment
        execute("update beat set at = at - 91000000", name(database))
        assert elsewhere.run("me/demo/run").state == "crashed"
        execute(
            "insert into beat select key, extract(epoch from clock_timestamp()) * 1000000 from run",
            name(database),
        )
        assert elsewhere.run("me/demo/run").state == "running"
        assert unifig.Api(place.runs, database).run("me/demo/run").state == "crashed"
        assert elsewhere.run("me/demo/run").state == "crashed"
        assert steps(database, place) == place.one().values("n")

    def test_a_process_that_is_told_to_end(self, place, until, database):
        """SIGTERM, as of a job that is preempted: the store knows it, too."""
        program = place.start(UNTIL_TOLD, UNIFIG_STORE=database)
        program.hear("ready")
        until(lambda: steps(database, place))
        program.signal(signal.SIGTERM)
        assert program.end().code == -signal.SIGTERM
        run = unifig.Api(place.folder / "elsewhere", database).run("me/demo/run")
        assert (run.state, run.error) == ("killed", "SIGTERM")

    def test_signs_of_life(self, place, until, database, monkeypatch):
        """A run that logs nothing gives them, and no line of its journal says so."""
        program = place.start(
            "import time, unifig\nfrom unifig.runs.store import beats\nbeats.PERIOD = 0.5\n"
            "run = unifig.init(id='run')\nprint('ready', flush=True)\ntime.sleep(60)",
            UNIFIG_STORE=database,
        )
        program.hear("ready")
        until(lambda: steps(database, place) is not None)
        execute("update beat set at = 0", name(database))
        until(lambda: execute("select at from beat", name(database))[0][0] > 0)
        program.signal(signal.SIGKILL)
        program.end()


class TestElsewhere:
    """One store, and many machines."""

    def test_a_run_goes_on_on_another_machine(self, place, database):
        """With its config, its summary and its step; and what is edited here is seen there."""
        place.run(SHORT, UNIFIG_STORE=database)
        run = unifig.Api(place.folder / "third", database).run("me/demo/run")
        run.config["lr"] = 0.2
        run.tags = ["good"]
        run.update()
        program = """
            import json, unifig
            run = unifig.init(id="run", resume="must")
            print(json.dumps([unifig.config.flat(), run.step, run.summary["n"], run.tags]))
            run.log({"n": 500})
            run.finish()
        """
        told = place.well(program, UNIFIG_STORE=database, UNIFIG_DIR=str(place.folder / "other"))
        assert told == [{"lr": 0.2}, 500, 499, ["good"]]
        assert steps(database, place) == list(range(501))
        run.load()
        assert (run.config["lr"], run.state) == (0.2, "finished")

    def test_a_store_that_is_away_when_a_run_is_to_go_on(self, place, own_server):
        """What is recorded here is gone on with, and told; without that it is an error."""
        url = own_server.url()
        place.run(SHORT, UNIFIG_STORE=url)
        own_server.stop()
        program = "import unifig; print(unifig.init(id='run', resume='must').step)"
        done = place.run(program, UNIFIG_STORE=url)
        assert (done.code, done.out) == (0, "500\n")
        assert "What this machine has recorded of it is gone on with" in done.warnings[0]
        done = place.run(program, UNIFIG_STORE=url, UNIFIG_DIR=str(place.folder / "other"))
        assert done.code == 1
        assert (
            "RunError: whether there is a run me/demo/run to go on with can't be seen" in done.err
        )

    def test_a_machine_whose_clock_is_behind(self, place, database):
        """What it records of a run comes after what was recorded before, whenever that was."""
        ahead = SHORT.replace("import unifig", "import time, unifig\nnow = time.time_ns").replace(
            "run = ", "time.time_ns = lambda: now() + 600 * 10**9\nrun = "
        )
        place.run(ahead, UNIFIG_STORE=database)
        program = """
            import unifig
            with unifig.init(id="run", resume="must", config={"lr": 0.5}) as run:
                run.log({"n": 500})
                run.summary["best"] = "late"
        """
        place.run(program, UNIFIG_STORE=database, UNIFIG_DIR=str(place.folder / "other"))
        run = unifig.Api(place.folder / "elsewhere", database).run("me/demo/run")
        assert (run.config, run.summary["n"], run.summary["best"]) == ({"lr": 0.5}, 500, "late")
        assert [row["n"] for row in run.history()] == list(range(501))

    def test_a_server_that_says_nothing(self, place, database, proxy):
        """A run that is to go on waits for it as long as is said, and then goes on."""
        place.run(SHORT, UNIFIG_STORE=database)
        proxy.delay = 60
        program = "import unifig\nprint(unifig.init(id='run', resume='must').step)"
        done = place.run(program, UNIFIG_STORE=through(proxy, database))
        assert (done.code, done.out) == (0, "500\n"), done.err
        assert "has not answered for 10 seconds" in done.warnings[0]

    def test_who_may_only_read(self, place, database):
        """Reads, also where a run has crashed, and is not told what it may not write."""
        program = """
            import os, time, unifig
            unifig.init(id="run").log({"n": 0})
            time.sleep(2)
            os._exit(0)
        """
        place.run(program, UNIFIG_STORE=database)
        execute("create role reader login", name(database))
        execute("grant select on all tables in schema public to reader", name(database))
        url = database.replace("postgres:@", "reader@")
        execute("update beat set at = 0", name(database))
        assert steps(url, place) == [0]
        with pytest.raises(StoreError, match="permission denied"):
            unifig.Api(place.folder / "elsewhere", url).run("me/demo/run").delete()
        execute("drop owned by reader", name(database))
        execute("drop role reader", name(database))

    def test_two_machines_edit(self, place, database):
        """The one that comes second is told, and nothing of it is written."""
        place.run(SHORT, UNIFIG_STORE=database)
        one, other = (unifig.Api(place.folder / at, database).run("me/demo/run") for at in "ab")
        one.config["lr"], other.config["lr"] = 1, 2
        one.update()
        with pytest.raises(unifig.ConflictError, match="somebody else has changed"):
            other.update()
        other.load()
        other.delete()
        with pytest.raises(unifig.RunNotFoundError):
            one.load()

    def test_what_comes_from_two_machines_in_any_order(self, place, database, monkeypatch):
        """Events that come late are put where they belong, though no machine has all journals."""
        settle(place.folder, monkeypatch)
        run = ("me", "demo", "run")
        parts = [
            ("a", lines("w1", [start(), log((0, {"n": 0})), log((2, {"n": 9})), finish()], run)),
            ("b", lines("w2", [log((1, {"n": 1}), (3, {"m": 1}))], run, aside=True)),
        ]
        for machine, text in reversed(parts):
            folder = place.folder / machine
            write(folder, f"w{machine}", text, run)
            write(place.runs, f"w{machine}", text, run)
            Delivery(find(folder), open_store(find(folder), database)).run()
        assert same_as_recorded(place, database)
