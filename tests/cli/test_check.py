"""``unifig check``: what a program would have recorded, found without a line of its training."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.conftest import UNIFIG

PARSER = """
    import argparse
    from pathlib import Path

    def build():
        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
        parser.add_argument("--data", type=Path, default=Path("digits"))
        parser.add_argument("--password")
        return parser
"""


CHECK = """
import sys
from unifig import UnifigError
from unifig.cli.check import command
from unifig.cli.output import tell_warnings
tell_warnings()
try:
    command()
except UnifigError as error:
    sys.exit(f"unifig: {error}")
"""
"""The command by itself: all of unifig takes longer to load than what is tested here."""


class Check:
    """A program in a project, and what is told of it."""

    def __init__(self, project):
        self.project = project

    def run(self, target, *args, options=(), env=None):
        command = [sys.executable, "-c", CHECK, target, *options, "--", *args]
        done = self.project._run(command, env or {})
        assert self.traces() == [], "the program trained, or something was left behind"
        return done

    def traces(self):
        """What a program or a framework leaves behind where it runs."""
        names = ("trained", "finally", "outputs", "multirun", ".hydra", ".unifig")
        return [name for name in names if (self.project.folder / name).exists()]

    def of(self, source, *args, name="train.py", target=None, **how):
        """What is told of a program, as data."""
        self.project.write(name, source)
        done = self.run(target or name, *args, options=["--json"], **how)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def values(self, source, *args, **how):
        """The values alone."""
        data = self.of(source, *args, **how)
        return {key: told["value"] for key, told in data["config"].items()}

    def error(self, source, *args, name="train.py", target=None, **how):
        """What is said of a program of which nothing can be told."""
        self.project.write(name, source)
        done = self.run(target or name, *args, **how)
        assert (done.returncode, done.stdout) == (1, ""), done
        return done.stderr


@pytest.fixture
def check(project):
    return Check(project)


class TestArgparse:
    """The program's own call of its parser returns."""

    def test_a_parser_inside_a_function_is_found(self, check):
        """With the origin, the type and the help of each value, and the line of the call."""
        data = check.of(
            PARSER
            + """
    def main():
        args = build().parse_args()
        open("trained", "w").close()

    if __name__ == "__main__":
        main()
            """,
            "--lr",
            "0.01",
        )
        lr, path = data["config"]["lr"], data["config"]["data"]
        assert (lr["value"], path["value"], path["type"]) == (0.01, "digits", "pathlib.PosixPath")
        assert lr["origin"]["kind"] == "cli"
        assert lr["origin"]["name"] == "--lr"
        assert lr["origin"]["help"] == "learning rate"
        assert path["origin"]["kind"] == "default"
        assert data["chosen"] == ["lr"]
        assert data["adapters"] == {"argparse": 3}
        assert data["source"]["object"] == "argparse.Namespace"
        assert data["source"]["place"] == f"{check.project.folder / 'train.py'}:13"

    def test_a_script_without_a_guard_is_stopped_as_well(self, check):
        """Neither the next line nor ``finally`` nor an exit handler runs."""
        values = check.values(
            PARSER
            + """
    import atexit
    atexit.register(lambda: open("trained", "w").close())
    try:
        args = build().parse_args()
        open("trained", "w").close()
    finally:
        open("finally", "w").close()
            """
        )
        assert values == {"lr": 0.1, "data": "digits", "password": None}

    def test_nothing_that_the_program_catches_gets_in_the_way(self, check):
        """A bare except around the call sees nothing, and a refusal in it ends the program."""
        source = (
            PARSER
            + """
    try:
        args = build().parse_args()
    except BaseException:
        pass
    open("trained", "w").close()
            """
        )
        assert check.values(source, "--lr", "1")["lr"] == 1.0
        told = check.error(source, "--lr", "fast")
        assert "argument --lr: invalid float value: 'fast'" in told
        assert "unifig: train.py ended with exit code 2 before its configuration" in told

    def test_subcommands(self, check):
        """The parsers of subcommands are part of the one that the program calls."""
        values = check.values(
            """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--seed", type=int, default=0)
            commands = parser.add_subparsers(dest="command")
            commands.add_parser("fit").add_argument("--epochs", type=int, default=1)
            commands.add_parser("test").add_argument("--split")
            args = parser.parse_args()
            open("trained", "w").close()
            """,
            "fit",
            "--epochs",
            "7",
        )
        assert values == {"seed": 0, "command": "fit", "epochs": 7}

    def test_a_parser_of_the_programs_own_class(self, check):
        """The call that the program makes counts, and not those inside it."""
        data = check.of(
            """
            import argparse

            class Parser(argparse.ArgumentParser):
                def parse_args(self, *args, **named):
                    made = super().parse_args(*args, **named)
                    made.lr *= 2
                    return made

            parser = Parser()
            parser.add_argument("--lr", type=float, default=0.5)
            args = parser.parse_args(["--lr", "4"])
            open("trained", "w").close()
            """
        )
        assert data["config"]["lr"]["value"] == 8.0

    @pytest.mark.parametrize(
        ("args", "lr", "epochs"),
        [
            ([], 0.1, 1),
            (["--config", "a"], 0.5, 1),
            (["--config", "a", "--epochs", "3"], 0.5, 3),
        ],
    )
    def test_a_first_parser_for_a_second_one_is_passed_over(self, check, args, lr, epochs):
        """As programs have it that read a file of defaults before they parse."""
        values = check.values(
            """
            import argparse
            first = argparse.ArgumentParser(add_help=False)
            first.add_argument("--config")
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float, default=0.1)
            parser.add_argument("--epochs", type=int, default=1)

            def parse():
                known, rest = first.parse_known_args()
                if known.config:
                    parser.set_defaults(lr=0.5)
                args = parser.parse_args(rest)
                return args

            args = parse()
            open("trained", "w").close()
            """,
            *args,
        )
        assert values == {"lr": lr, "epochs": epochs}

    @pytest.mark.parametrize(("args", "lr"), [([], 0.1), (["--config", "a"], 0.5)])
    def test_a_second_call_that_is_not_made_is_not_waited_for(self, check, args, lr):
        """The program goes on to the last line from which it could be, and no further."""
        values = check.values(
            """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float, default=0.1)
            parser.add_argument("--config")
            try:
                args = parser.parse_args()
                if args.config:
                    parser.set_defaults(lr=0.5)
                    args = parser.parse_args()
                open("trained", "w").close()
            except ValueError:
                args = parser.parse_args([])
            """,
            *args,
        )
        assert values["lr"] == lr

    def test_a_library_that_parses_for_itself_is_passed_over(self, check):
        """What is in site-packages is not the program, wherever that is."""
        check.project.write(
            "lib/site-packages/helper.py",
            """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--verbosity", default=0)
            parser.parse_known_args()
            """,
        )
        values = check.values(
            PARSER
            + """
    import sys
    sys.path.append("lib/site-packages")
    import helper
    args = build().parse_args()
    open("trained", "w").close()
            """
        )
        assert list(values) == ["lr", "data", "password"]

    def test_a_parser_in_a_thread(self, check):
        """Threads that the program starts are watched like the first one."""
        values = check.values(
            PARSER
            + """
    import threading
    def work():
        build().parse_args()
        open("trained", "w").close()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    open("trained", "w").close()
            """,
            "--lr=2",
        )
        assert values["lr"] == 2.0


class TestFlags:
    """The flags are parsed, by ``app.run`` or by the program."""

    def test_absl(self, check):
        data = check.of(
            """
            from absl import app, flags
            FLAGS = flags.FLAGS
            flags.DEFINE_float("lr", 0.1, "learning rate")
            flags.DEFINE_list("layers", ["64"], "sizes")

            def main(argv):
                open("trained", "w").close()

            if __name__ == "__main__":
                app.run(main)
            """,
            "--lr=0.3",
        )
        assert data["config"]["lr"]["value"] == 0.3
        assert data["config"]["layers"]["value"] == ["64"]
        assert (data["chosen"], data["adapters"]) == (["lr"], {"absl.flags": 2})

    def test_a_flag_that_is_not_there_is_told_as_the_program_tells_it(self, check):
        told = check.error(
            """
            from absl import app, flags
            flags.DEFINE_float("lr", 0.1, "learning rate")
            app.run(lambda argv: open("trained", "w").close())
            """,
            "--rl=0.3",
        )
        assert "Unknown command line flag 'rl'" in told
        assert "train.py ended with exit code 1 before" in told

    def test_tensorflow(self, check):
        values = check.values(
            """
            import tensorflow as tf
            tf.compat.v1.flags.DEFINE_integer("batch", 32, "batch size")

            def main(argv):
                open("trained", "w").close()

            tf.compat.v1.app.run(main)
            """,
            "--batch=8",
        )
        assert values == {"batch": 8}


HYDRA = """
    import hydra

    @hydra.main(version_base=None, config_path="conf", config_name="config")
    def main(cfg):
        open("trained", "w").close()

    if __name__ == "__main__":
        main()
"""


class TestHydra:
    """The task function is about to be called."""

    @pytest.fixture(autouse=True)
    def configs(self, project):
        project.write(
            "conf/config.yaml",
            """
            defaults: [{optimizer: adam}, _self_]
            epochs: 3
            out: ${hydra:runtime.output_dir}/out
            broken: ${nothing.there}
            seed: ???
            """,
        )
        project.write("conf/optimizer/adam.yaml", "{name: adam, lr: 0.001}")
        project.write("conf/optimizer/sgd.yaml", "{name: sgd, lr: 0.1}")

    def test_overrides_and_files_are_known(self, check):
        """And the folder that Hydra makes for the job is gone again."""
        data = check.of(HYDRA, "optimizer=sgd", "epochs=5")
        config = data["config"]
        assert config["optimizer.name"]["value"] == "sgd"
        assert config["optimizer.name"]["origin"]["name"] == "optimizer=sgd"
        assert config["epochs"]["origin"]["name"] == "epochs=5"
        assert config["seed"]["origin"]["kind"] == "file"
        assert config["out"]["value"].startswith(str(check.project.folder / "outputs"))
        assert data["open"] == {"broken": "can't be resolved", "seed": "still to be set"}
        assert data["notes"] == []
        [warning] = data["warnings"]
        assert "'broken': the interpolation '${nothing.there}' can't be resolved" in warning

    def test_folders_that_were_there_stay_with_what_is_in_them(self, check):
        kept = check.project.write("runs/older/model.pt", "weights")
        check.of(HYDRA, "hydra.run.dir=runs/newer", "hydra.job.chdir=true")
        assert list((check.project.folder / "runs").iterdir()) == [kept.parent]
        assert kept.read_text() == "weights"

    def test_a_file_that_hydra_wrote_over_is_told(self, check):
        check.project.write("here/.hydra/config.yaml", "epochs: 1")
        data = check.of(HYDRA, "hydra.run.dir=here")
        path = check.project.folder / "here" / ".hydra" / "config.yaml"
        assert data["notes"] == [f"Hydra has written {path} anew"]
        assert list(path.parent.iterdir()) == [path]

    def test_of_a_multirun_the_first_job_is_told(self, check):
        data = check.of(HYDRA, "--multirun", "epochs=7,8")
        assert data["config"]["epochs"]["value"] == 7
        assert "this is the first job" in data["notes"][0]

    def test_a_launcher_that_starts_processes_is_refused(self, check):
        """For jobs that run there would not be stopped."""
        check.project.write("hydra_plugins/far/__init__.py", "")
        check.project.write(
            "hydra_plugins/far/launcher.py",
            """
            from dataclasses import dataclass
            from hydra.core.config_store import ConfigStore
            from hydra.plugins.launcher import Launcher

            class Far(Launcher):
                def setup(self, **_):
                    pass
                def launch(self, job_overrides, initial_job_idx):
                    open("trained", "w").close()

            @dataclass
            class Conf:
                _target_: str = "hydra_plugins.far.launcher.Far"

            ConfigStore.instance().store(group="hydra/launcher", name="far", node=Conf)
            """,
        )
        told = check.error(HYDRA, "--multirun", "hydra/launcher=far", "epochs=1,2")
        assert "the launcher hydra_plugins.far.launcher.Far starts jobs in other processes" in told

    def test_a_decorated_function_can_be_named(self, check):
        values = check.values(HYDRA, "epochs=9", target="train:main")
        assert values["epochs"] == 9

    def test_compose(self, check):
        values = check.values(
            """
            from hydra import compose, initialize
            with initialize(version_base=None, config_path="conf"):
                cfg = compose("config", overrides=["epochs=4"])
            open("trained", "w").close()
            """
        )
        assert values["epochs"] == 4

    def test_a_wrong_override_is_told_as_hydra_tells_it(self, check):
        told = check.error(HYDRA, "epoch=4")
        assert "Could not override 'epoch'" in told
        assert "train.py ended with exit code 1" in told


class TestUnifig:
    """Programs that record already: nothing is recorded."""

    @pytest.mark.parametrize(
        "start",
        [
            "unifig.init({'lr': 0.1})",
            "unifig.init({'lr': 0.1}, dir='.unifig', mode='online')",
            "unifig.init(mode='online'); time.sleep(0.5); unifig.config.update(lr=0.1)",
            "unifig.init(); unifig.config.update({'lr': 0.1})",
            "unifig.init(); unifig.config.lr = 0.1; unifig.log({'loss': 1})",
            "unifig.init().config.lr = 0.1; unifig.run.log({'loss': 1})",
        ],
    )
    def test_the_programs_own_config_is_told(self, check, start):
        source = f"import time, unifig\n{start}\nopen('trained', 'w').close()\n"
        assert check.values(source) == {"lr": 0.1}

    def test_a_config_without_a_run(self, check):
        """At the end of the program, where nothing told of it before."""
        assert check.values("import unifig, sys\nunifig.config.lr = 0.1\nsys.exit(0)") == {
            "lr": 0.1
        }

    def test_what_was_recorded_before_the_parser_is_in_it(self, check):
        """Defaults, files of ``--configs``, and values that the program set."""
        check.project.write("config-defaults.yaml", "seed: 1\nlr: 5.0")
        check.project.write("big.yaml", "width: 512")
        values = check.values(
            """
            import argparse
            import unifig
            unifig.init()
            parser = argparse.ArgumentParser()
            parser.add_argument("--lr", type=float, default=0.1)
            args = parser.parse_args()
            open("trained", "w").close()
            """,
            "--configs",
            "big.yaml",
            "--lr",
            "2",
        )
        assert values == {"seed": 1, "lr": 2.0, "width": 512}

    def test_a_run_that_is_gone_on_with_is_read(self, check):
        """So that what is told is what the program would get."""
        source = """
            import unifig
            with unifig.init(id="first", resume="{}") as run:
                run.config.update({{"{}": 1}})
                if "train":
                    open("{}", "w").close()
        """
        check.project.train(source.format("never", "a", "done"))
        journals = sorted((check.project.folder / ".unifig").rglob("*"))
        before = [path.read_bytes() for path in journals if path.is_file()]
        check.project.write("train.py", source.format("must", "b", "trained"))
        told = check.project.unifig("check", "train.py", "--json")
        assert list(json.loads(told.stdout)["config"]) == ["a", "b"]
        assert sorted((check.project.folder / ".unifig").rglob("*")) == journals
        assert [path.read_bytes() for path in journals if path.is_file()] == before
        assert not (check.project.folder / "trained").exists()


OBJECTS = (
    PARSER
    + """
    from dataclasses import dataclass, field
    from absl import flags
    from omegaconf import OmegaConf

    FLAGS = flags.FLAGS
    flags.DEFINE_float("rate", 0.5, "learning rate")

    @dataclass
    class Optimizer:
        name: str = "adam"

    @dataclass
    class Config:
        epochs: int = 3
        optimizer: Optimizer = field(default_factory=Optimizer)

    @dataclass
    class Needy:
        epochs: int

    class Settings:
        inner = Config(epochs=5)

    cfg = OmegaConf.create({"root": "/data", "out": "${root}/out"})
    def make():
        return {"a": {"b": 1}}
    def nothing():
        pass
    def main():
        build().parse_args()
        open("trained", "w").close()
    """
)


class TestObjects:
    """``module:object``, imported from the current folder."""

    @pytest.mark.parametrize(
        ("name", "args", "values"),
        [
            ("build", ["--lr", "3"], {"lr": 3.0, "data": "digits", "password": None}),
            ("main", ["--lr", "3"], {"lr": 3.0, "data": "digits", "password": None}),
            ("FLAGS", ["--rate=2"], {"rate": 2.0}),
            ("flags", ["--rate=2"], {"rate": 2.0}),
            ("Config", [], {"epochs": 3, "optimizer.name": "adam"}),
            ("Settings.inner", [], {"epochs": 5, "optimizer.name": "adam"}),
            ("cfg", [], {"root": "/data", "out": "/data/out"}),
            ("make", [], {"a.b": 1}),
        ],
    )
    def test_what_it_is_or_gives_is_told(self, check, name, args, values):
        assert check.values(OBJECTS, *args, target=f"train:{name}") == values

    @pytest.mark.parametrize(
        ("target", "told"),
        [
            ("train:Confg", "the module train has no attribute 'Confg'; did you mean 'Config'?"),
            ("train:cfg.rot", "train.cfg has no attribute 'rot'; did you mean 'root'"),
            ("trian:Config", "there is no module 'trian'; did you mean 'train'?"),
            ("train:Needy", "the class train.Needy needs epochs: name an object of it"),
            ("train:nothing", "train:nothing() gave None, and parsed nothing on its way"),
            ("train:Needy.__name__", "'Needy' is text"),
            ("train", "there is no file 'train'; did you mean 'train.py'?"),
        ],
    )
    def test_what_can_not_be_told_is_one_clear_error(self, check, target, told):
        assert told in check.error(OBJECTS, target=target)

    def test_wrong_arguments(self, check):
        assert "invalid float value: 'x'" in check.error(OBJECTS, "--lr=x", target="train:build")
        told = check.error(OBJECTS, "--rate=x", target="train:FLAGS")
        assert "unifig: the flags can't be parsed: flag --rate=x" in told

    def test_a_module_that_the_program_lacks_is_its_own_error(self, check):
        told = check.error("import nowhere_to_be_found", target="train:x")
        assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in told
        assert "train:x ended with exit code 1" in told


class TestHowItRuns:
    """As Python itself would run it."""

    SEES = """
        import argparse, json, os, sys
        parser = argparse.ArgumentParser()
        parser.add_argument("--x")
        said = [__name__, __file__, sys.argv, sys.path[0], os.getcwd(), sys.orig_argv[1:],
                parser.prog, sys.modules["__main__"].__dict__ is globals(), __package__]
        print(json.dumps(said))
        args = parser.parse_args()
        said.append("trained")
    """

    @pytest.mark.parametrize("name", ["train.py", "with blank/my train.py"])
    def test_the_program_sees_what_it_always_sees(self, check, name):
        path = check.project.write(name, self.SEES)
        usual = subprocess.run(
            [sys.executable, name, "--x", "1"],
            cwd=check.project.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        done = check.run(name, "--x", "1")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stderr) == json.loads(usual.stdout)
        assert json.loads(done.stderr)[1] == str(path)

    def test_a_module_of_a_package(self, check):
        """``-m`` as Python has it: with relative imports, and the package's own files."""
        check.project.write("pkg/__init__.py", "")
        check.project.write("pkg/options.py", PARSER)
        check.project.write(
            "pkg/train.py",
            """
            from .options import build
            args = build().parse_args()
            open("trained", "w").close()
            """,
        )
        done = check.run("--json", "--lr", "2", options=["-m", "pkg.train"])
        data = json.loads(done.stdout)
        assert data["config"]["lr"]["origin"]["name"] == "--lr"
        told = check.run("--json", options=["-m", "pkg.trian"])
        assert "there is no module 'pkg.trian'" in told.stderr

    def test_a_folder_with_a_main_module(self, check):
        check.project.write("app/options.py", PARSER)
        source = "from options import build\nbuild().parse_args()\n"
        assert check.values(source, "--lr=2", name="app/__main__.py", target="app")["lr"] == 2.0

    def test_what_it_prints_goes_to_standard_error(self, check):
        """So that standard output has the record alone."""
        done = check.run(
            check.project.write(
                "train.py", "print('loading')\n" + "import unifig; unifig.config.update(a=1)"
            ).name,
            options=["--json"],
        )
        assert done.stderr == "loading\n"
        assert json.loads(done.stdout)["config"]["a"]["value"] == 1

    def test_the_command_lines_libraries_are_not_loaded_into_it(self, check):
        """A program that wants others of that name would get them."""
        done = check.run(
            check.project.write(
                "train.py",
                """
                import sys
                print([name for name in ("click", "rich", "sqlalchemy") if name in sys.modules])
                import unifig
                unifig.config.update(a=1)
                """,
            ).name
        )
        assert done.stderr == "[]\n"

    def test_it_gets_no_input(self, check):
        told = check.error("input()", env={})
        assert "EOFError" in told

    def test_a_program_that_fails_shows_its_own_traceback(self, check):
        told = check.error("def main():\n    1 / 0\nmain()\n")
        assert "ZeroDivisionError" in told
        assert "in main" in told
        assert "probe" not in told
        assert told.endswith(
            "unifig: train.py ended with exit code 1 before its configuration was complete: what it"
            " said is above\n"
        )

    def test_help_ends_it(self, check):
        told = check.error(PARSER + "\n    build().parse_args()", "--help")
        assert "--data DATA" in told
        assert "unifig: train.py ended before its configuration was complete." in told

    def test_a_program_that_has_no_configuration(self, check):
        told = check.error("x = 1")
        assert "unifig: train.py ended before its configuration was complete." in told
        assert "unifig check train:build_parser" in told

    def test_a_program_that_takes_too_long_is_stopped_with_what_it_started(self, check):
        told = check.error(
            """
            import subprocess, sys, time
            code = "import time; time.sleep(2.5); open('trained', 'w').close()"
            subprocess.Popen([sys.executable, "-c", code])
            time.sleep(60)
            """,
            options=["--timeout", "1"],
        )
        assert "unifig: train.py was stopped after 1 s" in told
        assert "--timeout" in told
        time.sleep(1.5)
        assert check.traces() == []

    def test_the_command_ends_the_program_when_it_is_ended_itself(self, check):
        check.project.write(
            "train.py",
            """
            import time
            open("began", "w").close()
            time.sleep(2)
            open("trained", "w").close()
            """,
        )
        process = subprocess.Popen([UNIFIG, "check", "train.py"], cwd=check.project.folder)
        while not (check.project.folder / "began").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
        time.sleep(2)
        assert check.traces() == []

    def test_options_of_the_program_without_two_dashes(self, check):
        """Are a wrong usage, which says where they belong."""
        done = check.project.unifig("check", "train.py", "--lr", "1")
        assert done.returncode == 2
        assert "unifig check train.py -- --lr" in done.stderr
        assert check.project.unifig("check").returncode == 2


class TestSecrets:
    """A secret is in nothing that the command says."""

    def test_of_the_command_line_and_the_environment(self, check):
        check.project.write(
            "train.py",
            PARSER
            + """
    import os
    parser = build()
    parser.add_argument("--hub-token", default=os.environ["HUB_TOKEN"])
    args = parser.parse_args()
    open("trained", "w").close()
            """,
        )
        for options in (["--json"], []):
            done = check.run(
                "train.py", "--password", "hunter2", options=options, env={"HUB_TOKEN": "hf_abc"}
            )
            assert done.returncode == 0, done.stderr
            assert "hunter2" not in done.stdout + done.stderr
            assert "hf_abc" not in done.stdout + done.stderr
        assert "masked:\n  password: its key says so: password" in done.stdout
        assert "  hub_token: its key says so: hub_token" in done.stdout

    def test_patterns_of_the_project_count(self, check):
        check.project.write("pyproject.toml", '[tool.unifig]\nmask-always = ["lr"]\n')
        data = check.of(PARSER + "\n    build().parse_args()", "--lr", "0.125")
        assert data["config"]["lr"]["value"] == "***"
        assert data["masked"] == {"lr": "a pattern of yours says so: lr"}


class TestWhatIsTold:
    """For people, in a pipe and in a terminal."""

    ODD = """
        import argparse

        class Sampler:
            def __repr__(self):
                return "Sampler(\\x1b[31mred, hunter)"

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1, help="the\\nrate")
        parser.add_argument("--text", default="a\\nb\\x1b[0m[bold]")
        args = parser.parse_args()
        args.sampler = Sampler()
        """

    def test_an_object_without_a_rule_is_told(self, check):
        data = check.of(
            """
            class Sampler:
                pass
            config = {"data": {"sampler": Sampler()}, "n": 1}
            """,
            target="train:config",
        )
        how = "an object of type train.Sampler has no rule and is recorded by its description"
        assert data["described"] == {"data.sampler": how}
        done = check.run("train:config")
        assert f"recorded by a description:\n  data.sampler: {how}\n" in done.stdout

    def test_each_value_is_a_line_in_a_pipe(self, check):
        check.project.write("train.py", self.ODD)
        done = check.run("train.py", "--lr=3")
        lines = done.stdout.splitlines()
        assert [line.split("  ")[0] for line in lines[:3]] == ["config", "lr", "text"]
        assert lines[1].split(None, 2) == ["lr", "3.0", "--lr on the command line  the rate"]
        assert r"'a\nb\x1b[0m[bold]'" in lines[2]
        assert lines[-2:] == [
            "train.py: 2 values, 1 chosen; by argparse",
            "from parse_args() of the parser 'train.py', at train.py:11 (argparse.Namespace)",
        ]

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_a_table_keeps_to_the_width(self, check, width):
        check.project.write("train.py", self.ODD)
        done = check.run("train.py", "--text", "x" * 500, env={"COLUMNS": str(width)})
        assert max(map(len, done.stdout.splitlines())) <= width
        assert "\x1b" not in done.stdout

    def test_what_can_not_be_recorded_is_one_error(self, check):
        """As the program would meet it."""
        told = check.error("config = {1: 'a', '1': 'b'}", target="train:config")
        assert told.startswith("unifig: the keys 1 and '1' at the top would both be recorded as")

    def test_a_conflict_with_what_the_program_recorded_is_told(self, check):
        told = check.error(
            """
            import argparse
            import unifig
            unifig.config.lr = 5
            parser = argparse.ArgumentParser()
            parser.add_argument("lr", type=int)
            parser.set_defaults()
            args = argparse.Namespace(lr=6)
            unifig.config.update(args)
            open("trained", "w").close()
            """
        )
        assert "ConfigError: 'lr' is 5" in told

    def test_json_is_exact(self, check):
        data = check.of("config = {'a': float('nan'), 'b': 2**80, 'c': 2.0}", target="train:config")
        values = {key: told["value"] for key, told in data["config"].items()}
        assert values == {"a": {"$": ["float", "nan"]}, "b": 2**80, "c": 2.0}
        assert type(values["c"]) is float


def test_nothing_is_left_in_the_temporary_folder(check):
    """The report's folder is removed, also where nothing was found."""
    folder = check.project.folder / "tmp"
    folder.mkdir()
    for source in ("x = 1", PARSER + "\n    build().parse_args()"):
        check.project.write("train.py", source)
        check.run("train.py", env={"TMPDIR": str(folder)})
    assert os.listdir(folder) == []
