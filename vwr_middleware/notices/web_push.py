"""Web Push: a message to a browser whose page is closed, by the browser's own push service.

The message is encrypted for the browser (RFC 8291) and signed by our key (RFC 8292), so that a push
service can neither read it nor take it from anybody else. pywebpush does both, and we send it.
"""

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import GONE, SENT
from vwr_middleware.user_functions import Failures
from vwr_middleware.web.outgoing import AWAY, OutgoingRequests

log = logging.getLogger("vwr_middleware")

#: Seconds after which a notice is tried again: at first, and at most.
_AGAIN, _AGAIN_MOST = 15.0, 900.0
_SIGNED_FOR = 12 * 3600
#: The order of the curve P-256.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
REFUSED = "push service %s refuses notices with status %d (%d so far): see docs/away.md"


class WebPush:
    """Sends messages. `own_key` is a private key as PEM; without one, keys are derived from the
    secrets: one each, since a subscription works by the key alone for which it was made.
    """

    def __init__(self, keys: Keys, own_key: str, contact: str) -> None:
        private = [_own(own_key)] if own_key else _derived(keys)
        self._keys = {_public(key)[:_MARK]: Vapid02(private_key=key) for key in private}
        #: The public key that a browser is given, as it wants it.
        self.public_key = _public(private[0])
        self.mark = self.public_key[:_MARK]
        self._contact, self._failures = contact, Failures()
        self._outgoing = OutgoingRequests()

    def send(
        self, subscription: Mapping[str, str], told: Mapping[str, str], ttl: int, wall: float
    ) -> tuple[float, int]:
        """Send what is told. Returns SENT, GONE, or the least seconds after which to try again; and
        the status.

        `topic` in what is told replaces an earlier message that was not delivered yet.
        """
        signs = self._keys.get(subscription["key"])
        if signs is None:  # its secret is not among ours any more
            return GONE, 0
        endpoint = subscription["endpoint"]
        url = urlsplit(endpoint)
        claims = {
            "sub": self._contact,
            "aud": f"https://{url.netloc}",
            "exp": int(wall) + _SIGNED_FOR,
        }
        try:
            body = _encrypted(subscription, told)
        except (WebPushException, ValueError):  # a key that is none
            return GONE, 0
        headers = {
            **signs.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl),
            "Urgency": "high",
            "Topic": told["topic"],
        }
        return self._post(endpoint, body, headers, url.netloc)

    def _post(
        self, endpoint: str, body: bytes, headers: Mapping[str, str], host: str
    ) -> tuple[float, int]:
        try:
            status, again_in = self._outgoing.post(endpoint, body, headers)
        except AWAY:
            return _AGAIN, 0
        return self._report(status, again_in, host), status

    def _report(self, status: int, again_in: float, host: str) -> float:
        if 200 <= status < 300:
            return SENT
        if status == 429 or status >= 500:
            return min(max(_AGAIN, again_in), _AGAIN_MOST)
        if status not in (404, 410) and (count := self._failures.told(_Refused())):
            log.error(REFUSED, host, status, count)
        return GONE


class _Refused(Exception):
    """A push service has refused a notice for a reason that is ours."""


_MARK = 12


def _encrypted(subscription: Mapping[str, str], told: Mapping[str, str]) -> bytes:
    names = {"p256dh": subscription["p256dh"], "auth": subscription["auth"]}
    pusher = WebPusher({"endpoint": subscription["endpoint"], "keys": names})
    message = json.dumps(told, ensure_ascii=False).encode()
    return bytes(pusher.encode(message)["body"])


def _derived(keys: Keys) -> list[EllipticCurvePrivateKey]:
    halves = (keys.for_purpose("push", half) for half in ("high", "low"))
    # 512 bits for a number of 256 make each key as likely as any other (FIPS 186-5, A.2.1).
    return [
        derive_private_key(1 + int.from_bytes(high + low, "big") % (_ORDER - 1), SECP256R1())
        for high, low in zip(*halves, strict=True)
    ]


def _own(pem: str) -> EllipticCurvePrivateKey:
    """A private key as PEM. Raises ValueError for any other."""
    key: Any = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("is no key of the curve P-256")
    return key


def _public(key: EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
