"""Requests by which a proxy asks for leave to answer another one: each 2xx would be a yes."""

import os
from pathlib import Path

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.around_wsgi import around, plain
from tests.support.nginx import NGINX, nginx
from tests.support.our_log import our_log
from tests.support.serving import serving
from tests.support.visitor import PAGE, is_inside, set_cookies
from vwr_middleware.web.proxy_subrequests import ASKED_FOR_LEAVE
from vwr_middleware.web.remembered import warn_once

pytestmark = pytest.mark.outside

BY_NGINX = {"X-Original-URI": "/seats?row=7"}
ASKS = [
    BY_NGINX,
    {"X-Original-URL": "https://shop.example/seats"},  # ingress-nginx
    {"X-Forwarded-Uri": "/seats", "X-Forwarded-Method": "GET"},  # Traefik, Caddy
    {"X-Forwarded-Uri": "/tickets", "X-Forwarded-Method": "GET"},  # about this very path
    {"X-Original-URI": "/tickets", "X-Original-Method": "GET"},
]


@pytest.mark.parametrize("headers", ASKS)
def test_who_waits_is_never_let_in_by_a_subrequest(
    open_it: Open, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    door = open_it(max_active=1)
    inside, waiting = door.confirmed(), door.visit_at()
    for visitor in (waiting, door.visitor()):
        for how in (visitor.opens, visitor.fetches):
            response = how(headers=headers)
            assert (response.status_code, set_cookies(response)) == (403, {})
    assert our_log(caplog, "auth_request") == [ASKED_FOR_LEAVE]
    assert is_inside(inside.opens(headers=headers))
    assert waiting.position()["position"] == 2  # and nobody stands behind
    assert door.visit_at().position()["position"] == 3


def test_a_subrequest_takes_no_slot_of_an_empty_room(open_it: Open) -> None:
    door = open_it(max_active=1)
    for _ in range(3):
        assert door.visitor().opens(headers=BY_NGINX).status_code == 403
    assert is_inside(door.visitor().opens())


def test_while_the_store_is_away_it_is_refused_too(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.store.is_off = True
    assert door.visitor().opens(headers=BY_NGINX).status_code == 403


@pytest.mark.parametrize(
    "original", ["/tickets", "/shop/tickets?a=b", "https://shop.example/tickets/", "//tickets", "["]
)
def test_a_proxy_that_names_what_it_passes_on_changes_nothing(open_it: Open, original: str) -> None:
    door = open_it(max_active=1)
    door.confirmed()
    visitor = door.visitor()
    assert visitor.opens(headers={"X-Original-URI": original}).status_code == 202
    assert visitor.position()["position"] == 2


@pytest.mark.skipif(not (NGINX or "CI" in os.environ), reason="nginx is not installed")
def test_a_real_nginx_lets_nobody_in(tmp_path: Path) -> None:
    app = around(plain, paths="/tickets", max_active=1)
    with serving(app) as url:
        locations = f"""
            location / {{ auth_request /gate; proxy_pass {url}; }}
            location = /gate {{
                internal;
                proxy_pass {url}/tickets;
                proxy_pass_request_body off;
                proxy_set_header Content-Length "";
                proxy_set_header X-Original-URI $request_uri;
            }}
        """
        with nginx(locations, tmp_path) as proxy:
            asked = [httpx.get(f"{proxy}/seats?row=7", headers=PAGE) for _ in range(3)]
            assert [response.status_code for response in asked] == [403] * 3
