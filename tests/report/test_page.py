"""The report's page: in every language, with all that a day may have had."""

import re
from typing import Any

import pytest

from tests.report.test_facts import BEGAN, SALE, UTC, facts, minute
from vwr_middleware.pages.languages import Languages
from vwr_middleware.pages.operator_language import DOMAIN, speaking
from vwr_middleware.report.chart import WIDTH
from vwr_middleware.report.marks import changes_of
from vwr_middleware.report.page import page

LANGUAGES = Languages(domain=DOMAIN)
PROOF = {
    **{"generation": 1, "commitment": "c" * 64, "seed": "5" * 64, "count": 90},
    "beacon": {"source": "the lottery", "value": None},
}
AUDIT = [
    {"time": BEGAN + 310 + at, "who": who, "what": what, "from": old, "to": new}
    for at, (who, what, old, new) in enumerate(
        [
            ("Ann", "max_active", 10, 1200),
            ("Ann", "mode", "auto", "paused"),
            ("Ann", "advance", 5, 25),
            ("Ann", "serve", 25, 25),
            ("Ann", "message", None, "Soon"),
            ("Ann", "announcement", None, {"text": "Soon"}),
            ("Ann", "message", "Soon", None),
            ("Ann", "opens_at", None, BEGAN + 3600),
            ("Ann", "revoke", "1-7", "revoked"),
            ("Ann", "lanes", None, {"members": 0.3}),
            ("the schedule", "reset", 1, 2),
            ("", "draw", {"generation": 1, "told": "c" * 64}, 90),
            ("Ann", "planned:1", None, {"at": 1}),
        ]
    )
]


def everything() -> Any:
    """Of a day on which it all happened."""
    rows = [*SALE[:3], minute(7, waiting=60, away=90, leapt=-600, told=9, held=8), *SALE[3:]]
    rows[2] = minute(6, mode="shadow", arrivals=9, would_wait=4, shadow_line=3, shadow_waited=600)
    made = {"at": BEGAN + 320, "is_made": True, "count": 90, "verifies": True, "why": ""}
    to_come = {"at": BEGAN + 900, "is_made": False, "count": 1, "verifies": None, "why": "not made"}
    wrong = {**made, "count": 1, "verifies": False, "why": "the seed is another"}
    waits = {"people": 2, "median": 60, "p90": 90, "p99": 95}
    in_time = {"joined": 9, "entered": 2, "waits": waits}
    fresh = {"generation": 4, "commitment": "d" * 64, "beacon": {"source": "the lottery"}}
    return {
        **facts(rows, audit=AUDIT, here=(3, 4)),
        "lanes": [{"lane": lane, "share": 0.5, "in_time": in_time} for lane in ("", "vip")],
        "draws": [
            {**made, "file": None, "proof": PROOF},
            {**wrong, "file": "/vwr/main/draw.json", "proof": {**PROOF, "beacon": None}},
            {**to_come, "file": "/vwr/main/draw.json", "proof": fresh},
        ],
    }


@pytest.mark.parametrize("code", sorted(language.code for language in LANGUAGES))
def test_it_is_written_in_the_language_that_is_spoken(code: str) -> None:
    with speaking(LANGUAGES[code]):
        made = page(everything(), UTC)
    assert f'<html lang="{code}"' in made and ">None<" not in made
    for english in ("What went wrong", "How long people waited", "Over time", "one device"):
        assert (english in made) is (code == "en")
    for proof in ("c" * 64, "5" * 64, "d" * 64, "the lottery", "/vwr/main/draw.json"):
        assert proof in made


def test_what_was_changed_is_said_in_words() -> None:
    told = [change["told"] for change in changes_of(AUDIT, BEGAN, BEGAN + 900)]
    assert told == [
        "changed people inside at once from 10 to 1,200",
        "changed the mode: paused: nobody is let in",
        "called 20 more by hand",
        "called by hand; nobody was in line",
        "showed everybody in line: Soon",
        "took the message away",
        "changed the opening time from none to 2027-01-15 09:00 UTC",
        "ended the session 1-7",
        "changed the lanes from none to members 30 %",
        "reset the room: a new line began",
        "the places of 90 registrations were drawn",
        "planned a change of settings",
    ]


def test_the_numbers_of_the_report_stay_english_whatever_is_spoken() -> None:
    with speaking(LANGUAGES["de"]):
        (first, *_) = changes_of(AUDIT, BEGAN, BEGAN + 900)
    assert first["told"] == "changed people inside at once from 10 to 1,200"
    assert (first["from"], first["to"]) == (10, 1200)


def test_a_draw_that_is_to_come_and_one_that_does_not_fit_are_told_as_such() -> None:
    made = page(everything(), UTC)
    assert "It does not fit: the seed is another." in made
    assert "1 registration so far. The draw is to be at 15 Jan 2027, 08:15." in made
    assert "It is not published at <code>draw.json</code> any more" in made
    assert "not made" not in made, "of one to come there is nothing to judge"
    assert made.count("none: it did not come in time") == 1


def test_of_several_draws_each_heading_says_which() -> None:
    (first, *_) = everything()["draws"]
    alone = page({**everything(), "draws": [first]}, UTC)
    assert "The draw</h2>" in alone
    both = page({**everything(), "draws": [first, {**first, "at": BEGAN + 900}]}, UTC)
    for at in ("08:05", "08:15"):
        assert f"The draw <small>15 Jan 2027, {at}</small></h2>" in both


def test_what_somebody_typed_and_a_date_keep_their_order_in_a_language_from_the_right() -> None:
    digits = [{**AUDIT[0], "what": "draw_beacon", "from": None, "to": "3 14 15"}]
    with speaking(LANGUAGES["ar"]):
        made = page({**everything(), "changes": changes_of(digits, BEGAN, BEGAN + 900)}, UTC)
    assert "\u20683 14 15\u2069" in made and "\u20682027-01-15 08:05\u2069" in made
    assert "<bdi>the lottery</bdi>" in made and "<code>/vwr/main/draw.json</code>" in made
    assert "\u2068" not in page(everything(), UTC)


def test_a_report_of_the_minute_that_goes_by_shows_it_and_no_waits_of_nobody() -> None:
    begun = [minute(0, arrivals=4, waiting=4, inside=0)]
    found = facts(begun, here=(4, 0), now=BEGAN + 7)
    found |= {"until": BEGAN + 7}
    made = page(found, UTC)
    assert "How long people waited" not in made
    drawn = [float(x) for x in re.findall(r'd="M([0-9.]+),', made)]
    assert drawn and all(0 <= x <= WIDTH for x in drawn)
