"""The keys are fetched when they are needed, and no more often, whatever comes."""

import json
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import jwt
import pytest

from tests.support.clock import Clock
from tests.support.in_time import in_time
from tests.support.issuer import DOCUMENT_PATH, KEYS_PATH, Issuer
from tests.support.tokens import segment
from vwr_middleware.verify import RoomUnreachable, TokenRefused, Verifier
from vwr_middleware.verify.fetching import NotFetched
from vwr_middleware.verify.key_set import KeySet

ONCE = [DOCUMENT_PATH, KEYS_PATH]
NEW, OLD = "a new secret of an issuer", "the first secret of an issuer"


def with_unknown_key(token: str, name: str) -> str:
    head = segment({"alg": "ES256", "typ": "vwr+jwt", "kid": name})
    return head + token[token.index(".") :]


def reason(verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as error:
        verifier.verify(token)
    return error.value.reason


def test_they_are_fetched_once_and_renewed_when_they_are_old(issuer: Issuer, clock: Clock) -> None:
    verifier = issuer.verifier(clock)
    token = issuer.token(clock, seconds=3600)
    for _ in range(3):
        verifier.verify(token)
    assert issuer.asked == ONCE
    clock.pass_by(299)
    verifier.verify(token)
    assert issuer.asked == ONCE
    clock.pass_by(2)
    verifier.verify(token)
    verifier.verify(token)
    assert issuer.asked == ONCE * 2


def test_forged_names_lead_to_one_fetch_in_a_while(issuer: Issuer, clock: Clock) -> None:
    verifier = issuer.verifier(clock)
    token = issuer.token(clock, seconds=3600)
    verifier.verify(token)
    for each in range(50):
        assert reason(verifier, with_unknown_key(token, f"key {each}")) == "unknown_key"
    assert issuer.asked == ONCE
    clock.pass_by(30)
    for each in range(50):
        assert reason(verifier, with_unknown_key(token, f"key {each}")) == "unknown_key"
    assert issuer.asked == ONCE * 2


def test_a_new_key_counts_when_a_token_names_it_and_an_old_one_no_more_once_it_is_gone(
    issuer: Issuer, clock: Clock
) -> None:
    verifier = issuer.verifier(clock)
    old = issuer.token(clock, seconds=3600)
    verifier.verify(old)
    clock.pass_by(31)
    issuer.secrets = [NEW, OLD]
    new = issuer.token(clock, seconds=3600)
    assert verifier.verify(new).id == verifier.verify(old).id
    issuer.secrets = [NEW]
    clock.pass_by(301)
    assert verifier.verify(new).id
    assert reason(verifier, old) == "unknown_key"


def test_old_keys_serve_while_the_issuer_is_away_but_not_for_ever(
    issuer: Issuer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = issuer.verifier(clock)
    token = issuer.token(clock, seconds=3 * 86_400)
    verifier.verify(token)
    issuer.instead[""] = 503, b"away"
    for _ in range(3):
        clock.pass_by(301)
        assert verifier.verify(token).id == verifier.verify(token).id
    assert issuer.asked == [*ONCE, *[DOCUMENT_PATH] * 3]
    assert "answers 503" in caplog.text and "the former ones are used" in caplog.text
    clock.pass_by(86_400)
    with pytest.raises(RoomUnreachable):
        verifier.verify(token)
    issuer.instead.clear()
    clock.pass_by(3)
    assert verifier.verify(token).id


def test_without_keys_nobody_is_let_in_and_the_issuer_is_asked_seldom(
    issuer: Issuer, clock: Clock
) -> None:
    issuer.instead[""] = 500, b""
    verifier, token = issuer.verifier(clock), issuer.token(clock)
    for _ in range(5):
        with pytest.raises(RoomUnreachable) as error:
            verifier.verify(token)
    assert (error.value.status, dict(error.value.headers)["Retry-After"]) == (503, "2")
    assert issuer.asked == [DOCUMENT_PATH]


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        (DOCUMENT_PATH, (200, b"{}"), "of another issuer"),
        (DOCUMENT_PATH, (200, b'{"issuer": "https://else.example"}'), "of another issuer"),
        (DOCUMENT_PATH, (200, b"[" * 100_000), "no JSON"),
        (DOCUMENT_PATH, (200, b"\xff"), "no JSON"),
        (DOCUMENT_PATH, (302, b"file:///etc/passwd"), "cannot be reached|answers 302"),
        (DOCUMENT_PATH, (302, b"ftp://127.0.0.1/keys"), "answers 302"),
        (KEYS_PATH, (404, b""), "answers 404"),
        (KEYS_PATH, (200, b"[]"), "no key of"),
        (KEYS_PATH, (200, b'{"keys": {}}'), "no key of"),
        (KEYS_PATH, (200, b'{"keys": []}'), "no key of"),
        (KEYS_PATH, (200, b" " * 300_000), "more than"),
    ],
)
def test_a_document_of_another_shape_is_no_key_set(
    issuer: Issuer,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    path: str,
    answer: tuple[int, bytes],
    told: str,
) -> None:
    issuer.instead[path] = answer
    with pytest.raises(RoomUnreachable):
        issuer.verifier(clock).verify(issuer.token(clock))
    assert len([each for each in caplog.records if each.name == "vwr_middleware"]) == 1
    assert any(each in caplog.text for each in told.split("|"))


def test_no_key_is_read_from_an_address_without_https(
    issuer: Issuer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    said = {"issuer": issuer.url, "jwks_uri": "ftp://127.0.0.1/keys"}
    issuer.instead[DOCUMENT_PATH] = 200, json.dumps(said).encode()
    with pytest.raises(RoomUnreachable):
        issuer.verifier(clock).verify(issuer.token(clock))
    assert "no https address of keys" in caplog.text


def test_keys_that_nobody_here_understands_do_no_harm(issuer: Issuer, clock: Clock) -> None:
    (good,) = issuer.tokens.public_keys
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}
    others: list[Any] = [
        *(None, 7, "key", [], {}, shared),
        {**good, "kid": 7},
        {**good, "kid": ""},
        {**good, "kid": "other", "kty": ["EC"]},
        {**good, "kid": "other", "crv": {}},
        {**good, "kid": "other", "x": "AA"},
        {**good, "kid": "other", "alg": "RS256"},
        {**good, "kid": "other", "use": "enc"},
        {**good, "kid": "other", "crv": "P-384"},
        {"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "none", "n": 7, "e": None},
    ]
    listed = [*others, good, *others]
    issuer.instead[KEYS_PATH] = 200, json.dumps({"keys": listed}).encode()
    verifier = issuer.verifier(clock)
    token = issuer.token(clock)
    assert verifier.verify(token).id
    for name in ("other", "short", "s", "none"):
        assert reason(verifier, with_unknown_key(token, name)) == "unknown_key"


def test_a_short_rsa_key_verifies_nothing(issuer: Issuer, clock: Clock) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    private = generate_private_key(65537, 1024)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    keys = {"keys": [{**public, "kid": "short"}, *issuer.tokens.public_keys]}
    issuer.instead[KEYS_PATH] = 200, json.dumps(keys).encode()
    verifier = issuer.verifier(clock)
    claims = jwt.decode(issuer.token(clock), options={"verify_signature": False})
    head = {"typ": "vwr+jwt", "kid": "short"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer releases of PyJWT tell that it is short
        weak = jwt.encode(claims, private, "RS256", headers=head)
    assert reason(verifier, weak) == "unknown_key"


def test_many_threads_fetch_once_and_all_get_the_keys(issuer: Issuer, clock: Clock) -> None:
    verifier, token = issuer.verifier(clock), issuer.token(clock)
    issuer.may_answer.clear()
    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(verifier.verify, token) for _ in range(8)]
        assert in_time(lambda: bool(issuer.asked))
        issuer.may_answer.set()
        assert {each.result().id for each in found} == {"3-7"}
    assert issuer.asked == ONCE


def test_whoever_waited_for_a_fetch_in_vain_does_not_fetch_again(clock: Clock) -> None:
    begun, may_fail, count = threading.Event(), threading.Event(), 0

    def fetch() -> Any:
        nonlocal count
        count += 1
        begun.set()
        assert may_fail.wait(20)
        raise NotFetched("after a long time")

    keys = KeySet(fetch, clock)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(keys.refresh, "name") for _ in range(4)]
        assert begun.wait(20)
        clock.pass_by(10)
        may_fail.set()
        for each in found:
            each.result()
    assert count == 1
    assert keys.retry_after == 2


def test_who_knows_the_key_does_not_wait_for_the_fetch_of_another(
    issuer: Issuer, clock: Clock
) -> None:
    verifier, token = issuer.verifier(clock), issuer.token(clock, seconds=3600)
    verifier.verify(token)
    clock.pass_by(301)
    issuer.may_answer.clear()
    other = threading.Thread(target=verifier.verify, args=[token])
    other.start()
    assert in_time(lambda: len(issuer.asked) == 3)
    assert verifier.verify(token).id
    assert other.is_alive()
    issuer.may_answer.set()
    other.join()


@pytest.mark.anyio
async def test_coroutines_fetch_once_and_leave_the_loop_free(issuer: Issuer, clock: Clock) -> None:
    verifier, token = issuer.verifier(clock), issuer.token(clock)
    issuer.may_answer.clear()
    found: list[str] = []

    async def verify() -> None:
        found.append((await verifier.averify(token)).id)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(verify)
        while not issuer.asked:
            await anyio.sleep(0.01)
        assert found == []
        with anyio.CancelScope() as scope:  # one that gives up does not take it from the others
            scope.cancel()
            await verifier.averify(token)
        issuer.may_answer.set()
    assert found == ["3-7"] * 20
    assert issuer.asked == ONCE


def test_keys_of_a_room_with_hs256_alone_are_said_to_be_none(
    issuer: Issuer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.algorithms = ("HS256",)
    with pytest.raises(TokenRefused):
        issuer.verifier(clock).verify(issuer.token(clock))
    issuer.algorithms = ("ES256",)
    genuine = issuer.token(clock)
    issuer.algorithms = ("HS256",)
    with pytest.raises(RoomUnreachable):
        issuer.verifier(clock).verify(genuine)
    assert "look at token_algorithm of the room" in caplog.text
