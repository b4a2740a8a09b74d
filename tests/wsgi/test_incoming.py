"""A measured body under WSGI, as apps take it in hand."""

import copy
import io
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.bodies import BrokenBody
from vwr_middleware.wsgi.let_through import Incoming


def test_a_body_that_is_measured_can_be_copied_with_its_request() -> None:
    measured: Any = SimpleNamespace(waits=lambda: None, goes_on=lambda: None)
    copied = copy.deepcopy(Incoming(measured, io.BytesIO(b"seat=7")))
    assert copied.read() == b"seat=7"


def test_the_app_waits_for_each_line_and_goes_on_with_it() -> None:
    said: list[str] = []
    measured: Any = SimpleNamespace(
        waits=lambda: said.append("waits"), goes_on=lambda: said.append("goes on")
    )
    assert list(Incoming(measured, io.BytesIO(b"a\nb"))) == [b"a\n", b"b"]
    assert said == ["waits", "goes on"] * 3  # the last one brings the end


def test_a_visitor_who_hangs_up_fails_in_the_apps_hands_and_is_counted_as_none_of_its_errors() -> (
    None
):
    said: list[object] = []
    measured: Any = SimpleNamespace(
        waits=lambda: said.append("waits"),
        responded=said.append,
        goes_on=lambda: said.append("goes on"),
    )
    with pytest.raises(OSError, match="went away"):
        Incoming(measured, BrokenBody()).read()
    assert said == ["waits", 0, "goes on"]


def test_what_an_app_looks_at_beside_the_body_is_the_servers_own() -> None:
    measured: Any = SimpleNamespace()
    body = Incoming(measured, io.BytesIO(b"seat=7"))
    assert body.closed is False
    assert (body.seek(5), body.tell()) == (5, 5)
