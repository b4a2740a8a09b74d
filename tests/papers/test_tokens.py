"""Signed access tokens."""

import base64

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
)
from vwr_middleware.keys import Keys
from vwr_middleware.papers.tokens import AccessToken, Tokens

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
    del tokens.keys
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
