"""Where a room's public keys are, and which keys of a set count."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from vwr_middleware.papers.signing_keys import EDWARDS, PAIRS, RSA, RSA_BITS
from vwr_middleware.verify.fetching import NotFetched, fetch_json

DISCOVERY = "/.well-known/openid-configuration"
#: Of a key's names, and of the keys that are read, at most.
LONGEST_NAME, MOST_KEYS = 256, 100
#: A key is good for one algorithm, whatever a token says: by its type, and its curve.
_ALGORITHM_OF = {("RSA", None): RSA, ("EC", "P-256"): PAIRS, ("OKP", "Ed25519"): EDWARDS}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """What verifies by one algorithm. Two of the same identity verify the same."""

    algorithm: str
    identity: str | bytes = field(repr=False)
    key: Any = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the keys are: at an address, or at the one to which the issuer's document leads."""

    issuer: str
    keys_url: str
    algorithms: Collection[str]
    timeout: float
    allow_http: bool

    def fetch(self) -> dict[str, VerifyingKey]:
        """The keys by their names. Raises NotFetched if there is none that counts."""
        url = self.keys_url or self._found_by_issuer()
        # Whoever has seen an unknown name wants what is there now, and not what a cache has kept.
        document = fetch_json(url, self.timeout, {"Cache-Control": "no-cache"})
        keys = keys_in(document, self.algorithms)
        if not keys:
            wanted = ", ".join(sorted(self.algorithms))
            raise NotFetched(f"{url} has no key of {wanted}: look at token_algorithm of the room")
        return keys

    def _found_by_issuer(self) -> str:
        url = self.issuer + DISCOVERY
        document = fetch_json(url, self.timeout)
        told = document if isinstance(document, dict) else {}
        if told.get("issuer") != self.issuer:
            raise NotFetched(f"{url} is the document of another issuer: {told.get('issuer')!r}")
        found = told.get("jwks_uri")
        schemes = ("https://", "http://") if self.allow_http else ("https://",)
        if not isinstance(found, str) or not found.startswith(schemes):
            raise NotFetched(f"{url} names no https address of keys: {found!r}")
        return found


def keys_in(document: object, algorithms: Collection[str]) -> dict[str, VerifyingKey]:
    """The keys of a JWK Set (RFC 7517) that may verify a token, by their names.

    All others are passed over, so that one that nobody here understands does no harm.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    found: dict[str, VerifyingKey] = {}
    for each in (listed if isinstance(listed, list) else [])[:MOST_KEYS]:
        name, key = _read(each, algorithms)
        if key is not None:
            found[name] = key
    return found


def _read(told: object, algorithms: Collection[str]) -> tuple[str, VerifyingKey | None]:
    if not isinstance(told, Mapping):
        return "", None
    name, kty, crv = told.get("kid"), told.get("kty"), told.get("crv")
    if not (isinstance(name, str) and 0 < len(name) <= LONGEST_NAME):
        return "", None
    if not isinstance(kty, str) or not isinstance(crv, str | None):
        return "", None
    algorithm = _ALGORITHM_OF.get((kty, crv))
    fits = told.get("alg", algorithm) == algorithm and told.get("use", "sig") == "sig"
    if algorithm not in algorithms or not fits or "d" in told:  # with `d` it is a private one
        return "", None
    try:
        key = jwt.PyJWK(dict(told), algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return "", None
    if algorithm == RSA and key.key_size < RSA_BITS[0]:
        return "", None
    return name, VerifyingKey(str(algorithm), json.dumps(dict(told), sort_keys=True), key)
