"""How webhooks are signed: by the convention of the Standard Webhooks.

https://www.standardwebhooks.com: the headers `webhook-id`, `webhook-timestamp` and
`webhook-signature`, which has the HMAC-SHA256 of id, time and body by each key. A receiver checks
it by any of that convention's libraries.
"""

import base64
import hmac
from collections.abc import Sequence

from vwr_middleware.keys import Keys
from vwr_middleware.settings import Settings

_PREFIX = "whsec_"


def signing_keys(settings: Settings, keys: Keys) -> tuple[bytes, ...]:
    """The keys that sign: each signs, so that a receiver may know the new one or the old one."""
    own = settings.alarm_webhook_secret
    if own:
        return tuple(base64.b64decode(text.removeprefix(_PREFIX)) for text in own)
    return keys.for_purpose("webhook")


def as_text(key: bytes) -> str:
    """A key as receivers take it."""
    return _PREFIX + base64.b64encode(key).decode()


def signature(keys: Sequence[bytes], id_: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`."""
    signed = b"%s.%d.%s" % (id_.encode(), timestamp, body)
    macs = (hmac.digest(key, signed, "sha256") for key in keys)
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
