"""A request as an adapter hands it over, told in a few words."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from vwr_middleware.web.cookie_header import CookieMark
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
        return self.headers.get("host", "shop.example")

    @property
    def where(self) -> Hashable:
        return self.is_websocket, self.path, self.raw_path, self.mount

    @property
    def cookies(self) -> str | None:
        return self.headers.get("cookie")

    def cookies_with(self, mark: CookieMark) -> str | None:
        return self.cookies if mark.is_in(self.cookies) else None

    @property
    def brings_papers(self) -> bool:
        return bool(self.headers.keys() & {"vwr-ticket", "vwr-token", "authorization"})

    @property
    def likeness(self) -> tuple[str | bytes | None, ...]:
        papers = "papers" if self.brings_papers else None
        return self.scheme, papers, *(self.headers.get(name) for name in LIKENESS)

    async def read_body(self) -> bytes:
        return self.body

    def header(self, name: str) -> str:
        return self.headers.get(name, "")
