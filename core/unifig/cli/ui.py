"""``unifig ui``: a page over the runs, in the browser."""

from __future__ import annotations

import os
import re
import sys
import threading
import webbrowser
from collections.abc import Collection
from importlib.util import find_spec
from typing import Final

import click

from unifig import UnifigError
from unifig.messages import printable

from .options import TOKEN, of_store
from .progress import progress

_NEEDED: Final = {
    "starlette": "Starlette",
    "uvicorn": "uvicorn",
    "jinja2": "Jinja2",
    "numpy": "numpy",
    "plotly": "Plotly",
    "regex": "regex",
}
_SHORTEST: Final = 8  # characters of a token
_ALLOWED: Final = re.compile("[!-~]*")  # what a URL and a header can have


def _token(_: click.Context, _param: click.Parameter, token: str | None) -> str | None:
    """A token that can be sent, and that is not guessed."""
    if token is None or (len(token) >= _SHORTEST and _ALLOWED.fullmatch(token)):
        return token
    raise click.BadParameter(
        f"write {_SHORTEST} or more letters, digits and signs of ASCII, and no spaces"
    )


def _names(_: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from unifig.web.addresses import host_of

    for name in names:
        if host_of(name) is None or ":" in name:
            raise click.BadParameter(
                f"{name!r} is no name of a host: write it as runs.example.org, without port or http"
            )
    return names


@click.command("ui")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Where it listens: 0.0.0.0 is every address of this machine.",
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    help="0 is any that is free.  [default: 7070, or one of the ten after it]",
)
@click.option(
    "--token",
    metavar="TEXT",
    envvar=TOKEN,
    callback=_token,
    help=f"What a person must know to open the page.  [env: {TOKEN}]",
)
@click.option(
    "--name",
    "names",
    metavar="HOSTNAME",
    multiple=True,
    callback=_names,
    help="A further name by which it is reached. May be repeated.",
)
@click.option(
    "--open/--no-open",
    "is_opened",
    default=None,
    help="Whether a browser opens it.  [default: at a desktop, where there is no token]",
)
@of_store
def command(
    *,
    host: str,
    port: int | None,
    token: str | None,
    names: tuple[str, ...],
    is_opened: bool | None,
    dir_: str | None,
    store: str | None,
) -> None:
    """Open a page over the runs, in the browser.

    It is there until Ctrl-C, and for this machine alone: another can't reach it. With --host for
    others, or with --name, it asks for a token: the address that is printed has it. Through ssh -L
    it is reached without.
    """
    _check_installed()
    try:
        _serve(host, port, token, names, is_opened=is_opened, dir_=dir_, store=store)
    except KeyboardInterrupt:  # before it serves, which ends by itself
        sys.exit(0)


def _check_installed() -> None:
    """Raises UnifigError where something is missing that the page needs."""
    missing = [name for module, name in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise UnifigError(f'the page needs {", ".join(missing)}: pip install "unifig[ui]"')


def _serve(
    host: str,
    port: int | None,
    token: str | None,
    names: Collection[str],
    *,
    is_opened: bool | None,
    dir_: str | None,
    store: str | None,
) -> None:
    """Serves until it is ended. Raises UnifigError for a port, a host or a store that it can't."""
    from unifig._config import started_in
    from unifig.runs.archive import Archive
    from unifig.runs.folder import find
    from unifig.runs.opening import default_place
    from unifig.runs.store.sqlite import MEMORY
    from unifig.web import server
    from unifig.web.app import create_app

    listener = server.listening(host, port)
    access = server.access(listener, host, names, token)
    if port is None and access.port != server.PORT:
        click.echo(f"unifig: port {server.PORT} is in use: {access.port} is taken", err=True)
    archive = Archive(find(dir_), store)
    with progress("Reading journals") as told:
        archive.refresh(told)
    app = create_app(archive, default_place(started_in()))
    where = server.url(listener, host, access)
    name = archive.store.name
    over = printable(archive.folder.path if name == MEMORY else name)
    click.echo(f"unifig: {where} shows the runs of {over}, until Ctrl-C")
    if is_opened or (is_opened is None and opens_by_itself(access.token)):
        # Some browsers are waited for until they are closed.
        threading.Thread(target=webbrowser.open, args=(where,), daemon=True).start()
    server.serve(app, listener, access)


def opens_by_itself(token: str | None) -> bool:
    """Whether a browser opens the page unasked: where a person sees the windows of this machine.

    Not with a token, which everybody on it sees in the list of its processes then.
    """
    if token is not None or not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    has_windows = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return has_windows or sys.platform in {"darwin", "win32"}
