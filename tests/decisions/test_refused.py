"""Questions that are no proxy's, that are unclear, or that can be read in two ways: never a yes by
mistake, never a fault."""

from typing import Any

import pytest

from tests.decisions.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log
from tests.support.questions import ASKS_ONLY, DECISION_KEY, KEY, PROXIES, asks, lets_in
from vwr_middleware.decisions import decisions
from vwr_middleware.web.remembered import warn_once

NO = (401, 403)


@pytest.fixture
def full(open_it: Open) -> Door:
    """A full room for one, where proxies may ask."""
    door = open_it(max_active=1, decision_key=DECISION_KEY)
    for _ in range(2):
        door.visit_at()
    return door


@pytest.mark.parametrize("url", ["/tickets", "/about"])
@pytest.mark.parametrize("proxy", [*PROXIES, "page"])
def test_without_the_key_nobody_is_answered(
    full: Door, proxy: str, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    for key in ("", "wrong", DECISION_KEY[:-1], f"{DECISION_KEY}x", b"\xe4"):
        sent = {"VWR-Decision-Key": key}
        response = asks(full.visitor(), proxy, url, headers=sent)  # type: ignore[arg-type]
        assert response.status_code == 403
        assert response.headers["vwr-decision"] == "refused"
    assert len(our_log(caplog, "VWR-Decision-Key")) == 1


@pytest.mark.parametrize("settings", [{}, {"decision_networks": "198.51.100.0/24"}])
def test_where_no_proxy_may_ask_the_log_says_what_to_set(
    open_it: Open, settings: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    door = open_it(**settings)
    for url in ("/tickets", "/about"):
        assert asks(door.visitor(), "nginx", url).status_code == 403
    assert len(our_log(caplog, "decision_networks")) == 1


def test_proxies_may_be_known_by_their_network(open_it: Open) -> None:
    door = open_it(decision_networks=["127.0.0.0/8", "::1"])
    assert lets_in(asks(door.visitor(), "nginx", headers={"VWR-Decision-Key": "none"}))


def test_with_both_settings_both_must_hold(open_it: Open) -> None:
    given = {"decision_key": [DECISION_KEY, "another-key-of-mine"]}
    near = open_it(decision_networks="127.0.0.1", **given)
    assert lets_in(asks(near.visitor(), "nginx"))
    assert lets_in(
        asks(near.visitor(), "nginx", headers={"VWR-Decision-Key": given["decision_key"][1]})
    )
    assert not lets_in(asks(near.visitor(), "nginx", headers={"VWR-Decision-Key": "x" * 20}))
    far = open_it(decision_networks="198.51.100.7", **given)
    assert not lets_in(asks(far.visitor(), "nginx"))


UNCLEAR: list[tuple[str, dict[str, str]]] = [
    ("/vwr/auth/nginx", {}),
    ("/vwr/auth/nginx", {"X-Original-URI": "/about"}),  # no method
    ("/vwr/auth/nginx", {"X-Original-URI": "about", "X-Original-Method": "GET"}),
    ("/vwr/auth/nginx", {"X-Original-URI": "/about", "X-Original-Method": "GET, POST"}),
    ("/vwr/auth/nginx", {"X-Forwarded-Uri": "/about", "X-Forwarded-Method": "GET"}),
    ("/vwr/auth/traefik", {"X-Original-URI": "/about", "X-Original-Method": "GET"}),
    ("/vwr/auth/traefik/about", {}),
    ("/vwr/auth/envoy", {"X-Original-URI": "/about", "X-Original-Method": "GET"}),
    ("/vwr/auth/squid", {"X-Original-URI": "/about", "X-Original-Method": "GET"}),
    ("/vwr/auth", {}),
    ("/vwr/auth/", {"X-Original-URI": "/a", "X-Forwarded-Uri": "/a", "X-Original-Method": "GET"}),
    ("/vwr/auth/page", {}),
]


@pytest.mark.parametrize(("path", "headers"), UNCLEAR)
def test_an_unclear_question_is_refused_and_the_log_says_why(
    full: Door, path: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    response = full.visitor().opens(path, headers={**KEY, **headers})
    assert response.status_code == 403
    assert len(our_log(caplog, "docs/decisions.md")) == 1


def test_the_kind_of_proxy_may_be_told_by_the_one_header_that_it_sends(full: Door) -> None:
    visitor = full.visitor()
    told = [
        ({"X-Original-URI": "/tickets", "X-Original-Method": "GET"}, 401),
        ({"X-Original-URL": "http://shop.example/tickets", "X-Original-Method": "GET"}, 401),
        ({"X-Forwarded-Uri": "/tickets", "X-Forwarded-Method": "GET"}, 503),
    ]
    for headers, status in told:
        for path in ("/vwr/auth", "/vwr/auth/"):
            assert visitor.opens(path, headers={**KEY, **headers}).status_code == status


PROTECTED = [
    "/tickets?a=b",
    "//tickets",
    "/a/../tickets",
    "/%74ickets",
    "/TICKETS",
    "/tickets;a",
    "/tickets%2f7",
    "/about/%2e%2e/tickets",
    "/about/..%2ftickets",
    "/./tickets",
    "/tickets%00",
    "/about\\..\\tickets",
    "http://shop.example/tickets",
    "/%ff/../tickets",
    "/vwr/../tickets",
    "/vwr/auth/../../tickets",
    "//shop.example/tickets",
]


@pytest.mark.parametrize("proxy", PROXIES)
def test_no_spelling_of_an_address_is_a_way_around(full: Door, proxy: str) -> None:
    for url in PROTECTED:
        if "://" in url and proxy in ("envoy", "ingress-nginx"):
            continue  # they write the address themselves
        response = asks(full.visitor(), proxy, url)
        assert not lets_in(response) or response.status_code == 202, url


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("name", ["X-Original-URI", "X-Original-URL", "X-Forwarded-Uri"])
def test_a_header_of_the_visitor_opens_nothing_and_may_only_close(
    full: Door, proxy: str, name: str
) -> None:
    """The proxy passes on a header of the same kind, which is another proxy's."""
    own = asks(full.visitor(), proxy).request.headers
    if name in own:
        return
    for sent in ("/about", "/", "*", "about", "/a, /b", ","):
        response = asks(full.visitor(), proxy, headers={name: sent})
        assert not lets_in(response) or response.status_code == 202
    assert asks(full.visitor(), proxy, "/about", headers={name: "/tickets"}).status_code != 200


@pytest.mark.parametrize(
    "sent",
    [
        "/about, /tickets",
        "/tickets, /about",
        "/about,/tickets",
        "/about, http://x/tickets",
        "/a,/tickets?",
    ],
)
@pytest.mark.parametrize("name", ["X-Original-URI", "X-Forwarded-Uri"])
def test_an_address_that_came_twice_is_protected_if_one_of_them_is(
    full: Door, name: str, sent: str
) -> None:
    proxy = "nginx" if name == "X-Original-URI" else "traefik"
    assert asks(full.visitor(), proxy, headers={name: sent}).status_code in (*NO, 503)


def test_an_address_with_a_comma_is_one(full: Door) -> None:
    assert asks(full.visitor(), "nginx", "/about,us?a=1,2").status_code == 200


@pytest.mark.parametrize("sent", ["/about\t", "/ab out", "/about\x7f", "/\x01tickets"])
def test_control_characters_are_no_address(full: Door, sent: str) -> None:
    for proxy, status in (("nginx", 401), ("traefik", 400), ("page", 400)):
        headers = {"X-Forwarded-Uri" if proxy == "traefik" else "X-Original-URI": f"{sent}x"}
        assert asks(full.visitor(), proxy, headers=headers).status_code == status


def test_a_path_that_leads_to_different_rooms_is_refused(open_it: Open) -> None:
    rooms = [{"name": "one", "paths": "/one"}, {"name": "two", "paths": "/two"}]
    door = open_it(rooms=rooms, decision_key=DECISION_KEY)
    assert asks(door.visitor(), "nginx", "/one/..%2ftwo").status_code == 401
    assert asks(door.visitor(), "page", "/one/..%2ftwo").status_code == 400
    both = {"X-Forwarded-Uri": "/two"}
    assert asks(door.visitor(), "nginx", "/one", headers=both).status_code == 401


def test_hosts_and_methods_are_those_of_the_request(open_it: Open) -> None:
    rooms = [{"paths": "/buy", "hosts": "a.example", "methods": "POST", "max_active": 1}]
    door = open_it(rooms=rooms, decision_key=DECISION_KEY)
    door.visitor(origin="http://a.example").opens("/buy", "POST")

    def asked(method: str, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return asks(door.visitor(), "traefik", "/buy", method, headers=named).status_code

    assert asked("GET", X_Forwarded_Host="a.example") == 200
    assert asked("POST", X_Forwarded_Host="a.example") != 200
    assert asked("post", X_Forwarded_Host="A.example:80") != 200
    assert asked("POST", X_Forwarded_Host="a.example, a.example") != 200


@pytest.mark.parametrize("url", ["/vwr/main/status", "/vwr/", "/vwr/auth/nginx", "/vwr/static/x"])
def test_our_own_addresses_are_never_the_apps(
    full: Door, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    for proxy in PROXIES:
        assert asks(full.visitor(), proxy, url).status_code == 403
    assert our_log(caplog, "without asking") == [decisions.OUR_OWN % ("/vwr/",)]


@pytest.mark.parametrize("proxy", [*PROXIES, "page"])
def test_a_fault_of_ours_is_a_no(
    full: Door, proxy: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*given: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(decisions, "originals", fails)
    status = 429 if proxy == "envoy" else 401 if proxy in ASKS_ONLY else 503
    assert asks(full.visitor(), proxy, "/about").status_code == status
    assert our_log(caplog, "is not let through")


def test_a_visitor_who_calls_it_with_another_spelling_gets_no_answer_of_the_app(
    full: Door,
) -> None:
    for path in ("/vwr/auth", "/vwr/auth/envoy//tickets", "/vwr/auth/envoy/%2e%2e/x"):
        assert full.visitor().opens(path).status_code == 403


def test_a_question_with_a_body_is_answered(full: Door) -> None:
    response = asks(full.visitor(), "envoy", method="POST", content=b"x" * 100_000)
    assert not lets_in(response) or response.status_code == 202


@pytest.mark.parametrize("proxy", ["envoy", "nginx", "haproxy", "apache"])
def test_of_several_hosts_of_which_the_app_may_take_any_none_opens_the_way(
    open_it: Open, proxy: str
) -> None:
    rooms = [
        {"name": "sale", "paths": "/", "hosts": "sale.example", "max_active": 1},
        {"name": "other", "paths": "/", "hosts": "other.example", "mode": "off"},
    ]
    door = open_it(rooms=rooms, decision_key=DECISION_KEY)
    told = {"Host": "other.example"}
    assert lets_in(asks(door.visitor(), proxy, "/", headers=told))
    for hosts in ("sale.example,other.example", "other.example, sale.example"):
        assert not lets_in(asks(door.visitor(), proxy, "/", headers={"Host": hosts}))


@pytest.mark.parametrize("path", ["/vwr/%61uth/nginx", "/vwr/auth%2fnginx", "/vw%72/auth/page"])
def test_past_a_proxys_rule_that_keeps_others_out_nobody_asks(open_it: Open, path: str) -> None:
    door = open_it(decision_networks="127.0.0.0/8")
    told = {"X-Original-URI": "/about", "X-Original-Method": "GET"}
    assert lets_in(door.visitor().opens("/vwr/auth/nginx", headers=told))
    response = door.visitor().opens(path, headers=told)
    assert (response.status_code, response.headers["vwr-decision"]) == (403, "refused")
