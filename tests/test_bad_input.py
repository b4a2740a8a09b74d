"""Bad input at running servers and in this process: a clear answer, and never a number burned."""

import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from tests.support.asgi import (
    FETCH,
    NAVIGATION,
    Answer,
    House,
    Shop,
    call,
    make_house,
    scope_of,
)
from tests.support.clock import Clock
from tests.support.live import Server, served, settings
from tests.support.visitor import PAGE, SCRIPT

TICKET, TOKEN = "vwr_main", "vwr_main_token"
OWN = ("/", "/status", "/position", "/tickets", "/token", "/leave", "/resume", "/nothing")

# A server with two workers, and a full room.


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two workers over one SQLite file; somebody is inside."""
    folder = tmp_path_factory.mktemp("bad")
    env = settings(
        f"sqlite:///{folder / 'rooms.sqlite3'}", confirm_within=3000, session_seconds=3600
    )
    with served(folder, env, "--workers", "2", "--http", request.param) as server:
        with httpx.Client(base_url=server.url, headers=PAGE) as client:
            assert client.get("/tickets").status_code == 200
            assert client.get("/tickets").status_code == 200
        yield server


@pytest.fixture
def issued(server: Server) -> Iterator[None]:
    """No number is burned, nothing goes wrong inside, and the server goes on serving."""

    def count() -> int:
        # A worker's snapshot may be half a second old; asked by a join, it would be new.
        with httpx.Client(base_url=server.url) as client:
            number: int = client.post("/vwr/main/tickets").json()["position"]
            return number

    before, lines = count(), len(server.log)
    yield
    assert count() == before + 1
    log = server.log[lines:]
    assert "Traceback" not in log, log
    assert not re.search(r'" 5\d\d', log.replace('" 503', "")), log


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=SCRIPT, timeout=20) as client:
        yield client


def a_ticket(server: Server) -> str:
    with httpx.Client(base_url=server.url) as client:
        text: str = client.post("/vwr/main/tickets").json()["ticket"]
        return text


@pytest.fixture
def ticket(server: Server) -> str:
    return a_ticket(server)


def spoiled(ticket: str) -> list[str]:
    """Tickets and tokens that are no good, as a Cookie header's values."""
    flipped = ticket[:10] + ("A" if ticket[10] != "A" else "B") + ticket[11:]
    header = "eyJhbGciOiJub25lIiwidHlwIjoidndyK2p3dCJ9"
    return [
        "",
        "x",
        ticket[:-1],
        ticket[:40],
        ticket + "A",
        ticket.lower(),
        flipped,
        f"{ticket}.{ticket}",
        '"',
        '""',
        '"' + flipped + '"',
        "A" * 7000,
        "\xe9" * 72,
        "\xff" * 300,
        "%00%0d%0a",
        f"{header}.eyJwb3MiOjF9.",
        f"{header}." + "e30" * 500 + ".AAAA",
        "-1",
        "4294967295",
        "; ; =; ;;",
        ",".join(["x"] * 500),
    ]


def test_cookies_that_are_no_good_are_as_good_as_none(
    ticket: str, issued: None, client: httpx.Client
) -> None:
    for value in spoiled(ticket):
        for cookie in (
            f"{TICKET}={value}",
            f"{TOKEN}={value}",
            f"{TICKET}={value}; {TOKEN}={value}",
        ):
            raw = [(b"cookie", cookie.encode("latin-1"))]
            answers = [client.get(path, headers=raw) for path in ("/tickets", "/vwr/main/position")]
            assert [answer.status_code for answer in answers] == [429, 200], cookie
            assert answers[1].json()["you"] == "none"
            claim = client.post("/vwr/main/token", headers=raw)
            assert claim.status_code == 401, cookie


def test_a_good_cookie_counts_among_bad_ones(server: Server, client: httpx.Client) -> None:
    ticket = a_ticket(server)
    for value in spoiled(ticket):
        raw = [(b"cookie", f"{TICKET}={value}; a=b; {TICKET}={ticket}".encode("latin-1"))]
        answer = client.get("/vwr/main/position", headers=raw).json()
        assert answer["you"] == "waiting", value


def test_of_many_cookies_of_one_name_four_are_tried(server: Server, client: httpx.Client) -> None:
    ticket = a_ticket(server)
    crowd = "; ".join([f"{TICKET}=x{i}" for i in range(50)] + [f"{TICKET}={ticket}"])
    assert client.get("/vwr/main/position", headers={"Cookie": crowd}).json()["you"] == "none"


@pytest.mark.parametrize("name", ["tickets", "token", "leave", "resume"])
def test_bodies_that_are_no_json_are_refused(issued: None, client: httpx.Client, name: str) -> None:
    for body in (
        b"{",
        b"[" * 50_000,
        b"\xff\xfe",
        b"{'a': 1}",
        b"nul",
        b'{"a":' + b"9" * 6000 + b"}x",
    ):
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = client.post(f"/vwr/main/{name}", content=body, headers=headers)
        assert answer.status_code == 400, body[:20]
        assert "JSON" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/vwr/main/tickets", "/vwr/main/token", "/vwr/main/leave"])
def test_ten_megabytes_at_our_addresses_are_too_large(
    server: Server, issued: None, path: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
    answer = server.send(head.encode() + b"x" * 10_485_760)
    assert answer[:13] == b"HTTP/1.1 413 " or not answer
    answer = server.send(head.encode() + b"x" * 70_000)
    assert answer[:13] == b"HTTP/1.1 413 "
    assert b"connection: close" in answer.lower()


def test_ten_megabytes_at_a_stopped_page_are_not_read(server: Server, issued: None) -> None:
    head = "POST /tickets/buy HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
    # Within the 64 kB that are drained. A client that has sent more by then may find the connection
    # reset before it reads the answer, which is what not reading an upload means.
    answer = server.send(head.encode() + b"x" * 50_000, 2, more=True)
    assert answer[:13] == b"HTTP/1.1 429 "
    assert b"connection: close" in answer.lower()


def test_a_client_that_would_wait_for_100_continue_gets_none(server: Server, issued: None) -> None:
    head = (
        "POST /tickets/buy HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    answer = server.send(head.encode(), more=True)
    assert answer[:13] == b"HTTP/1.1 429 "


def test_a_small_stopped_post_gets_its_answer_whole(server: Server, issued: None) -> None:
    with httpx.Client(base_url=server.url, headers=SCRIPT, timeout=20) as client:
        for size in (0, 10, 1000, 60_000):
            for _ in range(5):
                answer = client.post("/tickets/buy", content=b"x" * size)
                assert (answer.status_code, answer.json()["you"]) == (429, "none")


def test_addresses_that_are_not_there(issued: None, client: httpx.Client) -> None:
    for path in (
        "/vwr/other/status",
        "/vwr/Main/status",
        "/vwr/main/status/",
        "/vwr/main/nothing",
        "/vwr/main/tickets/1",
        "/vwr/static/",
        "/vwr/static/..%2f..%2fetc%2fpasswd",
        "/vwr/static/%00",
        "/vwr/main%2fstatus/x",
        "/vwr//main/status",
        "/vwr/main//status",
        "/vwr/%6d%61%69%6e/nothing",
        "/vwr/" + "x" * 5000 + "/status",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"]


def test_wrong_methods_are_told_the_right_ones(issued: None, client: httpx.Client) -> None:
    for path, allowed in (
        ("/vwr/main/", "GET"),
        ("/vwr/main/status", "GET"),
        ("/vwr/main/position", "GET"),
        ("/vwr/main/tickets", "POST"),
        ("/vwr/main/token", "POST"),
        ("/vwr/main/leave", "POST"),
        ("/vwr/healthz", "GET"),
    ):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
            if method == allowed:
                continue
            answer = client.request(method, path)
            if answer.status_code == 400 and method == "BREW":
                continue  # the server knows no such method
            assert answer.status_code == 405, (method, path)
            assert allowed in answer.headers["allow"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "/%5cevil.example",
        "/tickets%0d%0aSet-Cookie:%20x=y",
        "/%09/evil.example",
        "javascript:alert(1)",
        "%00",
        "%ff%fe",
        "/" + "a" * 5000,
        "&next=//evil.example&next=/tickets",
        "&".join(f"a{i}=1" for i in range(1000)),
        "%",
        "%zz",
        ";next=//evil.example",
    ],
)
def test_nobody_is_led_anywhere_else(
    server: Server, client: httpx.Client, issued: None, wanted: str
) -> None:
    answer = client.get(f"/vwr/main/?next={wanted}")
    assert answer.status_code == 429
    for name in ("location", "vwr-waiting-room"):
        there = urlsplit(urljoin("http://here.example/", answer.headers.get(name, "/")))
        assert there.netloc == "here.example"
    assert "x" not in {cookie.name for cookie in client.cookies.jar}
    answer = client.get(f"/vwr/main?next={wanted}")
    assert answer.status_code == 308
    there = urlsplit(urljoin("http://here.example/", answer.headers["location"]))
    assert (there.netloc, there.path) == ("here.example", "/vwr/main/")


GARBAGE = [
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nCookie: a\x00b\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nX: a\rInjected: 1\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nX: a\nInjected: 1\r\n\r\n",
    b"GET /tickets?a=\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets?a=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tick\xc3\xa9ts HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets/%ff%fe%00%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets/%0d%0aX:%20y?%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //evil.example/..%2ftickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/tickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET tickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: evil.example\r\nHost: x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: a b<script>\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\xff\r\nReferer: http://[\xff\r\nOrigin: http://[\r\n\r\n",
    b"POST /vwr/main/tickets HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\nContent-Length: 0\r\n\r\n",
    b"POST /vwr/main/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
    b"GET /tickets HTTP/1.0\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAccept: \xff;q=\xfe\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAccept-Language: \x80-\xff;q=x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nVWR-Token: " + b"a" * 8000 + b"\r\n\r\n",
    b'GET /vwr/main/status HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff""W/\r\n\r\n',
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 1000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_on_the_wire_is_a_client_error_at_most(
    server: Server, issued: None, data: bytes
) -> None:
    answer = server.send(data)
    status = answer[9:12]
    assert status[:1] in (b"", b"2", b"4"), answer[:300]
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"injected:" not in head
    assert b"\nx: y" not in head
    for line in head.split(b"\r\n"):
        if line.startswith((b"location:", b"vwr-waiting-room:")):
            there = line.partition(b":")[2].strip()
            assert not there.startswith((b"//", b"/\\", b"http"))


def test_a_huge_query_is_answered(server: Server, issued: None, client: httpx.Client) -> None:
    for path in ("/tickets", "/vwr/main/status", "/vwr/main/position", "/vwr/main/"):
        for _ in range(5):  # a server that closes with more to read can outrun its own answer
            with suppress(httpx.ReadError):
                answer = client.get(f"{path}?{'a=1&' * 12_000}")
                assert answer.status_code in (200, 429, 400, 414, 431), path
                break
        else:
            pytest.fail(f"{path} was never answered")


def test_who_ignores_cookies_takes_numbers_only_by_opening_pages(
    server: Server, issued: None, client: httpx.Client
) -> None:
    for _ in range(20):
        client.cookies.clear()
        assert client.get("/tickets").status_code == 429
        client.cookies.clear()
        assert client.get("/vwr/main/position").json()["you"] == "none"


def test_there_is_no_way_around_by_spelling(server: Server, issued: None) -> None:
    for path in (
        "/tickets/",
        "//tickets",
        "/./tickets",
        "/a/../tickets",
        "/%74ickets",
        "/TICKETS",
        "/tickets%2fbuy",
        "/tickets;a=b",
        "/a/%2e%2e/tickets",
        "/tickets%00",
        "/tickets%3Fx",
        "/\\tickets",
        "/x/..\\tickets",
        "/%2574ickets",
    ):
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = server.send(head.encode(), 20, more=True)
        assert answer[9:12] in (b"429", b"400"), (path, answer[:100])


# In this process, whatever comes to mind.


@pytest.fixture(scope="module")
def full_house() -> House:
    """Somebody is inside, somebody waits."""
    house = make_house(Clock(), Shop(), max_active=1, cors_origins="https://app.example")
    inside = house.visitor()
    inside.open()
    inside.open()
    house.visitor().open()
    return house


def text_of(alphabet: str = "") -> st.SearchStrategy[str]:
    letters = st.characters(max_codepoint=255)
    return st.text(st.sampled_from(alphabet) if alphabet else letters, max_size=40)


NAMES = """
    cookie host accept accept-language origin referer authorization vwr-ticket vwr-token
    content-type if-none-match user-agent sec-fetch-mode sec-fetch-dest sec-fetch-site
    sec-purpose x-forwarded-for x-forwarded-proto x-forwarded-host expect accept-encoding
""".split()  # noqa: SIM905  (a list is three times as long)
values = st.one_of(
    text_of(),
    st.sampled_from(
        [f"{TICKET}=x; {TOKEN}=y", "navigate", "document", "text/html", "null", "http://["]
    ),
    text_of(f'{TICKET}=;, \t"\\'),
)
headers = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6)
paths = st.one_of(
    st.sampled_from(["/tickets", "/about", "/vwr", *(f"/vwr/main{name}" for name in OWN)]),
    st.text(st.sampled_from("/.%\\;?#vwrmaintickets\r\n\x00é\udcff2f"), max_size=30).map(
        "/".__add__
    ),
    st.text(st.characters(codec=None), max_size=10).map("/tickets/".__add__),
)
queries = st.one_of(text_of(), text_of("next=/\\%:&;a0d?\r\n"), st.just("next=//evil.example"))
#: The room that a test is given is the same for all its examples, and meant to be.
LENIENT = [HealthCheck.function_scoped_fixture]
methods = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "é"]
)


@given(
    path=paths,
    query=queries,
    method=methods,
    headers=headers,
    body=st.binary(max_size=50),
    mount=st.sampled_from(["", "/shop", "/\r\nx: y", "//evil.example"]),
)
@how(max_examples=6 * how().max_examples, suppress_health_check=LENIENT)
def test_no_request_is_an_error_or_leads_away(
    full_house: House,
    path: str,
    query: str,
    method: str,
    headers: list[tuple[str, str]],
    body: bytes,
    mount: str,
) -> None:
    raw = path.encode("utf-8", "replace")
    scope = scope_of(mount + path, headers, method, raw_path=raw, root_path=mount)
    scope["path"], scope["query_string"] = mount + path, query.encode("latin-1")
    answer = call(full_house.middleware, scope, {"type": "http.request", "body": body})
    check(answer)


@given(path=paths, headers=headers, denies=st.booleans())
@how(max_examples=3 * how().max_examples // 2, suppress_health_check=LENIENT)
def test_no_websocket_is_an_error(
    full_house: House, path: str, headers: list[tuple[str, str]], denies: bool
) -> None:
    extensions: dict[str, object] | None = {"websocket.http.response": {}} if denies else None
    scope = scope_of(path, headers, type="websocket", scheme="ws", extensions=extensions)
    answer = call(full_house.middleware, scope)
    if answer.messages[0]["type"] not in ("websocket.close", "websocket.accept"):
        check(answer)


def check(answer: Answer) -> None:
    """An answer of ours or the app's that does no harm."""
    assert answer.status < 500 or answer.status == 503
    for name, value in answer.pairs:
        assert not re.search(r"[\r\n\x00]", name + value), (name, value)
        if name in ("location", "vwr-waiting-room"):
            there = urlsplit(urljoin("https://here.example/", value.replace("\\", "/")))
            assert there.netloc == "here.example", value


def test_none_of_that_burned_a_number(full_house: House) -> None:
    before = full_house.issued
    for kind in (FETCH, {}):
        for value in spoiled("A" * 72):
            for name in OWN[:3]:
                visitor = full_house.visitor(cookie=f"{TICKET}={value}; {TOKEN}={value}")
                visitor.ask("GET", f"/vwr/main{name}", kind, {})
                visitor.ask("POST", f"/vwr/main{name}", kind, {})
            assert visitor.ask("GET", "/tickets", kind, {}).status == 429
    full_house.pass_by(1)
    assert full_house.issued == before
    assert full_house.visitor().ask("GET", "/tickets", NAVIGATION, {}).status == 202


def test_a_rooms_path_in_another_script_can_be_told_in_a_header(clock: Clock) -> None:
    house = make_house(clock, max_active=1, paths=["/チケット", "/tickets"])
    house.visitor().open("/tickets")
    answer = house.visitor().post("/tickets/buy")
    assert answer.status == 429
    assert answer.header("vwr-waiting-room").isascii()
    assert house.visitor().get("/vwr/main/").status == 429


def test_a_bypass_that_fails_lets_nobody_by(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    def bypass(request: object) -> bool:
        raise ZeroDivisionError

    house = make_house(clock, max_active=1, bypass=bypass)
    assert house.visitor().open().has_passed
    assert house.visitor().get().status == 429
    assert "the bypass of room main failed" in caplog.text


def test_a_bypass_lets_staff_by_and_takes_no_place(clock: Clock) -> None:
    house = make_house(clock, max_active=1, bypass=lambda request: request.header("x-staff") == "1")
    house.visitor().open()
    assert house.visitor(x_staff="1").open().has_passed
    assert house.issued == 1
