"""Messages to everybody in line: by the panel, the API and the shell, over every store."""

import re
from typing import Any

import pytest

from tests.panel.conftest import Open
from tests.support.doors import Door
from tests.support.panel import (
    GIVEN,
    VIEWER,
    Operator,
    api,
    audit,
    numbers,
    problem,
    said,
    setting,
    signed_in,
)

FULL: dict[str, Any] = {
    "text": "Row 3 is gone. [Other rows](/seats)",
    "language": "en",
    "texts": {"de": "Reihe 3 ist weg."},
    "severity": "warning",
}
PLAIN = "Row 3 is gone. Other rows"
FORM = {
    "message": FULL["text"],
    "language": "en",
    "lang": "de",
    "translation": "Reihe 3 ist weg.",
    "severity": "warning",
}


def test_a_message_in_full_is_one_change_and_one_way_back(open_it: Open, store_url: str) -> None:
    door = open_it(url=store_url, message="Welcome", **GIVEN)
    client = api(door)
    client.patch("/rooms/main/settings", json={"announcement": {**FULL, "at": "now"}})
    told = numbers(door)
    assert told["message"] == PLAIN
    assert told["announcement"] == FULL | {"at": pytest.approx(told["server_time"], abs=5)}
    assert door.visitor().fetches("/vwr/main/message/de").json()["message"] == "Reihe 3 ist weg."
    assert {row[1] for row in audit(door)[:2]} == {"message", "announcement"}
    client.delete("/rooms/main/settings/message")
    told = numbers(door)
    assert (told["message"], told["announcement"]) == ("Welcome", None)


def test_an_old_program_that_sets_plain_words_puts_all_else_away(
    open_it: Open, store_url: str
) -> None:
    door = open_it(url=store_url, **GIVEN)
    client = api(door)
    client.patch("/rooms/main/settings", json={"announcement": FULL})
    client.patch("/rooms/main/settings", json={"message": "Soon"})
    assert (numbers(door)["message"], numbers(door)["announcement"]) == ("Soon", None)
    told = door.visitor().fetches("/vwr/main/message/de").json()
    assert (told["message"], told["severity"]) == ("Soon", "info")
    client.patch("/rooms/main/settings", json={"announcement": FULL})
    client.patch("/rooms/main/settings", json={"message": None})
    assert (numbers(door)["message"], numbers(door)["announcement"]) == (None, None)
    client.patch("/rooms/main/settings", json={"announcement": FULL})
    client.patch("/rooms/main/settings", json={"announcement": None})
    assert numbers(door)["message"] is None


def test_a_record_of_an_earlier_release_is_shown_as_it_was(door: Door) -> None:
    api(door).patch("/rooms/main/settings", json={"announcement": FULL})
    # An earlier worker, which knows only the one setting, has changed it in the store.
    from vwr_middleware.blocking import finish

    finish(door.store.change("main", {"message": "See [this](/x)"}, who="before"))
    door.refresh()
    assert numbers(door)["announcement"] is None
    page = door.visitor().opens("/tickets").text
    assert "See [this](/x)" in page or door.visitor().fetches("/vwr/main/message").json()[
        "parts"
    ] == [{"text": "See [this](/x)"}]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"announcement": {**FULL, "text": "[a](https://evil.example)"}}, "a link that leads to"),
        ({"announcement": {**FULL, "severity": "loud"}}, "severity must be one of"),
        ({"announcement": {**FULL, "at": "soon"}}, "at must be a time"),
        ({"announcement": "{"}, "is not JSON"),
        ({"announcement": FULL, "message": "Another"}, "say different things"),
    ],
)
def test_a_bad_message_changes_nothing(door: Door, given: dict[str, Any], told: str) -> None:
    answer = api(door).patch("/rooms/main/settings", json=given)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text
    assert numbers(door)["message"] is None


def test_what_was_read_can_be_sent_back(door: Door) -> None:
    client = api(door)
    answer = client.patch("/rooms/main/settings", json={"announcement": FULL}).json()["settings"]
    both = {name: answer[name] for name in ("message", "announcement")}
    assert client.patch("/rooms/main/settings", json=both).json()["settings"] == answer


def test_a_message_is_written_yesterday_and_shown_by_one_press(
    open_it: Open, store_url: str
) -> None:
    door = open_it(url=store_url, prepared_messages={"thanks": "Thank you."}, **GIVEN)
    operator = signed_in(door)
    assert "Kept as sold-out" in said(
        operator.press("prepare-message", prepared="sold-out", timed="on", **FORM)
    )
    assert numbers(door)["message"] is None, "nobody reads it yet"
    rows = api(door).get("/rooms/main/messages").json()["messages"]
    assert [(row["name"], row["configured"]) for row in rows] == [
        ("sold-out", False),
        ("thanks", True),
    ]
    assert rows[0]["message"] == {**FULL, "at": "now"}
    assert said(operator.press("show-message", prepared="sold-out")).startswith(
        "Done: message is Row 3"
    )
    told = numbers(door)
    assert told["announcement"]["at"] == pytest.approx(told["server_time"], abs=5)
    for name in ("sold-out", "thanks"):
        said(operator.press("forget-message", prepared=name))
    assert api(door).get("/rooms/main/messages").json() == {"messages": []}
    assert numbers(door)["message"] == PLAIN, "what people read stays"


def test_programs_prepare_and_show_messages_too(door: Door) -> None:
    client = api(door)
    put = client.put("/rooms/main/messages/late", json=FULL)
    assert put.json()["messages"][0]["name"] == "late"
    shown = client.post("/rooms/main/messages/late/show")
    assert shown.json()["settings"]["message"] == PLAIN
    assert client.delete("/rooms/main/messages/late").json() == {"messages": []}
    missing = client.post("/rooms/main/messages/late/show")
    assert (missing.status_code, missing.json()["detail"]) == (
        404,
        "there is no prepared message 'late': none is prepared",
    )


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("Not A Name", FULL, "no name for a message"),
        ("late", {"text": ""}, "the message is wrong: text must be"),
        ("late", {"text": "[a](//b)"}, "has a link that leads to"),
        ("late", {"text": "a", "message": "b"}, "message is not one of text, language"),
        ("late", {"text": "a", "who": "b", "name": "c"}, "name is not one of text, language"),
    ],
)
def test_what_could_not_be_shown_is_not_prepared(
    door: Door, name: str, given: dict[str, Any], told: str
) -> None:
    answer = api(door).put(f"/rooms/main/messages/{name}", json=given)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text


def test_only_so_many_messages_are_prepared(door: Door) -> None:
    client = api(door)
    for number in range(20):
        assert client.put(f"/rooms/main/messages/m{number}", json={"text": "a"}).status_code == 200
    answer = client.put("/rooms/main/messages/m20", json={"text": "a"})
    assert "there may be 20 prepared messages" in answer.json()["detail"]
    assert client.put("/rooms/main/messages/m1", json={"text": "b"}).status_code == 200


def test_two_operators_who_prepare_at_once_lose_none(door: Door) -> None:
    first, second = api(door), api(door)
    first.put("/rooms/main/messages/a", json={"text": "a"})
    second.put("/rooms/main/messages/b", json={"text": "b"})
    assert [row["name"] for row in first.get("/rooms/main/messages").json()["messages"]] == [
        "a",
        "b",
    ]


def test_an_operator_sees_the_page_in_each_language_before_anybody_does(
    operator: Operator, door: Door
) -> None:
    page = operator.send("look", **FORM).text
    frames = re.findall(r'srcdoc="([^"]*)"', page)
    assert len(frames) == 2
    assert all("&lt;p id=message" in frame for frame in frames)
    assert "Other rows" in frames[0] and "Reihe 3 ist weg." in frames[1]
    assert "Sie " in frames[1] or "Ihr" in frames[1], "the German page around it"
    assert numbers(door)["message"] is None
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    assert {name: sent[name] for name in FORM} == FORM


def test_a_language_in_which_there_is_no_page_is_told(operator: Operator) -> None:
    page = operator.send("look", **{**FORM, "lang": "eo"}).text
    assert "The waiting page has no language eo: nobody reads that text." in page


def test_a_mistake_is_told_before_it_is_shown(operator: Operator) -> None:
    bad = {**FORM, "message": "[a](https://evil.example)"}
    assert "leads to" in problem(operator.press("message", **bad))
    assert "leads to" in operator.send("look", **bad).text
    assert "write the message first" in problem(operator.press("prepare-message", prepared="a"))


def test_a_viewer_may_look_and_not_show(door: Door) -> None:
    viewer = signed_in(door, VIEWER)
    page = viewer.send("look", **FORM)
    assert page.status_code == 200 and "Show message</button>" not in page.text
    assert viewer.press("message", **FORM).status_code == 403


def test_the_form_shows_what_people_read(operator: Operator, door: Door) -> None:
    said(operator.press("message", timed="on", **FORM))
    page = operator.open().text
    assert "[Other rows](/seats)</textarea>" in page
    assert 'name="lang" value="de"' in page and "Reihe 3 ist weg.</textarea>" in page
    assert re.search('<option selected +value="warning">important', page)
    assert setting(door, "message")["value"] == PLAIN
    assert said(operator.press("message", message="")) == "Done: message is none."
