"""A command at a terminal, where it can ask; and a program that runs beside it."""

import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from textwrap import dedent

from tests.cli.conftest import UNIFIG

GOES_ON = """
    import time
    from pathlib import Path
    import unifig

    run = unifig.init({"lr": 0.1}, id="live")
    run.log({"loss": 0.5})
    while not any(Path(run.dir, "journal").glob("live-*")):
        time.sleep(0.01)
    print("ready", flush=True)
    while True:
        time.sleep(1)
"""


def answer(project, words, text):
    """Runs a command whose input is a terminal, at which ``text`` is typed."""
    here, there = pty.openpty()
    try:
        os.write(here, text.encode())
        return subprocess.run(
            [UNIFIG, *words],
            stdin=there,
            capture_output=True,
            encoding="utf-8",
            cwd=project.folder,
            env=project.environment,
            check=False,
            timeout=120,
        )
    finally:
        os.close(here)
        os.close(there)


@contextmanager
def running(project):
    """A program of which the run ``live`` is running; it is killed with the block."""
    (project.folder / "live.py").write_text(dedent(GOES_ON), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "live.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        cwd=project.folder,
        env=project.environment,
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
