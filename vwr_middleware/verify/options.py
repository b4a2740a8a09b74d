"""What a verifier is told, checked at once, with each problem's fix."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.signing_keys import ALGORITHMS, SHARED
from vwr_middleware.verify.running import WhenAway

#: What public keys verify.
BY_PUBLIC_KEYS = tuple(name for name in ALGORITHMS if name != SHARED)
#: Seconds of leeway at most: more would be a clock to set right, or a mistake for milliseconds.
MOST_LEEWAY = 300
_ROOM_NAME = re.compile(r"[a-z0-9-]{1,32}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
SharedKey = str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All that a verifier is told: see `Verifier`."""

    room: str
    issuer: str
    keys_url: str
    shared_key: Sequence[SharedKey] = field(repr=False)
    algorithms: Sequence[str]
    namespace: str
    leeway: float
    room_url: str
    ask_every: float
    when_away: WhenAway
    timeout: float
    allow_http: bool

    def __post_init__(self) -> None:
        problems = [*self._name_problems(), *self._key_problems(), *self._number_problems()]
        if problems:
            raise ConfigurationError(problems)

    @property
    def uses_key_set(self) -> bool:
        """Whether public keys are fetched."""
        return bool(self.keys_url) or "://" in self.issuer

    @property
    def shared_keys(self) -> list[bytes]:
        """The derived keys of HS256."""
        return [_bytes_of(key) for key in self.shared_key]

    @property
    def pinned(self) -> frozenset[str]:
        """The algorithms by which a token may be signed."""
        public = self.algorithms if self.uses_key_set else ()
        return frozenset((*public, *([SHARED] if self.shared_key else [])))

    def _name_problems(self) -> Iterator[str]:
        if not _is_named(self.room, _ROOM_NAME):
            yield f'room must be the name of one room, like "main", not {self.room!r}'
        if not _is_named(self.namespace, _NAMESPACE):
            yield f"namespace must be that of the waiting room, not {self.namespace!r}"
        for name in ("issuer", "keys_url", "room_url"):
            value = getattr(self, name)
            if not isinstance(value, str) or ("://" in value and not self._is_url(value)):
                yield (
                    f'{name} must be an https URL, like "https://shop.example", not {value!r}'
                    " (http needs allow_http=True: whoever is between can change the keys)"
                )
            elif name != "issuer" and value and "://" not in value:
                yield f"{name} must be a whole URL, not {value!r}"
            elif value.endswith("/"):
                yield f"{name} must not end with a slash: {value.rstrip('/')}"

    def _key_problems(self) -> Iterator[str]:
        if not self.uses_key_set and not self.shared_key:
            yield (
                "a verifier needs keys: set issuer to what token_issuer of the room is, or keys_url"
                ' to "https://…/vwr/<room>/jwks.json", or shared_key to the derived key of HS256'
            )
        if self.uses_key_set and find_spec("cryptography") is None:
            yield 'public keys cannot be read yet: pip install "vwr-middleware[crypto]"'
        wrong = [name for name in self.algorithms if name not in BY_PUBLIC_KEYS]
        if wrong or (self.uses_key_set and not self.algorithms):
            yield f"algorithms must be some of {', '.join(BY_PUBLIC_KEYS)}, not {wrong or 'none'}"
        if not all(map(_bytes_of, self.shared_key)):
            yield (
                "shared_key must be the derived key of one room, 32 bytes or 64 hexadecimal digits,"
                " and not the secret_key: see docs/verify.md"
            )

    def _number_problems(self) -> Iterator[str]:
        if not 0 <= self.leeway <= MOST_LEEWAY:
            yield f"leeway must be 0 to {MOST_LEEWAY} seconds, not {self.leeway!r}"
        if self.ask_every < 1:
            yield f"ask_every must be at least 1 second, not {self.ask_every!r}"
        if not 0 < self.timeout <= 60:
            yield f"timeout must be more than 0 and at most 60 seconds, not {self.timeout!r}"
        if self.when_away not in ("admit", "refuse"):
            yield f'when_away must be "admit" or "refuse", not {self.when_away!r}'

    def _is_url(self, value: str) -> bool:
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        schemes = ("https", "http") if self.allow_http else ("https",)
        is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
        return parts.scheme in schemes and bool(host) and is_plain and value.isascii()


def _is_named(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _bytes_of(key: SharedKey) -> bytes:
    """The 32 bytes of a derived key; none for anything else."""
    try:
        found = bytes.fromhex(key) if isinstance(key, str) else bytes(key)
    except (TypeError, ValueError):
        return b""
    return found if len(found) == 32 else b""
