"""Pages as a browser reads them, and as a person who clicks links and sends forms."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urljoin, urlsplit

from unifig.web.view import View

VOID = {"meta", "link", "input", "br", "wbr", "rect", "img", "hr"}
"""Elements that nothing is in."""

ELEMENTS = {
    *("html", "head", "meta", "title", "link", "script", "noscript", "body", "header", "main"),
    *("nav", "section", "article", "figure", "figcaption", "div", "span", "p", "a", "h1", "h2"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "caption"),
    *("form", "fieldset", "legend", "label", "input", "select", "option", "datalist", "textarea"),
    *("button", "output", "details", "summary", "code", "pre", "small", "strong", "em", "time"),
    *("svg", "rect", "progress", "br", "wbr"),
}
"""All that a page is made of."""

ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "rel", "href", "type", "src", "defer"),
    *("class", "id", "title", "role", "tabindex", "for", "action", "method", "value", "checked"),
    *("selected", "multiple", "required", "autofocus", "autocomplete", "placeholder", "list"),
    *("size", "inputmode", "scope", "colspan", "open", "hidden", "download", "datetime", "max"),
    *("formaction", "width", "height", "viewbox", "preserveaspectratio", "x", "y"),
}
"""All that they have, beside ``data-`` and ``aria-``; nothing that runs, or is a style."""

MORE = re.compile("(?:data|aria)-[a-z]+")
CONTROL = re.compile(r"[\0-\x1f\x7f]")


class Element:
    """An element of a page: its tag, its attributes, and what is in it."""

    def __init__(self, tag, attributes):
        self.tag = tag
        self.attributes = attributes
        self.inner = []

    def __getitem__(self, name):
        """An attribute; an empty text where it has no value."""
        return self.attributes[name] or ""

    def get(self, name, default=None):
        """An attribute, where it is there."""
        return self[name] if name in self.attributes else default

    def all(self, tag=None, **attributes):
        """The elements in it, those of a tag and of some attributes; names with ``_`` for ``-``."""
        wanted = {name.strip("_").replace("_", "-"): it for name, it in attributes.items()}
        found = self._walk()
        if tag is not None:
            found = (it for it in found if it.tag == tag)
        return [it for it in found if all(it.get(n) == text for n, text in wanted.items())]

    def _walk(self):
        waiting = [self]
        while waiting:
            at = waiting.pop()
            if at is not self:
                yield at
            waiting += [part for part in reversed(at.inner) if isinstance(part, Element)]

    def one(self, tag=None, **attributes):
        """The only one of these elements."""
        [found] = self.all(tag, **attributes)
        return found

    @property
    def raw(self):
        """All text in it, as it is."""
        return "".join(part if isinstance(part, str) else part.raw for part in self.inner)

    @property
    def text(self):
        """All text in it, as it is seen on one line."""
        return " ".join(self.raw.split())

    @property
    def label(self):
        """What it is called, for who hears it or sees it."""
        return self.get("aria-label") or self.text


class _Reader(HTMLParser):
    """Reads a page; raises AssertionError for one that a browser would have to mend."""

    def __init__(self):
        super().__init__()
        self.top = Element("", {})
        self._open = [self.top]

    def handle_starttag(self, tag, attrs):
        found = Element(tag, dict(attrs))
        assert len(found.attributes) == len(attrs), f"<{tag}> has an attribute twice: {attrs}"
        _check(found)
        self._open[-1].inner.append(found)
        if tag not in VOID:
            self._open.append(found)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        ended = self._open.pop()
        assert ended.tag == tag, f"</{tag}> ends <{ended.tag}>"
        if tag == "script":
            _check_script(ended)

    def handle_data(self, data):
        self._open[-1].inner.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl):
        assert decl == "doctype html"

    def handle_pi(self, data):
        raise AssertionError(f"an instruction: {data}")


def read(text):
    """A page as a tree. Raises AssertionError where data has become a part of it.

    That is: an element or an attribute that no template has, a script of its own, an address that
    leads elsewhere, JSON that no browser reads.
    """
    reader = _Reader()
    reader.feed(re.sub("\r\n?", "\n", text).replace("\0", "\ufffd"))
    reader.close()
    return reader.top


def _check(it):
    assert it.tag in ELEMENTS, f"<{it.tag}> is of no template"
    for name in it.attributes:
        known = name in ATTRIBUTES or MORE.fullmatch(name)
        assert known, f"{name} of <{it.tag}> is of no template"
        if name in {"href", "src", "action", "formaction"}:
            _check_address(it[name])


def _check_address(address):
    """It leads to our own server, wherever the page is."""
    assert not CONTROL.search(address), address
    assert address == "" or re.match(r"/(?![/\\])|#|\?", address), address


def _check_script(script):
    if script.get("type") == "application/json":
        exact(script.raw)
    else:
        assert not script.raw
        assert urlsplit(script["src"]).path in {
            *("/plotly.js", "/static/charts.js", "/static/page.js"),
        }


def exact(text):
    """What JSON says, which has no NaN and no infinity, as browsers have none there."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


class Visitor:
    """Who looks at the pages of a server, and sends their forms."""

    def __init__(self, served):
        self.served = served

    def get(self, target, status=200):
        """A page, by its address, which is to be answered like this."""
        return Page(self, target, self.served.ask(target), status)

    def post(self, target, fields, status=303):
        """What is answered to a form."""
        return Page(self, target, self.served.send(encoded(fields), target), status)


def encoded(fields):
    """The fields of a form as a browser sends them."""
    return urlencode([(name, re.sub("\r\n|\r|\n", "\r\n", text)) for name, text in fields])


class Page:
    """An answer: what was asked, the status, the headers; of a page all that is in it."""

    def __init__(self, visitor, target, answer, status):
        self.visitor = visitor
        self.target = target
        self.status = answer.status
        self.headers = answer.headers
        self.text = answer.text
        is_page = self.headers.get_content_type() == "text/html" and self.text
        self.top = read(self.text) if is_page else None
        assert self.status == status, (self.status, target[:300], self.alert or self.text[:2000])

    @property
    def alert(self):
        """What is told that went wrong; None where nothing did."""
        alerts = [] if self.top is None else self.top.all(role="alert")
        return alerts[0].text if alerts else None

    @property
    def amount(self):
        """What is said of how many runs there are."""
        return self.top.one(class_="amount").text

    # Links

    def link(self, label):
        """The address of a link, by what it is called; the first where several are."""
        found = [link["href"] for link in self.top.all("a") if link.label == label]
        assert found, (label, [link.label for link in self.top.all("a")])
        return found[0]

    def has_link(self, label):
        """Whether there is a link that is called so."""
        return any(link.label == label for link in self.top.all("a"))

    def follow(self, label, status=200):
        """The page behind a link."""
        return self.go(self.link(label), status)

    def go(self, address, status=200):
        """The page at an address that this one has."""
        return self.visitor.get(urljoin(self.target, address).partition("#")[0], status)

    # Tables

    def headings(self, place=0):
        """What the columns of a table are called, without the sign of their order."""
        line = self.top.all("table")[place].one("thead").one("tr")
        return [cell.text.rstrip(" ▲▼") for cell in _cells(line)]

    def cells(self, place=0):
        """The lines of a table, as elements; without the heading."""
        body = self.top.all("table")[place].one("tbody")
        return [_cells(line) for line in body.all("tr")]

    def table(self, place=0):
        """The same as texts."""
        return [[cell.text for cell in line] for line in self.cells(place)]

    def column(self, name, place=0):
        """The texts under a heading."""
        at = self.headings(place).index(name)
        return [line[at] for line in self.table(place)]

    def runs(self):
        """The paths of the runs that its table has, in their order."""
        return [box["value"] for box in self.top.all("input", type="checkbox", name="run")]

    def figures(self):
        """The data of its charts."""
        return [exact(it.one("script").raw) for it in self.top.all("figure", class_="chart")]

    # Forms

    def fields(self, *names):
        """What the form sends that has fields of these names, as it is: pairs."""
        return _sent(self._form(names), {})

    def submit(self, status=200, *, of=None, **written):
        """Writes into fields, and sends the form that has them; None takes a field away.

        Where none is written into, ``of`` is the name of one that the form has. A button is pressed
        that has a text. Gives the page that a browser then shows, which is to be answered like
        this; with 303 what leads there.
        """
        names = [name for name, text in written.items() if text is not None]
        form = self._form([of] if of else names)
        pressed = [it for it in form.all("button") if it.get("name") in written]
        places = [it["formaction"] for it in pressed if "formaction" in it.attributes]
        path = [*places, form.get("action") or urlsplit(self.target).path][0].partition("#")[0]
        fields = encoded(_sent(form, written))
        served = self.visitor.served
        if form.get("method") == "post":
            answer = served.send(fields, path)
        else:
            path = f"{path}?{fields}"
            answer = served.ask(path)
        if answer.status == 303 != status:
            return self.go(answer.headers["Location"], status)
        return Page(self.visitor, path, answer, status)

    def _form(self, names):
        assert names, "by which field is it known?"
        for form in self.top.all("form"):
            if {it.get("name") for it in form.all()} >= set(names):
                return form
        raise AssertionError(f"no form has {', '.join(names)}")


def _cells(line):
    return [it for it in line.inner if isinstance(it, Element) and it.tag in {"td", "th"}]


def _sent(form, written):
    """What a form sends, with some of its fields written into: pairs, in their order."""
    rest = dict(written)
    pairs = []
    for it in form.all():
        name = it.get("name")
        if name in rest:
            text = rest.pop(name)
            pairs += [] if text is None else [(name, text)]
        elif name:
            pairs += [(name, text) for text in _said(it)]
    return pairs


def _said(it):
    """What a field says that nobody has written into."""
    if it.tag == "select":
        chosen = [one for one in it.all("option") if "selected" in one.attributes]
        if not chosen and "multiple" not in it.attributes:
            chosen = it.all("option")[:1]
        return [one.get("value", one.text) for one in chosen]
    if it.tag == "textarea":
        return [it.raw.removeprefix("\n")]
    if it.tag != "input" or (it.get("type") == "checkbox" and "checked" not in it.attributes):
        return []
    value = it.get("value", "on" if it.get("type") == "checkbox" else "")
    # A field of one line has no line breaks.
    return [value if it.get("type") == "hidden" else re.sub("[\r\n]", "", value)]


def address(path="/", *more, project="me/grid", **parts):
    """Where a page is; ``more`` are further pairs, and several runs of a page are the usual."""
    pairs = [("project", project)] if project else []
    return f"{path}?{urlencode([*pairs, *more, *parts.items()])}"


def run_page(visitor, path, status=200, **options):
    """The page of a run."""
    url = "/run/" + "/".join(quote(part, safe="") for part in path.split("/"))
    return visitor.get(View(options=options).url(url), status)
