"""The draw of a room with lanes, as it is published and checked."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.draw.test_verify import SEED, record, verify
from tests.support.shell import failed, said
from vwr_middleware.draw.permutation import place_of
from vwr_middleware.draw.record import DrawRecord, NotVerified, read_record
from vwr_middleware.draw.seed import lane_seed
from vwr_middleware.line.drawn_lanes import DrawnLanes, word_by_counts
from vwr_middleware.line.lanes import pattern_of

SHARES = {"members": 0.3, "slow": 0.05}
BOTH = f"0/members,slow/{pattern_of(SHARES)}"
WITH_VIPS = f"0/members,slow,vip/{pattern_of({**SHARES, 'vip': 0.1})}"


def in_lanes(**other: Any) -> DrawRecord:
    """A thousand were drawn: members and the slow lane by themselves, and three of a lane that was
    gone with the main line."""
    joined = {"": 747, "members": 200, "slow": 50, "vip": 3}
    lanes = DrawnLanes(word_by_counts(f"{WITH_VIPS};900/{BOTH[2:]}", joined, BOTH))
    return record(lanes=lanes, **other)


def published(**other: Any) -> dict[str, Any]:
    return in_lanes().as_json() | other


def test_the_seed_of_a_lane_is_what_was_promised() -> None:
    assert lane_seed(SEED, "") == SEED
    assert lane_seed(SEED, "members").hex() == (
        "770cd7d104787ab1cdc6e9068fc1f05889daa7017226fb3b3d63ad5c04ca3fb4"
    )
    assert lane_seed(SEED, "slow") != lane_seed(SEED, "members")


def test_each_lane_is_published_with_its_count_and_those_that_were_gone() -> None:
    told = published()
    assert (told["version"], told["count"]) == (2, 1000)
    assert told["lanes"] == [
        {"lane": "", "count": 750},
        {"lane": "members", "count": 200},
        {"lane": "slow", "count": 50},
        {"lane": "vip", "count": 3, "after": 747},
    ]
    assert told["layouts"]["drawn"] == BOTH
    before = in_lanes(seed="").as_json()
    assert "layouts" not in before and before["lanes"] == told["lanes"]
    assert in_lanes(seed="", count=None).as_json()["lanes"] is None, "while numbers are private"


def test_what_was_published_is_read_again() -> None:
    found = read_record(json.loads(json.dumps(published())))
    assert found == in_lanes(at=None)
    assert found.place_of(7) == place_of(SEED, 750, 7)
    assert found.place_of(7, "slow") == place_of(lane_seed(SEED, "slow"), 50, 7)
    assert found.number_at(found.place_of(7, "members"), "members") == 7
    mixed = in_lanes(beacon_source="drand", beacon="abc")
    assert mixed.place_of(7, "members") == place_of(lane_seed(mixed.order_seed, "members"), 200, 7)


def test_the_command_tells_number_and_place_of_a_lane(tmp_path: Path) -> None:
    told = published()
    place = in_lanes().place_of(7, "slow")
    text = said(verify(told, tmp_path, "--lane", "slow", "--number", "7"))
    assert f"number 7 in the lane slow got place {place}" in text
    assert "the main line: 750 registrations, drawn by itself" in text
    assert "lane members: 200 registrations, drawn by itself" in text
    said(verify(told, tmp_path, "--lane", "slow", "--number", "7", "--place", str(place)))
    text = said(verify(told, tmp_path, "--lane", "slow", "--place", str(place)))
    assert f"number 7 in the lane slow got place {place}" in text
    assert f"number 7 got place {place_of(SEED, 750, 7)}" in said(
        verify(told, tmp_path, "--number", "7")
    )
    text = said(verify(told, tmp_path, "--lane", "vip", "--number", "2"))
    assert f"number 749 got place {place_of(SEED, 750, 749)}" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--lane", "slow", "--number", "51"], "there is no number 51: 50 were drawn"),
        (["--lane", "vip", "--number", "4"], "there is no number 4 in the lane vip"),
        (["--lane", "gold", "--number", "1"], "there is no lane gold"),
        (["--number", "751"], "there is no number 751: 750 were drawn"),
    ],
)
def test_what_is_asked_is_held_to_the_lane(options: list[str], words: str, tmp_path: Path) -> None:
    assert words in failed(verify(published(), tmp_path, *options))


def some_lanes(*others: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"lane": "", "count": 750}, {"lane": "members", "count": 200}, *others]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"lanes": None}, "lanes must be a list"),
        ({"lanes": [3]}, "each of the lanes must have"),
        ({"lanes": [{"lane": "", "count": "1"}]}, "count must be a whole number"),
        ({"lanes": some_lanes()}, "do not fit"),
        ({"lanes": some_lanes({"lane": "slow", "count": 51})}, "do not fit"),
        ({"lanes": some_lanes({"lane": "slow", "count": 50, "after": 7})}, "do not fit"),
        ({"lanes": some_lanes({"lane": "gold", "count": 50})}, "do not fit"),
        ({"count": 999}, "do not fit"),
        ({"layouts": {"registered": BOTH, "drawn": "0//1"}}, "do not fit"),
        ({"layouts": {"registered": BOTH, "drawn": BOTH + ";7" + BOTH[1:]}}, "do not fit"),
        ({"layouts": {"registered": BOTH}}, "drawn must be a text"),
        ({"layouts": 3}, "layouts say whose"),
        ({"seed": "00" * 32}, "not the one that was committed to"),
    ],
)
def test_what_does_not_fit_is_said(other: dict[str, Any], words: str, tmp_path: Path) -> None:
    done = verify(published(**other), tmp_path)
    assert words in failed(done)
    assert "Traceback" not in done.output


def test_an_earlier_release_reads_no_draw_in_lanes() -> None:
    with pytest.raises(NotVerified, match="lanes must be a list"):
        read_record(record().as_json() | {"version": 2})
    assert published()["version"] != 1, "it would find other places, and say that all is well"
