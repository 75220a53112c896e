"""What stands before the page: who may come, and what may be asked.

Any page that a person has open can send requests to this machine. So each must name a host that is
ours, what changes something must come from our own page, and other pages can load nothing.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .addresses import Access, host_of
from .headers import with_headers
from .refusals import Refused
from .tokens import Door

MOST_BODY: Final = 1_000_000
"""Bytes of a form."""

MOST_FIELDS: Final = 1000
"""Fields of a form."""

MOST_QUERY: Final = 32 * 1024
"""Bytes after the ``?`` of a URL."""

MOST_AT_ONCE: Final = 64
"""Requests that are answered at the same time."""

_FORM: Final = "application/x-www-form-urlencoded"
_READS: Final = ("GET", "HEAD")
_METHODS: Final = (*_READS, "POST")


async def form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in their order; a name may stand there several times.

    Raises HTTPException (400) for more than ``MOST_FIELDS`` of them, and for what is no UTF-8.
    """
    body = await request.body()
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except UnicodeDecodeError as error:
        raise HTTPException(400, "The form is not written in UTF-8.") from error
    except ValueError as error:
        raise HTTPException(400, f"A form has at most {MOST_FIELDS:,} fields.") from error


class Guard:
    """An application behind its guards: ASGI around ASGI.

    It is the outermost of all, because the pages of errors need its headers as well. ``access``
    says who may come.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._door = Door(access.token, access.port)
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or says why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = with_headers(send)
        try:
            answer = self._checked(Request(scope)) or self._within_limits
            if scope["method"] not in _READS:
                receive = _again(await _body(receive), receive)
        except Refused as refused:
            answer = refused.page
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._running >= MOST_AT_ONCE:
            busy = Refused(503, "Busy", "Too much is asked at once: ask again.", retry_after="1")
            await busy.page(scope, receive, send)
            return
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1

    def _checked(self, request: Request) -> Response | None:
        """None for a request that the application is to answer. Raises Refused."""
        self._check_host(request)
        _check_target(request)
        _check_fetch(request)
        answer = self._door.check(request)
        if answer is None and request.method in _READS:
            _check_bodiless(request)
        elif answer is None:
            _check_origin(request)
            _check_type(request)
        return answer

    def _check_host(self, request: Request) -> None:
        """A name that is looked up may be made to lead here by whoever owns it."""
        named = request.headers.getlist("host")
        host = host_of(named[0]) if len(named) == 1 else None
        if host is None:
            text = "A request says in one Host header which server it is for: this one doesn't."
            raise Refused(400, "No host", text)
        if not self._access.allows(host):
            text = (
                f"This page is not to be reached as {host}: somebody may have made that name lead "
                f"here, to read what is recorded. If it is yours, start unifig ui --name {host}."
            )
            raise Refused(403, "Unknown host", text)


def _check_target(request: Request) -> None:
    """What is asked for is a page."""
    if request.method not in _METHODS:
        text = f"Pages are read and forms are sent, by {', '.join(_METHODS)}: not {request.method}."
        raise Refused(405, "Unknown method", text, allow=", ".join(_METHODS))
    path = request.scope["path"]
    if not path.startswith("/") or "\0" in path:
        raise Refused(400, "No path", f"{path!a} is no path of a page: it begins with a slash.")
    size = len(request.scope["query_string"])
    if size > MOST_QUERY:
        text = f"After its ? are {size:,} bytes, and {MOST_QUERY:,} are taken: choose less at once."
        raise Refused(414, "The address is too long", text)


def _check_fetch(request: Request) -> None:
    """Other pages may have links to this one; they load nothing from it, nor send it anything."""
    if request.headers.get("sec-fetch-site") in (None, "same-origin", "none"):
        return
    what = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
    if request.method not in _READS or what != ("navigate", "document"):
        text = "Another page asked for this, and none gets what is recorded here: open it yourself."
        raise Refused(403, "Asked for by another page", text)


def _check_bodiless(request: Request) -> None:
    if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise Refused(400, "A body", "What is only read is asked for without a body.")


def _check_origin(request: Request) -> None:
    """What changes something is sent by our own page."""
    origins, host = request.headers.getlist("origin"), request.headers["host"].lower()
    if not origins and request.headers.get("sec-fetch-site") == "same-origin":
        return
    own = (f"http://{host}", f"https://{host}")
    if len(origins) != 1 or origins[0].lower() not in own:
        text = (
            f"Only this page itself changes what is recorded: the Origin is "
            f"{', '.join(origins) or 'not there'}, not {own[0]}. Change it on the page; a proxy "
            "before it must leave Host and Origin as they are."
        )
        raise Refused(403, "Sent by another page", text)


def _check_type(request: Request) -> None:
    types = request.headers.getlist("content-type")
    named = [type_.partition(";")[0].strip().lower() for type_ in types]
    if named != [_FORM]:
        text = f"What is sent must be {_FORM}: it is {', '.join(named) or 'of no type'}."
        raise Refused(415, "No form", text)
    if int(request.headers.get("content-length", "0")) > MOST_BODY:
        raise _too_long()


async def _body(receive: Receive) -> bytes:
    """What is sent with a request.

    Raises Refused for too much, ClientDisconnect where its sender has gone: a part is no form.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            raise _too_long()
    return bytes(body)


def _too_long() -> Refused:
    return Refused(413, "Too long", f"What is sent has at most {MOST_BODY:,} bytes: send less.")


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives what was received already, then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return messages.pop() if messages else await receive()

    return received
