"""Three CDNs by their documented rules, with the settings of `examples/`, before real answers."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.support.cache_walk import leaks, visitors
from tests.support.caches import EXAMPLES, SPA, Behind, Cached, behind
from tests.support.cdns import Cdn, Cloudflare, Fastly, cloudflare, cloudfront, fastly

pytestmark = pytest.mark.outside

NODE = shutil.which("node") or shutil.which("nodejs")
CDNS: dict[str, Callable[[str], Cdn]] = {
    "Cloudflare": cloudflare,
    "CloudFront": cloudfront,
    "Fastly": fastly,
}


@pytest.fixture(scope="module")
def app() -> Iterator[Behind]:
    with behind() as started:
        yield started


def before(app: Behind, cdn: Cdn) -> Cached:
    """A CDN that keeps nothing yet, and a room to which nobody has come."""
    app.renew()
    return Cached("a CDN", app.url, app, cdn=cdn)


@pytest.mark.parametrize("name", CDNS)
def test_what_is_for_one_visitor_reaches_no_other(name: str, app: Behind) -> None:
    cache = before(app, CDNS[name](app.url))
    assert leaks(cache, visitors(cache)) == []


@pytest.mark.parametrize("name", CDNS)
def test_the_status_the_door_and_files_are_kept(name: str, app: Behind) -> None:
    cdn = CDNS[name](app.url)
    cache = before(app, cdn)
    one, other = cache.somebody("one"), cache.somebody("other")
    addresses = ("/vwr/main/status", "/vwr/main/door/en", "/vwr/static/vwr.js")
    for _ in range(3):
        for path in addresses:
            one.asks(f"{path}?x"), other.asks(path, Cookie="a=b")
    assert [cdn.fetched.count(path) + cdn.fetched.count(f"{path}?x") for path in addresses] == [
        1
    ] * 3
    cdn.now += 6
    for path in addresses:
        one.asks(path)
    assert [app.count(path) + app.count(f"{path}?x") for path in addresses] == [2, 2, 1]


@pytest.mark.parametrize("name", CDNS)
def test_each_origin_gets_the_status_that_its_scripts_may_read(name: str, app: Behind) -> None:
    one = before(app, CDNS[name](app.url)).somebody("one")
    may_read = [
        one.asks("/vwr/main/status", **headers).headers.get("access-control-allow-origin")
        for headers in ({}, {"Origin": SPA}, {"Origin": "https://evil.example"}, {})
    ]
    assert may_read == [None, SPA, None, None]


def test_fastly_without_our_rules_keeps_nothing_of_the_room_that_is_private(app: Behind) -> None:
    cache = before(app, Fastly(app.url))
    one, other = cache.let_in("one"), cache.let_in("other", "/late")
    for path in (
        "/vwr/main/position",
        "/vwr/late/position",
        "/vwr/main/door",
        "/vwr/x",
        "/vwr-admin",
    ):
        assert one.asks(path).made_for == "one"
        assert other.asks(path).made_for == "other"


def _without_errors(config: dict[str, object]) -> None:
    del config["CustomErrorResponses"]


def _trusting(app: str) -> Cdn:
    """Cloudflare with rules that know one spelling of an address, and send on another."""
    rules = json.loads(json.dumps(cloudflare(app).rules))
    rules[1]["expression"] = rules[1]["expression"].partition(" and not raw")[0]
    rules[1]["action_parameters"]["edge_ttl"] = {"mode": "respect_origin"}
    return Cloudflare(app, rules=rules)


MISLED: dict[str, Callable[[str], Cdn]] = {
    "CloudFront keeps errors": lambda app: cloudfront(app, _without_errors),
    "Cloudflare reads an address otherwise than the app": _trusting,
    "Cloudflare keeps what looks like a file": Cloudflare,
    "Fastly keeps pages of the app": Fastly,
}


@pytest.mark.parametrize("mistake", MISLED)
def test_settings_that_keep_too_much_are_found_out(mistake: str, app: Behind) -> None:
    cache = before(app, MISLED[mistake](app.url))
    assert leaks(cache, visitors(cache), stop_at=1)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize(
    ("mode", "cookies", "language", "where"),
    [
        ("navigate", {}, "de-AT,en", "/vwr/main/door/de?next=%2Ftickets%2F7"),
        ("navigate", {"other": {}}, "xx", "/vwr/main/door/en?next=%2Ftickets%2F7"),
        ("navigate", {"vwr_main": {}}, "de", None),
        ("navigate", {"__Host-vwr_main_token": {}}, "de", None),
        ("cors", {}, "de", None),
    ],
)
def test_cloudfronts_function_leads_newcomers_to_the_static_door(
    mode: str, cookies: dict[str, object], language: str, where: str | None
) -> None:
    headers = {"sec-fetch-mode": {"value": mode}, "accept-language": {"value": language}}
    request = {"method": "GET", "uri": "/tickets/7", "headers": headers, "cookies": cookies}
    script = (EXAMPLES / "cloudfront/static-door.js").read_text()
    script += f"\nconsole.log(JSON.stringify(handler({json.dumps({'request': request})})))"
    done = subprocess.run([str(NODE), "-e", script], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told.get("headers", {}).get("location", {}).get("value") == where
    assert where is not None or told == request
