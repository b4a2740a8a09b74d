"""A request as an adapter hands it over, told in a few words."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from vwr_middleware.web.cookies import CookieMark
from vwr_middleware.web.http import LIKENESS


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

    @property
    def cookies(self) -> str | None:
        """The Cookie header."""
        return self.headers.get("cookie")

    def cookies_with(self, mark: CookieMark) -> str | None:
        """The Cookie header, if this mark stands in it."""
        return self.cookies if mark.is_in(self.cookies) else None

    @property
    def brings_papers(self) -> bool:
        """Whether a header, cookies aside, may bring a ticket or a token."""
        return bool(self.headers.keys() & {"vwr-ticket", "vwr-token", "authorization"})

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        """The scheme, the headers of LIKENESS, and whether it brings papers."""
        papers = "papers" if self.brings_papers else None
        return self.scheme, papers, *(self.headers.get(name) for name in LIKENESS)

    async def read_body(self) -> bytes:
        """All of the body."""
        return self.body

    def header(self, name: str) -> str:
        """A header, or an empty string."""
        return self.headers.get(name, "")
