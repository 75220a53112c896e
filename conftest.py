"""Every sample in README.md and docs runs as a test; with ``--no-skips`` nothing is skipped.

Of a page's code blocks, those with a file name in their first line (``# train.yaml``) are written
to the working directory, ``python`` ones run in one namespace, and of ``console`` ones the python
and unifig commands run, with their output compared (``...`` stands for any text).
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import pytest
from absl.flags import FLAGS
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

import unifig

NAMED = re.compile(r"# ([\w./-]+\.(?:py|yaml|json|toml))\n")
URL = r"http://\S+"
COMPARISON = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SCRIPTS = str(Path(sys.executable).parent)


def write_file(example: Example) -> None:
    """Writes a block that names a file, to the working directory."""
    named = NAMED.match(example.parsed)
    if named:
        path = Path(named[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.parsed)


def run_console(example: Example) -> str | None:
    """Runs the commands of a console session, and compares what they print."""
    for part in re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        words = shlex.split(command)
        if words[0] not in ("python", "unifig"):
            continue  # what installs is for the reader; make is what CI itself runs
        env = {**os.environ, "PATH": SCRIPTS + os.pathsep + os.environ["PATH"], "COLUMNS": "100"}
        printed, errors = run_server(words, env) if words[1:] == ["ui"] else run_command(words, env)
        want, got = expected.strip() + "\n", printed.strip() + "\n"
        if not doctest.OutputChecker().check_output(want, got, COMPARISON):
            return f"$ {command}\nexpected:\n{want}\ngot:\n{got}\n{errors}"
    return None


def run_command(words: list[str], env: dict[str, str]) -> tuple[str, str]:
    """What a command prints: on standard output, and on standard error."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    return done.stdout, done.stderr


def run_server(words: list[str], env: dict[str, str]) -> tuple[str, str]:
    """The first line of a command that goes on until Ctrl-C; then its page is asked for."""
    with subprocess.Popen([*words, "--no-open"], stdout=subprocess.PIPE, text=True, env=env) as it:
        try:
            line = it.stdout.readline() if it.stdout else ""
            with urlopen(f"{re.search(URL, line)[0]}static/style.css"):  # type: ignore[index]
                return line, ""
        finally:
            it.send_signal(signal.SIGINT)


class PythonParser(PythonCodeBlockParser):
    """Blocks of Python: files to write, doctests, or code to run."""

    def __call__(self, document: Document) -> Iterator[Region]:
        for region in super().__call__(document):
            if isinstance(region.parsed, str) and NAMED.match(region.parsed):
                region.evaluator = write_file
            yield region


def enter_folder(namespace: dict[str, Any]) -> None:
    """A page runs in a folder of its own, with an empty config."""
    folder = TemporaryDirectory()
    namespace["_left"] = folder, Path.cwd(), list(sys.argv), list(sys.path), set(FLAGS)
    namespace["_environ"] = dict(os.environ)
    os.chdir(folder.name)
    sys.path.insert(0, folder.name)
    unifig.config.clear()


def leave_folder(namespace: dict[str, Any]) -> None:
    """Puts everything back."""
    folder, cwd, sys.argv[:], sys.path[:], flags = namespace["_left"]
    os.environ.clear()
    os.environ.update(namespace["_environ"])
    for name in set(FLAGS) - flags:
        if not FLAGS.find_module_defining_flag(name).startswith(("absl.", "tensorflow.")):
            delattr(FLAGS, name)
    FLAGS.unparse_flags()
    os.chdir(cwd)
    folder.cleanup()
    unifig.config.clear()


pytest_collect_file = Sybil(
    parsers=[
        PythonParser(doctest_optionflags=COMPARISON),
        CodeBlockParser(language="yaml", evaluator=write_file),
        CodeBlockParser(language="toml", evaluator=write_file),
        CodeBlockParser(language="console", evaluator=run_console),
    ],
    patterns=["README.md", "docs/*.md", "docs/*/*.md", "docs/*/*/*.md"],
    setup=enter_folder,
    teardown=leave_folder,
).pytest()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--no-skips``, for a machine that has everything."""
    parser.addoption("--no-skips", action="store_true", help="a test that would be skipped fails")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turns a skip into a failure where every part must be there."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} would be skipped: {report.longrepr}"
    return report
