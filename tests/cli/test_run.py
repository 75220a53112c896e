"""``unifig run``: a program with configuration files, whose command line stays its own."""

import json
import os
import signal
import subprocess
import sys

from tests.cli.conftest import UNIFIG

TRAIN = """
    import json, os, sys
    import unifig

    argv = list(sys.argv)  # before init(), as by a program that parses at once
    with unifig.init(id="x") as run:
        print(json.dumps([argv[1:], run.config.as_dict(), os.environ.get("UNIFIG_CONFIGS")]))
"""


def said(done):
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(done.stdout)


def test_the_files_are_read_by_init_and_the_words_are_the_programs(project):
    """Also words that unifig itself would know; of two files the latter wins."""
    project.write("train.py", TRAIN)
    project.write("a.yaml", "lr: 0.1\nseed: 1\n")
    project.write("b.yaml", "lr: 0.2\n")
    project.write("c.yaml", "width: 3\n")
    words = ["--lr", "1", "--configs", "q.txt", "-m", "--help", "--", "-x", "a b"]
    done = project.unifig("run", "--configs", "a.yaml,b.yaml", "--configs=c.yaml", "train.py", "--")
    argv, config, named = said(done)
    assert argv == ["--"]
    assert config == {"lr": 0.2, "seed": 1, "width": 3}
    assert named == ",".join(str(project.folder / name) for name in ("a.yaml", "b.yaml", "c.yaml"))
    project.write("words.py", "import json, sys; print(json.dumps(sys.argv[1:]))")
    assert said(project.unifig("run", "--configs", "a.yaml", "words.py", *words)) == words


def test_files_come_after_those_of_the_variable(project):
    """And win over them."""
    project.write("train.py", TRAIN)
    project.write("a.yaml", "lr: 0.1\nseed: 1\n")
    project.write("b.yaml", "lr: 0.2\n")
    done = project.unifig("run", "--configs", "b.yaml", "train.py", UNIFIG_CONFIGS="a.yaml")
    _, config, named = said(done)
    assert config == {"lr": 0.2, "seed": 1}
    assert named == f"a.yaml,{project.folder / 'b.yaml'}"


def test_a_module(project):
    """All that stands after its name is its own."""
    project.write("pack/train.py", TRAIN)
    project.write("a.yaml", "lr: 0.1\n")
    done = project.unifig("run", "--configs", "a.yaml", "-m", "pack.train", "-m", "x")
    argv, config, _ = said(done)
    assert (argv, config) == (["-m", "x"], {"lr": 0.1})


def test_without_files_the_environment_is_as_it_was(project):
    """Nothing is set."""
    project.write("train.py", TRAIN)
    assert said(project.unifig("run", "train.py")) == [[], {}, None]


def started(project, name):
    """``unifig run`` of a program, under way."""
    return subprocess.Popen(
        [UNIFIG, "run", name],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=project.folder,
        env=project.environment,
    )


def test_the_program_takes_the_place_of_the_command(project):
    """The same process and Python, its exit code, and signals are its own."""
    project.write("end.py", "import os, sys; print(os.getpid(), sys.executable); sys.exit(7)")
    with started(project, "end.py") as process:
        out = process.stdout.read()
    assert out == f"{process.pid} {sys.executable}\n"
    assert process.returncode == 7
    project.write("killed.py", "import os; os.kill(os.getpid(), 15)")
    assert project.unifig("run", "killed.py").returncode == -signal.SIGTERM


def test_a_signal_reaches_the_program(project):
    """Ctrl-C is a KeyboardInterrupt there."""
    project.write(
        "wait.py",
        """
        import time
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            print("heard", flush=True)
        """,
    )
    with started(project, "wait.py") as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "heard\n"
    assert process.returncode == 0


def test_a_file_that_is_no_configuration_is_an_error_before_the_program_starts(project):
    """It is named: one that is missing, one that is broken, one that is no mapping."""
    project.write("train.py", "print('started')")
    project.write("list.yaml", "- 1\n")
    project.write("broken.yaml", "a: [\n")
    project.write("a,b.yaml", "a: 1\n")
    for name in ("nosuch.yaml", "list.yaml", "broken.yaml"):
        done = project.unifig("run", "--configs", name, "train.py")
        assert (done.returncode, done.stdout) == (1, ""), name
        assert done.stderr.startswith(f"unifig: {project.folder / name}"), done.stderr
        assert "(named by --configs)" in done.stderr
    assert "names an empty file" in project.unifig("run", "--configs", "a,", "train.py").stderr
    os.mkdir(project.folder / "d,e")
    project.write("d,e/x.yaml", "a: 1\n")
    done = project.unifig("run", "--configs", "x.yaml", "../train.py", cwd=project.folder / "d,e")
    assert (done.returncode, "can't be named in UNIFIG_CONFIGS" in done.stderr) == (1, True)


def test_without_a_program_it_is_wrong_usage(project):
    """Exit code 2."""
    assert project.unifig("run").returncode == 2
