"""Whatever is sent, a verifier refuses it by a reason of its own, and never fails."""

import json
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.clock import Clock
from tests.support.issuer import Issuer
from tests.support.tokens import segment
from vwr_middleware.verify import TokenRefused, VerifiedSession, Verifier
from vwr_middleware.verify.fetched_keys import keys_in
from vwr_middleware.verify.options import BY_PUBLIC_KEYS
from vwr_middleware.verify.refusals import REASONS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
CLAIMS = st.sampled_from(["iss", "aud", "sid", "gen", "pos", "iat", "exp", "nbf", "sub"])
HEADS = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5u", "zip", "cty"])
HEADERS = st.sampled_from(["VWR-Token", "vwr-token", "Authorization", "Cookie", "X-Other"])
drawn = settings(
    max_examples=settings().max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def refusal(verifier: Verifier, token: str) -> TokenRefused | VerifiedSession:
    try:
        return verifier.verify(token)
    except TokenRefused as error:
        assert error.reason in REASONS
        assert 'error="invalid_token"' in dict(error.headers)["WWW-Authenticate"]
        json.loads(error.body)
        return error


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> Verifier:
    found = issuer.verifier(clock)
    found.verify(issuer.token(clock))
    return found


@drawn
@given(st.text(max_size=300) | st.text("abcxyz019-_.", max_size=300))
def test_any_text(verifier: Verifier, text: str) -> None:
    assert isinstance(refusal(verifier, text), TokenRefused)


@drawn
@given(name=HEADS, value=JSON)
def test_any_header_before_genuine_claims(
    verifier: Verifier, issuer: Issuer, clock: Clock, name: str, value: Any
) -> None:
    head, payload, signature = issuer.token(clock).split(".")
    said = jwt.get_unverified_header(f"{head}.{payload}.{signature}")
    changed = f"{segment(said | {name: value})}.{payload}.{signature}"
    assert isinstance(refusal(verifier, changed), TokenRefused)


@drawn
@given(name=CLAIMS, value=JSON)
def test_any_claim_that_the_issuer_itself_has_signed(
    verifier: Verifier, issuer: Issuer, clock: Clock, name: str, value: Any
) -> None:
    genuine, key = issuer.token(clock), issuer.tokens.keys[0]
    claims = jwt.decode(genuine, options={"verify_signature": False}) | {name: value}
    payload = json.dumps(claims).encode()
    token = jwt.PyJWS().encode(payload, key.signs, algorithm="ES256", headers=key.header)
    found = refusal(verifier, token)
    # A session never says what no room writes.
    if isinstance(found, VerifiedSession):
        assert found.room == "main" and found.expires_at > clock()
        assert all(type(number) is int for number in (found.position, found.generation))


@drawn
@given(at=st.integers(0, 10_000), letter=st.characters(codec="ascii"))
def test_a_genuine_token_with_another_letter(
    verifier: Verifier, issuer: Issuer, clock: Clock, at: int, letter: str
) -> None:
    token = issuer.token(clock)
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    found = refusal(verifier, changed)
    # The last letter of a signature has bits that say nothing.
    assert isinstance(found, TokenRefused) or changed == token or at == len(token) - 1


@drawn
@given(st.lists(st.tuples(HEADERS, st.text(max_size=60) | st.binary(max_size=60)), max_size=5))
def test_any_headers(verifier: Verifier, headers: list[Any]) -> None:
    pairs = [
        (name.encode(), value) if isinstance(value, bytes) else (name, value)
        for name, value in headers
    ]
    with pytest.raises(TokenRefused):
        verifier.verify_request(pairs)


@drawn
@given(
    JSON
    | st.fixed_dictionaries(
        {
            "keys": st.lists(
                st.dictionaries(
                    st.sampled_from(
                        ["kid", "kty", "crv", "alg", "use", "n", "e", "x", "y", "k", "d"]
                    ),
                    JSON,
                ),
                max_size=4,
            )
        }
    )
)
def test_any_key_set(document: Any) -> None:
    assert isinstance(keys_in(document, BY_PUBLIC_KEYS), dict)
