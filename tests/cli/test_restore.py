"""`vwr restore`, on a store and on a control API."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Run
from tests.support.shell import KEY, SETTINGS, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
from vwr_middleware.draw.record import DrawRecord
from vwr_middleware.draw.seed import Seeds
from vwr_middleware.keys import Keys
from vwr_middleware.line.drawn_lanes import DrawnLanes, word_by_counts
from vwr_middleware.line.lanes import pattern_of
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.opening import open_store

LOST, OTHER = "f" * 16, "e" * 16


def meet(store: str, **other_rooms: list[Any]) -> None:
    """Workers elsewhere have met papers of these rooms."""
    opened = open_store(store)
    for number, (key, told) in enumerate(other_rooms.items()):
        rooms = {"main": {"strangers": {key: told}, "decisions": {}}}
        post = {"errors": 0, "foreign": 1, "rooms": rooms}
        finish(opened.post(f"worker:{number}", json.dumps(post)))
    finish(opened.close())


def numbers(run: Run) -> tuple[int, ...]:
    told = json.loads(said(run("status", "main", "--json")))
    return told["generation"], told["issued"], told["serving"], told["active"]


@pytest.mark.usefixtures("person")
def test_it_shows_what_was_seen_and_what_will_happen_and_asks(run: Run, store: str) -> None:
    meet(store, **{LOST: [2, 5160, 40, 214, 1_800_000_000.0]})
    before = numbers(run)
    text = " ".join(run("restore", "main", input="n\n").output.split())
    assert f"The room {LOST}" in text and "tickets or tokens of it came 214 times, the last" in text
    assert "The 5,120 people in the old line get their places back" in text
    assert "the 10 who joined since lose theirs" in text
    assert "If another store serves this room right now, do not restore it" in text
    assert "The next number to be handed out is 6,161" in text
    assert numbers(run) == before
    text = said(run("restore", "main", input="y\n"))
    assert "restored: the next number is 6,161, and the serving counter stands at 40" in text
    assert numbers(run) == (2, 6160, 40, 2)


@pytest.mark.usefixtures("person")
def test_whoever_watches_the_store_is_told_that_the_room_was_lost(run: Run, store: str) -> None:
    words = "tickets of another store have come: run `vwr check` to see what to do"
    reach = CliRunner(env={"VWR_STORE": store, **SETTINGS})
    assert words not in said(reach.invoke(vwr, ["status", "main"]))
    said(reach.invoke(vwr, ["check"]))
    meet(store, **{LOST: [2, 5160, 40, 214, time.time()]})  # told for some minutes
    assert words in said(reach.invoke(vwr, ["status", "main"]))
    told = failed(reach.invoke(vwr, ["check"]))
    assert "tickets of another store came to room 'main'" in told
    assert "`vwr restore main` gives the people of the old line their places back" in told
    said(run("restore", "main", input="y\n"))
    assert words not in said(reach.invoke(vwr, ["status", "main"]))


def test_numbers_may_be_given_and_nothing_is_asked(run: Run, store: str) -> None:
    meet(store, **{LOST: [1, 50, 4, 9, 1_800_000_000.0]})
    given = ("--queue", "70", "--serving", "20", "--active", "5", "--yes")
    text = said(run("restore", "main", *given))
    assert "The 30 people in the old line" in text
    assert "[y/N]" not in text
    assert numbers(run) == (1, 70, 20, 5)
    again = said(run("restore", "main", "--room-id", LOST, *given))
    assert f"nothing was changed: the store holds room {LOST} already" in again


def test_to_restore_in_another_generation_gives_nobody_a_place_back(run: Run, store: str) -> None:
    meet(store, **{LOST: [2, 5160, 40, 214, 1_800_000_000.0]})
    for generation, is_theirs in (("2", True), ("3", False)):
        asked = run("restore", "main", "--generation", generation, input="n\n").output
        text = " ".join(asked.split())
        assert ("The 5,120 people in the old line get their places back" in text) is is_theirs
        other = (
            "The tickets that came are of generation 2: in generation 3 they lead to new places."
        )
        assert (other in text) is not is_theirs


def test_numbers_stay_free_above_a_serving_counter_that_is_given(run: Run, store: str) -> None:
    meet(store, **{LOST: [1, 50, 4, 9, 1_800_000_000.0]})
    assert "to be handed out is 55,001" in said(
        run("restore", "main", "--serving", "50000", "--yes")
    )
    assert numbers(run) == (1, 55_000, 50_000, 2)


def test_it_is_refused_while_nothing_tells_what_was_lost(run: Run) -> None:
    before = numbers(run)
    assert "no tickets of another room of this name have come" in failed(run("restore", "main"))
    assert "give queue as well" in failed(run("restore", "main", "--room-id", LOST))
    assert "16 hexadecimal digits" in failed(
        run("restore", "main", "--room-id", "x", "--queue", "9", "--yes")
    )
    assert numbers(run) == before


@pytest.mark.usefixtures("person")
def test_a_room_that_nobody_met_comes_back_by_its_numbers(run: Run) -> None:
    given = ("restore", "main", "--room-id", LOST, "--queue", "900", "--generation", "3")
    assert run(*given, input="n\n").exit_code == 1
    text = said(run(*given, input="y\n"))
    assert "No tickets of that room have come. The next number will be 901." in text
    assert numbers(run) == (3, 900, 0, 2)


def test_of_several_rooms_one_is_named(run: Run, store: str) -> None:
    told: list[Any] = [1, 50, 4, 9, 1_800_000_000.0]
    meet(store, **{LOST: told, OTHER: [2, 80, 7, 9, 1_800_000_000.0]})
    refused = failed(run("restore", "main", "--yes"))
    assert (
        f"tickets or tokens of several rooms have come: give the room_id, one of {LOST} (up to 50),"
        " " in refused
    )
    text = said(run("restore", "main", "--room-id", OTHER, "--yes"))
    assert f"The room {OTHER}" in text and "restored" in text
    assert numbers(run) == (2, 1080, 7, 2)


# The draw of a lost line.


def published(
    tmp_path: Path, secret: str = KEY, room_name: str = "main", lanes: DrawnLanes | None = None
) -> str:
    """The file of a draw of thirty, with a public value, by the seed of this secret."""
    seeds = Seeds(Keys((secret,), "vwr"), room_name)
    record = DrawRecord(
        room_name=room_name,
        generation=1,
        count=30,
        commitment=seeds.commitment(LOST, 1),
        seed=seeds.seed(LOST, 1).hex(),
        beacon_source="the lottery",
        beacon="3 14",
        lanes=lanes,
    )
    file = tmp_path / f"draw of {room_name} by {secret}.json"
    file.write_text(json.dumps(record.as_json()))
    return str(file)


def told_of_draw(run: Run, store: str) -> tuple[int, int, str]:
    opened = open_store(store)
    (snapshot,) = finish(opened.refresh([Ask("main", {}, inlet=None, tells=False)]))
    finish(opened.close())
    return snapshot.generation, snapshot.drawn, snapshot.draw_told.partition(":")[2]


def test_a_published_draw_says_all_that_its_places_follow_from(
    run: Run, store: str, tmp_path: Path
) -> None:
    meet(store, **{LOST: [2, 5160, 40, 214, 1_800_000_000.0, 30]})
    said(run("restore", "main", "--yes", "--draw", published(tmp_path)))
    assert told_of_draw(run, store) == (2, 30, b"3 14".hex())


def test_a_published_draw_says_the_lanes_too(run: Run, store: str, tmp_path: Path) -> None:
    layout = f"0/members/{pattern_of({'members': 0.05})}"
    lanes = DrawnLanes(word_by_counts(layout, {"": 10, "members": 20}, layout))
    meet(store, **{LOST: [2, 30, 0, 214, 1_800_000_000.0, 10]})
    said(run("restore", "main", "--yes", "--draw", published(tmp_path, lanes=lanes)))
    assert told_of_draw(run, store) == (2, 30, b"3 14".hex())
    opened = open_store(store)
    (snapshot,) = finish(opened.refresh([Ask("main", {}, inlet=None, tells=False)]))
    finish(opened.close())
    assert (snapshot.draw_lanes, snapshot.layout) == (lanes.text, layout)
    assert snapshot.queue >= 1000 + lanes.last_place > 1300, "behind all who were drawn"


def test_the_value_of_a_draw_may_be_said_alone(run: Run, store: str) -> None:
    meet(store, **{LOST: [2, 5160, 40, 214, 1_800_000_000.0, 30]})
    said(run("restore", "main", "--yes", "--beacon", "3 14"))
    assert told_of_draw(run, store) == (2, 30, b"3 14".hex())


def test_a_published_draw_that_does_not_fit_is_refused(
    run: Run, store: str, tmp_path: Path
) -> None:
    meet(store, **{LOST: [2, 5160, 40, 214, 1_800_000_000.0, 30]})
    before = numbers(run)
    for file, words in (
        (published(tmp_path, "another secret"), "no secret_key that is known here makes the seed"),
        (published(tmp_path, room_name="side"), "is of room side, and not of main"),
        (str(tmp_path / "none.json"), "No such file"),
    ):
        assert words in failed(run("restore", "main", "--yes", "--draw", file))
    assert numbers(run) == before
