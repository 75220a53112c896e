"""Tables as pages have them: headings that sort, cells with values as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from unifig.display import cells
from unifig.display.columns import Line
from unifig.masking import MASK
from unifig.origin import NOTHING

ABSENT: Final = "\N{EN DASH}"
"""Stands where a run has no such value."""

_WIDEST: Final = 48  # characters of a value in a table
_MEASURED: Final = ("summary.", "summary_metrics.", "min.", "max.")


class Cell(NamedTuple):
    """A value in a table."""

    text: str
    whole: str | None = None
    """The value as it was recorded, where the text is shorter."""
    kind: str = "text"
    """``number``, ``text``, ``none``, ``state``, ``tags`` or ``time``."""
    url: str | None = None
    items: tuple[str, ...] = ()
    """Of tags each by itself."""


class Heading(NamedTuple):
    """The head of a column."""

    name: str
    label: str
    part: str
    """``config``, ``summary``, ``min``, ``max``, or nothing for a field of a run."""
    url: str
    """Where the table is sorted by it, or the other way round."""
    sorted: str | None
    """``ascending`` or ``descending`` where it is."""
    is_pinned: bool


def heading(name: str, sort: str, url: str, *, is_pinned: bool) -> Heading:
    """The head of a column in a table that is sorted by ``sort``."""
    is_sorted = sort.lstrip("+-") == name
    way = ("descending" if sort.startswith("-") else "ascending") if is_sorted else None
    part, dot, key = name.partition(".")
    return Heading(name, key or name, part if dot else "", url, way, is_pinned)


def turned(name: str, sort: str) -> str:
    """What a click on a heading sorts by: metrics and times begin with the highest."""
    if sort.lstrip("+-") == name:
        return name if sort.startswith("-") else f"-{name}"
    highest_first = (*_MEASURED, "created_at", "finished_at", "step")
    return f"-{name}" if name.startswith(highest_first) else name


def run_url(path: str) -> str:
    """Where the page of a run is."""
    return "/run/" + "/".join(quote(part, safe="") for part in path.split("/"))


def cell_of(line: Line, name: str) -> Cell:
    """What a run has under a name."""
    if name == "path":
        return Cell(line.run.path, url=run_url(line.run.path))
    value = line.get(name)
    if name in {"name", "id", "display_name"}:
        return Cell(cells.cut(str(value), _WIDEST), str(value), url=run_url(line.run.path))
    return cell(value, name)


def cell(value: Any, name: str = "") -> Cell:
    """A value under a name; NOTHING for none."""
    if value is NOTHING:
        return Cell(ABSENT, kind="none")
    if isinstance(value, datetime):
        return Cell(cells.age(value), cells.instant(value), "time")
    if name == "state":
        return Cell(str(value), kind="state")
    if name == "tags":
        tags = tuple(map(cells.bare, value))
        return Cell(", ".join(tags) or ABSENT, kind="tags" if tags else "none", items=tags)
    return _of_value(value, is_short=name.startswith(_MEASURED))


def _of_value(value: Any, *, is_short: bool) -> Cell:
    if value == MASK:
        return Cell(MASK, "a secret, which is not recorded", "none")
    whole = cells.bare(value)
    text = cells.cut(cells.short(value) if is_short else whole, _WIDEST)
    kind = "number" if isinstance(value, (int, float)) and type(value) is not bool else "text"
    return Cell(text, whole if whole != text else None, kind)


def are_numbers(column: Iterable[Cell]) -> bool:
    """Whether a column has numbers, and at most gaps between them."""
    kinds = {cell.kind for cell in column} - {"none"}
    return kinds == {"number"}
