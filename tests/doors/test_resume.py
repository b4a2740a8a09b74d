"""A code by which a place in line goes to another device: who gets one, and who may use it."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.resume import RESUME, code_of, takes
from tests.support.visitor import set_cookies
from vwr_middleware.gate import resume


@pytest.fixture(autouse=True)
def few_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few codes that are looked up beyond an address's own, or each test would send hundreds."""
    monkeypatch.setattr(resume, "BEYOND_PER_MINUTE", 5)


def test_a_code_moves_the_place_to_another_device(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    answer = phone.fetches(f"{RESUME}?next=/tickets/a", "POST")
    told = answer.json()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", told["code"])
    assert told["url"] == (
        f"http://shop.example/vwr/main/resume?next=/tickets/a#resume={told['code']}"
    )
    assert told["expires_in"] == 600
    assert answer.headers["cache-control"] == "private, no-store"
    moved = takes(laptop, told["code"])
    assert moved.status_code == 200
    assert (moved.json()["you"], moved.json()["position"]) == ("waiting", 2)
    assert set(set_cookies(moved)) == {"vwr_main", "vwr_main_token"}
    assert laptop.position()["position"] == 2
    assert phone.position()["you"] == "moved"


def test_a_code_works_once_but_its_own_request_may_be_repeated(door: Door) -> None:
    door.visit_at()
    phone, laptop, thief = door.visit_at(), door.visitor(), door.visitor()
    code = code_of(phone)
    assert takes(laptop, code, "mine").status_code == 200
    laptop.client.cookies.clear()  # the answer was lost
    assert takes(thief, code).status_code == 404
    assert takes(thief, code, "another").status_code == 404
    assert takes(laptop, code, "mine").json()["position"] == 2
    assert laptop.position()["you"] == "waiting"


def test_the_last_code_counts_and_it_counts_for_ten_minutes(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    first, second = code_of(phone), code_of(phone)
    assert takes(laptop, first).status_code == 404
    door.refresh(601)
    assert takes(laptop, second).status_code == 404
    assert phone.position()["position"] == 2


def test_no_phone_takes_letters_of_a_code_for_a_word_to_be_mended(door: Door) -> None:
    # An iPhone corrects what is typed also where spelling is not checked.
    page = door.visitor().opens(RESUME).text
    field = re.search("<input id=typed[^>]+>", page)
    assert field
    assert {"autocomplete=off", "autocorrect=off", "spellcheck=false"} <= set(field[0].split())


def test_no_browser_translates_a_code_or_its_link(door: Door) -> None:
    door.visit_at()
    page = door.visit_at().opens(RESUME, "POST").text
    shown = re.findall("<(?:a|output) id=(?:link|code) [^>]+>", page)
    assert len(shown) == 2
    assert all(" translate=no" in part for part in shown)


def test_bad_codes_cost_nothing_and_are_slowed_by_address(door: Door) -> None:
    door.visit_at()
    visitor = door.visit_at()
    before = visitor.fetches("/vwr/main/status").json()["issued"]
    for bad in ("", "ABC", "ABCD-EFGH-JKMU", "x" * 5000, "ABCD-EFGH-JKM\u0000"):
        assert takes(visitor, bad).status_code == 400
    moves = door.store.trips["move"]
    assert moves == 0
    answers = [takes(visitor, "0000-0000-0000") for _ in range(40)]
    told = [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers]
    assert told == [(404, None)] * 35 + [(429, "60")] * 5
    assert all(answer.json()["error"] for answer in answers)
    assert door.store.trips["move"] == 35
    door.refresh(61)
    assert takes(visitor, "0000-0000-0000").status_code == 404
    assert visitor.fetches("/vwr/main/status").json()["issued"] == before


def test_wrong_codes_at_the_same_time_are_no_more_than_those_one_by_one(door: Door) -> None:
    door.visit_at()
    visitors = [door.visitor() for _ in range(60)]
    with ThreadPoolExecutor(len(visitors)) as crowd:
        answers = list(crowd.map(lambda visitor: takes(visitor, "0000-0000-0000"), visitors))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(404) <= 35 <= len(statuses) - statuses.count(429)


def test_right_codes_are_not_counted(door: Door) -> None:
    door.visit_at()
    one, other = door.visit_at(), door.visitor()
    for _ in range(29):
        takes(other, "0000-0000-0000")
    for _ in range(3):
        assert takes(other, code_of(one)).status_code == 200
        one, other = other, one


def test_wrong_codes_of_an_address_do_not_shut_out_the_right_ones(door: Door) -> None:
    door.visit_at()
    phone, neighbour = door.visit_at(), door.visitor()
    for _ in range(32):
        takes(neighbour, "0000-0000-0000")
    for _ in range(9):  # nor do these count
        laptop = door.visitor()
        assert takes(laptop, code_of(phone)).status_code == 200
        phone = laptop


def test_whoever_typed_too_many_wrong_codes_need_not_type_the_next_one_again(door: Door) -> None:
    laptop = door.visitor()
    for _ in range(35):
        takes(laptop, "0000-0000-0000")
    page = laptop.opens(RESUME, "POST", data={"code": "1111-2222-3333"})
    assert page.status_code == 429 and "Too many attempts" in page.text
    assert page.headers["Retry-After"] == "60"
    assert 'value="1111-2222-3333"' in page.text


def test_a_wrong_code_of_another_keyboard_stays_in_the_field_to_be_mended(door: Door) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in "7q2k")
    page = door.visitor().opens(RESUME, "POST", data={"code": wide})
    assert page.status_code == 400 and 'value="7q2k"' in page.text


def test_codes_for_one_place_are_made_at_a_human_pace(door: Door) -> None:
    door.visit_at()
    phone = door.visit_at()
    statuses = [phone.fetches(RESUME, "POST").status_code for _ in range(12)]
    assert statuses == [201] * 10 + [429] * 2


BAD_BODIES: list[dict[str, Any]] = [
    {"json": {"code": 7}},
    {"json": ["code"]},
    {"json": {"code": None}},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
    {
        "content": b"code=%ff&" + b"a=1&" * 50,
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    },
    {"json": {"code": "0000-0000-0000", "attempt": {}}},
    {
        "content": rb'{"code": "0000-0000-0000", "attempt": "\ud800"}',
        "headers": {"Content-Type": "application/json"},
    },
]


def test_bad_bodies_are_refused(door: Door) -> None:
    for is_off in (False, True):
        door.store.is_off = is_off
        for body in BAD_BODIES:
            assert door.visitor().fetches(RESUME, "POST", **body).status_code == 400, body
            assert door.visitor().opens(RESUME, "POST", **body).status_code == 400, body


def test_no_ticket_no_code(door: Door) -> None:
    nobody = door.visitor()
    assert nobody.fetches(RESUME, "POST").status_code == 401
    forged = {"VWR-Ticket": "forged"}
    assert nobody.fetches(RESUME, "POST", headers=forged).status_code == 400


def test_other_sites_cannot_move_a_place(door: Door) -> None:
    door.visit_at()
    phone = door.visit_at()
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert phone.fetches(RESUME, "POST", headers=headers).status_code == 403
    form = {"code": code_of(phone)}
    victim = door.visit_at()
    assert victim.opens(RESUME, "POST", data=form, headers=headers).status_code == 403
    assert victim.position()["position"] == 3


def test_while_the_store_is_away_nothing_moves_and_the_code_is_kept(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    code = code_of(phone)
    door.store.is_off = True
    assert takes(laptop, code).status_code == 503
    assert phone.fetches(RESUME, "POST").status_code == 503
    page = laptop.opens(RESUME, "POST", data={"code": code, "attempt": '"mine"'})
    assert page.status_code == 503
    assert "There is no connection" in page.text
    assert f'value="{code}"' in page.text and 'value="&#34;mine&#34;"' in page.text
    assert "id=bring data-again" in page.text
    assert "id=make data-again" in phone.opens(RESUME, "POST").text
    door.store.is_off = False
    door.refresh(6)
    assert takes(laptop, code).status_code == 200


def test_a_code_that_the_store_could_not_be_asked_for_does_not_count_as_wrong(door: Door) -> None:
    door.visit_at()
    laptop = door.visitor()
    door.store.is_off = True
    assert {takes(laptop, "0000-0000-0000").status_code for _ in range(35)} == {503}
    door.store.is_off = False
    door.refresh(2)
    assert takes(laptop, "0000-0000-0000").status_code == 404


def test_a_worker_that_has_never_seen_its_store_moves_nothing(open_it: Open) -> None:
    door = open_it(max_active=1)
    door.store.is_off = True
    assert takes(door.visitor(), "0000-0000-0000").status_code == 503
    page = door.visitor().opens(RESUME)
    assert page.status_code == 200 and "Move a place" in page.text
    assert door.visitor().opens(RESUME, "POST").status_code == 503


def test_everything_works_with_forms_alone(door: Door) -> None:
    door.visit_at()
    phone, laptop = door.visit_at(), door.visitor()
    page = phone.opens(f"{RESUME}?next=/tickets/a")
    assert "number 2" in page.text
    assert page.headers["cache-control"] == "private, no-store"
    assert "default-src 'self';" in page.headers["content-security-policy"]
    shown = phone.opens(f"{RESUME}?next=/tickets/a", "POST")
    code = re.search(r"<output[^>]*>([^<]+)<", shown.text)
    assert code and shown.status_code == 201
    typed = laptop.opens(RESUME)
    assert "number" not in typed.text
    attempt = re.search(r'name=attempt value="([^"]+)"', typed.text)
    assert attempt
    form = {"code": code[1], "attempt": attempt[1]}
    moved = laptop.opens(f"{RESUME}?next=/tickets/a", "POST", data=form)
    assert moved.status_code == 303
    assert moved.headers["location"] == "/vwr/main/?next=/tickets/a"
    assert "You are in line" in laptop.opens(moved.headers["location"]).text
    pasted = f"https://shop.example{RESUME}#resume=<b>"
    wrong = laptop.opens(RESUME, "POST", data={"code": pasted, "attempt": ""})
    assert wrong.status_code == 400
    assert "<b>" not in wrong.text and 'value="&lt;b&gt;"' in wrong.text
    again = phone.opens(RESUME, "POST")
    assert again.status_code == 409
    assert "can no longer be moved" in again.text


def test_places_stay_where_they_are_if_the_settings_say_so(open_it: Open) -> None:
    door = open_it(max_active=1, resume=False)
    door.visit_at()
    visitor = door.visitor()
    page = visitor.opens()
    assert "You are in line" in page.text and "/resume" not in page.text
    assert visitor.opens(RESUME).status_code == 404
    assert visitor.fetches(RESUME, "POST").status_code == 404


def test_the_waiting_page_leads_there(door: Door) -> None:
    door.visit_at()
    page = door.visitor().opens("/tickets/a")
    assert f'href="{RESUME}?next=/tickets/a"' in page.text
