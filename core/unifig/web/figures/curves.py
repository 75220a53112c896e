"""A metric over the steps of several runs, or of groups of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from unifig.runs.paths import RunPath
from unifig.web.statistics.values import Reals

from . import colours
from .bands import Band, Grid, band, grid_of
from .figure import Figure, axis_layout, layout, plain
from .texts import lines, literal, number
from .thinning import thinned

MOST_LINES: Final = 100
"""So many runs, or groups, have a line."""

MOST_POINTS: Final = 1_000
"""So many of a line are drawn."""

_FEW: Final = 30
"""Up to so many points are marked, for a single one is no line."""

X = Literal["step", "seconds"]


class Curve(NamedTuple):
    """What one run logged of a metric."""

    path: RunPath
    name: str
    rows: Sequence[tuple[float, float, float]]
    """Step, seconds since the run's start, value: in the order of the steps."""
    group: str = ""


class _Line(NamedTuple):
    """What of a run can be drawn."""

    curve: Curve
    x: Reals
    y: Reals
    """NaN where there is a gap."""


def curves(
    metric: str,
    runs: Sequence[Curve],
    *,
    x: X = "step",
    log_y: bool = False,
    means: bool = False,
) -> Figure:
    """A line for each run; with ``means`` one for each group's mean, shaded ± its deviation.

    At most 100 lines; of a long one at most 1,000 points, its highest and lowest among these. The
    deviation is the sample's standard one, between runs. NaN is a gap.
    """
    notes: list[str] = []
    known = [line for line in _lines(runs, x, notes, log=log_y) if not np.isnan(line.y).all()]
    left_out = {}
    if len(known) < len(runs):
        left_out[f"no number of {metric} to draw"] = len(runs) - len(known)
    if means:
        data, shown = _means(known, x, notes, log=log_y)
    else:
        data, shown = _each(known[:MOST_LINES], notes), min(len(known), MOST_LINES)
    title = "step" if x == "step" else "seconds since the start"
    return Figure(
        data,
        layout(
            xaxis=axis_layout(title),
            yaxis=axis_layout(literal(metric), log=log_y),
            showlegend=len(data) > 1,
        ),
        shown=shown,
        of=len(known),
        left_out=left_out,
        notes=notes,
        brushes=[],
    )


def _lines(runs: Sequence[Curve], x: X, notes: list[str], *, log: bool) -> list[_Line]:
    found, infinite, low = [], 0, 0
    for curve in runs:
        rows = np.array(curve.rows, dtype=np.float64).reshape(-1, 3)
        y = rows[:, 2]
        infinite += int(np.count_nonzero(np.isinf(y)))
        is_low = np.isfinite(y) & (y <= 0) & log
        low += int(np.count_nonzero(is_low))
        y = np.where(np.isfinite(y) & ~is_low, y, np.nan)
        found.append(_Line(curve, rows[:, 0 if x == "step" else 1], y))
    if infinite:
        notes.append(f"{infinite} infinite values are gaps.")
    if low:
        notes.append(f"{low} values of 0 or less are gaps, for the axis is logarithmic.")
    return found


def _each(known: Sequence[_Line], notes: list[str]) -> list[dict[str, Any]]:
    longest = max((line.y.size for line in known), default=0)
    if longest > MOST_POINTS:
        notes.append(
            f"Of up to {longest} points of a run at most {MOST_POINTS} are drawn, the highest and "
            "the lowest of their neighbours."
        )
    return [_trace(number_, line) for number_, line in enumerate(known)]


def _trace(number_: int, line: _Line) -> dict[str, Any]:
    places = thinned(line.y, MOST_POINTS)
    return {
        "type": "scatter",
        **_style(number_, int(np.count_nonzero(~np.isnan(line.y)))),
        "x": plain(line.x[places]),
        "y": plain(line.y[places]),
        "name": literal(line.curve.name),
        "hovertemplate": f"{lines([line.curve.name])}<br>%{{x}}: %{{y}}<extra></extra>",
        "meta": {"run": "/".join(line.curve.path)},
    }


def _style(number_: int, points: int) -> dict[str, Any]:
    colour = colours.category(number_)
    return {
        "mode": "lines+markers" if points <= _FEW else "lines",
        "line": {"color": colour, "width": 1.75, "dash": colours.dash(number_)},
        "marker": {"color": colour, "size": 5},
    }


def _means(
    known: Sequence[_Line], x: X, notes: list[str], *, log: bool
) -> tuple[list[dict[str, Any]], int]:
    """The lines of groups, and how many runs are in them."""
    groups: dict[str, list[_Line]] = {}
    for line in known:
        groups.setdefault(line.curve.group, []).append(line)
    data: list[dict[str, Any]] = []
    shown = 0
    for number_, (name, members) in enumerate(list(groups.items())[:MOST_LINES]):
        grid = grid_of([line.x for line in members])
        if grid.width is not None:
            notes.append(
                f"The mean of {name or 'the runs'} is taken in {grid.x.size} bins of "
                f"{number(grid.width)} {'steps' if x == 'step' else 'seconds'}, for its runs have "
                "not all logged at the same ones."
            )
        found = band(grid, [line.x for line in members], [line.y for line in members])
        data += _shaded(number_, f"{name} ({len(members)} runs)".lstrip(), grid, found, log=log)
        shown += len(members)
    return data, shown


def _shaded(
    number_: int, name: str, grid: Grid, found: Band, *, log: bool
) -> Iterator[dict[str, Any]]:
    low, high = found.mean - found.deviation, found.mean + found.deviation
    if log:
        low = np.where(low > 0, low, found.lowest)
    x, y = _outline(grid.x, low, high)
    common = {"type": "scatter", "name": literal(name), "legendgroup": str(number_)}
    yield {
        **common,
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillcolor": colours.faint(colours.category(number_), 0.2),
        "line": {"width": 0, "color": colours.category(number_)},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    yield {
        **common,
        **_style(number_, int(np.count_nonzero(found.lines))),
        "x": plain(grid.x),
        "y": plain(found.mean),
        "hovertext": [_told(name, grid, found, place) for place in range(grid.x.size)],
        "hoverinfo": "text",
    }


def _told(name: str, grid: Grid, found: Band, place: int) -> str:
    mean = number(found.mean[place])
    if np.isfinite(found.deviation[place]):
        mean = f"{mean} ± {number(found.deviation[place])}"
    return lines([name, f"{mean} at {number(grid.x[place])}", f"{found.lines[place]:.0f} runs"])


def _outline(x: Reals, low: Reals, high: Reals) -> tuple[list[float | None], list[float | None]]:
    """Around what is between two lines; one outline for each stretch without a gap."""
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
    around = [np.concatenate((at, at[::-1])) for at in stretches if at.size]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for stretch, places in zip(stretches, around, strict=False):
        xs += [*x[places].tolist(), None]
        ys += [*high[stretch].tolist(), *low[stretch[::-1]].tolist(), None]
    return xs, ys
