"""Kinds of settings of access tokens: how they are signed, by which keys, and whose they are."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from reprlib import repr as shown
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.papers.signing_keys import ALGORITHMS, NEW_KEY, PAIRS, RSA, SHARED, own_key
from vwr_middleware.settings.kinds import Kind, choice, is_text, parse_list, several

_algorithm = choice(*ALGORITHMS)
_NEEDS = 'pip install "vwr-middleware[crypto]"'
#: Characters of a file of a key at most; one of RSA with 4096 bits has 3,300.
_LONGEST_PEM = 20_000
#: Characters of an issuer at most: it stands in each token.
_LONGEST_ISSUER = 200


def _check_algorithms(value: object) -> tuple[str, ...]:
    algorithms = several(_algorithm.check).check(value) or (_algorithm.check(value),)
    for name in algorithms:
        if name != SHARED and find_spec("cryptography") is None:
            raise ValueError(f"cannot be {name} yet: {_NEEDS}")
    return algorithms


def _check_key(value: object) -> str:
    """The PEM, which may have been given as the path of its file."""
    if isinstance(value, Path) or (is_text(value) and "-----BEGIN" not in value):
        value = _read(Path(value))
    if not is_text(value):
        raise ValueError(f"must be a private key as PEM, or the path of its file: {NEW_KEY}")
    if find_spec("cryptography") is None:
        raise ValueError(f"cannot be read yet: {_NEEDS}")
    own_key(value)
    return value


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            return file.read(_LONGEST_PEM)
    except OSError as error:
        raise ValueError(f"cannot be read from {shown(str(path))}: {error.strerror}") from error
    except ValueError as error:  # a file of other letters, or a NUL in the path
        raise ValueError(f"is no private key in PEM: {NEW_KEY}") from error


def _check_issuer(value: object) -> str:
    expected = 'an https URL, like "https://shop.example" or "https://shop.example/vwr/{room}"'
    if value == "":
        return ""
    if not is_text(value) or len(value) > _LONGEST_ISSUER or not value.isascii():
        raise ValueError(f"must be {expected}, not {shown(value)}")
    if value.endswith("/"):
        raise ValueError(f"must not end with a slash, since gateways compare letters: {value[:-1]}")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # which raises if it is no number
    except ValueError as error:
        raise ValueError(f"must be {expected}, not {shown(value)}") from error
    is_plain = value == f"{parts.scheme}://{parts.netloc}{parts.path}" and "@" not in parts.netloc
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))
    left = value.replace("{room}", "")
    if not (is_plain and is_safe and host) or any(c in left for c in "{}\\\"'<> \t\r\n%;"):
        raise ValueError(f"must be {expected}, not {shown(value)}")
    if "//" in parts.path or {".", ".."} & set(parts.path.split("/")):
        raise ValueError(f"must be {expected}, not {shown(value)}")
    if "{" in parts.netloc:
        raise ValueError(f"may have {{room}} in its path only, not {shown(value)}")
    return value


def is_this_machine(host: str) -> bool:
    """Whether nobody else can be between: to try it out without a certificate."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check_push_key(value: object) -> str:
    if value == "":
        return ""
    pem = _check_key(value)
    if own_key(pem).algorithm != PAIRS:
        raise ValueError("must be a key of the curve P-256, as for ES256")
    return pem


algorithms = Kind(_check_algorithms, parse_list)
token_keys = several(_check_key)
push_key = Kind(_check_push_key)
issuer = Kind(_check_issuer)


def token_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for an algorithm without a key, and for each key without its algorithm."""
    algorithms_set = values.get("token_algorithm") or ()
    brought = {own_key(pem).algorithm for pem in values.get("token_keys") or ()}
    if RSA in algorithms_set and RSA not in brought and "token_keys" in values:
        yield f"token_algorithm RS256 needs a key of yours in token_keys: {NEW_KEY}"
    for name in sorted(brought.difference(algorithms_set)):
        yield (
            f"token_keys has a key of {name}, which token_algorithm does not name: write"
            f' token_algorithm=["{name}"], or remove the key'
        )
    if values.get("token_issuer") and set(algorithms_set) == {SHARED}:
        yield (
            "token_issuer names a place where others find public keys, and HS256 has none: set"
            ' token_algorithm to "ES256" or "RS256"'
        )
