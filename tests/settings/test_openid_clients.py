"""The clients of the OpenID provider: all problems at once, each with its fix."""

import hashlib
import json
from typing import Any

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.settings.openid_clients import OpenidClient

SECRET = "a-secret-of-the-shop's-own"
SHOP = {"id": "shop", "redirect_uris": "https://shop.example/cb", "secret": SECRET}
GIVEN: dict[str, Any] = {
    "secret_key": "a key for tests and long enough",
    "paths": "/tickets",
    "token_algorithm": "ES256",
    "token_issuer": "https://wait.example",
}


def clients(*given: Any, **others: Any) -> tuple[OpenidClient, ...]:
    return Settings(**{**GIVEN, "openid_clients": list(given), **others}).openid_clients


def problems(*given: Any, **others: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        clients(*given, **others)
    return list(refused.value.problems)


def test_a_client_is_read_in_each_form() -> None:
    (one,) = clients(SHOP)
    assert (one.id, one.redirect_uris, one.is_public) == (
        "shop",
        ("https://shop.example/cb",),
        False,
    )
    by_id = {"shop": {name: value for name, value in SHOP.items() if name != "id"}}
    assert Settings(**GIVEN, openid_clients=by_id).openid_clients == (one,)
    assert Settings(**GIVEN, openid_clients=SHOP).openid_clients == (one,)
    assert Settings(**GIVEN, openid_clients=(one,)).openid_clients == (one,)
    text = json.dumps([SHOP])
    environ = {f"VWR_{name.upper()}": value for name, value in GIVEN.items()}
    assert Settings.from_env({**environ, "VWR_OPENID_CLIENTS": text}).openid_clients == (one,)


def test_a_secret_may_be_hashed_or_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = {"id": "shop", "redirect_uris": "https://shop.example/cb"}
    monkeypatch.setenv("SHOP_SECRET", SECRET + "\n")
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    for secret in ({"secret_env": "SHOP_SECRET"}, {"secret_sha256": digest.upper()}):
        (client,) = clients(rest | secret)
        assert client.has_secret(SECRET)
        assert not client.has_secret(SECRET + " ")
        assert not client.has_secret(digest)


def test_each_of_several_secrets_is_right_so_that_they_can_be_changed() -> None:
    (client,) = clients(SHOP | {"secret": [SECRET, "another-secret,-newer"]})
    assert client.has_secret(SECRET)
    assert client.has_secret("another-secret,-newer")
    assert not client.has_secret("")


def test_nothing_shows_a_secret_nor_its_digest() -> None:
    settings = Settings(**GIVEN, openid_clients=[SHOP])
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    assert SECRET not in repr(settings)
    assert digest not in repr(settings)


def test_all_problems_of_all_clients_are_told_at_once() -> None:
    found = problems(
        {"id": "a b", "redirect_uris": "http://shop.example/cb", "secrett": "x", "secret": "short"},
        {"id": "two", "redirect_uris": [], "gateway": "yes", "secret": "a secret with spaces"},
        {"redirect_uris": "https://shop.example/cb", "secret_env": "NOT_SET_ANYWHERE"},
        7,
    )
    text = "\n".join(found)
    for told in (
        "client 'a b': id must be",
        "client 'a b': redirect_uris must be the whole https URL",
        "client 'a b': secrett is not a setting: did you mean secret?",
        "client 'a b': secret must be text of 16 characters or more: make one with",
        "client 'two': redirect_uris is missing",
        "client 'two': gateway must be true or false",
        "client 'two': secret must have no spaces",
        "client number 3: id is missing",
        "names the variable NOT_SET_ANYWHERE, which is not set",
        "number 4 must be a mapping",
    ):
        assert told in text


@pytest.mark.parametrize(
    "url",
    [
        *("http://shop.example/cb", "https://shop.example/*", "https://shop.example/#x"),
        *("https://a@shop.example/cb", "https:///cb", "//shop.example/cb", "/cb", ""),
        *("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"),
        *("https://shop.example\\@evil.example/", "https://shop.example/ x", "https://[x/cb"),
        *("https://shop.example:x/cb", "https://shop.example/\u00fc", 7, None),
    ],
)
def test_visitors_are_sent_to_whole_https_urls_alone(url: Any) -> None:
    (told,) = problems(SHOP | {"redirect_uris": [url]})
    assert "redirect_uris must be the whole https URL" in told


@pytest.mark.parametrize(
    "url",
    [
        *("https://shop.example", "https://shop.example:8443/cb?a=b", "http://localhost:3000/cb"),
        *("http://127.0.0.1/cb", "http://[::1]:7/cb", "com.example.app:/callback"),
    ],
)
def test_apps_on_this_machine_and_on_phones_are_clients_too(url: str) -> None:
    assert clients(SHOP | {"redirect_uris": url})[0].redirect_uris == (url,)


def test_what_a_provider_lacks_is_told_with_the_fix() -> None:
    assert "set token_algorithm to RS256" in "\n".join(
        problems(SHOP, token_algorithm="HS256", token_issuer="")
    )
    (told,) = problems(SHOP, token_issuer="")
    assert "need token_issuer" in told
    (told,) = problems(SHOP, SHOP)
    assert "2 of them have the id 'shop'" in told


def test_each_client_is_of_a_room_and_each_room_has_an_issuer() -> None:
    rooms = [{"name": "main", "paths": "/a"}, {"name": "vip", "paths": "/b"}]
    without = {name: value for name, value in GIVEN.items() if name != "paths"} | {"rooms": rooms}

    def told(*some: Any, **others: Any) -> list[str]:
        with pytest.raises(ConfigurationError) as refused:
            Settings(**{**without, "openid_clients": list(some), **others})
        return list(refused.value.problems)

    assert "room is missing: name one of main, vip" in told(SHOP)[0]
    assert "there is no room 'other'" in told(SHOP | {"room": "other"})[0]
    both = SHOP | {"room": "main"}, SHOP | {"room": "vip", "id": "club"}
    assert "write {room} into token_issuer" in told(*both)[0]
    issuer = "https://wait.example/{room}"
    found = Settings(**without | {"token_issuer": issuer}, openid_clients=list(both))
    assert [client.room_name for client in found.openid_clients] == ["main", "vip"]


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "vwr_middleware.settings.openid_clients.find_spec"
    monkeypatch.setattr(name, lambda package: None)
    (told,) = problems(SHOP)
    assert 'pip install "vwr-middleware[openid]"' in told
