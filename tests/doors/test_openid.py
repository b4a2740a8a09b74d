"""The room as an OpenID provider: through the waiting room and back to the client."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.openid import (
    BASE,
    GIVEN,
    GOODBYE,
    ISSUER,
    OPENS,
    answer_in,
    sign_in_at,
)
from tests.support.visitor import TICKET, TOKEN, set_cookies


@pytest.fixture
def door(open_it: Open) -> Door:
    """A provider whose room is for one session at a time."""
    return open_it(max_active=1, **GIVEN)


def verified(text: str, door: Door) -> dict[str, Any]:
    """What a token says, verified as a client does: by the keys at the issuer."""
    client = door.visitor().client
    document = client.get("/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(client.get(urlsplit(document["jwks_uri"]).path).json())
    header = jwt.get_unverified_header(text)
    options: jwt.types.Options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    algorithms = document["id_token_signing_alg_values_supported"]
    return jwt.decode(text, keys[header["kid"]], algorithms, options, issuer=document["issuer"])


def test_who_is_let_in_goes_back_to_the_client_with_a_code(door: Door) -> None:
    sign_in = sign_in_at(door)
    page = sign_in.opens()
    answer = answer_in(page)
    assert (answer["state"], answer["iss"]) == ("a state", ISSUER)
    assert TOKEN in set_cookies(page)
    assert "no-store" in page.headers["cache-control"]
    given = sign_in.exchanges(answer["code"])
    assert given.status_code == 200
    assert "no-store" in given.headers["cache-control"]
    tokens, now = given.json(), int(door.clock())
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    claims = verified(tokens["id_token"], door)
    assert claims["aud"] == "shop"
    assert claims["sub"] == claims["sid"] == "1-1"
    assert (claims["room"], claims["queue_position"]) == ("main", 1)
    assert claims["nonce"] == "a nonce"
    assert (claims["iat"], claims["auth_time"], claims["exp"]) == (now, now, now + 600)
    told = sign_in.userinfo(tokens["access_token"]).json()
    assert told == {name: claims[name] for name in ("sub", "sid", "room", "queue_position", "rid")}


def test_who_has_to_wait_comes_back_to_this_very_address(door: Door) -> None:
    inside = door.confirmed()
    sign_in = sign_in_at(door)
    page = sign_in.opens()
    assert (page.status_code, page.headers["vwr-state"]) == (202, "waiting")
    assert TICKET in set_cookies(page)
    door.frees_a_slot(inside)
    sign_in.browser.get("/vwr/main/position")
    door.refresh()
    again = sign_in.opens()  # which is what the page does: it loads its address again
    claims = verified(sign_in.exchanges(answer_in(again)["code"]).json()["id_token"], door)
    assert (claims["sub"], claims["queue_position"]) == ("1-2", 2)


def test_a_code_that_is_used_twice_makes_what_it_brought_worthless(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    token = sign_in.exchanges(code).json()["access_token"]
    assert sign_in.userinfo(token).status_code == 200
    assert sign_in.introspects(token)["active"] is True
    again = sign_in.exchanges(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert sign_in.userinfo(token).status_code == 401
    assert sign_in.introspects(token) == {"active": False}


def test_logout_ends_the_session_and_frees_its_slot(door: Door) -> None:
    sign_in = sign_in_at(door)
    tokens = sign_in.tokens()
    where = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": GOODBYE, "state": "x"}
    gone = sign_in.browser.get(f"{BASE}/logout", params=where, headers=OPENS)
    assert (gone.status_code, gone.headers["location"]) == (303, f"{GOODBYE}?state=x")
    assert sign_in.userinfo(tokens["access_token"]).status_code == 401
    assert sign_in.introspects(tokens["access_token"]) == {"active": False}
    door.refresh()
    assert sign_in_at(door).code()


def test_while_the_store_is_away_nobody_gets_a_token_and_nothing_is_lost(door: Door) -> None:
    sign_in = sign_in_at(door)
    sign_in.tokens()
    code, token = sign_in.code(), sign_in.tokens()["access_token"]
    door.store.is_off = True
    for answer in (sign_in.exchanges(code), sign_in.userinfo(token)):
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert "retry-after" in answer.headers
    assert answer_in(sign_in.opens(max_age="0"))["error"] == "temporarily_unavailable"
    assert sign_in.posts("revoke", {"token": token}).status_code == 503
    assert sign_in.posts("introspect", {"token": token}).status_code == 503
    door.store.is_off = False
    door.clock.pass_by(6)  # the circuit breaker asks again
    assert sign_in.exchanges(code).status_code == 200
    assert sign_in.userinfo(token).status_code == 200
