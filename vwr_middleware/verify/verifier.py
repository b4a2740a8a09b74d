"""The verifier: what an access token must be to count in this service, and the session that it
proves."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import jwt

from vwr_middleware.blocking import finish
from vwr_middleware.line.session_ids import is_session_id
from vwr_middleware.papers.signing_keys import SHARED, TYP
from vwr_middleware.verify.fetched_keys import LONGEST_NAME, KeySource, VerifyingKey
from vwr_middleware.verify.fetching import fetch_json
from vwr_middleware.verify.in_thread import Aside, InThread, in_place
from vwr_middleware.verify.key_set import KeySet
from vwr_middleware.verify.options import BY_PUBLIC_KEYS, Options, SharedKey
from vwr_middleware.verify.refusals import RoomUnreachable, TokenRefused, Unverified
from vwr_middleware.verify.request_tokens import LONGEST, Doubled, Headers, RequestTokens
from vwr_middleware.verify.running import Asked, RunningSessions, WhenAway

#: Verified tokens that are remembered at most, and first parts of tokens.
REMEMBERED, HEADS = 4096, 64
#: Of the times in a token, and of its numbers.
_NUMBERS_END = 2**53


@dataclass(frozen=True, slots=True)
class VerifiedSession:
    """A visitor's session in the room, as the access token proves it."""

    id: str  # names the session everywhere
    room: str
    position: int  # the queue position with which it began
    generation: int
    issued_at: int  # seconds since the epoch, as is the next
    expires_at: int
    #: All that the token says.
    claims: Mapping[str, Any] = field(repr=False, hash=False)


class Verifier:
    """Verifies access tokens of one room, wherever they are received.

    The keys are found by `issuer`, which is the room's `token_issuer`; or at `keys_url`, and then
    `issuer` is the room's `namespace`; or it is `shared_key`, the derived key of HS256, or several.
    Only `algorithms` count. With `room_url`, the address of the room's own pages, the room is asked
    at most every `ask_every` seconds whether a session still runs; `when_away` says what happens
    while it does not answer. Raises ConfigurationError with all that is wrong at once.
    """

    def __init__(
        self,
        *,
        room: str,
        issuer: str = "",
        keys_url: str = "",
        shared_key: SharedKey | Sequence[SharedKey] = (),
        algorithms: Sequence[str] = BY_PUBLIC_KEYS,
        namespace: str = "vwr",
        leeway: float = 5,
        room_url: str = "",
        ask_every: float = 5,
        when_away: WhenAway = "admit",
        timeout: float = 3,
        allow_http: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        shared = (shared_key,) if isinstance(shared_key, str | bytes) else tuple(shared_key)
        options = self._options = Options(
            room=room,
            issuer=issuer or namespace,
            keys_url=keys_url,
            shared_key=shared,
            algorithms=algorithms,
            namespace=namespace,
            leeway=leeway,
            room_url=room_url,
            ask_every=ask_every,
            when_away=when_away,
            timeout=timeout,
            allow_http=allow_http,
        )
        self._clock, self._aside = clock, InThread()
        self._shared = [VerifyingKey(SHARED, key, key) for key in options.shared_keys]
        source = KeySource(options.issuer, keys_url, algorithms, timeout, allow_http)
        self._keys = KeySet(source.fetch, monotonic)
        ask = self._standing if room_url else None
        self._running = RunningSessions(ask, ask_every, monotonic)
        self._tokens = RequestTokens(namespace, room)
        self._head = lru_cache(HEADS)(self._read_head)
        self._genuine = lru_cache(REMEMBERED)(self._read)

    # For blocking code.

    def verify(self, token: str, address: str = "") -> VerifiedSession:
        """The session of a token. Raises TokenRefused for any that does not count, and
        RoomUnreachable if that cannot be found out now. `address` is the visitor's."""
        return finish(self._verify(token, address, in_place))

    def verify_request(self, headers: Headers, address: str = "") -> VerifiedSession:
        """The same of the token in a request's headers."""
        return finish(self._verify_any(headers, address, in_place))

    # For asynchronous code.

    async def averify(self, token: str, address: str = "") -> VerifiedSession:
        """`verify` for asynchronous code, under asyncio."""
        return await self._verify(token, address, self._aside)

    async def averify_request(self, headers: Headers, address: str = "") -> VerifiedSession:
        """`verify_request` for asynchronous code, under asyncio."""
        return await self._verify_any(headers, address, self._aside)

    # For both.

    async def _verify_any(self, headers: Headers, address: str, aside: Aside) -> VerifiedSession:
        try:
            candidates = self._tokens.find(headers)
        except Doubled:
            raise self._refusal("doubled") from None
        refusal: Unverified = self._refusal("missing")
        for number, token in enumerate(candidates):
            try:
                return await self._verify(token, address, aside)
            except Unverified as error:
                refusal = refusal if number else error
        raise refusal

    async def _verify(self, token: str, address: str, aside: Aside) -> VerifiedSession:
        if not 0 < len(token) <= LONGEST or not token.isascii():
            raise self._refusal("malformed")
        algorithm, name = self._head(token.partition(".")[0])
        if algorithm != SHARED and self._keys.needs_fetch(name):
            await aside("keys", partial(self._keys.refresh, name))
        session = self._by_any(token, self._candidates(algorithm, name))
        self._check_times(session)
        asked = session.id, address
        if self._running.needs_asking(asked):
            await aside(asked, partial(self._running.ask, asked, token))
        self._check_running(asked)
        return session

    def _read_head(self, first: str) -> tuple[str, str]:
        """The algorithm and the key's name, by the first part of a token, which is the same for all
        tokens of one key; remembered, if it is one of ours."""
        try:
            head = jwt.get_unverified_header(f"{first}..")
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise self._refusal("malformed") from None
        algorithm, name = head.get("alg"), head.get("kid", "")
        are_texts = isinstance(algorithm, str) and isinstance(name, str)
        if head.get("typ") != TYP or not are_texts or len(name) > LONGEST_NAME:
            raise self._refusal("malformed")
        if algorithm not in self._options.pinned:
            raise self._refusal("malformed")
        return algorithm, name

    def _candidates(self, algorithm: str, name: str) -> list[VerifyingKey]:
        if algorithm == SHARED:
            return self._shared
        key = self._keys.find(name)
        if key is None and self._keys.is_empty:
            raise RoomUnreachable("the keys cannot be had now", self._keys.retry_after)
        # The token names a key, and the key its algorithm: never the token both.
        if key is None or key.algorithm != algorithm:
            raise self._refusal("unknown_key")
        return [key]

    def _by_any(self, token: str, keys: list[VerifyingKey]) -> VerifiedSession:
        for key in keys:
            try:
                return self._genuine(token, key)
            except jwt.InvalidSignatureError:
                continue
            except jwt.InvalidIssuerError:
                raise self._refusal("other_issuer") from None
            except jwt.InvalidAudienceError:
                raise self._refusal("other_room") from None
            except (jwt.PyJWTError, ValueError, RecursionError):
                raise self._refusal("malformed") from None
        raise self._refusal("forged")

    def _read(self, token: str, key: VerifyingKey) -> VerifiedSession:
        """What a token says that this key has signed; remembered, since that stays so. Raises
        errors of PyJWT and ValueError for others."""
        # Times are compared later: PyJWT would do so now, and by another clock than ours.
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            issuer=self._options.issuer,
            audience=self._options.room,
            options={
                "require": ["iss", "aud", "sid", "gen", "pos", "iat", "exp"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        return _session_in(claims)

    def _check_times(self, session: VerifiedSession) -> None:
        now, leeway = self._clock(), self._options.leeway
        if session.issued_at > now + leeway:
            raise self._refusal("not_yet")
        if session.expires_at <= now - leeway:
            raise self._refusal("expired")

    def _check_running(self, asked: Asked) -> None:
        reason = self._running.reason_against(asked)
        if reason:
            raise self._refusal(reason)
        if reason is None and self._options.when_away == "refuse":
            raise RoomUnreachable("the room cannot be asked now", self._running.retry_after)

    def _standing(self, token: str, address: str) -> Any:
        headers = {"VWR-Token": token} | ({"X-Forwarded-For": address} if address else {})
        url = f"{self._options.room_url}/position"
        return fetch_json(url, self._options.timeout, headers, follow=False)

    def _refusal(self, reason: str) -> TokenRefused:
        url = self._options.room_url
        return TokenRefused(reason, self._options.room, f"{url}/" if url else "")


def _session_in(claims: dict[str, Any]) -> VerifiedSession:
    numbers = [claims[name] for name in ("gen", "pos", "iat", "exp")]
    if not all(type(number) is int and 0 <= number < _NUMBERS_END for number in numbers):
        raise ValueError("not a number that the room writes")
    generation, position, issued_at, expires_at = numbers
    name = claims["sid"]
    if not isinstance(name, str) or not is_session_id(name):
        raise ValueError("not a session's id")
    told = MappingProxyType(claims)
    return VerifiedSession(name, claims["aud"], position, generation, issued_at, expires_at, told)
