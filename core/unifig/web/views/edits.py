"""Edits of a run, through the public API: what a form sends, written unless somebody was faster."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from unifig import ConflictError, RecordedRun, StoreError, UnifigError, to_flat
from unifig.comparison import diff
from unifig.display.typed import typed
from unifig.flat import Flat, below, escape, split, unflatten
from unifig.masking import MASK
from unifig.messages import excerpt
from unifig.origin import NOTHING
from unifig.runs.edits import Edit, masked
from unifig.runs.encoding import loads
from unifig.web.guard import form
from unifig.web.lists import read_list
from unifig.web.nested import NoPlaceError, remove_at, set_at
from unifig.web.site import Site, query_of, site_of
from unifig.web.table import run_url
from unifig.web.view import View

from . import run as run_view
from .run import PREFIX, SAID, exact, path_of, returned, said_text, value_text

PLACE: Final = "unifig ui"
"""Where a value was edited, as its origin says."""

_WAS: Final = "was"
_WIDEST: Final = 500  # characters of a value, where two are shown to choose from


class Clash(NamedTuple):
    """A value that somebody else has changed since the form was made."""

    what: str
    was: str
    is_: str
    wanted: str
    address: str
    fields: list[tuple[str, str]]
    """What to send there to write it all the same."""


class WrongEditError(Exception):
    """What a form asks for that can't be done."""


async def change(request: Request) -> Response:
    """Writes what a form of a run's page sends."""
    sent = dict(await form(request))
    return await run_in_threadpool(_change, request, sent)


def _change(request: Request, sent: dict[str, str]) -> Response:
    site = site_of(request)
    asked = dict(query_of(request))
    run = site.run(path_of(request))
    is_value = "edit" in asked or "key" in sent
    try:
        clash = _value(run, asked, sent) if is_value else _said(run, sent)
        if clash is not None:
            clashing = {"run": run, "url": run_url(run.path), "clash": clash}
            return site.pages.page("clash.html", clashing, status=409)
        run.update(place=PLACE)
    except ConflictError as error:
        return _wrong(site, run, asked, str(error), 409)
    except (NoPlaceError, WrongEditError, UnifigError) as error:
        status = 503 if isinstance(error, StoreError) else 400
        return _wrong(site, run, asked, str(error), status)
    return RedirectResponse(f"{run_url(run.path)}#{'config' if is_value else 'main'}", 303)


def _wrong(
    site: Site, run: RecordedRun, asked: Mapping[str, str], told: str, status: int
) -> Response:
    run.load()
    view = View(options={name: asked[name] for name in ("edit", "add") if name in asked})
    return run_view.page(site, run, view, trouble=f"Nothing was written: {told}", status=status)


def _clash(
    what: str, values: tuple[Any, Any, Any], address: str, fields: Mapping[str, str]
) -> Clash:
    was, now, wanted = ("not there" if it is NOTHING else excerpt(it, _WIDEST) for it in values)
    return Clash(what, was, now, wanted, address, list(fields.items()))


def _before(sent: Mapping[str, str], name: str, what: str, otherwise: Any) -> Any:
    """What a value was when the form was made; NOTHING where there was none."""
    text = sent.get(name)
    if text is None:
        return otherwise
    try:
        return NOTHING if text == exact(NOTHING) and name == _WAS else loads(text)
    except (ValueError, RecursionError):
        told = f"{what} was never {excerpt(text)}: open the page again"
        raise WrongEditError(told) from None


# What people say of a run


def _said(run: RecordedRun, sent: dict[str, str]) -> Clash | None:
    """Takes the name, the tags and the notes from a form, as far as somebody has touched them."""
    for field in SAID:
        now = getattr(run, field)
        was = _before(sent, f"was_{field}", field, now)
        if not _fits(field, was):
            raise WrongEditError(f"{field} was never {excerpt(was)}: open the page again")
        text = returned(sent.get(field, ""), field)
        if field not in sent or text == returned(said_text(field, was), field):
            continue
        wanted = _read(field, text)
        if exact(now) not in {exact(was), exact(wanted)}:
            fields = {**sent, f"was_{field}": exact(now)}
            return _clash(field, (was, now, wanted), run_url(run.path), fields)
        setattr(run, field, wanted)
    return None


def _fits(field: str, value: Any) -> bool:
    if field == "tags":
        return isinstance(value, list) and all(isinstance(tag, str) for tag in value)
    return isinstance(value, str) or (field == "notes" and value is None)


def _read(field: str, text: str) -> Any:
    if field == "tags":
        return list(dict.fromkeys(read_list(text)))
    if field == "name" and not text.strip():
        raise WrongEditError("a run has a name: write one")
    return text if text.strip() else None


# A value of its config


def _value(run: RecordedRun, asked: Mapping[str, str], sent: dict[str, str]) -> Clash | None:
    """Takes a value of the config from a form, or takes one away."""
    flat = run.flat()
    key = _key(asked, sent, flat)
    now = flat.get(key, NOTHING)
    was = _before(sent, _WAS, key, now)
    text = returned(sent.get("value", ""), "value")
    if "remove" in sent:
        wanted: Any = NOTHING
        after = Flat()
    elif was is not NOTHING and text == returned(value_text(flat, key, was), "value"):
        return None  # nobody has touched it
    else:
        wanted = _typed(text, flat, key)
        after = to_flat({key: wanted})
        if now == MASK and MASK in masked(Edit(after, [])).values():
            raise WrongEditError(f"{key} is masked: its value is not recorded, whatever it is")
    if not diff({} if now is NOTHING else {escape(key): now}, after):
        return None
    if exact(now) != exact(was):
        address = View(options={"edit": PREFIX + key}).url(run_url(run.path))
        fields = {**sent, _WAS: exact(now)}
        # What would be masked as soon as it is written is not shown before either.
        shown = unflatten(masked(Edit(after, []))).get(key, NOTHING)
        return _clash(key, (was, now, shown), address, fields)
    if wanted is NOTHING:
        remove_at(run.config, split(key))
    else:
        set_at(run.config, split(key), wanted)
    return None


def _typed(text: str, flat: Flat, key: str) -> Any:
    """A value as it was typed, which is not a text by mistake; a float stays one.

    Raises WrongEditError for a text, without quotes, in place of what was none.
    """
    now = flat.get(key)
    wanted = typed("the value of", text, flat, key)
    is_quoted = text.lstrip().startswith(("'", '"'))
    if isinstance(wanted, str) and not isinstance(now, (str, NoneType)) and not is_quoted:
        raise WrongEditError(
            f"{key} is of the type {type(now).__name__}, and {excerpt(text)} is a text: write "
            "another value, or the text in quotes"
        )
    return float(wanted) if type(now) is float and type(wanted) is int else wanted


def _key(asked: Mapping[str, str], sent: Mapping[str, str], flat: Flat) -> str:
    """The flat key that is edited: that of the address, or a new one."""
    if "edit" in asked:
        return asked["edit"].removeprefix(PREFIX)
    key = sent.get("key", "").strip()
    if not key:
        raise WrongEditError("a value has a flat key: write one, optimizer.lr")
    inner = below(flat, key)
    if inner and key not in flat:
        raise WrongEditError(
            f"{key} has values in it, {excerpt(inner[0])} and more: remove these first, or change "
            "them one by one"
        )
    return key
