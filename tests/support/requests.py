"""A request as an adapter hands it over, told in a few words."""

from dataclasses import dataclass, field


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

    def header(self, name: str) -> str:
        """A header, or an empty string."""
        return self.headers.get(name, "")
