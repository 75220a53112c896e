"""Runs whose every part looks like markup: nothing of it becomes a part of a page."""

import pytest
from tests.browser.recorded import HOSTILE, MARKUP
from tests.browser.window import follow, window
from tests.cli.conftest import Project
from tests.web.serving import serving

# What the texts would become; what they would do they would do to the window.
_FOUND = """
() => [
  ...document.querySelectorAll(
    "pwned-x, img, iframe, object, [onerror], [onload], [onclick], svg a, svg b, main b," +
    " [href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i], base, main style"
  ),
  ...document.querySelectorAll("script:not([src], [type='application/json'])"),
].map(it => it.outerHTML.slice(0, 200)).concat(window.pwned ? ["a script ran"] : [])
"""


@pytest.fixture(scope="module")
def hostile(browser, tmp_path_factory):
    """A window at a site with such runs."""
    project = Project(tmp_path_factory.mktemp("hostile"))
    project.train(HOSTILE)
    with serving(project.folder) as served, window(browser, served.base) as found:
        yield found


@pytest.fixture
def harmless(hostile):
    """That window; in the end its page has no part that a run has made."""
    hostile.troubles.clear()
    yield hostile
    assert_harmless(hostile)


def assert_harmless(on):
    """No text of a run is a part of the page, none ran, and nothing had to be refused."""
    assert on.page.evaluate(_FOUND) == []
    assert on.troubles == []


@pytest.mark.parametrize(
    "target",
    [
        "/?pinned=name&columns=tags,notes,group,job_type,error,config.text,config.long,summary.words",
        *("/", "/keys?all=1", "/compare?all=1&origins=1", "/importance?metric=summary.loss"),
        *("/?group=config.text,config.kind", "/?group=group,name", "/curves?metric=loss"),
        "/curves?group=config.text&metric=loss",
        "/parallel?axes=config.text,config.number,summary.loss&color=config.kind",
    ],
)
def test_pages_about_runs(harmless, target):
    """Names, keys, values, tags and groups are texts in every page, and in its charts."""
    harmless.open(target)
    assert harmless.status == 200
    assert all(harmless.marks())


def test_what_is_typed(harmless):
    """What stands in an address or a form is text where the page shows it again."""
    page = harmless.open("/").page
    for text in MARKUP:
        page.locator("#add_name").fill(text)
        page.locator("#add_value").fill(text)
        follow(page.get_by_role("button", name="Add filter"))
        page.locator("#q").fill(text)
        follow(page.get_by_role("button", name="Search", exact=True))
        assert_harmless(harmless)


def test_a_run(harmless):
    """The page of a run has its texts as they are, however it is reached."""
    page = harmless.open("/?sort=created_at").page
    links = page.locator("table.runs tbody a").evaluate_all("all => all.map(it => it.pathname)")
    assert len(links) == len(MARKUP)
    for link, text in zip(links, MARKUP, strict=True):
        harmless.open(link)
        assert page.get_by_role("heading", level=1).inner_text() == text
        assert page.locator("#edit textarea").input_value() == text
        assert all(harmless.marks())
        assert_harmless(harmless)


def test_a_value_that_is_edited(harmless):
    """A value and its key are text in the form, and in the page that tells of a clash."""
    page = harmless.open("/").page
    follow(page.locator("table.runs tbody a").first)
    follow(page.get_by_role("link", name="Edit text"))
    assert page.locator("#editing [name=value]").input_value() in MARKUP
    assert_harmless(harmless)
    page.locator("#editing [name=was]").evaluate("it => it.value = JSON.stringify('<pwned-x>')")
    page.locator("#editing [name=value]").fill(MARKUP[0] * 2)
    follow(page.get_by_role("button", name="Save").first)
    assert "Somebody else has changed" in page.get_by_role("main").inner_text()


def hovered(on, marks):
    """What the chart tells of some of its marks, when the mouse is over them."""
    told = set()
    for mark in marks:
        box = mark.bounding_box()
        on.page.mouse.move(0, 0)
        on.page.locator(".hoverlayer .hovertext").wait_for(state="detached")
        on.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        on.page.locator(".hoverlayer .hovertext").first.wait_for()
        told.add(on.page.locator(".hoverlayer").first.text_content())
    return told


def test_points_that_are_hovered(harmless):
    """What a chart tells of a point is the name of its run, letter by letter."""
    harmless.open("/scatter?x=config.number&y=config.text&color=config.kind")
    told = hovered(harmless, harmless.page.locator(".plot path.point").all()[: len(MARKUP)])
    for text in MARKUP:
        assert any(one.startswith(text[:30]) for one in told), (text, told)


def test_curves_that_are_hovered(harmless):
    """What a chart tells of a curve is the name of its run, or of its group."""
    harmless.open("/curves?metric=loss")
    box = harmless.page.locator(".plot .nsewdrag").first.bounding_box()
    told = set()
    for part in range(1, 12):
        harmless.page.mouse.move(
            box["x"] + box["width"] / 2 + part % 2, box["y"] + box["height"] * part / 12
        )
        for text in harmless.page.locator(".hoverlayer .hovertext").all_text_contents():
            told.add(text)
    assert any(text[:20] in one for one in told for text in MARKUP), told
