"""A small application behind the guards: ``python guarded.py '["127.0.0.1", [], null]'``."""

import asyncio
import json
import sys
import threading

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from unifig.web import server
from unifig.web.guard import form

RECEIVED = []


async def page(request):
    """What was asked for; the answer has the headers that are asked for."""
    named = [pair.split(":") for pair in request.query_params.getlist("header")]
    return PlainTextResponse(f"secret {request.url.path}", headers=dict(named))


async def fields(request):
    """The form that was sent; it is kept."""
    RECEIVED.append(await form(request))
    return JSONResponse(RECEIVED[-1])


async def received(request):
    """The forms that were sent."""
    return JSONResponse(RECEIVED)


async def fail(request):
    """An error that nobody foresaw."""
    raise RuntimeError("unforeseen")


async def wait(request):
    """Answers nobody who still wants to know."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return PlainTextResponse("too late")


async def block(request):
    """Keeps a thread busy, which nothing ends but the process."""
    await asyncio.to_thread(threading.Event().wait)


APP = Starlette(
    routes=[
        Route("/", page),
        Route("/", fields, methods=["POST"]),
        Route("/received", received),
        Route("/fail", fail),
        Route("/wait", wait),
        Route("/block", block),
        Route("/{rest:path}", page),
    ]
)

if __name__ == "__main__":
    host, names, token = json.loads(sys.argv[1])
    listener = server.listening(host, 0)
    access = server.access(listener, host, names, token)
    print(server.url(listener, host, access), flush=True)
    server.serve(APP, listener, access)
