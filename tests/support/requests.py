"""A request as an adapter hands it over, told in a few words."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from vwr_middleware.cookies import Mark
from vwr_middleware.http import LIKENESS


@dataclass
class PlainRequest:
    """Everything that the gate may ask of a request."""

    path: str = "/tickets"
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    query: str = ""
    mount: str = ""
    raw_path: str = ""
    scheme: str = "http"
    client: str = "203.0.113.7"
    is_websocket: bool = False
    body: bytes = b""
    native: object = None

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "shop.example")

    @property
    def where(self) -> Hashable:
        """All that is said of the path."""
        return self.is_websocket, self.path, self.raw_path, self.mount

    def quick_cookie(self, mark: Mark) -> str | None:
        """What follows the first such mark, up to the next semicolon."""
        _, found, rest = self.headers.get("cookie", "").partition(mark.text)
        return rest.partition(";")[0] if found else None

    def lone_ticket(self, ticket: Mark, others: Sequence[Mark]) -> str | None:
        """What follows the one mark of a ticket, if nothing else brings a ticket or a token."""
        cookies = self.headers.get("cookie", "")
        if {"vwr-ticket", "vwr-token", "authorization"} & self.headers.keys():
            return None
        if cookies.count(ticket.text) != 1 or any(other.text in cookies for other in others):
            return None
        return self.quick_cookie(ticket)

    def brings_none(self, marks: Sequence[Mark]) -> bool:
        """Whether no cookie has one of the marks, and no header may bring a ticket or a token."""
        cookies = self.headers.get("cookie", "")
        others = {"vwr-ticket", "vwr-token", "authorization"} & self.headers.keys()
        return not others and not any(mark.text in cookies for mark in marks)

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        """The scheme and the headers of LIKENESS."""
        return self.scheme, *(self.headers.get(name) for name in LIKENESS)

    def header(self, name: str) -> str:
        """A header, or an empty string."""
        return self.headers.get(name, "")
