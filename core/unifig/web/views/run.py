"""One run: what it is, its config with origins, what it came to, how to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from unifig import RecordedRun, RunError
from unifig.display.about import about
from unifig.display.columns import Line
from unifig.display.typed import written
from unifig.flat import Flat
from unifig.origin import NOTHING
from unifig.runs.command import Command, recorded_command
from unifig.runs.encoding import dumps
from unifig.web.figures.curves import Curve, curves
from unifig.web.figures.figure import Figure
from unifig.web.histories import Logged, histories
from unifig.web.lists import write_list
from unifig.web.site import Site, query_of, site_of
from unifig.web.table import Cell, cell, run_url
from unifig.web.tree import find, tree
from unifig.web.view import View

from .listing import begin_of, numbered

_OPTIONS: Final = ("find", "edit", "add", "metric")
_MOST_KEYS: Final = 500  # on a page
_MOST_CHARTS: Final = 6
_MOST_AT_ONCE: Final = 100_000  # rows of a history that are read before somebody asks for them
_MOST_ROWS: Final = 200  # of a table beside a chart
_ONE_LINE: Final = 60  # characters
_OF_LINES: Final = ("notes", "value")  # fields of several lines

PREFIX: Final = "config."
"""What stands before the flat key of an edited value, in an address."""

SAID: Final = ("name", "tags", "notes")
"""What people say of a run, and can edit."""


class Measured(NamedTuple):
    """What a run has of a metric."""

    name: str
    last: Cell
    lowest: Cell
    highest: Cell
    url: str
    """The page with its chart."""


class Plot(NamedTuple):
    """A metric over the steps."""

    name: str
    figure: Figure
    rows: list[tuple[Any, Any]]
    """Steps and values, as a table."""
    of: int
    """How many there are."""


def show(request: Request) -> Response:
    """The page of a run."""
    site = site_of(request)
    return page(site, site.run(path_of(request)), View.read(query_of(request), _OPTIONS))


def path_of(request: Request) -> tuple[str, str, str]:
    """The run that an address names."""
    parts = request.path_params
    return parts["entity"], parts["project"], parts["id"]


def page(
    site: Site, run: RecordedRun, view: View, *, trouble: str | None = None, status: int = 200
) -> Response:
    """The page of a run; with what went wrong, where something did."""
    flat = run.flat()
    find_ = view.options.get("find", "")
    keys = find(flat, find_)
    begin = begin_of(view)
    shown_ = keys[begin : begin + _MOST_KEYS]
    end = begin + len(shown_)
    url = run_url(run.path)
    history, metric = site.archive.history_size(run.row["key"]), view.options.get("metric")
    plots = _plots(run, history, metric)
    values = {
        "run": run,
        "url": url,
        "view": view,
        "find": find_,
        "trouble": trouble,
        "about": list(about(run)),
        "command": _command(run),
        "edited_since": [key for key in flat if key in flat.origins and _is_edited(flat, key)],
        "nodes": list(tree(flat, shown_, f"the config of {run.path}")),
        "edited": _edited(flat, view.options, url),
        **numbered(view, url, begin, end, len(keys)),
        "measured": _measured(run, url),
        "plots": plots,
        "metric": metric,
        "history": history,
        "packages": sorted(run.packages.items()),
        "was": [(name, exact(getattr(run, name))) for name in SAID],
        "tags": said_text("tags", run.tags),
        "runs_url": View(project=f"{run.entity}/{run.project}").url(),
    }
    policy = "chart" if plots or run.state == "running" else None
    return site.pages.page("run.html", values, status=status, policy=policy)


def _is_edited(flat: Flat, key: str) -> bool:
    return flat.origins[key].kind == "api"


def _command(run: RecordedRun) -> Command | None:
    """The command that started it; None where none did, as in a notebook."""
    try:
        return recorded_command(run)
    except RunError:
        return None


class Edited(NamedTuple):
    """A value that is being edited."""

    address: str
    """Where its form is sent to."""
    key: str | None
    """None for one that is new."""
    text: str
    """As it would be typed."""
    was: str
    """Just what it was: see :func:`exact`."""
    is_long: bool
    """Whether it needs more than a line."""


def _edited(flat: Flat, options: Mapping[str, str], url: str) -> Edited | None:
    if "add" in options:
        return Edited(View(options={"add": "1"}).url(url), None, "", "", is_long=False)
    key = options.get("edit", "").removeprefix(PREFIX)
    if "edit" not in options or key not in flat:
        return None
    text = written(flat, key)
    is_long = "\n" in text or len(text) > _ONE_LINE
    address = View(options={"edit": PREFIX + key}).url(url)
    return Edited(address, key, text, exact(flat[key]), is_long)


def exact(value: Any) -> str:
    """A value as a form sends it back, to see whether somebody else has changed it meanwhile."""
    return "" if value is NOTHING else dumps(value)


def value_text(flat: Flat, key: str, value: Any) -> str:
    """What the field of a config value shows."""
    before = Flat({key: value})
    before.types = flat.types
    return written(before, key)


def said_text(field: str, value: Any) -> str:
    """What the field of a name, of tags or of notes shows."""
    return write_list(value) if field == "tags" else value or ""


def returned(text: str, field: str) -> str:
    """What a browser sends back of a field's text, which holds neither half characters nor NUL.

    Line breaks are one character; a field of one line has none.
    """
    text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\ufffd")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if field in _OF_LINES else text.replace("\n", "")


# Metrics


def _measured(run: RecordedRun, url: str) -> list[Measured]:
    line = Line(run)
    last, lowest, highest = (line.part(name) for name in ("summary", "min", "max"))

    def of(part: Flat, key: str) -> Cell:
        return cell(part.get(key, NOTHING), f"summary.{key}")

    return [
        Measured(
            key,
            of(last, key),
            of(lowest, key),
            of(highest, key),
            View(options={"metric": key}).url(url) + "#charts",
        )
        for key in dict.fromkeys([*last, *lowest])
    ]


def _plots(run: RecordedRun, number: int, named: str | None) -> list[Plot]:
    """The metrics over the steps: the one that is named, or the first few.

    None of these where ``number`` rows of a history are too many to be read unasked.
    """
    if named is None and number > _MOST_AT_ONCE:
        return []
    wanted = _numbers(run)[:_MOST_CHARTS] if named is None else [named]
    found = histories(run, wanted)
    return [
        _plot(run, name, rows) for name, rows in found.items() if len(rows) > 1 or name == named
    ]


def _numbers(run: RecordedRun) -> list[str]:
    """The names of metrics that were logged as numbers."""
    return list(Line(run).part("min"))


def _plot(run: RecordedRun, name: str, rows: list[Logged]) -> Plot:
    curve = Curve((run.entity, run.project, run.id), run.name, rows)
    every = max(1, -(-len(rows) // _MOST_ROWS))
    table = [(step, cell(number, f"summary.{name}").text) for step, _, number in rows[::every]]
    return Plot(name, curves(name, [curve]), table, len(rows))
