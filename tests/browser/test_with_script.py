"""What is more comfortable where the browser runs scripts."""

import json

import pytest
from playwright.sync_api import expect
from tests.browser.window import address_of, drag, follow, rows_of, window

DEMO = "project=me%2Fdemo"
BRUSHED = f"/parallel?{DEMO}&axes=config.lr,config.optimizer,summary.val%2Facc&log=config.lr"
VIEWS = {
    "runs": f"/?{DEMO}&filter=config.seed%3D1&or=config.optimizer%3Dsgd&sort=config.lr&size=25",
    "groups": f"/?{DEMO}&group=config.optimizer&sort=-summary.val%2Facc",
    "keys": f"/keys?{DEMO}&find=o&all=1",
    "compare": f"/compare?{DEMO}&q=resnet-1&all=1&origins=1&find=l",
    "scatter": f"/scatter?{DEMO}&x=config.lr&y=summary.val%2Facc&logx=1&color=config.optimizer",
    "parallel": BRUSHED,
    "importance": f"/importance?{DEMO}&metric=summary.val%2Facc",
    "curves": f"/curves?{DEMO}&group=config.optimizer&metric=val%2Facc&logy=1",
}


@pytest.fixture(scope="module")
def another(browser, site):
    """A window of somebody else, who was sent an address."""
    with window(browser, site.base) as found:
        yield found
        assert found.troubles == []


def test_how_many_runs_a_filter_leaves(shared):
    """While a filter is typed the page says how many runs it leaves, or what is wrong with it."""
    page = shared.open(f"/?{DEMO}").page

    def is_told(text):
        page.locator("output.live", has_text=text).wait_for()

    page.locator("#add_name").fill("config.seed")
    page.locator("#add_value").fill("1")
    is_told("10 of 30 runs")
    page.locator("#add_operator").select_option("!=")
    is_told("20 of 30 runs")
    page.locator("#add_operator").select_option("within")
    is_told("config.seed within")
    page.locator("#add_value").fill("")
    page.wait_for_function("() => document.querySelector('output.live').textContent === ''")
    page.locator("#add_operator").select_option("exists")
    is_told("30 of 30 runs")


def test_an_answer_that_comes_late(opened):
    """What was asked before is not told once something else stands in the field."""
    page = opened(f"/?{DEMO}").page
    held = []

    def hold(route):
        held.append(route)

    page.route("**/count?*", hold)
    with page.expect_request("**/count?*"):
        page.locator("#add_name").fill("config.seed")
        page.locator("#add_value").fill("1")
    page.locator("#add_value").fill("")
    with page.expect_response("**/count?*") as answered:
        held[0].continue_()
    answered.value.finished()
    page.evaluate("() => new Promise(done => setTimeout(done))")
    expect(page.locator("output.live")).to_be_empty()


def test_pinned_columns_stay_in_sight(opened):
    """However far the table is moved, each pinned column is seen, and none covers another."""
    pinned = "pinned=name,config.lr&columns=name,config.lr,tags,config.prompt,created_at"
    page = opened(f"/?{DEMO}&{pinned}", viewport={"width": 700, "height": 600}).page
    table = page.get_by_role("region", name="Runs", exact=True)
    table.evaluate("it => it.scrollLeft = it.scrollWidth")
    around = table.bounding_box()
    boxes = [it.bounding_box() for it in page.locator("thead .pinned").all()]
    assert [box["x"] >= around["x"] for box in boxes] == [True, True]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1


def test_all_runs_of_a_page_are_picked(shared):
    """One box picks all runs of the page, or none, and stands between where some are."""
    page = shared.open(f"/?{DEMO}&size=25").page
    every = page.get_by_label("Pick all runs of this page")
    told = page.locator("[data-picked]")
    every.check()
    assert told.inner_text() == "25 picked"
    page.locator("input[name=run]").first.uncheck()
    assert told.inner_text() == "24 picked"
    assert every.evaluate("it => it.indeterminate")
    every.check()
    every.uncheck()
    assert page.locator("input[name=run]:checked").count() == 0
    every.check()
    follow(page.get_by_role("button", name="Compare"))
    assert page.locator("table.compare thead a[href^='/run/']").count() == 25


def test_the_size_of_a_page_is_chosen(shared):
    """A choice is enough: no button has to be pressed."""
    page = shared.open(f"/?{DEMO}").page
    with page.expect_navigation():
        page.get_by_label("Runs on a page").select_option("25")
    assert len(shared.names()) == 25


def test_a_value_is_copied_whole(browser, site):
    """However short a value is shown, all of it is on the clipboard."""
    granted = ["clipboard-read", "clipboard-write"]
    with window(browser, site.base, permissions=granted) as found:
        page = found.open(address_of(site, "resnet-03")).page
        row = page.locator("tr[data-key^='prompt ']")
        row.locator("summary").click()
        row.get_by_role("button", name="Copy").click()
        row.get_by_text("copied", exact=True).wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "You are a helpful assistant.\n" * 8
        assert found.troubles == []


# Parallel coordinates


def test_ranges_that_are_brushed(shared, site):
    """What is dragged on axes of powers of ten, categories and numbers is what the table shows."""
    page = shared.open(BRUSHED).page
    low, high = (
        page.locator(f"[data-axis='config.lr'][data-end={end}]") for end in ("low", "high")
    )
    least = page.locator("[data-axis='summary.val/acc'][data-end=low]")
    chosen = page.locator("[data-axis='config.optimizer'] option:checked")
    drag(page, 0, 0.7, 0.3)
    page.wait_for_function("() => document.querySelector('[data-end=low]').value !== ''")
    drag(page, 1, 0.6, 0.4)
    chosen.wait_for(state="attached")
    drag(page, 2, 0.7, -0.05)
    page.wait_for_function(
        "() => document.querySelector('[data-axis=\"summary.val/acc\"]').value !== ''"
    )
    bounds = [float(it.input_value()) for it in (low, high, least)]
    optimizers = chosen.all_inner_texts()
    assert optimizers == ["lion"]
    assert 0.0003 < bounds[0] < 0.003 < bounds[1] < 0.03
    follow(page.get_by_role("button", name="Show them in the table"))
    rows = rows_of(site, "name,config.lr,config.optimizer,summary.val/acc")
    meant = {
        row["name"]
        for row in rows
        if bounds[0] <= float(row["config.lr"]) <= bounds[1]
        and row["config.optimizer"] in optimizers
        and bounds[2] <= float(row["summary.val/acc"])
    }
    assert 0 < len(meant) < len(rows)
    assert set(shared.names()) == meant


def test_a_filter_by_ranges_is_drawn(shared, site):
    """Filtered by what was brushed, the chart has the runs that are left."""
    page = shared.open(BRUSHED).page
    drag(page, 1, 0.2, -0.05)
    chosen = page.locator("[data-axis='config.optimizer'] option:checked")
    chosen.wait_for(state="attached")
    assert chosen.inner_text() == "sgd"
    follow(page.get_by_role("button", name="Filter by these"))
    shared.settle()
    left = [row for row in rows_of(site, "config.optimizer") if row["config.optimizer"] == "sgd"]
    figure = json.loads(page.locator("figure script").text_content())
    assert len(figure["data"][0]["dimensions"][0]["values"]) == len(left)
    assert all(shared.marks())


# Charts


def test_a_point_opens_its_run(shared):
    """A click on a point leads to the run that it stands for."""
    page = shared.open(VIEWS["scatter"]).page
    box = page.locator("#main .plot path.point").first.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    hover = page.locator(".hoverlayer .hovertext")
    hover.wait_for()
    told = hover.text_content()
    with page.expect_navigation():
        page.mouse.click(*at)
    assert page.get_by_role("heading", level=1).inner_text() in told
    assert "/run/me/demo/" in page.url


def test_colours_follow_the_scheme(shared):
    """When the screen turns dark, a chart does as well, without a reload."""
    page = shared.open(VIEWS["importance"]).page

    def colours():
        return page.evaluate(
            """() => [".xtick text", ".bars path"].map(
              it => getComputedStyle(document.querySelector(it)).fill)"""
        )

    light = colours()
    page.emulate_media(color_scheme="dark")
    try:
        page.wait_for_function(
            "was => getComputedStyle(document.querySelector('.bars path')).fill !== was",
            arg=light[1],
        )
        assert all(one != other for one, other in zip(colours(), light, strict=True))
    finally:
        page.emulate_media(color_scheme="light")
    page.wait_for_function(
        "was => getComputedStyle(document.querySelector('.bars path')).fill === was", arg=light[1]
    )
    assert colours() == light


# Addresses


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_is_a_view(shared, another, site, view):
    """Who is sent the address of a page, where one arrives by clicks, sees just the same."""
    page = shared.open(VIEWS[view]).page
    page.locator("#q").fill("resnet")
    follow(page.get_by_role("button", name="Search", exact=True))
    shared.settle()
    another.open(page.url.removeprefix(site.base))
    assert another.told() == shared.told()


def test_an_address_of_a_run(shared, another, site):
    """A search among its keys, a value that is edited, a metric that is shown: all is in there."""
    page = shared.open(address_of(site, "resnet-03")).page
    page.locator("#find").fill("units")
    follow(page.locator("#config").get_by_role("button", name="Search"))
    steps = [page.url]
    follow(page.get_by_role("link", name="Edit model.layers[1].units"))
    steps.append(page.url)
    follow(page.get_by_role("link", name="Chart of val/acc"))
    steps.append(page.url)
    for url in steps:
        shared.open(url.removeprefix(site.base))
        another.open(url.removeprefix(site.base))
        assert another.told() == shared.told()
    assert another.page.locator("figure").count() == 1


def test_back_and_forward(shared):
    """Each step back, and forward again, leads to the view that was there."""
    page = shared.open(VIEWS["groups"]).page
    told = [shared.told()]
    for link in (
        page.locator("table.groups td a").first,
        page.locator("table.runs thead a", has_text="lr"),
        page.get_by_role("link", name="Scatter"),
        page.get_by_role("link", name="Keys"),
    ):
        follow(link)
        shared.settle()
        told.append(shared.told())
    assert len(set(map(str, told))) == 5
    for seen in reversed(told[:-1]):
        page.go_back()
        shared.settle()
        assert shared.told() == seen
    for seen in told[1:]:
        page.go_forward()
        shared.settle()
        assert shared.told() == seen


def test_a_menu_closes_when_something_else_is_wanted(shared):
    """A click elsewhere closes the menu of projects."""
    page = shared.open("/").page
    page.locator("details.projects summary").click()
    assert page.get_by_role("link", name="me/edits 5").is_visible()
    page.get_by_role("main").click(position={"x": 5, "y": 5})
    assert not page.get_by_role("link", name="me/edits 5").is_visible()
