"""Bodies that cannot be read, and those that are too large to be."""

import httpx
import pytest

from tests.support.faults import fault
from tests.support.live import Server
from tests.support.visitor import SCRIPT


@pytest.mark.parametrize("name", ["tickets", "token", "leave", "resume"])
def test_bodies_that_are_no_json_are_refused(issued: None, client: httpx.Client, name: str) -> None:
    for body in (
        b"{",
        b"[" * 50_000,
        b"\xff\xfe",
        b"{'a': 1}",
        b"nul",
        b'{"a":' + b"9" * 6000 + b"}x",
    ):
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = client.post(f"/vwr/main/{name}", content=body, headers=headers)
        assert answer.status_code == 400, body[:20]
        assert "JSON" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/vwr/main/tickets", "/vwr/main/token", "/vwr/main/leave"])
def test_ten_megabytes_at_our_addresses_are_too_large(
    server: Server, issued: None, path: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
    answer = server.send(head.encode() + b"x" * 10_485_760)
    assert answer[:13] == b"HTTP/1.1 413 " or not answer
    answer = server.send(head.encode() + b"x" * 70_000)
    assert answer[:13] == b"HTTP/1.1 413 "
    assert b"connection: close" in answer.lower()


@fault(
    "Large uploads by people who have to wait",
    line="Are answered at once, and the upload is not read.",
    new="The same.",
    figure="10 MB: 64 kB at most are read.",
)
def test_ten_megabytes_at_a_stopped_page_are_not_read(server: Server, issued: None) -> None:
    head = "POST /tickets/buy HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
    # Within the 64 kB that are drained. A client that has sent more by then may find the connection
    # reset before it reads the answer, which is what not reading an upload means.
    answer = server.send(head.encode() + b"x" * 50_000, 2, more=True, until=b"\r\n\r\n")
    assert answer[:13] == b"HTTP/1.1 429 "
    assert b"connection: close" in answer.lower()


def test_a_client_that_would_wait_for_100_continue_gets_none(server: Server, issued: None) -> None:
    head = (
        "POST /tickets/buy HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    answer = server.send(head.encode(), more=True)
    assert answer[:13] == b"HTTP/1.1 429 "


def test_a_small_stopped_post_gets_its_answer_whole(server: Server, issued: None) -> None:
    with httpx.Client(base_url=server.url, headers=SCRIPT, timeout=20) as client:
        for size in (0, 10, 1000, 60_000):
            for _ in range(5):
                answer = client.post("/tickets/buy", content=b"x" * size)
                assert (answer.status_code, answer.json()["you"]) == (429, "none")
