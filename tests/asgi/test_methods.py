"""The ASGI door: methods, and bodies that are not read."""

import asyncio
from typing import Any

import pytest

from tests.support.asgi import Answer, call, nowhere, run, scope_of
from tests.support.house import House, inside
from vwr_middleware.blocking import finish


def test_a_stopped_upload_is_not_kept_and_the_connection_closes(house: House) -> None:
    inside(house)
    taken = []

    async def receive() -> dict[str, Any]:
        taken.append(16_384)
        return {"type": "http.request", "body": b"x" * 16_384, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append({**message, "taken": sum(taken)})

    scope = scope_of("/tickets/upload", {"accept": "*/*"}, "POST")
    asyncio.run(run(house.middleware, scope, receive, send))
    assert (b"connection", b"close") in sent[0]["headers"]
    assert [message["taken"] for message in sent] == [0, 0, 65_536]
    assert sent[1]["body"]
    assert not sent[2].get("more_body")


def test_a_client_that_waits_to_be_told_to_go_on_is_told_to_stop_instead(house: House) -> None:
    inside(house)

    async def receive() -> dict[str, Any]:
        raise AssertionError("asking for the body makes a server say 100 Continue")

    scope = scope_of("/tickets/upload", {"expect": "100-continue"}, "POST")
    finish(run(house.middleware, scope, receive, nowhere))


def test_a_client_that_hangs_up_while_its_upload_is_drained_is_no_error(house: House) -> None:
    inside(house)
    scope = scope_of("/tickets/upload", {}, "POST")

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        await house.middleware(scope, receive, nowhere)

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/vwr/nowhere/", "/vwr/main/token"])
def test_who_is_told_of_a_mistake_keeps_the_connection(house: House, path: str) -> None:
    answer = house.visitor().get(path)
    assert (answer.status in (404, 405), answer.header("connection")) == (True, "")


@pytest.mark.parametrize("version", ["2", "3"])
def test_http_2_and_3_know_no_connection_header(house: House, version: str) -> None:
    inside(house)
    answer = _post_over(house, version)
    assert answer.status == 429
    assert answer.all("connection") == []


def _post_over(house: House, version: str) -> Any:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = scope_of("/tickets/upload", {}, "POST", http_version=version)
    asyncio.run(run(house.middleware, scope, receive, send))

    return Answer(sent)


@pytest.mark.parametrize("path", ["/vwr/main/tickets", "/vwr/main/leave"])
def test_a_body_that_breaks_off_takes_no_place(house: House, path: str) -> None:
    begun = {"type": "http.request", "body": b"{}", "more_body": True}
    scope = scope_of(path, {"content-type": "application/json"}, "POST")
    answer = call(house.middleware, scope, begun, {"type": "http.disconnect"})
    assert (answer.status, house.issued) == (400, 0)
