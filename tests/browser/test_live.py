"""Pages of runs that go on while somebody looks."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from tests.browser.recorded import LIVE
from tests.browser.window import address_of, window
from tests.cli.conftest import Project
from tests.web.serving import PATIENCE, serving

_POINTS = "() => document.querySelector('.plot').data[0].x.length"
_MOST = 200  # times that a page is loaded again
_EVERY = 3000  # milliseconds, after which such a page looks again


@pytest.fixture
def project(tmp_path):
    """A project in which nothing was recorded yet."""
    return Project(tmp_path)


@pytest.fixture
def live(browser, project):
    """A window at the page over it."""
    with serving(project.folder) as served, window(browser, served.base) as found:
        found.site = served
        yield found
        assert found.troubles == []


@contextmanager
def training(project):
    """A program that logs, and goes on until it is told to stop."""
    project.write("live.py", LIVE)
    with subprocess.Popen(
        [sys.executable, "live.py"],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            process.stdout.readline()  # once it has logged
            yield process
        finally:
            process.kill()


def test_a_run_that_goes_on(live, project):
    """Its numbers rise and its chart grows; who writes is not disturbed; in the end it says so."""
    live.page.clock.install()
    with training(project) as process:
        page = live.open(address_of(live.site, "live")).page
        state = page.locator("[data-live=state]")
        expect(state).to_have_text("running")
        page.locator("#edit textarea").fill("half a sen")
        tags = page.locator("[name=tags]")
        tags.press_sequentially("sl")
        points = page.evaluate(_POINTS)
        epoch = page.locator("#summary tr", has_text="epoch").locator("td").first
        before = epoch.inner_text()
        page.clock.fast_forward(_EVERY)
        expect(epoch).not_to_have_text(before)
        assert int(epoch.inner_text()) > int(before)
        tags.press_sequentially("ow")
        page.wait_for_function(f"() => ({_POINTS})() > {points}")
        project.write("stop", "")
        process.wait(PATIENCE)
        page.clock.fast_forward(_EVERY)
        expect(state).to_have_text("finished")
        expect(tags).to_have_value("slow")
        expect(tags).to_be_focused()
        expect(page.locator("#edit textarea")).to_have_value("half a sen")
        page.get_by_role("button", name="Save").click()
        page.locator(".bar .tag", has_text="slow").wait_for()


def test_a_run_that_is_killed(live, project):
    """Where its process is gone without a word, the page says that it crashed."""
    live.page.clock.install()
    with training(project) as process:
        page = live.open(address_of(live.site, "live")).page
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        page.clock.fast_forward(_EVERY)
        expect(page.locator("[data-live=state]")).to_have_text("crashed")


def test_a_run_that_is_new(live, project):
    """It is in the table as soon as that is loaded again, and says that it runs."""
    page = live.open("/").page
    assert page.get_by_text("There is no run here yet").is_visible()
    with training(project):
        for _ in range(_MOST):  # the page looks at the store twice a second at most
            if live.names():
                break
            page.reload()
        assert live.names() == ["live"]
        assert page.locator("table.runs .state").inner_text() == "running"
