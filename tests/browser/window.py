"""A page in a browser, and what went wrong on it."""

import csv
from contextlib import contextmanager
from urllib.parse import urlsplit

PATIENCE = 10_000  # milliseconds, after which something is not there
_NOISE = ("GL Driver Message",)  # how fast Chromium draws without a graphics card

_ANSWERED = "the server responded with a status of"

_DRAWN = """
number => document.querySelectorAll("[data-drawn], [data-failed]").length === number
"""

# Of each chart how many marks stand in its SVG, or how many points of its canvases are painted.
_MARKS = """
() => [...document.querySelectorAll("figure[data-chart]")].map(figure => {
  const plot = figure.querySelector(".plot[data-drawn]");
  if (!plot) return 0;
  const paths = [...plot.querySelectorAll("path.point, path.js-line, .point > path")];
  const seen = paths.filter(path => path.getBBox().width || path.getBBox().height).length;
  const painted = [...plot.querySelectorAll("canvas")].map(canvas => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
    if (!canvas.width || !canvas.height) return 0;
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((alpha, at) => at % 4 === 3 && alpha).length;
  });
  return seen + painted.reduce((sum, number) => sum + number, 0);
})
"""

# What a page tells of runs; times as they are, and not how long ago they were.
_TOLD = """
() => {
  const main = document.querySelector("main").cloneNode(true);
  for (const time of main.querySelectorAll("time")) time.textContent = time.dateTime;
  for (const plot of main.querySelectorAll(".plot, .live, script, .copy")) plot.remove();
  const inputs = [...document.querySelectorAll("main :is(input, select, textarea)")];
  const texts = [...main.querySelectorAll("h1, p, th, td, dt, dd, li, figcaption, summary")];
  return [
    ...texts.map(it => it.textContent.trim().replace(/\\s+/g, " ").replace(/, [^,]* ago$/, "")),
    ...inputs.map(it => `${it.name}=${it.type === "checkbox" ? it.checked : it.value}`),
  ];
}
"""


class Window:
    """A tab of the browser at a site, and all that it complained about.

    ``page`` is Playwright's; ``troubles`` are what its console said, scripts that failed, requests
    to other hosts, and dialogs.
    """

    def __init__(self, page, base, *, has_script=True):
        self.page = page
        self.base = base
        self.has_script = has_script
        self.troubles = []
        self.status = None
        self._asked = set()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("request", self._request)
        page.on("dialog", self._dialog)

    def open(self, target="/"):
        """Opens a page of the site, once its charts are drawn where they can be."""
        self.status = self.page.goto(self.base + target).status
        if self.has_script:
            self.settle()
        return self

    def settle(self):
        """Waits until all charts of the page are drawn, or told to have failed."""
        number = self.page.locator("figure[data-chart]").count()
        self.page.wait_for_function(_DRAWN, arg=number)

    def marks(self):
        """Of each chart of the page how much of it can be seen: 0 for none."""
        return self.page.evaluate(_MARKS)

    def told(self):
        """The texts of the page about its runs, and what stands in its fields."""
        return self.page.evaluate(_TOLD)

    def excess(self):
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    def names(self):
        """The names of the runs in its table, in order."""
        return self.page.locator("table.runs tbody td a[href^='/run/']").all_text_contents()

    def _console(self, message):
        if message.type not in {"error", "warning"} or any(it in message.text for it in _NOISE):
            return
        of_page = message.location["url"] in self._asked and _ANSWERED in message.text
        if not of_page:  # its status is what a test looks at
            self.troubles.append(f"{self.page.url}: {message.text}")

    def _request(self, request):
        if request.is_navigation_request():
            self._asked.add(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and not request.url.startswith(f"{self.base}/"):
            self.troubles.append(f"{self.page.url}: asks {request.url}")

    def _dialog(self, dialog):
        self.troubles.append(f"{self.page.url}: a dialog says {dialog.message}")
        dialog.dismiss()


@contextmanager
def window(browser, base, **options):
    """A tab with cookies and a cache of its own, for one site."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    try:
        has_script = options.get("java_script_enabled", True)
        yield Window(context.new_page(), base, has_script=has_script)
    finally:
        context.close()


def address_of(site, name, project="me/demo"):
    """Where the page of a run is."""
    [path] = [row["path"] for row in rows_of(site, "name", project) if row["name"] == name]
    return f"/run/{path}"


def rows_of(site, columns, project="me/demo"):
    """The runs of a project as rows of a spreadsheet."""
    text = site.ask(f"/runs.csv?project={project}&columns={columns}").text
    return list(csv.DictReader(text.splitlines()))


def follow(link):
    """Clicks what leads to another page, and waits for that."""
    with link.page.expect_navigation():
        link.click()


def drag(page, axis, begin, end):
    """Drags along an axis of parallel coordinates, from a part of its height to another."""
    box = page.locator(".parcoords .axis-brush .background").nth(axis).bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + begin * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + (begin + end) / 2 * box["height"], steps=3)
    page.mouse.move(x, box["y"] + end * box["height"], steps=3)
    page.mouse.up()
