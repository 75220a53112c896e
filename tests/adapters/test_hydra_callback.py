"""The callback of Hydra's that records every job: real programs, with both launchers."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from unifig import Api
from unifig.runs.command import recorded_command

SCRIPTS = Path(sys.executable).parent
OTHERS = ("UNIFIG_", "PYTHON", "COLUMNS", "XDG_")
"""The beginnings of variables that change what a program of a test does."""
BOUND = 120.0
"""Seconds after which a program hangs; no test takes so long."""

CONF = {
    "config.yaml": """
        defaults: [{model: small}, _self_]
        lr: 0.1
        epochs: 3
        db: {password: null}
        hydra:
          callbacks:
            unifig:
              _target_: unifig_adapters.hydra_callback.Callback
        """,
    "tuned.yaml": "{defaults: [config, _self_], epochs: 9}",
    "swept.yaml": """
        defaults: [config, _self_]
        hydra: {mode: MULTIRUN, sweeper: {params: {lr: "0.1,0.2"}}}
        """,
    "model/small.yaml": "units: 3",
    "model/big.yaml": "units: 300",
}
PLAIN = """
    import sys
    import hydra

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg):
        if cfg.lr == 0.2:
            raise ValueError("0.2 is too high")
        if cfg.lr > 1:
            sys.exit(int(cfg.lr))

    if __name__ == "__main__":
        main()
    """
WAITING = """
    import time
    from pathlib import Path
    import hydra

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg):
        Path(f"waits-{cfg.lr}").touch()
        time.sleep(100)

    if __name__ == "__main__":
        main()
    """
LAUNCHERS = {"basic": [], "joblib": ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]}


class Project:
    """A Hydra project, and what its programs have recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in os.environ if not name.startswith(OTHERS)}
        own = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "UNIFIG_ENTITY": "me"}
        path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
        self.env = {**kept, **own, "PATH": path, "PYTHONUTF8": "1"}
        for name, text in CONF.items():
            file = folder / "conf" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))

    def write(self, source: str) -> None:
        """Writes the program, ``app.py``."""
        (self.folder / "app.py").write_text(dedent(source))

    def do(self, *command: str) -> subprocess.CompletedProcess:
        """Runs a command in the project's folder."""
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=self.env,
            timeout=BOUND,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Runs the program."""
        return self.do(sys.executable, "app.py", *words)

    def job(self, body: str, *words: str) -> tuple:
        """Runs a job whose body is given; gives what it has told, and the warnings of it."""
        head = """
            import json
            import hydra
            import unifig

            @hydra.main(version_base=None, config_path="conf", config_name="config")
            def main(cfg):
            """
        inner = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
        self.write(f"{dedent(head).rstrip()}\n{inner}\nmain()\n")
        done = self.run(*words)
        told = [json.loads(line)[0] for line in done.stdout.splitlines() if line.startswith("[[")]
        return told, [line for line in done.stderr.splitlines() if "Warning: " in line]

    def runs(self, folder: str = ".unifig", **filters) -> list:
        """The runs, the first one first."""
        return list(Api(dir=self.folder / folder).runs(filters=filters, order="+created_at"))

    def one(self):
        """The only run."""
        (run,) = self.runs()
        return run


@pytest.fixture
def project(tmp_path):
    """A Hydra project whose program is yet to be written."""
    return Project(tmp_path)


@pytest.fixture(scope="module", params=LAUNCHERS)
def sweep(request, tmp_path_factory):
    """A project whose multirun of three jobs has ended, one of which failed."""
    project = Project(tmp_path_factory.mktemp(request.param))
    project.write(PLAIN)
    words = ["-cn", "tuned", "-m", "lr=0.1,0.2,0.3", "model=big", *LAUNCHERS[request.param]]
    done = project.run(*words)
    assert "0.2 is too high" in done.stderr
    assert "Callback" not in done.stderr
    project.launcher = request.param
    return project


class TestMultirun:
    """A multirun of a program that does not know unifig."""

    def test_each_job_is_a_run_by_its_overrides(self, sweep):
        """With its own config, its origins, and its end."""
        runs = {run.name: run for run in sweep.runs()}
        assert sorted(runs) == [f"lr=0.{n},model=big" for n in (1, 2, 3)]
        ends = {name[:6]: (run.state, run.error) for name, run in runs.items()}
        assert ends == {
            "lr=0.1": ("finished", None),
            "lr=0.2": ("failed", "ValueError: 0.2 is too high"),
            "lr=0.3": ("finished", None),
        }
        run = runs["lr=0.3,model=big"]
        config = {"lr": 0.3, "epochs": 9, "db": {"password": None}, "model": {"units": 300}}
        assert run.config == config
        assert run.origins["lr"].name == "lr=0.3"
        assert run.origins["epochs"].place == f"{sweep.folder}/conf/tuned.yaml:1"

    def test_all_are_of_one_group(self, sweep):
        """That is called like the folder of the multirun, from where the program was started."""
        (group,) = {run.group for run in sweep.runs()}
        assert (sweep.folder / group / "0" / ".hydra").is_dir()
        assert group.startswith("multirun/")

    def test_what_hydra_knows_of_a_job_is_in_its_metadata(self, sweep):
        """Its number, its overrides, its choices of config groups, and its folder."""
        runs = {run.config["lr"]: run.metadata["hydra"] for run in sweep.runs()}
        told = runs[0.3]
        folder = Path(told.pop("output_dir"))
        assert (folder / ".hydra" / "config.yaml").is_file()
        assert told.pop("version").startswith("1.")
        assert told == {
            "job": "app",
            "num": 2,
            "config": "tuned",
            "overrides": ["lr=0.3", "model=big"],
            "choices": {"model": "big"},
        }

    def test_the_recorded_program_is_the_person_s(self, sweep):
        """Also where a worker of joblib's ran the job, whose own command line is another."""
        about = {run.config["lr"]: run.metadata for run in sweep.runs()}
        for lr, told in about.items():
            assert told["program"] == str(sweep.folder / "app.py")
            assert told["argv"][:4] == ["app.py", "-cn", "tuned", "-m"]
            assert told["command"] == [sys.executable, "app.py"]
            words = ["-cn", "tuned", *LAUNCHERS[sweep.launcher], f"lr={lr}", "model=big"]
            assert told["arguments"] == words
            assert told["cwd"] == str(sweep.folder)
        others = {told["pid"] for told in about.values()}
        assert len(others) == 1 if sweep.launcher == "basic" else len(others) <= 2

    def test_a_job_runs_again_by_itself(self, sweep):
        """As unifig rerun says: just this job, no multirun, as it was or with a change."""
        (run,) = sweep.runs(**{"config.lr": 0.3, "group": {"$ne": None}})
        words = ["-cn", "tuned", *LAUNCHERS[sweep.launcher], "lr=0.3", "model=big"]
        assert recorded_command(run).words == [sys.executable, "app.py", *words]
        told = sweep.do("unifig", "rerun", run.id, "--set", "epochs=5")
        assert told.stdout == shlex.join([sys.executable, "app.py", *words, "epochs=5"]) + "\n"
        done = sweep.do(*shlex.split(told.stdout))
        assert done.returncode == 0, done.stderr
        (again,) = sweep.runs(**{"config.epochs": 5})
        assert again.config == run.config | {"epochs": 5}
        assert (again.state, again.group) == ("finished", None)
        again.delete()

    def test_it_is_seen_on_the_command_line(self, sweep):
        """Of a run, what Hydra knows of it; of a group, its runs side by side."""
        (run,) = sweep.runs(**{"config.lr": 0.3})
        shown = sweep.do("unifig", "show", run.id).stdout
        assert "hydra overrides   lr=0.3 model=big\n" in shown
        assert "hydra choices     model=big\n" in shown
        command = ["unifig", "runs", "-f", f"group={run.group}", "-c", "name,state"]
        lines = sweep.do(*command, "--sort", "config.lr").stdout.splitlines()
        assert [line.split() for line in lines[1:]] == [
            ["lr=0.1,model=big", "finished"],
            ["lr=0.2,model=big", "failed"],
            ["lr=0.3,model=big", "finished"],
        ]


def test_the_folder_of_a_job_may_be_its_working_directory(project):
    """All is recorded in the one folder of the project all the same."""
    project.write(PLAIN)
    done = project.run("-m", "lr=0.1,0.3", "hydra.job.chdir=True", "hydra.sweep.dir=../swept")
    assert done.returncode == 0, done.stderr
    first, second = project.runs()
    assert first.group == second.group == str(project.folder.parent / "swept")
    assert not list((project.folder.parent / "swept").rglob(".unifig"))


def test_a_job_of_a_multirun_that_a_config_file_asks_for_runs_again_by_itself(project):
    """Its command says that it is no multirun."""
    project.write(PLAIN)
    project.run("--config-name=swept")
    first, second = project.runs()
    assert (first.name, second.state) == ("lr=0.1", "failed")
    again = project.do("unifig", "rerun", "--exec", first.id)
    assert again.returncode == 0, again.stderr
    (*_, last) = project.runs()
    assert (len(project.runs()), last.name, last.group) == (3, "lr=0.1", None)


class TestOneJob:
    """A program that is no multirun."""

    def test_it_is_a_run_of_no_group(self, project):
        """Whose name is its id, for there is no override to call it by."""
        project.write(PLAIN)
        done = project.run()
        assert (done.returncode, done.stderr) == (0, "")
        run = project.one()
        assert (run.state, run.group, run.name) == ("finished", None, run.id)
        assert run.metadata["arguments"] == []
        assert "num" not in run.metadata["hydra"]

    def test_the_command_line_is_enough(self, project):
        """The callback, and its options, without a line of YAML; secrets are masked."""
        conf = project.folder / "conf" / "config.yaml"
        conf.write_text(conf.read_text().partition("hydra:")[0])
        project.write(PLAIN)
        here = "+hydra.callbacks.unifig"
        options = {
            "project": "digits",
            "entity": "you",
            "name": "first",
            "group": "trials",
            "job_type": "train",
            "tags": "[a,b]",
            "notes": "a try",
            "dir": "kept",
        }
        words = [f"{here}.{name}={value}" for name, value in options.items()]
        target = f"{here}._target_=unifig_adapters.hydra_callback.Callback"
        done = project.run(target, *words, "db.password=hunter2", "hydra.job.chdir=True")
        assert (done.returncode, done.stderr) == (0, "")
        (run,) = project.runs("kept")
        assert (run.entity, run.project, run.name) == ("you", "digits", "first")
        assert (run.group, run.job_type, run.tags) == ("trials", "train", ["a", "b"])
        assert run.notes == "a try"
        assert run.metadata["hydra"]["overrides"] == ["db.password=***"]
        kept = [path for path in (project.folder / "kept").rglob("*") if path.is_file()]
        assert kept
        assert not [path for path in kept if b"hunter2" in path.read_bytes()]

    def test_a_job_that_leaves_by_sys_exit_has_its_exit_code(self, project):
        """Though Hydra tells no callback of it."""
        project.write(PLAIN)
        assert project.run("lr=3").returncode == 3
        run = project.one()
        assert (run.state, run.exit_code) == ("failed", 3)

    def test_disabled_records_nothing(self, project):
        """And the job runs."""
        project.write(PLAIN)
        done = project.run("+hydra.callbacks.unifig.mode=disabled")
        assert (done.returncode, done.stderr) == (0, "")
        assert not (project.folder / ".unifig").exists()


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_ctrl_c_kills_the_runs_of_the_jobs_it_meets(project, launcher):
    """Those that are under way; of the others there is no run.

    joblib kills its workers at once, maybe before one has said what ended it.
    """
    project.write(WAITING)
    words = ["-m", "lr=0.1,0.3", *LAUNCHERS[launcher]]
    process = subprocess.Popen(
        [sys.executable, "app.py", *words],
        cwd=project.folder,
        env=project.env,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    number = 1 if launcher == "basic" else 2
    until(lambda: len(list(project.folder.glob("waits-*"))) == number, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    process.communicate(timeout=BOUND)
    ends = {(run.state, run.error) for run in project.runs()}
    assert len(project.runs()) == number
    killed, crashed = ("killed", "KeyboardInterrupt"), ("crashed", None)
    assert ends <= ({killed} if launcher == "basic" else {killed, crashed})


def until(condition, process):
    """Waits until something is so, as long as a process goes on."""
    while not condition():
        try:
            out, _ = process.communicate(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the program has ended: {out}")


class TestUnifigInAJob:
    """A job that records into its run."""

    def test_init_joins_the_run_of_the_job(self, project):
        """What it is given is applied; its end, and finish(), leave the run open."""
        told, warnings = project.job(
            """
            before = unifig.run
            unifig.config.update(cfg)
            with unifig.init(
                {"seed": 1, "epochs": 5}, name="mine", tags=["b"], notes="n", job_type="train",
                group="g", metadata={"cluster": {"nodes": 2}}, reinit=True,
            ) as run:
                unifig.log({"loss": 0.5})
            same = run is before is unifig.run
            run.finish()
            unifig.finish()
            unifig.finish()
            unifig.log({"loss": 0.25})
            unifig.config.late = True
            print(json.dumps([[same, unifig.config.as_dict(), unifig.run.state]]))
            raise ValueError("later")
            """,
            "lr=0.3",
            "+hydra.callbacks.unifig.tags=[a]",
        )
        [[same, config, state]] = told
        run = project.one()
        assert (same, state, warnings) == (True, "running", [])
        assert config == run.config
        assert (config["seed"], config["epochs"], config["lr"]) == (1, 5, 0.3)
        assert config["late"] is True
        assert (run.state, run.error) == ("failed", "ValueError: later")
        assert [row["loss"] for row in run.history()] == [0.5, 0.25]
        assert (run.name, run.tags, run.notes) == ("mine", ["a", "b"], "n")
        assert (run.job_type, run.group) == ("train", "g")
        assert run.metadata["cluster"] == {"nodes": 2}
        assert run.metadata["hydra"]["overrides"] == ["lr=0.3"]

    def test_what_can_not_be_applied_is_told_once(self, project):
        """By name and value, with what to do; the job goes on."""
        told, warnings = project.job(
            """
            run = unifig.init(
                cfg, entity="you", project="p", id="x", dir="elsewhere", mode="disabled",
                resume="must",
            )
            print(json.dumps([[run.path, run.id]]))
            """
        )
        run = project.one()
        assert told == [[run.path, run.id]]
        [warning] = warnings
        assert warning.partition("Warning: ")[2] == (
            f"init() joins the run {run.path}, which is open already, and can't apply "
            "entity='you', project='p', id='x', dir='elsewhere', mode='disabled', resume='must': "
            "say it where that run is opened, or leave it out"
        )
        assert run.state == "finished"

    def test_what_is_as_it_is_anyway_is_no_warning(self, project):
        """So that a program may say what its callback says."""
        _, warnings = project.job(
            """
            unifig.init(entity="me", project=unifig.run.project, dir=unifig.run.dir, mode="online")
            """
        )
        assert (warnings, project.one().state) == ([], "finished")

    def test_a_job_that_ends_well_ended_as_its_last_finish_said(self, project):
        """For it may know better than Hydra, which sees no exception."""
        project.job(
            """
            unifig.finish(exit_code=1)
            if cfg.lr > 0.2:
                unifig.init().finish()
            """,
            "-m",
            "lr=0.1,0.3",
        )
        assert [run.state for run in project.runs()] == ["failed", "finished"]

    def test_what_the_job_changes_in_the_config_is_recorded_and_no_error(self, project):
        """A value that no person chose is what the job says last."""
        told, warnings = project.job(
            """
            cfg.epochs = 7
            unifig.config.update(cfg)
            cfg.epochs = 8
            unifig.config.update(cfg)
            unifig.config.epochs = 9
            print(json.dumps([[unifig.config.epochs]]))
            """
        )
        assert (told, warnings) == ([[9]], [])
        assert project.one().config["epochs"] == 9

    def test_each_job_of_a_multirun_joins_its_own_run(self, project):
        """Though all run in one process, and none of them calls finish()."""
        told, _ = project.job(
            """
            run = unifig.init(cfg)
            unifig.log({"lr": cfg.lr})
            print(json.dumps([[run.id, cfg.lr]]))
            """,
            "-m",
            "lr=0.1,0.2,0.3",
        )
        assert told == [[run.id, run.summary["lr"]] for run in project.runs()]
        assert len(told) == 3


class TestTrouble:
    """What is of the callback's doing must not hurt the program."""

    def test_an_option_that_it_does_not_have_is_hydra_s_own_error(self, project):
        """Before any job: it names the callback and the option."""
        project.write(PLAIN)
        done = project.run("+hydra.callbacks.unifig.colour=red")
        assert done.returncode == 1
        assert "unifig_adapters.hydra_callback.Callback" in done.stderr
        assert "unexpected keyword argument 'colour'" in done.stderr

    def test_a_value_that_makes_no_sense_is_a_warning(self, project):
        """The job runs, and is not recorded."""
        project.write(PLAIN)
        done = project.run("+hydra.callbacks.unifig.mode=loud")
        assert done.returncode == 0
        assert "on_job_start raised RunError: mode is 'loud': write one of" in done.stderr
        assert not (project.folder / ".unifig").exists()

    def test_a_program_that_only_composes_records_nothing(self, project):
        """There is no job."""
        project.write(
            """
            from hydra import compose, initialize

            with initialize(version_base=None, config_path="conf"):
                print(compose("config", ["lr=0.3"]).lr)
            """
        )
        done = project.run()
        assert (done.returncode, done.stdout) == (0, "0.3\n")
        assert not (project.folder / ".unifig").exists()

    def test_unifig_does_not_load_it(self, project):
        """Hydra alone does, where a project names it."""
        done = project.do(
            sys.executable,
            "-c",
            "import sys, unifig; unifig.to_flat({}); unifig.init(mode='disabled').finish();"
            "print([name for name in sys.modules if 'callback' in name])",
        )
        assert done.stdout == "[]\n", done.stderr
