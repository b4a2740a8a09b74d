"""What every store promises of sessions, and of how they end."""

from collections.abc import Callable

import pytest

from tests.support.rooms import Room, seen_in, sessions
from vwr_middleware.errors import RoomLost
from vwr_middleware.line.constants import GIVEN_UP

Rooms = Callable[..., Room]


def test_a_claim_that_nobody_confirms_lapses_and_can_be_repeated(make_room: Rooms) -> None:
    main = make_room(max_active=1, confirm_within=60)
    main.join()
    main.clock.pass_by(59.999)
    assert main.look().active == 1
    main.clock.pass_by(0.001)
    snapshot = main.look()
    assert (snapshot.active, snapshot.called, snapshot.totals["lapsed"]) == (0, 1, 1)
    assert main.claim(1).verdict == "entered"


def test_whoever_claims_again_where_sessions_are_fixed_has_a_session_and_no_more(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=1, renew=False, session_seconds=600, session_grace=60)
    main.join()
    main.clock.pass_by(60)
    turn = main.claim(1)
    assert (turn.verdict, turn.unconfirmed) == ("entered", False)
    assert turn.expires_at == main.clock() + 600
    assert main.renew(1).expires_at == turn.expires_at
    main.clock.pass_by(660)
    assert main.claim(1).verdict == "spent"


def test_a_session_may_be_renewed_for_less_than_its_length_and_for_all_of_it_again(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=1, session_seconds=600, session_grace=60)
    main.join()
    assert main.renew(1, lasts=90.5).expires_at == main.clock() + 90.5
    main.clock.pass_by(50)
    assert main.renew(1).expires_at == main.clock() + 600
    assert main.renew(1, lasts=1e9).expires_at == main.clock() + 600
    assert main.renew(1, lasts=90).expires_at == main.clock() + 90
    main.clock.pass_by(149.999)
    assert main.look().active == 1
    main.clock.pass_by(0.001)
    assert (main.look().active, main.renew(1, lasts=90).verdict) == (0, "ended")


def test_a_fixed_session_is_not_shortened(make_room: Rooms) -> None:
    main = make_room(max_active=1, renew=False, session_seconds=600)
    main.join()
    until = main.renew(1).expires_at
    assert main.renew(1, lasts=90).expires_at == until


def test_a_confirmed_session_lasts_until_its_end_and_the_grace(make_room: Rooms) -> None:
    main = make_room(max_active=1, session_seconds=600, session_grace=60)
    main.join()
    assert main.renew(1).expires_at == main.clock() + 600
    main.clock.pass_by(659.999)
    assert main.look().active == 1
    main.clock.pass_by(0.001)
    assert main.look().active == 0
    assert main.claim(1).verdict == "spent"
    assert main.look().totals["expired"] == 1


def test_a_renewal_prolongs_only_a_session_that_runs(make_room: Rooms) -> None:
    main = make_room(session_seconds=600)
    main.join(2)
    main.renew(1)
    main.clock.pass_by(59)
    assert main.renew(1).expires_at == main.clock() + 600
    main.end(1, "revoked")
    assert main.renew(1).verdict == "ended"
    main.clock.pass_by(1)
    assert main.renew(2).verdict == "ended"


def test_a_fixed_session_is_confirmed_and_then_not_prolonged(make_room: Rooms) -> None:
    main = make_room(renew=False, session_seconds=600)
    main.join()
    until = main.renew(1).expires_at
    main.clock.pass_by(100)
    assert main.renew(1).expires_at == until


def test_a_session_that_ran_out_during_an_outage_comes_back_unless_it_was_ended(
    make_room: Rooms,
) -> None:
    main = make_room(session_seconds=60, session_grace=0)
    main.join(2)
    main.renew(1), main.renew(2)
    main.end(2)
    main.clock.pass_by(61)
    assert main.renew(1).verdict == "ended"
    assert main.renew(1, take_back=True).verdict == "entered"
    assert main.renew(2, take_back=True).verdict == "ended"
    assert main.look().active == 1


def test_no_slot_is_held_at_the_door_for_a_session_that_came_back_after_an_outage(
    make_room: Rooms,
) -> None:
    main = make_room(max_active=1, confirm_within=20)
    main.join(3)
    main.clock.pass_by(20)
    main.advance(2)
    assert [main.claim(2).verdict, main.claim(1, returns_in=10.0).verdict] == ["entered", "next"]
    assert main.look().door == [1], "its first token has run out, and its page waits"
    assert main.renew(1, take_back=True).verdict == "entered"
    main.end(1), main.end(2)
    assert main.look().door == []
    assert main.claim(3).verdict == "entered", "the slot is held for nobody"


def test_a_revoked_session_does_not_come_back_after_an_outage_beyond_its_end(
    make_room: Rooms,
) -> None:
    main = make_room(session_seconds=60, session_grace=0, outage_grace=600)
    main.join()
    main.renew(1)
    main.end(1, "revoked")
    for _ in range(30):  # other workers see the store, this visitor's does not
        main.look()
        main.clock.pass_by(20)
    assert main.renew(1, take_back=True).verdict == "ended"


def test_a_session_that_ended_in_an_outage_beyond_its_end_does_not_come_back(
    make_room: Rooms,
) -> None:
    main = make_room(session_seconds=60, session_grace=0, confirm_within=20)
    main.join(2)
    main.renew(1), main.renew(2)
    main.clock.pass_by(61)
    assert [main.end(1), main.end(1), main.end(9)] == [False] * 3
    snapshot = main.look()
    assert snapshot.ended == ["1-1"], "what was never called cannot be over"
    assert (snapshot.totals["completed"], snapshot.totals["expired"]) == (0, 2)
    assert main.renew(1, take_back=True).verdict == "ended"
    assert main.renew(2, take_back=True).verdict == "entered"


def test_a_session_that_ended_before_it_was_confirmed_does_not_come_back(make_room: Rooms) -> None:
    main = make_room(confirm_within=20)
    main.join(3)
    main.clock.pass_by(20)
    assert main.look().called == 3
    assert main.knock(1).verdict == "go"
    assert [main.end(1, "revoked"), main.end(1), main.end(2)] == [False] * 3
    snapshot = main.look()
    assert (snapshot.ended, snapshot.called, snapshot.door) == (["1-1", "1-2"], 1, [])
    assert (snapshot.totals["revoked"], snapshot.totals["lapsed"]) == (0, 3)
    assert [main.claim(position).verdict for position in (1, 2, 3)] == ["spent", "spent", "entered"]
    assert main.renew(1, take_back=True).verdict == "ended"


def test_who_waits_cannot_be_ended(make_room: Rooms) -> None:
    main = make_room(max_active=1)
    main.join(3)
    assert not main.end(2)
    assert main.look().ended == []
    main.advance(2)
    assert main.knock(2).verdict == "next"


def test_a_session_of_an_old_generation_that_ended_in_an_outage_does_not_come_back(
    make_room: Rooms,
) -> None:
    main = make_room(session_seconds=60, session_grace=0)
    main.join()
    main.renew(1)
    main.reset()
    main.clock.pass_by(61)
    main.generation = 1
    assert not main.end(1)
    assert main.renew(1, take_back=True).verdict == "ended"


def test_ending_twice_is_ending_once(make_room: Rooms) -> None:
    main = make_room()
    main.join()
    assert [main.end(1), main.end(1, "revoked"), main.end(7)] == [True, False, False]
    snapshot = main.look()
    assert (snapshot.totals["completed"], snapshot.totals["revoked"]) == (1, 0)
    assert (snapshot.ended, snapshot.ended_last) == (["1-1"], 1)


def test_the_ended_reach_a_worker_as_what_is_new_to_it(make_room: Rooms) -> None:
    main = make_room(max_active=10)
    main.join(5)
    main.end(3), main.end(1)
    assert (main.look().ended, main.look().ended_last) == (["1-3", "1-1"], 2)
    main.end(5)
    snapshot = main.look(ended_after=2)
    assert (snapshot.ended, snapshot.ended_last) == (["1-5"], 3)
    assert main.look(ended_after=3).ended == []


def test_the_ended_are_listed_with_how_they_ended(make_room: Rooms) -> None:
    main = make_room(max_active=10, confirm_within=20)
    main.join(6)
    main.renew(5), main.renew(6)
    main.end(2), main.end(1, "revoked"), main.end(3, "abandoned")
    assert main.look(ended_after=1).how_ended == {"1-1": "revoked", "1-3": "abandoned"}
    main.clock.pass_by(20)
    main.end(4)
    assert main.look(ended_after=3).how_ended == {"1-4": "completed"}
    main.reset(end_sessions=True)
    snapshot = main.look(ended_after=4)
    assert snapshot.how_ended == dict.fromkeys(snapshot.ended, "revoked")
    assert sorted(snapshot.ended) == ["1-5", "1-6"]
    main.clock.pass_by(86_400)
    main.look()
    main.clock.pass_by(86_400)
    assert main.look().how_ended == {}


def test_where_a_store_fell_back_no_worker_misses_what_ends_from_then_on(make_room: Rooms) -> None:
    main = make_room(max_active=4)
    main.join(12)
    main.end(1)
    main.leave(11)
    first = main.look(ended_after=3, moved_after=3)
    assert (first.ended, first.moved) == (["1-1"], [[11, GIVEN_UP]])
    assert main.look(ended_after=first.ended_last, moved_after=first.moved_last).ended == []
    for position in (2, 3, 4):
        main.end(position)
    main.leave(12)
    other = main.look(ended_after=3, moved_after=3)
    assert other.ended == ["1-2", "1-3", "1-4"]
    assert [12, GIVEN_UP] in other.moved
    assert other.fell_back == first.fell_back == 1  # so it reads from the beginning next
    anew = main.look()
    assert anew.ended[0] == "1-1"
    assert [11, GIVEN_UP] in anew.moved
    assert main.look(ended_after=99).fell_back == 2


def test_each_worker_tells_what_ended_in_what_a_room_forgot(make_room: Rooms) -> None:
    main = make_room(max_active=3)
    main.join(3)
    before = main.look()
    # The store falls back to this moment. All have ended since; one worker heard of the first only.
    idle, busy = seen_in(before), seen_in(before, active=0)
    first = main.look(seen=idle, ended=["1-1"], ended_after=1, fell_back=before.fell_back)
    assert first.fell_back > before.fell_back
    with pytest.raises(RoomLost):
        main.look(seen=busy, ended=None, ended_after=3, fell_back=before.fell_back)
    ended = ["1-1", "1-2", "1-3"]
    last = main.look(seen=busy, ended=ended, ended_after=3, fell_back=before.fell_back)
    assert sessions(main.store) == []
    main.look(seen=busy, ended=None, ended_after=3, fell_back=last.fell_back)
    assert sorted(main.look().ended) == ended


def test_a_reading_tells_how_many_sessions_end_within_so_many_seconds(make_room: Rooms) -> None:
    main = make_room(max_active=9, confirm_within=61)
    for pause in (0.5, 9.5, 0.5, 14.5, 0.5, 29.5, 0.5, 0.5):
        main.join()
        main.clock.pass_by(pause)
    assert main.look().expiring == [1, 3, 5, 7]  # by 5, 15, 30 and 60 seconds, and not half more
