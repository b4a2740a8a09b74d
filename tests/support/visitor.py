"""Somebody with a browser: cookies of their own, and a browser's headers."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

#: The names of the cookies of the room `main`.
TICKET, TOKEN = "vwr_main", "vwr_main_token"

PAGE = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "none",
    "User-Agent": "Mozilla/5.0",
}
SCRIPT = {
    "Accept": "*/*",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0",
}
IMAGE = {**SCRIPT, "Accept": "image/*", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


@dataclass
class Visitor:
    """Opens pages, and what pages load."""

    client: httpx.Client

    @classmethod
    def of(cls, transport: httpx.BaseTransport, origin: str = "http://shop.example") -> "Visitor":
        """A browser that has no cookies yet."""
        return cls(httpx.Client(transport=transport, base_url=origin))

    def opens(self, path: str = "/tickets", method: str = "GET", **options: Any) -> httpx.Response:
        """Goes to a page, or sends a form."""
        headers = {**PAGE, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def fetches(
        self, path: str = "/tickets", method: str = "GET", **options: Any
    ) -> httpx.Response:
        """A script asks."""
        headers = {**SCRIPT, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def loads(self, path: str, **options: Any) -> httpx.Response:
        """A page shows an image."""
        return self.client.get(path, headers={**IMAGE, **options.pop("headers", {})}, **options)

    def sends(self, path: str, **options: Any) -> httpx.Response:
        """A program without a browser's headers posts."""
        return self.client.post(path, **options)

    def position(self, room_name: str = "main") -> Any:
        """What the page learns when it polls."""
        return self.fetches(f"/vwr/{room_name}/position").json()

    @property
    def cookies(self) -> set[str]:
        """The names of the cookies that the browser holds."""
        return set(self.client.cookies.keys())


#: Makes somebody at an app.
VisitorOf = Callable[[Any], Visitor]


@contextmanager
def visitor_at(url: str) -> Iterator[Visitor]:
    """Somebody with a browser, at a real server."""
    # No certificates: to read them takes longer than a visit.
    with httpx.Client(base_url=url, timeout=10, verify=False) as client:
        yield Visitor(client)


def purchase(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    """Send the form of an example's page as a browser does."""
    field = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    form = {"seat": "deck"} | ({"csrfmiddlewaretoken": field[1]} if field else {})
    return visitor.opens("/tickets/purchase", "POST", data=form)


def is_inside(response: httpx.Response) -> bool:
    """Whether the app has answered, with a session."""
    kind = response.headers.get("content-type", "")
    return response.status_code == 200 and kind == "application/json" and _session(response)


def _session(response: httpx.Response) -> bool:
    told = response.json()
    return bool(told.get("session"))


def set_cookies(response: httpx.Response) -> dict[str, str]:
    """The Set-Cookie headers by the cookie's name."""
    headers = response.headers.get_list("set-cookie")
    return {header.partition("=")[0].strip(): header.strip() for header in headers}
