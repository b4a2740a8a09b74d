"""`vwr serve --aws` with two workers, as a site that was built on AWS's API finds it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from tests.support.aws import EVENT, ISSUER, KEY, rsa_key
from tests.support.in_time import in_time
from tests.support.room_service import RoomServiceProcess, room_service

SETTINGS = f"""
store = "sqlite:///rooms.sqlite3"
token_algorithm = ["HS256", "RS256"]
token_keys = "rsa.pem"
token_issuer = "{ISSUER}"
admin_api_key = "{KEY}"
paths = "/"
aws_event = "{EVENT}"
max_active = 3
mode = "queue"
inlet = {{ kind = "manual" }}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServiceProcess]:
    folder: Path = tmp_path_factory.mktemp("aws")
    (folder / "rsa.pem").write_text(rsa_key())
    with room_service(folder, SETTINGS, "--aws", "--workers", "2") as service:
        yield service


class Site:
    """The sample site: it knows two URLs and the event id. Each request may reach either worker,
    since each has a connection of its own."""

    def __init__(self, public: str, private: str) -> None:
        self.public, self.private = public, private

    def get(self, path: str, **query: str) -> httpx.Response:
        return httpx.get(self.public + path, params={"event_id": EVENT, **query})

    def post(self, path: str, **body: Any) -> httpx.Response:
        return httpx.post(self.public + path, json={"event_id": EVENT, **body})

    def tokens(self, request_id: str) -> httpx.Response:
        """The tokens, from whichever worker: one that has not heard of a call yet says 202."""
        got = [self.post("/generate_token", request_id=request_id)]

        def are_there() -> bool:
            got[0] = self.post("/generate_token", request_id=request_id)
            return got[0].status_code == 200

        assert got[0].status_code == 200 or in_time(are_there, 20)
        return got[0]

    def has_no_tokens(self, request_id: str) -> bool:
        return self.post("/generate_token", request_id=request_id).status_code == 410

    def operator(self, method: str, path: str, **given: Any) -> httpx.Response:
        sent: dict[str, Any] = {"event_id": EVENT, **given}
        how: dict[str, Any] = {"params": sent} if method == "GET" else {"json": sent}
        headers = {"authorization": f"Bearer {KEY}"}
        return httpx.request(method, self.private + path, headers=headers, **how)


def test_a_site_moves_by_changing_a_url(service: RoomServiceProcess) -> None:
    site = Site(service.url, f"{service.url}/api")
    ids = [site.post("/assign_queue_num").json()["api_request_id"] for _ in range(6)]
    found = [site.get("/queue_num", request_id=each).json()["queue_number"] for each in ids]
    assert found == [1, 2, 3, 4, 5, 6]
    assert site.post("/generate_token", request_id=ids[0]).status_code == 202
    called = site.operator("POST", "/increment_serving_counter", increment_by=4)
    assert called.json() == {"serving_num": 4}
    assert in_time(lambda: site.get("/serving_num").json() == {"serving_counter": "4"}, 20)
    got = [site.tokens(each) for each in ids[:3]]
    later = [site.post("/generate_token", request_id=each).status_code for each in ids[3:]]
    assert later == [202, 202, 202]
    key: Any = RSAAlgorithm.from_jwk(site.get("/public_key").json())
    for number, each in enumerate(got):
        token = each.json()["access_token"]
        claims = jwt.decode(token, key, ["RS256"], audience=EVENT, issuer=ISSUER)
        assert (claims["sub"], claims["queue_position"]) == (ids[number], number + 1)
        assert site.tokens(ids[number]).json()["access_token"] == token, "from whichever worker"
    done = site.operator("POST", "/update_session", request_id=ids[1], status=1)
    assert done.status_code == 200
    assert site.operator("GET", "/expired_tokens").json() == [ids[1]]
    assert in_time(
        lambda: site.operator("GET", "/num_active_tokens").json() == {"active_tokens": 2}, 20
    )
    assert in_time(lambda: site.post("/generate_token", request_id=ids[3]).status_code == 200, 20)
    # A worker that gave the tokens may give them again until it has heard of the end.
    assert in_time(partial(site.has_no_tokens, ids[1]), 20)


def test_beside_it_the_room_answers_as_ever(service: RoomServiceProcess) -> None:
    assert service.says(f"AWS's API     {service.url}/ and {service.url}/api/ ({EVENT})")
    page = httpx.get(f"{service.url}/tickets", headers={"accept": "text/html"})
    assert page.status_code == 202 and "waiting" in page.headers["vwr-state"]
    assert httpx.get(f"{service.url}/vwr/main/status").json()["room"] == "main"
    assert httpx.get(f"{service.url}/queue_num").status_code == 400
    assert httpx.get(f"{service.url}/queue_nums").status_code == 429
