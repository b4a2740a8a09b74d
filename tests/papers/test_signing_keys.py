"""Access tokens of ES256, which whoever verifies them cannot sign."""

import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.tokens import CLAIMS, KEYS, PAYLOAD, TEXT, TOKEN, TOKENS, segment
from vwr_middleware.keys import Keys
from vwr_middleware.papers.signing_keys import signing_keys
from vwr_middleware.papers.tokens import Tokens
from vwr_middleware.settings.token_kinds import algorithms

OLD, NEW = "an old secret", "a new secret"
PAIRS = Tokens(KEYS, "vwr", "main", ["ES256"])


def verified(text: str, keys: list[dict[str, str]]) -> dict[str, object]:
    """The claims, as another program reads them with public keys. Raises for any other token."""
    key = jwt.PyJWKSet.from_dict({"keys": keys})[jwt.get_unverified_header(text)["kid"]]
    options: jwt.types.Options = {"verify_exp": False}
    claims: dict[str, object] = jwt.decode(
        text, key, algorithms=["ES256"], issuer="vwr", audience="main", options=options
    )
    return claims


def test_a_public_key_verifies_what_this_and_other_workers_read() -> None:
    text = PAIRS.mint(TOKEN)
    assert verified(text, PAIRS.public_keys) == CLAIMS
    assert PAIRS.read(text) == TOKEN
    assert Tokens(KEYS, "vwr", "main", ["ES256"]).read(text) == TOKEN
    assert PAIRS.bearer(f"Bearer {text}") == text


def test_a_public_key_says_nothing_that_signs() -> None:
    named = [set(key) for key in PAIRS.public_keys]
    assert named == [{"kty", "crv", "x", "y", "kid", "use", "alg"}] * 2
    assert "d" in jwt.algorithms.ECAlgorithm.to_jwk(signing_keys(KEYS, "main", ["ES256"])[0].signs)


def test_the_keys_of_a_release_are_those_of_all_others() -> None:
    kids = [key["kid"] for key in PAIRS.public_keys]
    assert kids == [
        "8YMoGfuJXDfkLMzkgwOHat19haWU5Y8Xdc7ejtVVnto",
        "afCyXbJQ7563i0NgiYWrOZrPQB9KvZoziUfyfIuc_rQ",
    ]
    head = (
        "eyJhbGciOiJFUzI1NiIsImtpZCI6IjhZTW9HZnVKWERma0xNemtnd09IYXQx"
        "OWhhV1U1WThYZGM3ZWp0VlZudG8iLCJ0eXAiOiJ2d3Irand0In0"
    )
    signature = (
        "xWdPKHGL5euF6v-ndJ1IvYnYidObZqB2a4Y57VgNdp7v59rqUW1ekBHZX-G28JStvaZHL9Cdyk841wHNNQvrAQ"
    )
    assert PAIRS.read(f"{head}.{PAYLOAD}.{signature}") == TOKEN


def test_each_room_namespace_and_secret_has_keys_of_its_own() -> None:
    others = [
        Tokens(KEYS, "vwr", "other", ["ES256"]),
        Tokens(Keys(["the secret that the app signs"], "vwr"), "vwr", "main", ["ES256"]),
        Tokens(Keys([OLD], "staging"), "staging", "main", ["ES256"]),
    ]
    kids = {key["kid"] for tokens in (PAIRS, *others) for key in tokens.public_keys}
    assert len(kids) == 6
    for other in others:
        assert PAIRS.read(other.mint(TOKEN)) is None
        assert other.read(PAIRS.mint(TOKEN)) is None


def test_while_secrets_change_the_old_ones_tokens_count_and_both_keys_are_told() -> None:
    old = Tokens(Keys([OLD], "vwr"), "vwr", "main", ["ES256"])
    first = Tokens(Keys([OLD, NEW], "vwr"), "vwr", "main", ["ES256"])
    then = Tokens(Keys([NEW, OLD], "vwr"), "vwr", "main", ["ES256"])
    assert first.public_keys[:1] == old.public_keys
    assert first.public_keys == then.public_keys[::-1]
    for one, other in ((old, first), (first, then), (then, first)):
        text = one.mint(TOKEN)
        assert other.read(text) == TOKEN
        assert other.bearer(f"Bearer {text}") == text
        assert verified(text, other.public_keys) == CLAIMS


def test_a_token_is_tried_with_no_key_but_the_one_that_it_names() -> None:
    old, new = signing_keys(Keys([OLD, NEW], "vwr"), "main", ["ES256"])
    both = Tokens(Keys([OLD, NEW], "vwr"), "vwr", "main", ["ES256"])
    for key, header in ((old, old.header), (new, new.header)):
        assert both.read(jwt.encode(CLAIMS, key.signs, "ES256", header)) == TOKEN
    for header in (new.header, {"typ": "vwr+jwt"}, {"typ": "vwr+jwt", "kid": "another"}):
        assert both.read(jwt.encode(CLAIMS, old.signs, "ES256", header)) is None


@pytest.mark.parametrize("signs", ["HS256", "ES256"])
def test_while_algorithms_change_the_first_signs_and_all_verify(signs: str) -> None:
    both = Tokens(KEYS, "vwr", "main", [signs, "ES256" if signs == "HS256" else "HS256"])
    text = both.mint(TOKEN)
    assert jwt.get_unverified_header(text)["alg"] == signs
    for other in (text, TEXT, PAIRS.mint(TOKEN)):
        assert both.read(other) == TOKEN
        assert both.bearer(f"Bearer {other}") == other
    assert both.public_keys == PAIRS.public_keys


def test_an_algorithm_that_is_not_set_is_none() -> None:
    assert TOKENS.public_keys == []
    for tokens, text in ((TOKENS, PAIRS.mint(TOKEN)), (PAIRS, TEXT)):
        assert tokens.read(text) is None
        assert tokens.bearer(f"Bearer {text}") is None


def test_nobody_signs_by_hs256_with_a_public_key() -> None:
    both = Tokens(KEYS, "vwr", "main", ["ES256", "HS256"])
    key = signing_keys(KEYS, "main", ["ES256"])[0]
    known = [
        key.verifies.public_bytes(encoding, form)
        for encoding, form in [
            (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            (Encoding.X962, PublicFormat.UncompressedPoint),
            (Encoding.X962, PublicFormat.CompressedPoint),
        ]
    ]
    assert key.public is not None
    known += [json.dumps(key.public).encode(), jwt.utils.base64url_decode(key.public["x"])]
    for secret in known:
        for header in ({"alg": "HS256", "typ": "vwr+jwt"}, {"alg": "HS256", **key.header}):
            signed = f"{segment(header)}.{PAYLOAD}"
            digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
            assert both.read(f"{signed}.{jwt.utils.base64url_encode(digest).decode()}") is None


def test_every_algorithm_that_can_be_set_has_keys() -> None:
    for name in ("HS256", "ES256"):
        assert algorithms.check(name) == (name,)
        assert Tokens(KEYS, "vwr", "main", [name]).read(TEXT) in (TOKEN, None)


def test_a_signing_key_shows_nothing_in_a_log() -> None:
    shown = repr(signing_keys(KEYS, "main", ["HS256"])[0])
    assert shown == "SigningKey(algorithm='HS256', public=None)"
    public = PAIRS.public_keys[0]
    of_pair = repr(signing_keys(KEYS, "main", ["ES256"])[0])
    assert of_pair == f"SigningKey(algorithm='ES256', public={public})"
