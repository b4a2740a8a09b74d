"""What happens to the wrapped app's response on its way out."""

import subprocess
import sys

import pytest

from vwr_middleware.web.app_response import amend, amend_text, ends_session
from vwr_middleware.web.http import Cookie, Pass

COOKIE = Cookie("vwr_main_token", "x", 60)
Headers = list[tuple[bytes, bytes]]


def cached(*values: bytes) -> Headers:
    return [(b"cache-control", value) for value in values]


def test_without_cookies_a_response_goes_out_as_it_is() -> None:
    headers = [(b"content-type", b"text/html"), *cached(b"public")]
    assert not ends_session(headers)
    assert amend(Pass(), headers) == headers
    text = [("Content-Type", "text/html")]
    assert amend_text(Pass(), text) is text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], b"private"),
        (cached(b"public, max-age=60"), b"private, max-age=60"),
        (cached(b"Public", b"S-MaxAge=60, max-age=5"), b"private, max-age=5"),
        (cached(b"no-store"), b"no-store"),
        (cached(b"private, max-age=60"), b"private, max-age=60"),
        (cached(b"max-age=60, immutable"), b"private, max-age=60, immutable"),
        (cached(b""), b"private"),
        (cached(b", ,"), b"private"),
    ],
)
def test_a_response_with_our_cookie_is_kept_by_no_shared_cache(
    given: Headers, expected: bytes
) -> None:
    headers = amend(Pass(cookies=(COOKIE,)), given)
    assert [value for name, value in headers if name == b"cache-control"] == [expected]
    assert (b"set-cookie", COOKIE.header().encode()) in headers


@pytest.mark.parametrize(
    "name",
    [
        b"surrogate-control",
        b"cdn-cache-control",
        b"cloudflare-cdn-cache-control",
        b"netlify-cdn-cache-control",
        b"vercel-cdn-cache-control",
        b"edge-control",
        b"x-accel-expires",
    ],
)
def test_what_only_one_cache_reads_is_taken_out_and_counts_as_public(name: bytes) -> None:
    given = [(name, b"max-age=60")]
    headers = amend(Pass(cookies=(COOKIE,)), given)
    assert name not in dict(headers)
    assert dict(headers)[b"cache-control"] == b"private"
    assert amend(Pass(cookies=(COOKIE,), may_wait=True), given) == given


@pytest.mark.parametrize(
    "given",
    [
        cached(b"public"),
        cached(b"s-maxage=1"),
        cached(b"private, immutable"),
        [(b"surrogate-control", b"max-age=60")],
    ],
)
def test_a_renewal_can_wait_for_a_response_that_is_not_shared(given: Headers) -> None:
    assert amend(Pass(cookies=(COOKIE,), may_wait=True), given) == given
    assert len(amend(Pass(cookies=(COOKIE,)), given)) > len(given) - 1
    assert b"set-cookie" in dict(amend(Pass(cookies=(COOKIE,), may_wait=True), []))


def test_a_public_response_stays_public_where_only_a_header_would_be_added() -> None:
    ends_soon = Pass(extra_headers=(("VWR-Session-Expires", "90"),))
    assert amend(ends_soon, cached(b"public, max-age=60")) == cached(b"public, max-age=60")
    assert (b"vwr-session-expires", b"90") in amend(ends_soon, [])


def test_other_cookies_stay() -> None:
    headers = amend(Pass(cookies=(COOKIE,)), [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")])
    assert len([name for name, _ in headers if name == b"set-cookie"]) == 3


def test_headers_as_text_are_amended_alike() -> None:
    verdict = Pass(cookies=(COOKIE,), extra_headers=(("VWR-Token", "x"),))
    headers = amend_text(verdict, [("Cache-Control", "public"), ("X-Name", "é")])
    assert ("cache-control", "private") in headers
    assert ("x-name", "é") in headers
    assert ("vwr-token", "x") in headers


def test_the_sessions_header_is_taken_out_though_there_is_no_session() -> None:
    headers = [(b"vwr-session", b"completed"), (b"x", b"y")]
    assert ends_session(headers)
    assert amend(Pass(), headers) == [(b"x", b"y")]
    assert amend_text(Pass(), [("VWR-Session", "completed")]) == []


def test_text_and_bytes_are_never_compared_with_each_other() -> None:
    # Where Python takes that for an error (`-bb`), no app of ours could start.
    start = "import vwr_middleware.wsgi; from vwr_middleware.web.app_response import ends_session"
    ask = "print([ends_session([(name, name)]) for name in ('VWR-Session', b'vwr-session')])"
    done = subprocess.run(
        [sys.executable, "-bb", "-c", f"{start}; {ask}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[True, True]\n", "")
