"""Every button of a room's page: what it asks, does, says and writes down."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.panel import GIVEN, PAGE, Operator, api, signed_in

#: What is refused before a store hears of it need not be tried over all of them in every run.
over_one_store = pytest.mark.parametrize(
    "store_url",
    [
        "memory",
        pytest.param("sqlite", marks=pytest.mark.thorough),
        pytest.param("redis", marks=pytest.mark.thorough),
    ],
    indirect=True,
)


@pytest.fixture
def door(store_url: str, clock: Clock) -> Iterator[Door]:
    """A room for two people at a time, over a store of each kind."""
    with ExitStack() as stack:
        yield open_door("wsgi", store_url, clock, stack, max_active=2, **GIVEN)


@pytest.fixture
def operator(door: Door) -> Operator:
    return signed_in(door)


def fill(door: Door, count: int = 7) -> None:
    """So many people come."""
    for _ in range(count):
        door.visit_at()
    door.refresh()


def numbers(door: Door) -> dict[str, Any]:
    answer: dict[str, Any] = api(door).get("/rooms/main").json()
    return answer


def audit(door: Door) -> list[tuple[Any, ...]]:
    rows = api(door).get("/rooms/main/audit").json()["audit"]
    return [(row["who"], row["what"], row["from"], row["to"]) for row in rows]


def setting(door: Door, name: str) -> dict[str, Any]:
    row: dict[str, Any]
    (row,) = (row for row in numbers(door)["settings"] if row["name"] == name)
    return row


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["said"]
    return text


def problem(answer: httpx.Response) -> str:
    assert 400 <= answer.status_code < 500, answer.text
    text: str = answer.json()["problem"]
    assert text.startswith("Nothing was changed: ")
    return text


def test_calling_more_moves_the_serving_counter(door: Door, operator: Operator) -> None:
    fill(door)
    assert said(operator.act("advance", count="3")) == "Called 3: the serving counter stands at 5."
    assert audit(door)[0] == ("Ann", "advance", 2, 5)
    assert numbers(door)["serving"] == 5


def test_a_call_sent_twice_calls_once(door: Door, operator: Operator) -> None:
    fill(door)
    for _ in range(2):
        operator.act("advance", count="2", key="one click")
    assert numbers(door)["serving"] == 4


@over_one_store
@pytest.mark.parametrize("count", ["", "0", "-3", "x", "1.5", "9" * 12, "²"])
def test_a_count_that_is_none_calls_nobody(door: Door, operator: Operator, count: str) -> None:
    fill(door)
    problem(operator.act("advance", count=count))
    assert numbers(door)["serving"] == 2


def test_an_empty_line_says_so(operator: Operator) -> None:
    assert said(operator.act("advance", count="5")) == "Nobody was there to be called."


def test_calls_that_are_kept_for_who_comes_are_shown_until_they_are_used(
    door: Door, operator: Operator
) -> None:
    assert "more for who comes" not in operator.open().text
    kept = {"count": 3, "keep_rest": True}
    for _ in range(2):
        assert api(door).post("/rooms/main/advance", json=kept).json()["called"] == 0
    door.refresh()
    assert numbers(door)["credit"] == 3
    assert "3 more for who comes" in operator.open().text
    api(door).post("/rooms/main/reset", json={"confirm": "main"})
    door.refresh()
    assert numbers(door)["credit"] == 0


def test_the_serving_counter_is_set_but_never_back(door: Door, operator: Operator) -> None:
    fill(door)
    assert said(operator.act("serve", serving="6")) == "The serving counter stands at 6."
    assert "from 6 (already called) to 7" in problem(operator.act("serve", serving="5"))
    assert "to 7 (the last position" in problem(operator.act("serve", serving="8"))
    assert numbers(door)["serving"] == 6


@pytest.mark.parametrize("before", ["auto", "queue"])
def test_a_paused_room_goes_on_as_it_was(door: Door, operator: Operator, before: str) -> None:
    operator.act("set", mode=before)
    operator.act("pause")
    assert numbers(door)["state"] == "paused"
    assert "Resume" in operator.open().text
    assert said(operator.act("resume")) == f"Resumed: the mode is {before}."
    assert numbers(door)["mode"] == before


def test_a_room_that_was_paused_twice_goes_on_as_it_was(operator: Operator) -> None:
    """By a double click, or by two operators at the same time."""
    operator.act("set", mode="queue")
    operator.act("pause")
    operator.act("pause")
    assert said(operator.act("resume")) == "Resumed: the mode is queue."


def test_only_a_paused_room_is_resumed(operator: Operator) -> None:
    assert "not paused" in problem(operator.act("resume"))


@pytest.mark.parametrize("mode", ["queue", "paused", "closed", "off", "auto"])
def test_each_mode_can_be_set(door: Door, operator: Operator, mode: str) -> None:
    said(operator.act("set", mode=mode))
    assert numbers(door)["mode"] == mode


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("max_active", "1", 1),
        ("max_active", "900", 900),
        ("per_minute", "7.5", 7.5),
        ("max_waiting", "40", 40),
        ("session_seconds", "300", 300),
        ("renew", "no", False),
        ("confirm_within", "20", 20),
        ("session_grace", "0", 0),
        ("claim_within", "90", 90),
        ("late", "lost", "lost"),
        ("message", "Sold out in row 3", "Sold out in row 3"),
        ("message", "Sold out.\r\nSorry!", "Sold out.\nSorry!"),
        ("message", "a\r\n" * 500, "a\n" * 500),
        ("opens_at", "2030-01-01T10:00", 1893492000.0),
    ],
)
def test_a_changed_setting_shows_what_it_replaced_and_goes_back(
    door: Door, operator: Operator, name: str, text: str, value: object
) -> None:
    before = setting(door, name)
    assert not before["overridden"]
    said(operator.act("set", **{name: text}))
    after = setting(door, name)
    assert after == {
        "name": name,
        "value": value,
        "configured": before["value"],
        "overridden": True,
    }
    assert audit(door)[0] == ("Ann", name, before["value"], value)
    assert "In place of" in operator.open().text
    assert said(operator.act("unset", name=name)).startswith("Back to the configured value")
    assert setting(door, name) == before
    assert "In place of" not in operator.open().text


def test_the_configured_value_is_no_change(door: Door, operator: Operator) -> None:
    operator.act("set", max_active="9")
    operator.act("set", max_active="2")
    assert not setting(door, "max_active")["overridden"]


def test_a_raised_limit_lets_more_people_in(door: Door, operator: Operator) -> None:
    fill(door, 2)
    assert door.visitor().opens("/tickets").status_code == 202
    operator.act("set", max_active="50")
    door.refresh()
    assert numbers(door)["limit"] == 50


@over_one_store
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_active", "0"),
        ("max_active", "many"),
        ("max_active", ""),
        ("per_minute", "-1"),
        ("per_minute", "nan"),
        ("session_seconds", "0"),
        ("session_seconds", "inf"),
        ("mode", "open"),
        ("late", ""),
        ("renew", "perhaps"),
        ("opens_at", "tomorrow"),
        ("message", "x" * 1001),
        ("burst", "5"),
        ("confirm_within", "900"),
    ],
)
def test_what_the_configuration_would_refuse_is_refused(
    door: Door, operator: Operator, name: str, text: str
) -> None:
    before = numbers(door)["settings"]
    assert name in problem(operator.act("set", **{name: text}))
    assert numbers(door)["settings"] == before


def test_times_that_contradict_each_other_are_refused(door: Door, operator: Operator) -> None:
    said(operator.act("set", opens_at="2030-01-01T10:00", offset="+09:00"))
    answer = operator.act("set", closes_at="2030-01-01T00:00", offset="+00:00")
    assert "closes_at must be later than opens_at" in problem(answer)


def test_a_message_with_a_full_stop_is_told_with_one(operator: Operator) -> None:
    assert said(operator.act("set", message="Wait.")) == "Done: message is Wait."


def test_a_message_is_taken_back_by_an_empty_one(door: Door, operator: Operator) -> None:
    operator.act("set", message="Soon")
    assert numbers(door)["message"] == "Soon"
    operator.act("set", message="")
    assert numbers(door)["message"] is None


def test_the_strategy_is_changed_and_set_back(door: Door, operator: Operator) -> None:
    answer = operator.act("inlet", kind="periodic", **{"periodic.count": "30"})
    assert said(answer) == "Done: inlet is periodic, count 30, every 60, burst none."
    assert numbers(door)["per_minute"] == 30
    operator.act("inlet", kind="manual")
    assert "In force: manual" in operator.open().text
    operator.act("unset", name="inlet")
    assert numbers(door)["per_minute"] is None


def test_a_manual_room_calls_nobody_but_by_hand(door: Door, operator: Operator) -> None:
    operator.act("inlet", kind="manual")
    door.refresh()
    fill(door, 1)
    assert numbers(door)["waiting"] == 1 and numbers(door)["serving"] == 0
    operator.act("advance", count="1")
    assert numbers(door)["serving"] == 1


@over_one_store
@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "magic"},
        {"kind": "max_size"},
        {"kind": "max_size", "max_size.max_active": "0"},
        {"kind": "periodic", "periodic.count": "x"},
    ],
)
def test_a_strategy_that_makes_no_sense_is_refused(
    operator: Operator, fields: dict[str, str]
) -> None:
    assert "inlet" in problem(operator.act("inlet", **fields))


def test_a_reset_needs_the_rooms_name_and_empties_the_line(door: Door, operator: Operator) -> None:
    fill(door)
    assert "type its name, main" in problem(operator.act("reset", typed="Main"))
    assert numbers(door)["generation"] == 1
    answer = operator.act("reset", typed="main")
    assert said(answer) == "Reset: generation 2 begins with an empty line."
    assert (numbers(door)["waiting"], numbers(door)["active"]) == (0, 2)
    assert audit(door)[0] == ("Ann", "reset", 1, 2)


def test_a_reset_may_end_the_sessions_too(door: Door, operator: Operator) -> None:
    visitor = door.visit_at()
    assert "all sessions have ended" in said(operator.act("reset", typed="main", end_sessions="on"))
    assert numbers(door)["active"] == 0
    door.refresh()
    assert visitor.opens("/tickets").status_code != 200


def test_a_revoked_session_is_refused_and_written_down(door: Door, operator: Operator) -> None:
    visitor = door.visit_at()
    session = door.session_of(visitor)
    assert session in operator.open().text
    assert said(operator.act("revoke", session=session)) == f"The session {session} has ended."
    assert visitor.opens("/tickets").status_code != 200
    assert audit(door)[0] == ("Ann", "revoke", session, "revoked")
    assert "not running" in problem(operator.act("revoke", session=session))


@pytest.mark.parametrize(
    "session", ["", "1", "1-", "-1-1", "x-y", "1-1 ", "1-99999999999999999999"]
)
def test_a_session_that_is_none_is_not_revoked(operator: Operator, session: str) -> None:
    if session != "1-1 ":
        problem(operator.act("revoke", session=session))


@pytest.mark.parametrize(("come", "words"), [(3, "1 person waits"), (5, "3 people wait")])
def test_how_many_a_pause_keeps_waiting_is_told(
    door: Door, operator: Operator, come: int, words: str
) -> None:
    fill(door, come)
    address, form = "/vwr-admin/rooms/main/pause", {"csrf": operator.csrf}
    asked = operator.client.post(address, data=form, headers={"Accept": "application/json"})
    assert asked.json()["hazards"] == [f"Nobody is called or enters: {words} until you resume."]


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("pause", {}, "Nobody is called or enters"),
        ("set", {"mode": "off"}, "Everybody passes"),
        ("set", {"mode": "closed"}, "turned away"),
        ("set", {"max_active": "1"}, "nobody is put out"),
        ("set", {"max_active": "5000"}, "times the limit"),
        ("set", {"session_seconds": "60"}, "put out while they fill in a form"),
        ("set", {"late": "lost"}, "loses the place"),
        ("set", {"closes_at": "2020-01-01T00:00"}, "closes at once"),
        ("set", {"opens_at": "2030-01-01T00:00"}, "nobody is called"),
        ("advance", {"count": "500"}, "calls 500 at once"),
        ("revoke", {"session": "1-1"}, "put out at once"),
    ],
)
def test_what_could_hurt_is_asked_first(
    door: Door, operator: Operator, action: str, fields: dict[str, str], words: str
) -> None:
    fill(door, 5)
    before = (numbers(door)["settings"], numbers(door)["serving"], numbers(door)["active"])
    form = {"csrf": operator.csrf, **fields}
    address = f"/vwr-admin/rooms/main/{action}"
    asked = operator.client.post(address, data=form, headers={"Accept": "application/json"})
    assert asked.status_code == 409 and words in " ".join(asked.json()["hazards"])
    page = operator.client.post(address, data=form, headers=PAGE)
    assert words in page.text and 'name="sure"' in page.text
    after = (numbers(door)["settings"], numbers(door)["serving"], numbers(door)["active"])
    assert before == after


@pytest.mark.parametrize("mode", ["auto", "queue", "off"])
def test_a_closed_room_is_not_opened_again_unasked(
    door: Door, operator: Operator, mode: str
) -> None:
    said(operator.act("set", mode="closed"))
    form = {"csrf": operator.csrf, "mode": mode}
    asked = operator.client.post(
        "/vwr-admin/rooms/main/set", data=form, headers={"Accept": "application/json"}
    )
    assert "opens again" in " ".join(asked.json()["hazards"])
    assert numbers(door)["mode"] == "closed"


def test_a_browser_without_the_script_reads_what_happened(door: Door, operator: Operator) -> None:
    form = {"csrf": operator.csrf, "max_active": "3"}
    page = operator.client.post("/vwr-admin/rooms/main/set", data=form, headers=PAGE)
    assert page.status_code == 200 and "Done: max_active is 3." in page.text
    form["max_active"] = "0"
    page = operator.client.post("/vwr-admin/rooms/main/set", data=form, headers=PAGE)
    assert page.status_code == 422 and "Nothing was changed: max_active must be" in page.text


@over_one_store
@pytest.mark.parametrize("body", [b"", b"%", b"&&&", b"csrf=%FF%FE", b"\x00" * 50, b"a=b" * 30_000])
def test_a_broken_form_is_the_senders_fault(operator: Operator, body: bytes) -> None:
    answer = operator.client.post(
        "/vwr-admin/rooms/main/set",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code in (403, 413)


def test_while_the_store_is_away_a_change_fails_and_says_so(door: Door, operator: Operator) -> None:
    door.store.is_off = True
    answer = operator.act("set", max_active="9")
    assert answer.status_code == 503 and "nothing was changed" in answer.json()["problem"]
    page = operator.open()
    assert page.status_code == 200 and "does not answer" in page.text
    door.store.is_off = False
    door.refresh(10)
    assert setting(door, "max_active")["value"] == 2


def test_a_visitor_is_looked_up_by_ticket_and_by_position(door: Door, operator: Operator) -> None:
    fill(door, 2)
    visitor = door.visitor()
    ticket = visitor.opens("/tickets").cookies["vwr_main"]
    for text in (ticket, "3"):
        form = {"csrf": operator.csrf, "visitor": text}
        page = operator.client.post("/vwr-admin/rooms/main/explain", data=form, headers=PAGE)
        assert "Position 3" in page.text and "The room is full: 2 sessions run" in page.text
        assert ticket not in page.text
    for text in ("", "x" * 72, "0", ticket[:-1]):
        form["visitor"] = text
        page = operator.client.post("/vwr-admin/rooms/main/explain", data=form, headers=PAGE)
        assert page.status_code == 422
