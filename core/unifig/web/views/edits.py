"""Edits of a run, through the public API: what a form sends, written unless somebody was faster."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from unifig import ConflictError, RecordedRun, RunNotFoundError, StoreError
from unifig.display.typed import typed
from unifig.errors import UnifigError
from unifig.flat import split
from unifig.messages import excerpt
from unifig.origin import NOTHING
from unifig.runs.encoding import loads
from unifig.web.guard import form
from unifig.web.lists import read_list
from unifig.web.nested import NoPlaceError, remove_at, set_at
from unifig.web.site import Site, site_of
from unifig.web.table import run_url
from unifig.web.view import View

from . import run as run_view
from .run import exact, path_of

_SAID: Final = ("name", "tags", "notes")


class Clash(NamedTuple):
    """A value that somebody else has changed since the form was made."""

    what: str
    was: str
    is_: str
    wanted: str
    fields: list[tuple[str, str]]
    """What to send to write it all the same."""


class WrongEditError(Exception):
    """What a form asks for that can't be done."""


async def change(request: Request) -> Response:
    """Writes what a form of a run's page sends."""
    sent = dict(await form(request))
    return await run_in_threadpool(_change, request, sent)


def _change(request: Request, sent: dict[str, str]) -> Response:
    site = site_of(request)
    try:
        run = site.run(path_of(request))
    except RunNotFoundError as error:
        return site.pages.page(
            "error.html", {"title": "No such run", "text": str(error)}, status=404
        )
    try:
        clash = _value(run, sent) if "key" in sent else _said(run, sent)
        if clash is not None:
            values = {"run": run, "url": run_url(run.path), "clash": clash}
            return site.pages.page("clash.html", values, status=409)
        run.update()
    except ConflictError as error:
        return _wrong(site, run, str(error), 409)
    except (NoPlaceError, WrongEditError, UnifigError) as error:
        return _wrong(site, run, str(error), 503 if isinstance(error, StoreError) else 400)
    return RedirectResponse(f"{run_url(run.path)}#{'config' if 'key' in sent else 'main'}", 303)


def _wrong(site: Site, run: RecordedRun, told: str, status: int) -> Response:
    run.load()
    return run_view.page(site, run, View(), trouble=f"Nothing was written: {told}", status=status)


# What people say of a run


def _said(run: RecordedRun, sent: dict[str, str]) -> Clash | None:
    """Takes the name, the tags and the notes from a form."""
    for field in _SAID:
        if field not in sent:
            continue
        wanted = _read(field, sent[field])
        now = getattr(run, field)
        if exact(wanted) == exact(now):
            continue
        if exact(now) != sent.get(f"was_{field}", exact(now)):
            was = loads(sent[f"was_{field}"])
            again = [*sent.items(), (f"was_{field}", exact(now))]
            return Clash(
                field, excerpt(was), excerpt(now), excerpt(wanted), list(dict(again).items())
            )
        setattr(run, field, wanted)
    return None


def _read(field: str, text: str) -> Any:
    text = text.replace("\r\n", "\n").strip()
    if field == "tags":
        return list(dict.fromkeys(read_list(text)))
    if field == "name" and not text:
        raise WrongEditError("a run has a name: write one")
    return text or None


# A value of its config


def _value(run: RecordedRun, sent: dict[str, str]) -> Clash | None:
    """Takes a value of the config from a form, or takes one away."""
    key, flat = sent["key"].strip(), run.flat()
    path = split(key)
    now = flat.get(key, NOTHING)
    wanted = (
        NOTHING if "remove" in sent else typed("the value of", sent.get("value", ""), flat, key)
    )
    if exact(wanted) == exact(now):
        return None
    if exact(now) != sent.get("was", exact(now)):
        was = loads(sent["was"]) if sent["was"] else NOTHING
        fields = {**sent, "was": exact(now)}
        return Clash(key, _told(was), _told(now), _told(wanted), list(fields.items()))
    if wanted is NOTHING:
        remove_at(run.config, path)
    else:
        set_at(run.config, path, wanted)
    return None


def _told(value: Any) -> str:
    return "not there" if value is NOTHING else excerpt(value, 500)
