"""Which access tokens count in another service, and why others do not."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.clock import Clock
from tests.support.issuer import PEM, ROOM_ID, Issuer
from tests.support.tokens import segment
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.keys import Keys
from vwr_middleware.papers.signing_keys import SigningKey
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.verify import TokenRefused, Verifier

SECRET = "the first secret of an issuer"
KEY = Keys([SECRET], "vwr").for_purpose("token", "main")[0]


def refused(verifier: Verifier, token: str) -> str:
    """The reason for which a token does not count."""
    with pytest.raises(TokenRefused) as error:
        verifier.verify(token)
    assert error.value.status == 401
    return error.value.reason


def signing_key(issuer: Issuer) -> SigningKey:
    return issuer.tokens.keys[0]


def signed(issuer: Issuer, clock: Clock, **changed: Any) -> str:
    """A token that the issuer has signed, though it says something else; `...` for nothing."""
    key = signing_key(issuer)
    claims = jwt.decode(issuer.token(clock), options={"verify_signature": False}) | changed
    said = {name: value for name, value in claims.items() if value is not ...}
    payload = json.dumps(said).encode()
    return jwt.PyJWS().encode(payload, key.signs, algorithm=key.algorithm, headers=key.header)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_genuine_token_proves_a_session(issuer: Issuer, clock: Clock, algorithm: str) -> None:
    issuer.algorithms = (algorithm,)
    session = issuer.verifier(clock).verify(issuer.token(clock))
    assert (session.id, session.room, session.position, session.generation) == ("3-7", "main", 7, 3)
    assert session.expires_at == session.issued_at + 600 == clock() + 600
    assert session.claims["rid"] == ROOM_ID


def test_keys_at_an_address_are_those_of_the_namespace(issuer: Issuer, clock: Clock) -> None:
    tokens = Tokens(Keys(issuer.secrets, "vwr"), "vwr", "main", ("ES256",))
    now = int(clock())
    token = tokens.mint(AccessToken(ROOM_ID, 3, 7, now, now + 60))
    verifier = issuer.verifier(clock, issuer="", keys_url=f"{issuer.url}/.well-known/jwks.json")
    assert verifier.verify(token).id == "3-7"
    assert refused(verifier, issuer.token(clock)) == "other_issuer"


def test_the_derived_keys_verify_what_their_secrets_sign(clock: Clock) -> None:
    now = int(clock())
    old, new = "an old secret of an issuer", SECRET
    keys = [Keys([each], "vwr").for_purpose("token", "main")[0] for each in (new, old)]
    verifier = Verifier(room="main", shared_key=[keys[0].hex(), keys[1]], clock=clock)
    place = AccessToken(ROOM_ID, 3, 7, now, now + 60)
    for secret in (old, new):
        assert verifier.verify(Tokens(Keys([secret], "vwr"), "vwr", "main").mint(place)).id == "3-7"
    for secret, room in (("another secret", "main"), (new, "other")):
        token = Tokens(Keys([secret], "vwr"), "vwr", room).mint(place)
        assert refused(verifier, token) == "forged"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aud": "other"}, "other_room"),
        ({"aud": ["main"]}, "other_room"),
        ({"aud": ...}, "malformed"),
        ({"iss": "https://shop.example"}, "other_issuer"),
        ({"iss": "vwr"}, "other_issuer"),
        ({"iss": ...}, "malformed"),
        ({"exp": ...}, "malformed"),
        ({"exp": "never"}, "malformed"),
        ({"exp": True}, "malformed"),
        ({"exp": 2**53}, "malformed"),
        ({"iat": -1}, "malformed"),
        ({"pos": 7.0}, "malformed"),
        ({"sid": "3-7\n"}, "malformed"),
        ({"sid": ["3-7"]}, "malformed"),
        ({"sid": ...}, "malformed"),
    ],
)
def test_what_is_signed_counts_only_for_this_room(
    issuer: Issuer, clock: Clock, changed: dict[str, Any], reason: str
) -> None:
    verifier = issuer.verifier(clock)
    assert verifier.verify(signed(issuer, clock)).id == "3-7"
    assert refused(verifier, signed(issuer, clock, **changed)) == reason


def test_keys_of_another_room_open_nothing_here(issuer: Issuer, clock: Clock) -> None:
    verifier = issuer.verifier(clock)
    assert verifier.verify(issuer.token(clock)).id
    other = Issuer(issuer.url, room="other")
    assert refused(verifier, signed(other, clock, aud="main")) == "unknown_key"


def test_times_count_within_the_leeway(issuer: Issuer, clock: Clock) -> None:
    verifier = issuer.verifier(clock, leeway=5)
    token = issuer.token(clock, seconds=60)
    clock.pass_by(-5)
    assert verifier.verify(token).id
    clock.pass_by(-1)
    assert refused(verifier, token) == "not_yet"
    clock.pass_by(6 + 64)
    assert verifier.verify(token).id
    clock.pass_by(1)
    assert refused(verifier, token) == "expired"


def test_no_algorithm_is_taken_for_another(issuer: Issuer, clock: Clock) -> None:
    issuer.algorithms = ("RS256", "ES256")
    verifier = issuer.verifier(clock, shared_key=KEY)
    token = issuer.token(clock)
    claims = jwt.decode(token, options={"verify_signature": False})
    rsa, *_, elliptic = (key for key in issuer.tokens.keys)
    public = rsa.verifies.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, payload, signature = token.split(".")
    body = json.dumps(claims).encode()
    by_public = _hmac_signed(body, public, rsa.header)
    crossed = jwt.PyJWS().encode(body, elliptic.signs, "ES256", headers=rsa.header)
    assert verifier.verify(token).id
    assert refused(verifier, by_public) == "forged"
    assert refused(verifier, crossed) == "unknown_key"
    for algorithm in ("none", "None", "", None, "RS512", "PS256", ["RS256"], {"a": 1}):
        head = segment({**rsa.header, "alg": algorithm})
        for end in ("", signature):
            assert refused(verifier, f"{head}.{payload}.{end}") == "malformed"
    only = issuer.verifier(clock, algorithms=["ES256"])
    assert refused(only, token) == "malformed"


def _hmac_signed(body: bytes, secret: bytes, header: dict[str, str]) -> str:
    """Signed by a public key as if it was a secret, which PyJWT itself refuses to do."""
    import base64
    import hmac

    said = f"{segment({**header, 'alg': 'HS256'})}.{base64.urlsafe_b64encode(body).decode()}"
    said = said.rstrip("=")
    mark = hmac.digest(secret, said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "text",
    ["", "a", "a.b.c", "ä.b.c", "a" * 2049, ".." * 900, "e30.e30.", "eyJhbGciOiI.e30.AA"],
)
def test_other_texts_are_no_tokens(issuer: Issuer, clock: Clock, text: str) -> None:
    assert refused(issuer.verifier(clock), text) == "malformed"
    assert issuer.asked == []


def test_a_token_of_another_kind_or_with_another_signature_is_none(
    issuer: Issuer, clock: Clock
) -> None:
    verifier, key = issuer.verifier(clock), signing_key(issuer)
    token = issuer.token(clock)
    head, payload, signature = token.split(".")
    assert refused(verifier, f"{head}.{payload}.{'A' * len(signature)}") == "forged"
    assert refused(verifier, f"{head}.{payload}.") == "forged"
    claims = jwt.decode(token, options={"verify_signature": False})
    for changed in ({"typ": "JWT"}, {"typ": "at+jwt"}, {"kid": 7}, {"kid": "k" * 257}):
        other = segment({**key.header, "alg": key.algorithm, **changed})
        assert refused(verifier, f"{other}.{payload}.{signature}") == "malformed"
    deep = "[" * 600 + "]" * 600
    nested = jwt.PyJWS().encode(deep.encode(), key.signs, "ES256", headers=key.header)
    assert refused(verifier, nested) == "malformed"
    crit = jwt.encode(claims, key.signs, "ES256", headers={**key.header, "crit": ["x"], "x": 1})
    assert refused(verifier, crit) == "malformed"


def test_a_verifier_says_all_that_is_wrong_with_its_options_at_once() -> None:
    wrong: dict[str, Any] = {
        "room": "Main",
        "issuer": "http://shop.example",
        "keys_url": "/keys",
        "room_url": "https://shop.example/vwr/main/",
        "shared_key": SECRET,
        "algorithms": ["HS256"],
        "leeway": 5000,
        "ask_every": 0,
        "timeout": 0,
        "when_away": "maybe",
    }
    with pytest.raises(ConfigurationError) as error:
        Verifier(**wrong)
    told = "\n".join(error.value.problems)
    assert [name for name in wrong if name not in told] == []
    assert SECRET not in told
    with pytest.raises(ConfigurationError, match="a verifier needs keys"):
        Verifier(room="main")
    for url in ("https://a@shop.example", "https://", "https://x:y", "https://x/?a=b", "ftp://x"):
        with pytest.raises(ConfigurationError, match="issuer must be an https URL"):
            Verifier(room="main", issuer=url)


def test_who_shows_a_verifier_shows_no_secret(issuer: Issuer, clock: Clock) -> None:
    verifier = issuer.verifier(clock, shared_key=KEY)
    shown = repr(vars(verifier)) + repr(verifier._options) + repr(verifier._shared)
    assert KEY.hex() not in shown and repr(KEY) not in shown
    assert PEM not in shown
