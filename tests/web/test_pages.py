"""Keys, comparisons, charts and the page of a run: they say what was recorded, all of it."""

import pytest
from tests.web import samples
from tests.web.documents import address, exact, run_page
from tests.web.frames import write

from unifig import join
from unifig.display.cells import bare, cut, short
from unifig.display.columns import Line
from unifig.messages import printable
from unifig.runs.store import sqlite
from unifig.web.table import ABSENT
from unifig.web.view import View

CHARTS = ["/scatter", "/parallel", "/importance", "/curves"]

# Keys


def test_keys_have_the_values_of_the_runs(visitor, api):
    """How many runs have each, how many values there are; a value opens the runs that have it."""
    page = visitor.get(address("/keys"))
    lines = {line[0]: line for line in page.table()}
    assert lines["config.opt"][1:3] == ["60", "3"]
    assert lines["config.warmup"][1:3] == ["24", "2"]
    assert "0.0001 to 0.1" in lines["config.lr"][3]
    assert "config.model.name" not in lines
    assert page.follow("adam 20").runs() == visitor.get(address(filter="config.opt=adam")).runs()
    runs = api.runs("me/grid", {"config.warmup": 100})
    assert page.follow("100 12").runs() == [run.path for run in runs]
    for line in page.cells():
        for link in line[3].all("a"):
            _, _, count = link.text.rpartition(" ")
            counted = visitor.get(link["href"].replace("/?", "/count?"))
            assert exact(counted.text)["count"] == int(count)


def test_any_value_opens_its_runs(visitor, api):
    """Of whichever kind it is; the same for all that is known of a run, as its tags."""
    for project, find in (("me/kinds", "config.x"), ("me/grid", "tags"), ("me/grid", "error")):
        page = visitor.get(address("/keys", project=project, find=find))
        for link in page.top.all("a", title="Only runs with this value"):
            counted = visitor.get(link["href"].replace("/?", "/count?"))
            assert exact(counted.text)["count"] == int(link.text.rpartition(" ")[2])


def test_keys_are_found(visitor):
    """By a part of their name, whatever its case, those that never vary among them."""
    page = visitor.get(address("/keys", find="MODEL"))
    assert [line[0] for line in page.table()] == ["config.model.layers", "config.model.name"]
    names = [line[0] for line in visitor.get(address("/keys", all="1", size="100")).table()]
    assert {"config.model.name", "config.lr", "project", "entity"} <= set(names)
    assert page.submit(find="nothing like this").table() == []


def test_any_key_is_shown_grouped_and_sorted_by(visitor):
    """By the links beside it, whatever is in it."""
    page = visitor.get(address("/keys", project="me/odd", columns="id", all="1", size="500"))
    lines = {line[0].raw: line for line in page.cells()}
    for number, key in enumerate(samples.KEYS):
        line = lines[printable(f"config.{join((key,))}")]
        links = {link.text: link["href"] for link in line[4].all("a")}
        assert f"{number}" in {line[0] for line in page.go(links["group"]).table()}
        assert [f"{number}"] == [
            line[2] for line in page.go(links["show"]).table() if line[1] == "keys"
        ]
        assert page.go(links["sort"]).runs()[0] in {"me/odd/keys", "me/odd/failed"}


# Side by side


def compared(page):
    """What each run has under a key: values, types, and origins where they are shown."""
    return {line[0]: line[1:] for line in page.table()}


def test_what_differs_is_compared(visitor):
    """Of two runs that were picked in the table: only that, unless somebody asks for all."""
    table = visitor.get(address(size="25"))
    assert ("project", "me/grid") in table.fields("run")
    page = visitor.get(View("me/grid", runs=tuple(table.runs()[:2])).url("/compare"))
    assert compared(page)["config seed"] == ["4 int", "3 int"]
    assert compared(page)["config warmup"] == ["not there", "300 int"]
    assert "config lr" not in compared(page)
    everything = page.submit(all="1")
    assert compared(everything)["config lr"] == ["0.0001 float", "0.0001 float"]
    differing = {key for key, (one, other) in compared(everything).items() if one != other}
    assert set(compared(page)) == differing
    assert {line[0].get("class") for line in page.cells()} == {None}
    assert set(compared(everything.submit(find="SEED"))) == {"config seed"}
    assert compared(page.submit(find="lr")) == {}


def test_types_are_told_apart(visitor, api):
    """1 is not 1.0, nor True, nor '1'; two of one kind don't differ."""
    same = samples.KINDS.index(1)
    other = [samples.KINDS.index(1.0, same + 2), samples.KINDS.index("1")]
    paths = [f"me/kinds/k{at}" for at in (same, same + 1, other[0], 3, other[1])]
    page = visitor.get(View(runs=tuple(paths)).url("/compare"))
    assert compared(page)["config x"] == ["1 int", "1 int", "1.0 float", "True bool", "'1' str"]
    [line] = [line for line in page.cells() if line[0].text == "config x"]
    odd = ["odd" in cell["class"] for cell in line[1:]]
    assert odd == [False, False, True, True, True]
    assert "config x" not in compared(visitor.get(View(runs=tuple(paths[:2])).url("/compare")))
    nans = [f"me/kinds/k{at}" for at, value in enumerate(samples.KINDS) if value != value]
    assert "config x" not in compared(visitor.get(View(runs=tuple(nans)).url("/compare")))


def test_any_value_is_there_whole(visitor, api):
    """Of all runs of a filter side by side; a long one opens, and can be copied."""
    page = visitor.get(address("/compare", project="me/kinds", sort="created_at", size=100))
    [line] = [cells for cells in page.cells() if cells[0].text == "config x"]
    runs = list(api.runs("me/kinds", order="created_at"))
    assert len(line) == 1 + len(runs)
    for run, cell in zip(runs, line[1:], strict=True):
        if "x" in run.config:
            assert_shown(cell, run.config["x"])


def assert_shown(cell, value):
    """A value stands in a cell: as people read it, and whole for whoever copies it."""
    [copied] = [it["data-copy"] for it in cell.all() if "data-copy" in it.attributes]
    text = bare(value)
    shown = cell.all("summary") or cell.all("span", class_="value") + cell.all(
        "span", class_="value long"
    )
    assert shown[0].raw == cut(text, 120)
    if not isinstance(value, str):
        assert copied == text
    elif not set(value) & set("\0\r\ud800"):  # which no page can have
        assert copied == value
    if len(text) > 120:
        assert cell.one("pre").raw.removeprefix("\n") == copied


def test_origins_are_compared(visitor):
    """Where somebody asks for them."""
    runs = ("me/demo/trained", "me/grid/a0")
    page = visitor.get(View(runs=runs).url("/compare"))
    assert compared(page)["config lr"] == ["0.5 float", "0.1 float"]
    page = page.submit(origins="1")
    assert compared(page)["config lr"][0] == "0.5 float --lr on the command line"
    assert compared(page)["config model.width"] == ["64 int a default of dataclasses", "not there"]


def test_many_runs_are_compared(visitor, api):
    """Twelve that were picked, or the first of a filter, which it says; one is left out."""
    paths = tuple(run.path for run in list(api.runs("me/grid"))[:12])
    page = visitor.get(View(runs=paths).url("/compare"))
    assert page.amount == "12 runs"
    assert all(len(line) == 13 for line in page.table())
    [left_out, *_] = [link for link in page.top.all("a") if link.text == "leave out"]
    assert page.go(left_out["href"]).amount == "11 runs"
    page = visitor.get(address("/compare", filter="config.opt=adam", size=25))
    assert page.amount == "20 runs"
    page = visitor.get(address("/compare", size=25))
    assert page.amount == "25 runs, the first of 60"
    page = visitor.get(address("/compare", size=100))
    assert page.amount == "60 runs"


def test_a_run_that_is_not_there_is_named(visitor):
    """Among those that are compared or drawn, with what may have been meant."""
    for path in ("/compare", "/curves"):
        page = visitor.get(View(runs=("me/grid/a0", "me/grid/a00")).url(path), 400)
        assert "me/grid/a00" in page.alert
        page = visitor.get(View(runs=("a/b/c/d",)).url(path), 400)
        assert "a/b/c/d" in page.alert


def test_few_runs_are_compared_with_nothing(visitor):
    """The page says what to do."""
    assert "pick more" in visitor.get(View(runs=("me/grid/a0",)).url("/compare")).text
    assert "No run is picked" in visitor.get(address("/compare", project="me/nobody")).text


# Charts


@pytest.mark.parametrize("project", samples.PROJECTS, ids=str)
@pytest.mark.parametrize("path", [*CHARTS, "/keys", "/compare", "/", "/runs.csv"])
def test_every_page_is_there_for_any_runs(visitor, path, project):
    """None, one, without metrics, with nothing but NaN, texts and infinity, with any names."""
    visitor.get(View(project=project).url(path))


@pytest.mark.parametrize("path", ["/scatter", "/parallel", "/importance", "/curves"])
@pytest.mark.parametrize("project", ["me/odd", "me/kinds"])
def test_any_name_is_charted(visitor, path, project):
    """On each axis, as a colour, as a metric; or the page says why not."""
    names = [f"config.{join((key,))}" for key in samples.KEYS[:8]] if project == "me/odd" else []
    for name in [*names, f"summary.{join((samples.MARKUP,))}", "config.x", "name", "tags", "state"]:
        options = {"x": name, "y": name, "color": name, "logx": "1", "frontier": "lowest"}
        if path == "/parallel":
            options = {"axes": View(columns=("created_at", name)).pairs()[0][1], "color": name}
        if path in {"/importance", "/curves"}:
            options = {"metric": name}
        answer = visitor.served.ask(View(project=project, options=options).url(path))
        assert answer.status in {200, 400}
        page = visitor.get(View(project=project, options=options).url(path), answer.status)
        assert (page.alert is None) == (page.status == 200)
        page.figures()


def test_a_scatter_has_each_run_that_has_both(visitor, api):
    """As a point that leads to it; the others are counted out, with the reason."""
    page = visitor.get(address("/scatter", x="config.lr", y="summary.loss"))
    [figure] = page.figures()
    points = {
        path: (x, y)
        for trace in figure["data"]
        for path, x, y in zip(trace["customdata"], trace["x"], trace["y"], strict=True)
    }
    runs = [run for run in api.runs("me/grid") if "loss" in run.summary]
    assert points == {run.path: (run.config["lr"], run.summary["loss"]) for run in runs}
    assert "5 left out, no number of summary.loss" in page.text
    assert page.top.all("script", src="/plotly.js")
    table = page.top.one("main").all("table")[0]
    assert len(table.one("tbody").all("tr")) == 15
    assert page.follow("All 60 runs in the table").headings()[1:] == [
        *("name", "config lr", "summary loss")
    ]


def test_the_best_runs_are_joined(visitor, api):
    """The frontier has the lowest so far."""
    page = visitor.get(address("/scatter", x="created_at", y="summary.loss", frontier="lowest"))
    [joined] = [it for it in page.figures()[0]["data"] if it.get("name") == "best so far"]
    assert joined["y"] == sorted(joined["y"], reverse=True)
    assert min(run.summary.get("loss", 9) for run in api.runs("me/grid")) == joined["y"][-1]


def test_parallel_coordinates_have_the_runs_with_all_values(visitor, api):
    """An axis each, of numbers or of categories; the rest is counted out."""
    page = visitor.get(address("/parallel", axes="config.opt,config.lr,summary.loss"))
    [trace] = page.figures()[0]["data"]
    assert [it["label"] for it in trace["dimensions"]] == [
        "config.opt",
        "config.lr",
        "summary.loss",
    ]
    assert {len(it["values"]) for it in trace["dimensions"]} == {55}
    assert trace["dimensions"][0]["ticktext"] == ["adam", "'lion,fast'", "sgd"]
    assert "5 left out, no number of summary.loss" in page.text


def test_ranges_of_axes_are_filters(visitor, api):
    """Brushed or written: numbers within, categories among; in the chart, or in the table."""
    page = visitor.get(address("/parallel", axes="config.lr,config.opt,summary.loss"))
    page = page.submit(brush="config.lr", low="0.001", high="0.01")
    between = {"config.lr": {"$gte": 0.001, "$lte": 0.01}}
    assert page.amount == f"{len(api.runs('me/grid', between))} of 60 runs"
    choice = page.top.one("select", name="value").all("option")[1]["value"]
    asked = {**between, "config.opt": "lion,fast"}
    expected = [run.path for run in api.runs("me/grid", asked)]
    assert page.submit(value=choice, table="1").runs() == expected
    assert page.submit(value=choice).amount == f"{len(expected)} of 60 runs"
    wrong = visitor.get(address("/parallel", brush="config.lr", low="cheap"), 400)
    assert "cheap" in wrong.alert
    wrong = visitor.get(address("/parallel", brush="config.opt", value="{"), 400)
    assert "{" in wrong.alert


def test_axes_are_turned_and_made_logarithmic(visitor):
    """By links; the chart stays as it is else."""
    page = visitor.get(address("/parallel", axes="config.lr,config.seed,config.opt"))
    page = page.follow("Logarithmic scale for config.lr")
    dimension = page.figures()[0]["data"][0]["dimensions"][0]
    assert dimension["ticktext"] == ["0.0001", "0.001", "0.01", "0.1"]
    assert dimension["values"][0] == pytest.approx(-1)
    page = page.follow("Turn config.seed upside down")
    assert page.figures()[0]["data"][0]["dimensions"][1]["range"] == [4, 0]
    page = page.follow("Linear scale for config.lr").follow("Turn config.seed upside down")
    assert page.figures()[0]["data"][0]["dimensions"][1]["range"] == [0, 4]


def test_importance_ranks_config_values(visitor):
    """By what they explain of a metric; with how many runs that is said of."""
    page = visitor.get(address("/importance", metric="summary.loss"))
    assert {line[0] for line in page.table()} == {*("opt", "lr", "seed", "model.layers", "warmup")}
    assert "Over 55 runs; 5 have no number there" in page.top.text
    assert page.follow("Chart of summary.loss by config.lr").figures()


def test_curves_of_runs(visitor, api):
    """Of those that were picked, all that was logged; a table beside it has the same."""
    paths = ("me/grid/a1", "me/grid/s22")
    page = visitor.get(View(runs=paths, options={"metric": "val.acc"}).url("/curves"))
    data = page.figures()[0]["data"]
    assert {trace["meta"]["run"] for trace in data} == set(paths)
    for trace in data:
        history = api.run(trace["meta"]["run"]).history(["val.acc"])
        assert trace["y"] == [row["val"]["acc"] for row in history]
        assert trace["x"] == [row["_step"] for row in history]
    assert [line[1] for line in page.table()] == ["4", "4"]
    seconds = page.submit(x="seconds", metric="val.acc")
    assert "seconds since the start" in seconds.text
    assert seconds.figures()[0]["data"][0]["x"] != data[0]["x"]


def test_curves_of_groups(visitor, api):
    """The mean of each step, of all runs; how many are left out is said."""
    page = visitor.get(address("/curves", group="config.lr", metric="loss"))
    means = {it["name"]: it["y"] for it in page.figures()[0]["data"] if it.get("fill") is None}
    assert len(means) == 4
    for rate in samples.RATES:
        [(_, mean)] = [it for it in means.items() if it[0].startswith(f"lr {rate} (")]
        rows = [run.history(["loss"]) for run in api.runs("me/grid", {"config.lr": rate})]
        losses = [[row["loss"] for row in history] for history in rows if history]
        expected = [sum(step) / len(step) for step in zip(*losses, strict=True)]
        assert mean == pytest.approx(expected)
    assert "5 left out, no number of loss to draw" in page.text
    assert page.amount == "60 runs"


def test_curves_of_the_first_runs_say_so(visitor):
    """Not all sixty are drawn at once."""
    page = visitor.get(address("/curves"))
    assert page.amount == "10 runs, the first of 60"
    assert "1 left out" in page.text
    assert visitor.get(address("/curves", metric="nothing")).top.one("figcaption")


def test_a_sample_of_many_runs_is_drawn(tmp_path):
    """Of more runs than a chart can have; it says of how many. Tables and counts have them all."""
    store = sqlite.opened(str(tmp_path / ".unifig/store.db"))
    runs = [{"config": {"n": n, "k": n % 7}, "summary": {"loss": n}} for n in range(5_100)]
    write(store, runs)
    with samples.shown(tmp_path) as visitor:
        for path, parts in (
            ("/scatter", {"x": "config.n", "y": "summary.loss"}),
            ("/parallel", {"axes": "config.n,config.k,summary.loss"}),
        ):
            page = visitor.get(address(path, project=None, **parts))
            assert "a sample of 5,000 of 5,100 runs is drawn" in page.top.one("figcaption").text
            assert page.amount == "5,100 runs"
            assert page.follow("All 5,100 runs in the table").amount == "5,100 runs"
        page = visitor.get(address("/", project=None, group="config.k", metrics="config.n"))
        assert sum(int(line[1]) for line in page.table()) == 5_100
        page = visitor.get(address("/curves", project=None, group="config.k"))
        assert page.amount == "200 runs, the first of 5,100"
        sheet = visitor.get(address("/runs.csv", project=None, sort="config.n", columns="config.n"))
        assert [line.partition(",")[2] for line in sheet.text.split()[1:]] == [
            str(number) for number in range(5_100)
        ]


# The page of a run


@pytest.mark.parametrize("name", ["values", "keys", "fields"])
def test_every_value_of_a_run_is_there(visitor, api, name):
    """With its key and its type, whatever is in either of them."""
    run = api.run(f"me/odd/{name}")
    page = run_page(visitor, run.path)
    flat = run.flat()
    lines = [cells for cells in page.cells() if len(cells) == 5]
    assert len(lines) == len(flat)
    for (key, value), cells in zip(flat.items(), lines, strict=True):
        if "\ud800" not in key:
            assert cells[0].one("code")["title"] == key.replace("\0", "\ufffd")
        assert_shown(cells[1], value)
        assert cells[2].text == (flat.types.get(key) or type(value).__name__)
    measured = {**Line(run).part("summary"), **Line(run).part("min")}
    assert len(page.table(1) if measured else []) == len(measured)


def test_where_a_value_came_from(visitor):
    """Who chose it, what it replaced, what it means; as it was written, and what became of it."""
    page = run_page(visitor, "me/demo/trained")
    lines = {line[0]: line[1:] for line in page.table()}
    value, type_, story, _ = lines["lrthe <b>learning</b> rate"]
    assert (value, type_) == ("0.5", "float")
    for told in (
        "--lr on the command line, by argparse",
        "replaced",
        "0.1, from a default of argparse",
    ):
        assert told in story
    assert lines["run"][0] == "/out/awritten as ${root}/a"
    assert "code (train.py:28)" in lines["eps"][2]
    assert "1e-08, from code (train.py:20)" in lines["eps"][2]
    assert lines["width"][2] == "a default of dataclasses"
    assert "its key says so: api_key" in lines["api_key"][2]


def test_how_to_run_it_again(visitor, project):
    """The command as ``unifig rerun`` prints it, and which secrets to supply."""
    page = run_page(visitor, "me/demo/trained")
    done = project.unifig("rerun", "trained", cwd="/")
    assert done.stdout.strip() == page.top.one("pre", class_="command").raw
    for flag in ("--api-key", "--db"):
        assert flag in done.stderr
        assert flag in page.top.one("p", class_="note warning").text


def test_what_a_run_is(visitor, api):
    """How it ended and why, what people say of it, the machine; whatever was added to that."""
    page = run_page(visitor, "me/odd/fields")
    about = page.top.one("section", id="about").text
    assert page.top.one("h1").text == samples.MARKUP
    assert f"job {samples.MARKUP}" in about
    assert f"group{samples.MARKUP}" in about
    assert [tag.text for tag in page.top.all("span", class_="tag")][:3] == [
        *(samples.MARKUP, "a,b", '"')
    ]
    failed = run_page(visitor, "me/odd/failed")
    assert f"ValueError: {samples.MARKUP}" in failed.top.one("section", id="about").text
    assert "Nothing was logged" in run_page(visitor, "me/odd/values").text


def test_what_a_run_has_measured(visitor, api):
    """Of each metric the last value and the extremes; a chart with all steps, and a table."""
    run = api.run("me/grid/a1")
    page = run_page(visitor, run.path)
    assert page.table(1) == [
        ["loss", *(short(it) for it in (run.summary["loss"], run.summary.min["loss"], 0.5))],
        ["val.acc", *map(short, (run.summary["val"]["acc"], 0.75, run.summary["val"]["acc"]))],
        ["note", "n1", ABSENT, ABSENT],
    ]
    assert len(page.figures()) == 2
    assert page.figures()[0]["data"][0]["y"] == [row["loss"] for row in run.history(["loss"])]
    assert [line[0] for line in page.table(2)] == ["0", "1", "2", "3"]
    one = page.follow("Chart of val.acc")
    assert len(one.figures()) == 1
    assert len(one.follow("The first metrics").figures()) == 2


def test_keys_of_a_run_are_found(visitor):
    """By their names and by what they are described as, whatever the case."""

    def found(text):
        page = run_page(visitor, "me/demo/trained", find=text)
        return [line[0].one("code")["title"] for line in page.cells() if len(line) == 5]

    assert found("OPTIMIZER") == ["optimizer.name", "optimizer.eps"]
    assert found("Learning") == ["lr"]
    assert found("nothing like it") == []
    assert len(found("")) == 13


@pytest.mark.parametrize(
    "path", ["me/grid/nobody", "me/nobody/a0", "nobody/grid/a0", f"me/grid/{samples.MARKUP[:8]}"]
)
def test_no_such_run(visitor, path):
    """It is named, and a way back is there."""
    page = run_page(visitor, path, 404)
    assert path in page.alert
    assert page.follow("All runs")


def test_runs_of_any_path_have_a_page(visitor, api):
    """Whose letters stand for something else in addresses and in HTML; the table leads there."""
    [run] = [run for run in api.runs() if "<" in run.project]
    table = visitor.get(View(project=f"{run.entity}/{run.project}").url())
    assert table.runs() == [run.path]
    page = table.go(table.cells()[0][1].one("a")["href"])
    assert run.path in page.top.one("section", id="about").text
    assert page.follow(f"Runs of {run.entity}/{run.project}").runs() == [run.path]


def test_no_such_page(visitor):
    """Another address has a page that names it."""
    page = visitor.get("/nothing/here", 404)
    assert "/nothing/here" in page.alert
    for path in ("/run/me/grid", "/run/me/grid/a0/x", "/run//grid/a0", "/static/nothing.js"):
        assert visitor.get(path, 404).alert
