"""The whole page where the browser runs no script."""

import pytest
from tests.browser.window import address_of, follow, rows_of, window

DEMO = "project=me/demo"


@pytest.fixture(scope="module")
def window_without(browser, site):
    """A window of a browser that runs no script."""
    with window(browser, site.base, java_script_enabled=False) as found:
        yield found


@pytest.fixture
def plain(window_without):
    """Opens the site there; it may have no troubles in the end."""
    window_without.troubles.clear()
    yield lambda target: window_without.open(target).page
    assert window_without.troubles == []


def submit(form, button, **fields):
    """Fills a form's fields and presses one of its buttons."""
    for name, value in fields.items():
        field = form.locator(f"[name={name}]:not([type=hidden])")
        if field.evaluate("it => it.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    follow(form.get_by_role("button", name=button, exact=True))


def amount(page):
    """How many runs the page says that it is about."""
    return page.locator(".amount").inner_text()


def chips(page):
    """The filters as the page shows them."""
    return page.locator(".filters .chip > :first-child").all_inner_texts()


def names(page):
    """The names of the runs in the table."""
    return page.locator("table.runs tbody td a[href^='/run/']").all_inner_texts()


def test_filters(plain, site):
    """A filter is added, another one as an alternative to it, and each is removed again."""
    page = plain(f"/?{DEMO}")
    adding = page.locator("form.adding")
    submit(adding, "Add filter", add_name="config.seed", add_operator="=", add_value="1")
    assert (amount(page), chips(page)) == ("10 of 30 runs", ["config.seed=1"])
    submit(adding, "Add filter", add_join="or", add_name="config.optimizer", add_value="sgd")
    rows = rows_of(site, "config.seed,config.optimizer")
    either = [row for row in rows if row["config.seed"] == "1" or row["config.optimizer"] == "sgd"]
    assert amount(page) == f"{len(either)} of 30 runs"
    assert chips(page) == ["config.seed=1", "config.optimizer=sgd"]
    follow(page.get_by_role("link", name="Remove the filter config.seed=1"))
    assert chips(page) == ["config.optimizer=sgd"]
    follow(page.get_by_role("link", name="Remove all"))
    assert (amount(page), chips(page)) == ("30 runs", [])


def test_a_filter_that_makes_no_sense(plain):
    """The page says why, and the filter stands there to be mended."""
    page = plain(f"/?{DEMO}")
    adding = page.locator("form.adding")
    submit(adding, "Add filter", add_name="config.lr", add_operator="within", add_value="3")
    assert "config.lr within" in page.get_by_role("alert").inner_text()
    assert adding.locator("#add_name").input_value() == "config.lr"
    assert adding.locator("#add_operator").input_value() == "within"
    submit(adding, "Add filter", add_value="0.001, 0.01")
    assert chips(page) == ["config.lr within [0.001, 0.01]"]


def test_search(plain):
    """Runs are found by a part of their names, and by a regular expression."""
    page = plain(f"/?{DEMO}&sort=name")
    search = page.locator(".filters form.search")
    submit(search, "Search", q="NET-0")
    assert names(page) == [f"resnet-0{number}" for number in range(10)]
    search.locator("[name=re]").check()
    submit(search, "Search", q="net-(03|1[12])$")
    assert names(page) == ["resnet-03", "resnet-11", "resnet-12"]
    follow(page.get_by_role("link", name="Remove the search"))
    assert amount(page) == "30 runs"


def test_order_and_pages(plain):
    """A heading sorts, a second time the other way round; pages follow each other and go back."""
    page = plain(f"/?{DEMO}&size=25")
    by_name = page.locator("table.runs thead a", has_text="name")
    follow(by_name)
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("name")
    first = names(page)
    assert first == [f"resnet-{number:02}" for number in range(25)]
    follow(page.get_by_role("link", name="Next →"))
    assert names(page) == [f"resnet-{number}" for number in range(25, 30)]
    follow(page.get_by_role("link", name="← Previous"))
    assert names(page) == first
    follow(by_name)
    assert names(page)[0] == "resnet-29"
    submit(page.locator("form.size"), "Show", size="50")
    assert len(names(page)) == 30


def test_groups(plain):
    """Runs are grouped by two values, a group is opened, and its runs are those that it counts."""
    page = plain(f"/?{DEMO}")
    for name in ("config.optimizer", "config.seed"):
        page.locator("summary", has_text="Group").click()
        submit(page.locator("details.panel[open] form"), "Group", add_group=name)
    assert page.locator("table.groups tbody tr").count() == 9
    follow(page.locator("table.groups thead a", has_text="runs"))
    line = page.locator("table.groups tbody tr").first
    optimizer, seed, count, *_ = line.locator("td").all_inner_texts()
    counts = page.locator("table.groups td:nth-child(3)").all_inner_texts()
    assert counts == sorted(counts, key=int, reverse=True)
    follow(line.get_by_role("link"))
    assert amount(page) == f"{count} of 30 runs"
    assert chips(page) == [f"config.optimizer={optimizer}", f"config.seed={seed}"]


def test_columns(plain):
    """A column is added, moved, pinned and hidden, all in a panel that stays open."""
    page = plain(f"/?{DEMO}&columns=name,config.seed")

    def headings():
        texts = page.locator("table.runs thead th a").all_inner_texts()
        return [text.split()[-1] for text in texts]

    def press(name):
        follow(page.get_by_role("link", name=name))

    page.locator("summary", has_text="Columns").click()
    submit(page.locator("details.panel[open] form"), "Add column", add_column="config.optimizer")
    assert headings() == ["name", "seed", "optimizer"]
    page.locator("summary", has_text="Columns").click()
    press("Move config.optimizer to the left")
    assert headings() == ["name", "optimizer", "seed"]
    press("Pin config.seed")
    assert headings() == ["seed", "name", "optimizer"]
    press("Hide name")
    assert headings() == ["seed", "optimizer"]


def test_compare(plain):
    """Picked runs stand beside each other; one is left out; keys are searched."""
    page = plain(f"/?{DEMO}&sort=name")
    for name in ("resnet-00", "resnet-01", "resnet-05"):
        page.get_by_label(f"Pick {name}").check()
    follow(page.get_by_role("button", name="Compare"))
    sides = page.locator("table.compare thead a[href^='/run/']")
    assert sides.all_inner_texts() == ["resnet-00", "resnet-01", "resnet-05"]
    follow(page.get_by_role("link", name="Compare without resnet-01"))
    assert sides.all_inner_texts() == ["resnet-00", "resnet-05"]
    keys = page.locator("table.compare tbody th code")
    assert "lr" in keys.all_inner_texts()
    assert "betas" not in " ".join(keys.all_inner_texts())
    page.get_by_label("equal values too").check()
    submit(page.get_by_role("main").locator(".bar form"), "Show", find="Betas")
    assert keys.all_inner_texts() == ["betas"]


def test_keys(plain):
    """A key is found, and its values lead to the runs that have them."""
    page = plain(f"/keys?{DEMO}")
    submit(page.locator(".bar form.search"), "Find", find="optim")
    assert page.locator("table.keys tbody th").all_inner_texts() == ["config.optimizer"]
    choice = page.locator("table.keys tbody .tag").first
    value, count = choice.inner_text().split()
    follow(choice)
    assert (amount(page), chips(page)) == (f"{count} of 30 runs", [f"config.optimizer={value}"])


@pytest.mark.parametrize(
    "target",
    ["/scatter?", "/parallel?", "/importance?", "/curves?", "/curves?group=config.seed&", "run"],
)
def test_charts(plain, site, target):
    """A page of charts says that they need JavaScript, and has a table with the same."""
    page = plain(address_of(site, "resnet-03") if target == "run" else target + DEMO)
    assert page.locator("figcaption noscript").first.is_visible()
    assert "Charts need JavaScript" in page.locator("figcaption").first.inner_text()
    tables = page.locator("main table:has(td.number)")
    assert tables.first.is_visible()
    assert page.locator(".plot:visible").count() == 0, "where no chart is drawn there is no gap"


def test_ranges_of_parallel_coordinates(plain, site):
    """Ranges and values that are written into the form become filters, here or in the table."""
    axes = "config.lr,config.optimizer,summary.val/acc"
    page = plain(f"/parallel?{DEMO}&axes={axes}")
    form = page.locator("#brushing")
    form.get_by_label("Lowest config.lr").fill("0.001")
    form.get_by_label("Highest config.lr").fill("0.05")
    form.get_by_label("Values of config.optimizer").select_option(["adam", "lion"])
    follow(form.get_by_role("button", name="Filter by these"))
    kept = [
        row
        for row in rows_of(site, "config.lr,config.optimizer")
        if 0.001 <= float(row["config.lr"]) <= 0.05 and row["config.optimizer"] != "sgd"
    ]
    assert amount(page) == f"{len(kept)} of 30 runs"
    assert page.url.startswith(f"{site.base}/parallel?")
    form.get_by_label("Lowest summary.val/acc").fill("0.85")
    follow(form.get_by_role("button", name="Show them in the table"))
    assert page.url.startswith(f"{site.base}/?")
    assert chips(page) == [
        "config.lr within [0.001, 0.05]",
        "config.optimizer in [adam, lion]",
        "summary.val/acc>=0.85",
    ]


def test_a_run(plain, site):
    """Its config is searched, a value is edited, another one added and taken away again."""
    page = plain(address_of(site, "plain", "me/edits"))
    config = page.locator("#config")
    value = config.locator("tr[data-key^='lr ']").locator("td.copied")
    assert value.inner_text() == "0.1"
    follow(page.get_by_role("link", name="Edit lr"))
    editing = page.locator("#editing")
    submit(editing, "Save", value="1e-2")
    assert value.inner_text() == "0.01"
    follow(page.get_by_role("link", name="Add a value"))
    submit(editing, "Save", key="model.dropout", value="0.5")
    follow(page.get_by_role("link", name="Edit model.dropout"))
    submit(editing, "Remove the key")
    assert page.get_by_role("link", name="Edit model.dropout").count() == 0
    submit(config.locator("form.search"), "Search", find="units")
    assert config.locator("td.key").all_inner_texts() == ["units"]


def test_what_is_said_of_a_run(plain, site):
    """Its name, its tags and its notes are edited at once."""
    page = plain(address_of(site, "keys2", "me/edits"))
    edit = page.locator("#edit form")
    submit(edit, "Save", name="renamed", tags='one, "two, three"', notes="two\nlines")
    assert page.get_by_role("heading", level=1).inner_text() == "renamed"
    assert page.locator(".bar .tag").all_inner_texts() == ["one", "two, three"]
    assert edit.locator("textarea").input_value() == "two\nlines"
    submit(edit, "Save", name="keys2")


def test_two_who_edit(plain, site):
    """Who comes second is asked: to leave it, or to write all the same."""
    address = address_of(site, "clashing2", "me/edits")
    page = plain(address)
    edit = page.locator("#edit form")
    assert site.send("notes=theirs", address).status == 303
    submit(edit, "Save", notes="mine")
    main = page.get_by_role("main")
    assert "Somebody else has changed notes" in main.inner_text()
    assert [text in main.inner_text() for text in ("as it was", "theirs", "mine")] == [True] * 3
    follow(page.get_by_role("link", name="Leave it as it is"))
    assert edit.locator("textarea").input_value() == "theirs"
    assert site.send("notes=theirs+again", address).status == 303
    submit(edit, "Save", notes="mine")
    follow(page.get_by_role("button", name="Write mine"))
    assert edit.locator("textarea").input_value() == "mine"
