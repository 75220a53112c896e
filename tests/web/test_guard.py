"""The guards before the page, attacked over the wire: they stand in a real server."""

import http.client
import json
import signal
import socket
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from tests.web.serving import guarded

from unifig.web.addresses import Access, host_of, is_loopback
from unifig.web.headers import STRICT
from unifig.web.tokens import Door

TOKEN = "quite-a-secret"
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A page for this machine alone."""
    with guarded(tmp_path_factory.mktemp("local")) as served:
        yield served


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A page for other machines too, by a name of its own."""
    folder = tmp_path_factory.mktemp("shared")
    with guarded(folder, "0.0.0.0", ["Runs.Example.org"], TOKEN) as served:
        yield served


# Which host


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:{}",
        "localhost:{}",
        "LOCALHOST",
        "localhost.:9",
        "[::1]:{}",
        "127.9.9.9",
        "[::ffff:127.0.0.1]",
    ],
)
def test_a_name_of_this_machine_is_answered(local, host):
    """Whatever the port: a tunnel has another one."""
    answer = local.ask(Host=host.format(local.port))
    assert (answer.status, answer.text) == (200, "secret /")


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{}", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("a.localhost", "192.168.1.2:{}", "0.0.0.0", "[::]", "[2001:db8::1]", "2130706433"),
        *("0x7f.1", "127.1", "[::ffff:10.0.0.1]"),
    ],
)
def test_no_name_that_could_lead_elsewhere_is_answered(local, host):
    """DNS rebinding ends here, and who is right to use that name is told how."""
    answer = local.ask(Host=host.format(local.port))
    assert answer.status == 403
    assert "secret" not in answer.text
    assert f"unifig ui --name {host_of(host.format(local.port))}" in answer.text


@pytest.mark.parametrize(
    "lines",
    [
        ["GET / HTTP/1.1"],
        ["GET / HTTP/1.0"],
        ["GET / HTTP/1.1", "Host: localhost", "Host: localhost"],
        ["GET / HTTP/1.1", "Host: localhost", "host: evil.example"],
        ["GET / HTTP/1.1", "Host: <b>"],
        ["GET / HTTP/1.1", "Host:"],
        ["GET / HTTP/1.1", "Host: localhost, evil.example"],
        ["GET / HTTP/1.1", "Host: user@localhost"],
        ["GET / HTTP/1.1", "Host: localhost:x"],
        ["GET / HTTP/1.1", "Host: localhost:99999"],
        ["GET / HTTP/1.1", "Host: [localhost]"],
        ["GET / HTTP/1.1", "Host: [127.0.0.1]"],
        ["GET / HTTP/1.1", "Host: [1::2::3]"],
        ["GET / HTTP/1.1", "Host: [fe80::1%eth0]"],
        ["GET / HTTP/1.1", "Host: ::1"],
        ["GET / HTTP/1.1", "Host: ."],
        ["GET http://evil.example/ HTTP/1.1", "Host: localhost"],
        ["GET evil HTTP/1.1", "Host: localhost"],
        ["GET /a%00b HTTP/1.1", "Host: localhost"],
    ],
    ids=" ".join,
)
def test_what_says_not_clearly_what_it_is_for_is_refused(local, lines):
    """A host that is missing, stands twice or is none; a target that is no path."""
    answer = local.raw(*lines, "Connection: close")
    assert answer.startswith("HTTP/1.1 400 ")
    assert_safe(answer)


def test_a_shared_page_has_the_names_that_it_was_given(shared):
    """And any address, for none can be rebound; the machine's own name is in the printed URL."""
    own = urlsplit(shared.url).hostname
    named = ["runs.example.org", "RUNS.example.org:80", "10.1.2.3:9", "[2001:db8::1]", own]
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert [shared.ask(Host=host, **bearer).status for host in named] == [200] * 5
    for host in ("evil.example", "example.org", "x.runs.example.org"):
        assert shared.ask(Host=host, **bearer).status == 403


@given(st.text() | st.from_regex(r"[a-z0-9.:\[\]%@-]+", fullmatch=True))
def test_any_other_text_is_no_host_of_ours(text):
    """Of all that a Host header may say only the loopback addresses and localhost are allowed."""
    host = host_of(text)
    if host is not None and Access().allows(host):
        assert host == "localhost" or is_loopback(ip_address(host))


@given(st.ip_addresses())
def test_an_address_is_ours_where_only_this_machine_has_it(address):
    """IPv4 or IPv6, with a port or without; all are where other machines may come as well."""
    text = f"[{address}]:80" if address.version == 6 else f"{address}"
    meant = getattr(address, "ipv4_mapped", None) or address
    assert Access().allows(host_of(text)) == meant.is_loopback
    assert Access(is_shared=True).allows(host_of(text))


# Who asks


@pytest.mark.parametrize("site", ["cross-site", "same-site", "else"])
def test_another_page_loads_nothing(local, site):
    """Neither by fetch, script, image nor frame; a link to the page is followed."""
    for mode, dest in (
        *[("no-cors", "script"), ("no-cors", "image"), ("cors", "empty")],
        *[("navigate", "iframe"), ("navigate", "embed"), ("no-cors", "document"), (None, None)],
    ):
        named = {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest} if mode else {}
        answer = local.ask(**{"Sec-Fetch-Site": site}, **named)
        assert (answer.status, "secret" in answer.text) == (403, False)
    for method in ("GET", "HEAD"):
        assert local.ask("/", method, **{"Sec-Fetch-Site": site}, **NAVIGATION).status == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_page_loads_what_is_its_own(local, site):
    """And a person opens it by hand."""
    assert local.ask(**{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}).status == 200


def test_the_page_sends_a_form(local):
    """From wherever it was reached: the Origin has the same host."""
    assert json.loads(local.send("a=1&a=2&b=&c=%C3%A4+x").text) == [
        ["a", "1"],
        ["a", "2"],
        ["b", ""],
        ["c", "ä x"],
    ]
    for host in ("localhost:9999", "[::1]:80", "LocalHost"):
        for scheme in ("http", "https"):
            assert local.send("a=1", Host=host, Origin=f"{scheme}://{host}".lower()).status == 200
    type_ = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert local.ask("/", "POST", "a=1", **type_, **{"Sec-Fetch-Site": "same-origin"}).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:{}"),
        *("ftp://{host}", "http://evil.example", "http://{host}.evil.example", "http://{host}/"),
        *("{host}", "<script>", "http://{host}, http://{host}", "http://user@{host}"),
    ],
)
def test_no_other_page_sends_one(local, origin):
    """Whatever it says of itself; what it says is not taken for HTML."""
    answer = local.send("a=1", Origin=origin.format(local.port, host=local.host))
    assert answer.status == 403
    assert "<script>" not in answer.text
    answer = local.send("a=1", **{"Sec-Fetch-Site": "cross-site"}, **NAVIGATION)
    assert answer.status == 403


def test_a_form_without_origin_is_refused(local):
    """Unless the browser itself says that our page sent it; two Origins are none."""
    type_ = "Content-Type: application/x-www-form-urlencoded"
    usual = ["POST / HTTP/1.1", f"Host: {local.host}", type_, "Content-Length: 0"]
    own = f"Origin: {local.base}"
    for more in ([], ["Sec-Fetch-Site: none"], [own, own], [own, "Origin: null"]):
        assert local.raw(*usual, *more, "Connection: close").startswith("HTTP/1.1 403 ")
    assert local.raw(*usual, own, "Connection: close").startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "BREW"]
)
def test_there_are_no_other_methods(local, method):
    """A preflight gets no leave: none is given to any origin."""
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = local.ask("/", method, **asked)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert not [name for name in answer.headers if name.startswith("access-control")]


# What is sent


def test_a_form_is_not_endless(local):
    """A million bytes, whatever is said of them; then the connection goes on."""
    assert local.send("a=" + "x" * 999_998).status == 200
    for body in ("a=" + "x" * 999_999, iter([b"a=", b"x" * 600_000, b"x" * 600_000])):
        answer = local.send(body)
        assert answer.status == 413
        assert_safe(answer)
    usual = ["POST / HTTP/1.1", f"Host: {local.host}", f"Origin: {local.base}"]
    type_ = "Content-Type: application/x-www-form-urlencoded"
    answer = local.raw(*usual, type_, "Content-Length: 99999999999", "Connection: close")
    assert answer.startswith("HTTP/1.1 413 ")


def test_half_a_form_is_none(local):
    """What is cut off on the way is not taken for all that was sent."""
    usual = ["POST / HTTP/1.1", f"Host: {local.host}", f"Origin: {local.base}"]
    type_ = "Content-Type: application/x-www-form-urlencoded"
    with local.connected() as connection:
        head = "\r\n".join([*usual, type_, "Content-Length: 9", "", "half=1"])
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    chunked = [*usual, type_, "Transfer-Encoding: chunked"]
    assert local.raw(*chunked, body=b"6\r\nhalf=1\r\nnone\r\n").startswith("HTTP/1.1 400 ")
    assert ["half", "1"] not in json.loads(local.ask("/received").text)[-1]


def test_what_comes_after_a_refusal_is_not_answered(local):
    """A body that goes on, and is none: one request has one answer."""
    with local.connected() as connection:
        head = ["POST / HTTP/1.1", f"Host: {local.host}", "Transfer-Encoding: chunked", "", ""]
        connection.sendall("\r\n".join(head).encode())
        answer = b""
        while b"</html>" not in answer:
            answer += connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 403 ")
        connection.sendall(b"none\r\n")
        assert connection.recv(65536) == b""


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/json", "multipart/form-data; boundary=x", "", "<b>"]
)
def test_nothing_but_a_form_is_taken(local, type_):
    """What another page may send without asking is none of it."""
    answer = local.send("a=1", **{"Content-Type": type_})
    assert (answer.status, "<b>" in answer.text) == (415, False)


def test_what_is_read_has_no_body(local):
    """A request within a request is not waited for."""
    assert local.ask("/", "GET", "a=1").status == 400
    assert local.ask("/", "GET", iter([b"a=1"])).status == 400


def test_a_form_has_not_too_many_fields_nor_any_bytes(local):
    """A thousand, in UTF-8."""
    assert len(json.loads(local.send("&".join(["a=1"] * 1000)).text)) == 1000
    assert local.send("&".join(["a=1"] * 1001)).status == 400
    for body in (b"a=%ff", b"a=\xff"):
        assert local.send(body).status == 400


def test_an_address_has_an_end(local):
    """32 KB after the ?; headers end as well, for nothing is read for ever."""
    assert local.ask("/?" + "a" * 32_768).status == 200
    answer = local.ask("/?" + "a" * 32_769)
    assert (answer.status, "32,769" in answer.text) == (414, True)
    with local.connected() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ".ljust(65_537, b"x"))
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


# The token


def test_nobody_comes_without_the_token(shared):
    """Nothing is told, not even what there is."""
    answers = [
        shared.ask(target, method, **headers)
        for target in ("/", "/static/style.css", "/nothing", f"/?token={TOKEN}x", "/?token=")
        for method in ("GET", "HEAD")
        for headers in (
            *[{}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Basic {TOKEN}"}],
            *[{"Authorization": "Bearer \xe4"}, {"Cookie": f"unifig-{shared.port}={TOKEN}"}],
        )
    ]
    for answer in answers:
        assert (answer.status, "secret /" in answer.text) == (401, False)
        assert TOKEN not in answer.text + str(answer.headers)
        assert_safe(answer)
    assert "unifig ui" in answers[0].text
    assert shared.send("a=1", Origin=f"http://{shared.host}").status == 401


def test_the_printed_address_opens_the_page(shared):
    """Its token is taken off again, and a cookie stands for it, which scripts do not see."""
    assert shared.token == TOKEN
    answer = shared.ask(f"/a%20b?x=1&token={TOKEN}&y=%26+%C3%A4")
    assert (answer.status, answer.headers["location"]) == (303, "/a%20b?x=1&y=%26+%C3%A4")
    cookie, *how = answer.headers["set-cookie"].split("; ")
    assert sorted(how) == ["HttpOnly", "Path=/", "SameSite=Strict"]
    assert cookie.startswith(f"unifig-{shared.port}=")
    assert TOKEN not in cookie
    assert shared.ask("/a", Cookie=f"other=1; {cookie}").text == "secret /a"
    assert shared.send("a=1", Cookie=cookie).status == 200
    assert shared.send("a=1", Cookie=cookie, Origin="http://evil.example").status == 403
    assert shared.ask("/", Cookie=cookie[:-1]).status == 401
    assert shared.ask("/", Cookie=f"unifig-1={cookie.partition('=')[2]}").status == 401


def test_a_program_comes_by_a_header(shared):
    """``Authorization: Bearer``."""
    assert shared.ask(Authorization=f"bearer {TOKEN}").text == "secret /"
    assert shared.ask("/?token=wrong", Authorization=f"Bearer {TOKEN}").status == 401


def test_who_writes_the_token_by_hand_comes_to_where_they_were_going(shared):
    """The form keeps what else the address says, as text."""
    text = shared.ask("/runs?filter=%22%3E%3Cscript%3E&token=wrong").text
    assert '<input type="hidden" name="filter" value="&quot;&gt;&lt;script&gt;">' in text
    assert "wrong" not in text


def test_a_token_that_nobody_needs_does_not_stay_in_the_address(local):
    """That of an earlier server, perhaps: no cookie is set."""
    answer = local.ask("/?token=old&a=1")
    assert (answer.status, answer.headers["location"]) == (303, "/?a=1")
    assert "set-cookie" not in answer.headers


PATHS = st.builds(
    str.__add__,
    st.text("/\\.", max_size=4),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#")),
)
PARTS = st.lists(st.sampled_from(["token=a", "to%6ben=b", "x=%3F", "", "x", "y=token"]))


@given(PATHS, PARTS)
def test_who_is_sent_on_without_the_token_stays_here(path, parts):
    """Whatever the path, as one that begins with another host: the same query, and no token."""
    query = "&".join(["token=t", *parts])
    scope = {"type": "http", "raw_path": f"/{path}".encode(), "query_string": query.encode()}
    location = Door(None, 1).check(Request({**scope, "headers": []})).headers["location"]
    where = urlsplit(urljoin("http://here:1/", location))
    assert (where.scheme, where.netloc, where.fragment) == ("http", "here:1", "")
    assert location[0] == "/"
    assert location[1:2] not in ("/", "\\")  # which a browser takes for a slash
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "token"]
    assert parse_qsl(where.query, keep_blank_values=True) == kept


# What a browser is told


def assert_safe(answer):
    """All headers are there that every response has, once."""
    if isinstance(answer, str):
        lines = answer.partition("\r\n\r\n")[0].split("\r\n")[1:]
        found = [tuple(line.split(": ", 1)) for line in lines]
    else:
        found = answer.headers.items()
    for pair in STRICT.items():
        assert found.count(pair) == 1, pair
        assert [name.lower() for name, _ in found].count(pair[0]) == 1
    assert "server" not in [name.lower() for name, _ in found]


def test_every_answer_has_the_headers(local):
    """A page, a refusal, an error, what is not there, and what is no HTTP at all."""
    for answer in (local.ask(), local.ask("/x", "HEAD"), local.ask("/fail"), local.ask(Host="x.y")):
        assert_safe(answer)
    assert local.ask("/fail").status == 500
    assert_safe(local.send("a=1", "/nothing"))
    for line in ("NONSENSE", "GET / HTTP/9", "GET /\x80 HTTP/1.1"):
        assert_safe(local.raw(line))


def test_a_chart_may_do_what_it_needs_and_no_more(local):
    """By the policy that its page names, which is not sent."""
    found = {}
    for name in ("chart", "webgl"):
        answer = local.ask(f"/?header=X-Policy:{name}")
        assert "x-policy" not in answer.headers
        parts = answer.headers["content-security-policy"].split("; ")
        found[name] = set(parts) - set(STRICT["content-security-policy"].split("; "))
        assert len(parts) == len(STRICT["content-security-policy"].split("; "))
    drawn = {"style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:"}
    assert found == {"chart": drawn, "webgl": {*drawn, "script-src 'self' 'unsafe-eval'"}}


def test_a_response_says_how_long_it_is_kept(local):
    """And nothing else that the guards say."""
    answer = local.ask("/?header=Cache-Control:max-age=9&header=X-Frame-Options:ALLOW")
    assert answer.headers.get_all("cache-control") == ["max-age=9"]
    assert answer.headers.get_all("x-frame-options") == ["DENY"]


# How much at once, and the end


def test_the_busy_server_says_so(local):
    """64 requests at once; when one has gone the next is answered."""
    with ExitStack() as stack:
        for _ in range(64):
            connection = stack.enter_context(local.connected())
            connection.sendall(f"GET /wait HTTP/1.1\r\nHost: {local.host}\r\n\r\n".encode())
        while (answer := local.ask()).status == 200:
            pass
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert_safe(answer)
    while local.ask().status == 503:
        pass


def test_connections_that_ask_nothing_do_not_pile_up(local):
    """256, and those after them are closed."""
    with ExitStack() as stack:
        open_ = [stack.enter_context(local.connected()) for _ in range(257)]
        with suppress(ConnectionResetError):
            assert open_[-1].recv(1) == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -15)])
def test_it_ends_at_once_whatever_goes_on(tmp_path, number, code):
    """A browser that holds a connection, a form that does not come, a thread that is busy."""
    with guarded(tmp_path) as served, ExitStack() as stack:
        kept = http.client.HTTPConnection("127.0.0.1", served.port)
        kept.request("GET", "/")
        assert kept.getresponse().read() == b"secret /"
        for target in ("/wait", "/block"):
            connection = stack.enter_context(served.connected())
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
        connection = stack.enter_context(served.connected())
        head = f"POST / HTTP/1.1\r\nHost: {served.host}\r\nOrigin: {served.base}\r\n"
        type_ = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n"
        connection.sendall((head + type_).encode())
        assert served.ask().status == 200
        assert served.ended(number) == (code, "", "")
        kept.close()
