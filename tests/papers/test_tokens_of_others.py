"""Tokens that another room, app, key or algorithm has signed, and who else can verify ours."""

import jwt
import pytest
from jwt.types import Options

from tests.support.tokens import (
    APP_SECRET,
    CLAIMS,
    HEAD,
    KEYS,
    PAYLOAD,
    SIGNATURE,
    TEXT,
    TOKEN,
    TOKENS,
    segment,
    signed,
)
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.tokens import AccessToken, SigningKey, Tokens


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


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
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
    careless: Options = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    for text in (TEXT, TOKENS.mint(AccessToken(TOKEN.room_id, 1, 7, 0, 2**40, first=True))):
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(text, APP_SECRET, algorithms=["HS256", "HS384", "HS512"], options=careless)
        assert "sub" not in jwt.decode(text, options={"verify_signature": False})


def test_an_outside_verifier_needs_only_the_derived_key() -> None:
    text = TOKENS.mint(AccessToken(TOKEN.room_id, 1, 7, issued_at=0, expires_at=2**40))
    key = TOKENS.verification_key
    claims = jwt.decode(text, key, algorithms=["HS256"], issuer="vwr", audience="main")
    assert claims["sid"] == "1-7"
    assert APP_SECRET.encode() not in TOKENS.verification_keys
    assert TOKENS.verification_keys == KEYS.for_purpose("token", "main")


def test_the_key_of_one_room_mints_nothing_for_another() -> None:
    other = Tokens(KEYS, "vwr", "other")
    forged = signed(CLAIMS | {"aud": "other"}, key=TOKENS.verification_key)
    assert other.read(forged) is None


def test_an_algorithm_without_a_derived_key_is_a_configuration_error() -> None:
    for algorithm in ("none", "RS256", "HS512", ""):
        with pytest.raises(ConfigurationError, match="HS256"):
            Tokens(KEYS, "vwr", "main", algorithm)


def test_another_signing_key_can_take_the_place_of_the_derived_one() -> None:
    key = SigningKey("HS512", signs=b"new" * 32, verifies=(b"new" * 32, b"old" * 32))
    tokens = Tokens(KEYS, "vwr", "main", signing_key=key)
    text = tokens.mint(TOKEN)
    assert tokens.read(text) == TOKEN
    assert tokens.read(signed(CLAIMS, key=b"old" * 32, algorithm="HS512")) == TOKEN
    assert tokens.read(signed(CLAIMS, key=b"new" * 32, algorithm="HS256")) is None
    assert tokens.read(TEXT) is None
    assert TOKENS.read(text) is None
    assert tokens.bearer(f"Bearer {text}") == text
    assert tokens.bearer(f"Bearer {TEXT}") is None


def test_a_signing_key_shows_nothing_in_a_log() -> None:
    shown = repr(SigningKey.derived(KEYS, "main"))
    assert shown == "SigningKey(algorithm='HS256')"
