"""Behind proxies that are set up as the documentation says."""

import re
from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support.our_log import our_log
from tests.support.readme import DEPLOYMENT
from tests.support.visitor import is_inside, set_cookies
from vwr_middleware.web.remembered import warn_once

BY_HTTPS = "a browser uses https"
VISITOR, CDN = "203.0.113.7", "198.51.100.1"


def nginx_tells(scheme: str, **replaced: str) -> dict[str, str]:
    """What nginx sends on as documented, which a CDN asks by `scheme` on behalf of a visitor."""
    text = DEPLOYMENT.read_text("utf-8")
    recipe = text[text.index("```nginx") :].partition("location")[2].partition("}")[0]
    names = dict(re.findall(r"proxy_set_header (\S+) (\S+);", recipe)) | replaced
    known = {
        "$host": "shop.example",
        "$proxy_add_x_forwarded_for": f"{VISITOR}, {CDN}",
        "$scheme": scheme,
        "$http_x_forwarded_proto": "https",
    }
    return {name: known[value] for name, value in names.items()}


def is_for_a_banks_return(response: httpx.Response) -> bool:
    """Whether the token's cookie comes with a POST from another site."""
    cookie = set_cookies(response)["vwr_main_token"]
    return "SameSite=None" in cookie and "Secure" in cookie


@pytest.mark.parametrize(
    "headers",
    [nginx_tells("https"), nginx_tells("http", **{"X-Forwarded-Proto": "$http_x_forwarded_proto"})],
)
def test_behind_a_cdn_and_nginx_a_payment_comes_back_to_its_session(
    open_it: Open, headers: dict[str, str]
) -> None:
    door = open_it(trusted_proxies=2)
    visitor = door.visitor()
    response = visitor.opens(headers=headers)
    assert is_for_a_banks_return(response)
    # The browser's side of it: a Secure cookie stays on https, which this client does not speak.
    token = set_cookies(response)["vwr_main_token"].partition(";")[0]
    returned = {"Cookie": token, "Sec-Fetch-Site": "cross-site", "Origin": "https://bank.example"}
    assert is_inside(visitor.opens("/tickets/pay", "POST", headers={**headers, **returned}))


def test_behind_them_a_form_that_was_stopped_leads_back_to_where_it_was_sent(open_it: Open) -> None:
    door = open_it(trusted_proxies=2, max_active=1)
    door.visit_at()
    headers = {**nginx_tells("https"), "Referer": "https://shop.example/tickets/7?a=1"}
    response = door.visitor().opens("/tickets/pay", "POST", headers=headers)
    assert response.status_code == 202
    assert 'href="/tickets/7?a=1"' in response.text


@pytest.mark.parametrize("proto", [{}, {"X-Forwarded-Proto": "http"}])
def test_a_proxy_that_hides_https_is_told_of_once_a_page_has_sent_something(
    open_it: Open, proto: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    told = {"X-Forwarded-For": VISITOR, **proto}  # Apache's mod_proxy tells no scheme by itself
    door, sent = open_it(trusted_proxies=1), {**told, "Origin": "https://shop.example"}
    visitor = door.visitor()
    visitor.opens(headers=told)
    assert not our_log(caplog, BY_HTTPS)
    for _ in range(2):
        visitor.fetches("/vwr/main/token", "POST", headers=sent)
    assert len(our_log(caplog, BY_HTTPS)) == 1


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"cookie_secure": "always"}, {}),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": VISITOR}),
        ({}, {"Origin": "http://shop.example"}),
        ({}, {"Sec-Fetch-Site": "cross-site"}),  # a form of another site, which is on https
    ],
)
def test_nothing_is_told_of_https_where_it_is_seen_or_not_spoken(
    open_it: Open,
    settings: dict[str, Any],
    headers: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_once.cache_clear()
    sent = {"Origin": "https://shop.example", **headers}
    open_it(**settings).visitor().fetches("/vwr/main/token", "POST", headers=sent)
    assert not our_log(caplog, BY_HTTPS)
