"""JSON answers at a room's own addresses."""

from math import ceil
from typing import Any

from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import Standing
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.cors import cors_headers
from vwr_middleware.web.http import Cookie, Reply, Request
from vwr_middleware.web.replies import JSON, PRIVATE, Headers, cookie_headers, problem

#: The HTTP status for a ticket that is worth nothing any more, by the store's word for it.
WORTHLESS_STATUS = {
    **{"spent": 409, "moved": 409, "locked": 409},
    **{"missed": 410, "left": 410, "reset": 410},
}


class Answers:
    """Makes the JSON answers of one room: where a visitor stands, or what is wrong."""

    def __init__(self, gate: Gate) -> None:
        self._view, self._settings = gate.view, gate.tools.settings

    def standing(
        self,
        request: Request,
        standing: Standing,
        status: int = 200,
        more: dict[str, Any] | None = None,
        cookies: tuple[Cookie, ...] = (),
    ) -> Reply:
        """The answer that says where this visitor stands."""
        content = stand.as_json(self._view, self._settings, standing, more)
        headers: tuple[tuple[str, str], ...] = (
            JSON,
            *PRIVATE,
            ("VWR-State", standing.word),
        )
        if status != 200:  # a success says the same by `retry_after` in its body
            headers += (("Retry-After", str(ceil(standing.retry_after))),)
        if self._settings.cors_origins:
            headers += self.cors(request)
        if cookies:
            headers += tuple(cookie_headers(cookies))
        return Reply(status, content, headers)

    def position(
        self, request: Request, standing: Standing, cookies: tuple[Cookie, ...] = ()
    ) -> Reply:
        """The answer to a poll. It has few headers, since a crowd polls all the time."""
        content = stand.as_json(self._view, self._settings, standing)
        headers = (JSON, *PRIVATE, *self.cors(request), *cookie_headers(cookies))
        return Reply(200, content, headers)

    def unavailable(self, request: Request, ticket: Ticket | None) -> Reply:
        """The store is away, and nothing can be changed."""
        return self.standing(request, stand.down(ticket), 503)

    def problem(
        self,
        request: Request,
        status: int,
        text: str,
        headers: Headers = (),
        close: bool = False,
    ) -> Reply:
        """A clear error for a program; scripts of allowed origins can read it."""
        return problem(status, text, headers, close).with_headers(self.cors(request))

    def cors(self, request: Request) -> tuple[tuple[str, str], ...]:
        """What lets a script of an allowed origin read the answer."""
        return cors_headers(request, self._settings.cors_origins)
