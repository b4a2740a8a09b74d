"""The room's own addresses: page, status, position, tickets, token, leave, static files, health."""

import re
from urllib.parse import quote

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.visitor import is_inside, set_cookies

STATIC = re.compile(r"/vwr/static/[\w.-]+")
PRIVATE = "Cookie, Accept, Sec-Fetch-Mode, Sec-Fetch-Dest, Authorization, VWR-Ticket, VWR-Token"


def test_the_waiting_page_has_an_address_of_its_own(door: Door) -> None:
    door.visit_at()
    visitor = door.visitor()
    response = visitor.opens("/vwr/main/?next=/tickets/7%3Fa=1")
    assert response.status_code == 202
    assert "vwr_main" in set_cookies(response)
    assert "/tickets/7?a=1" in response.text


def test_its_way_back_outlasts_every_reload_without_a_script(door: Door) -> None:
    door.visit_at()
    came_from = {"Referer": "http://shop.example/tickets/7?a=1"}
    text = door.visitor().opens("/vwr/main/", headers=came_from).text
    again = "/vwr/main/?next=/tickets/7%3Fa%3D1"
    assert f'<meta http-equiv=refresh content="30;url={again}">' in text
    assert f'<a id=check class=button data-in=cookies href="{again}">' in text


def test_whoever_may_enter_is_sent_on_to_next(door: Door) -> None:
    visitor = door.visitor()
    response = visitor.opens("/vwr/main/?next=/tickets/7%3Fa=1")
    assert response.status_code == 303
    assert response.headers["location"] == "/tickets/7?a=1"
    assert response.headers["vwr-state"] == "admitted"
    assert "vwr_main_token" in set_cookies(response)
    assert is_inside(visitor.opens("/tickets/7"))


def test_next_leads_to_no_other_site(door: Door) -> None:
    visitor = door.visitor()
    for next_url in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:a=1",
    ):
        response = visitor.opens(f"/vwr/main/?next={next_url}")
        assert (response.status_code, response.headers["location"]) == (303, "/tickets"), next_url


@pytest.mark.parametrize("path", ["*", "*/tickets"])
def test_where_a_rooms_path_begins_with_a_star_the_way_leads_to_the_root(
    open_it: Open, path: str
) -> None:
    door = open_it(max_active=1, paths=[path])
    response = door.visitor().opens("/vwr/main/")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    waiting = door.visitor()
    stopped = waiting.opens("/tickets", "POST", content=b"a=1")
    assert stopped.status_code == 202
    assert 'id=enter class=button href="/"' in stopped.text
    left = waiting.opens("/vwr/main/leave?join=1", "POST")
    assert left.status_code == 303
    assert left.headers["location"] == "/vwr/main/?next=/"


@pytest.mark.parametrize("path", ["/vwr/nope/", "/vwr/", "/vwr/main/nope"])
def test_an_address_that_does_not_exist_is_a_page_for_people(door: Door, path: str) -> None:
    page = door.visitor().opens(path, headers={"Accept-Language": "nl"})
    assert page.status_code == 404 and not set_cookies(page)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "private, no-store"
    assert "<html lang=nl" in page.text and "<h1>Deze pagina bestaat niet</h1>" in page.text
    assert '<a class=button href="/">Terug naar shop.example</a>' in page.text
    told = door.visitor().fetches(path)
    assert (told.status_code, list(told.json())) == (404, ["error"])


@pytest.mark.parametrize("path", ["/vwr/nope/", "/vwr/main/nope"])
def test_whoever_is_in_line_reads_there_their_number_and_the_way_back(
    door: Door, path: str
) -> None:
    door.visit_at()
    waiting = door.visit_at()
    page = waiting.opens(path)
    assert page.status_code == 404 and not set_cookies(page)
    assert "<p>Your number: <b>2</b></p>" in page.text
    assert '<a class=button href="/vwr/main/">Back to the line</a>' in page.text
    assert waiting.position()["position"] == 2
    waiting.opens("/vwr/main/leave?sure=1", "POST")
    for left in (waiting.opens(path), door.visitor().opens(path)):
        assert "Your number" not in left.text and "Back to the line" not in left.text


def test_these_pages_have_the_look_of_the_room_that_they_are_about(open_it: Open) -> None:
    door = open_it(max_active=1, title="The Lanterns", theme={"header": "#8a1538"})
    door.visit_at()
    waiting = door.visit_at()
    asked = (("/vwr/main/nope", "GET"), ("/vwr/nope/", "GET"), ("/vwr/main/leave", "POST"))
    for path, method in asked:
        page = waiting.opens(path, method)
        assert "theme.main" in page.text and "The Lanterns" in page.text, path


def test_a_missing_slash_is_put_right(door: Door) -> None:
    response = door.visitor().opens("/vwr/main?next=/tickets/a")
    assert response.status_code == 308
    assert response.headers["location"] == "/vwr/main/?next=/tickets/a"


def test_the_status_is_public_and_the_same_for_everybody(door: Door) -> None:
    door.visit_at()
    waiting = door.visit_at()
    door.refresh()
    mine, other = waiting.fetches("/vwr/main/status"), door.visitor().fetches("/vwr/main/status")
    assert mine.content == other.content
    assert mine.headers["cache-control"] == "public, max-age=1"
    assert not set_cookies(mine)
    told = mine.json()
    assert told["room"] == "main"
    assert told["state"] == "queueing"
    assert (told["generation"], told["issued"], told["waiting"]) == (1, 2, 1)
    for name in ("serving", "admitted_per_minute", "horizon", "opens_at", "message", "server_time"):
        assert name in told
    assert set(told["poll"]) == {"near", "far", "each"}


def test_no_answer_of_ours_is_sniffed_and_no_page_tells_others_where_it_stands(
    open_it: Open,
) -> None:
    door = open_it(max_active=1, token_algorithm="ES256", debug=True)
    door.visit_at()
    visitor = door.visitor()
    pages = ["/tickets", "/vwr/main/", "/vwr/main/resume", "/vwr/main", "/vwr/preview/"]
    programs = ["/tickets", *(f"/vwr/main/{name}" for name in ("status", "position", "nope"))]
    programs += ["/vwr/main/jwks.json", "/vwr/healthz", "/vwr/static/nope", "/vwr/nope/"]
    answers = [visitor.opens(path) for path in pages]
    answers.append(visitor.opens("/vwr/main/leave?next=/tickets", "POST"))
    answers += [visitor.opens(one) for one in STATIC.findall(answers[0].text)]
    assert len(answers) > 8
    assert all(answer.headers["referrer-policy"] == "same-origin" for answer in answers)
    answers += [visitor.fetches(path) for path in programs]
    answers += [visitor.fetches(f"/vwr/main/{path}", "POST") for path in ("tickets", "leave", "x")]
    answers.append(visitor.fetches("/vwr/main/tickets", "OPTIONS"))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff", answer.url


def test_the_status_is_not_sent_twice(door: Door) -> None:
    visitor = door.visitor()
    tag = visitor.fetches("/vwr/main/status").headers["etag"]
    assert visitor.fetches("/vwr/main/status?x=1").headers["etag"] == tag
    for known in (tag, f"W/{tag}", f'"another", {tag}'):  # a proxy that compresses weakens it
        response = visitor.fetches("/vwr/main/status", headers={"If-None-Match": known})
        assert response.status_code == 304
        assert response.content == b""
        assert response.headers["etag"] == tag
    other = visitor.fetches("/vwr/main/status", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


def test_numbers_may_be_kept_from_the_public(open_it: Open) -> None:
    door = open_it(max_active=1, public_numbers=False)
    in_line = [door.visit_at() for _ in range(3)][-1]
    private = {"issued", "waiting", "admitted_per_minute", "serving", "horizon", "went_in_lately"}
    other_room = door.visitor()
    for path in ("status", "position"):
        assert not private & other_room.fetches(f"/vwr/main/{path}").json().keys()
    for _ in range(2):  # the second time this visitor is known
        told = in_line.position()
        assert (told["serving"], told["position"], told["watch"]) == (1, 3, "position")
        assert private & told.keys() == {"serving"} and told["behind"] is None
    with_ticket = in_line.fetches("/vwr/main/tickets", "POST").json()
    assert with_ticket["serving"] == 1


def test_nobody_far_back_is_sent_to_a_status_that_does_not_tell_how_far(open_it: Open) -> None:
    door = open_it(max_active=1, public_numbers=False)
    near = door.visit_at()
    door.ask(lambda: door.store.as_store().join("main", ("ticket",) * 1100))
    far = door.visit_at()
    assert far.position()["position"] > 1100
    assert {visitor.position()["watch"] for visitor in (near, far)} == {"position"}


def test_the_page_of_a_stranger_tells_no_serving_counter_where_that_is_private(
    open_it: Open,
) -> None:
    door = open_it(max_active=1, max_waiting=1, public_numbers=False)
    door.visit_at()
    assert '"serving":1' in door.visitor().opens().text
    full = door.visitor().opens().text
    assert "The line is full" in full and '"serving":0' in full


def test_the_page_shows_how_many_wait_only_where_that_is_public(open_it: Open) -> None:
    for is_public in (True, False):
        door = open_it(max_active=1, public_numbers=is_public)
        door.visit_at()
        page = door.visitor().opens().text
        told = re.search(r'"waiting":(\d+)', page)
        assert (told and told[1]) == ("1" if is_public else None), "the visitor counts, too"


def test_the_position_is_the_visitors_own(door: Door) -> None:
    door.visit_at()
    response = door.visit_at().fetches("/vwr/main/position")
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["vary"].startswith(PRIVATE)
    told = response.json()
    assert (told["you"], told["position"], told["ahead"]) == ("waiting", 2, 0)
    assert told["may_enter"] is False
    assert told["retry_after"] > 0
    assert "wait_seconds" in told
    assert "claim_by" in told
    assert told["behind"] is None, "nobody is told to be last"
    assert told["went_in_lately"] is None, "the room has only begun"


def test_without_a_ticket_there_is_no_position(door: Door) -> None:
    response = door.visitor().fetches("/vwr/main/position")
    assert response.status_code == 200
    assert response.json()["you"] == "none"
    assert not set_cookies(response)


def test_the_prefix_can_lie_inside_the_protected_path(open_it: Open) -> None:
    door = open_it(max_active=1, prefix="/tickets/_room")
    door.visit_at()
    visitor = door.visitor()
    assert "/tickets/_room/static/" in visitor.opens().text
    assert visitor.fetches("/tickets/_room/main/position").json()["position"] == 2


def test_no_page_of_ours_leads_back_to_itself(door: Door) -> None:
    inside = door.visit_at()
    for ours in (
        "/vwr/main/",
        "/vwr/main/?next=/vwr/main/",
        "/vwr-admin/",
        "/VWR/main/",
        "/a/../%76wr/main/",
    ):
        referer = {"Referer": f"http://shop.example{ours}", "Sec-Fetch-Site": "same-origin"}
        for path in ("/vwr/main/", f"/vwr/main/?next={quote(ours, safe='/')}"):
            page = door.visitor().opens(path, headers=referer)
            assert 'id=enter class=button href="/tickets"' in page.text, path
            assert inside.opens(path, headers=referer).headers["location"] == "/tickets", path


def test_whoever_opens_the_page_itself_without_scripts_comes_in(door: Door) -> None:
    inside = door.visit_at()
    waiting = door.visitor()
    assert waiting.opens("/vwr/main/").status_code == 202
    inside.fetches("/vwr/main/leave", "POST")
    response = waiting.opens("/vwr/main/")
    for _ in range(5):
        door.refresh(4)
        if response.status_code == 303:
            break
        response = waiting.opens("/vwr/main/", headers={"Referer": "http://shop.example/vwr/main/"})
    assert response.headers["location"] == "/tickets"
    assert is_inside(waiting.opens("/tickets"))
