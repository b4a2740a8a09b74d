"""In this process, whatever comes to mind."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from tests.support.asgi import FETCH, NAVIGATION, Answer, call, scope_of
from tests.support.clock import Clock
from tests.support.faults import fault
from tests.support.house import House, Shop, make_house
from tests.support.spoiled import spoiled
from tests.support.visitor import TICKET, TOKEN

OWN = ("/", "/status", "/position", "/tickets", "/token", "/leave", "/resume", "/nothing", "")
STATUS = "/vwr/main/status"


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
    st.sampled_from(["/vwr/", "/vwr/nowhere/", "/vwr/healthz", "/vwr/readyz", "/vwr/static/x"]),
    st.text(st.sampled_from("/.%\\;?#vwrmaintickets\r\n\x00é\udcff2f"), max_size=30).map(
        "/".__add__
    ),
    st.text(st.characters(codec=None), max_size=10).map("/tickets/".__add__),
)


queries = st.one_of(text_of(), text_of("next=/\\%:&;a0d?\r\n"), st.just("next=//evil.example"))


methods = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "é"]
)


#: The room that a test is given is the same for all its examples, and meant to be.
LENIENT = [HealthCheck.function_scoped_fixture]


@fault(
    "Anything at all, as a request",
    new="A clear answer, never a 500; nobody is led to another site.",
)
@given(
    path=paths,
    query=queries,
    method=methods,
    headers=headers,
    body=st.binary(max_size=50),
    mount=st.sampled_from(["", "/shop", "/\r\nx: y", "//evil.example"]),
)
@how(max_examples=3 * how().max_examples, suppress_health_check=LENIENT)
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
    if not answer.has_passed:
        check_that_it_is_private(answer, is_status=path == STATUS)


@given(path=paths, headers=headers, denies=st.booleans())
@how(max_examples=how().max_examples // 2, suppress_health_check=LENIENT)
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


def check_that_it_is_private(answer: Answer, *, is_status: bool) -> None:
    """An answer of ours that no cache keeps; of the status one may, which is for everybody."""
    if is_status and answer.status in (200, 304):
        assert answer.header("cache-control") == "public, max-age=1"
        assert not answer.cookies
    else:
        assert answer.header("cache-control") == "private, no-store"
        told = ", ".join(answer.all("vary"))
        assert "Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest, Authorization, VWR-Ticket" in told


@fault("Cookies are forged, foreign, cut off or huge", figure="No number is burned.")
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
