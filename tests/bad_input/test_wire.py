"""Bytes that no client should send, and paths in every spelling."""

import pytest

from tests.support.faults import fault
from tests.support.live import Server

GARBAGE = [
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nCookie: a\x00b\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nX: a\rInjected: 1\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nX: a\nInjected: 1\r\n\r\n",
    b"GET /tickets?a=\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets?a=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tick\xc3\xa9ts HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets/%ff%fe%00%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets/%0d%0aX:%20y?%0d%0aX:%20y HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //evil.example/..%2ftickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/tickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET tickets HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: evil.example\r\nHost: x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: a b<script>\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\xff\r\nReferer: http://[\xff\r\nOrigin: http://[\r\n\r\n",
    b"POST /vwr/main/tickets HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\nContent-Length: 0\r\n\r\n",
    b"POST /vwr/main/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
    b"GET /tickets HTTP/1.0\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAccept: \xff;q=\xfe\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAccept-Language: \x80-\xff;q=x\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nVWR-Token: " + b"a" * 8000 + b"\r\n\r\n",
    b'GET /vwr/main/status HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff""W/\r\n\r\n',
    b"GET /tickets HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 1000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@fault("Anything at all, as a request")
@pytest.mark.parametrize("data", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_on_the_wire_is_a_client_error_at_most(
    server: Server, issued: None, data: bytes
) -> None:
    answer = server.send(data)
    status = answer[9:12]
    assert status[:1] in (b"", b"2", b"4"), answer[:300]
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"injected:" not in head
    assert b"\nx: y" not in head
    for line in head.split(b"\r\n"):
        if line.startswith((b"location:", b"vwr-waiting-room:")):
            there = line.partition(b":")[2].strip()
            assert not there.startswith((b"//", b"/\\", b"http"))


def test_there_is_no_way_around_by_spelling(server: Server, issued: None) -> None:
    for path in (
        "/tickets/",
        "//tickets",
        "/./tickets",
        "/a/../tickets",
        "/%74ickets",
        "/TICKETS",
        "/tickets%2fbuy",
        "/tickets;a=b",
        "/a/%2e%2e/tickets",
        "/tickets%00",
        "/tickets%3Fx",
        "/\\tickets",
        "/x/..\\tickets",
        "/%2574ickets",
    ):
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = server.send(head.encode(), 20, more=True)
        assert answer[9:12] in (b"429", b"400"), (path, answer[:100])
