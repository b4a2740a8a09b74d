"""A subdomain tosses a second cookie of ours at a visitor: a genuine one, that is worth nothing."""

import httpx
import pytest

from tests.support.doors import Door
from tests.support.visitor import TICKET, TOKEN, Visitor, is_inside, set_cookies


def value(visitor: Visitor, name: str) -> str:
    """What a visitor's cookie is."""
    found: str = visitor.client.cookies[name]
    return found


def opens(door: Door, name: str, *values: str, path: str = "/tickets") -> httpx.Response:
    """A page is opened with several cookies of one name."""
    cookies = "; ".join(f"{name}={value}" for value in values)
    return door.visitor().opens(path, headers={"Cookie": cookies})


def come_in(door: Door, visitor: Visitor) -> None:
    """Ask until a slot is free."""
    for _ in range(6):
        door.refresh(2)
        if is_inside(visitor.opens()):
            return
    raise AssertionError("there is no room")


@pytest.mark.parametrize("is_first", [True, False])
def test_an_ended_session_does_not_stand_before_ones_own(door: Door, is_first: bool) -> None:
    other = door.visit_at()
    other.opens()  # confirmed: it would last for ten minutes
    tossed = value(other, TOKEN)
    other.opens("/tickets/done")
    own = value(door.visit_at(), TOKEN)
    both = (tossed, own) if is_first else (own, tossed)
    assert is_inside(opens(door, TOKEN, *both))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_session_that_has_run_out_does_not_stand_before_ones_own(
    door: Door, is_first: bool
) -> None:
    tossed = value(door.confirmed(), TOKEN)
    door.refresh(1000)
    own = value(door.confirmed(), TOKEN)
    both = (tossed, own) if is_first else (own, tossed)
    answer = opens(door, TOKEN, *both)
    assert is_inside(answer)
    assert answer.json()["session"]["id"] == "1-2"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_place_of_before_a_reset_does_not_stand_before_ones_own(
    door: Door, is_first: bool
) -> None:
    door.visit_at()
    tossed = value(door.visit_at(), TICKET)
    door.ask(lambda: door.store.reset("main"))
    door.refresh()
    own = [value(door.visit_at(), TICKET) for _ in range(3)][-1]
    both = (tossed, own) if is_first else (own, tossed)
    answer = opens(door, TICKET, *both)
    assert answer.headers["vwr-state"] == "waiting"
    assert not set_cookies(answer)
    assert opens(door, TICKET, *both, path="/vwr/main/position").json()["position"] == 3


@pytest.mark.parametrize("is_first", [True, False])
def test_a_place_that_was_given_up_does_not_stand_before_ones_own(
    door: Door, is_first: bool
) -> None:
    door.visit_at()
    other, visitor = door.visit_at(), door.visit_at()
    tossed, own = value(other, TICKET), value(visitor, TICKET)
    other.fetches("/vwr/main/leave", "POST")
    both = (tossed, own) if is_first else (own, tossed)
    answer = opens(door, TICKET, *both)
    assert answer.headers["vwr-state"] == "waiting"
    assert not set_cookies(answer)
    told = opens(door, TICKET, *both, path="/vwr/main/position").json()
    assert (told["you"], told["position"]) == ("waiting", 3)


def test_a_ticket_that_was_used_long_ago_does_not_stand_before_ones_own(door: Door) -> None:
    inside = door.visit_at()
    other = door.visit_at()
    tossed = value(other, TICKET)
    inside.fetches("/vwr/main/leave", "POST")
    come_in(door, other)
    other.opens()
    door.refresh(700)
    inside, visitor = door.visit_at(), door.visit_at()
    own = value(visitor, TICKET)
    told = opens(door, TICKET, tossed, own, path="/vwr/main/position").json()
    assert told["position"] == visitor.position()["position"]
    answer = opens(door, TICKET, tossed, own)
    assert answer.headers["vwr-state"] == "waiting"
    assert not set_cookies(answer)


@pytest.mark.parametrize("known", [True, False], ids=["known to be over", "over long ago"])
def test_a_claim_is_made_with_ones_own_ticket(door: Door, known: bool) -> None:
    inside = door.visit_at()
    other, visitor = door.visit_at(), door.visit_at()
    tossed, own = value(other, TICKET), value(visitor, TICKET)
    inside.fetches("/vwr/main/leave", "POST")
    come_in(door, other)
    other.opens("/tickets/done" if known else "/tickets")
    door.refresh(0 if known else 700)
    cookies = {"Cookie": f"{TICKET}={tossed}; {TICKET}={own}"}
    claimed = door.visitor().sends("/vwr/main/token", headers=cookies)
    for _ in range(6):
        if claimed.status_code == 200:
            break
        assert claimed.status_code == 202
        door.refresh(2)
        claimed = door.visitor().sends("/vwr/main/token", headers=cookies)
    assert claimed.json()["position"] == 3


def worn_out(door: Door, name: str) -> str:
    """A cookie of somebody who had to wait, has been inside and has finished."""
    inside, other = door.visit_at(), door.visit_at()
    ticket = value(other, TICKET)
    inside.fetches("/vwr/main/leave", "POST")
    come_in(door, other)
    token = value(other, TOKEN)
    other.opens("/tickets/done")
    door.refresh(20)
    return f"{name}={ticket if name == TICKET else token}"


@pytest.mark.parametrize("name", [TICKET, TOKEN])
@pytest.mark.parametrize("is_full", [True, False], ids=["full", "open"])
def test_who_joins_anew_has_a_place_though_no_answer_removes_the_old_papers(
    door: Door, name: str, is_full: bool
) -> None:
    """Nor does one remove cookies that were set before `cookie_domain` or `cookie_path` changed."""
    stays = worn_out(door, name)
    if is_full:
        door.visit_at()
    join = "/vwr/main/leave?next=/tickets&join=1"
    back = door.visitor().opens(join, "POST", headers={"Cookie": stays})
    names = [told.partition("=")[0] for told in back.headers.get_list("set-cookie")]
    assert len(set(names)) == len(names), "the order of several of one name may change on the way"
    given = [told.partition(";")[0] for told in set_cookies(back).values()]
    papers = "; ".join((stays, *(one for one in given if not one.endswith("="))))
    answer = door.visitor().opens(headers={"Cookie": papers})
    assert is_inside(answer) != is_full
    you = door.visitor().opens("/vwr/main/position", headers={"Cookie": papers}).json()["you"]
    assert you == ("waiting" if is_full else "admitted")


@pytest.mark.parametrize("before", ["a", "a="])
def test_a_cookie_of_another_name_is_none_of_ours(door: Door, before: str) -> None:
    """A subdomain may set `a__Host-vwr_main`, which no browser guards, and an app's own cookie may
    hold what a link has brought."""
    other = door.visit_at()
    other.opens()  # confirmed
    answer = opens(door, f"{before}{TOKEN}", value(other, TOKEN))
    assert answer.headers["vwr-state"] == "waiting"
    tossed = value(door.visit_at(), TICKET)
    assert TICKET in set_cookies(opens(door, f"{before}{TICKET}", tossed))
    told = opens(door, f"{before}{TICKET}", tossed, path="/vwr/main/position").json()
    assert told["you"] == "none"


def test_cookies_that_are_no_good_are_as_none(door: Door) -> None:
    door.visit_at()
    for cookie in (
        "vwr_main=; vwr_main_token=",
        "vwr_main=x; vwr_main_token=x.y.z",
        "vwr_main=" + "A" * 3000,
        "vwr_main_token=" + "e30." * 1000,
        "vwr_main=a; vwr_main=b; vwr_main=c; vwr_main=d; vwr_main=e",
        "vwr_main_token=eyJhbGciOiJub25lIn0.e30.",
        '"; \x01; =; vwr_main',
    ):
        headers = {"Cookie": cookie, "Accept": "text/html"}
        paths = ("/tickets", "/vwr/main/position", "/vwr/main/")
        answers = [door.visitor().client.get(path, headers=headers) for path in paths]
        assert [answer.status_code for answer in answers] == [202, 200, 202], cookie
        assert answers[1].json()["you"] == "none", cookie


@pytest.mark.parametrize("name", [TICKET, TOKEN])
def test_forged_cookies_before_ones_own_take_nothing_away(door: Door, name: str) -> None:
    """Browsers send cookies of longer paths first, and a subdomain may set such ones."""
    inside, waits = door.confirmed(), door.visit_at()
    own = value(inside if name == TOKEN else waits, name)
    forged = [f"{own[:-3]}{n:03}" for n in range(31)]
    answer = opens(door, name, *forged, *["x", "A" * 60, "A" * 3000] * 20, own)
    assert is_inside(answer) == (name == TOKEN)
    assert not set_cookies(answer)


@pytest.mark.parametrize("name", [TICKET, TOKEN])
def test_forged_cookies_before_a_kept_one_do_not_hide_it(door: Door, name: str) -> None:
    inside, waits = door.confirmed(), door.visit_at()
    own = value(inside if name == TOKEN else waits, name)
    forged = [f"{own[:-3]}{n:03}" for n in range(9)]
    answer = opens(door, f"{name}_kept", *forged, own)
    assert is_inside(answer) == (name == TOKEN)
    assert answer.headers.get("vwr-state") != "none"
