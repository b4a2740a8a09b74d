"""An operator's browser, without the browser."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.doors import Door

PASSWORD, VIEWER, API_KEY = "a long password", "only to look", "an API key of its own"
PAGE = {"Accept": "text/html"}
GIVEN: dict[str, Any] = {
    "admin_password": PASSWORD,
    "admin_viewer_password": VIEWER,
    "admin_api_key": API_KEY,
}


@dataclass
class Operator:
    """Somebody at the panel of a door."""

    client: httpx.Client
    csrf: str = ""

    @classmethod
    def at(cls, door: Door, address: str = "") -> "Operator":
        """Somebody who has not signed in, at some address if a proxy tells it."""
        headers = {"X-Forwarded-For": address} if address else {}
        client = httpx.Client(
            transport=door.transport, base_url="http://shop.example", headers=headers
        )
        return cls(client)

    def sign_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Send the form."""
        form = {"password": password, **more}
        return self.client.post("/vwr-admin/sign-in", data=form)

    def open(self, path: str = "/rooms/main") -> httpx.Response:
        """Look at a page, as a browser does."""
        answer = self.client.get(f"/vwr-admin{path}", headers=PAGE)
        found = re.search(r'name="csrf" value="(\w+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def act(self, action: str, room: str = "main", **fields: str) -> httpx.Response:
        """Press a button, as the page's script does, and be sure of it."""
        form = {"csrf": self.csrf, "sure": "yes", **fields}
        return self.client.post(
            f"/vwr-admin/rooms/{room}/{action}", data=form, headers={"Accept": "application/json"}
        )


def signed_in(door: Door, password: str = PASSWORD) -> Operator:
    """An operator (or viewer) who looks at the room's page."""
    operator = Operator.at(door)
    assert operator.sign_in(password, name="Ann").status_code == 303
    operator.open()
    return operator


def api(door: Door, key: str = API_KEY) -> httpx.Client:
    """A program with a key."""
    return httpx.Client(
        transport=door.transport,
        base_url="http://shop.example/vwr-admin/api",
        headers={"Authorization": f"Bearer {key}"},
    )
