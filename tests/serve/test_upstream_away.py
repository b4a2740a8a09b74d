"""An app behind the room that is not there, or does not say what HTTP allows."""

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tests.support.in_time import in_time
from tests.support.servers import free_port, running
from tests.support.serving import serving_asgi
from tests.support.upstreams import answering, connected, foreign_app, until
from tests.support.visitor import TICKET, set_cookies, visitor_at
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.cli.commands import vwr
from vwr_middleware.serve.upstream import proxying

pytestmark = pytest.mark.outside

KEY = "a key for tests that is long enough"


@contextmanager
def behind_room(upstream: str, folder: Path, **options: Any) -> Iterator[str]:
    """The address of a room for one in front of this."""
    room = WaitingRoomMiddleware(
        proxying(upstream, **options),
        secret_key=KEY,
        store=f"sqlite:///{folder / 'vwr.sqlite3'}",
        paths="/shop",
        max_active=1,
    )
    with serving_asgi(room) as url:
        yield url


@pytest.fixture
def away(tmp_path: Path) -> Iterator[str]:
    """A room in front of nothing."""
    with behind_room(f"http://127.0.0.1:{free_port()}", tmp_path) as url:
        yield url


def test_a_person_reads_a_page_and_a_program_json(
    away: str, caplog: pytest.LogCaptureFixture
) -> None:
    with visitor_at(away) as visitor:
        page = visitor.opens("/shop?a=b", headers={"Accept-Language": "de"})
        assert page.status_code == 502 and "<html lang=de" in page.text
        assert 'href="/shop?a=b"' in page.text
        assert (page.headers["refresh"], page.headers["retry-after"]) == ("30", "30")
        assert "no-store" in page.headers["cache-control"]
        form = visitor.opens("/shop", "POST", data={"a": "b"})
        assert form.status_code == 502 and "refresh" not in form.headers
        for path in ("/shop", "/about"):
            answer = visitor.fetches(path)
            assert answer.status_code == 502 and "does not answer" in answer.json()["error"]
    told = [record for record in caplog.records if "does not answer" in record.message]
    assert len(told) == 1 and told[0].levelno == logging.ERROR


def test_an_upload_is_refused_before_it_is_sent(away: str) -> None:
    with connected(away) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 502 ")


def test_it_takes_no_slot_and_costs_no_place(tmp_path: Path) -> None:
    port = free_port()
    with (
        behind_room(f"http://127.0.0.1:{port}", tmp_path) as url,
        visitor_at(url) as first,
        visitor_at(url) as second,
        visitor_at(url) as third,
    ):
        assert first.opens("/shop").status_code == 502 and not first.cookies
        assert second.opens("/shop").status_code == 502
        with foreign_app(port):
            assert in_time(lambda: first.opens("/shop/a").status_code == 200)
            assert third.opens("/shop").status_code == 202
            first.opens("/shop/done")
        # The app is gone again just when the third is let in.
        assert in_time(lambda: third.opens("/shop").status_code == 502)
        assert third.cookies == {TICKET}
        with foreign_app(port):
            assert in_time(lambda: third.opens("/shop/a").status_code == 200)


GARBAGE = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "huge headers": b"HTTP/1.1 200 OK\r\nX-Huge: "
    + bytes(70_000).replace(b"\0", b"x")
    + b"\r\n\r\n",
    "no status": b"HTTP/1.1 abc\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a line feed in a header": b"HTTP/1.1 200 OK\r\nX\n: 1\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_a_502(tmp_path: Path, said: bytes) -> None:
    with answering(said) as app, behind_room(app, tmp_path) as url, visitor_at(url) as visitor:
        for method in ("GET", "POST"):
            answer = visitor.fetches("/shop", method)
            assert (answer.status_code, set_cookies(answer)) == (502, {})


def test_a_body_that_cannot_be_read_is_its_visitors_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with foreign_app() as app, behind_room(app, tmp_path) as url, connected(url) as connection:
        connection.sendall(head)
        assert in_time(lambda: httpx.get(f"{url}/seen").status_code == 200, 30)
        connection.sendall(b"5\r\nhello\r\nno chunk\r\n")
        assert b" 50" not in until(connection, b"\r\n\r\n")[:16]
        assert httpx.get(f"{url}/seen").status_code == 200
    assert not [record for record in caplog.records if "does not answer" in record.message]


def test_an_app_that_never_answers_is_a_504(tmp_path: Path) -> None:
    with (
        answering(None) as app,
        behind_room(app, tmp_path, answer_within=0.3) as url,
        visitor_at(url) as visitor,
    ):
        began = time.monotonic()
        assert visitor.fetches("/shop").status_code == 504
        assert visitor.fetches("/shop", "POST", content=b"1").status_code == 504
        assert time.monotonic() - began > 0.5


BROKEN_OFF = {
    "before its length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
    "before the last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
}


@pytest.mark.parametrize("said", BROKEN_OFF.values(), ids=BROKEN_OFF)
def test_a_response_that_breaks_off_does_not_look_whole(tmp_path: Path, said: bytes) -> None:
    with (
        answering(said) as app,
        behind_room(app, tmp_path) as url,
        httpx.stream("GET", f"{url}/a") as answer,
    ):
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()


def test_a_kept_connection_that_the_app_has_closed_costs_nobody_an_answer(tmp_path: Path) -> None:
    fine = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with answering(fine) as app, behind_room(app, tmp_path) as url:
        for method in ("GET", "POST", "GET", "GET", "POST", "GET"):
            assert httpx.request(method, f"{url}/a").status_code == 200


def test_the_command_has_what_it_needs(tmp_path: Path) -> None:
    with foreign_app() as app:
        port, file = free_port(), tmp_path / "vwr.toml"
        file.write_text(f'secret_key = "{KEY}"\npaths = "/shop"\nstore = "memory://"\n')
        where = ["vwr_middleware", "serve", str(file), "--port", str(port), "--upstream", app]
        with running(where, port) as url, visitor_at(url) as visitor:
            assert visitor.opens("/shop/a").json()["url"] == "/shop/a"
            assert visitor.opens("/shop/done").text == "thanks"
            assert visitor.opens("/shop/a").headers["vwr-state"] == "ended"


def test_an_address_that_cannot_work_is_said_by_the_command(tmp_path: Path) -> None:
    env = {"VWR_SECRET_KEY": KEY, "VWR_PATHS": "/shop", "VWR_STORE": "memory://"}
    told = {
        "127.0.0.1:3000": "write it like http://127.0.0.1:3000",
        "http://127.0.0.1:8090": "is where vwr serve itself listens",
    }
    for upstream, problem in told.items():
        done = CliRunner().invoke(vwr, ["serve", "--upstream", upstream], env=env)
        assert done.exit_code == 2 and problem in done.output


def test_who_needs_no_proxy_does_not_load_its_library() -> None:
    code = "import sys, vwr_middleware.serve.room_service; print('aiohttp' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
