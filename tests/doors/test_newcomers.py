"""What the app's own functions say of those who come to join."""

from pathlib import Path
from uuid import UUID

import pytest
from django.utils.functional import SimpleLazyObject, lazystr
from werkzeug.http import parse_cookie

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log
from tests.support.resume import code_of, takes
from tests.support.visitor import Visitor, is_inside, set_cookies
from vwr_middleware.web.http import Request

PROVED = {"Cookie": "proof=yes"}


def proof(request: Request) -> str | None:
    """Whoever has no proof yet gets one elsewhere."""
    is_proved = "proof=yes" in str(request.cookies)
    return None if is_proved else f"/prove?next={request.path}"


@pytest.fixture
def guarded(open_it: Open) -> Door:
    """A room for one, whose newcomers are challenged."""
    return open_it(max_active=1, challenge=proof)


def issued(door: Door) -> int:
    """How many numbers were given out."""
    door.refresh()
    count: int = door.visitor().fetches("/vwr/main/status").json()["issued"]
    return count


def test_newcomers_go_elsewhere_first_and_take_no_number(guarded: Door) -> None:
    visitor = guarded.visitor()
    for path in ("/tickets", "/vwr/main/?next=/tickets"):
        response = visitor.opens(path)
        where = "/prove?next=" + path.partition("?")[0]
        assert (response.status_code, response.headers["location"]) == (303, where)
        assert response.headers["cache-control"] == "private, no-store"
        assert not set_cookies(response)
    assert issued(guarded) == 0
    assert is_inside(visitor.opens(headers=PROVED))
    assert guarded.visitor().opens(headers=PROVED).status_code == 202
    assert issued(guarded) == 2


def test_a_form_of_a_newcomer_is_led_back_to_the_page_that_it_is_on(guarded: Door) -> None:
    visitor, seats = guarded.visitor(), {"Referer": "http://shop.example/tickets/seats"}
    stopped = visitor.opens("/tickets/done", "POST", headers=seats)
    where = stopped.headers["location"]
    assert (stopped.status_code, where) == (303, "/vwr/main/?next=/tickets/seats&stopped=1")
    assert visitor.opens(where).headers["location"] == "/prove?next=/vwr/main/"
    assert visitor.opens(where, headers=PROVED).headers["location"] == "/tickets/seats"


def test_what_no_person_opens_takes_no_free_slot_without_the_challenge(guarded: Door) -> None:
    for response in (
        guarded.visitor().fetches("/tickets"),
        guarded.visitor().opens(headers={"User-Agent": "Googlebot/2.1"}),
    ):
        assert response.status_code in (429, 503)
        assert response.headers["vwr-state"] == "none"
    assert issued(guarded) == 0
    assert is_inside(guarded.visitor().fetches("/tickets", headers=PROVED))


def test_a_program_is_told_where_its_person_must_go(guarded: Door) -> None:
    program = guarded.visitor().client
    refused = program.post("/vwr/main/tickets")
    assert (refused.status_code, refused.json()["challenge"]) == (
        403,
        "/prove?next=/vwr/main/tickets",
    )
    assert program.post("/vwr/main/tickets", headers=PROVED).status_code == 201


def test_a_person_sent_by_a_program_comes_back_to_the_line(guarded: Door) -> None:
    person = guarded.visitor()
    where = person.client.post("/vwr/main/tickets").json()["challenge"].partition("next=")[2]
    back = person.opens(where, headers=PROVED)
    assert (back.status_code, back.headers["location"]) == (303, "/vwr/main/?next=/tickets")
    assert person.client.get(where).status_code == 405


def test_whoever_has_a_place_or_is_inside_is_not_challenged_again(guarded: Door) -> None:
    inside, waiting = (joined(guarded) for _ in range(2))
    assert is_inside(inside.opens())
    assert waiting.opens().status_code == 202
    assert waiting.client.post("/vwr/main/tickets").json()["position"] == 2
    guarded.frees_a_slot(inside)
    assert is_inside(waiting.opens())


def joined(door: Door) -> Visitor:
    """Somebody who has met the challenge, and lost the proof of it since."""
    visitor = door.visitor()
    visitor.opens(headers=PROVED)
    return visitor


def test_whoever_joins_again_after_a_session_is_challenged_again(guarded: Door) -> None:
    visitor = joined(guarded)
    visitor.opens("/tickets/done")
    pressed = visitor.opens("/vwr/main/leave?join=1", "POST")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/vwr/main/?next=/tickets")
    response = visitor.opens(pressed.headers["location"])
    assert (response.status_code, response.headers["location"]) == (303, "/prove?next=/vwr/main/")


@pytest.mark.parametrize(
    "wanted", ["%0d%0aSet-Cookie:a", "%20", "%C3%BC", "%ED%A0%80", "%5c", "%00", "a" * 5000]
)
def test_no_address_that_a_visitor_makes_up_leads_around_the_challenge(
    guarded: Door, wanted: str
) -> None:
    response = guarded.visitor().opens(f"/tickets/{wanted}")
    assert response.status_code == 303
    where = response.headers["location"]
    assert where.startswith("/prove?next=/tickets/")
    assert where.isascii() and where.isprintable() and " " not in where
    assert not set_cookies(response)


def test_a_challenge_may_return_what_only_reads_as_a_path(open_it: Open) -> None:
    door = open_it(challenge=lambda request: lazystr("/anmelden/für?next=/tickets"))
    where = door.visitor().opens().headers["location"]
    assert where == "/anmelden/f%C3%BCr?next=/tickets"


def test_who_never_waits_meets_no_challenge(open_it: Open) -> None:
    for never in ({"bypass": lambda request: True}, {"mode": "off"}):
        assert open_it(challenge=proof, **never).visitor().opens().status_code == 200


def account(request: Request) -> str | None:
    """Who has signed in, as a cookie of the app says."""
    return parse_cookie(request.header("cookie")).get("account")


@pytest.fixture
def known(open_it: Open) -> Door:
    """A room for one, in which each account has one place."""
    return open_it(max_active=1, identity=account)


def device_of(door: Door, who: str) -> Visitor:
    """One more device on which somebody has signed in."""
    device = door.visitor()
    device.client.cookies.set("account", who)
    return device


def place(device: Visitor) -> tuple[int, dict[str, object]]:
    """What a device gets: the status, and where it stands afterwards."""
    status = device.opens().status_code
    return status, device.position()


def test_one_account_has_one_place_on_all_devices(known: Door) -> None:
    known.confirmed()
    first, second, other = (device_of(known, who) for who in ("ann", "ann", "ben"))
    for device, position in ((first, 2), (second, 2), (other, 3)):
        status, told = place(device)
        assert (status, told["you"], told["position"]) == (202, "waiting", position)
    assert issued(known) == 3
    joined = device_of(known, "ann").client.post("/vwr/main/tickets")
    assert (joined.status_code, joined.json()["position"]) == (200, 2)


def test_who_is_inside_comes_in_on_another_device_by_the_same_session(known: Door) -> None:
    inside = device_of(known, "ann")
    session = inside.opens().json()["session"]["id"]
    inside.opens()
    for ask in (Visitor.opens, Visitor.fetches):
        told = ask(device_of(known, "ann"), "/tickets").json()
        assert (told["session"]["id"], told["session"]["is_new"]) == (session, False)
    told = device_of(known, "ann").client.post("/vwr/main/tickets").json()
    assert (told["you"], told["position"]) == ("may_enter", 1)
    assert device_of(known, "ben").opens().status_code == 202
    assert issued(known) == 2


def test_who_is_inside_reads_on_a_device_in_another_network_why_it_is_not(open_it: Open) -> None:
    door = open_it(max_active=1, identity=account, bind=True, trusted_proxies=1)
    for address, words in (("192.0.2.1", [None, None]), ("192.0.2.2", ["locked", "locked"])):
        device = device_of(door, "ann")
        device.client.headers["X-Forwarded-For"] = address
        assert [device.opens().headers.get("vwr-state") for _ in words] == words
    assert device.position()["you"] == "locked"
    assert issued(door) == 1


@pytest.mark.parametrize("how", ["/tickets/done", "leave"])
def test_who_is_done_or_has_left_joins_anew(known: Door, how: str) -> None:
    if how == "leave":
        known.confirmed()
    first = device_of(known, "ann")
    first.opens()
    if how == "leave":
        first.client.post("/vwr/main/leave")
    else:
        first.opens(how)
    known.refresh()
    second = device_of(known, "ann")
    second.opens()
    assert second.position()["position"] == (3 if how == "leave" else 2)


def test_strangers_have_a_place_each(known: Door) -> None:
    known.confirmed()
    assert [place(known.visitor())[1]["position"] for _ in range(2)] == [2, 3]


def test_a_place_that_has_moved_is_found_where_it_is(known: Door) -> None:
    known.confirmed()
    first = device_of(known, "ann")
    first.opens()
    phone = known.visitor()
    assert takes(phone, code_of(first), "mine").status_code == 200
    assert place(device_of(known, "ann"))[1]["you"] == "waiting"
    assert phone.position()["you"] == "waiting"
    assert first.position()["you"] == "moved"


def test_who_has_missed_a_turn_joins_anew(open_it: Open) -> None:
    door = open_it(max_active=1, identity=account, late="lost", claim_within=10)
    inside, first = device_of(door, "ben"), device_of(door, "ann")
    inside.opens()
    first.opens()
    door.frees_a_slot(inside)
    for seconds in (1.1, 200, 1.1, 1.1):
        first.position()
        door.refresh(seconds)
    assert first.opens().headers["vwr-state"] == "missed"
    back = first.opens("/vwr/main/leave?next=/tickets&join=1", "POST")
    assert back.headers["location"] == "/tickets"
    assert is_inside(first.opens())


@pytest.mark.parametrize("who", ["", b"", 0, False], ids=repr)
def test_strangers_are_not_all_one_person(open_it: Open, who: object) -> None:
    door = open_it(max_active=1, identity=lambda request: who)
    for status in (200, 202, 202):
        assert door.visitor().opens().status_code == status
    assert issued(door) == 3


@pytest.mark.parametrize(
    "who", [True, SimpleLazyObject(object), 1.5, ["ann"]], ids=["true", "object", "float", "list"]
)
def test_what_is_no_id_is_nobody_and_is_logged(
    open_it: Open, caplog: pytest.LogCaptureFixture, who: object
) -> None:
    door = open_it(max_active=1, identity=lambda request: who)
    for status in (200, 202, 202):
        assert door.visitor().opens().status_code == status
    assert len(our_log(caplog, "the identity of room main failed")) == 2
    assert "it must return an id as text, or None, not" in caplog.text


@pytest.mark.parametrize(
    "who",
    [7, b"ann", UUID(int=7), SimpleLazyObject(lambda: "ann"), "\udcff", "a" * 10**6],
    ids=["number", "bytes", "uuid", "lazy", "surrogate", "long"],
)
def test_an_id_may_be_of_any_kind_that_ids_are(open_it: Open, who: object) -> None:
    door = open_it(max_active=1, mode="queue", identity=lambda request: who)
    assert [place(door.visitor())[1]["position"] for _ in range(2)] == [1, 1]


def test_an_account_is_known_at_each_worker_and_is_not_written_down(
    open_worker: Open, store_url: str
) -> None:
    one, other = (open_worker(max_active=1, identity=account) for _ in range(2))
    one.confirmed()
    places = [place(device_of(door, "ann@shop.example")) for door in (one, other, one)]
    assert [told["position"] for _, told in places] == [2, 2, 2]
    if store_url.startswith("sqlite"):
        kept = Path(store_url.removeprefix("sqlite:///"))
        files = kept.parent.glob(kept.name + "*")
        assert b"ann@" not in b"".join(file.read_bytes() for file in files)


def test_people_behind_one_address_who_are_known_do_not_use_up_its_joins(open_it: Open) -> None:
    door = open_it(max_active=1, identity=account, joins_per_address=3)
    door.confirmed()
    for who, status in (*[("ann", 202)] * 4, ("ben", 202), ("cid", 429)):
        assert device_of(door, who).opens().status_code == status
