"""Whatever is wrong with an invitation, in every store: it brings no second place, and takes no
number. At each door the same is in tests/doors/test_invitations.py."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.doors.test_invitations import BATCH, accepts, link, place
from tests.doors.test_newcomers import issued
from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.visitor import Visitor
from vwr_middleware.gate.invited import Invited, use_of


@dataclass
class Club:
    """A room into which only invited people come, at two workers where the store has several."""

    one: Door
    other: Door

    def link(self, number: int, lane: str = "members", seconds: int = 3600) -> str:
        return link(self.one, number, lane, seconds)

    def guest(self, where: str, door: Door | None = None) -> Visitor:
        """Somebody who has pressed the button behind a link."""
        visitor = (door or self.one).visitor()
        accepts(visitor, where)
        return visitor


@pytest.fixture
def club(store_url: str, clock: Clock) -> Iterator[Club]:
    given = {"mode": "queue", "lanes": {"members": 0.3}, "invited_only": True}
    with ExitStack() as stack:
        one = open_door("wsgi", store_url, clock, stack, **given)
        is_shared = store_url != "memory://"
        other = open_door("wsgi", store_url, clock, stack, **given) if is_shared else one
        assert issued(one) == 0  # which makes the room
        yield Club(one, other)


def test_what_is_no_good_says_so_and_takes_no_number(club: Club, clock: Clock) -> None:
    late = club.link(1, seconds=30)
    clock.pass_by(31)
    revoked = {"count": 9, "lane": "", "expires_at": 9e9, "revoked": True}
    store = club.one.site.store
    club.one.ask(lambda: store.change("main", {f"invited:{BATCH}": revoked}))
    club.one.refresh()
    club.other.refresh()
    forged = club.link(2).replace("members", "members2")
    for where in (late, club.link(3), forged, "/vwr/main/invitation?code=x&next=/tickets"):
        for door in (club.one, club.other):
            assert door.visitor().opens(where).status_code == 403
            assert club.guest(where, door).opens().status_code == 303
    assert issued(club.one) == 0


def test_of_two_who_come_at_once_at_two_workers_one_has_it(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_before(invited: Invited, held: object) -> str:
        return ""  # when the worker of either looked, nobody had used it

    where = club.link(1)
    first, second = club.guest(where), club.guest(where, club.other)
    monkeypatch.setattr(Invited, "problem_of", looked_before)
    assert (first.opens().status_code, second.opens().status_code) == (202, 303)
    monkeypatch.undo()
    club.one.refresh()
    club.other.refresh()
    assert place(first)["position"] == 1
    assert second.opens().status_code == 303


def test_one_that_was_forwarded_is_good_for_whoever_is_first(club: Club) -> None:
    where = club.link(1)
    forwarded, first = club.guest(where, club.other), club.guest(where)
    assert first.opens().status_code == 202
    assert "why=used" in forwarded.opens().headers["location"]
    assert first.opens().status_code == 202
    view = club.one.site.gates["main"].view
    assert view.room is not None
    counted = use_of(view.room, BATCH)
    assert club.one.ask(lambda: club.one.site.store.uses(counted)) == 1, "of its batch"


def test_a_lane_that_there_is_not_is_the_main_line(club: Club) -> None:
    guest = club.guest(club.link(1, lane="of-before"))
    assert guest.opens().status_code == 202
    assert (place(guest)["lane"], place(guest)["position"]) == ("", 1)
