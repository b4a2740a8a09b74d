"""What every store promises of sessions that are bound to the network where they began."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room

HOME, TRAIN = ("home",), ("train",)


@pytest.fixture
def main(make_room: Callable[..., Room]) -> Room:
    """Two who are called, and one slot."""
    room = make_room(max_active=1, mode="queue", confirm_within=60, session_grace=0)
    room.join(2)
    room.look(1, 2)
    room.advance(2)
    return room


def test_a_claim_is_repeated_from_its_own_network_only(main: Room) -> None:
    first = main.claim(1, marks=HOME)
    again = main.claim(1, marks=HOME)
    assert (first.verdict, first.has_begun) == ("entered", True)
    assert (again.verdict, again.has_begun) == ("entered", False)
    other = main.claim(1, marks=TRAIN)
    assert (other.verdict, other.expires_at, other.position) == ("locked", 0, 1)
    assert main.claim(1, marks=HOME).verdict == "entered"
    assert main.look().active == 1


def test_a_poll_from_another_network_is_not_told_to_come(main: Room) -> None:
    main.claim(1, marks=HOME)
    assert main.knock(1, marks=TRAIN).verdict == "locked"
    assert main.knock(1, marks=("home by the new secret", *HOME)).verdict == "entered"
    assert main.knock(1).verdict == "entered", "sessions are not bound any more"


def test_a_session_that_no_ticket_has_begun_is_bound_by_the_first_to_ask_with_one(
    make_room: Callable[..., Room],
) -> None:
    main = make_room()
    main.look()
    assert main.join(1)[0].verdict == "entered"
    assert main.knock(1, marks=HOME).verdict == "entered"
    assert main.claim(1, marks=TRAIN).verdict == "locked"
    assert main.claim(1, marks=HOME).verdict == "entered"


def test_a_renewal_leaves_a_session_bound(main: Room) -> None:
    main.claim(1, marks=HOME)
    main.renew(1)
    assert main.claim(1, marks=TRAIN).verdict == "locked"
    assert main.claim(1, marks=HOME).verdict == "entered"


def test_a_session_that_no_ticket_has_begun_is_bound_when_it_is_confirmed(
    make_room: Callable[..., Room],
) -> None:
    main = make_room()
    main.look()
    main.join(1)
    assert main.renew(1, marks=HOME).verdict == "entered"
    assert main.claim(1, marks=TRAIN).verdict == "locked"
    assert main.renew(1, marks=HOME).verdict == "entered"


def test_a_session_of_another_network_is_not_renewed(main: Room) -> None:
    until = main.claim(1, marks=HOME).expires_at
    assert main.renew(1, marks=TRAIN).verdict == "locked"
    assert main.claim(1, marks=HOME).expires_at == until
    assert main.renew(1).verdict == "entered", "sessions are not bound any more"


def test_a_session_that_was_lost_is_bound_again_by_its_token(main: Room) -> None:
    assert main.renew(1, take_back=True, marks=HOME).verdict == "entered"
    assert main.claim(1, marks=TRAIN).verdict == "locked"


def test_the_mark_of_an_older_secret_is_as_good(main: Room) -> None:
    main.claim(1, marks=("home by the old secret",))
    assert main.claim(1, marks=("home by the new one", "home by the old secret")).verdict == (
        "entered"
    )
    assert main.claim(1, marks=("train by the new one", "by the old secret")).verdict == "locked"


def test_a_session_outlives_the_secret_of_its_mark(main: Room) -> None:
    main.claim(1, marks=("by the old secret",))
    assert main.renew(1, marks=("by the new one", "by the old secret")).verdict == "entered"
    assert main.renew(1, marks=("by the new one",)).verdict == "entered"


def test_a_session_that_begins_while_secrets_change_is_bound_by_the_new_one(main: Room) -> None:
    main.claim(1, marks=("by the new one", "by the old secret"))
    assert main.claim(1, marks=("by the new one",)).verdict == "entered"


def test_whoever_claims_again_after_a_claim_lapsed_may_come_from_elsewhere(main: Room) -> None:
    main.claim(1, marks=HOME)
    main.clock.pass_by(60)
    assert main.claim(1, marks=TRAIN).verdict == "entered"
    assert main.claim(1, marks=HOME).verdict == "locked"


def test_a_claim_that_lapsed_leaves_nothing_bound(main: Room) -> None:
    main.claim(1, marks=HOME)
    main.clock.pass_by(60)
    main.claim(1)
    assert main.claim(1, marks=TRAIN).verdict == "entered"


def test_without_marks_nothing_is_bound(main: Room) -> None:
    main.claim(1)
    assert main.claim(1).verdict == "entered"
    # As soon as sessions are bound: to the first network that brings the ticket again.
    assert main.claim(1, marks=HOME).verdict == "entered"
    assert main.claim(1, marks=TRAIN).verdict == "locked"
    assert main.claim(1).verdict == "entered", "sessions are not bound any more"


@pytest.mark.parametrize("ends_sessions", [True, False])
def test_after_a_reset_a_place_of_the_same_number_is_not_bound(
    main: Room, ends_sessions: bool
) -> None:
    main.claim(1, marks=HOME)
    main.reset(end_sessions=ends_sessions)
    main.change(max_active=2)
    main.join(1)
    main.look(1)
    main.advance(1)
    assert main.claim(1, marks=TRAIN).verdict == "entered"
