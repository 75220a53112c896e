"""Nothing that was recorded or sent does harm: no markup, no secret, no file, no hang, no 500."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.web import samples
from tests.web.documents import Page, address, run_page

from unifig.web.guard import MOST_QUERY

CHARTS = ["/scatter", "/parallel", "/importance", "/curves"]
PAGES = ["/", "/keys", "/compare", "/runs.csv", "/count", *CHARTS]
RUN = "/run/me/grid/a1"

HOSTILE = (
    samples.MARKUP
    + "'><svg/onload=alert(1)>--></textarea></title></style><script>alert(1)</script>"
    '{{ 7 * 7 }}{% raw %}" autofocus onfocus=alert(1) x="\r\nX-Injected: 1\r\n\r\n<b>\0\ud800'
)
"""What would run wherever it is not escaped: in texts, attributes, scripts, templates, headers."""

PARTS = [
    *("project", "filter", "or", "q", "sort", "columns", "pinned", "group", "metrics", "run"),
    *(
        "after",
        "size",
        "find",
        "all",
        "origins",
        "x",
        "y",
        "color",
        "logx",
        "metric",
        "axes",
        "log",
    ),
    *("flip", "frontier", "brush", "low", "high", "value", "edit", "add", "add_name", "add_value"),
    *("add_operator", "add_join", "add_column", "add_group", "add_metric", "re"),
]
"""All parts of an address that a page has a use for."""


def ask(visitor, target):
    """An answer that is no failure, whatever was asked; a page is whole, and made of templates."""
    answer = visitor.served.ask(target)
    assert answer.status < 500, (answer.status, target[:500])
    check_headers(answer)
    return Page(visitor, target, answer, answer.status)


def check_headers(answer):
    """They let a browser run nothing but our own scripts; none was sent by anybody else."""
    policy = answer.headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] in {"'self'", "'self' 'unsafe-eval'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "x-injected" not in answer.headers


def escaped(text):
    """A text in an address, half characters included."""
    return quote(text, safe="", errors="surrogatepass")


# Markup


@pytest.mark.parametrize("path", [*PAGES, RUN])
def test_no_part_of_an_address_becomes_markup(visitor, path):
    """Whatever is sent: in pages, in errors, in what is typed into forms, in headers."""
    for part in PARTS:
        for text in (HOSTILE, f"config.{HOSTILE}"):
            page = ask(visitor, f"{path}?project=me/alone&{part}={escaped(text)}&metrics=max.x")
            assert page.top is None or "<svg" not in page.text


def test_no_path_becomes_markup(visitor):
    """Of a page that is not there, of a run, of a file."""
    for path in ("/{}", "/run/me/demo/{}", "/run/{}/x/y", "/run/me/{0}/{0}", "/static/{}"):
        for text in (HOSTILE, HOSTILE.replace("\0", "")):
            page = ask(visitor, path.format(escaped(text)))
            assert page.status in {400, 404}
            assert "<svg" not in page.text


@pytest.mark.parametrize("project", ["me/odd", "me/kinds", samples.PROJECTS[-2]])
@pytest.mark.parametrize("path", PAGES)
def test_no_recorded_text_becomes_markup(visitor, path, project):
    """Of names, keys, values, tags, notes, groups, metrics, projects; it is there as a text."""
    wide = {"all": "1", "origins": "1", "size": "500"}
    page = ask(visitor, address(path, project=project, **(wide if path not in CHARTS else {})))
    if path not in {"/runs.csv", "/count"}:
        assert "<img" not in page.text
        assert "alert(2)</script>" not in page.text
        assert not [it for it in page.top.all() if set(it.attributes) & {"onclick", "onerror"}]
    if project == "me/odd" and path in {"/", "/keys", "/compare"}:
        assert samples.MARKUP in page.top.raw


@pytest.mark.parametrize(
    "options",
    [
        {"group": f"config.{samples.MARKUP}"},
        {"group": "group", "metrics": f"summary.{samples.MARKUP}"},
        {"x": f"config.{samples.MARKUP}", "y": f"summary.{samples.MARKUP}", "color": "name"},
        {"axes": f'config.lr,name,tags,"config.{samples.MARKUP}"', "color": "name"},
        {"metric": samples.MARKUP, "group": "name"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", *CHARTS])
def test_no_chart_or_group_becomes_markup(visitor, path, options):
    """Axes, colours, ticks, legends; the data of a chart can't be left."""
    page = ask(visitor, address(path, project="me/odd", **options))
    assert "<img" not in page.text
    if page.status == 200:
        assert path == "/" or page.figures() or "empty" in page.text


def test_runs_of_any_name_do_no_harm(visitor, api):
    """Each has its page, with nothing but its own texts in it."""
    for run in api.runs(filters={"project": {"$nin": ["grid", "kinds"]}}):
        page = run_page(visitor, run.path)
        assert "<img" not in page.text
        assert "onclick=x>" not in page.text.replace("&gt;", "")
        for option in ("edit", "metric", "find"):
            for key in [*run.flat()][:3]:
                ask(visitor, f"{page.target.partition('?')[0]}?{option}={escaped(key)}")


# Secrets


def test_no_page_has_a_secret(visitor):
    """Of config, command line, URLs, names, tags, errors, metadata: wherever a link leads."""
    [*todo] = [address(path, project="me/demo", all="1", origins="1") for path in PAGES]
    todo += ["/run/me/demo/trained", "/run/me/demo/trained?edit=api_key", address(project=None)]
    seen = set()
    while todo and len(seen) < 80:
        target = todo.pop(0)
        page = ask(visitor, target)
        seen.add(target)
        assert samples.CANARY not in page.text
        assert samples.CANARY not in str(page.headers)
        links = [] if page.top is None else page.top.all("a")
        found = {it["href"].partition("#")[0] for it in links if "me%2Fdemo" in it["href"]}
        found |= {it["href"].partition("#")[0] for it in links if "/demo/" in it["href"]}
        todo += sorted(found - seen - set(todo))[:15]
    assert "***" in visitor.get("/run/me/demo/trained").text


def test_a_masked_value_is_a_secret_for_filters_too(visitor):
    """What is asked of it is asked of the mask."""
    for condition in (f"config.password={samples.CANARY}", "config.password~hunter"):
        assert visitor.get(address(project="me/demo", filter=condition)).runs() == []
    asked = address(project="me/demo", filter="config.password='***'")
    assert len(visitor.get(asked).runs()) == 1


# Files

PLACES = [
    *("/static/../app.py", "/static/../../web/app.py", "/static/./../app.py"),
    *("/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2fapp.py"),
    *("/static/%252e%252e%252fapp.py", "/static/..%5capp.py", "/static/..\\app.py"),
    *("/static/....//app.py", "/static/..;/app.py", "/static/..%c0%afapp.py"),
    *("/static/%c0%ae%c0%ae/app.py", "/static//%2e%2e/app.py", "//static/../app.py"),
    *("/static//etc/passwd", "/static/%2fetc%2fpasswd"),
    *("/static/C:%5cWindows%5cwin.ini", "/static/file:///etc/passwd", "/static/~/.bashrc"),
    *("/static/page.js%00.css", "/static/page.js/../../app.py", "/static/", "/static/.", "/static"),
    *("/../app.py", "/..%2fapp.py", "/templates/base.html", "/app.py", "/etc/passwd"),
    *("/run/../../app.py", "/run/me/demo/../../../app.py", "/run/me/demo/..%2f..%2fapp.py"),
    *("/run/%2e%2e/%2e%2e/%2e%2e", "/run/../../../etc/passwd", "/run/me/demo/%2fetc%2fpasswd"),
    *("/plotly.js/../app.py", "/plotly.js?file=../app.py", "/static/page.js?path=/etc/passwd"),
]  # fmt: skip


@pytest.mark.parametrize("target", PLACES)
def test_no_file_of_another_place_is_given(visitor, target):
    """However the path to it is written, as a browser would never send it."""
    answer = visitor.served.raw(f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close")
    head, _, body = answer.partition("\r\n\r\n")
    status = int(head.split()[1])
    assert status < 500
    if status == 200:
        assert target.partition("?")[0] in {"/plotly.js", "/static/page.js"}
    else:
        assert not re.search(r"create_app|{%|root:|\[fonts\]", body)


def test_files_of_the_page_are_there(visitor):
    """With types that browsers take them for; and Plotly's script, once for all."""
    for path, type_ in (("page.js", "javascript"), ("style.css", "css"), ("icon.svg", "svg")):
        page = ask(visitor, f"/static/{path}")
        assert type_ in page.headers["content-type"]
    script = visitor.served.ask("/plotly.js")
    assert "max-age" in script.headers["cache-control"]
    assert len(script.text) > 1_000_000


# Time and size


def test_a_pattern_that_takes_for_ever(visitor):
    """It is given up, and named; others are answered meanwhile."""
    parts = {"filter": "config.x~^(x|x)*[^x]$", "q": "(?:x|x)+[01]", "re": "1"}
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, visitor, address("/", project="me/kinds", **parts))
        answered = 0
        while not asked.done():
            ask(visitor, "/keys?project=me/alone")
            answered += 1
    page = asked.result()
    assert page.status == 400
    assert "takes too long" in page.alert
    assert answered > 1


LISTED = ("columns", "pinned", "group", "metrics", "axes", "log", "flip")


@pytest.mark.parametrize("part", [*LISTED, "filter", "or", "run", "brush", "value", "sort", "q"])
def test_parts_by_the_thousands(visitor, part):
    """An answer of a size that a browser can take, or an error that says what is too much."""
    if part in LISTED:
        text = f"project=me/alone&{part}=" + ",".join(f"config.k{at}" for at in range(2_500))
    else:
        one = {"filter": "name=a", "or": "name=a", "run": "me/x/a", "brush": "config.lr&low=1"}
        text = "project=me/alone&brush=config.lr"
        text += "".join(f"&{part}={one.get(part, '')}{at}" for at in range(1_200))
    assert len(text) < MOST_QUERY
    for path in [*PAGES, RUN]:
        page = ask(visitor, f"{path}?{text}")
        assert len(page.text) < 2_000_000
    assert ask(visitor, f"/?{text}&add_name=config.lr&add_value=1").status in {303, 400}


def test_an_address_that_is_too_long(visitor):
    """It is said how long it may be."""
    page = ask(visitor, f"/?q={'a' * MOST_QUERY}")
    assert page.status == 414
    assert "32,768" in page.text


@pytest.mark.parametrize("number", [10**30, -1, 10**400], ids=["large", "negative", "huge"])
def test_numbers_beyond_all_bounds(visitor, number):
    """They are answered as any other ones are."""
    for part, text in (
        *(("after", f"{number}"), ("after", f"{number}~{number}"), ("size", f"{number}")),
        *(("filter", f"config.lr<{number}"), ("filter", f"step={number}"), ("low", f"{number}")),
    ):
        for path in [*PAGES, RUN]:
            asked = [("brush", "config.lr")] if part == "low" else [("columns", "config.lr")]
            ask(visitor, address(path, *asked, (part, text), project="me/alone", group="config.lr"))
            ask(visitor, address(path, *asked, (part, text), project="me/alone"))


# Anything at all

NAMES = [
    *("name", "id", "tags", "state", "created_at", "finished_at", "step", "path", "notes", "error"),
    *("config.opt", "config.lr", "config.warmup", "config.x", "config.v.n3", "config.nothing"),
    *(
        "summary.loss",
        "summary.note",
        "max.loss",
        "min.val.acc",
        "summary_metrics.loss",
        "exit_code",
    ),
]
names = st.sampled_from(NAMES) | st.sampled_from(samples.KEYS).map("config.{}".format)
signed = st.builds("{}{}".format, st.sampled_from(["", "-", "+", "--"]), names)
typed = st.sampled_from(
    [*("1", "0.1", "-1", "1e999", "nan", ".inf", "null", "true", "''", "a", "[1, a]", "[", "{", "")]
)
conditions = st.builds(
    "{}{}{}".format,
    names,
    st.sampled_from(["=", "!=", "<", ">=", "~", "!~", " in ", " not in ", " within ", " exists"]),
    typed,
) | st.sampled_from(['{"$or": []}', '{"config.lr": {"$not": {"$in": [1]}}}', '{"tags": []}', "{}"])
words = st.one_of(
    *(
        names,
        signed,
        typed,
        conditions,
        st.text(max_size=6),
        st.lists(names, max_size=3).map(",".join),
    ),
    st.builds("{}~{}".format, st.integers(-1, 10**20), typed | st.sampled_from(['{"$":1}', '"a"'])),
    st.sampled_from(
        [*filter(None, samples.PROJECTS), "me/grid/a1", "me/odd/keys", "1", "steps", "seconds"]
    ),
)
pairs = st.lists(
    st.tuples(st.sampled_from(PARTS), words)
    | st.tuples(st.just("project"), st.sampled_from(list(filter(None, samples.PROJECTS)))),
    max_size=8,
)


@settings(max_examples=150)
@given(st.sampled_from([*PAGES, RUN, "/run/me/odd/keys"]), pairs)
@example("/compare", [("run", "me/grid/a1"), ("find", "\0")])
def test_any_address_is_answered(visitor, path, pairs):
    """With what was asked for, or with what is wrong about it; by a page that is whole."""
    ask(visitor, f"{path}?{urlencode(pairs, errors='surrogatepass')}")


@settings(max_examples=30)
@given(st.sampled_from(PAGES), st.binary(max_size=30))
def test_any_bytes_are_answered(visitor, path, query):
    """As no browser would send them."""
    ask(visitor, f"{path}?{quote(query, safe='=&;+')}")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"])
def test_other_methods(visitor, method):
    """What can't be done is said; a HEAD is a GET without its body."""
    for path in [*PAGES, RUN, "/static/page.js", "/nothing"]:
        send = visitor.served.send if method == "POST" and path != RUN else None
        answer = send("a=1", path) if send else visitor.served.ask(path, method)
        assert answer.status < 500
        assert answer.status != 200 or method == "HEAD"
        check_headers(answer)


def test_the_server_says_nothing(visitor):
    """No request of all those before has made it fail inside."""
    assert visitor.told == []
