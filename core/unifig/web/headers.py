"""What a browser is told that it may do with a page: the headers of every response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

POLICY: Final = "x-policy"
"""The header in which a response names a looser policy; it is not sent.

``chart`` lets Plotly draw, ``webgl`` lets it draw with WebGL as well.
"""

_DIRECTIVES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Plotly writes style sheets and attributes of its own, and saves a picture by way of a blob.
_CHART: Final = {"style-src": "'self' 'unsafe-inline'", "img-src": "'self' data: blob:"}
# Its WebGL traces compile functions that draw.
_WEBGL: Final = {**_CHART, "script-src": "'self' 'unsafe-eval'"}


def _policy(looser: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in {**_DIRECTIVES, **looser}.items())


_POLICIES: Final = {None: _policy({}), "chart": _policy(_CHART), "webgl": _policy(_WEBGL)}

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
}

STRICT: Final[Mapping[str, str]] = {
    "content-security-policy": _POLICIES[None],
    "cache-control": "no-store",
    **_ALWAYS,
}
"""The headers of a response that asks for nothing else."""


def with_headers(send: Send) -> Send:
    """Sends what is sent with the headers that every response has.

    Its own ``Cache-Control`` stays. Raises KeyError for a policy that is none.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            headers["content-security-policy"] = _POLICIES[headers.get(POLICY)]
            del headers[POLICY]
            headers.update(_ALWAYS)
            headers.setdefault("cache-control", STRICT["cache-control"])
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending
