"""The WSGI door: what is read of a body that comes to us, or that we stop."""

import pytest

from tests.support.around_wsgi import around, plain, visitor
from tests.support.bodies import BrokenBody
from tests.support.transport import Counted, EnvironTransport
from tests.support.visitor import Visitor
from vwr_middleware.web.http import BODY_LIMIT


@pytest.mark.parametrize("length", ["abc", "-5", "9" * 5000, "٣", "5"])
def test_a_body_that_is_not_as_long_as_it_was_said_to_be_takes_no_place(length: str) -> None:
    app = around(plain)
    environ = EnvironTransport  # the validator would stop such a server
    program = Visitor.of(environ(app, CONTENT_LENGTH=length))
    assert program.sends("/vwr/main/tickets").status_code == 400
    assert program.sends("/vwr/main/leave").status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0


def test_a_body_of_a_length_that_is_not_told_takes_no_place_where_its_end_is_not_known() -> None:
    app = around(plain)
    chunked = {"Transfer-Encoding": "chunked"}
    program = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=""))
    assert program.sends("/vwr/main/tickets", headers=chunked).status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0
    assert program.sends("/vwr/main/tickets").status_code == 201  # without a body


def test_a_body_of_unknown_length_is_read_to_its_end() -> None:
    app = around(plain)
    given = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    json = {"Content-Type": "application/json"}
    program = Visitor.of(EnvironTransport(app, **given))
    assert program.sends("/vwr/main/tickets", content=b"{", headers=json).status_code == 400
    assert program.sends("/vwr/main/tickets", content=b"x" * 70_000).status_code == 413


class Slow:
    """A server's own input: each part takes a while, and whoever asks for more waits for ever."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)

    def read(self, size: int) -> bytes:
        assert size <= sum(map(len, self._parts)), "nothing more comes"
        return self._parts.pop(0)


def test_a_place_is_given_to_whoever_sends_no_body_and_no_length_of_it() -> None:
    environ = {"CONTENT_LENGTH": "", "wsgi.input": Slow()}
    program = Visitor.of(EnvironTransport(around(plain), **environ))
    assert program.sends("/vwr/main/tickets").status_code == 201


def test_a_body_that_comes_in_parts_is_waited_for_no_longer_than_it_is() -> None:
    slow = {"CONTENT_LENGTH": "12", "wsgi.input": Slow(b'{"cou', b'nt"', b": 1}")}
    program = Visitor.of(EnvironTransport(around(plain), **slow))
    json = {"Content-Type": "application/json"}
    assert program.sends("/vwr/main/tickets", headers=json).status_code == 201


def test_a_body_that_breaks_off_takes_no_place() -> None:
    app = around(plain)
    given = {"wsgi.input": BrokenBody(), "wsgi.input_terminated": True}
    for length in ("5", ""):
        program = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=length, **given))
        assert program.sends("/vwr/main/tickets").status_code == 400
    assert program.fetches("/vwr/main/status").json()["issued"] == 0


def test_of_a_body_that_is_too_large_for_us_hardly_more_is_read_than_we_take() -> None:
    size = 10 * BODY_LIMIT
    body = Counted(b"x" * size)
    environ = {"CONTENT_LENGTH": str(size), "wsgi.input": body}
    program = Visitor.of(EnvironTransport(around(plain), **environ))
    assert program.sends("/vwr/main/tickets").status_code == 413
    assert body.taken == BODY_LIMIT + 1


@pytest.mark.parametrize(
    ("size", "headers", "taken"),
    [(1000, {}, 1000), (1000, {"Expect": "100-continue"}, 0), (1_000_000, {}, 0)],
)
def test_of_a_stopped_body_only_a_small_one_is_taken_in(
    size: int, headers: dict[str, str], taken: int
) -> None:
    app = around(plain, mode="queue")
    body = Counted(b"x" * size)
    shopper = Visitor.of(EnvironTransport(app, CONTENT_LENGTH=str(size), **{"wsgi.input": body}))
    assert shopper.fetches(method="POST", headers=headers).status_code == 429
    assert body.taken == taken


def test_nothing_is_read_of_a_stopped_request_that_has_no_body() -> None:
    asked: list[int] = []

    class Silent:
        """What has not come yet: a server's own input waits for it."""

        def read(self, size: int) -> bytes:
            asked.append(size)
            return b""

    ours = around(plain, max_active=1)
    visitor(ours).opens()
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/tickets", "wsgi.url_scheme": "http"}
    environ["wsgi.input"] = Silent()  # type: ignore[assignment]
    told: list[str] = []
    list(ours(environ, lambda status, headers: told.append(status)))
    assert (told, asked) == (["429 Too Many Requests"], [])
