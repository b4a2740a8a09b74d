"""Access tokens of every algorithm with public keys: derived ones, and the app's own."""

import hashlib
import hmac
from collections.abc import Iterator
from itertools import pairwise

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.tokens import CLAIMS, KEYS, PAYLOAD, TOKEN, segment
from vwr_middleware.keys import Keys
from vwr_middleware.papers.signing_keys import (
    ALGORITHMS,
    key_marks,
    new_key,
    own_key,
    read_each_other,
    signing_keys,
)
from vwr_middleware.papers.tokens import LONGEST, Tokens

ISSUER = "https://shop.example"
OWN = {name: new_key(name) for name in ("RS256", "ES256", "EdDSA")}


def tokens_of(name: str, *pems: str, issuer: str = "", room: str = "main") -> Tokens:
    return Tokens(KEYS, "vwr", room, [name], own=pems, issuer=issuer)


@pytest.fixture(params=["RS256 own", "ES256 own", "ES256 derived", "EdDSA own", "EdDSA derived"])
def tokens(request: pytest.FixtureRequest) -> Tokens:
    name, whose = request.param.split()
    return tokens_of(name, *([OWN[name]] if whose == "own" else []), issuer=ISSUER)


def verified(text: str, tokens: Tokens, issuer: str = ISSUER) -> dict[str, object]:
    """The claims, as a gateway reads them with the public keys. Raises for any other token."""
    header = jwt.get_unverified_header(text)
    key = jwt.PyJWKSet.from_dict({"keys": tokens.public_keys})[header["kid"]]
    claims: dict[str, object] = jwt.decode(
        text,
        key,
        algorithms=[header["alg"]],
        issuer=issuer,
        audience="main",
        options={"verify_exp": False},
    )
    return claims


def test_a_gateway_reads_what_the_line_has_signed(tokens: Tokens) -> None:
    text = tokens.mint(TOKEN)
    assert verified(text, tokens) == CLAIMS | {"iss": ISSUER, "sub": TOKEN.session_id}
    assert tokens.read(text) == TOKEN
    assert len(text) < LONGEST
    assert all(not {"d", "p", "q", "k"} & set(key) for key in tokens.public_keys)


def test_no_token_is_longer_than_what_is_read() -> None:
    private = rsa.generate_private_key(65537, 4096)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    room, issuer = "r" * 32, "https://" + "i" * 192
    tokens = Tokens(KEYS, "n" * 64, room, ["RS256"], own=[pem], issuer=issuer)
    text = tokens.mint(TOKEN)
    assert tokens.read(text) == TOKEN
    assert len(text) < LONGEST


def test_whoever_is_inside_stays_there_when_an_issuer_is_set() -> None:
    before, after = tokens_of("ES256"), tokens_of("ES256", issuer=ISSUER)
    assert after.read(before.mint(TOKEN)) == TOKEN
    other = tokens_of("ES256", issuer="https://other.example")
    assert after.read(other.mint(TOKEN)) is None


@pytest.mark.parametrize("name", ["ES256", "EdDSA"])
def test_whoever_is_inside_stays_there_when_a_key_of_ones_own_is_brought(name: str) -> None:
    before, after = tokens_of(name), tokens_of(name, OWN[name])
    assert after.read(before.mint(TOKEN)) == TOKEN
    assert before.read(after.mint(TOKEN)) is None  # so it is brought to all workers


def test_keys_are_changed_with_an_overlap() -> None:
    old, new = OWN["RS256"], new_key("RS256")
    steps = [tokens_of("RS256", *pems) for pems in ([old], [old, new], [new, old], [new])]
    for one, other in pairwise(steps):
        assert one.read(other.mint(TOKEN)) == other.read(one.mint(TOKEN)) == TOKEN
    assert steps[-1].read(steps[0].mint(TOKEN)) is None
    assert {key["kid"] for key in steps[1].public_keys} == {
        key["kid"] for step in (steps[0], steps[-1]) for key in step.public_keys
    }


def test_one_key_of_ones_own_opens_no_other_room(tokens: Tokens) -> None:
    text = tokens.mint(TOKEN)
    name = jwt.get_unverified_header(text)["alg"]
    other = Tokens(KEYS, "vwr", "other", [name], own=[OWN[name]], issuer=ISSUER)
    assert other.read(text) is None


def forged() -> Iterator[str]:
    """Tokens that only an algorithm other than the key's own would take."""
    key = own_key(OWN["RS256"])
    assert key.public is not None
    pem = key.verifies.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, key.public["n"].encode()):
        signed = f"{segment({'alg': 'HS256', **key.header})}.{PAYLOAD}"
        digest = hmac.digest(secret, signed.encode(), hashlib.sha256)
        yield f"{signed}.{jwt.utils.base64url_encode(digest).decode()}"
    for algorithm in ("none", "None", "RS512", "PS256"):
        yield f"{segment({'alg': algorithm, **key.header})}.{PAYLOAD}."
    claims = jwt.utils.base64url_decode(PAYLOAD)
    for algorithm in ("RS512", "PS256"):
        yield jwt.PyJWS().encode(claims, key.signs, algorithm, key.header)


@pytest.mark.parametrize("text", list(forged()))
def test_no_other_algorithm_is_taken(text: str) -> None:
    for names in (["RS256"], ["RS256", "HS256"], ["HS256", "RS256"]):
        tokens = Tokens(KEYS, "vwr", "main", names, own=[OWN["RS256"]])
        assert tokens.read(text) is None


def test_each_algorithm_but_rs256_has_keys_without_a_file() -> None:
    derived = {name: len(signing_keys(KEYS, "main", [name])) for name in ALGORITHMS}
    assert derived == {"HS256": 2, "ES256": 2, "EdDSA": 2, "RS256": 0}
    for name in ("ES256", "EdDSA"):
        kids = {
            key.header["kid"] for room in ("a", "b") for key in signing_keys(KEYS, room, [name])
        }
        assert len(kids) == 4


def test_marks_tell_secrets_and_keys_apart() -> None:
    other = Keys(["another secret of another app"], "vwr")
    names, pems = ["RS256"], [OWN["RS256"]]
    ours = key_marks(KEYS, names, pems)
    assert read_each_other(ours, key_marks(KEYS, names, pems))
    assert read_each_other(ours, key_marks(KEYS, ["RS256", "HS256"], pems))
    assert not read_each_other(ours, key_marks(other, names, pems))
    assert not read_each_other(ours, key_marks(KEYS, names, [new_key("RS256")]))
    assert not read_each_other(ours, key_marks(KEYS, ["HS256"]))
    both = [new_key("RS256"), *pems]
    assert not read_each_other(ours, key_marks(KEYS, names, both))
    assert read_each_other(key_marks(KEYS, names, both[::-1]), ours)


def _as_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: "", "no private key"),
        (lambda: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no private key"),
        (lambda: _as_pem(rsa.generate_private_key(65537, 1024)), "has 1024 bits"),
        (lambda: _as_pem(ec.generate_private_key(ec.SECP384R1())), "another kind"),
        (
            lambda: (
                ec.generate_private_key(ec.SECP256R1())
                .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
                .decode()
            ),
            "pass phrase",
        ),
        (
            lambda: (
                ec.generate_private_key(ec.SECP256R1())
                .public_key()
                .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
                .decode()
            ),
            "no private key",
        ),
    ],
    ids=["empty", "rubbish", "weak", "another curve", "locked", "public"],
)
def test_a_key_that_would_not_do_is_refused(make: object, told: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=told):
        own_key(make())
