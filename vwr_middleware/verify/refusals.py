"""Why a request is refused, and the answer to it, as RFC 6750 words it."""

import json

from vwr_middleware.errors import WaitingRoomError

#: What a refusal says to a person, by its one word for programs.
REASONS = {
    "missing": "an access token of the waiting room is needed",
    "doubled": "more than one access token came in one header: send one",
    "malformed": "this is no access token of a waiting room",
    "unknown_key": "the access token is signed by no key of the waiting room",
    "forged": "the signature of the access token is wrong",
    "other_issuer": "the access token is of another issuer",
    "other_room": "the access token is of another room",
    "not_yet": "the access token begins in the future: look at the clocks",
    "expired": "the access token has expired",
    "ended": "the session has ended",
    "locked": "the session belongs to another network",
}


class Unverified(WaitingRoomError):
    """A request that must not go on, and what to answer: `status`, `headers` and `body`.

    `reason` is one word for programs.
    """

    def __init__(self, reason: str, text: str, status: int, headers: list[tuple[str, str]]) -> None:
        super().__init__(text)
        self.reason, self.status = reason, status
        self.headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            *headers,
        ]

    @property
    def body(self) -> bytes:
        """The answer's body, as JSON."""
        return json.dumps({"error": str(self), "reason": self.reason}).encode()


class TokenRefused(Unverified):
    """The request brings no access token that counts here."""

    def __init__(self, reason: str, room_name: str, waiting_room: str = "") -> None:
        status = 400 if reason == "doubled" else 401
        told = REASONS[reason]
        challenge = f'Bearer realm="{room_name}"'
        if reason != "missing":  # who brought nothing is told nothing but what to bring
            error = "invalid_request" if status == 400 else "invalid_token"
            challenge += f', error="{error}", error_description="{told}"'
        where = [("VWR-Waiting-Room", waiting_room)] if waiting_room else []
        super().__init__(reason, told, status, [("WWW-Authenticate", challenge), *where])


class RoomUnreachable(Unverified):
    """What is needed to judge the token cannot be had now: the keys, or the room's word."""

    def __init__(self, text: str, retry_after: float) -> None:
        wait = [("Retry-After", str(max(1, round(retry_after))))]
        super().__init__("unreachable", text, 503, wait)
