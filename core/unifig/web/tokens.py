"""What opens a page that has a token: the token itself, in a URL or a header, and a cookie."""

from __future__ import annotations

import hmac
from html import escape
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from .refusals import Refused

TOKEN: Final = "token"  # noqa: S105 - the name of the parameter
"""The parameter of a URL in which a token may stand; no page has another use for it."""


class Door:
    """The token of a page, and its cookie; None where there is none, and anybody may come in.

    ``port`` is in the name of the cookie, for all the servers of a host share their cookies.
    """

    def __init__(self, token: str | None, port: int) -> None:
        self._token = None if token is None else token.encode()
        self._name = f"unifig-{port}"
        # Other servers of the host get the cookie as well: it does not tell them the token.
        key = self._token or b""
        self._value = hmac.digest(key, self._name.encode(), "sha256").hex().encode()

    def check(self, request: Request) -> Response | None:
        """Lets in who has a key: None. Who has the token in the URL is sent on without it.

        Raises Refused (401) for who has none.
        """
        parts = _query(request).split("&")
        shown = [part.partition("=")[2] for part in parts if _is_token(part)]
        if not shown:
            if self._token is None or self._is_known(request):
                return None
            raise _unknown(request)
        on = Response(status_code=303)
        if self._token is not None:
            if not all(_same(unquote_plus(text).encode(), self._token) for text in shown):
                raise _unknown(request)
            value = f"{self._name}={self._value.decode()}; HttpOnly; SameSite=Strict; Path=/"
            on.headers["set-cookie"] = value
        on.headers["location"] = _without_token(request, parts)
        return on

    def _is_known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return _same(token.strip().encode("latin-1"), self._token or b"")
        return _same(request.cookies.get(self._name, "").encode(), self._value)


def _query(request: Request) -> str:
    return str(request.scope["query_string"], "latin-1")


def _same(one: bytes, other: bytes) -> bool:
    """Whether they are, in a time that doesn't tell how far."""
    return hmac.compare_digest(one, other)


def _is_token(part: str) -> bool:
    return unquote_plus(part.partition("=")[0]) == TOKEN


def _without_token(request: Request, parts: list[str]) -> str:
    """The same path and query without the token."""
    rest = "&".join(part for part in parts if not _is_token(part))
    # With two slashes before it, it would be another host.
    path = "/" + request.scope["raw_path"].decode("ascii").lstrip("/\\")
    return f"{path}?{rest}" if rest else path


def _unknown(request: Request) -> Refused:
    """Who has no key can give the token, and comes to where they were going."""
    pairs = parse_qsl(_query(request), keep_blank_values=True)
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in pairs
        if name != TOKEN
    )
    return Refused(
        401,
        "A token is needed",
        "Open the address that unifig ui printed where it was started: it has the token. Or give "
        "the token here. A program sends it as Authorization: Bearer. If you have opened that "
        "address before and came by a link from another page, load this one again.",
        more=f'<form method="get">\n{kept}<label>Token <input name="{TOKEN}" type="password" '
        'autocomplete="off" required></label>\n<button>Open</button>\n</form>\n',
        www_authenticate='Bearer realm="unifig"',
    )
