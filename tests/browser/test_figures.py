"""Figures as Chromium draws them, under the policies that the pages of charts have."""

import html
import shutil
import threading
import time

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from tests.browser.window import drag

import unifig.web
from unifig.web.figures.axis import Axis
from unifig.web.figures.bars import bars
from unifig.web.figures.curves import Curve, curves
from unifig.web.figures.figure import Named
from unifig.web.figures.parallel import parallel
from unifig.web.figures.scatter import scatter
from unifig.web.figures.script import plotly_script
from unifig.web.headers import POLICY, with_headers
from unifig.web.statistics.importance import importance
from unifig.web.statistics.values import Values

STATIC = unifig.web.__path__[0] + "/static"
HOSTILE = '<a href="javascript:document.title=1">x</a><br><b>b</b>&lt;</script>'
SWIFTSHADER = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NOISE = ("GL Driver Message",)

PLAIN = "scatter+curves+bars+broken"
WEBGL = "scatter+parallel"
ENDS = ("low", "high")
LR = [0.0001, 0.001, 0.01, 0.1] * 3
KIND = np.array([0, 1, 2] * 4, dtype=np.int32)


def numbers(values, name, **more):
    return Axis(name, np.array(values, dtype=float), **more)


def runs(places):
    return [Named(("me", "digits", f"id {place}"), HOSTILE) for place in places]


def figures():
    """One of each, whose names and values all look like markup."""
    lr = numbers(LR, HOSTILE, log=True)
    kind = Axis("kind", np.full(12, np.nan), KIND, [HOSTILE, "sgd", "rms"])
    loss = numbers(np.linspace(1, 2, 12), "loss")
    logged = [(step, step / 2, 1 / (step + 1)) for step in range(50)]
    columns = {HOSTILE: Values(KIND, np.full(12, np.nan), 3)}
    return {
        "scatter": scatter(lr, kind, runs, colour=kind),
        "curves": curves(
            HOSTILE, [Curve(("me", "digits", f"id {at}"), HOSTILE, logged) for at in range(2)]
        ),
        "bars": bars(importance(loss.reals, columns).keys),
        "parallel": parallel([lr, kind, loss], colour=loss),
        "broken": None,
    }


def page(names, made):
    """A page with some figures, and the form that what is brushed goes into."""
    shown = "".join(
        f'<figure class="chart" data-chart data-form="form" id="{name}"><div class="plot"></div>'
        f'<script type="application/json">{made[name].json() if made[name] else "{"}</script>'
        f"<figcaption>{name}</figcaption></figure>"
        for name in names
    )
    name = html.escape(HOSTILE)
    inputs = "".join(f'<input id="{end}" data-axis="{name}" data-end="{end}">' for end in ENDS)
    options = "".join(f'<option data-code="{code}">{code}</option>' for code in range(3))
    return (
        '<!doctype html><title>charts</title><link rel="stylesheet" href="/static/style.css">'
        '<script src="/plotly.js" defer></script><script src="/static/charts.js" defer></script>'
        f'{shown}<form id="form">{inputs}<select multiple data-axis="kind">{options}</select>'
    )


def application():
    made = figures()

    def show(request):
        names = request.path_params["names"].split("+")
        policy = "webgl" if "parallel" in names else "chart"
        return HTMLResponse(page(names, made), headers={POLICY: policy})

    app = Starlette(
        routes=[
            Route("/plotly.js", lambda request: FileResponse(plotly_script())),
            Route("/favicon.ico", lambda request: Response(status_code=204)),
            Route("/run/{path:path}", lambda request: PlainTextResponse("a run")),
            Route("/charts/{names}", show),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )

    async def guarded(scope, receive, send):
        await app(scope, receive, with_headers(send) if scope["type"] == "http" else send)

    return guarded


@pytest.fixture(scope="module")
def server():
    """Where the pages are."""
    config = uvicorn.Config(application(), port=0, log_level="warning", ws="none", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    """A Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", *SWIFTSHADER]
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def open_page(browser, server):
    """Opens a page with some figures, once they are drawn; nothing may be refused or fail."""
    told, pages = [], {}

    def opened(names):
        """The same page each time, as the last test has left it."""
        address = f"{server}/charts/{names}"
        if names not in pages:
            pages[names] = shown = browser.new_page(
                viewport={"width": 1000, "height": 1600}, color_scheme="light"
            )
            shown.on("console", lambda message: told.append(message.text))
            shown.on("pageerror", lambda error: told.append(str(error)))
        shown = pages[names]
        if shown.url != address:
            shown.goto(address)
        done = "document.querySelectorAll('[data-drawn], [data-failed]').length"
        shown.wait_for_function(f"n => {done} === n", arg=len(names.split("+")))
        return shown

    yield opened
    for shown in pages.values():
        shown.close()
    assert [text for text in told if not any(noise in text for noise in NOISE)] == []


def test_names_are_shown_as_they_are(open_page):
    """In labels, legends and ticks, what looks like markup is text; no link, no tag comes of it."""
    shown = open_page(PLAIN)
    texts = shown.locator("svg text").all_text_contents()
    whole = [text for text in texts if text == HOSTILE]
    assert len(whole) >= 3  # the titles of two axes, the legend of a curve
    assert sum(text.startswith('<a href="javascript:') for text in texts) > len(whole)
    assert shown.locator("svg a, svg b").count() == 0
    assert shown.title() == "charts"
    assert shown.locator("[data-title*=Share]").count() == 0, "a chart is never uploaded"


def test_a_point_opens_its_run(open_page, server):
    """What is shown at a point is its run's name; a click opens the run's page."""
    shown = open_page(PLAIN)
    box = shown.locator("#scatter .point").first.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shown.mouse.move(*at)
    shown.wait_for_selector("#scatter .hovertext")
    told = shown.locator("#scatter .hoverlayer").text_content()
    assert told.startswith(HOSTILE)
    assert "me/digits/id 0" in told
    shown.mouse.click(*at)
    shown.wait_for_url(f"{server}/run/me/digits/id%200")


def test_colours_follow_the_page(open_page):
    """Texts have the page's colour in the light and in the dark, and when that changes."""
    shown = open_page(WEBGL)

    def fills():
        found = shown.locator("svg .xtitle, svg .axis-title").all()
        return {text.evaluate("it => getComputedStyle(it).fill") for text in found}

    assert fills() == {"rgb(26, 30, 36)"}
    shown.emulate_media(color_scheme="dark")
    shown.wait_for_function(
        "() => getComputedStyle(document.querySelector('.axis-title')).fill.includes('229')"
    )
    assert fills() == {"rgb(229, 233, 239)"}


def test_what_is_brushed_stands_in_the_form(open_page):
    """Ranges that are dragged along axes are numbers in the form, or chosen values."""
    shown = open_page(WEBGL)
    low, high = (shown.locator(f"#{end}") for end in ENDS)
    chosen = shown.locator("option:checked")
    drag(shown, 0, 1, 0.55)  # from the lowest of four powers of ten to above the second
    shown.wait_for_function("() => document.querySelector('#high').value !== ''")
    assert low.input_value() == ""
    assert 0.001 < float(high.input_value()) < 0.01
    drag(shown, 1, 0.6, 0)  # the upper two of three values
    shown.wait_for_function("() => document.querySelectorAll('option:checked').length")
    assert chosen.all_text_contents() == ["1", "2"]
    drag(shown, 0, 0.4, 0.28)
    shown.wait_for_function("() => document.querySelector('#low').value !== ''")
    assert 0.001 < float(low.input_value()) < 0.01 < float(high.input_value()) < 0.1


def test_a_figure_that_can_not_be_drawn(open_page):
    """Where a figure is broken a sentence says so, and the others are drawn."""
    shown = open_page(PLAIN)
    assert "This chart can't be drawn" in shown.locator("#broken .plot").text_content()
    assert shown.locator("#bars svg .point").count() == 1
