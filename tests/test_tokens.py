"""Signed access tokens."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.types import Options

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.keys import Keys
from vwr_middleware.papers.tokens import AccessToken, SigningKey, Tokens

APP_SECRET = "the secret that the app signs its own logins with"
KEYS = Keys([APP_SECRET, "an old secret"], "vwr")
TOKENS = Tokens(KEYS, "vwr", "main")
TOKEN = AccessToken(
    "00ff112233aabbcc", 3, 40_000, issued_at=1_700_000_000, expires_at=1_700_000_600
)
TEXT = TOKENS.mint(TOKEN)
HEAD, PAYLOAD, SIGNATURE = TEXT.split(".")
CLAIMS: dict[str, Any] = jwt.decode(TEXT, options={"verify_signature": False})

WHOLE = st.integers(0, 2**53 - 1)
ANY_TOKEN = st.builds(
    AccessToken,
    room_id=st.binary(min_size=8, max_size=8).map(bytes.hex),
    generation=WHOLE,
    position=WHOLE,
    issued_at=WHOLE,
    expires_at=WHOLE,
    first=st.booleans(),
)


def signed(
    claims: dict[str, Any],
    *,
    key: bytes | str = TOKENS.verification_key,
    algorithm: str = "HS256",
    typ: str | None = "vwr+jwt",
) -> str:
    """A JWT that differs from ours in what a test says, and in nothing else."""
    payload = json.dumps(claims).encode()  # jwt.encode would refuse some of these claims
    return jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers={"typ": typ})


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@given(ANY_TOKEN)
def test_a_token_reads_as_it_was_minted(token: AccessToken) -> None:
    text = TOKENS.mint(token)
    assert TOKENS.read(text) == token
    assert Tokens(KEYS, "vwr", "main").read(text) == token  # also in another worker


def test_a_token_says_what_others_need_to_verify_it() -> None:
    assert jwt.get_unverified_header(TEXT) == {"alg": "HS256", "typ": "vwr+jwt"}
    assert CLAIMS == {
        "iss": "vwr",
        "aud": "main",
        "rid": "00ff112233aabbcc",
        "gen": 3,
        "pos": 40_000,
        "iat": 1_700_000_000,
        "exp": 1_700_000_600,
        "sid": "3-40000",
    }
    assert len(TEXT) < 260


def test_only_a_first_token_says_that_it_is_one() -> None:
    first = AccessToken(TOKEN.room_id, 3, 7, 1_700_000_000, 1_700_000_060, first=True)
    claims = jwt.decode(TOKENS.mint(first), options={"verify_signature": False})
    assert claims["first"] is True
    assert "first" not in CLAIMS


def test_a_token_of_an_earlier_release_still_reads() -> None:
    assert (
        Tokens(KEYS, "vwr", "main").read(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6InZ3citqd3QifQ.eyJpc3MiOiJ2d3IiLCJhdWQiOiJtYWluIiwicmlkIjoiMDBmZjExMjIzM2FhYmJjYyIsImdlbiI6MywicG9zIjo0MDAwMCwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDA2MDAsInNpZCI6IjMtNDAwMDAifQ.ZpqtmmPFhEKJDMnyT4Myqm7-w4VBroDPl0RBe2Cblyk"
        )
        == TOKEN
    )


def test_times_are_not_compared_with_the_clock_of_this_host() -> None:
    for issued_at, expires_at in [(0, 1), (2**40, 2**41), (2**41, 2**40)]:
        token = AccessToken(TOKEN.room_id, 1, 1, issued_at, expires_at)
        assert TOKENS.read(TOKENS.mint(token)) == token


def test_no_bit_of_a_token_can_be_changed() -> None:
    for index, letter in enumerate(TEXT):
        for bit in range(8):
            changed = TEXT[:index] + chr(ord(letter) ^ 1 << bit) + TEXT[index + 1 :]
            assert TOKENS.read(changed) is None, changed


def test_no_letter_can_be_left_out_or_added() -> None:
    for index in range(len(TEXT) + 1):
        assert TOKENS.read(TEXT[:index] + "A" + TEXT[index:]) is None
        assert TOKENS.read(TEXT[:index] + "=" + TEXT[index:]) is None
    for index in range(len(TEXT)):
        assert TOKENS.read(TEXT[:index]) is None
        assert TOKENS.read(TEXT[index + 1 :]) is None
        assert TOKENS.read(TEXT[:index] + TEXT[index + 1 :]) is None
    for extra in (" ", "\n", "=", "==", ".", "\0", "é", TEXT):
        assert TOKENS.read(TEXT + extra) is None
        assert TOKENS.read(extra + TEXT) is None


@given(st.text() | st.text(alphabet="eyJ.AZaz09-_=é\ud800"))
def test_rubbish_is_no_token_and_no_error(text: str) -> None:
    assert TOKENS.read(text) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), st.text())
def test_a_header_that_is_any_json_is_no_token_and_no_error(header: object, extra: str) -> None:
    assert TOKENS.read(f"{segment(header)}.{PAYLOAD}.{SIGNATURE}") is None
    assert TOKENS.read(f"{segment({'alg': header, 'crit': [extra]})}.{PAYLOAD}.{SIGNATURE}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "....",
        "\ud800.\ud800.\ud800",
        TEXT * 10_000,
        base64.urlsafe_b64encode(b"[" * 1_400).decode() + "..",  # nested too deep for a parser
        base64.urlsafe_b64encode(b'{"alg":' + b"9" * 1_400 + b"}").decode() + "..",
    ],
    ids=["nothing", "dot", "dots", "more dots", "surrogates", "huge", "deep", "long number"],
)
def test_odd_texts_are_no_tokens_and_no_errors(text: str) -> None:
    assert TOKENS.read(text) is None


def test_a_huge_text_costs_no_cryptography() -> None:
    tokens = Tokens(KEYS, "vwr", "main")
    del tokens._key
    assert tokens.read(f"{HEAD}.{'A' * 2048}.{SIGNATURE}") is None
    with pytest.raises(AttributeError):
        tokens.read(TEXT)


def test_the_newest_secret_signs_and_the_old_ones_still_verify() -> None:
    before = Tokens(Keys(["an old secret"], "vwr"), "vwr", "main")
    alone = Tokens(Keys([APP_SECRET], "vwr"), "vwr", "main")
    assert TOKENS.read(before.mint(TOKEN)) == TOKEN
    assert alone.read(TOKENS.mint(TOKEN)) == TOKEN
    assert before.read(TOKENS.mint(TOKEN)) is None
    assert alone.read(before.mint(TOKEN)) is None


def test_a_token_of_another_room_is_none_here() -> None:
    assert Tokens(KEYS, "vwr", "other").read(TEXT) is None


def test_a_token_of_another_namespace_is_none_here() -> None:
    staging = Keys([APP_SECRET, "an old secret"], "staging")
    assert Tokens(staging, "staging", "main").read(TEXT) is None


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
@pytest.mark.parametrize("claim", ["rid", "gen", "pos", "iat", "exp"])
def test_a_claim_of_another_shape_makes_it_none(claim: str, value: object) -> None:
    assert TOKENS.read(signed(CLAIMS | {claim: value})) is None


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


def test_only_verified_tokens_are_remembered_and_only_so_many() -> None:
    tokens = Tokens(KEYS, "vwr", "main", remembered=3)
    for position in range(10):
        tokens.read(tokens.mint(AccessToken(TOKEN.room_id, 1, position, 0, 1)))
        tokens.read(f"rubbish {position}")
    assert tokens._remembered.cache_info().currsize == 3
    rubbish = Tokens(KEYS, "vwr", "main")
    assert [rubbish.read(f"{HEAD}.{PAYLOAD}.{n:043}") for n in range(100)] == [None] * 100
    assert rubbish._remembered.cache_info().currsize == 0


def test_a_token_that_comes_again_is_not_decoded_again() -> None:
    tokens = Tokens(KEYS, "vwr", "main")
    assert tokens.read(TEXT) is tokens.read(TEXT[:9] + TEXT[9:])
    assert tokens._remembered.cache_info().hits == 1


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
def test_our_token_is_found_in_an_authorization_header(scheme: str) -> None:
    assert TOKENS.bearer(f"{scheme}{TEXT}") == TEXT
    assert TOKENS.bearer(f"{scheme}{TEXT} ") == TEXT


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        TEXT,
        f"Basic {TEXT}",
        f"Bearer{TEXT}",
        f"Bearer {jwt.encode({'sub': '7'}, APP_SECRET)}",
        f"Bearer {HEAD}",
        f"Bearer {HEAD}A.{PAYLOAD}.{SIGNATURE}",
        f"Bearer x{TEXT}",
        f"Bearer {segment({'typ': 'vwr+jwt', 'alg': 'HS256'})}.{PAYLOAD}.{SIGNATURE}",
    ],
)
def test_bearer_tokens_of_the_app_are_left_alone(authorization: str) -> None:
    assert TOKENS.bearer(authorization) is None
