"""What the adaptive strategy hears of the app's answers, and when the store hears of an end."""

from typing import Any

import httpx
import pytest

from tests.doors.conftest import Open
from tests.support import transport
from tests.support.bodies import SLOWLY, BrokenBody, let_all_send_slowly
from tests.support.doors import Door
from tests.support.visitor import Visitor
from vwr_middleware.adaptive import Adaptive
from vwr_middleware.line.messages import Load
from vwr_middleware.papers.tokens import AccessToken


@pytest.fixture
def measured(open_it: Open) -> Door:
    """A room whose app is measured."""
    return open_it(inlet=Adaptive(target=0.5, floor=1, ceiling=50), max_active=50)


def inside(door: Door) -> Visitor:
    """Somebody whose requests are measured, with nothing measured yet."""
    visitor = door.visit_at()
    visitor.opens()
    door.refresh()
    visitor.opens()
    take(door)
    return visitor


def take(door: Door) -> Load:
    """What was measured since this was asked last."""
    meter = door.site.store_access.views["main"].meter
    assert meter is not None
    return meter.hand_in(door.clock())


@pytest.mark.parametrize(
    ("path", "errors"),
    [
        ("/tickets", 0),
        ("/tickets/gone", 0),
        ("/tickets/stream", 0),
        ("/tickets/done", 0),
        ("/tickets/broken", 1),
    ],
)
def test_an_answer_is_measured_once_with_what_became_of_it(
    measured: Door, path: str, errors: int
) -> None:
    visitor = inside(measured)
    visitor.opens(path)
    load = take(measured)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, errors)
    measured.clock.pass_by(10)
    assert take(measured).in_flight == 0


@pytest.mark.parametrize(("path", "errors"), [("/tickets", 0), ("/tickets/broken", 1)])
def test_a_newcomers_answer_is_measured_likewise(measured: Door, path: str, errors: int) -> None:
    inside(measured)
    measured.visitor().opens(path)
    load = take(measured)
    assert (load.arrivals, load.finished, load.errors) == (1, 1, errors)


@pytest.fixture
def slow_bodies(measured: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """What visitors send comes slowly."""
    let_all_send_slowly(measured.clock, monkeypatch)


@pytest.mark.parametrize(("path", "status"), [("/tickets/pay", 200), ("/tickets/broken", 500)])
@pytest.mark.usefixtures("slow_bodies")
def test_the_time_in_which_a_visitor_sends_a_body_is_none_of_the_apps(
    measured: Door, path: str, status: int
) -> None:
    visitor = inside(measured)
    before = measured.clock()
    assert visitor.opens(path, "POST", content=b"a=1").status_code == status
    assert measured.clock() >= before + SLOWLY
    load = take(measured)
    assert (load.arrivals, load.finished, load.latency) == (1, 1, 0)
    assert load.in_flight == 0
    measured.clock.pass_by(10)
    assert take(measured).in_flight == 0


@pytest.mark.usefixtures("slow_bodies")
def test_a_newcomers_body_is_measured_likewise(measured: Door) -> None:
    inside(measured)
    newcomer = measured.visitor()
    assert newcomer.fetches("/tickets/pay", "POST", content=b"a=1").status_code == 200
    load = take(measured)
    assert (load.finished, load.latency, load.in_flight) == (1, 0, 0)


def test_an_app_that_fails_since_the_visitor_hangs_up_counts_as_no_error(
    measured: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "wsgi" not in measured.name:
        pytest.skip("the test client for ASGI cannot hang up")
    visitor, known = inside(measured), transport._environ_of

    def environ_of(request: httpx.Request) -> dict[str, Any]:
        return known(request) | {"wsgi.input": BrokenBody()}

    monkeypatch.setattr(transport, "_environ_of", environ_of)
    assert visitor.opens("/tickets/pay", "POST", content=b"a=1").status_code >= 400
    load = take(measured)
    assert (load.finished, load.errors) == (1, 0)


def test_an_app_that_answers_while_it_waits_for_a_body_has_nothing_in_flight(
    measured: Door,
) -> None:
    inside(measured)
    gate = measured.site.gates["main"].inside
    request = gate.session(AccessToken("0" * 16, 1, 1, 0, 0)).measured
    assert request is not None
    measured.clock.pass_by(1)
    request.waits()
    measured.clock.pass_by(10)
    request.responded(200)
    request.goes_on()
    request.waits()
    load = take(measured)
    assert (load.finished, load.latency, load.in_flight) == (1, 1, 1)
    measured.clock.pass_by(10)
    assert take(measured).in_flight == 0


def test_what_does_not_reach_the_app_is_not_measured(measured: Door) -> None:
    visitor = inside(measured)
    for path in ("/vwr/main/status", "/vwr/main/position", "/about"):
        visitor.fetches(path)
    assert take(measured).arrivals == 0


def test_the_store_hears_of_an_end_when_a_stream_was_sent(door: Door) -> None:
    visitor = door.visit_at()
    visitor.opens()
    closed = door.closed
    closed.clear()
    end, seen = door.store.end, []

    def noted(*args: Any, **kwargs: Any) -> Any:
        seen.append(list(closed))
        return end(*args, **kwargs)

    door.store.end = noted  # type: ignore[attr-defined]
    assert visitor.opens("/tickets/stream?last").text == "one two three"
    assert visitor.opens().headers["vwr-state"] == "ended"
    assert seen[0] == ["/tickets/stream"]
