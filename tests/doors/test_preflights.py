"""Preflight requests pass to the app; every other OPTIONS request waits like all requests."""

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


def test_other_options_wait_like_all(door: Door) -> None:
    door.visit_at()
    asked: list[dict[str, str]] = [
        {},
        {**PREFLIGHT, "X-HTTP-Method-Override": "POST"},
        {**PREFLIGHT, "Cookie": "sessionid=1"},
        {**PREFLIGHT, "Content-Type": "application/x-www-form-urlencoded"},
    ]
    for headers in asked:
        response = door.visitor().fetches(method="OPTIONS", headers=headers)
        assert response.status_code == 429, headers
        assert not set_cookies(response), headers
    response = door.visitor().fetches(method="OPTIONS", headers=PREFLIGHT, content=b"_method=POST")
    assert response.status_code == 429
