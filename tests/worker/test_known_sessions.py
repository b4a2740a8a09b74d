"""Who is inside is known at sight, and only as long as nothing else is known."""

from dataclasses import replace

import pytest

from tests.support.asgi import call, scope_of
from tests.support.clock import Clock
from tests.support.house import House, Shop, Visitor, make_house
from tests.support.visitor import TOKEN
from vwr_middleware.blocking import finish
from vwr_middleware.web.session import Session
from vwr_middleware.worker.known_sessions import IN_HAND_MOST, LONGEST, KnownSessions
from vwr_middleware.worker.room_view import RoomView


@pytest.fixture
def house(clock: Clock) -> House:
    return make_house(clock, Shop(), max_active=2, session_seconds=600)


def view_of(house: House) -> RoomView:
    return house.site.store_access.views["main"]


def inside(house: House) -> Visitor:
    """Somebody whose session is confirmed, and who was seen once since."""
    visitor = house.visitor()
    for _ in range(3):
        assert visitor.open().has_passed
    return visitor


def cookies(visitor: Visitor) -> bytes:
    return f"{TOKEN}={visitor.jar[TOKEN]}".encode()


def recognised(house: House) -> int:
    return view_of(house).known_sessions.recognised


def test_who_was_seen_once_is_known_at_sight(house: House) -> None:
    visitor = inside(house)
    assert visitor.get("/tickets/1").has_passed  # a path that nobody asked for before
    before = recognised(house)
    for _ in range(3):
        assert visitor.get("/tickets/1").has_passed
    assert recognised(house) == before + 3
    assert house.site.gates["main"].decision_counts.decisions["admitted"] == 3, "those before"


@pytest.mark.parametrize("of_the_app", [(), ("app=1", "theme=dark")], ids=["alone", "between"])
def test_over_http_2_each_cookie_may_have_a_header_of_its_own(
    house: House, of_the_app: tuple[str, ...]
) -> None:
    visitor, before = inside(house), recognised(house)
    split = [*of_the_app[:1], cookies(visitor).decode(), *of_the_app[1:]]
    headers = [("host", "shop.example"), *(("cookie", cookie) for cookie in split)]
    for _ in range(2):
        assert call(house.middleware, scope_of("/tickets", headers, http_version="2")).has_passed
    assert recognised(house) == before + 2


def test_guests_are_known_beside_each_other_and_after_the_next_reading(house: House) -> None:
    visitors, view = [inside(house), inside(house)], view_of(house)
    house.pass_by(1)
    finish(house.site.store_access.newest(view))
    assert all(view.known_sessions.recognise(cookies(visitor)) for visitor in visitors)


def test_all_requests_of_a_visitor_find_one_session(house: House) -> None:
    visitor, known_sessions = inside(house), view_of(house).known_sessions
    first, second = (
        known_sessions.recognise(cookies(visitor)),
        known_sessions.recognise(cookies(visitor)),
    )
    assert first is not None
    assert first is second
    assert known_sessions.in_hand == {"1-1": 2}


def test_a_first_token_is_not_known_at_sight(house: House) -> None:
    visitor = house.visitor()
    visitor.open()
    assert view_of(house).known_sessions.recognise(cookies(visitor)) is None


@pytest.mark.parametrize("how", ["revoked", "completed"])
def test_an_ended_session_is_looked_at_closely(house: House, how: str) -> None:
    visitor = inside(house)
    view = view_of(house)
    finish(house.store.end("main", "1-1", how, view.seen(0.0)))  # type: ignore[arg-type]
    house.pass_by(0.6)
    house.visitor().get("/vwr/main/status")  # somebody has the room read anew
    house.visitor().get("/vwr/main/status")
    assert view.known_sessions.recognise(cookies(visitor)) is None
    assert not visitor.get().has_passed


def test_the_app_ends_a_session_that_is_known_at_sight(house: House) -> None:
    visitor, known_sessions = inside(house), view_of(house).known_sessions
    session = known_sessions.recognise(cookies(visitor))
    assert session is not None
    session.complete()
    session.keeper.finished(session)
    assert known_sessions.recognise(cookies(visitor)) is None
    assert visitor.open().header("vwr-state") == "ended"


def test_nobody_is_known_by_an_old_snapshot(house: House, clock: Clock) -> None:
    visitor = inside(house)
    clock.pass_by(0.51)
    assert view_of(house).known_sessions.recognise(cookies(visitor)) is None


def test_while_the_room_is_read_anew_all_are_known_as_before(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, known_sessions = inside(house), view_of(house).known_sessions
    began: list[str] = []
    sharing = house.site.store_access._sharing
    monkeypatch.setattr(sharing, "refresh_soon", lambda: began.append("it takes long"))
    clock.pass_by(0.51)
    assert visitor.get().has_passed  # looked at closely, since the snapshot is old
    assert began
    assert known_sessions.recognise(cookies(visitor)) is not None
    clock.pass_by(0.5)  # over a second, and the room has not been read
    assert known_sessions.recognise(cookies(visitor)) is None


def test_nobody_is_known_once_a_renewal_is_due(house: House) -> None:
    visitor = inside(house)
    known_sessions, token = view_of(house).known_sessions, visitor.jar[TOKEN]
    for _ in range(298):
        house.pass_by(1)
        assert visitor.get().has_passed
    assert visitor.jar[TOKEN] == token
    assert known_sessions.recognise(cookies(visitor)) is not None
    house.pass_by(3)
    visitor.get()
    assert visitor.jar[TOKEN] != token


@pytest.mark.parametrize(
    "changes", [{"mode": "off"}, {"session_seconds": 60}, {"renew": False}], ids=str
)
def test_what_changes_the_room_makes_all_be_looked_at_again(
    house: House, changes: dict[str, object]
) -> None:
    visitor, view = inside(house), view_of(house)
    finish(house.store.change("main", changes))
    finish(house.site.store_access.newest(view))
    assert view.known_sessions.recognise(cookies(visitor)) is None


def test_where_requests_are_measured_nobody_is_known_at_sight(house: House) -> None:
    visitor, view = inside(house), view_of(house)
    inlet = {"kind": "adaptive", "target": 0.5}
    finish(house.store.change("main", {"inlet": inlet}))
    for _ in range(2):
        finish(house.site.store_access.newest(view))
    assert view.known_sessions.recognise(cookies(visitor)) is None
    assert visitor.get().has_passed
    assert view.known_sessions.recognise(cookies(visitor)) is None


def test_a_store_that_leaps_ahead_makes_all_be_looked_at_again(house: House) -> None:
    visitor, view = inside(house), view_of(house)
    room = view.room
    assert room is not None
    later = replace(room.snapshot, now=room.now + 3600)
    view.known_sessions.read(later, view.read_at, 0.5)
    assert view.known_sessions.recognise(cookies(visitor)) is None


def test_another_store_makes_all_be_looked_at_again(house: House) -> None:
    visitor, view = inside(house), view_of(house)
    view.adopt()
    assert view.known_sessions.recognise(cookies(visitor)) is None


def test_one_token_shared_by_many_is_known_only_so_often_at_a_time(house: House) -> None:
    visitor, known_sessions = inside(house), view_of(house).known_sessions
    found = [known_sessions.recognise(cookies(visitor)) for _ in range(IN_HAND_MOST + 1)]
    assert found.count(None) == 1
    assert visitor.get().status == 429
    session = found[0]
    assert session is not None
    session.keeper.finished(session)
    assert visitor.get().has_passed


def test_other_cookies_beside_the_token_are_another_header(house: House) -> None:
    visitor, known_sessions = inside(house), view_of(house).known_sessions
    visitor.jar["basket"] = "1"
    assert visitor.get().has_passed
    assert (
        known_sessions.recognise(cookies(visitor)) is None
    )  # a session is known by its last header only
    del visitor.jar["basket"]
    assert visitor.get().has_passed
    assert known_sessions.recognise(cookies(visitor)) is not None


def test_a_very_long_header_is_looked_at_each_time(house: House) -> None:
    visitor = inside(house)
    visitor.jar["basket"] = "x" * LONGEST
    before = recognised(house)
    for _ in range(3):
        assert visitor.get().has_passed
    assert recognised(house) == before


def test_what_another_thread_hears_meanwhile_counts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = inside(house)
    view, remember = view_of(house), KnownSessions.remember

    def late(known_sessions: KnownSessions, cookies: bytes, session: Session, until: float) -> None:
        view.note_end(session.id, house.clock(), "revoked")
        remember(known_sessions, cookies, session, until)

    view.known_sessions.forget()
    monkeypatch.setattr(KnownSessions, "remember", late)
    assert visitor.get().has_passed
    assert view.known_sessions.recognise(cookies(visitor)) is None


def test_one_ticket_shared_by_many_lets_only_so_many_in_at_a_time(clock: Clock) -> None:
    house = make_house(clock, max_active=1)
    first, visitor = inside(house), house.visitor()
    assert visitor.open().status == 202
    other = visitor.at(house)
    first.post("/vwr/main/leave")
    house.pass_by(1)
    assert visitor.open().has_passed
    view_of(house).known_sessions.known_session("1-2").in_hand = IN_HAND_MOST
    answer = other.open()
    assert (answer.status, answer.header("vwr-state"), answer.cookies) == (429, "admitted", {})
    view_of(house).known_sessions.known_session("1-2").in_hand -= 1
    assert other.open().has_passed
