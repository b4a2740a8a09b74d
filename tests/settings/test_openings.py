"""The setting `openings`: how it is written, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.serve.settings_file import read_given
from vwr_middleware.settings import RoomSettings

MAY = "2030-05-01T10:00:00+09:00"
NOON = "2030-05-01T12:00:00+09:00"
NEXT = "2030-05-02T10:00:00+09:00"
ONE = {"opens_at": MAY, "closes_at": NOON}
AT = datetime.fromisoformat(MAY).timestamp()


def room(*openings: Any, **more: Any) -> RoomSettings:
    return RoomSettings(paths="/tickets", openings=list(openings), **more)


def problems(*openings: Any, **more: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        room(*openings, **more)
    return list(error.value.problems)


def test_openings_are_kept_in_order_and_in_a_form_that_json_has() -> None:
    later = {"opens_at": datetime(2030, 5, 2, 1, tzinfo=UTC), "title": {"de": "Ü"}, "fresh": True}
    settings = room(later, ONE | {"message": "See [this](/x)", "max_active": 7})
    kept: Any = settings.store_config()["openings"]
    assert kept == json.loads(json.dumps(kept))
    first, second = kept
    assert (first["opens_at"], first["max_active"], first["message"]) == (AT, 7, "See this")
    assert first["announcement"]["text"] == "See [this](/x)"
    assert (second["title"], second["fresh"]) == ({"de": "Ü"}, True)


def test_a_room_without_openings_is_that_of_earlier_releases() -> None:
    assert "openings" not in RoomSettings(paths="/").store_config()
    assert "openings" not in room().store_config()


def test_what_was_read_once_can_be_read_again() -> None:
    once = room(ONE | {"title": "Sale", "message": "See [this](/x)", "fresh": False})
    assert RoomSettings(paths="/tickets", openings=once.openings).openings == once.openings


@pytest.mark.parametrize(
    ("openings", "told"),
    [
        ([ONE, {"opens_at": "2030-05-01T11:00:00+09:00"}], "is over, at 2030-05-01T03:00Z: move"),
        ([ONE, ONE], "begins before the one at 2030-05-01T01:00Z is over"),
        ([{"opens_at": MAY}, {"opens_at": NEXT}], "has no closes_at, and another begins at 2030"),
        ([{"opens_at": NOON, "closes_at": MAY}], "is over before it begins: move closes_at"),
        ([ONE | {"joins_from": NOON}], "begins before people may join: move joins_from"),
        ([{"closes_at": NOON}], "number 1 has no opens_at: say when it begins"),
        ([ONE, {"opens_at": NEXT, "opens": 3}], "opens is not a part of number 2: did you mean"),
        ([{"opens_at": "2030-05-01T10:00"}], "opens_at of number 1 has no time zone"),
        ([ONE | {"max_active": 0}], "max_active of number 1 must be a whole number from 1"),
        (
            [ONE | {"message": "[x](https://evil.example)"}],
            "message of number 1 is wrong: text has a link",
        ),
        (["10:00"], "openings must be a list like [{"),
        ([{"opens_at": 1e9 + n, "closes_at": 1e9 + n + 0.5} for n in range(101)], "100 openings"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_fix(openings: list[Any], told: str) -> None:
    (problem,) = problems(*openings)
    assert told in problem


def test_a_list_and_a_single_time_do_not_go_together() -> None:
    assert problems(ONE, opens_at=MAY) == ["openings stands beside opens_at: set the times there"]


def test_openings_stand_in_a_file_and_in_the_environment(tmp_path: Any) -> None:
    file = tmp_path / "vwr.toml"
    file.write_text(
        'secret_key = "a long secret of the tests"\npaths = "/tickets"\n'
        f"[[openings]]\nopens_at = {MAY}\ncloses_at = {NOON}\nmax_active = 9\n"
        f'[[openings]]\nopens_at = {NEXT}\ntitle = "Last"\n'
    )
    (in_file,) = read_given(file, {}).settings().rooms
    assert [each["opens_at"] for each in in_file.openings or ()] == [AT, AT + 86400]
    environ = {"VWR_OPENINGS": json.dumps([ONE])}
    (in_environment,) = read_given(file, environ).settings().rooms
    assert in_environment.openings == [{"opens_at": AT, "closes_at": AT + 7200}]
    with pytest.raises(ConfigurationError, match="is no list in JSON, at line 1"):
        read_given(file, {"VWR_OPENINGS": "[{"}).settings()
