"""Cells of tables: values, times and long texts as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from os.path import commonprefix
from typing import Any, Final

from unifig.messages import printable
from unifig.values import number

MISSING: Final = "-"
"""Stands where a run has no such value."""

_AROUND: Final = 20  # characters before the place where texts part
_DIGITS: Final = 6  # of a number in a table that has to fit
_BARE: Final = re.compile(r"(?:[^\W\d]|\.{0,2}/)[\w./:@+ -]*(?<! )")
_WORDS: Final = frozenset(
    {"true", "false", "none", "null", "nan", "inf", "yes", "no", "on", "off", "y", "n"}
)
_UNITS: Final = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))  # in seconds
_LONG_AGO: Final = 30 * 86_400


def shown(value: Any) -> str:
    """A value as Python writes it, on one line, whole."""
    return number(value) if type(value) is int else printable(repr(value))


def bare(value: Any) -> str:
    """A value on one line, whole; a text without quotes where it can't be taken for another."""
    if isinstance(value, str) and _BARE.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return shown(value)


def short(value: Any) -> str:
    """A value as :func:`bare` has it, a float with six digits; it can be told from an int."""
    if type(value) is not float or not math.isfinite(value):
        return bare(value)
    text, rounded = repr(value), f"{value:.{_DIGITS}g}"
    if len(text) <= _DIGITS + 2:
        return text
    return rounded if "." in rounded or "e" in rounded else f"{rounded}.0"


def cut(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else text[: most - 1] + "…"


def apart(texts: Sequence[str], most: int) -> list[str]:
    """Texts, the long ones cut to ``most`` characters and where those that differ part."""
    found = [""] * len(texts)
    _part(found, list(range(len(texts))), texts, 0, most, dict.fromkeys(range(len(texts)), ""))
    return found


def _part(
    found: list[str],
    among: list[int],
    texts: Sequence[str],
    at: int,
    most: int,
    before: dict[int, str],
) -> None:
    """Shows the texts at some places from ``at`` on, after what is shown ``before`` it."""
    alike: dict[str, list[int]] = {}
    begin = max(0, at - _AROUND)
    for place in among:
        text = texts[place][begin:]
        window = cut(f"…{text}" if begin else text, most)
        found[place] = before[place].removesuffix("…") + window
        alike.setdefault(window, []).append(place)
    for window, places in alike.items():
        different = {texts[place] for place in places}
        if len(different) > 1:
            if len(places) < len(among):  # what they have in common tells them from the others
                common = before[places[0]].removesuffix("…") + cut(window, 2 * _AROUND)
                before = {**before, **dict.fromkeys(places, common)}
            parting = len(commonprefix(list(different)))  # noqa: RUF071 - of texts, not of paths
            _part(found, places, texts, parting, most, before)


def instant(at: datetime) -> str:
    """A time in ISO 8601, to the second."""
    return at.isoformat(timespec="seconds")


def age(at: datetime) -> str:
    """How long ago a time was, or its date where that is long."""
    seconds = (datetime.now(UTC) - at).total_seconds()
    if seconds >= _LONG_AGO:
        return at.astimezone().date().isoformat()
    return f"{duration(max(0.0, seconds))} ago"


def duration(seconds: float) -> str:
    """A time span in one unit: ``3 min``."""
    size, unit = next((it for it in _UNITS if seconds >= it[0]), _UNITS[-1])
    number = int(seconds // size)
    return f"{number} {'day' if unit == 'days' and number == 1 else unit}"


def folded(name: str, most: int = 16) -> str:
    """A dotted name on as many lines as it takes to keep each short."""
    return "\n".join(_lines(printable(name), most))


def _lines(name: str, most: int) -> Iterator[str]:
    line = ""
    for part in re.findall(r".*?[._](?!$)|.+$", name):
        if line and len(line) + len(part) > most:
            yield line
            line = ""
        line += part
    if line:
        yield line
