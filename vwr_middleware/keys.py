"""Keys derived from the application's secrets, one for each purpose.

A secret itself never signs anything. Most people give us the secret with which their framework
signs logins. If we signed with it too, an access token of ours could pass as a login there.
"""

import hmac
from collections.abc import Sequence

from vwr_middleware.errors import ConfigurationError

#: Part of every derivation: changing it would make all tickets and tokens invalid.
LABEL = b"vwr_middleware keys, version 1"

MARK_LENGTH = 8  # hexadecimal digits of a secret's mark


class Keys:
    """Every secret of an application, newest first, within one namespace.

    The same secret gives other keys in another namespace, so that nothing signed in staging counts
    in production. Raises ConfigurationError if there is no secret, or an empty one.
    """

    def __init__(self, secrets: Sequence[str], namespace: str) -> None:
        # A text is a sequence of texts too: each letter would become a secret.
        if isinstance(secrets, str) or not secrets or not all(secrets):
            raise ConfigurationError(
                [
                    "secret_key must be text or a list of texts, none of them empty: set a long"
                    " random one"
                ]
            )
        # Extraction as in HKDF (RFC 5869): a secret of any length becomes 32 even bytes. It is the
        # message and not the key, since HMAC pads keys: "a" and "a\0" would be the same secret.
        self._roots = tuple(_hmac(LABEL, s.encode("utf-8", "surrogatepass")) for s in secrets)
        self._namespace = namespace

    @property
    def marks(self) -> list[str]:
        """Marks of the secrets, newest first: they tell secrets apart without revealing them."""
        return [key.hex()[:MARK_LENGTH] for key in self.for_purpose("mark")]

    def for_purpose(self, purpose: str, *details: str) -> tuple[bytes, ...]:
        """The 32-byte keys for one purpose, one for each secret: the first signs, all verify.

        Details narrow the purpose, as in `for_purpose("ticket", room.name)`.
        """
        info = b"".join(map(_framed, (self._namespace, purpose, *details)))
        return tuple(_hmac(root, info + b"\x01") for root in self._roots)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _framed(text: str) -> bytes:
    """The text with its length in front, so that no two lists of texts give the same bytes."""
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data
