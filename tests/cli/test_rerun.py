"""``unifig rerun``: the command of a run, as it was or changed; what differs, what is secret."""

import json
import shlex
import subprocess
import sys

import pytest

TRAIN = """
    import argparse, json, sys
    import unifig

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--hidden", type=int, nargs="+", default=[64])
    parser.add_argument("--note", default="none")
    parser.add_argument("--password")
    args = parser.parse_args()
    with unifig.init() as run:
        run.config.update(unifig.using(args, parser=parser))
        run.config.seed = 3
        print(json.dumps([run.config.as_dict(), run.config.digest()]))
"""


def commands(project, *words, **env):
    """The line that is printed, as words, and what is told beside it."""
    done = project.unifig("rerun", *words, **env)
    assert done.returncode == 0, done.stderr
    return shlex.split(done.stdout), done.stderr


class TestRecorded:
    """Without changes it is the command that started the run."""

    def test_it_is_the_command_word_for_word(self, project):
        """With blanks, quotes, dashes, dollars, line breaks and other scripts, in one line."""
        words = ["--note", 'it\'s "a" $HOME\n`x` \\ é ☃ *', "--lr=1e-3", "--hidden", "1", "2"]
        project.train(TRAIN, *words)
        line = project.well("rerun", "latest")
        assert line.count("\n") == 2, "the one in the note, and the line's own"
        assert shlex.split(line) == [sys.executable, "train.py", *words]

    def test_the_shell_runs_the_line_and_records_the_same(self, project):
        """From another folder, too: the line goes where the program was started."""
        first = project.train(TRAIN, "--note", "a b'c", "--lr", "1e-3")
        line = project.well("rerun", "latest", cwd="/")
        assert line.startswith(f"cd {project.folder} && ")
        env = {"UNIFIG_DIR": str(project.runs), "HOME": str(project.folder)}
        done = subprocess.run(
            line, shell=True, capture_output=True, text=True, cwd="/", env=env, check=False
        )
        assert json.loads(done.stdout) == json.loads(first), done.stderr

    def test_exec_runs_it(self, project):
        """Where the run was started, and gives back its exit code."""
        first = project.train(TRAIN, "--lr", "0.25")
        done = project.unifig("rerun", "latest", "--exec", cwd="/")
        assert json.loads(done.stdout) == json.loads(first)
        project.train("import unifig, sys; unifig.init().finish(); sys.exit(bool(sys.argv[1:]))")
        program = project.folder / "train.py"
        program.write_text("import sys; sys.exit(7)")
        assert project.unifig("rerun", "latest", "--exec").returncode == 7

    def test_a_module_and_options_of_python_stay(self, project):
        """``python -X dev -m package.train``."""
        project.write("package/__init__.py", "")
        project.write("package/train.py", TRAIN)
        command = [sys.executable, "-X", "dev", "-m", "package.train", "--lr", "1"]
        assert project._run(command, {}).returncode == 0
        assert shlex.split(project.well("rerun", "latest")) == command

    def test_configuration_files_are_named_as_they_were(self, project):
        """Those of ``--configs``, which the program took off, and of ``UNIFIG_CONFIGS``."""
        project.write("a.yaml", "lr: 1.0")
        project.write("b.yaml", "n: 2")
        project.train(
            "import unifig\nwith unifig.init(): pass",
            "--configs",
            "b.yaml",
            UNIFIG_CONFIGS="a.yaml",
        )
        assert project.well("rerun", "latest").split(" ", 1)[0] == "UNIFIG_CONFIGS=a.yaml"
        assert "--configs b.yaml" in project.well("rerun", "latest")
        assert project.unifig("rerun", "latest", "--exec").returncode == 0
        first, second = project.json("rerun", "latest"), project.json("rerun", "demo/latest")
        assert first == second
        assert first["configs"] == "a.yaml"

    def test_a_run_of_no_command_says_so(self, project):
        """One that was typed, or of a notebook."""
        source = "import unifig; unifig.init().finish()"
        assert project._run([sys.executable], {}, input=source).returncode == 0
        done = project.unifig("rerun", "latest")
        assert (done.returncode, done.stdout) == (1, "")
        assert "was not started by a command" in done.stderr


class TestChanged:
    """With ``--set`` it is rebuilt from the record."""

    def test_the_program_gets_the_change_and_the_rest(self, project):
        """What was chosen, as it was written; defaults stay; the new record has all of it."""
        before, _ = json.loads(project.train(TRAIN, "--lr", "1e-3", "--note", "-a b"))
        words, _ = commands(project, "latest", "--set", "hidden=[128, 64]")
        assert "--password" not in words
        done = project.unifig("rerun", "latest", "--set", "hidden=[128, 64]", "--exec")
        assert json.loads(done.stdout)[0] == {**before, "hidden": [128, 64]}

    def test_a_text_stays_the_text_that_was_typed(self, project):
        """``1e-4`` is no number where the record has text; ``=`` may be in it."""
        project.train(TRAIN, "--note", "x")
        done = project.unifig("rerun", "latest", "--set", "note=1e-4=[", "--exec")
        assert json.loads(done.stdout)[0]["note"] == "1e-4=["

    def test_an_unknown_key_and_a_wrong_form_are_errors(self, project):
        """With near keys, and with the form that was expected."""
        project.train(TRAIN)
        done = project.unifig("rerun", "latest", "--set", "hiden=1")
        assert (done.returncode, done.stdout) == (1, "")
        assert "no key 'hiden'; did you mean 'hidden'" in done.stderr
        done = project.unifig("rerun", "latest", "--set", "lr")
        assert done.returncode == 2
        assert "write KEY=VALUE" in done.stderr

    def test_a_record_that_does_not_say_enough_gives_no_command(self, project):
        """A Namespace that was recorded without its parser: each key, and what to do."""
        project.train(TRAIN.replace("unifig.using(args, parser=parser)", "args"), "--lr", "1")
        done = project.unifig("rerun", "latest", "--set", "lr=2")
        assert (done.returncode, done.stdout) == (1, "")
        assert "the record does not say how to give lr: " in done.stderr
        assert "parser=parser" in done.stderr

    def test_what_the_program_set_needs_a_file(self, project):
        """Which is written where it is asked for, and which the program reads after all others."""
        source = """
            import unifig
            with unifig.init(config={"seed": 3, "lr": 0.5}) as run:
                print(dict(run.config))
        """
        project.write("a.yaml", "lr: 1.0")
        project.train(source, "--configs", "a.yaml")
        done = project.unifig("rerun", "latest", "--set", "seed=4", "--set", "lr=2.0")
        assert done.returncode == 1
        assert "a file of changes does where the program reads unifig.config" in done.stderr
        words = ["--set", "seed=4", "--set", "lr=2.0", "--changes-file", "new.yaml"]
        line, _ = commands(project, "latest", *words)
        assert line[2:] == [f"--configs=a.yaml,{project.folder / 'new.yaml'}"]
        done = project.unifig("rerun", "latest", *words, "--exec")
        assert done.stdout == "{'seed': 4, 'lr': 2.0}\n"

    def test_what_no_option_gives_is_an_error(self, project):
        """A field of a dataclass, a value of a file that the program reads by itself."""
        project.write("a.yaml", "batch: 3")
        source = """
            from dataclasses import dataclass
            from pathlib import Path
            import unifig

            @dataclass
            class Training:
                lr: float = 0.1

            with unifig.init(Training(0.5)) as run:
                run.config.update(Path("a.yaml"))
        """
        project.train(source)
        for change, way in (("lr=5", "keywords"), ("batch=5", "yaml")):
            done = project.unifig("rerun", "latest", "--set", change)
            assert (done.returncode, done.stdout) == (1, "")
            assert f"no option of a command carries it: rebuild() gives it as {way}" in done.stderr

    def test_arguments_that_no_value_accounts_for_are_told(self, project):
        """They are not in the record, and so not in the rebuilt command."""
        knowing = TRAIN.replace("args = parser.parse_args", "args, _ = parser.parse_known_args")
        project.train(knowing, "--lr", "1", "extra")
        assert "left out" not in commands(project, "latest")[1]
        words, told = commands(project, "latest", "--set", "lr=2")
        assert "extra" not in words
        assert "left out, for no value accounts for it: extra" in told


class TestTold:
    """What differs from then, and what the person must supply."""

    def test_secrets_are_named_and_never_shown(self, project):
        """Nor can a command with a mask in it be run."""
        project.train(TRAIN, "--password", "hunter22", "--lr", "1")
        words, told = commands(project, "latest")
        assert words[2:] == ["--password", "***", "--lr", "1"]
        assert "secret: supply --password yourself" in told
        done = project.unifig("rerun", "latest", "--exec")
        assert (done.returncode, done.stdout) == (1, "")
        assert "supply --password yourself" in done.stderr
        done = project.unifig("rerun", "latest", "--set", "lr=2", "--exec")
        assert done.returncode == 1
        given = ["--set", "lr=2", "--set", "password=other"]
        done = project.unifig("rerun", "latest", *given, "--exec")
        assert json.loads(done.stdout)[0]["password"] == "other"

    def test_commit_and_changed_files_are_compared(self, project):
        """With those of the folder that the program was started in."""

        def git(*words):
            who = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
            subprocess.run(["git", *who, *words], cwd=project.folder, check=True)

        project.write(".gitignore", "cache\n.unifig\n")
        project.write("train.py", TRAIN)
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "one")
        project.train(TRAIN)
        assert commands(project, "latest")[1] == ""
        project.write("train.py", TRAIN + "\n# more")
        assert (
            "files: as committed then, changed since the commit now"
            in (commands(project, "latest")[1])
        )
        git("commit", "-qam", "two")
        (commit,) = json.loads(project.unifig("rerun", "latest", "--json").stdout)["differences"]
        assert commit["what"] == "commit"
        assert commit["then"] != commit["now"]

    def test_a_program_that_is_gone_is_told(self, project):
        """The command is printed all the same."""
        project.train(TRAIN)
        (project.folder / "train.py").unlink()
        told = commands(project, "latest")[1]
        assert f"program: {project.folder / 'train.py'} then, not there now" in told

    @pytest.mark.parametrize("value", ["/data/b", None])
    def test_variables_that_values_came_from_are_compared(self, project, value):
        """Another value is told, and so is one that is not set."""
        source = """
            import unifig
            from omegaconf import OmegaConf
            with unifig.init(config=OmegaConf.create({"data": "${oc.env:DATA}"})): pass
        """
        project.train(source, DATA="/data/a")
        assert "$DATA" not in commands(project, "latest", DATA="/data/a")[1]
        told = commands(project, "latest", **({} if value is None else {"DATA": value}))[1]
        assert f"$DATA: /data/a then, {value or 'not there'} now" in told

    def test_json_has_all_of_it(self, project):
        """The words, the folder, the shell's line, secrets and differences."""
        project.train(TRAIN, "--password", "hunter22")
        data = json.loads(project.unifig("rerun", "latest", "--json").stdout)
        assert data["command"] == [sys.executable, "train.py", "--password", "***"]
        assert data["cwd"] == str(project.folder)
        assert data["secrets"] == {"***": "--password"}
        assert data["line"] == f"cd {project.folder} && {shlex.join(data['command'])}"
        assert (data["unexplained"], data["configs"]) == ([], None)
