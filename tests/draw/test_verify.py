"""A draw is checked from what is published of it, and what does not fit is found."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.shell import failed, said
from vwr_middleware.cli.commands import vwr
from vwr_middleware.draw.record import DrawRecord, NotVerified, read_record
from vwr_middleware.draw.seed import commitment

SEED = bytes(range(32))


def record(**other: Any) -> DrawRecord:
    given: dict[str, Any] = {
        "room_name": "main",
        "generation": 1,
        "count": 1000,
        "commitment": commitment("main", 1, SEED),
        "seed": SEED.hex(),
        "at": 1_790_000_000.0,
    }
    return DrawRecord(**given | other)


def published(**other: Any) -> dict[str, Any]:
    return record().as_json() | other


def verify(told: object, tmp_path: Path, *options: str) -> Result:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(told))
    return CliRunner().invoke(vwr, ["verify-draw", str(file), *options])


def test_before_the_opening_nothing_of_the_seed_is_published() -> None:
    told = record(seed="", beacon_source="drand").as_json()
    assert told == {
        "version": 1,
        "room": "main",
        "state": "registering",
        "generation": 1,
        "count": 1000,
        "commitment": commitment("main", 1, SEED),
        "opens_at": "2026-09-21T14:13:20+00:00",
        "beacon": {"source": "drand"},
    }
    with pytest.raises(NotVerified, match="not made yet"):
        read_record(told)


def test_what_was_published_is_read_again() -> None:
    for drawn in (record(), record(beacon_source="drand", beacon="abc")):
        found = read_record(json.loads(json.dumps(drawn.as_json())))
        assert found.order_seed == drawn.order_seed
        assert found.place_of(7) == drawn.place_of(7)
    assert record().place_of(1) == 970
    assert record(beacon_source="drand", beacon="abc").place_of(1) != 970


def test_the_command_tells_number_and_place(tmp_path: Path) -> None:
    text = said(verify(published(), tmp_path, "--number", "1"))
    assert "number 1 got place 970" in text
    assert "the seed fits the commitment 81b525aa" in text
    assert "number 1 got place 970" in said(verify(published(), tmp_path, "--place", "970"))
    said(verify(published(), tmp_path, "--number", "1", "--place", "970"))
    told = json.loads(said(verify(published(), tmp_path, "--number", "1", "--json")))
    assert (told["place"], told["seed"]) == (970, SEED.hex())


def test_standard_input_is_read_too() -> None:
    done = CliRunner().invoke(vwr, ["verify-draw", "-"], input=json.dumps(published()))
    assert "draw of 1000 registrations" in said(done)


@pytest.mark.parametrize(
    ("beacon", "words"),
    [
        (None, "no public value was mixed in"),
        ({"source": "drand", "value": None}, "no value of drand came in time"),
        ({"source": "drand", "value": "abc"}, "mixed in: abc from drand"),
    ],
)
def test_whether_a_public_value_was_mixed_in_is_said(
    beacon: object, words: str, tmp_path: Path
) -> None:
    assert words in said(verify(published(beacon=beacon), tmp_path))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"seed": "00" * 32}, "not the one that was committed to"),
        ({"generation": 2}, "not the one that was committed to"),
        ({"room": "side"}, "not the one that was committed to"),
        ({"state": "registering"}, "not made yet"),
        ({"version": 3}, "no draw.json of version 1 or 2"),
        ({"seed": "zz"}, "seed must be 64 hexadecimal digits"),
        ({"commitment": 3}, "commitment must be a text"),
        ({"count": -1}, "count must be a whole number"),
        ({"count": True}, "count must be a whole number"),
        ({"count": 2**31 + 1}, "count must be a whole number"),
        ({"beacon": "abc"}, "beacon must be null"),
        ({"beacon": {"source": "drand", "value": 3}}, "beacon's value must be a text"),
        ({"beacon": {"source": "drand", "value": "\ud800"}}, "beacon's value must be a text"),
        ({"room": "\ud800"}, "room must be a text"),
        ({"beacon": {"source": "\x1b[2J", "value": None}}, "source must be a text in one line"),
        ({"beacon": {"value": "abc"}}, "source must be a text"),
    ],
)
def test_what_does_not_fit_is_said(other: dict[str, Any], words: str, tmp_path: Path) -> None:
    done = verify(published(**other), tmp_path)
    assert words in failed(done)
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--number", "1", "--place", "3"], "number 1 got place 970, and not 3"),
        (["--number", "1001"], "there is no number 1001: 1000 were drawn"),
        (["--place", "1001"], "there is no place 1001"),
        (["--commitment", "00" * 32], "not the commitment that you noted"),
    ],
)
def test_what_is_asked_is_held_to_the_draw(options: list[str], words: str, tmp_path: Path) -> None:
    assert words in failed(verify(published(), tmp_path, *options))


@pytest.mark.parametrize("told", [[], None, 3, "text"])
def test_other_json_is_no_draw(told: object, tmp_path: Path) -> None:
    assert "no draw.json" in failed(verify(told, tmp_path))


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    missing = CliRunner().invoke(vwr, ["verify-draw", str(tmp_path / "none.json")])
    assert "No such file" in failed(missing)
    rubbish = CliRunner().invoke(vwr, ["verify-draw", "-"], input="{")
    assert "is no JSON" in failed(rubbish)
    large = CliRunner().invoke(vwr, ["verify-draw", "-"], input=" " * 70_000)
    assert "too large" in failed(large)
