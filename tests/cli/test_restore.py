"""`vwr restore`, on a store and on a control API."""

import json
import time
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.conftest import Run
from tests.support.shell import SETTINGS, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
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
