"""Nobody gets what is somebody else's: through each cache, at all addresses, however they are
spelled and whatever else is asked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.cache_walk import leaks, status_of, visitors
from tests.support.caches import NGINX, VARNISH, Cached, behind, nginx, varnish
from tests.support.faults import fault

pytestmark = pytest.mark.outside


@fault(
    "A cache in front is shared by everybody",
    inside="What is for one visitor reaches no other.",
    line="The same.",
    new="The same.",
)
def test_what_is_for_one_visitor_reaches_no_other(cache: Cached) -> None:
    people = visitors(cache)
    stand = [status_of(one) for one in people]
    assert stand == ["admitted", "admitted", "waiting", "waiting", "none"]
    assert leaks(cache, people) == []
    assert [status_of(one) for one in people] == stand


def test_an_app_page_that_calls_itself_public_is_shown_to_nobody_who_waits(cache: Cached) -> None:
    inside, *_, stranger = visitors(cache)
    for path in ("/tickets/public", "/tickets/kept", "/tickets/x.css"):
        assert inside.opens(path).status == 200
        assert stranger.opens(path).status == 202


def test_all_cookies_of_one_answer_arrive(cache: Cached) -> None:
    people = visitors(cache)
    answer = people[0].asks("/tickets/cookies")
    given = answer.headers["set-cookie"].splitlines()
    assert {line.partition("=")[0] for line in given} == {"one", "two", "vwr_main_token"}
    assert answer.headers["cache-control"] == "private"


def test_who_is_inside_by_a_bearer_token_lets_nobody_else_in(cache: Cached) -> None:
    _, program, *_, stranger = visitors(cache)
    (token,) = program.papers.values()
    for path in ("/tickets", "/tickets/kept", "/tickets/public", "/tickets/gone"):
        program.papers = {"Authorization": f"Bearer {token}"}
        assert "Welcome, program-inside" in program.asks(path)
        program.papers, program.cookies = {"Authorization": "Bearer another"}, {}
        assert program.asks(path).status == stranger.asks(path).status == 429


def test_a_websocket_reaches_the_app_with_a_session_alone(cache: Cached) -> None:
    inside, *_, stranger = visitors(cache)
    url = f"{cache.url.replace('http', 'ws')}/tickets/socket"
    held = "; ".join(f"{name}={value}" for name, value in inside.cookies.items())
    with connect(url, additional_headers={"Cookie": held, "X-Visitor": "inside"}) as socket:
        assert socket.recv(30) == "Welcome, inside."
    with pytest.raises(InvalidStatus) as refused:
        connect(url, additional_headers={"X-Visitor": stranger.name})
    assert refused.value.response.status_code == 429


_KEEPS_ALL = """
proxy_cache vwr_files; proxy_cache_key $uri; proxy_cache_valid any 10s;
proxy_ignore_headers Cache-Control Set-Cookie Vary Expires;
"""


@pytest.fixture
def misled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cached]:
    """The same caches, with a mistake that people make."""
    with ExitStack() as stack:
        app = stack.enter_context(behind())
        if request.param == "keeps all":
            opened = nginx(app.url, tmp_path, _with("listen", f"{_KEEPS_ALL} listen"))
        else:
            opened = varnish(app.url, tmp_path, _with("return (pass)", "return (hash)"))
        cache = Cached("misled", stack.enter_context(opened), app)
        stack.callback(cache.hang_up)
        yield cache


def _with(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


@pytest.mark.skipif(NGINX is None or VARNISH is None, reason="not installed")
@pytest.mark.parametrize("misled", ["keeps all", "looks up all"], indirect=True)
def test_a_cache_that_keeps_too_much_is_found_out(misled: Cached) -> None:
    assert leaks(misled, visitors(misled), stop_at=3)
