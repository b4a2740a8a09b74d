"""The public value of drand: which round, and that nothing else is taken for it."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug import Request, Response

from tests.support.serving import serving
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.verify.fetching import NotFetched
from vwr_middleware.worker import beacon_asking
from vwr_middleware.worker.beacon_asking import LEAD, drand_round, drand_value, source_of

#: 20 April 2026, 00:00 UTC: round 27946612 is made at this moment.
MOMENT, ROUND = 1_776_643_200, 27_946_612
SIGNATURE = "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d354"
RANDOMNESS = hashlib.sha256(bytes.fromhex(SIGNATURE)).hexdigest()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What a server says in drand's place; a second one before it has nothing."""
    answer: dict[str, Any] = {"round": ROUND, "randomness": RANDOMNESS, "signature": SIGNATURE}

    @Request.application
    def app(request: Request) -> Response:
        path = f"/{beacon_asking.DRAND_CHAIN}/public/{ROUND}"
        if request.path != path:
            return Response(status=404)
        return Response(json.dumps(answer), content_type="application/json")

    with serving(app) as url:
        monkeypatch.setattr(beacon_asking, "DRAND_URLS", (f"{url}/away", url))
        yield answer


def test_the_round_is_the_latest_that_is_there_in_time() -> None:
    assert drand_round(MOMENT + LEAD) == ROUND
    assert drand_round(MOMENT + LEAD - 0.1) == ROUND - 1
    assert drand_round(MOMENT + LEAD + 2.9) == ROUND


def test_the_value_is_taken_from_whoever_has_it(told: dict[str, Any]) -> None:
    value = drand_value(MOMENT + LEAD)
    assert value == f"{ROUND}:{RANDOMNESS}"
    room = RoomSettings(paths="/", draw=True, opens_at=MOMENT + LEAD, draw_beacon_from="drand")
    assert source_of(room, {"opens_at": MOMENT + LEAD}) == f"drand, quicknet, round {ROUND}"
    moved = {"opens_at": MOMENT + 9000}
    assert source_of(room, moved, value) == f"drand, quicknet, round {ROUND}"


@pytest.mark.parametrize(
    "other",
    [{"round": ROUND + 1}, {"randomness": "00" * 32}, {"signature": "xy"}, {"signature": None}],
)
def test_nothing_else_is_taken_for_it(told: dict[str, Any], other: dict[str, Any]) -> None:
    told |= other
    with pytest.raises(NotFetched, match="drand answers with"):
        drand_value(MOMENT + LEAD)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"draw_beacon_from": ""}, "draw_beacon_from must be text of 1 to 200 characters"),
        ({"draw_beacon_from": "nowhere:beacon"}, "cannot be imported"),
        ({"draw_beacon_from": lambda: "x"}, "must take the parameters (opens_at)"),
        ({"draw_beacon": "two\x00lines"}, "draw_beacon must be text of 1 to 200 characters"),
        ({"draw_beacon": "3 14", "draw": False}, "draw_beacon needs draw"),
    ],
)
def test_what_is_no_source_ends_the_start(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RoomSettings(**{"paths": "/", "draw": True, "opens_at": MOMENT, **given})
    assert words in str(caught.value)


def test_a_configured_value_of_several_draws_ends_the_start() -> None:
    openings = [{"opens_at": MOMENT, "closes_at": MOMENT + 60}, {"opens_at": MOMENT + 90}]
    given: dict[str, Any] = {"secret_key": "a secret of this test alone", "paths": "/"}
    given |= {"draw": True, "draw_beacon": "3 14"}
    with pytest.raises(ConfigurationError, match="draw_beacon of room main would be the value"):
        Settings(**given, openings=openings)
    Settings(**given, openings=openings[:1])
