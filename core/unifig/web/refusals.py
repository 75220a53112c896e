"""A request that is not answered: the page that says why, and what to do."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse


class Refused(Exception):  # noqa: N818 - a request's end, and no error of ours
    """Why a request is not answered. ``page`` says so.

    ``title`` and ``text`` are plain text, ``more`` is HTML that stands below, and ``headers`` are
    further ones, with ``_`` for ``-``.
    """

    def __init__(
        self, status: int, title: str, text: str, *, more: str = "", **headers: str
    ) -> None:
        super().__init__(status, title)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.page = HTMLResponse(_html(title, text, more), status, named)


def _html(title: str, text: str, more: str) -> str:
    """A page that needs no other file, for who is refused gets none; dark where that is usual."""
    title = escape(title)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title} · unifig</title>\n"
        f"<main>\n<h1>{title}</h1>\n<p>{escape(text)}</p>\n{more}</main>\n</html>\n"
    )
