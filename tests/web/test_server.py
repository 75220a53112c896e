"""``unifig ui`` as a person starts it, meets it and ends it: always a process of its own."""

import os
import pty
import re
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout, suppress

import pytest
from click.testing import CliRunner
from tests.cli.conftest import UNIFIG
from tests.web.serving import PATIENCE, finished, guarded, process, serving, started

import unifig
from unifig.cli.program import program
from unifig.cli.ui import opens_by_itself
from unifig.web import server

TOKEN = "quite-a-secret"


def record(folder, name):
    """A run of this name."""
    with unifig.init({"lr": 0.1}, id=name, name=name, dir=folder / ".unifig") as run:
        run.log({"loss": 0.5})


def page(served, target="/", **headers):
    """A page, as it is when all runs have been read."""
    while (answer := served.ask(target, **headers)).status == 503:
        pass
    return answer


# What it serves


def test_it_says_where_it_is_over_what_and_how_it_ends(tmp_path):
    """On one line; the page and its files are there, and Ctrl-C ends it well."""
    record(tmp_path, "first")
    with serving(tmp_path) as served:
        store = tmp_path / ".unifig" / "store.db"
        told = f"unifig: {served.base}/ shows the runs of {store}, until Ctrl-C\n"
        assert served.line == told
        answer = page(served)
        assert (answer.status, "first" in answer.text) == (200, True)
        assert served.ask("/static/style.css").headers["content-type"].startswith("text/css")
        assert served.ask("/nothing").status == 404
        assert served.ended() == (0, "", "")


def test_a_folder_without_runs_is_served_and_not_made(tmp_path):
    """What is recorded there later is shown."""
    with serving(tmp_path) as served:
        assert str(tmp_path / ".unifig") in served.line
        assert page(served).status == 200
        assert not (tmp_path / ".unifig").exists()
        record(tmp_path, "later")
        while "later" not in page(served).text:
            pass
        assert served.ended() == (0, "", "")


@pytest.mark.parametrize("is_cached", [True, False])
def test_a_folder_that_can_t_be_written_is_served(tmp_path, is_cached):
    """By way of the user's cache, or in memory where that can't be written either.

    There a store has one connection, which those who ask at once take in turn.
    """
    record(tmp_path, "old")
    under = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] * (os.getuid() == 0)
    cache = tmp_path / "cache"
    closed = [tmp_path / ".unifig", tmp_path / ".unifig" / "journal"]
    cache.mkdir()
    with ExitStack() as stack:
        for folder in closed if is_cached else [*closed, cache]:
            folder.chmod(0o555)
            stack.callback(folder.chmod, 0o755)
        words = ["--dir", str(tmp_path / ".unifig"), "--port", "0"]
        with process([*under, UNIFIG, "ui", *words], folder=tmp_path) as served:
            assert str(cache if is_cached else tmp_path / ".unifig") in served.line
            text = page(served).text
            assert "old" in text
            with ThreadPoolExecutor(8) as pool:
                targets = ["/", "/compare", re.search(r'/run/[^"]+', text)[0], "/runs.csv"] * 12
                answers = pool.map(lambda target: served.ask(target).status, targets)
                assert set(answers) == {200}
            assert served.ended() == (0, "", "")
        assert not (tmp_path / ".unifig" / "store.db").exists()


def test_two_are_served_at_once(tmp_path):
    """Over the same runs; each has a cookie of its own, though a browser sends both to both."""
    record(tmp_path, "both")
    with ExitStack() as stack:
        served = [stack.enter_context(serving(tmp_path, "--token", TOKEN + n)) for n in "12"]
        both = "; ".join(
            one.ask(f"/?token={one.token}").headers["set-cookie"].partition(";")[0]
            for one in served
        )
        for one in served:
            assert "both" in page(one, Cookie=both).text
        for one in served:
            assert one.ended() == (0, "", "")


# Where it listens


def test_a_port_that_is_in_use_is_not_taken_silently(tmp_path):
    """Who asks for it is told what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = finished(tmp_path, "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"unifig: port {port} of 127.0.0.1 is in use")
    assert "--port 0" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_port_it_takes_the_next_one_and_says_so(tmp_path):
    """Of eleven: where all are in use that is an error."""
    with ExitStack() as stack:
        taken(stack, 7070)
        with process([UNIFIG, "ui"], tmp_path) as served:
            assert 7070 < served.port <= 7080
            told = f"unifig: port 7070 is in use: {served.port} is taken\n"
            assert served.ended() == (0, "", told)
        for port in range(7071, 7081):
            taken(stack, port)
        with pytest.raises(unifig.UnifigError, match="the ports 7070 to 7080 of "):
            server.listening("127.0.0.1", None)


def taken(stack, port):
    """Takes a port, unless somebody else has it."""
    with suppress(OSError):
        stack.enter_context(socket.create_server(("127.0.0.1", port)))


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.invalid", "x" * 70, "a b"])
def test_an_address_of_another_machine_is_an_error(host):
    """With one that would do."""
    with pytest.raises(unifig.UnifigError, match="is no address of this machine") as caught:
        server.listening(host, 0)
    assert repr(host) in str(caught.value)
    assert "--host 127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.2"])
def test_this_machine_alone_reaches_it_unless_told(tmp_path, host):
    """By any of its own addresses, without a token; the printed one leads there."""
    with guarded(tmp_path, host) as served:
        name = f"[{host}]" if ":" in host else host
        assert served.url == f"http://{name}:{served.port}/"
        with socket.create_connection((host, served.port)) as connection:
            head = f"GET / HTTP/1.1\r\nHost: {name}:{served.port}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(12) == b"HTTP/1.1 200"


# The token


@pytest.mark.parametrize(("host", "names"), [("0.0.0.0", []), ("::", []), ("::1", ["a.b"])])
def test_whom_others_reach_has_a_token(tmp_path, host, names):
    """By an address or by a name. A long one is made, and the printed address has it."""
    with guarded(tmp_path, host, names) as served:
        assert len(served.token) >= 40
        with socket.create_connection(("::1" if ":" in host else host, served.port)) as connection:
            head = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            connection.sendall(f"{head}\r\n".encode())
            assert connection.recv(12) == b"HTTP/1.1 401"


def test_the_printed_address_opens_all_of_a_shared_page(tmp_path):
    """And without it there is nothing, of the files neither."""
    with serving(tmp_path, "--host", "0.0.0.0", "--name", "runs.example.org") as served:
        targets = ("/", "/static/style.css", "/plotly.js")
        assert [served.ask(target).status for target in targets] == [401] * 3
        answer = served.ask(f"/?token={served.token}", Host="runs.example.org")
        assert answer.status == 303
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert [page(served, target, Cookie=cookie).status for target in targets] == [200] * 3
        assert served.ended() == (0, "", "")


def test_the_token_is_nowhere_but_in_the_first_line(tmp_path):
    """Not in a page, a header nor on the terminal, whatever is asked."""
    with serving(tmp_path, UNIFIG_UI_TOKEN=TOKEN) as served:
        assert served.token == TOKEN
        asked = [{"Authorization": f"Bearer {TOKEN}"}, {"Authorization": f"Bearer {TOKEN}x"}]
        for named in (*asked, {"Referer": f"{served.url}"}):
            for target in ("/", "/nothing", "/run/a/b/c", "/?sort=%00", f"/nothing?token={TOKEN}"):
                answer = page(served, target, **named)
                assert TOKEN not in answer.text + str(answer.headers)
        assert served.ended() == (0, "", "")


@pytest.mark.parametrize("token", ["short", "", "with a space", "ä" * 9])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_wrong_usage(token):
    """And is not repeated."""
    done = refused("--token", token)
    assert "--token" in done.stderr
    assert not token or token not in done.stderr


@pytest.mark.parametrize("name", ["http://a.b", "a.b:80", "*", "a b", ""])
def test_what_is_no_name_of_a_host_is_wrong_usage(name):
    """A name is given as it is, without what stands around it in a URL."""
    assert f"{name!r} is no name of a host" in refused("--name", name).stderr


def refused(*words):
    """The command with words that it does not take; nor could it go on with them."""
    done = CliRunner().invoke(program, ["ui", "--host", "no.such.invalid", *words])
    assert (done.exit_code, done.stdout) == (2, "")
    return done


# The browser


@pytest.fixture
def browser(tmp_path):
    """A browser, which writes down what it opens."""
    path = tmp_path / "browser"
    part, whole = tmp_path / "part", tmp_path / "opened"
    path.write_text(f'#!/bin/sh\nprintf %s "$1" > "{part}" && mv "{part}" "{whole}"\n')
    path.chmod(0o755)
    return str(path)


def test_a_browser_opens_it_where_that_is_asked_for(tmp_path, browser):
    """With the token: it is there at once."""
    with serving(tmp_path, "--open", "--token", TOKEN, BROWSER=browser) as served:
        while not (tmp_path / "opened").exists():
            assert served.ask().status == 401
        assert (tmp_path / "opened").read_text() == served.url
        assert served.ended() == (0, "", "")


def test_a_browser_opens_it_by_itself_at_a_desktop(tmp_path, browser):
    """Where a person sees it, at a terminal."""
    command = [UNIFIG, "ui", "--dir", str(tmp_path / ".unifig"), "--port", "0"]
    with process(command, tmp_path, terminal=True, BROWSER=browser, DISPLAY=":0") as served:
        while not (tmp_path / "opened").exists():
            served.ask()
        assert (tmp_path / "opened").read_text() == served.url
        assert served.ended() == (0, "", "")


@pytest.mark.parametrize(
    ("where", "token", "is_opened"),
    [
        ({"DISPLAY": ":0"}, None, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None, True),
        ({}, None, sys.platform in {"darwin", "win32"}),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, None, False),
        ({"DISPLAY": ":0"}, TOKEN, False),
    ],
    ids=str,
)
def test_no_browser_opens_it_where_nobody_would_see_it(where, token, is_opened, monkeypatch):
    """Nor with a token, which others would see; nor in a pipe."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in where.items():
        monkeypatch.setenv(name, value)
    here, there = pty.openpty()
    with open(here), open(there, "w") as terminal, redirect_stdout(terminal):
        assert opens_by_itself(token) == is_opened
    with open(os.devnull, "w") as pipe, redirect_stdout(pipe):
        assert not opens_by_itself(token)


# What goes wrong at the start


def test_a_store_that_is_not_there_is_one_clear_error(tmp_path):
    """At once, and without its password."""
    done = finished(tmp_path, "--store", "postgresql://me:hunter2@127.0.0.1:1/runs")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("unifig: the store postgresql://me:***@127.0.0.1:1/runs can't be")
    assert done.stderr.count("\n") == 1


def test_without_the_extra_it_says_how_it_is_installed(tmp_path):
    """On one line, which names what is missing."""
    source = """
import sys
sys.modules |= {"starlette": None, "regex": None}
from unifig.cli import main
main()
"""
    done = finished(tmp_path, command=[sys.executable, "-c", source, "ui"])
    assert (done.returncode, done.stdout) == (1, "")
    told = 'unifig: the page needs Starlette, regex: pip install "unifig[ui]"\n'
    assert done.stderr == told


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -15)])
def test_it_ends_at_once_while_it_waits_for_a_store(tmp_path, number, code):
    """That of a database which does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/runs"
        with started([UNIFIG, "ui", "--port", "0", "--store", url], tmp_path) as waiting:
            connection = silent.accept()[0]
            waiting.send_signal(number)
            out, err = waiting.communicate(timeout=PATIENCE)
            connection.close()
    assert (waiting.returncode, out, err) == (code, "", "")
