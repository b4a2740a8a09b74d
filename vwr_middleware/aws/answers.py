"""How a call of this API is answered: JSON that scripts of every origin may read, as there."""

import json
from collections.abc import Sequence
from typing import Any

from vwr_middleware.web.http import Reply
from vwr_middleware.web.replies import JSON, NO_SNIFF, Headers

#: Seconds after which a refused or a failed call may be made again.
RETRY = 2
_EVERYBODY = ("Access-Control-Allow-Origin", "*")
_EXPOSED = ("Access-Control-Expose-Headers", "Retry-After")
_SENT = (
    "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,"
    "Idempotency-Key,VWR-Operator"
)
_NOT_KEPT = ("Cache-Control", "no-store")


def answered(status: int, content: Any, headers: Headers = (), *, kept_for: int = 0) -> Reply:
    """An answer. A cache may keep it for so many seconds, since it is the same for everybody."""
    caching = ("Cache-Control", f"public, max-age={kept_for}") if kept_for else _NOT_KEPT
    body = json.dumps(content, separators=(",", ":")).encode()
    return Reply(status, body, (JSON, caching, NO_SNIFF, _EVERYBODY, _EXPOSED, *headers))


class Refusal(Exception):
    """A call that gets another answer than the one that it asks for: a status, and why.

    The calls themselves say why as `error`. What was refused before them, as a gateway does, says
    it as `message`.
    """

    def __init__(
        self, status: int, why: str, *, by: str = "error", retry_after: int = 0, **more: str
    ) -> None:
        super().__init__(why)
        self._status, self._content, self._retry_after = status, {by: why, **more}, retry_after

    @property
    def reply(self) -> Reply:
        """The answer."""
        later = [("Retry-After", str(self._retry_after))] if self._retry_after else []
        return answered(self._status, self._content, later)


def by_gateway(status: int, why: str) -> Refusal:
    """A call that was refused before it could be made."""
    return Refusal(status, why, by="message")


def unavailable() -> Refusal:
    """The store does not answer. Nothing was changed, and no place is lost."""
    return Refusal(503, "Try again: your place is kept", retry_after=RETRY)


def preflight(methods: Sequence[str]) -> Reply:
    """The answer to a browser that asks whether a script may make a call."""
    allowed = ("Access-Control-Allow-Methods", ",".join(("OPTIONS", *methods)))
    headers = (JSON, _NOT_KEPT, _EVERYBODY, allowed, ("Access-Control-Allow-Headers", _SENT))
    return Reply(200, b"{}", (*headers, ("Access-Control-Max-Age", "600")))
