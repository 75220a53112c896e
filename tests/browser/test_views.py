"""Every page, in the light and in the dark, on a wide screen and on a narrow one."""

import sqlite3
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.window import address_of, window
from tests.cli.conftest import Project
from tests.web.serving import process

OUTPUT = Path(__file__).with_name("output")
SCREENS = {
    "light-1280": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark-1280": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "light-400": {"color_scheme": "light", "viewport": {"width": 400, "height": 800}},
}
# All rules of axe-core: once, but for what depends on the colours, and on the width.
RULES = {
    "light-1280": {"resultTypes": ["violations"]},
    "dark-1280": {"runOnly": {"type": "rule", "values": ["color-contrast"]}},
    "light-400": {"rules": {"color-contrast": {"enabled": False}}},
}
FILTERED = (
    "/?project=me%2Fdemo&filter=config.lr%3E0.001&or=config.optimizer%3Dsgd&filter=config.seed%3C2"
    "&q=RESNET&sort=-summary.val%2Facc&pinned=name&columns=config.optimizer,config.lr,tags,group,"
    "summary.val%2Facc,config.prompt,config.api_key,created_at"
)
PAGES = {
    "runs": "/?project=me%2Fdemo",
    "runs-filtered": FILTERED,
    "runs-columns": "/?project=me%2Fdemo&pinned=name,config.lr&size=25#columns",
    "runs-none": "/?filter=config.lr%3E5",
    "groups": "/?group=config.optimizer,config.seed",
    "keys": "/keys?all=1",
    "compare": "/compare?q=resnet-0&filter=config.seed%3D0&all=1&origins=1",
    "scatter": "/scatter?project=me%2Fdemo&color=config.optimizer&frontier=lowest",
    "parallel": "/parallel?project=me%2Fdemo",
    "importance": "/importance?project=me%2Fdemo",
    "curves": "/curves?project=me%2Fdemo",
    "curves-of-groups": "/curves?project=me%2Fdemo&group=config.optimizer",
    "wrong": "/?filter=config.lr%3E&add_name=x",
    "missing": "/nothing",
}
CHARTS = {"scatter", "parallel", "importance", "curves", "curves-of-groups", "run", "run-editing"}
STATUS = {"wrong": 400, "missing": 404, "clash": 409}
VIEWS = [*PAGES, "run", "run-editing", "clash"]


@pytest.fixture(scope="module")
def screens(browser, site):
    """A window for each screen: its cache has the script of the charts after the first one."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(window(browser, site.base, **options))
            for name, options in SCREENS.items()
        }


@pytest.fixture(
    scope="module", params=[(view, screen) for screen in SCREENS for view in VIEWS], ids="-".join
)
def shown(request, screens, site):
    """A view on a screen."""
    view, screen = request.param
    on = screens[screen]
    on.troubles.clear()
    if view in PAGES:
        on.open(PAGES[view])
    elif view == "clash":
        clash(on, site, screen)
    else:
        on.open(address_of(site, "resnet-03") + ("?edit=model.name" if view != "run" else ""))
    on.page.screenshot(path=OUTPUT / f"{view}-{screen}.png", full_page=True)
    on.view, on.screen = view, screen
    return on


def clash(on, site, notes):
    """Saves notes that somebody else has written since the page was opened."""
    address = address_of(site, "clashing", "me/edits")
    on.open(address)
    on.page.locator("#edit textarea").fill(f"mine in {notes}")
    assert site.send(f"notes=theirs+in+{notes}", address).status == 303
    with on.page.expect_navigation() as answered:
        on.page.locator("#edit button").click()
    on.status = answered.value.status


def test_a_view_is_answered_and_nothing_is_refused(shown):
    """No script fails, the browser refuses nothing, and no other host is asked."""
    assert shown.status == STATUS.get(shown.view, 200)
    assert shown.troubles == []


def test_a_view_fits_into_the_window(shown):
    """Only tables are moved sideways, each by itself; never the page."""
    assert shown.excess() <= 0


def test_charts_are_drawn(shown):
    """A page that has charts shows something in each of them."""
    marks = shown.marks()
    assert bool(marks) == (shown.view in CHARTS)
    assert all(marks), marks


def test_a_view_is_accessible(shown):
    """axe-core has nothing serious to say."""
    assert serious(shown) == []


def serious(on):
    """What axe-core has against a page that keeps people from using it."""
    return [
        (it["id"], [(node["target"], node["html"][:200]) for node in it["nodes"][:5]])
        for it in Axe().run(on.page, options=RULES[on.screen]).response["violations"]
        if it["impact"] in {"serious", "critical"}
    ]


LOADING = """
import sys, time
from pathlib import Path
from unifig.runs.archive import Archive
from unifig.runs.folder import find
from unifig.web import server
from unifig.web.app import create_app

listener = server.listening("127.0.0.1", 0)
access = server.access(listener, "127.0.0.1", (), None)
print(server.url(listener, "127.0.0.1", access), flush=True)
while not Path("wanted").exists():
    time.sleep(0.01)
app = create_app(Archive(find(sys.argv[1]), None), ("me", "demo"))
server.serve(app, listener, access)
"""
"""The page, over runs that it begins to read when it is wanted."""

ONE = """
import unifig
unifig.init(name="one").finish()
"""


@pytest.fixture
def waiting(tmp_path):
    """The page while another program holds the store: and how that lets go of it."""
    project = Project(tmp_path)
    project.train(ONE)
    project.well("runs")
    command = [sys.executable, str(project.write("serve.py", LOADING)), str(project.runs)]
    with (
        closing(sqlite3.connect(project.runs / "store.db", isolation_level=None)) as other,
        process(command, folder=tmp_path) as served,
    ):
        other.execute("BEGIN IMMEDIATE")
        project.train(ONE)
        project.write("wanted", "")
        yield served, lambda: other.execute("ROLLBACK")


def test_runs_that_are_still_read(browser, waiting):
    """The page says that it reads runs; once they are read it opens by itself."""
    served, let_go = waiting
    for screen, options in SCREENS.items():
        with window(browser, served.base, **options) as on:
            on.open()
            assert on.status == 503
            on.page.route("**", lambda route: route.fulfill(status=204))  # it stays as it is
            assert on.page.get_by_role("heading").inner_text() == "Reading the runs"
            on.page.screenshot(path=OUTPUT / f"loading-{screen}.png")
            on.screen = screen
            assert on.excess() <= 0
            assert serious(on) == []
            assert on.troubles == []
    with window(browser, served.base) as on:
        on.open()
        let_go()
        on.page.locator("table.runs").wait_for()
        assert on.names() == ["one", "one"]
