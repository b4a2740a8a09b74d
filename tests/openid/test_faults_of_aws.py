"""What was wrong with the OpenID adapter of AWS's waiting room, fault by fault, and is not here."""

import logging

import jwt
import pytest

from tests.support.doors import Door
from tests.support.openid import BASE, CALLBACK, SECRET, answer_in, claims_of, sign_in_at
from vwr_middleware.papers.signing_keys import new_key


def test_no_open_redirect_values_are_encoded_on_the_way_and_back(door: Door) -> None:
    door.confirmed()
    sign_in = sign_in_at(door)
    evil = "x&redirect_uri=https://evil.example/#javascript:alert(1)"
    page = sign_in.opens(state=evil)
    assert page.status_code == 202
    assert "location" not in page.headers
    assert "redirect_uri=https://evil.example/" not in page.text
    refused = sign_in.opens(redirect_uri="https://evil.example/")
    assert (refused.status_code, "location" in refused.headers) == (400, False)


def test_a_code_is_used_once(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    found = [sign_in.exchanges(code).status_code for _ in range(3)]
    assert found == [200, 400, 400]


def test_a_code_says_nothing_and_is_no_credential_of_the_room(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    assert "1-1" not in code
    for headers in ({"VWR-Token": code}, {"VWR-Ticket": code}, {"Authorization": f"Bearer {code}"}):
        assert sign_in.server.get("/tickets", headers=headers).status_code == 429


def test_the_secret_in_a_header_works_as_the_document_says(door: Door) -> None:
    sign_in = sign_in_at(door)
    told = sign_in.server.get("/.well-known/openid-configuration").json()
    assert "client_secret_basic" in told["token_endpoint_auth_methods_supported"]
    assert "client_secret_post" in told["token_endpoint_auth_methods_supported"]
    assert sign_in.exchanges(sign_in.code()).status_code == 200  # in the header
    form = {"client_id": "shop", "client_secret": SECRET}
    data = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **form}
    in_body = sign_in.posts("token", {**data, "code": sign_in.code()}, auth=None)
    assert in_body.status_code == 200


def test_more_scopes_than_openid_are_no_error(door: Door) -> None:
    assert "code" in answer_in(sign_in_at(door).opens(scope="email openid profile phone"))


def test_the_redirect_uri_and_the_verifier_count_at_the_exchange_too(door: Door) -> None:
    sign_in = sign_in_at(door)
    code = sign_in.code()
    assert sign_in.exchanges(code, redirect_uri=f"{CALLBACK}2").status_code == 400
    assert sign_in.exchanges(code, code_verifier="v" * 43).status_code == 400
    assert sign_in.exchanges(code).status_code == 200


def test_the_nonce_comes_back(door: Door) -> None:
    sign_in = sign_in_at(door)
    for nonce in ("one", 'two&"=', None):
        assert claims_of(sign_in.tokens(nonce=nonce)["id_token"]).get("nonce") == nonce


def test_userinfo_verifies_the_signature_and_makes_no_token(door: Door) -> None:
    sign_in = sign_in_at(door)
    token = sign_in.tokens()["access_token"]
    unsigned = jwt.encode(claims_of(token), "", "none", {"typ": "at+jwt"})
    other = jwt.encode(claims_of(token), new_key("ES256"), "ES256")
    for text in (unsigned, other, token[:-4] + "AAAA"):
        assert sign_in.userinfo(text).status_code == 401
    trips = dict(door.store.trips)
    assert sign_in.userinfo(token).json()["sub"] == "1-1"
    asked = {name: count - trips.get(name, 0) for name, count in door.store.trips.items()}
    assert {name for name, count in asked.items() if count} == {"uses"}


def test_no_secret_and_no_token_is_in_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in = sign_in_at(door)
    code = sign_in.code()
    tokens = sign_in.exchanges(code).json()
    sign_in.exchanges(code)
    sign_in.posts("token", {"client_id": "shop", "client_secret": "wrong-secret-that-is-long"})
    sign_in.userinfo(tokens["access_token"])
    told = caplog.text
    for secret in (SECRET, code, "wrong-secret", *map(str, tokens.values())):
        if len(secret) > 8 and secret != "openid":
            assert secret not in told


def test_an_error_is_an_error_for_the_client_and_no_endless_wait(door: Door) -> None:
    sign_in = sign_in_at(door)
    answer = sign_in.posts("token", {"grant_type": "authorization_code", "code": "x"})
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) <= {"error", "error_description"}
    assert sign_in.server.get(f"{BASE}/token").status_code == 405
