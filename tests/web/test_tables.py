"""The table of runs, and of groups of them: just what Api and the command line say."""

import csv
import io
import json
from itertools import chain
from urllib.parse import urlencode

import pytest
from tests.web import samples
from tests.web.documents import address

from unifig import join
from unifig.display.cells import bare, cut, short
from unifig.display.columns import Line, as_data
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.web.table import ABSENT
from unifig.web.view import View


def ids(runs):
    return [run.rpartition("/")[2] for run in runs]


def sheet(page):
    """The lines of CSV, the heading first."""
    assert page.headers.get_content_type() == "text/csv"
    return list(csv.reader(io.StringIO(page.text, newline="")))


# Which runs

FILTERS = [
    ([("filter", "config.opt=adam")], {"config.opt": "adam"}),
    ([("filter", "config.opt='lion,fast'")], {"config.opt": "lion,fast"}),
    ([("filter", "config.opt in [adam, sgd]")], {"config.opt": {"$in": ["adam", "sgd"]}}),
    ([("filter", "config.opt not in [adam]")], {"config.opt": {"$nin": ["adam"]}}),
    ([("filter", "config.opt~^l.*t$")], {"config.opt": {"$regex": "^l.*t$"}}),
    ([("filter", "config.opt!~a")], {"config.opt": {"$not": {"$regex": "a"}}}),
    ([("filter", "config.lr within [1e-3, 0.01]")], {"config.lr": {"$gte": 1e-3, "$lte": 0.01}}),
    ([("filter", "config.warmup exists")], {"config.warmup": {"$exists": True}}),
    ([("filter", "config.warmup not exists")], {"config.warmup": {"$exists": False}}),
    ([("filter", "config.warmup!=100")], {"config.warmup": {"$ne": 100}}),
    ([("filter", "config.model.layers=[64, 32]")], {"config.model.layers": [64, 32]}),
    ([("filter", "summary.loss<0.05")], {"summary.loss": {"$lt": 0.05}}),
    ([("filter", "max.val.acc>=0.9")], {"max.val.acc": {"$gte": 0.9}}),
    ([("filter", "tags='a, b'")], {"tags": "a, b"}),
    ([("filter", "state=failed")], {"state": "failed"}),
    ([("filter", "job_type not exists")], {"job_type": None}),
    ([("filter", '{"config.seed": {"$lt": 2}}')], {"config.seed": {"$lt": 2}}),
    ([("filter", "tags=s1"), ("filter", "state=failed")], {"tags": "s1", "state": "failed"}),
    (
        [("filter", "config.seed=1"), ("or", "config.seed=2"), ("filter", "config.opt=sgd")],
        {"$or": [{"config.seed": 1}, {"config.seed": 2}], "config.opt": "sgd"},
    ),
    (
        [("filter", "state=failed"), ("or", "config.lr<0.001"), ("or", "tags=s3")],
        {"$or": [{"state": "failed"}, {"config.lr": {"$lt": 0.001}}, {"tags": "s3"}]},
    ),
    ([("filter", "config.opt=nobody")], {"config.opt": "nobody"}),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "filters"), FILTERS, ids=lambda it: str(it)[:60])
def test_filters_select_what_api_does(visitor, api, pairs, filters):
    """Typed as on the command line, joined by and and or; the page says how many there are."""
    expected = [run.path for run in api.runs("me/grid", filters)]
    page = visitor.get(address("/", *pairs, size=100))
    assert page.runs() == expected
    assert page.amount == f"{len(expected)} of 60 runs"
    counted = json.loads(visitor.get(address("/count", *pairs)).text)
    assert counted == {"count": len(expected), "total": 60}


def test_of_each_value_just_the_runs_that_have_it(visitor, api):
    """Types are told apart, and what no text can say is asked for in JSON."""
    for number, value in enumerate(samples.KINDS):
        asked = {"config.x": value}
        expected = ids(run.path for run in api.runs("me/kinds", asked))
        assert f"k{number}" in expected
        if value not in ("\ud800", {}):  # which JSON can't say, or has another use for
            pairs = [("filter", json.dumps({"config.x": {"$eq": value}}))]
            assert ids(visitor.get(address("/", *pairs, project="me/kinds")).runs()) == expected


def test_a_filter_is_added_by_a_form(visitor, api):
    """One after the other; as an alternative, or as a further condition; and removed again."""
    page = visitor.get(address(size=100))
    page = page.submit(add_name="config.lr", add_operator="<", add_value="0.01")
    assert page.runs() == [run.path for run in api.runs("me/grid", {"config.lr": {"$lt": 0.01}})]
    page = page.submit(
        add_join="or", add_name="config.opt", add_operator="in", add_value="adam, lion"
    )
    either = {"$or": [{"config.lr": {"$lt": 0.01}}, {"config.opt": {"$in": ["adam", "lion"]}}]}
    assert page.runs() == [run.path for run in api.runs("me/grid", either)]
    page = page.submit(add_name="tags", add_operator="=", add_value="first")
    both = {**either, "tags": "first"}
    assert page.runs() == [run.path for run in api.runs("me/grid", both)]
    assert "add_" not in page.target
    page = page.follow("Remove the filter config.lr<0.01")
    either["$or"].pop(0)
    assert page.runs() == [run.path for run in api.runs("me/grid", {**either, "tags": "first"})]
    assert len(page.follow("Remove all").runs()) == 60


@pytest.mark.parametrize("key", list(filter(str.strip, samples.KEYS)), ids=ascii)
def test_any_key_is_filtered_by(visitor, key):
    """By what is written into the form: a name that looks like a condition is a name."""
    number = samples.KEYS.index(key)
    every = visitor.get(address("/count", project="me/odd"))
    total = json.loads(every.text)["total"]
    for operator, value, expected in (
        *(("=", f"{number}", 1), ("in", f"{number}, x", 1), ("within", f"-1, {number}", 1)),
        *(("<", f"{number + 1}", 1), ("!=", "a", total), ("!~", ".", total)),
        *(("exists", "", 1 + (key == "lr")), ("not exists", "", total - 1 - (key == "lr"))),
    ):
        sent = {"add_name": f"config.{join((key,))}", "add_operator": operator, "add_value": value}
        target = f"/count?project=me/odd&{urlencode(sent, errors='surrogatepass')}"
        assert json.loads(visitor.get(target).text) == {"count": expected, "total": total}


def test_search_by_name_and_id(visitor, api):
    """Whatever the case; signs are signs, unless it is a pattern."""
    every = api.runs("me/grid")

    def found(text, **more):
        page = visitor.get(address(q=text, size=100, **more))
        return page.runs()

    assert found("ADAM 0.1") == [run.path for run in every if "adam 0.1" in run.name]
    assert found("A1") == [run.path for run in every if "a1" in run.id]
    assert found("(") == []
    assert found("#3") == [run.path for run in every if "#3" in run.name]
    assert found("^(sgd|LION)", re="1") == [run.path for run in every if run.name[:3] == "sgd"]
    page = visitor.get(address(q="a.a", re="1"))
    assert page.fields("q", "re")[-2:] == [("q", "a.a"), ("re", "1")]
    assert page.submit(q="", re=None).amount == "60 runs"


def test_projects(visitor, api):
    """Each is in the menu with its runs; without one all are shown, and a column tells which."""
    page = visitor.get("/")
    assert "60" in next(it.text for it in page.top.all("a") if it.text.startswith("me/grid "))
    assert page.column("project")[:3] == [run.project for run in api.runs()[:3]]
    assert page.amount == f"{len(api.runs())} runs"
    one = page.go(next(it["href"] for it in page.top.all("a") if it.text.startswith("me/grid ")))
    assert "project" not in one.headings()
    assert one.amount == "60 runs"
    assert visitor.get("/?project=grid").runs() == one.runs()
    assert visitor.get("/?project=me/nobody").amount == "0 runs"


# In which order

ORDERS = [
    *("name", "-name", "id", "created_at", "-created_at", "state", "-tags", "notes", "step"),
    *("config.lr", "-config.lr", "config.opt", "-config.warmup", "config.model.layers"),
    *("summary.loss", "-summary.loss", "min.val.acc", "-max.loss", "config.nothing", "group"),
]


@pytest.mark.parametrize("order", ORDERS)
def test_orders_are_those_of_api(visitor, api, order):
    """By any column; those without a value come last."""
    assert visitor.get(address(sort=order, size=100)).runs() == [
        run.path for run in api.runs("me/grid", order=order)
    ]


@pytest.mark.parametrize("order", ["config.x", "-config.x", "summary.at"])
def test_orders_of_any_values(visitor, api, order):
    """Numbers by value, then texts, then all else."""
    page = visitor.get(address(project="me/kinds", sort=order, size=100))
    assert page.runs() == [run.path for run in api.runs("me/kinds", order=order)]


def test_a_heading_sorts_and_turns_the_order_round(visitor, api):
    """It says which way it is; a metric begins with the highest."""
    page = visitor.get(address(columns="name,config.lr,summary.loss", size=100))
    for name, order in (("config lr", "config.lr"), ("summary loss", "-summary.loss")):
        page = page.follow(name)
        assert page.runs() == [run.path for run in api.runs("me/grid", order=order)]
        heading = next(it for it in page.top.all("th") if it.get("aria-sort"))
        assert heading["aria-sort"] == ("descending" if order[0] == "-" else "ascending")
        turned = page.go(heading.one("a")["href"])
        other = order[1:] if order[0] == "-" else f"-{order}"
        assert turned.runs() == [run.path for run in api.runs("me/grid", order=other)]


# Page by page


@pytest.mark.parametrize(
    "order", ["-created_at", "name", "config.lr", "-config.lr", "config.warmup", "-config.warmup"]
)
@pytest.mark.parametrize("project", ["me/grid", "me/kinds"])
def test_pages_have_each_run_once(visitor, api, project, order):
    """Forward in the order of all, and back again; where many are alike, and many have no value."""
    order = order if project == "me/grid" else order.replace("lr", "x")
    expected = [run.path for run in api.runs(project, order=order)]
    page = visitor.get(address(project=project, sort=order, size=25))
    assert not page.has_link("← Previous")
    forward = [page.runs()]
    while page.has_link("Next →"):
        page = page.follow("Next →")
        forward.append(page.runs())
    assert list(chain(*forward)) == expected
    assert {len(runs) for runs in forward[:-1]} == {25}
    number = len(expected)
    assert f"{number} of {number} runs" in page.top.one(class_="pager").text
    back = [page.runs()]
    while page.has_link("← Previous"):
        page = page.follow("← Previous")
        back.append(page.runs())
    assert back[::-1] == forward


def test_a_page_keeps_filters_columns_and_order(visitor, api):
    """Whatever was chosen before goes on to the next one, and a form begins at the first again."""
    chosen = {"columns": "id,config.lr", "sort": "-config.seed", "size": "25"}
    page = visitor.get(address("/", ("filter", "config.opt!=sgd"), **chosen)).follow("Next →")
    assert page.headings()[1:] == ["id", "config lr"]
    expected = api.runs("me/grid", {"config.opt": {"$ne": "sgd"}}, order="-config.seed")
    assert page.runs() == [run.path for run in expected[25:]]
    first = page.submit(size="25").runs()
    assert first == [run.path for run in expected[:25]]


# Columns


def test_columns_unless_told(visitor):
    """What tells the runs apart, then what they measured; nothing that is the same in all."""
    found = visitor.get(address()).headings()[1:]
    assert found[:3] == ["name", "state", "created_at"]
    apart = {"config opt", "config lr", "config seed", "config model.layers", "config warmup"}
    assert set(found[3:8]) == apart
    assert set(found[8:]) == {"summary note", "summary loss", "summary val.acc"}


def test_columns_are_moved_pinned_hidden_and_added(visitor):
    """By links and a form; as before, again."""
    page = visitor.get(address(columns="name,config.lr,config.opt"))
    page = page.follow("Move config.opt to the left")
    assert page.headings()[1:] == ["name", "config opt", "config lr"]
    page = page.follow("Move name to the right")
    assert page.headings()[1:] == ["config opt", "name", "config lr"]
    page = page.follow("Pin config.lr")
    assert page.headings()[1:] == ["config lr", "config opt", "name"]
    assert all(line[1].get("class") == "number pinned" for line in page.cells())
    page = page.submit(add_column="summary.loss")
    assert page.headings()[1:] == ["config lr", "config opt", "name", "summary loss"]
    page = page.follow("Unpin config.lr")
    assert page.headings()[1:] == ["config lr", "config opt", "name", "summary loss"]
    page = page.follow("Hide config.opt").follow("Hide name")
    assert page.headings()[1:] == ["config lr", "summary loss"]
    assert page.follow("Reset columns").headings() == visitor.get(address()).headings()


@pytest.mark.parametrize("key", samples.KEYS, ids=ascii)
def test_any_key_is_a_column(visitor, key):
    """To be shown, sorted by, grouped by and hidden, whatever is in it."""
    name = f"config.{join((key,))}"
    page = visitor.get(View(project="me/odd", columns=("id", name), sort=name).url())
    assert len(page.headings()) == 3
    [number] = [line[2] for line in page.table() if line[1] == "keys"]
    assert number == str(samples.KEYS.index(key))
    assert page.runs()[0] == "me/odd/keys"
    assert len(page.follow("Hide id").headings()) == 2


def test_cells_say_what_was_recorded(visitor, api):
    """Any value, on one line; a long one is cut, and whole when it is pointed at."""
    page = visitor.get(address(project="me/kinds", columns="config.x", sort="created_at", size=100))
    runs = api.runs("me/kinds", order="created_at")
    for run, cells in zip(runs, page.cells(), strict=True):
        value = Line(run).get("config.x")
        if value is NOTHING:
            assert cells[1].text == ABSENT
        else:
            assert cells[1].text == " ".join(cut(bare(value), 48).split())
            assert cells[1].text == cells[1].raw.strip()
            titles = [it["title"] for it in cells[1].all() if "title" in it.attributes]
            assert titles == ([bare(value)] if len(bare(value)) > 48 else [])


# CSV


@pytest.mark.parametrize("order", ["created_at", "-config.x"])
def test_csv_has_all_pages_with_exact_values(visitor, api, order):
    """Each type as it is; what a spreadsheet would run is a text."""
    page = visitor.get(address(project="me/kinds", columns="config.x,id", sort=order, size=25))
    heading, *lines = sheet(page.follow("CSV"))
    assert heading == ["path", "config.x", "id"]
    runs = list(api.runs("me/kinds", order=order))
    assert [line[0] for line in lines] == [run.path for run in runs]
    for run, line in zip(runs, lines, strict=True):
        value = Line(run).get("config.x")
        assert_cell(line[1], value)


def assert_cell(text, value):
    """A cell has this very value."""
    if value is NOTHING:
        assert text == ""
    elif type(value) is float:
        assert repr(float(text)) == repr(value)
        assert not text.isdigit()
    elif type(value) is int:
        assert text.lstrip("-").isdigit()
        assert int(text) == value
    elif type(value) is str:
        assert not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert text.removeprefix("'") == value.removeprefix("'") or "\ud800" in value
    else:
        assert dumps(json.loads(text)) == dumps(value)


def test_csv_has_the_runs_and_columns_that_are_shown(visitor, api):
    """Filtered, searched, sorted; columns as they stand, unless picked those that tell most."""
    pairs = [("filter", "config.opt!=sgd"), ("filter", "config.seed>0")]
    page = visitor.get(address("/", *pairs, q="0.1", sort="-summary.loss", pinned="config.seed"))
    heading, *lines = sheet(page.follow("CSV"))
    assert heading[:3] == ["path", "config.seed", "name"]
    assert len(heading) == len(page.headings())
    assert [line[0] for line in lines] == page.runs()
    assert len(lines) == 8


@pytest.mark.parametrize("name", ["config.=1+1", "tags", "notes", "group", "created_at", "name"])
def test_no_cell_of_csv_runs(visitor, name):
    """Whichever column, and whoever wrote it."""
    page = visitor.get(address("/runs.csv", project="me/odd", columns=name))
    for line in sheet(page):
        for text in line:
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


# What makes no sense

WRONG = [
    ([("filter", "config.lr<")], "config.lr<"),
    ([("filter", "colour=1")], "colour"),
    ([("filter", "config.lr=1"), ("or", "config.lr in [")], "config.lr in ["),
    ([("filter", '{"config.lr": {"$near": 1}}')], "$near"),
    ([("filter", "config.[=1")], "config.["),
    ([("filter", "created_at>yesterday")], "yesterday"),
    ([("q", "(unclosed"), ("re", "1")], "(unclosed"),
    ([("project", "a/b/c")], "a/b/c"),
    ([("project", "what?")], "what?"),
]
ON_TABLES = [
    ([("sort", "colour")], "colour"),
    ([("sort", "-config.[")], "config.["),
    ([("after", "nonsense")], "nonsense"),
    ([("after", "1~{")], "1~{"),
    ([("columns", "name,colour")], "colour"),
    ([("pinned", "colour")], "colour"),
    ([("group", "colour")], "colour"),
    ([("group", "config.lr"), ("metrics", "colour")], "colour"),
    ([("group", "config.lr"), ("sort", "colour")], "colour"),
]
PAGES = ["/", "/keys", "/scatter", "/parallel", "/importance", "/curves", "/compare", "/runs.csv"]


@pytest.mark.parametrize("path", [*PAGES, "/count"])
@pytest.mark.parametrize(("pairs", "named"), WRONG, ids=lambda it: str(it)[:40])
def test_what_makes_no_sense_is_named(visitor, path, pairs, named):
    """On every page, which keeps the rest of what was asked for."""
    target = address(path, ("filter", "config.seed=1"), *pairs, project=None)
    if path == "/count":  # somebody still types
        assert named in json.loads(visitor.get(target).text)["error"]
        return
    page = visitor.get(target, 400)
    assert named in (page.alert or page.text)
    if page.top is not None:
        assert page.has_link("Remove the filter config.seed=1")


@pytest.mark.parametrize(("pairs", "named"), ON_TABLES, ids=lambda it: str(it)[:40])
def test_what_no_table_has_is_named(visitor, pairs, named):
    """An order, a column, a page that is none."""
    assert named in visitor.get(address("/", *pairs), 400).alert
    if pairs[0][0] != "after":
        assert named in visitor.get(address("/runs.csv", *pairs), 400).text


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"add_name": "colour", "add_operator": "=", "add_value": "red"}, "colour"),
        ({"add_name": "config.lr", "add_operator": "in", "add_value": "[1, ["}, "[1, ["),
        ({"add_name": "config.lr", "add_operator": "<", "add_value": ""}, "config.lr <"),
        ({"add_name": "config.lr", "add_operator": "~", "add_value": "("}, "("),
        ({"add_name": "created_at", "add_operator": ">", "add_value": "soon"}, "soon"),
    ],
    ids=str,
)
def test_what_was_typed_stays_to_be_mended(visitor, fields, named):
    """With the filters that were there already."""
    page = visitor.get(address("/", ("filter", "config.seed=1")))
    page = page.submit(400, **fields)
    assert named in page.alert
    assert fields.items() <= dict(page.fields("add_name")).items()
    mended = page.submit(add_name="config.lr", add_operator="=", add_value="0.1")
    assert len(mended.runs()) == 3


# Groups

METRICS = ("summary.loss", "summary.val.acc", "max.loss")
GROUPS = [
    ("me/grid", ("config.opt",)),
    ("me/grid", ("config.lr", "state")),
    ("me/kinds", ("config.x",)),
]
MEASURES = ("mean", "std", "min", "max", "count", "nan")


@pytest.mark.parametrize(("path", "names"), GROUPS, ids=str)
def test_groups_are_those_of_the_command_line(visitor, project, path, names):
    """Counts, means, deviations, extremes: in CSV to the last digit, on the page in short."""
    metrics = METRICS if path == "me/grid" else ("summary.at",)
    words = [word for name in metrics for word in ("-c", name)]
    group = ["--group", ",".join(names)]
    expected = project.json("runs", path.partition("/")[2], *group, *words, "-n", "0")
    parts = {"group": ",".join(names), "metrics": ",".join(metrics), "size": 100}
    page = visitor.get(address(project=path, **parts))
    heading, *lines = sheet(page.follow("CSV"))
    assert heading == [*names, "runs", *(f"{name} {it}" for name in metrics for it in MEASURES)]
    for group, line, cells in zip(expected, lines, page.cells(), strict=True):
        assert line[len(names)] == cells[len(names)].text == str(group["runs"])
        for at, name in enumerate(metrics):
            told = group["metrics"].get(name, {})
            begin = len(names) + 1 + len(MEASURES) * at
            numbers = [float(it) if it else None for it in line[begin : begin + len(MEASURES)]]
            told = {"count": None, "nan": None, **told}
            for number, measure in zip(numbers, MEASURES, strict=True):
                wanted = told.get(measure)
                assert (number is None) == (wanted is None)
                assert number is None or number == pytest.approx(wanted, rel=1e-12)
            text = cells[len(names) + 1 + at].text
            if told.get("mean") is None:
                assert text == ABSENT
                continue
            assert text.split()[0] == short(numbers[0])
            if told["std"] is not None:
                assert f"± {short(numbers[1])}" in text
            if told["count"] < group["runs"]:
                assert f"of {told['count']} runs" in text


@pytest.mark.parametrize(
    ("path", "names"),
    [
        *GROUPS,
        *(("me/grid", ("config.warmup", "config.opt")), ("me/grid", ("tags",))),
        *(("me/odd", ("tags", "notes", "name", "error")), ("me/alone", ("created_at",))),
    ],
    ids=str,
)
def test_a_group_opens_as_just_its_runs(visitor, api, path, names):
    """For values of every kind, and for those that have none; all groups together are all runs."""
    runs = list(api.runs(path))

    def key(run):
        values = [Line(run).get(name) for name in names]
        return tuple("" if it is NOTHING else dumps(as_data(it)) for it in values)

    expected = {}
    for run in runs:
        expected.setdefault(key(run), set()).add(run.path)
    page = visitor.get(address(project=path, group=",".join(names), size=100))
    found = []
    for line in page.cells():
        inner = visitor.get(line[len(names)].one("a")["href"])
        assert int(line[len(names)].text) == len(inner.runs())
        found.append(set(inner.runs()))
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected.values()))


def test_groups_are_sorted(visitor):
    """By a value, by how many runs they have, by a mean; those that have none come last."""

    def column(at, **parts):
        page = visitor.get(address("/runs.csv", metrics="summary.loss", **parts))
        return [line[at] for line in sheet(page)[1:]]

    rates = column(0, group="config.lr", sort="config.lr")
    assert rates == ["0.0001", "0.001", "0.01", "0.1"]
    assert column(0, group="config.lr", sort="-config.lr") == rates[::-1]
    assert column(0, group="config.warmup", sort="-config.warmup") == ["300", "100", ""]
    sizes = list(map(int, column(2, group="state,config.warmup", sort="-runs")))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]
    for sort, sign in (("summary.loss", 1), ("-summary.loss", -1)):
        means = [float(it) for it in column(2, group="config.seed", sort=sort) if it]
        assert means == sorted(means, key=lambda mean: sign * mean)
    endless = visitor.get(
        address("/runs.csv", project="me/nan", group="id", metrics="summary.loss")
    )
    assert {line[2] for line in sheet(endless)[1:]} == {""}


def test_groups_are_added_and_removed(visitor):
    """By a form and links; metrics too."""
    page = visitor.get(address()).submit(add_group="config.opt")
    assert page.headings()[:2] == ["config opt", "runs"]
    page = page.submit(add_group="config.lr")
    assert len(page.cells()) == 12
    page = page.follow("Group no more by config.opt")
    assert [line[0] for line in page.table()] == ["0.0001", "0.001", "0.01", "0.1"]
    before = page.headings()
    page = page.submit(add_metric="max.val.acc")
    assert page.headings() == [*before, "max val.acc"]
    assert page.follow("Leave out max.val.acc").headings() == before
    page = visitor.get(address(group="config.seed", size=25)).follow("Group no more by config.seed")
    assert len(page.runs()) == 25


def test_many_groups_have_pages(visitor):
    """Each group is on one of them."""
    page = visitor.get(address(group="id", size=25))
    found = [line[0] for line in page.table()]
    while page.has_link("Next →"):
        page = page.follow("Next →")
        found += [line[0] for line in page.table()]
    assert sorted(found) == sorted(ids(visitor.get(address(size=100)).runs()))


def test_a_flat_key_alone_names_what_there_is(visitor):
    """Of the config first, else of the summary; of what has no value at all it is said."""
    for sent, name in (("lr", "config.lr"), ("loss", "summary.loss"), ("state", "state")):
        sent_on = visitor.served.ask(address(add_name=sent, add_operator="exists"))
        assert f"filter={name}+exists" in sent_on.headers["location"]
    page = visitor.get(address(project="me/grid", filter="config.nope=1"))
    assert "No run has a value under <code>config.nope</code>" in page.text
