"""Whatever is wrong gets the specification's error: no 500, nobody sent elsewhere, no token."""

import base64
import json
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.openid.conftest import Make
from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.openid import (
    BASE,
    CALLBACK,
    GIVEN,
    GOODBYE,
    OPENS,
    OTHERS_SECRET,
    PKCE,
    PUBLIC_CALLBACK,
    SECRET,
    VERIFIER,
    answer_in,
    public_at,
    sign_in_at,
)
from tests.support.visitor import set_cookies
from vwr_middleware.keys import Keys
from vwr_middleware.openid.codes import Code, Visitor
from vwr_middleware.openid.tokens import OpenidTokens
from vwr_middleware.papers.signing_keys import new_key, signing_keys

ENDPOINTS = ("authorize", "token", "userinfo", "introspect", "revoke", "logout")
HUGE = "x" * 100_000
LONG = "x" * 3_000


def issued(door: Door) -> int:
    """How many places the room has given out."""
    number: int = door.visitor().client.get("/vwr/main/status").json()["issued"]
    return number


# The authorization endpoint.

#: What must never be answered by a redirect, since no client is to be trusted.
UNTRUSTED: list[dict[str, Any]] = [
    *({"client_id": wrong} for wrong in (None, "", "nobody", "Shop", "shop ", "shop\0", LONG)),
    {"client_id": ["shop", "app"]},
    {"client_id": "app"},  # whose redirect URI this is not
    *(
        {"redirect_uri": wrong}
        for wrong in (
            *(None, "", f"{CALLBACK}/", CALLBACK[:-1], f"{CALLBACK}?a=b", f"{CALLBACK}#x"),
            *(CALLBACK.replace("https", "http"), CALLBACK.upper(), CALLBACK.replace("/", "\\")),
            *(f"{CALLBACK} ", f" {CALLBACK}", f"{CALLBACK}\r\nX: y", quote(CALLBACK, safe="")),
            *("https://shop.example.evil.example/callback", "https://shop.example@evil.example/"),
            *("//shop.example/callback", "/callback", "javascript:alert(1)", PUBLIC_CALLBACK),
            *("https://shop.example:443/callback", "https://shop.example/x/../callback", GOODBYE),
            *("https://shop.example/other", "https://sh\u00f6p.example/callback", LONG),
        )
    ),
    {"redirect_uri": [CALLBACK, "https://evil.example/"]},
    {"redirect_uri": [CALLBACK, CALLBACK]},
]

#: What the client is told, and by which error.
TOLD: list[tuple[dict[str, Any], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": ["code", "code"]}, "invalid_request"),
    *(
        ({"response_type": wrong}, "unsupported_response_type")
        for wrong in ("token", "id_token", "code token", "none", "Code", "code\\", 'co"de')
    ),
    *(({"scope": wrong}, "invalid_scope") for wrong in (None, "email", "Openid", "openidx")),
    ({"scope": ["openid", "openid"]}, "invalid_request"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"request": "a.b.c"}, "request_not_supported"),
    ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"),
    *(({"prompt": wrong}, "invalid_request") for wrong in ("none login", "nothing", '"')),
    *(
        ({"max_age": wrong}, "invalid_request")
        for wrong in ("-1", "soon", "1.5", "1e3", "9" * 40, "٣")
    ),
    ({"nonce": LONG}, "invalid_request"),
    ({"nonce": ["a", "b"]}, "invalid_request"),
    ({"nonce": "a\nb"}, "invalid_request"),
    ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ({**PKCE, "code_challenge_method": "plain"}, "invalid_request"),
    ({**PKCE, "code_challenge_method": None}, "invalid_request"),
    ({**PKCE, "code_challenge_method": ["S256", "plain"]}, "invalid_request"),
    ({"code_challenge_method": "S256"}, "invalid_request"),
    ({"id_token_hint": "x", "prompt": "none"}, "login_required"),
]


def test_nobody_is_sent_to_where_no_client_of_ours_is(door: Door) -> None:
    sign_in = sign_in_at(door)
    for asked in UNTRUSTED:
        # Whatever else is wrong, which a client of ours would be told.
        others: list[dict[str, Any]] = [{}, {"prompt": "none"}, {"scope": None}, {"max_age": "x"}]
        others += [{"response_type": wrong} for wrong in (None, "token", ["code", "code"])]
        for refused in (sign_in.opens(**{**asked, **other}) for other in others):
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request"), asked
            assert "location" not in refused.headers
            assert not set_cookies(refused)
    assert issued(door) == 0


def test_a_wrong_request_takes_no_place_and_the_client_is_told(door: Door) -> None:
    for asked, error in TOLD:
        refused = sign_in_at(door).opens(**asked)
        told = answer_in(refused)
        assert (told["error"], told["state"]) == (error, "a state"), asked
        assert told["iss"] == "https://wait.example"
        assert "code" not in told
        assert not set_cookies(refused)
    assert issued(door) == 0


@pytest.mark.parametrize("state", [None, "", ["a", "b"], LONG, "a\r\nSet-Cookie: x", "\u00fc"])
def test_only_a_state_that_can_go_back_unchanged_goes_back(door: Door, state: Any) -> None:
    told = answer_in(sign_in_at(door).opens(state=state))
    assert "state" not in told
    assert ("code" in told) is (state in (None, ""))


@pytest.mark.parametrize("state", ["a b&c=d#e?f/%", '"<script>\\', "'" * 500])
def test_a_state_comes_back_letter_by_letter(door: Door, state: str) -> None:
    told = answer_in(sign_in_at(door).opens(state=state))
    assert told["state"] == state
    assert "code" in told


def test_a_redirect_uri_with_a_query_keeps_it(door: Door) -> None:
    where = "https://shop.example/other?a=b"
    sign_in = sign_in_at(door, redirect_uri=where)
    back = sign_in.opens().headers["location"]
    assert back.startswith(f"{where}&code=")
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    assert sign_in.exchanges(code, redirect_uri=CALLBACK).json()["error"] == "invalid_grant"
    assert sign_in.exchanges(code).status_code == 200


def test_a_public_client_without_pkce_gets_nothing(door: Door) -> None:
    refused = answer_in(public_at(door).opens())
    assert (refused["error"], issued(door)) == ("invalid_request", 0)


@pytest.mark.parametrize(
    "query", ["", "&&&", "%", "%ff=%fe&client_id=%ff", "a=b&" * 60, "=", HUGE[:60_000]]
)
def test_a_query_that_says_nothing_is_refused(door: Door, query: str) -> None:
    refused = door.visitor().client.get(f"{BASE}/authorize?{query}", headers=OPENS)
    assert (refused.status_code, issued(door)) == (400, 0)


# The token endpoint.


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


#: A header, what the form has beside the code, and the error.
STRANGERS: list[tuple[str, dict[str, str], int]] = [
    ("", {}, 401),
    ("", {"client_id": "shop"}, 401),
    ("", {"client_id": "shop", "client_secret": f"{SECRET}x"}, 401),
    ("", {"client_id": "shop", "client_secret": ""}, 401),
    ("", {"client_id": "nobody", "client_secret": SECRET}, 400),
    ("", {"client_id": "app"}, 400),  # the code is another client's
    (basic("shop", "wrong"), {}, 401),
    (basic("nobody", SECRET), {}, 401),
    (basic("gateway", OTHERS_SECRET), {}, 400),
    (basic("shop", SECRET), {"client_id": "gateway"}, 400),
    (basic("shop", SECRET), {"client_secret": SECRET}, 400),
    (basic("app", "anything"), {}, 401),
    *((wrong, {}, 401) for wrong in ("Basic", "Basic !!!", "Basic /////w==", "Basic Og==")),
    *((wrong, {}, 401) for wrong in ("Digest x", f"Bearer {SECRET}", "Basic " + "A" * 4000)),
]


def test_a_code_is_worth_nothing_to_another_client(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    for header, form, status in STRANGERS:
        headers = {"Authorization": header} if header else {}
        refused = sign_in.posts("token", {**usual, **form}, auth=None, headers=headers)
        assert refused.status_code == status, (header, form, refused.text)
        assert refused.json()["error"] in ("invalid_client", "invalid_grant", "invalid_request")
        assert ("www-authenticate" in refused.headers) is (status == 401)
        assert "access_token" not in refused.text
    assert sign_in.exchanges(code).status_code == 200  # it has burned nothing


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"grant_type": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ({"grant_type": "\u00fc"}, "invalid_request"),
    ({"grant_type": ["authorization_code"] * 2}, "invalid_request"),
    ({"code": None}, "invalid_request"),
    ({"code": "x"}, "invalid_grant"),
    ({"code": LONG}, "invalid_grant"),
    ({"code": HUGE[:60_000]}, "invalid_request"),
    ({"code": ["x", "y"]}, "invalid_request"),
    ({"code": "eyJhbGciOiJub25lIn0.."}, "invalid_grant"),
    ({"code": "\0"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_grant"),
    ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
    ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
    ({"code_verifier": VERIFIER}, "invalid_request"),  # though no challenge was sent
]


def test_a_wrong_exchange_gets_no_token_and_burns_no_code(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    for form, error in WRONG:
        given = {"code": code, **form}
        refused = sign_in.exchanges(given.pop("code"), **given)
        assert (refused.status_code, refused.json()["error"]) == (400, error), form
        assert "no-store" in refused.headers["cache-control"]
    assert sign_in.exchanges(code).status_code == 200


def test_a_code_is_bound_to_its_verifier(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code(**PKCE)
    for verifier in (None, "", "x" * 43, VERIFIER[:-1], VERIFIER + "x", "\u00fc" * 50):
        assert sign_in.exchanges(code, code_verifier=verifier).status_code == 400
    assert sign_in.exchanges(code, code_verifier=VERIFIER).status_code == 200


def test_a_code_lasts_a_minute_by_the_stores_clock(door: Door) -> None:
    sign_in = sign_in_at(door)
    late, early = sign_in.code(), sign_in.code()
    door.clock.pass_by(59)
    assert sign_in.exchanges(early).status_code == 200
    door.clock.pass_by(2)
    assert sign_in.exchanges(late).json()["error"] == "invalid_grant"


def test_a_code_of_a_session_that_has_ended_is_worth_nothing(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    door.ask(lambda: door.store.as_store().end("main", "1-1", "revoked"))
    assert sign_in.exchanges(code).json()["error"] == "invalid_grant"


def test_a_body_of_another_kind_is_refused(door: Door) -> None:
    sign_in = sign_in_at(door)
    kinds = "application/json", "text/plain", "multipart/form-data", ""
    for kind, name in product(kinds, ("token", "revoke", "introspect")):
        refused = sign_in.server.post(
            f"{BASE}/{name}",
            content=json.dumps({"token": "x"}),
            headers={"Content-Type": kind},
            auth=("shop", SECRET),
        )
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_a_huge_body_and_other_methods_are_refused(door: Door) -> None:
    client = door.visitor().client
    for name in ENDPOINTS:
        answer = client.post(f"{BASE}/{name}", data={"token": HUGE})
        assert answer.status_code == 413
        for method in ("PUT", "DELETE", "PATCH"):
            refused = client.request(method, f"{BASE}/{name}")
            assert refused.status_code == 405
            assert "OPTIONS" in refused.headers["allow"]
        assert client.request("OPTIONS", f"{BASE}/{name}").status_code == 204
        assert client.get(f"{BASE}/{name}x").status_code == 404


# Tokens.


def forged(door: Door, token: str) -> list[str]:
    """Texts that look like this token, and were signed by nobody who may."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    head, body, signature = token.split(".")
    (public,) = door.visitor().client.get("/.well-known/jwks.json").json()["keys"]
    none = base64.urlsafe_b64encode(json.dumps({**header, "alg": "none"}).encode()).decode()
    others = jwt.encode(claims, new_key("ES256"), "ES256", header)
    shared = jwt.encode(claims, public["x"].ljust(64), "HS256", {**header, "alg": "HS256"})
    more = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "1-9"}).encode()).decode()
    return [
        *(others, shared, f"{none.rstrip('=')}.{body}.", f"{none.rstrip('=')}.{body}.{signature}"),
        *(
            f"{head}.{more.rstrip('=')}.{signature}",
            f"{head}.{body}",
            f"{head}.{body}.{signature}x",
        ),
        *("", "x", "..", "a.b.c", LONG, "\x7f", token.swapcase()),
    ]


def test_a_forged_token_is_worth_nothing_anywhere(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    own = dict(sign_in.browser.cookies)["vwr_main_token"]
    strangers = [*forged(door, tokens["access_token"]), tokens["id_token"], sign_in.code()]
    for text in [*strangers, own]:
        answer = sign_in.userinfo(text)
        assert answer.status_code == 401, text
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for text in filter(None, strangers):
        assert sign_in.posts("introspect", {"token": text}).json().get("active") is not True, text
    for text in tokens.values():  # nor is any of them a way past the room
        stranger = door.visitor().client
        told = stranger.get("/tickets", headers={"VWR-Token": str(text)})
        assert told.status_code == 429


def test_a_token_is_judged_by_the_stores_clock_alone(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    door.clock.pass_by(tokens["expires_in"] - 1)  # type: ignore[operator]
    assert sign_in.userinfo(tokens["access_token"]).status_code == 200
    door.clock.pass_by(1)
    assert sign_in.userinfo(tokens["access_token"]).status_code == 401
    assert sign_in.introspects(tokens["access_token"]) == {"active": False}


def test_tokens_of_one_client_are_not_another_clients(make: Make) -> None:
    door = make(max_active=5)
    shop = sign_in_at(door)
    gateway = sign_in_at(door, client_id="gateway", auth=("gateway", OTHERS_SECRET))
    app = public_at(door)
    given = app.exchanges(app.code(**PKCE), client_id="app", code_verifier=VERIFIER).json()
    token, others = shop.tokens()["access_token"], given["access_token"]
    assert shop.introspects(others) == {"active": False}
    assert gateway.introspects(token)["client_id"] == "shop"  # as its settings say
    refused = shop.posts("revoke", {"token": others})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert shop.userinfo(others).status_code == 200
    for auth in (None, ("shop", "x" * 20), ("app", "")):
        for name in ("introspect", "revoke"):
            assert shop.posts(name, {"token": token}, auth=auth).status_code in (400, 401)
    assert app.posts("introspect", {"token": others, "client_id": "app"}).status_code in (400, 401)
    assert app.posts("revoke", {"token": others, "client_id": "app"}).status_code == 200
    assert app.userinfo(others).status_code == 401
    for name in ("introspect", "revoke"):
        assert shop.posts(name, {}).json()["error"] == "invalid_request"
        assert shop.posts(name, {"token": [token, token]}).status_code == 400
    hinted = shop.posts("introspect", {"token": token, "token_type_hint": "nonsense"})
    assert hinted.json()["active"] is True


def test_a_gateway_may_ask_about_the_token_that_a_program_got_by_its_ticket(door: Door) -> None:
    sign_in, program = sign_in_at(door), door.visitor().client
    program.post("/vwr/main/tickets")
    door.refresh()
    token = program.post("/vwr/main/token").json()["token"]
    told = sign_in.introspects(token)
    assert (told["active"], told["queue_position"]) == (True, 1)
    program.post("/vwr/main/complete", headers={"VWR-Token": token})
    assert sign_in.introspects(token) == {"active": False}


def test_a_token_comes_in_one_place(door: Door) -> None:
    sign_in = sign_in_at(door)
    token = sign_in.tokens()["access_token"]
    address, header = f"{BASE}/userinfo", {"Authorization": f"Bearer {token}"}
    form = {"access_token": token}
    assert sign_in.server.post(address, data=form).status_code == 200
    assert sign_in.server.post(address, headers=header).status_code == 200
    assert sign_in.server.post(address, data=form, headers=header).status_code == 401
    assert sign_in.server.get(address, params=form).status_code == 401  # logs keep queries
    assert sign_in.server.get(address).status_code == 401


def test_a_token_of_one_room_is_no_token_of_another_that_has_the_same_key() -> None:
    keys = signing_keys(Keys(["a secret of the app"], "vwr"), "main", ["RS256"], [new_key("RS256")])
    main, vip = (OpenidTokens(keys, "https://wait.example", name) for name in ("main", "vip"))
    code = Code("shop", "", Visitor("1-1"), 0, 0.0)
    access_token = main.access_token(code, 0, 60)
    id_token = main.id_token(code, access_token, 0, 60)
    assert main.read_access_token(access_token) and main.read_id_token(id_token)
    assert vip.read_access_token(access_token) is None
    assert vip.read_id_token(id_token) is None


# Logout.


@pytest.mark.parametrize(
    "where",
    [
        *(f"{GOODBYE}/", GOODBYE[:-1], GOODBYE.upper(), f"{GOODBYE}?a=b", CALLBACK),
        *("https://evil.example/", "//evil.example/", "javascript:alert(1)", [GOODBYE, GOODBYE]),
    ],
)
def test_a_logout_sends_nobody_elsewhere_and_ends_nothing_then(door: Door, where: Any) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": where}
    refused = sign_in.browser.get(f"{BASE}/logout", params=asked, headers=OPENS)
    assert refused.status_code == 400
    assert "location" not in refused.headers
    assert sign_in.userinfo(tokens["access_token"]).status_code == 200


def test_a_logout_without_a_token_of_ours_asks_first_and_sends_nobody_on(make: Make) -> None:
    door = make(max_active=5)
    sign_in, other = sign_in_at(door), sign_in_at(door)
    tokens = sign_in.tokens()
    address = f"{BASE}/logout"
    for hint in [*forged(door, tokens["id_token"])[:7], tokens["access_token"]]:
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE}
        refused = sign_in.browser.get(address, params=asked, headers=OPENS)
        assert refused.status_code == 400, hint
    asked = {"id_token_hint": tokens["id_token"], "client_id": "app"}
    assert sign_in.browser.get(address, params=asked, headers=OPENS).status_code == 400
    page = sign_in.browser.get(address, params={"post_logout_redirect_uri": GOODBYE}, headers=OPENS)
    assert (page.status_code, "sure=1" in page.text) == (200, True)
    assert other.browser.get(address, headers=OPENS).status_code == 200  # who has nothing to end
    assert sign_in.userinfo(tokens["access_token"]).status_code == 200


def test_a_logout_by_a_form_and_twice_does_no_harm(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": GOODBYE}
    door.clock.pass_by(30)
    for _ in range(2):
        gone = sign_in.browser.post(f"{BASE}/logout", data=asked, headers=OPENS)
        assert (gone.status_code, gone.headers["location"]) == (303, GOODBYE)
    assert "vwr_main_token" not in sign_in.browser.cookies
    assert sign_in.userinfo(tokens["access_token"]).status_code == 401


# Anything at all.

NAMES = (
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt"),
    *("max_age", "code_challenge", "code_challenge_method", "id_token_hint", "code", "grant_type"),
    *("client_secret", "code_verifier", "token", "token_type_hint", "refresh_token"),
    *("post_logout_redirect_uri", "response_mode", "request", "\u00fc", ""),
)
VALUES = st.one_of(
    st.sampled_from(["shop", "app", CALLBACK, "code", "openid", SECRET, "authorization_code"]),
    st.sampled_from(["none", "login", "refresh_token", "S256", "0", GOODBYE, "", "\0", "\r\n"]),
    st.text(max_size=30),
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(ENDPOINTS),
    method=st.sampled_from(["GET", "POST"]),
    pairs=PAIRS,
    header=st.one_of(st.none(), st.text(st.characters(max_codepoint=255), max_size=40)),
)
def test_whatever_comes_is_answered_without_an_error_of_ours(
    drawn_door: Door, name: str, method: str, pairs: list[tuple[str, str]], header: str | None
) -> None:
    client = drawn_door.visitor().client
    text = "&".join(f"{quote(n)}={quote(v, errors='replace')}" for n, v in pairs)
    clean = (header or "").replace("\r", "").replace("\n", "").replace("\0", "").strip()
    headers = [(b"Authorization", clean.encode("latin-1"))] if clean else []
    headers += [(b"Content-Type", b"application/x-www-form-urlencoded")]
    where = f"{BASE}/{name}" + (f"?{text}" if method == "GET" else "")
    answer = client.request(
        method, where, headers=headers, content=text if method == "POST" else None
    )
    assert answer.status_code < 500
    assert "access_token" not in answer.text
    location = answer.headers.get("location", "")
    assert location.partition("?")[0] in ("", CALLBACK, PUBLIC_CALLBACK, f"{BASE}/authorize")


@pytest.fixture(scope="module")
def drawn_door() -> Any:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield open_door("wsgi", "memory://", Clock(), stack, **{"max_active": 1, **GIVEN})
