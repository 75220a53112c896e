"""The page by the keyboard alone."""

import pytest
from tests.browser.window import address_of

DEMO = "project=me%2Fdemo"
_MOST = 200  # steps until something is reached

# What has the focus: where it stands in the document, and whether one sees that it has it.
_FOCUS = """
() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const { outlineStyle, outlineWidth, visibility } = getComputedStyle(it);
  const { width, height, right, bottom, left, top } = it.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll("*")].indexOf(it),
    html: it.outerHTML.slice(0, 160),
    is_seen: outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && visibility === "visible"
      && width > 0 && height > 0 && right > 0 && bottom > 0
      && left < innerWidth && top < innerHeight,
  };
}
"""

# Where all stands that has to be reached by the keyboard.
_REACHABLE = """
() => {
  const all = [...document.querySelectorAll("*")];
  const fields = "button, input:not([type=hidden]), select, textarea";
  return [...document.querySelectorAll(`a[href], summary, [tabindex="0"], ${fields}`)]
    .filter(it => it.checkVisibility() && !it.disabled)
    .map(it => all.indexOf(it));
}
"""


class Keys:
    """A person who has a keyboard and no mouse, at a page."""

    def __init__(self, page):
        self.page = page

    def press(self, *keys):
        """Presses keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def go(self, key="Enter"):
        """Presses a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def reach(self, locator, key="Tab"):
        """Goes on until something has the focus."""
        wanted = locator.element_handle()
        for _ in range(_MOST):
            self.press(key)
            if wanted.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"the keyboard does not reach {locator}")

    def write(self, text):
        """Writes into what has the focus."""
        self.page.keyboard.type(text)


@pytest.fixture
def keys(shared):
    """Opens a page for who has a keyboard and no mouse."""
    return lambda target: Keys(shared.open(target).page)


@pytest.mark.parametrize(
    "target",
    ["/?project=me%2Fdemo&size=25&filter=config.seed%3D1", "/scatter?project=me%2Fdemo", "run"],
)
def test_all_is_reached_in_order_and_the_focus_is_seen(keys, site, target):
    """Tab goes through all that can be used, in the order of the page, and out of it again."""
    it = keys(address_of(site, "resnet-03") if target == "run" else target)
    reachable = it.page.evaluate(_REACHABLE)
    found = []
    for _ in range(len(reachable) + 5):
        it.press("Tab")
        focus = it.page.evaluate(_FOCUS)
        if focus is None or (found and focus["place"] == found[0]["place"]):
            break
        found.append(focus)
    assert [focus["html"] for focus in found if not focus["is_seen"]] == []
    assert [focus["place"] for focus in found] == reachable


def test_the_first_step_skips_what_all_pages_have(keys):
    """The first link leads past the head of the page, to its content."""
    it = keys("/")
    it.press("Tab")
    skip = it.page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("it => it === document.activeElement")
    box = skip.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    it.press("Enter", "Tab")
    assert it.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_runs_are_filtered_sorted_picked_and_compared(keys):
    """From the table of all runs to two of them side by side."""
    it = keys(f"/?{DEMO}&size=25")
    it.reach(it.page.get_by_label("Name of a value"))
    it.write("config.seed")
    it.reach(it.page.get_by_label("Operator"))
    it.write("<")
    it.reach(it.page.get_by_label("Value", exact=True))
    it.write("2")
    it.go()
    assert it.page.locator(".amount").inner_text() == "20 of 30 runs"
    it.reach(it.page.locator("table.runs thead a", has_text="val/acc"))
    it.go()
    assert "val/acc" in it.page.locator("th[aria-sort=descending]").inner_text()
    boxes = it.page.locator("table.runs tbody input[name=run]")
    names = it.page.locator("table.runs tbody td a").all_inner_texts()
    it.reach(boxes.nth(0))
    it.press("Space")
    it.reach(boxes.nth(1))
    it.press("Space")
    assert it.page.locator("[data-picked]").inner_text() == "2 picked"
    it.reach(it.page.get_by_role("button", name="Compare"), "Shift+Tab")
    it.go()
    assert it.page.locator("table.compare thead a").all_inner_texts()[:2] == names[:2]


def test_a_run_is_opened_and_its_notes_are_written(keys):
    """From the table to a run, and what is written there is kept."""
    it = keys("/?project=me%2Fedits&filter=name%3Dkeys")
    it.reach(it.page.get_by_role("link", name="keys", exact=True))
    it.go()
    notes = it.page.locator("#edit textarea")
    it.reach(notes)
    it.press("Control+a")
    it.write("written by keys")
    it.press("Tab")
    it.go()
    it.page.reload()
    assert notes.input_value() == "written by keys"


def test_menus_open_and_close(keys):
    """Enter opens a menu or a panel, Escape closes it, and the focus stays where it was."""
    it = keys(f"/?{DEMO}")
    for words in ("me/demo", "Columns"):
        summary = it.page.locator("summary", has_text=words)
        menu = it.page.locator("details", has=summary)
        it.reach(summary)
        it.press("Enter")
        assert menu.get_attribute("open") is not None
        it.press("Tab")
        assert menu.evaluate("it => it.contains(document.activeElement)")
        it.press("Escape")
        assert menu.get_attribute("open") is None
        assert summary.evaluate("it => it === document.activeElement")


def test_tables_are_scrolled(opened):
    """A table that is higher or wider than its place is moved by the arrow keys."""
    it = Keys(opened(f"/?{DEMO}", viewport={"width": 500, "height": 500}).page)
    table = it.page.get_by_role("region", name="Runs", exact=True)
    it.reach(table)
    it.press("ArrowRight", "ArrowDown")
    it.page.wait_for_function(
        "() => { const it = document.activeElement; return it.scrollLeft > 0 && it.scrollTop > 0 }"
    )


def test_values_are_copied(opened, site):
    """The button that copies a value is reached, though it is seen only then."""
    granted = ["clipboard-read", "clipboard-write"]
    it = Keys(opened(address_of(site, "resnet-03"), permissions=granted).page)
    value = it.page.locator("tr[data-key^='model.name ']")
    button = value.get_by_role("button", name="Copy")
    it.reach(button)
    assert button.evaluate("it => getComputedStyle(it).opacity") == "1"
    it.press("Enter")
    it.page.wait_for_function("async () => await navigator.clipboard.readText() === 'resnet50'")
