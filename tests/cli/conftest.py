"""What tests of commands share: a project with programs, and unifig as people run it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

UNIFIG = str(Path(sys.executable).with_name("unifig"))
OTHERS = ("UNIFIG_", "PYTHON", "COLUMNS", "XDG_", "FORCE_COLOR", "NO_COLOR")
"""The beginnings of variables that change what a program or a command does."""


LIMITED = """
import resource, signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
from unifig.cli import main

main()
"""
"""The command, where no file can become long: what a full disk is as well."""


class Project:
    """A folder with programs, runs, and a home of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.runs = folder / ".unifig"

    @property
    def environment(self):
        """What its programs, and commands, run with."""
        kept = {name: os.environ[name] for name in os.environ if not name.startswith(OTHERS)}
        own = {
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "UNIFIG_DIR": str(self.runs),
            "UNIFIG_ENTITY": "me",
            "UNIFIG_PROJECT": "demo",
            "PYTHONUTF8": "1",
        }
        return {**kept, **own}

    def _run(self, command, env, **how):
        return subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            cwd=how.pop("cwd", self.folder),
            env={**self.environment, **env},
            check=False,
            timeout=120,
            **how,
        )

    def write(self, name, text):
        """Writes a file into the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def train(self, source, *words, name="train.py", **env):
        """Runs a program, which is to end well; gives what it printed."""
        self.write(name, source)
        done = self._run([sys.executable, name, *words], env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, *words, **env):
        """Runs a program, however it ends."""
        return self._run([sys.executable, *words], env)

    def unifig(self, *words, cwd=None, stdin=None, **env):
        """Runs a command, in a pipe; with COLUMNS as at a terminal of this width."""
        return self._run([UNIFIG, *words], env, cwd=cwd or self.folder, input=stdin)

    def well(self, *words, **env):
        """What a command prints, which is to end well without a word on standard error."""
        done = self.unifig(*words, **env)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def json(self, *words, **env):
        """What a command says with ``--json``."""
        return json.loads(self.well(*words, "--json", **env))


@pytest.fixture
def project(tmp_path):
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A project that the tests of a module share, for commands that change nothing."""
    return Project(tmp_path_factory.mktemp("project"))
