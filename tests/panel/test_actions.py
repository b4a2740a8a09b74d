"""Every button of a room's page: what it does, says and writes down."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.lost import at_door
from tests.support.panel import (
    GIVEN,
    Operator,
    api,
    audit,
    fill,
    numbers,
    problem,
    said,
    setting,
    signed_in,
)
from vwr_middleware.errors import StoreBusy
from vwr_middleware.line.constants import AUDIT_ROWS


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


def test_a_count_that_is_none_calls_nobody(door: Door, operator: Operator) -> None:
    fill(door)
    for count in ("", "0", "-3", "x", "1.5", "9" * 12, "²"):
        problem(operator.act("advance", count=count))
    assert numbers(door)["serving"] == 2


@pytest.mark.parametrize("by_page", [True, False])
def test_of_those_who_are_called_only_the_present_may_count(
    door: Door, operator: Operator, by_page: bool
) -> None:
    fill(door, 2)
    for _ in range(3):
        door.visit_at().fetches("/vwr/main/leave", "POST")
    door.visit_at()
    door.refresh()
    if by_page:
        said(operator.act("advance", count="1", present="on"))
    else:
        api(door).post("/rooms/main/advance", json={"count": 1, "present_only": True})
    assert numbers(door)["serving"] == 6


def test_an_empty_line_says_so(door: Door, operator: Operator) -> None:
    assert said(operator.act("advance", count="5")) == "There was nobody to call."
    assert numbers(door)["credit"] == 0, "nor is whoever comes then"


def test_calls_that_are_kept_for_who_comes_are_shown_until_they_are_used(
    door: Door, operator: Operator
) -> None:
    api(door).post("/rooms/main/advance", json={"count": 3})
    assert numbers(door)["credit"] == 0
    assert "kept for later arrivals" not in operator.open().text
    kept = {"count": 3, "keep_rest": True}
    for _ in range(2):
        assert api(door).post("/rooms/main/advance", json=kept).json()["called"] == 0
    door.refresh()
    assert numbers(door)["credit"] == 3
    assert "calls kept for later arrivals: 3" in operator.open().text
    api(door).post("/rooms/main/reset", json={"confirm": "main"})
    door.refresh()
    assert numbers(door)["credit"] == 0


def test_the_serving_counter_is_set_but_never_back(door: Door, operator: Operator) -> None:
    fill(door)
    assert said(operator.act("serve", serving="6")) == "The serving counter stands at 6."
    assert audit(door)[0] == ("Ann", "serve", 2, 6)
    assert "from 6 (already called) to 7" in problem(operator.act("serve", serving="5"))
    assert "to 7 (the last position" in problem(operator.act("serve", serving="8"))
    assert numbers(door)["serving"] == 6


@pytest.mark.parametrize(
    ("before", "clicks"),
    [("auto", 1), ("queue", 1), ("queue", 2)],  # a double click, or two operators at the same time
)
def test_a_paused_room_goes_on_as_it_was(
    door: Door, operator: Operator, before: str, clicks: int
) -> None:
    operator.act("set", mode=before)
    for _ in range(clicks):
        operator.act("pause")
    assert numbers(door)["state"] == "paused"
    assert "Resume" in operator.open().text
    assert said(operator.act("resume")) == f"Resumed: the mode is {before}."
    assert numbers(door)["mode"] == before


def test_the_line_that_stays_in_sight_is_short(operator: Operator) -> None:
    """On a phone a whole message would cover the panel."""
    sentence = "Seats are left at the box office. "
    told = said(operator.act("set", message=sentence * 29))
    assert told == f"Done: message is {sentence * 3}Seats are left at…."


def test_a_message_that_reads_like_a_mode_is_not_resumed_to(operator: Operator) -> None:
    said(operator.act("set", message="off"))
    said(operator.act("set", message="paused"))
    operator.act("pause")
    said(operator.act("set", message="off"))
    said(operator.act("set", message="paused"))
    assert said(operator.act("resume")).startswith("Resumed: the mode is auto;")


def test_a_room_that_was_paused_long_ago_is_resumed_as_configured(open_it: Open) -> None:
    """The audit log forgets, also with a store that loses its data."""
    door = open_it(mode="queue", **GIVEN)
    operator = signed_in(door)
    operator.act("pause")
    for number in range(AUDIT_ROWS):
        door.ask(partial(door.store.change, "main", {"message": str(number)}))
    assert said(operator.act("resume")).startswith("Resumed: the mode is queue;")


def test_a_room_that_began_paused_is_resumed_to_auto(open_it: Open) -> None:
    """Nothing tells of a mode before: this is how a sale is prepared."""
    operator = signed_in(open_it(mode="paused", **GIVEN))
    assert said(operator.act("resume")) == "Resumed: the mode is auto."


def test_only_a_paused_room_is_resumed(operator: Operator) -> None:
    assert "not paused" in problem(operator.act("resume"))


def test_whoever_lets_people_in_again_reads_which_message_still_stands(
    operator: Operator,
) -> None:
    said(operator.act("set", message="Back at ten"))
    operator.act("pause")
    reads = "; everybody in line still reads: Back at ten"
    assert said(operator.act("resume")) == f"Resumed: the mode is auto{reads}"
    assert said(operator.act("set", mode="closed")) == "Done: mode is closed."
    assert said(operator.act("unset", name="mode")).endswith(f"mode is auto{reads}")


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            {"closes_at": "2020-01-01T00:00"},
            "The room is closed: nobody joins or enters. Its clo",
        ),
        (
            {"opens_at": "2030-01-01T00:00"},
            "The room has not opened yet: people join, and nobody i",
        ),
    ],
)
def test_a_mode_that_a_time_overrules_is_not_said_to_be_all(
    operator: Operator, times: dict[str, str], words: str
) -> None:
    operator.act("pause")
    said(operator.act("set", **times))
    assert said(operator.act("resume")).startswith(f"Resumed: the mode is auto. {words}")
    assert said(operator.act("set", mode="queue")).startswith(f"Done: mode is queue. {words}")
    assert f"mode is auto. {words}" in said(operator.act("unset", name="mode"))
    assert said(operator.act("set", mode="closed")) == "Done: mode is closed."
    assert said(operator.act("set", mode="off")) == "Done: mode is off."


def test_a_reset_needs_the_rooms_name_and_empties_the_line(door: Door, operator: Operator) -> None:
    fill(door)
    assert "type its name: main" in problem(operator.act("reset", typed="Main"))
    assert numbers(door)["generation"] == 1
    answer = operator.act("reset", typed=" main ")
    assert said(answer) == "Reset: generation 2 begins with an empty line."
    assert (numbers(door)["waiting"], numbers(door)["active"]) == (0, 2)
    assert audit(door)[0] == ("Ann", "reset", 1, 2)


def test_a_reset_may_end_the_sessions_too(door: Door, operator: Operator) -> None:
    visitor = door.visit_at()
    assert "all sessions have ended" in said(operator.act("reset", typed="main", end_sessions="on"))
    assert numbers(door)["active"] == 0
    door.refresh()
    assert visitor.opens("/tickets").headers["vwr-state"] == "ended"


def test_a_revoked_session_is_refused_and_written_down(door: Door, operator: Operator) -> None:
    visitor = door.visit_at()
    session = door.session_of(visitor)
    assert session in operator.open().text
    assert said(operator.act("revoke", session=session)) == f"Session {session} has ended."
    assert visitor.opens("/tickets").headers["vwr-state"] == "ended"
    assert audit(door)[0] == ("Ann", "revoke", session, "revoked")
    assert "not running" in problem(operator.act("revoke", session=session))


def test_a_claim_that_has_lapsed_since_it_was_listed_is_revoked_and_written_down(
    door: Door, operator: Operator
) -> None:
    fill(door)
    door.refresh(61)
    assert said(operator.act("revoke", session="1-1")) == "Session 1-1 has ended."
    assert audit(door)[0] == ("Ann", "revoke", "1-1", "revoked")
    for session in ("1-1", f"1-{numbers(door)['issued']}"):
        assert f"{session} is not running" in problem(operator.act("revoke", session=session))
    assert len(audit(door)) == 1


def test_a_place_is_revoked_also_where_no_token_can_be_used_any_more(door: Door) -> None:
    fill(door)
    door.refresh(5 * 3600)
    operator = signed_in(door)
    assert said(operator.act("revoke", session="1-1")) == "Session 1-1 has ended."
    assert audit(door)[0] == ("Ann", "revoke", "1-1", "revoked")
    explanation = api(door).post("/rooms/main/explain", json={"position": 1}).json()
    assert explanation["you"] == "ended"
    told = "Its session 1-1 has ended (revoked by an operator)"
    assert explanation["sentences"][-1].startswith(told)
    restored = {"confirm": "main", "room_id": "0" * 16, "queue": 50, "serving": 1}
    assert api(door).post("/rooms/main/restore", json=restored).status_code == 200
    explanation = api(door).post("/rooms/main/explain", json={"position": 1}).json()
    assert explanation["you"] == "next", "the first in another line is somebody else"


def test_who_waits_is_let_in_by_each_worker_though_an_operator_mistyped_a_session(
    open_it: Open, tmp_path: Path
) -> None:
    given = {"url": f"sqlite:///{tmp_path / 'vwr.sqlite3'}", "max_active": 1, **GIVEN}
    one, other = open_it(**given), open_it(**given)
    inside, waiting = one.confirmed(), one.visit_at()
    assert api(other).delete("/rooms/main/sessions/1-2").status_code == 404
    one.frees_a_slot(inside)
    waiting.position()
    one.refresh()
    assert one.session_of(waiting) == "1-2"
    assert at_door(other, waiting).opens("/tickets").status_code == 200


def test_a_session_that_is_none_is_not_revoked(operator: Operator) -> None:
    for session in ("", "1", "1-", "-1-1", "x-y", "1-99999999999999999999"):
        problem(operator.act("revoke", session=session))


def test_a_browser_without_the_script_reads_what_happened(operator: Operator) -> None:
    page = operator.send("set", max_active="3")
    assert page.status_code == 200 and "Done: max_active is 3." in page.text
    page = operator.send("set", max_active="0")
    assert page.status_code == 422 and "Nothing was changed: max_active must be" in page.text


def test_a_phone_writes_no_capital_into_the_name_that_has_to_be_typed(operator: Operator) -> None:
    """iOS would: "Main" is not the room's name."""
    (field,) = re.findall(r'<input name="typed"[^>]*>', operator.open().text)
    assert 'autocapitalize="none"' in field


def test_a_broken_form_is_the_senders_fault(operator: Operator) -> None:
    address, form = (
        "/vwr-admin/rooms/main/set",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    for body in (b"", b"%", b"&&&", b"csrf=%FF%FE", b"\x00" * 50, b"a=b" * 30_000):
        answer = operator.client.post(address, content=body, headers=form)
        assert answer.status_code == (413 if len(body) > 50_000 else 403), body[:20]
    assert operator.client.post(address, json={"csrf": operator.csrf}).status_code == 415


def test_while_the_store_is_away_a_change_fails_and_says_so(door: Door, operator: Operator) -> None:
    door.store.is_off = True
    answer = operator.act("set", max_active="9")
    assert answer.status_code == 503 and "nothing was changed" in answer.json()["problem"]
    page = operator.open()
    assert page.status_code == 200 and "does not answer" in page.text
    door.store.is_off = False
    door.refresh(10)
    assert setting(door, "max_active")["value"] == 2


def test_a_change_that_was_made_though_its_answer_got_lost_is_not_denied(
    door: Door, operator: Operator
) -> None:
    """As where a busy Redis takes a moment more than a worker waits."""
    change = door.store.change

    async def late(*given: Any, **more: Any) -> None:
        await change(*given, **more)
        raise StoreBusy("too late")

    door.store.__dict__["change"] = late
    answer = operator.act("set", max_active="9")
    assert answer.status_code == 503 and "not known whether" in answer.json()["problem"]
    door.refresh(10)
    assert setting(door, "max_active")["value"] == 9


def test_a_visitor_is_looked_up_by_ticket_and_by_position(door: Door, operator: Operator) -> None:
    fill(door, 2)
    visitor = door.visitor()
    ticket = visitor.opens("/tickets").cookies["vwr_main"]
    for text in (ticket, "3", "1-3"):
        page = operator.send("explain", visitor=text)
        assert (
            "Position 3" in page.text
            and "The room is full: 2 of 2 sessions are running" in page.text
        )
        assert ticket not in page.text
    for text, words in (
        ("", "Type a queue position, or paste a ticket"),
        ("2-3", "There is no session 2-3: the room is in generation 1"),
        ("x" * 72, "This is not a ticket of this room"),
        ("0", "This is not a ticket of this room"),
        (ticket[:-1], "This is not a ticket of this room"),
        ("9" * 12, "Position must be a whole number"),
    ):
        page = operator.send("explain", visitor=text)
        assert page.status_code == 422 and words in page.text
        assert "Serving counter" in page.text, "it stands on the room's page"


def test_the_numbers_on_an_open_page_go_on_where_nobody_else_asks(
    door: Door, operator: Operator
) -> None:
    door.ask(partial(door.store.change, "main", {"mode": "paused"}))
    for _ in range(2):
        door.refresh()
        text = operator.open("/rooms/main/live").text
    assert "paused" in text


def test_what_an_operator_does_holds_on_the_other_worker_within_a_second(
    open_it: Open, shared_url: str
) -> None:
    one, other = (open_it(url=shared_url, max_active=2, **GIVEN) for _ in range(2))
    operator, visitor = signed_in(one), other.visitor()
    fill(other)
    for action, fields, name, value in (
        ("advance", {"count": "3"}, "serving", 5),
        ("serve", {"serving": "6"}, "serving", 6),
        ("set", {"message": "Soon"}, "message", "Soon"),
        ("pause", {}, "state", "paused"),
        ("resume", {}, "state", "queueing"),
        ("reset", {"typed": "main"}, "generation", 2),
    ):
        said(operator.act(action, **fields))
        for _ in range(2):  # somebody asks there all the time
            other.refresh(0.5)
            told = visitor.fetches("/vwr/main/status").json()
        assert told[name] == value, action


@pytest.mark.parametrize(
    ("action", "fields"),
    [("set", {"max_active": "3"}), ("set", {"mode": "queue"}), ("advance", {"count": "1"})],
)
def test_a_form_reads_the_room_once_before_its_change_and_once_after(
    door: Door, operator: Operator, action: str, fields: dict[str, str], monkeypatch: Any
) -> None:
    fill(door)
    store, read = door.site.store_access.store, list[object]()
    refresh = store.refresh

    async def counted(asks: Any) -> Any:
        read.append(asks)
        return await refresh(asks)

    monkeypatch.setattr(store, "refresh", counted)
    said(operator.act(action, **fields))
    assert len(read) == 2
