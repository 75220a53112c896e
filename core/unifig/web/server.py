"""The server of a page: where it listens, who may come, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Collection
from ipaddress import ip_address
from types import FrameType
from typing import Final
from urllib.parse import quote

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from unifig.errors import UnifigError

from .addresses import Access, address_of, authority, host_of, is_loopback
from .guard import Guard
from .headers import STRICT
from .tokens import TOKEN

PORT: Final = 7070
"""Where the page is unless told."""

_OTHERS: Final = 10  # ports after it
_MOST_HEAD: Final = 64 * 1024  # bytes of a request's first line and headers
_MOST_CONNECTIONS: Final = 256
_BACKLOG: Final = 128
_IDLE: Final = 15  # seconds that a connection is kept
_GRACE: Final = 1  # seconds that answers may take at the end

_TOLD: Final = b"That is no request that can be read: it may be too long, or have no Host header.\n"
_NO_REQUEST: Final = b"\r\n".join(
    [
        b"HTTP/1.1 400 Bad Request",
        b"content-type: text/plain; charset=utf-8",
        b"content-length: %d" % len(_TOLD),
        b"connection: close",
        *(f"{name}: {value}".encode() for name, value in STRICT.items()),
        b"",
        _TOLD,
    ]
)


def listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens at an address of this machine, or at a name that leads to one.

    ``port`` 0 is any that is free; None is 7070, or the first of the ten after it that is free.
    Raises UnifigError for an address that is not ours, and for a port that can't be taken.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _not_ours(host, error) from error
    family, address = found[0][0], str(found[0][4][0])
    ports = range(PORT, PORT + 1 + _OTHERS) if port is None else [port]
    for one in ports:
        with contextlib.suppress(_InUseError):
            return _bound(family, address, one)
    if port is not None:
        raise UnifigError(
            f"port {port} of {address} is in use, by another unifig ui perhaps: give another by "
            "--port, or --port 0 for any that is free"
        )
    raise UnifigError(
        f"the ports {ports[0]} to {ports[-1]} of {address} are in use: give another by --port, or "
        "--port 0 for any that is free"
    )


class _InUseError(Exception):
    """A port that somebody else has."""


def _bound(family: int, host: str, port: int) -> socket.socket:
    """Listens at once: of two that only took the port, either could be the one that listens."""
    both = family == socket.AF_INET6 and not int(ip_address(host)) and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            (host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _InUseError from error
        if error.errno == errno.EADDRNOTAVAIL:
            raise _not_ours(host, error) from error
        told = os.strerror(error.errno) if error.errno else str(error)
        raise UnifigError(
            f"port {port} of {host} can't be taken ({told}): give another by --port, or --port 0 "
            "for any that is free"
        ) from error


def _not_ours(host: str, error: Exception) -> UnifigError:
    told = getattr(error, "strerror", None) or str(error)
    return UnifigError(
        f"{host!r} is no address of this machine ({told}): give --host 127.0.0.1, or --host "
        "0.0.0.0 for all that it has"
    )


def access(listener: socket.socket, host: str, names: Collection[str], token: str | None) -> Access:
    """Who may come to what listens, which ``host`` was asked for, by which further names.

    Whom other machines reach, by its address or by a name of its own, has a token: one is made
    where none is given.
    """
    own, port = listener.getsockname()[:2]
    is_shared = not is_loopback(ip_address(own))
    if token is None and (is_shared or names):
        token = secrets.token_urlsafe()
    machine = socket.gethostname()
    more = [host, machine, machine.partition(".")[0]] if is_shared else [host]
    known = map(host_of, [*names, *more])
    return Access(frozenset(name for name in known if name), is_shared, token, port)


def url(listener: socket.socket, host: str, access: Access) -> str:
    """Where the page is; with the token, where it has one."""
    own, port = listener.getsockname()[:2]
    if address_of(host) is not None:
        host = own
    if not int(ip_address(own)):  # all addresses that the machine has
        host = socket.gethostname()
    asked = "" if access.token is None else f"?{TOKEN}={quote(access.token, safe='')}"
    return f"http://{authority(host, port)}/{asked}"


def serve(app: ASGIApp, listener: socket.socket, access: Access) -> None:
    """Serves an application, behind its guards, until Ctrl-C or SIGTERM; does not return then.

    The first ends the process with 0, the other as it does any. What takes longer than a second to
    be answered is cut off.
    """
    config = uvicorn.Config(
        Guard(app, access),
        loop="asyncio",
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_MOST_HEAD,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_GRACE,
    )
    signal.signal(signal.SIGINT, _end)  # uvicorn raises it again when it is through
    _Server(config).run([listener])


def _end(_number: int, _frame: FrameType | None) -> None:
    """Ends the process: without waiting for threads that still read from the store."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(0)


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # That an answer is cut off then is no error.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)


class _Protocol(H11Protocol):
    """HTTP as uvicorn speaks it; what it says without asking the application is safe as well."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.abort()
            return
        closing = self.timeout_keep_alive_handler  # one that says nothing is not kept either
        self.timeout_keep_alive_task = self.loop.call_later(_IDLE, closing)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:  # else an answer has begun
            self.transport.write(_NO_REQUEST)
        self.transport.close()
