"""How true the waits are that people are told: on the page and in the public status, if wanted."""

import json
from typing import Any

import pytest

from tests.support.place import Place
from vwr_middleware.line.constants import RECORD_SAMPLE
from vwr_middleware.panel.alarms import ShownAlarms
from vwr_middleware.panel.metrics import exposition
from vwr_middleware.panel.report import numbers

KNOWN = [4210.0, 3494.0, 60.0, 30.0]


def told(record: list[float], **settings: Any) -> tuple[str, dict[str, Any]]:
    """The page and the own status of somebody in line."""
    place = Place(max_active=1, **settings)
    place.reads(state="queueing", serving=1, queue=99, record=record)
    page = place.answer(place.request("/tickets", 50, headers={"accept-language": "en"}))
    poll = place.answer(place.request("/vwr/main/position", 50))
    return page.body.decode(), json.loads(poll.body)  # type: ignore[union-attr]


def test_the_record_is_public_where_the_site_wants_it() -> None:
    page, poll = told(KNOWN, public_record=True)
    assert "within the range that they were told: 83% of 4,210 whose wait we looked at" in page
    assert poll["record"] == {"held": 3494, "of": 4210}


@pytest.mark.parametrize(
    ("record", "settings"),
    [(KNOWN, {}), ([RECORD_SAMPLE - 1.0, 9.0, 0.0, 0.0], {"public_record": True})],
    ids=["by default it is not", "nor are a few"],
)
def test_elsewhere_nothing_is_said(record: list[float], settings: dict[str, Any]) -> None:
    page, poll = told(record, **settings)
    assert "id=record" not in page and "record" not in poll


@pytest.mark.parametrize(("since", "is_off"), [(0.0, False), (1.7e9, True)])
def test_operators_read_it_always_and_whether_it_has_fallen(since: float, is_off: bool) -> None:
    place = Place(max_active=1)
    room = place.reads(record=KNOWN, estimates_off=since)
    assert numbers(room)["record"] == {
        "settled": 4210, "held": 3494, "settled_lately": 60, "held_lately": 30, "is_off": is_off,
    }  # fmt: skip
    _, text = exposition(
        place.gate.store_access, "a", {}, ShownAlarms(place.gate.store_access), "text/plain"
    )
    lines = text.decode().splitlines()
    assert 'vwr_room_ranges_settled{room="main"} 4210.0' in lines
    assert 'vwr_room_ranges_held{room="main"} 3494.0' in lines
    assert f'vwr_room_estimates_off{{room="main"}} {float(is_off)}' in lines


def test_what_nobody_has_looked_at_lately_is_not_off() -> None:
    room = Place(max_active=1).reads(record=[99.0, 9.0, 0.0, 0.0], estimates_off=1.7e9)
    assert numbers(room)["record"]["is_off"] is False
