"""A page that is served by a process of its own, and what is asked of it."""

import http.client
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.cli.conftest import OTHERS, UNIFIG

_OTHERS = (*OTHERS, "DISPLAY", "WAYLAND_", "SSH_", "BROWSER")

GUARDED = Path(__file__).with_name("guarded.py")
PATIENCE = 30  # seconds, after which something hangs


class Served:
    """A server that runs: where it is, and what it answers."""

    def __init__(self, process, line):
        self.process = process
        self.line = line
        self.url = re.search(r"http://\S+", line)[0]
        parts = urlsplit(self.url)
        self.port = parts.port
        self.base = f"http://127.0.0.1:{self.port}"
        self.host = f"127.0.0.1:{self.port}"
        self.token = parse_qs(parts.query).get("token", [None])[0]

    def ask(self, target="/", method="GET", body=None, **headers):
        """What is answered to a request as a program sends it; names with ``_`` for ``-``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body, named)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def send(self, fields, target="/", **headers):
        """What is answered to a form that the page itself sends."""
        type_ = "application/x-www-form-urlencoded"
        usual = {"Origin": self.base, "Content-Type": type_}
        return self.ask(target, "POST", fields, **{**usual, **headers})

    def raw(self, *lines, body=b""):
        """What is answered to these very lines, up to where the connection is closed."""
        with self.connected() as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts).decode("latin-1")

    def connected(self):
        """A connection, as a browser keeps one."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ended(self, number=signal.SIGINT):
        """Ends it by a signal; gives its exit code and what else it has written."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out or "", err


def _environment(folder, more):
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(_OTHERS)}
    own = {"HOME": str(folder), "XDG_CACHE_HOME": f"{folder}/cache", "PYTHONUTF8": "1"}
    return {**kept, **own, "UNIFIG_ENTITY": "me", "UNIFIG_PROJECT": "demo", **more}


@contextmanager
def started(command, folder, stdout=subprocess.PIPE, **env):
    """A process whose home is a folder, in which it starts; it is killed with the block."""
    with subprocess.Popen(
        command,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=folder,
        env=_environment(folder, env),
    ) as process_:
        try:
            yield process_
        finally:
            process_.kill()


@contextmanager
def process(command, folder, *, terminal=False, **env):
    """A process that serves, once it has said where: in a pipe or at a terminal."""
    here, there = pty.openpty() if terminal else (None, subprocess.PIPE)
    with started(command, folder, there, **env) as process_:
        with open(here, encoding="utf-8") if terminal else process_.stdout as out:
            line = out.readline()
            assert line, process_.stderr.read()
            yield Served(process_, line)
        if terminal:
            os.close(there)


def serving(folder, *words, **env):
    """``unifig ui`` over the runs in ``folder``, at a free port of 127.0.0.1; see :func:`process`.

    ``folder`` is its home and where it was started as well.
    """
    usual = ["--dir", f"{folder}/.unifig", "--port", "0", "--no-open"]
    return process([UNIFIG, "ui", *usual, *words], folder, **env)


def finished(folder, *words, command=(UNIFIG, "ui"), **env):
    """``unifig ui`` where it can't start: what it has said, and its exit code."""
    return subprocess.run(
        [*command, *words],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=_environment(folder, env),
        check=False,
        timeout=PATIENCE,
    )


def guarded(folder, host="127.0.0.1", names=(), token=None):
    """A small application behind the guards, as ``unifig ui`` serves its own."""
    return process([sys.executable, str(GUARDED), json.dumps([host, names, token])], folder)
