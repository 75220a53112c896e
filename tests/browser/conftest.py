"""What tests of the page in a browser share: a Chromium, and a site with runs of a sweep."""

import os
import shutil
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.browser import window as windows
from tests.browser.recorded import SWEEP
from tests.cli.conftest import Project
from tests.web.serving import serving

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is."""
    found = os.environ.get("UNIFIG_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(
            "no Chromium is installed: apt-get install chromium, or name one by UNIFIG_CHROMIUM"
        )
    return found


@pytest.fixture(scope="module")
def browser(chromium):
    """A browser. Of a module, for while one is there no other event loop can run beside it."""
    expect.set_options(timeout=windows.PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The page over thirty runs in me/demo, and a few in me/edits."""
    project = Project(tmp_path_factory.mktemp("site"))
    project.train(SWEEP)
    with serving(project.folder) as served:
        yield served


@pytest.fixture(scope="module")
def lasting(browser, site):
    """A window that the tests of a module share: what it has loaded stays."""
    with windows.window(browser, site.base) as found:
        yield found


@pytest.fixture
def shared(lasting):
    """That window; it may have no troubles in the end."""
    lasting.troubles.clear()
    yield lasting
    assert lasting.troubles == []


@pytest.fixture
def opened(browser, site):
    """Opens the site in windows of their own; none may have troubles in the end."""
    with ExitStack() as stack:
        found = []

        def open_(target="/", **options):
            found.append(stack.enter_context(windows.window(browser, site.base, **options)))
            return found[-1].open(target)

        yield open_
        assert [trouble for window in found for trouble in window.troubles] == []
