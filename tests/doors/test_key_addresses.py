"""Gateways find the keys by the issuer that a token names."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from tests.doors.conftest import Open
from tests.support.visitor import set_cookies
from vwr_middleware.papers.signing_keys import new_key

PEM = new_key("RS256")
DOCUMENT, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


def given_token(door: Any) -> str:
    given = set_cookies(door.visitor().opens())["vwr_main_token"]
    return str(given.partition(";")[0].partition("=")[2])


@pytest.mark.parametrize(
    "issuer",
    [
        "https://shop.example",
        "https://shop.example/vwr",
        "https://shop.example/vwr/{room}",
        "https://shop.example/elsewhere/{room}",
    ],
)
def test_a_gateway_that_knows_only_the_issuer_verifies_a_token(open_it: Open, issuer: str) -> None:
    door = open_it(token_algorithm="RS256", token_keys=PEM, token_issuer=issuer, paths="/")
    token, client = given_token(door), door.visitor().client
    door.store.is_off = True  # which they need not know
    named = jwt.decode(token, options={"verify_signature": False})["iss"]
    document = client.get(urlsplit(named).path + DOCUMENT, headers={"Origin": "https://a.example"})
    assert (document.status_code, document.json()["issuer"]) == (200, named)
    keys = client.get(urlsplit(document.json()["jwks_uri"]).path)
    for told in (document, keys):
        assert told.headers["content-type"] == "application/json"
        assert told.headers["cache-control"] == "public, max-age=300"
        assert told.headers["access-control-allow-origin"] == "*"
        assert not set_cookies(told)
    key = jwt.PyJWKSet.from_dict(keys.json())[jwt.get_unverified_header(token)["kid"]]
    options: jwt.types.Options = {"verify_iat": False, "verify_exp": False}
    claims = jwt.decode(
        token, key, algorithms=["RS256"], issuer=named, audience="main", options=options
    )
    assert claims["sub"] == claims["sid"] == "1-1"


def test_the_keys_of_all_rooms_are_at_one_issuer_and_of_one_room_below_it(open_it: Open) -> None:
    rooms = [{"name": "main", "paths": "/tickets"}, {"name": "vip", "paths": "/vip"}]
    door = open_it(rooms=rooms, token_algorithm="ES256", token_issuer="https://shop.example")
    client = door.visitor().client
    of_all, of_site, main, vip, short = (
        {key["kid"] for key in client.get(path).json()["keys"]}
        for path in (
            KEYS,
            f"/vwr{KEYS}",
            f"/vwr/main{KEYS}",
            f"/vwr/vip{KEYS}",
            "/vwr/main/jwks.json",
        )
    )
    assert of_all == of_site == main | vip
    assert main == short != vip
    assert client.get(f"/vwr/vip{DOCUMENT}").json()["issuer"] == "https://shop.example"


def test_without_an_issuer_these_addresses_are_the_apps(open_it: Open) -> None:
    door = open_it(token_algorithm="ES256", paths="/tickets")
    client = door.visitor().client
    for path in (DOCUMENT, f"/vwr{DOCUMENT}"):
        assert client.get(path).json()["path"] == path


def test_other_spellings_and_methods_are_refused(open_it: Open) -> None:
    door = open_it(token_algorithm="ES256", token_issuer="https://shop.example", paths="/tickets")
    client = door.visitor().client
    assert client.post(DOCUMENT).status_code == 405
    head = client.head(KEYS)
    assert (head.status_code, head.content) == (200, b"")
    for path in (f"{DOCUMENT}/", "/.well-known//jwks.json", "/.well-known/jwks.json2"):
        assert "keys" not in client.get(path).text
