"""Parallel coordinates: an axis for each of several values, a line for each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from unifig.display.cells import apart
from unifig.web.statistics.values import Places, Reals

from . import colours
from .axis import Axis, drawable
from .figure import Figure, layout, sampled
from .scales import shades
from .texts import endings, literal, number
from .ticks import evenly, log_ticks

_MOST_SNAPS: Final = 200
_MOST_LABELS: Final = 30
_MOST_APART: Final = 12  # numbers that have a label each
_LONGEST: Final = 20  # characters of a label
_NEAR: Final = 0.03  # of an axis: labels any nearer would cover each other
_FLAT: Final = 6  # so many names stand beside each other
_INVISIBLE: Final = ("\u200b", "\u200c")  # as wide as nothing


def parallel(axes: Sequence[Axis], *, colour: Axis | None = None) -> Figure:
    """A line for each run that has a value on every axis, at most 5,000 of them.

    ``brushes`` has for each axis its ``name``, and as the browser reports what is brushed either
    numbers, of which it takes the power of ten where ``log``, or places among ``codes``.
    """
    shown, left_out = drawable([*axes, *([] if colour is None else [colour])])
    among = np.flatnonzero(shown)
    places = sampled(among)
    dimensions, brushes = [], []
    for at, (axis, label) in enumerate(
        zip(axes, endings([axis.name for axis in axes]), strict=True)
    ):
        dimension, brush = (_categories if axis.is_category else _numbers)(axis, among, places)
        dimensions.append({**dimension, "label": label, "name": str(at)})
        brushes.append({**brush, "name": axis.name})
    fonts = {name: {"color": colours.TEXT} for name in ("labelfont", "tickfont", "rangefont")}
    trace = {
        "type": "parcoords",
        "dimensions": dimensions,
        "line": _line(colour, places),
        "labelangle": -15 if len(axes) > _FLAT else 0,
        "unselected": {"line": {"color": colours.LINE, "opacity": 0.3}},
        **fonts,
    }
    return Figure(
        [trace],
        layout(margin={"l": 90, "r": 60, "t": 90, "b": 32}),
        shown=places.size,
        of=among.size,
        left_out=left_out,
        notes=[],
        brushes=brushes,
    )


def _line(colour: Axis | None, places: Places) -> dict[str, Any]:
    if colour is None:
        return {"color": colours.CATEGORIES[0]}
    if not colour.is_category:
        return shades(colour, colour.reals[places])
    codes, at = np.unique(colour.places[places].astype(np.intp), return_inverse=True)
    return {"color": at.astype(float).tolist(), **_steps(colour, codes)}


def _steps(axis: Axis, codes: Places) -> dict[str, Any]:
    """A scale of one colour for each category."""
    size = max(1, codes.size)
    few = size <= len(colours.CATEGORIES)
    edges = [edge / size for edge in range(size + 1)]
    steps = [[at, colours.category(n)] for n in range(size) for at in edges[n : n + 2]]
    labelled = evenly(np.arange(codes.size), _MOST_LABELS)
    return {
        "colorscale": steps if few else colours.scale(),
        "cmin": -0.5,
        "cmax": size - 0.5,
        "showscale": True,
        "colorbar": {
            "title": {"text": literal(axis.name), "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
            "tickvals": labelled.tolist(),
            "ticktext": [literal(text) for text in _texts(axis, codes[labelled])],
        },
    }


def _numbers(axis: Axis, among: Places, places: Places) -> tuple[dict[str, Any], dict[str, Any]]:
    numbers = axis.reals[among]
    drawn = axis.reals[places]
    ends = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)
    brushed = _brushed(axis, ends)
    dimension: dict[str, Any] = {"multiselect": False}
    if axis.is_log and numbers.size:
        dimension |= _ticks_of(*_log_ticks(np.unique(numbers)))
        drawn, ends = np.log10(drawn), (float(np.log10(ends[0])), float(np.log10(ends[1])))
        brushed = [float(np.log10(end)) for end in brushed]
    dimension |= {"values": drawn.tolist(), **_range(axis, ends)}
    if brushed:
        dimension["constraintrange"] = brushed
    return dimension, {"log": axis.is_log, "codes": None}


def _range(axis: Axis, ends: tuple[float, float]) -> dict[str, Any]:
    low, high = ends
    if low == high:
        return {}
    return {"range": [high, low] if axis.flip else [low, high]}


def _brushed(axis: Axis, ends: tuple[float, float]) -> list[float]:
    """What is brushed of what there is, empty where nothing is."""
    if axis.low is None and axis.high is None:
        return []
    low = ends[0] if axis.low is None else max(axis.low, ends[0])
    high = ends[1] if axis.high is None else min(axis.high, ends[1])
    return [low, high] if low <= high else []


def _log_ticks(different: Reals) -> tuple[Reals, list[str]]:
    """Where an axis of logarithms has ticks, and what stands there.

    The script moves the end of what is brushed to near a tick. So there is one at each number, or
    where there are many numbers hundreds, most of which show nothing.
    """
    snaps = logarithms = np.log10(different)
    span = float(logarithms[-1] - logarithms[0])
    labelled = different
    if different.size > _MOST_APART or bool(np.any(np.diff(logarithms) < span * _NEAR)):
        labelled = np.array(log_ticks(float(different[0]), float(different[-1])))
    if different.size > _MOST_SNAPS:
        snaps = np.linspace(logarithms[0], logarithms[-1], _MOST_SNAPS)
    at = np.log10(labelled)
    texts = dict(zip(at.tolist(), map(number, labelled.tolist()), strict=True))
    ticks = np.union1d(snaps, at)
    return ticks, [texts.get(tick, "") for tick in ticks.tolist()]


def _categories(axis: Axis, among: Places, places: Places) -> tuple[dict[str, Any], dict[str, Any]]:
    codes = np.unique(axis.places[among]).astype(np.intp)
    at = np.arange(codes.size)
    labelled = evenly(at, _MOST_LABELS)
    texts = [""] * codes.size
    for place, text in zip(labelled.tolist(), _texts(axis, codes[labelled]), strict=True):
        texts[place] = text
    ticked = at if codes.size <= _MOST_SNAPS else labelled
    dimension = {
        "multiselect": True,
        "values": np.searchsorted(codes, axis.places[places]).tolist(),
        **_ticks_of(ticked, [texts[place] for place in ticked.tolist()]),
        **_range(axis, (0, max(0, codes.size - 1))),
    }
    chosen = np.flatnonzero(np.isin(codes, np.array(axis.chosen, dtype=np.intp)))
    if chosen.size:
        dimension["constraintrange"] = list(_stretches(chosen))
    return dimension, {"log": False, "codes": codes.tolist()}


def _stretches(chosen: Places) -> Iterator[list[float]]:
    """Around each stretch of places that follow each other."""
    for stretch in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
        yield [float(stretch[0]) - 0.25, float(stretch[-1]) + 0.25]


def _texts(axis: Axis, codes: Places) -> list[str]:
    texts = axis.texts
    return [] if texts is None else apart([texts[code] for code in codes.tolist()], _LONGEST)


def _ticks_of(at: Reals | Places, texts: Sequence[str]) -> dict[str, Any]:
    """Ticks as this chart has them: it shows their texts as they are, and each must be its own."""
    seen: dict[str, int] = {}
    unlike = []
    for text in texts:
        seen[text] = seen.get(text, 0) + 1
        unlike.append(text if seen[text] == 1 and text else text + _mark(seen[text]))
    return {"tickvals": at.tolist(), "ticktext": unlike}


def _mark(number_: int) -> str:
    """A text that shows nothing, another one for each number."""
    return "".join(_INVISIBLE[digit == "1"] for digit in f"{number_:b}")
