"""What the waiting page says, and what it escapes."""

import json
from dataclasses import replace

import pytest

from tests.support.pages import VIEW, Reader
from vwr_middleware.gate.turns import NO_SCRIPT_DOOR
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import RESUME_STATES, STATES, preview, resume_preview
from vwr_middleware.pages.wording import UNSERVED

SCRIPT = "<script>alert(1)</script>"


def test_the_page_says_where_the_visitor_stands(pages: Pages) -> None:
    page = Reader(pages.waiting(VIEW))
    assert page.texts["heading"] == "You are in line"
    assert page.texts["ahead"] == "1,234"
    assert page.texts["position"] == "12,345"
    assert page.texts["serving"] == "11,110"
    assert page.texts["behind"] == "3,765"
    assert page.texts["wait"] == "in 10 to 15 minutes"
    assert page.texts["updated"] == "Updated at 01:46 UTC."
    assert page.texts["site"] == "shop.example"


def test_without_scripts_too_people_read_when_it_opens_in_their_language(pages: Pages) -> None:
    def opens(language: str, state: str = "scheduled") -> str:
        return Reader(pages.waiting(replace(preview(state), language=language))).texts["opens"]

    assert opens("en") == "Opens on 1 January 2026 at 13:00 UTC."
    assert opens("de") == "Öffnet am 1. Januar 2026 um 13:00 UTC."
    assert opens("ja") == "2026年1月1日 13:00 UTCに開始します。"
    assert opens("pl", "early") == "Początek rejestracji: 1 stycznia 2026 o 13:00 UTC."


def test_how_many_are_in_line_is_not_told_where_it_is_not_public(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, waiting=None, behind=None)))
    assert {"data-n": ""} in page.all("div"), "by which the style hides it"
    assert "behind" not in page.texts
    assert "waiting" not in page.data


def test_until_there_is_a_range_the_page_says_how_fast_the_line_moves(pages: Pages) -> None:
    unknown = replace(VIEW, wait_seconds=None)
    some = Reader(pages.waiting(replace(unknown, went_in_lately=57)))
    assert some.texts["pace"] == "57 people have gone in during the last minute."
    assert some.texts["wait"] == "not known yet"
    for view in (unknown, replace(unknown, went_in_lately=0), replace(VIEW, went_in_lately=57)):
        assert "pace" not in Reader(pages.waiting(view)).texts


def test_the_first_in_line_reads_so_and_no_zero(pages: Pages) -> None:
    page = pages.waiting(replace(VIEW, ahead=0))
    assert b'<p id=when data-n="0"' in page, "by which the style shows the sentence"
    assert Reader(page).texts["front"] == "You are the first in line"


def test_the_next_steps_say_how_long_the_turn_is_held_and_what_one_then_has(pages: Pages) -> None:
    assert b"We hold it for 1 minute. If you are away, others go first" in pages.waiting(VIEW)
    assert b"You then have 10 minutes, and more while you use the site." in pages.waiting(VIEW)
    other = replace(VIEW, claim_within=90, session_seconds=7200, renew=False)
    assert b"We hold it for 90 seconds." in pages.waiting(other)
    assert b"You then have 2 hours.<" in pages.waiting(other)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_page_in_every_language(pages: Pages, state: str) -> None:
    for language in pages.languages:
        page = Reader(pages.waiting(replace(preview(state), language=language.code)))
        assert page.texts["heading"]
        turned = {"dir": "rtl"} if language.direction == "rtl" else {}
        assert page.all("html") == [{"lang": language.code} | turned]


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "zh-Hant"])
def test_no_space_stands_between_chinese_or_japanese_sentences(pages: Pages, language: str) -> None:
    page = pages.waiting(replace(VIEW, language=language)).decode()
    assert page.count("。</span><") == 2
    assert "。</span><noscript>" in page


def test_nothing_of_a_visitor_or_operator_becomes_markup(pages: Pages) -> None:
    hostile = replace(
        VIEW, site=SCRIPT, message=SCRIPT + '"', next_url="/tickets?" + SCRIPT + "\"'&"
    )
    page = Reader(pages.waiting(hostile))
    assert len(page.all("script")) == 2
    assert page.texts["message"] == SCRIPT + '"'
    assert page.texts["site"] == SCRIPT
    assert page.data["message"] == SCRIPT + '"'
    assert hostile.next_url in [a["href"] for a in page.all("a")]


def test_the_way_back_keeps_its_query(pages: Pages) -> None:
    page = Reader(pages.waiting(VIEW))
    links = {a.get("id"): a["href"] for a in page.all("a")}
    assert links["check"] == "/tickets?seat=7&row=a"
    leave = next(form for form in page.all("form") if form.get("id") == "leave")
    assert leave["action"] == "/vwr/main/leave?next=/tickets%3Fseat%3D7%26row%3Da"


def test_one_visitors_numbers_never_show_on_anothers_page(pages: Pages) -> None:
    first = Reader(pages.waiting(VIEW))
    second = Reader(pages.waiting(replace(VIEW, position=7, ahead=3, next_url="/a", site="b")))
    assert (second.texts["position"], second.texts["ahead"]) == ("7", "3")
    assert "12345" not in json.dumps(second.data)
    assert first.data["position"] == 12_345


def test_without_scripts_the_page_reloads_every_thirty_seconds(pages: Pages) -> None:
    # A reload without an address loads nothing where the page's own has a fragment.
    meta = (
        b'<noscript><meta http-equiv=refresh content="%d;url=/tickets?seat=7&amp;row=a"></noscript>'
    )
    assert meta % 30 in pages.waiting(VIEW)
    assert meta % 4 in pages.waiting(replace(VIEW, you="next"))
    assert NO_SCRIPT_DOOR == 4, "a slot is held until such a page comes back"
    for within, seconds in ((60, 30), (20, 16), (3, 4)):
        lost = replace(VIEW, late_is_lost=True, claim_within=within)
        assert meta % seconds in pages.waiting(lost), "before the turn could be over"


def test_a_page_of_a_stopped_form_reloads_at_an_address_that_can_be_loaded(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, stopped_method="POST", reload=False)))
    (refresh,) = [meta for meta in page.all("meta") if meta.get("http-equiv") == "refresh"]
    assert refresh["content"] == "30;url=/vwr/main/?next=/tickets%3Fseat%3D7%26row%3Da&stopped=1"


def test_where_cookies_are_blocked_all_links_lead_out_of_a_frame(pages: Pages) -> None:
    assert Reader(pages.waiting(preview("cookies"))).all("base") == [{"target": "_top"}]
    assert Reader(pages.waiting(VIEW)).all("base") == []


@pytest.mark.parametrize("state", ["turn", "missed", "ended", "left", "moved"])
def test_only_those_who_have_no_other_button_are_told_to_check(pages: Pages, state: str) -> None:
    check = b'<a id=check class=button data-in=cookies href="/tickets?seat=7&amp;row=a"'
    assert check + b">" in pages.waiting(VIEW)
    assert b"hidden>Check now" in pages.waiting(preview(state))


def test_a_closed_room_is_looked_at_again_without_scripts(pages: Pages) -> None:
    assert b'http-equiv=refresh content="30;' in pages.waiting(preview("closed"))


def test_where_a_missed_turn_is_lost_the_page_says_so(pages: Pages) -> None:
    kept, lost = pages.waiting(VIEW), pages.waiting(replace(VIEW, late_is_lost=True))
    assert b"you lose your place" in lost
    assert b"lock your phone" not in lost
    assert b"others go first until you are back" not in lost
    assert b"lock your phone" in kept


def test_who_has_moved_is_told_what_the_button_gives_this_device(pages: Pages) -> None:
    lead = Reader(pages.waiting(preview("moved"))).texts["lead"]
    assert lead.endswith("If you join the line here, you get a new place.")


def test_only_those_who_have_a_place_are_told_that_it_is_kept(pages: Pages) -> None:
    kept = "There is no connection at the moment. We are keeping your place and trying again."
    assert Reader(pages.waiting(preview("trouble"))).texts["notice"] == kept
    none = "There is no connection at the moment. We are trying again."
    assert Reader(pages.waiting(preview("offline"))).texts["notice"] == none
    late = pages.waiting(replace(preview("trouble"), late_is_lost=True))
    assert Reader(late).texts["notice"] == none, "the turn may be missed meanwhile"


def test_a_page_made_without_a_store_tells_no_time_of_its_numbers(pages: Pages) -> None:
    page = pages.waiting(replace(preview("trouble"), server_time=0.0))
    assert "updated" not in Reader(page).texts


def test_the_reloading_can_be_turned_off(pages: Pages) -> None:
    page = pages.waiting(replace(VIEW, refresh=False))
    assert b"http-equiv" not in page
    assert b"refresh=off" in pages.waiting(VIEW)
    assert b'&refresh=on">Update automatically</a></noscript>' in page
    by_hand = "This page does not update automatically. Please check now and then."
    assert Reader(page).texts["lead"] == by_hand


def offers_reloading(page: bytes) -> bool:
    """Whether people see the line in which they turn it off and on."""
    (line,) = [each for each in Reader(page).all("p") if each.get("id") == "fresh"]
    return "hidden" not in line


@pytest.mark.parametrize("state", ["waiting", "scheduled", "joining", "early", "full", "closed"])
def test_whoever_turned_the_reloading_off_may_turn_it_on_again(pages: Pages, state: str) -> None:
    for refresh, link in ((True, b">Turn this off<"), (False, b">Update automatically<")):
        page = pages.waiting(replace(preview(state), refresh=refresh))
        assert link in page
        assert offers_reloading(page)


@pytest.mark.parametrize("state", ["turn", "missed", "left"])
def test_where_reloading_leads_in_or_nowhere_nobody_is_asked_about_it(
    pages: Pages, state: str
) -> None:
    assert not offers_reloading(pages.waiting(preview(state)))


@pytest.mark.parametrize("you", ["missed", "ended", "left"])
def test_a_place_that_is_gone_is_not_asked_for_by_reloading(pages: Pages, you: str) -> None:
    assert b"http-equiv" not in pages.waiting(replace(VIEW, you=you))


@pytest.mark.parametrize("reason", ["slower", "limit"])
def test_a_wait_that_grew_is_explained_without_scripts_too(pages: Pages, reason: str) -> None:
    page = Reader(pages.waiting(replace(VIEW, wait_reason=reason)))
    assert page.texts["notice"] == "It is taking longer than expected: fewer people are going in."
    assert "notice" not in Reader(pages.waiting(VIEW)).texts


def test_a_stopped_form_is_said_to_need_repeating(pages: Pages) -> None:
    assert b"Please send it again" in pages.waiting(replace(VIEW, stopped_method="POST"))
    assert b"Please send it again" not in pages.waiting(VIEW)


def test_a_page_without_a_position_joins(pages: Pages) -> None:
    page = Reader(pages.waiting(replace(VIEW, you="none", position=None, ahead=None)))
    assert page.texts["heading"] == "One moment"


def test_the_script_is_told_only_what_is_known(pages: Pages) -> None:
    data = Reader(pages.waiting(VIEW)).data
    assert "claim_by" not in data
    assert data["wait_seconds"] == {"low": 600, "high": 900}


@pytest.mark.parametrize("state", [state for state, view in RESUME_STATES.items() if view.problem])
def test_no_empty_line_stands_above_what_went_wrong(pages: Pages, state: str) -> None:
    told = pages.resume("en", "shop.example", "/vwr/static", **resume_preview(state)).decode()
    problem = told.partition("id=problem>")[2].partition("</p>")[0]
    assert problem and problem == problem.strip(), "the note keeps its line breaks"


def test_a_page_of_a_sentence_or_two_has_the_first_as_its_heading(pages: Pages) -> None:
    for code in pages.words:
        page = pages.small(UNSERVED, code, "shop.example", "/vwr/static", back="/").decode()
        heading, _, rest = page.partition("<h1>")[2].partition("</h1>")
        assert heading and not set(heading) & {*".。।"}, code
        assert rest.partition("</p>")[0][:-1].strip().startswith("<p>"), code
        assert f"<title>{heading} · shop.example" in page
