"""Tokens that another room, app, key or algorithm has signed, and who else can verify ours."""

import jwt
import pytest

from tests.support.tokens import (
    APP_SECRET,
    CLAIMS,
    HEAD,
    KEY,
    KEYS,
    PAYLOAD,
    SIGNATURE,
    TEXT,
    TOKEN,
    TOKENS,
    segment,
    signed,
)
from vwr_middleware.papers.tokens import AccessToken, Tokens


def test_the_claims_alone_keep_a_foreign_room_and_namespace_out() -> None:
    # The keys differ already; an asymmetric key would be one for all, so the claims must do too.
    assert TOKENS.read(signed(CLAIMS)) == TOKEN
    for claim in (
        {"aud": "other"},
        {"aud": ["main"]},
        {"aud": ["main", "other"]},
        {"aud": None},
        {"iss": "staging"},
        {"iss": "vw"},
        {"iss": ["vwr"]},
        {"iss": ""},
    ):
        assert TOKENS.read(signed(CLAIMS | claim)) is None, claim


@pytest.mark.parametrize("claim", ["iss", "aud", "rid", "gen", "pos", "iat", "exp"])
def test_a_token_without_one_of_its_claims_is_none(claim: str) -> None:
    assert TOKENS.read(signed({k: v for k, v in CLAIMS.items() if k != claim})) is None


@pytest.mark.parametrize("value", ["7", 7.0, True, None, -1, 2**53, [7], {}])
@pytest.mark.parametrize("claim", ["rid", "gen", "pos", "iat", "exp", "dev"])
def test_a_claim_of_another_shape_makes_it_none(claim: str, value: object) -> None:
    assert TOKENS.read(signed(CLAIMS | {claim: value})) is None


@pytest.mark.parametrize("mark", [7, True, None, ["abcdef"], {}, "abcdef0"])
def test_a_mark_of_another_shape_makes_it_none(mark: object) -> None:
    assert TOKENS.read(signed(CLAIMS | {"adr": "abcdef"})) is not None
    assert TOKENS.read(signed(CLAIMS | {"adr": mark})) is None


@pytest.mark.parametrize(
    "room_id",
    ["", "00FF112233AABBCC", "00ff112233aabbc", "00ff112233aabbcc\n", "x" * 16, "\u0660" * 16],
)
def test_a_room_id_is_16_hexadecimal_digits(room_id: str) -> None:
    assert TOKENS.read(signed(CLAIMS | {"rid": room_id})) is None


def test_an_unsigned_token_is_none() -> None:
    for alg in ("none", "None", "NONE", "nOnE", "", None):
        head = segment({"alg": alg, "typ": "vwr+jwt"})
        assert TOKENS.read(f"{head}.{PAYLOAD}.") is None
        assert TOKENS.read(f"{head}.{PAYLOAD}.{SIGNATURE}") is None
    assert TOKENS.read(f"{segment({'typ': 'vwr+jwt'})}.{PAYLOAD}.{SIGNATURE}") is None
    assert TOKENS.read(f"{HEAD}.{PAYLOAD}.") is None


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_key_is_none(algorithm: str) -> None:
    assert TOKENS.read(signed(CLAIMS, algorithm=algorithm)) is None


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "VWR+JWT", "application/vwr+jwt", None])
def test_another_kind_of_jwt_with_the_right_key_is_none(typ: str | None) -> None:
    assert TOKENS.read(signed(CLAIMS, typ=typ)) is None


def test_a_jwt_that_the_app_signed_with_its_secret_lets_nobody_through() -> None:
    assert TOKENS.read(jwt.encode({"sub": "7"}, APP_SECRET)) is None
    assert TOKENS.read(signed(CLAIMS, key=APP_SECRET)) is None


def test_our_token_is_no_login_for_an_app_that_checks_with_its_secret() -> None:
    careless: jwt.types.Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    for text in (TEXT, TOKENS.mint(AccessToken(TOKEN.room_id, 1, 7, 0, 2**40, first=True))):
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(text, APP_SECRET, algorithms=["HS256", "HS384", "HS512"], options=careless)
        assert "sub" not in jwt.decode(text, options={"verify_signature": False})


def test_an_outside_verifier_needs_only_the_derived_key() -> None:
    text = TOKENS.mint(AccessToken(TOKEN.room_id, 1, 7, issued_at=0, expires_at=2**40))
    claims = jwt.decode(text, KEY, algorithms=["HS256"], issuer="vwr", audience="main")
    assert claims["sid"] == "1-7"
    assert APP_SECRET.encode() not in KEYS.for_purpose("token", "main")


def test_the_key_of_one_room_mints_nothing_for_another() -> None:
    other = Tokens(KEYS, "vwr", "other")
    forged = signed(CLAIMS | {"aud": "other"}, key=KEY)
    assert other.read(forged) is None
