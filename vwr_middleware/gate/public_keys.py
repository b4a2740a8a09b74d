"""Where other programs find what verifies access tokens: public keys, and the document that leads
a gateway to them from the issuer that a token names.

Anybody may read both, and keep them for some minutes: they are the same for all.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.papers.signing_keys import PublicKey
from vwr_middleware.papers.tokens import Tokens
from vwr_middleware.settings import Settings
from vwr_middleware.web.http import READS, Reply, Request
from vwr_middleware.web.replies import JSON, NO_SNIFF, problem

#: What a document says, and the reply with it, by what the app is mounted at.
Told = Callable[[str], Mapping[str, Any]]
Replied = Callable[[str], Reply]

#: Seconds for which caches keep the public keys. A new key can sign once all know it.
_KEPT = 300
_DOCUMENT, _KEYS = "/.well-known/openid-configuration", "/.well-known/jwks.json"


def issuer_of(settings: Settings, room_name: str) -> str:
    """The issuer that a room's access tokens name besides the namespace; "" for none."""
    return settings.token_issuer.replace("{room}", room_name)


def key_set(tokens: Iterable[Tokens]) -> Reply:
    """The public keys of one room or of several: a JWK Set (RFC 7517)."""
    return _for_all({"keys": _public_keys(tokens)})


def _public_keys(tokens: Iterable[Tokens]) -> list[PublicKey]:
    """Each once: all rooms have the app's own."""
    return list({key["kid"]: key for one in tokens for key in one.public_keys}.values())


class KeyAddresses:
    """The addresses at an issuer's own URL and below our prefix, by path.

    OpenID Connect Discovery 1.0, section 4, puts the document below the issuer's path. That path is
    the visitor's, with whatever the app is mounted at.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: Mapping[str, Tokens],
        providers: Mapping[str, Told] = MappingProxyType({}),
    ) -> None:
        self._at_issuer: dict[str, Replied] = {}
        self._below_prefix: dict[str, Replied] = {}
        if not settings.token_issuer:
            return
        rooms_of: dict[str, list[str]] = {}
        for name in tokens:
            rooms_of.setdefault(issuer_of(settings, name), []).append(name)
        for issuer, names in rooms_of.items():
            told = next((providers[name] for name in names if name in providers), None)
            answers = dict(_answers(issuer, [tokens[name] for name in names], told))
            path = urlsplit(issuer).path
            self._at_issuer |= {path + end: reply for end, reply in answers.items()}
            for name in names:
                of_room = dict(_answers(issuer, [tokens[name]], told))
                below = f"{settings.prefix}/{name}"
                self._below_prefix |= {below + end: reply for end, reply in of_room.items()}
            if len(rooms_of) == 1:
                below = settings.prefix
                self._below_prefix |= {below + end: reply for end, reply in answers.items()}

    def answer(self, request: Request) -> Reply | None:
        """What is at this request's address; None if it is none of these."""
        reply = self._find(request)
        if reply is None:
            return None
        if request.method not in READS:
            return problem(405, "method not allowed: use GET", (("Allow", ", ".join(READS)),))
        return reply

    def has(self, request: Request) -> bool:
        """Whether a request is for one of these addresses."""
        return self._find(request) is not None

    def _find(self, request: Request) -> Reply | None:
        path, at_visitors = request.path, request.mount + request.path
        if request.raw_path not in (path, at_visitors):  # another spelling: a path of the app
            return None
        replied = self._below_prefix.get(path) or self._at_issuer.get(at_visitors)
        return None if replied is None else replied(request.mount)


def _answers(issuer: str, tokens: list[Tokens], told: Told | None) -> Iterator[tuple[str, Replied]]:
    document: dict[str, Any] = {
        "issuer": issuer,
        "jwks_uri": issuer + _KEYS,
        "id_token_signing_alg_values_supported": sorted(
            {key["alg"] for key in _public_keys(tokens)}
        ),
        "subject_types_supported": ["public"],
        # Nobody signs in here, the line gives the tokens; but clouds want to read some type.
        "response_types_supported": ["id_token"],
        "claims_supported": ["iss", "aud", "sub", "sid", "pos", "iat", "exp"],
    }
    yield _DOCUMENT, _remembered(lambda mount: document | dict(told(mount) if told else {}))
    keys = {"keys": _public_keys(tokens)}
    yield _KEYS, _remembered(lambda mount: keys)


def _remembered(content: Told) -> Replied:
    """A reply that is made once for what an app is mounted at, which is the same for all."""
    return lru_cache(maxsize=8)(lambda mount: _for_all(content(mount)))


def _for_all(content: object) -> Reply:
    caching = ("Cache-Control", f"public, max-age={_KEPT}")
    readable = ("Access-Control-Allow-Origin", "*")
    return Reply(200, json.dumps(content).encode(), (JSON, caching, NO_SNIFF, readable))
