"""The clients of the OpenID provider: apps and gateways that send their visitors through a room to
sign in, each a mapping like

    {"id": "shop", "redirect_uris": "https://shop.example/callback", "secret_env": "SHOP_SECRET"}

Without a secret a client is public, as an app in a browser or on a phone is: PKCE stands in for it.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from reprlib import repr as shown
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.signing_keys import SHARED
from vwr_middleware.settings.fields import unknown_name
from vwr_middleware.settings.kinds import Kind, is_text, parse_json, several
from vwr_middleware.settings.secrets import MAKE_A_SECRET, SHORTEST_SECRET
from vwr_middleware.settings.token_kinds import is_this_machine

EXAMPLE = (
    '[{"id": "shop", "redirect_uris": "https://shop.example/callback", "secret": "a long secret"}]'
)
_NEEDS = 'pip install "vwr-middleware[openid]"'
_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: RFC 6749, appendix A.2. In a header a secret is to be quoted first, which not all clients do.
_VISIBLE = re.compile(r"[!-$&-~]+")
_MADE_BY = "printf %s SECRET | sha256sum"
#: Of an app on a phone or desktop (RFC 8252, section 7.1): it has a dot, as a reversed domain has.
#: So it is none that a browser runs, like `javascript`.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
#: Characters of a URL as RFC 3986 has them; browsers would read a backslash as a slash.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]{1,500}")


@dataclass(frozen=True, slots=True)
class OpenidClient:
    """One client, checked. `room_name` is "" if there is but one."""

    id: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    room_name: str = ""
    #: Whether it may ask about the tokens of all clients of its room, as a gateway does.
    gateway: bool = False
    #: SHA-256 of its secrets, of which each is right; none: it is public.
    digests: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_public(self) -> bool:
        return not self.digests

    def has_secret(self, secret: str) -> bool:
        """Whether this is its secret, in a time that tells nothing of it."""
        given = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        found = [hmac.compare_digest(given, digest) for digest in self.digests]
        return any(found)


def _check_clients(value: object) -> tuple[OpenidClient, ...]:
    """The clients of a list, or of tables by their ids. Raises ConfigurationError with all problems
    of all clients."""
    problems = list[str]()
    clients = [_client(number, given, problems) for number, given in _listed(value)]
    found = [client for client in clients if client is not None]
    ids = [client.id for client in found]
    problems += [
        f"openid_clients: {ids.count(one)} of them have the id {one!r}: give each its own"
        for one in dict.fromkeys(ids)
        if ids.count(one) > 1
    ]
    if found and (find_spec("authlib") is None or find_spec("cryptography") is None):
        problems.append(f"openid_clients cannot sign in anybody yet: {_NEEDS}")
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _listed(value: object) -> list[tuple[int, object]]:
    if isinstance(value, Mapping) and "id" not in value:
        value = [_named(name, table) for name, table in value.items()]
    elif isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of clients, like {EXAMPLE}, not {shown(value)}")
    return list(enumerate(value, 1))


def _named(name: object, table: object) -> object:
    """A client of the table `[openid_clients.ID]`."""
    return {"id": name} | dict(table) if isinstance(table, Mapping) else table


def _client(number: int, given: object, problems: list[str]) -> OpenidClient | None:
    if isinstance(given, OpenidClient):
        return given
    if not isinstance(given, Mapping):
        problems.append(f"openid_clients: number {number} must be a mapping, like {EXAMPLE[1:-1]}")
        return None
    named, found = given.get("id"), list[str]()
    values = {name: _read(kind, name, given, found) for name, kind in _KINDS.items()}
    found += [unknown_name(str(name), _NAMES) for name in given if name not in _NAMES]
    found += [f"{name} is missing" for name in ("id", "redirect_uris") if not given.get(name)]
    digests = _digests(given, found)
    what = repr(named) if isinstance(named, str) else f"number {number}"
    problems += [f"openid_clients: client {what}: {problem}" for problem in found]
    if found:
        return None
    return OpenidClient(room_name=values.pop("room"), digests=digests, **values)


def _read(kind: Kind[Any], name: str, given: Mapping[Any, object], problems: list[str]) -> Any:
    try:
        return kind.check(given[name]) if name in given else _DEFAULTS.get(name, ())
    except ValueError as error:
        problems.append(f"{name} {error}")
        return ()


# Its secrets.


def _digests(given: Mapping[Any, object], problems: list[str]) -> tuple[str, ...]:
    """The SHA-256 of its secrets, which may be given as they are, hashed, or by the names of
    variables of the environment."""
    digests = list[str]()
    for name, digest_of in _SECRETS.items():
        if name in given:
            try:
                digests += several(digest_of).check(given[name]) or (digest_of(None),)
            except ValueError as error:
                problems.append(f"{name} {error}")
    return tuple(dict.fromkeys(digests))


def _of_secret(value: object) -> str:
    if not is_text(value) or len(value) < SHORTEST_SECRET:
        raise ValueError(
            f"must be text of {SHORTEST_SECRET} characters or more: make one with {MAKE_A_SECRET},"
            " or leave it out if the client is public"
        )
    if not _VISIBLE.fullmatch(value):
        raise ValueError(
            "must have no spaces, no % and nothing beyond ASCII, which each client sends in its"
            f" own way: make one with {MAKE_A_SECRET}"
        )
    return hashlib.sha256(value.encode()).hexdigest()


def _of_variable(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the name of a variable of the environment")
    if not os.environ.get(value):
        raise ValueError(f"names the variable {value}, which is not set: set it, or write secret")
    try:
        return _of_secret(os.environ[value].rstrip("\r\n"))
    except ValueError as error:
        raise ValueError(f"names the variable {value}, which {error}") from error


def _of_digest(value: object) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value.lower()):
        raise ValueError(f"must be 64 hexadecimal digits, as written by {_MADE_BY}")
    return value.lower()


_SECRETS: Mapping[str, Callable[[object], str]] = {
    "secret": _of_secret,
    "secret_env": _of_variable,
    "secret_sha256": _of_digest,
}


# Who it is, and where its visitors may be sent.


def _check_id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("must be 1 to 64 of letters, digits and the characters . _ ~ -")
    return value


def _check_url(value: object) -> str:
    expected = 'the whole https URL, like "https://shop.example/callback"'
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise ValueError(f"must be {expected} (no * and no #), not {shown(value)}")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # which raises if it is no number
    except ValueError as error:
        raise ValueError(f"must be {expected}, not {shown(value)}") from error
    if _OWN_SCHEME.fullmatch(parts.scheme):
        return value
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))
    if not is_safe or not host or "@" in parts.netloc or "*" in value:
        raise ValueError(f"must be {expected}, not {shown(value)}")
    return value


def _check_room(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the name of a room")
    return value


def _check_gateway(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {shown(value)}")
    return value


_KINDS: Mapping[str, Kind[Any]] = {
    "id": Kind(_check_id),
    "redirect_uris": several(_check_url),
    "post_logout_redirect_uris": several(_check_url),
    "room": Kind(_check_room),
    "gateway": Kind(_check_gateway),
}
_DEFAULTS: Mapping[str, object] = {"room": "", "gateway": False}
_NAMES = (*_KINDS, *_SECRETS)

several_clients = Kind(_check_clients, parse_json)


# What they need besides.


def openid_clashes(values: Mapping[str, Any]) -> Iterator[str]:
    """A problem for each thing that a provider lacks."""
    clients: Sequence[OpenidClient] = values.get("openid_clients") or ()
    if not clients:
        return
    issuer, algorithms = values.get("token_issuer"), set(values.get("token_algorithm") or ())
    if issuer == "":
        yield (
            "openid_clients need token_issuer, the URL by which they know the room: set it, like"
            ' "https://wait.example"'
        )
    if issuer == "" and algorithms == {SHARED}:
        yield (
            "openid_clients need public keys, and HS256 has none: set token_algorithm to RS256"
            " (with token_keys), which all clients take, or to ES256"
        )
    names = [room.name for room in values.get("rooms") or ()]
    if names:
        yield from _clashes_of_rooms(clients, names, issuer or "")


def _clashes_of_rooms(
    clients: Sequence[OpenidClient], names: Sequence[str], issuer: str
) -> Iterator[str]:
    for client in clients:
        if client.room_name and client.room_name not in names:
            yield (
                f"openid_clients: client {client.id!r}: there is no room {client.room_name!r}: name"
                f" one of {', '.join(names)}"
            )
        if not client.room_name and len(names) > 1:
            yield (
                f"openid_clients: client {client.id!r}: room is missing: name one of"
                f" {', '.join(names)}"
            )
    used = {client.room_name for client in clients if client.room_name}
    if issuer and "{room}" not in issuer and len(used) > 1:
        yield (
            "openid_clients of several rooms need an issuer for each: write {room} into"
            f' token_issuer, like "{issuer}/{{room}}"'
        )
