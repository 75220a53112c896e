"""Figures are plain data that any browser reads, and say what they leave out."""

import html
import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unifig import UnifigError
from unifig.web.figures.axis import Axis
from unifig.web.figures.bands import band, grid_of
from unifig.web.figures.bars import bars
from unifig.web.figures.curves import Curve, curves
from unifig.web.figures.figure import Named
from unifig.web.figures.frontier import frontier
from unifig.web.figures.parallel import parallel
from unifig.web.figures.scatter import scatter
from unifig.web.figures.script import plotly_script
from unifig.web.figures.texts import literal
from unifig.web.figures.thinning import thinned
from unifig.web.figures.ticks import log_ticks
from unifig.web.statistics.importance import importance
from unifig.web.statistics.values import Values

HOSTILE = '</script><a href="javascript:alert(1)">x</a><br> &lt;b&gt; %{x} \0\ud800'

reals = st.lists(st.floats(width=32) | st.sampled_from([0.0, 1.0, 1e308, -1e308]), max_size=30)
rows = st.lists(st.tuples(st.floats(), st.integers(-1, 3), st.floats(), st.booleans()), max_size=30)


def read(figure):
    """A figure as the browser reads it, which refuses NaN."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    text = str(figure.json())
    assert not set(text) & set("<>&")
    return json.loads(text, parse_constant=refuse)


def numbers(values, name="x", **more):
    return Axis(name, np.array(values, dtype=float), **more)


def categories(codes, texts, name="kind", **more):
    codes = np.array(codes, dtype=np.int32)
    return Axis(name, np.full(codes.size, np.nan), codes, texts, **more)


def runs(places):
    return [Named(("me", "digits", f"id{place}"), f"run {place}") for place in places]


def ids(traces):
    """The places of the runs of traces."""
    found = [link for trace in traces for link in trace["customdata"]]
    assert all(link.startswith("me/digits/id") for link in found)
    return [int(link.removeprefix("me/digits/id")) for link in found]


class TestTexts:
    @given(st.text())
    def test_no_markup_is_left(self, text):
        """A text that Plotly decodes is the text that there was, and it finds no tag in it."""
        assert "<" not in literal(text)
        assert html.unescape(literal(text)) == html.unescape(html.escape(text))

    @given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
    def test_ticks_of_powers(self, one, other):
        """A logarithmic axis has a few ticks, which ascend and are on the axis."""
        low, high = sorted((one, other))
        ticks = log_ticks(low, high)
        assert ticks == sorted(set(ticks))
        assert low <= ticks[0] <= ticks[-1] <= high
        assert len(ticks) <= 9
        assert len(ticks) > 1 or low == high


class TestScatter:
    @given(rows)
    def test_each_run_once(self, rows):
        """Whatever the values are, each run is drawn once where it belongs, or counted out."""
        x, codes, colour, logs = zip(*rows, strict=True) if rows else ((),) * 4
        log = sum(logs) > 1
        figure = scatter(
            numbers(x, log=log),
            categories(codes, list("abcd")),
            runs,
            colour=numbers(colour, name="c", log=log),
        )
        data = read(figure)["data"]
        points = {
            place: (x_, y)
            for trace in data
            for place, x_, y in zip(ids([trace]), trace["x"], trace["y"], strict=True)
        }
        assert len(points) == len(ids(data)) == figure.shown == figure.of
        assert figure.of + sum(figure.left_out.values()) == len(rows)
        expected = {
            place
            for place, (x_, code, _, _) in enumerate(rows)
            if math.isfinite(x_) and (x_ > 0 or not log) and code >= 0
        }
        assert set(points) == expected
        assert all(points[place] == (rows[place][0], rows[place][1]) for place in points)

    def test_why_runs_are_left_out(self):
        """Each run is left out for one reason, which is told in words."""
        x = numbers([1, math.nan, math.inf, 0, -1, 2], name="lr", log=True)
        figure = scatter(x, numbers([1, 1, 1, 1, 1, math.nan], name="loss"), runs)
        assert figure.left_out == {
            "no number of lr": 1,
            "lr is infinite": 1,
            "lr is 0 or less, on a logarithmic axis": 2,
            "no number of loss": 1,
        }

    def test_a_sample(self):
        """Of more than 5,000 runs a sample is drawn, the same each time; it alone is asked for."""
        asked = []

        def named(places):
            asked.append(len(places))
            return runs(places)

        axis = numbers(range(20_000))
        figure = scatter(axis, axis, named)
        assert (figure.shown, figure.of, asked) == (5_000, 20_000, [5_000])
        assert figure.json() == scatter(axis, axis, named).json()

    def test_colours_of_categories(self):
        """Up to twelve categories have a trace each; of more the rarest are others."""
        few = categories([0, 1, 2, -1] * 5, ["adam", "sgd", "rms"])
        data = read(scatter(numbers(range(20)), numbers(range(20)), runs, colour=few))["data"]
        assert [trace["name"] for trace in data] == ["no kind", "adam", "sgd", "rms"]
        codes = [*range(40), *range(12)]
        many = categories(codes, [f"v{code}" for code in range(40)])
        data = read(scatter(numbers(codes), numbers(codes), runs, colour=many))["data"]
        assert [trace["name"] for trace in data] == [
            "other (28 values)",
            *(f"v{code}" for code in range(12)),
        ]
        assert sorted(ids(data)) == list(range(52))
        styles = {(trace["marker"]["color"], trace["marker"].get("symbol")) for trace in data}
        assert len(styles) == 13

    def test_colours_of_numbers(self):
        """On a logarithmic scale of colours the bar tells numbers; who has none is drawn grey."""
        colour = numbers([0.001, 0.1, 0, math.nan], name="lr", log=True)
        data = read(scatter(numbers(range(4)), numbers(range(4)), runs, colour=colour))["data"]
        grey, coloured = data
        assert ids([grey]) == [2, 3]
        assert coloured["marker"]["color"] == [-3, -1]
        assert coloured["marker"]["colorbar"]["ticktext"][0] == "0.001"

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
    def test_the_frontier(self, points):
        """On the frontier are those than which none is as low in both and lower in one."""
        x, y = np.array(points, dtype=float).reshape(-1, 2).T
        found = frontier(x, y)
        best = {
            point
            for point in points
            if not any(a <= point[0] and b <= point[1] and (a, b) != point for a, b in points)
        }
        assert [points[place] for place in found] == sorted(best)

    def test_the_frontier_of_all_runs(self):
        """The best run is on the frontier, though the sample may not have it."""
        y = np.arange(20_000.0) % 1_000
        y[17] = -1
        x = numbers(np.ones(20_000))
        for sign, best in ((1, "lowest"), (-1, "highest")):
            figure = scatter(x, numbers(sign * y), runs, frontier=best)
            assert ids(read(figure)["data"][-1:]) == [17]
        figure = scatter(x, categories(y > 500, ["a", "b"]), runs, frontier="lowest")
        assert figure.notes == ["There is no frontier, for kind has values that are no numbers."]

    def test_names_are_no_markup(self):
        """A name that looks like markup, or ends a script, stands in the figure as it is."""
        kind = categories([0, 0], [HOSTILE], name=HOSTILE)

        def named(places):
            return [Named(("me", "digits", "id"), HOSTILE) for _ in places]

        figure = scatter(numbers([1, 2], name=HOSTILE), kind, named, colour=kind)
        read_back = read(figure)
        (trace,) = read_back["data"]
        told = trace["hovertext"][0].replace("<b>", "", 1).replace("</b>", "", 1).split("<br>")
        assert not any("<" in line for line in told)
        assert html.unescape(told[0]) == html.unescape(html.escape(HOSTILE))
        assert "<" not in trace["name"] + read_back["layout"]["xaxis"]["title"]["text"]


class TestParallel:
    @given(rows)
    def test_any_values(self, rows):
        """Runs with a value on every axis are lines, within the axes; the others are counted."""
        x, codes, colour, _ = zip(*rows, strict=True) if rows else ((),) * 4
        axes = [
            numbers(x, log=True, low=0.5, high=2.0),
            categories(codes, list("aabc"), chosen=[1, 2]),
        ]
        figure = parallel(axes, colour=numbers(colour, name="c"))
        first, second = read(figure)["data"][0]["dimensions"]
        shown = [
            row
            for row in rows
            if row[0] > 0 and row[1] >= 0 and math.isfinite(row[0]) and math.isfinite(row[2])
        ]
        assert figure.shown == len(shown) == len(first["values"])
        assert figure.of + sum(figure.left_out.values()) == len(rows)
        assert np.allclose(first["values"], [math.log10(row[0]) for row in shown])
        present = figure.brushes[1]["codes"]
        assert [present[place] for place in second["values"]] == [row[1] for row in shown]
        for dimension in (first, second):
            if "range" in dimension:
                low, high = dimension["range"]
                assert all(low <= value <= high for value in dimension["values"])
            texts = dimension.get("ticktext", [])
            assert len(set(texts)) == len(texts) == len(dimension.get("tickvals", []))

    def test_ticks_of_a_grid(self):
        """A logarithmic axis of few values has its ticks at these."""
        axis = numbers([0.01, 0.001, 0.1] * 3, log=True)
        (dimension,) = read(parallel([axis]))["data"][0]["dimensions"]
        assert dimension["ticktext"] == ["0.001", "0.01", "0.1"]
        assert dimension["range"] == [-3, -1]
        (dimension,) = read(parallel([axis._replace(flip=True)]))["data"][0]["dimensions"]
        assert dimension["range"] == [-1, -3]

    def test_ticks_of_many_numbers(self):
        """Among many numbers the ends of a brush can be anywhere: some ticks show nothing."""
        axis = numbers(10 ** np.random.default_rng(0).uniform(-5, -1, 5_000), log=True)
        (dimension,) = read(parallel([axis]))["data"][0]["dimensions"]
        assert np.diff(dimension["tickvals"]).max() < 0.03
        shown = [text for text in dimension["ticktext"] if text.strip("\u200b\u200c")]
        assert shown[:2] == ["3e-05", "0.0001"]
        assert len(shown) < 10

    def test_what_is_brushed(self):
        """Ranges and values that the URL has are brushed; an open end is that of the axis."""
        lr = numbers([0.001, 0.01, 0.1, 1], name="lr", log=True, high=0.05)
        kind = categories([0, 2, 3, 5], list("abcdef"), chosen=[0, 3, 4, 5])
        nothing = numbers([1, 2, 3, 4], low=7, high=9)
        figure = parallel([lr, kind, nothing])
        dimensions = read(figure)["data"][0]["dimensions"]
        assert np.allclose(dimensions[0]["constraintrange"], [-3, math.log10(0.05)])
        assert dimensions[1]["constraintrange"] == [[-0.25, 0.25], [1.75, 3.25]]
        assert "constraintrange" not in dimensions[2]
        assert figure.brushes == [
            {"log": True, "codes": None, "name": "lr"},
            {"log": False, "codes": [0, 2, 3, 5], "name": "kind"},
            {"log": False, "codes": None, "name": "x"},
        ]

    def test_a_sample(self):
        """Of more than 5,000 runs a sample is drawn, on axes that have room for all."""
        axis = numbers(range(20_000))
        figure = parallel([axis, axis], colour=axis)
        assert (figure.shown, figure.of) == (5_000, 20_000)
        dimension = read(figure)["data"][0]["dimensions"][0]
        assert dimension["range"] == [0, 19_999]


class TestCurves:
    @given(st.lists(st.floats() | st.just(math.nan), max_size=200), st.integers(8, 60))
    def test_fewer_points(self, values, most):
        """Thinning keeps the ends, the highest, the lowest and that there is a gap."""
        line = np.array(values, dtype=float)
        kept = thinned(line, most)
        assert len(kept) <= max(most, 0)
        assert list(kept) == sorted(set(kept))
        if not values:
            return
        assert {0, len(values) - 1} <= set(kept)
        left = line[kept]
        assert np.isnan(left).any() == np.isnan(line).any()
        if not np.isnan(line).all():
            assert np.nanmax(left) == np.nanmax(line)
            assert np.nanmin(left) == np.nanmin(line)

    def test_a_spike_is_never_lost(self):
        """One value among a hundred thousand, and a gap, are in the thousand that are drawn."""
        logged = [(step, step * 0.5, 1.0) for step in range(100_000)]
        logged[54_321] = (54_321, 0.0, 99.0)
        logged[70_000] = (70_000, 0.0, math.nan)
        figure = curves("loss", [Curve(("me", "p", "a"), "a", logged)])
        (trace,) = read(figure)["data"]
        assert len(trace["y"]) <= 1_000
        assert trace["x"][trace["y"].index(99.0)] == 54_321
        assert trace["x"][trace["y"].index(None)] == 70_000
        (note,) = figure.notes
        assert note.startswith("Of up to 100000 points of a run at most 1000 are drawn")

    def test_what_can_not_be_drawn(self):
        """Infinities, and on a logarithmic axis 0 and less, are gaps, and counted."""
        logged = [(0, 0.0, 1.0), (1, 2.5, math.inf), (2, 5.0, 0.0), (3, 7.5, 4.0)]
        empty = [(0, 0.0, math.nan)]
        curves_ = [Curve(("me", "p", "a"), "<i>a</i>", logged), Curve(("me", "p", "b"), "b", empty)]
        figure = curves("loss", curves_, x="seconds", log_y=True)
        (trace,) = read(figure)["data"]
        assert (trace["x"], trace["y"]) == ([0, 2.5, 5, 7.5], [1, None, None, 4])
        assert trace["name"] == "&lt;i&gt;a&lt;/i&gt;"
        assert trace["meta"] == {"run": "me/p/a"}
        assert figure.left_out == {"no number of loss to draw": 1}
        assert figure.notes == [
            "1 infinite values are gaps.",
            "1 values of 0 or less are gaps, for the axis is logarithmic.",
        ]

    @given(
        st.lists(
            st.lists(st.floats(-100, 100) | st.just(math.nan), min_size=4, max_size=4),
            min_size=1,
            max_size=5,
        )
    )
    def test_means_at_the_same_steps(self, lines):
        """Where all runs logged at the same steps, means and deviations are those of pandas."""
        steps = np.array([0.0, 10.0, 20.0, 50.0])
        ys = [np.array(line) for line in lines]
        grid = grid_of([steps] * len(ys))
        assert (grid.x.tolist(), grid.width) == (steps.tolist(), None)
        found, frame = band(grid, [steps] * len(ys), ys), pd.DataFrame(lines)
        assert np.allclose(found.mean, frame.mean(), equal_nan=True)
        assert np.allclose(found.deviation, frame.std(), equal_nan=True, atol=1e-6)
        assert found.lines.tolist() == frame.count().tolist()

    def test_means_at_other_steps(self):
        """Runs that log at other steps are compared in bins, each run counting once in each."""
        often = [(step, 0.0, 0.0) for step in range(1_000)]
        seldom = [(step, 0.0, 1.0) for step in range(5, 1_000, 20)]
        members = [
            Curve(("me", "p", "a"), "a", often, "g"),
            Curve(("me", "p", "b"), "b", seldom, "g"),
        ]
        figure = curves("loss", members, means=True)
        shade, mean = read(figure)["data"]
        assert (figure.shown, mean["name"]) == (2, "g (2 runs)")
        assert set(mean["y"]) == {0.5}
        assert len(mean["y"]) == 50
        assert np.allclose(sorted(set(shade["y"][:-1])), [0.5 - 0.5**0.5, 0.5 + 0.5**0.5])
        (note,) = figure.notes
        assert note.startswith("The mean of g is taken in 50 bins of 20 steps")

    @given(
        st.lists(
            st.lists(st.tuples(st.floats(0, 1e6), st.floats()), min_size=1, max_size=8),
            max_size=4,
        ),
        st.booleans(),
    )
    def test_any_histories(self, histories, log):
        """Whatever was logged, figures of it are plain data with as many x as y."""
        made = [
            Curve(("me", "p", str(n)), "run", [(step, step, y) for step, y in sorted(logged)], "g")
            for n, logged in enumerate(histories)
        ]
        for means in (False, True):
            figure = curves("loss", made, log_y=log, means=means)
            for trace in read(figure)["data"]:
                assert len(trace["x"]) == len(trace["y"])
            assert figure.shown + sum(figure.left_out.values()) == len(made)

    def test_one_run_has_no_band(self):
        """A deviation is between runs: that of one is not drawn."""
        logged = [(step, 0.0, 1.0) for step in range(9)]
        shade, mean = read(curves("loss", [Curve(("me", "p", "a"), "a", logged)], means=True))[
            "data"
        ]
        assert (shade["x"], mean["y"]) == ([], [1.0] * 9)
        assert "±" not in mean["hovertext"][0]


def test_bars():
    """The weightiest keys are bars, the first on top, under their names as they are."""
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 3, 50).astype(np.int32) for _ in range(25)]
    columns = {f"<b>{n}</b>": Values(c, c.astype(float), 3) for n, c in enumerate(codes)}
    keys = importance(codes[7].astype(float), columns).keys
    figure = bars(keys)
    read_back = read(figure)
    (trace,) = read_back["data"]
    assert (figure.shown, figure.of) == (20, 25)
    assert trace["x"] == [key.weight for key in keys[:20]]
    assert read_back["layout"]["yaxis"]["ticktext"][0] == "&lt;b&gt;7&lt;/b&gt;"
    assert read_back["layout"]["yaxis"]["autorange"] == "reversed"


class TestScript:
    def test_it_is_there(self):
        """Plotly's script is found, and plotly, which takes a second, not imported."""
        code = (
            "import sys; from unifig.web.figures.script import plotly_script;"
            "assert plotly_script().is_file(); assert 'plotly' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        assert plotly_script().read_bytes()[:100].startswith(b"/**\n* plotly.js v")

    def test_it_is_missing(self, monkeypatch):
        """Without plotly the error says what charts need, and how it is installed."""
        monkeypatch.setitem(sys.modules, "plotly", None)
        with pytest.raises(UnifigError, match=r"plotly is not installed: .*unifig\[ui\]"):
            plotly_script()
