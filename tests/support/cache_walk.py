"""A walk of several visitors through all addresses, one right after the other, in all spellings and
with all headers by which caches have been misled; and what one got of another."""

import json
import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import unquote

from tests.support.caches import SPA, Answer, Cached, Somebody

#: Addresses of the room and the app, each of which is asked for in many ways.
PLAIN = (
    *(
        "/vwr/main/status",
        "/vwr/main/position",
        "/vwr/main/door/en",
        "/vwr/main/",
        "/vwr/main",
        "/vwr/main/keep",
    ),
    *("/vwr/main/complete.gif", "/vwr/main/jwks.json", "/vwr/main/.well-known/jwks.json"),
    *("/vwr/late/position", "/vwr/shut/status", "/vwr/static/vwr.js", "/vwr-admin"),
    *("/tickets", "/tickets/public", "/tickets/kept", "/tickets/cookies", "/tickets/gone"),
    *("/tickets/broken", "/tickets/moved", "/late", "/shut", "/about", "/about/kept"),
)
#: The same and others, spelled so that some cache takes them for something else.
ODD = (
    *("/vwr/main/position/x.css", "/vwr/main/position.css", "/vwr/main/position;x.css"),
    *("/vwr/main/position%2fx.css", "/vwr/main/position%3fx.css", "/vwr/main/position%23.css"),
    *("/vwr/main/position%00.css", "/vwr/main/position/status", "/vwr/main/status/position"),
    *("/vwr/main/status/../position", "/vwr/main/status/..%2fposition", "/vwr/main/status%2f"),
    *("/vwr/main/position/../status", "/vwr/main/%73tatus", "/vwr/main/position%2f..%2fstatus"),
    *("/vwr/static/../main/position", "/vwr/static/..%2fmain%2fposition", "/vwr/static/%2e%2e/"),
    *("/vwr/static/nothing.css", "/vwr//main/status", "//vwr/main/status", "/vwr/./main/status"),
    *(
        "/VWR/main/status",
        "/vwr/main/STATUS",
        "/vwr/nobody/status",
        "/vwr/",
        "/vwr",
        "/vwr/healthz",
    ),
    *("/tickets/x.css", "/tickets/..%2fvwr/main/status", "/tickets/../vwr/main/status"),
    *("/tickets/%2e%2e/vwr/main/status", "/tickets/vwr/static/vwr.js", "/tickets/%2e%2e%2fstatus"),
    *(
        "/tickets%2fx.css",
        "/tickets;/x.js",
        "/tickets/kept.css",
        "/vwr/main/status%0a",
        "/%2ftickets",
    ),
    *("/vwr/auth/nginx", "/vwr/auth/page", "/vwr-admin/api/rooms", "/vwr-admin/x.css"),
    *(
        "/vwr/main/resume",
        "/vwr/main/tickets",
        "/vwr/main/token",
        "/vwr/main/complete",
        "/robots.txt",
    ),
)
#: Those that are asked for in each way there is.
FIRST = (
    "/vwr/main/status",
    "/vwr/main/position",
    "/vwr/main/",
    "/tickets",
    "/tickets/kept",
    "/late",
)
#: What is asked besides. An underscore stands for a hyphen.
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "text/html", "Sec_Fetch_Mode": "navigate"},
    {"Accept_Encoding": "gzip, br"},
    {"Accept_Encoding": "identity", "Accept_Language": "de"},
    {"Range": "bytes=0-20"},
    {"X_HTTP_Method_Override": "POST", "X_HTTP_Method": "DELETE"},
    {"Origin": SPA},
    {"Origin": "https://evil.example", "X_Forwarded_Host": "evil.example"},
    {"X_Original_URL": "/tickets", "X_Rewrite_URL": "/vwr/main/position"},
    {"Cache_Control": "only-if-cached", "Pragma": "public"},
)
QUERIES = ("?", "?x.css", "?door=1", "?next=/tickets&utm_source=x")
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
#: These give up places, and are for the end.
NOT_POSTED = ("/vwr/main/tickets", "/vwr/main/token", "/vwr/main/complete", "/vwr/main/resume")

Questions = Iterator[tuple[str, str, dict[str, str]]]


def questions() -> Questions:
    """Methods, addresses and headers."""
    for path, headers in (*product(FIRST, HEADERS), *product(PLAIN, HEADERS[:3])):
        yield "GET", path, headers
    for path, query in product(FIRST, QUERIES):
        yield "GET", path + query, {}
    for path, method in product(PLAIN, METHODS[1:]):
        yield method, path, {}
    for path, headers in product(ODD, HEADERS[:2]):
        yield "GET", path, headers
    for path in ODD:
        yield "HEAD", path, {}
        if path not in NOT_POSTED:
            yield "POST", path, {}


def visitors(cache: Cached) -> list[Somebody]:
    """Somebody inside with a browser, a program inside, a program in line, a browser in line, and
    somebody who is new each time. The last one has no papers that a cache could tell apart."""
    people = [
        cache.let_in("inside"),
        _program(cache, "VWR-Token"),
        _program(cache, "VWR-Ticket"),
        cache.let_in("in-line"),
    ]
    return [*people, cache.somebody("stranger")]


def status_of(one: Somebody) -> str:
    """Where somebody stands, as the page would say."""
    told: str = json.loads(one.asks("/vwr/main/position").body)["you"]
    return told


def _program(cache: Cached, header: str) -> Somebody:
    """A program that keeps no cookies, and sends its papers in a header."""
    is_inside = header == "VWR-Token"
    program = cache.let_in("program-inside" if is_inside else "program-in-line")
    (paper,) = (
        value for name, value in program.cookies.items() if name.endswith("_token") == is_inside
    )
    program.papers, program.cookies = {header: paper}, {}
    return program


def leaks(cache: Cached, people: list[Somebody], stop_at: int = 1000) -> list[str]:
    """What anybody got of somebody else, in words."""
    found: list[str] = []
    for method, path, headers in questions():
        for one in people:
            if one.papers or one.name == "stranger":
                one.cookies = {}
            answer = one.asks(path, method, **headers)
            problem = _got_of_others(one, people, path, answer)
            if problem:
                found.append(f"{one.name}: {method} {path} {headers}: {problem}")
                if len(found) >= stop_at:
                    return found
    return found


#: What anybody may get that was made for somebody else.
_FOR_ALL = re.compile(r"(?i)status|static|/door/")


def _got_of_others(one: Somebody, people: list[Somebody], path: str, answer: Answer) -> str:
    for other in people:
        if other is not one and (secret := next((s for s in other.secrets if s in answer), None)):
            return f"what is {other.name}'s: {secret[:30]}"
    if answer.made_for in ("", one.name):
        return ""
    is_public = "public" in answer.headers.get("cache-control", "")
    is_for_all = _FOR_ALL.search(unquote(path)) or "data-most" in answer  # the static door
    if is_public and is_for_all and "set-cookie" not in answer.headers:
        return ""
    return f"an answer made for {answer.made_for}: {answer.status} {answer.headers}"
