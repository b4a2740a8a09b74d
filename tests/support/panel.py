"""An operator's browser, without the browser, and what the panel says."""

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
#: The form of a harmless change.
CHANGE = {"max_active": "7"}


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

    def act(self, action: str, room_name: str = "main", **fields: str) -> httpx.Response:
        """Press a button, as the page's script does, and be sure of it."""
        return self.press(action, room_name, sure="yes", **fields)

    def press(self, action: str, room_name: str = "main", **fields: str) -> httpx.Response:
        """Press a button, as the page's script does: what could hurt is asked first."""
        return self._post(action, room_name, fields, "application/json")

    def send(self, action: str, room_name: str = "main", **fields: str) -> httpx.Response:
        """The same without the script: the answer is a page."""
        return self._post(action, room_name, fields, "text/html")

    def _post(
        self, action: str, room_name: str, fields: dict[str, str], accept: str
    ) -> httpx.Response:
        address, form = f"/vwr-admin/rooms/{room_name}/{action}", {"csrf": self.csrf, **fields}
        return self.client.post(address, data=form, headers={"Accept": accept})


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


def fill(door: Door, count: int = 7) -> None:
    """So many people come."""
    for _ in range(count):
        door.visit_at()
    door.refresh()


def numbers(door: Door) -> dict[str, Any]:
    """A room as a program reads it."""
    answer: dict[str, Any] = api(door).get("/rooms/main").json()
    return answer


def audit(door: Door) -> list[tuple[Any, ...]]:
    """Who changed what, the latest first."""
    rows = api(door).get("/rooms/main/audit").json()["audit"]
    return [(row["who"], row["what"], row["from"], row["to"]) for row in rows]


def setting(door: Door, name: str) -> dict[str, Any]:
    """One of the room's settings."""
    row: dict[str, Any]
    (row,) = (row for row in numbers(door)["settings"] if row["name"] == name)
    return row


def said(answer: httpx.Response) -> str:
    """What the panel says it has done."""
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["said"]
    return text


def problem(answer: httpx.Response) -> str:
    """Why it has done nothing."""
    assert 400 <= answer.status_code < 500, answer.text
    text: str = answer.json()["problem"]
    assert text.startswith("Nothing was changed: ")
    return text
