"""Preflight requests pass to the app; every other OPTIONS request waits like all requests."""

import pytest

from tests.support.doors import Door
from tests.support.visitor import set_cookies

#: What a browser sends before a script of another origin posts.
PREFLIGHT = {
    "Origin": "https://app.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-http-method-override",
    "Sec-Fetch-Site": "cross-site",
}


def test_a_preflight_is_passed_through_and_takes_no_number(door: Door) -> None:
    for _ in range(2):
        response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT)
        assert response.json()["method"] == "OPTIONS"
        assert response.json()["session"] is None
    assert door.session_of(door.visitor()) == "1-1"


def test_options_that_no_browser_asks_beforehand_wait_like_all(door: Door) -> None:
    door.visit_at()
    asked: list[dict[str, str]] = [
        {},
        {"Origin": "https://app.example"},
        {"Access-Control-Request-Method": "POST"},
        {**PREFLIGHT, "X-HTTP-Method-Override": "POST"},
        {**PREFLIGHT, "X-HTTP-Method": "POST"},
        {**PREFLIGHT, "X-Method-Override": "POST"},
        {**PREFLIGHT, "Cookie": "sessionid=1"},
        {**PREFLIGHT, "Authorization": "Basic eDp4"},
    ]
    for headers in asked:
        response = door.visitor().fetches(method="OPTIONS", headers=headers)
        assert response.status_code == 429, headers
        assert not set_cookies(response), headers


def test_options_with_a_body_wait_like_all(door: Door) -> None:
    door.visit_at()
    response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT, content=b"_method=POST")
    assert response.status_code == 429


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_options_with_a_form_wait_though_http_2_tells_no_length(door: Door, kind: str) -> None:
    door.visit_at()
    headers = {**PREFLIGHT, "Content-Type": kind}
    assert door.visitor().fetches(method="OPTIONS", headers=headers).status_code == 429


def test_a_preflight_passes_with_the_kind_that_runserver_adds_to_every_request(door: Door) -> None:
    headers = {**PREFLIGHT, "Content-Type": "text/plain"}
    response = door.visitor().fetches(method="OPTIONS", headers=headers)
    assert response.json()["method"] == "OPTIONS"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_other_method_passes_with_the_headers_of_a_preflight(door: Door, method: str) -> None:
    door.visit_at()
    assert door.visitor().fetches(method=method, headers=PREFLIGHT).status_code == 429
