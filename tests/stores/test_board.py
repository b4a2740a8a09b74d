"""What every store keeps besides rooms: wrong passwords by address, and what workers count."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.clock import Clock
from tests.support.crowd import persistently
from vwr_middleware.blocking import finish
from vwr_middleware.stores import Store, board
from vwr_middleware.stores.opening import open_store


@pytest.fixture
def two(shared_url: str, clock: Clock) -> Iterator[list[Store]]:
    """The store as two workers open it."""
    stores = [open_store(shared_url, clock=clock) for _ in range(2)]
    yield stores
    for store in stores:
        finish(store.close())


def test_after_three_wrong_passwords_each_further_one_waits_longer(
    store: Store, clock: Clock
) -> None:
    waits = []
    for _ in range(7):
        wait = finish(store.attempt("a"))
        waits.append(wait)
        if wait:
            clock.pass_by(wait)
            assert finish(store.attempt("a")) == 0
    assert waits == [0, 0, 0, 1, 2, 4, 8]


def test_a_refused_attempt_does_not_make_the_wait_longer(store: Store, clock: Clock) -> None:
    waits = [finish(store.attempt("a")) for _ in range(20)]
    assert waits == [0, 0, 0] + [1] * 17
    clock.pass_by(1)
    assert finish(store.attempt("a")) == 0


def test_no_wait_is_longer_than_a_quarter_of_an_hour(store: Store, clock: Clock) -> None:
    longest = 0.0
    for _ in range(40):
        wait = finish(store.attempt("a"))
        longest = max(longest, wait)
        clock.pass_by(wait)
    assert longest == 15 * 60


def test_no_clock_that_is_set_back_makes_a_wait_longer(store: Store, clock: Clock) -> None:
    assert [finish(store.attempt("a")) for _ in range(5)] == [0, 0, 0, 1, 1]
    clock.pass_by(-7200)
    assert finish(store.attempt("a")) == 1
    clock.pass_by(1)
    assert [finish(store.attempt("a")) for _ in range(2)] == [0, 2]


def test_the_right_password_and_an_hour_wipe_the_slate(store: Store, clock: Clock) -> None:
    def guess() -> list[float]:
        return [finish(store.attempt("a")) for _ in range(4)]

    assert guess() == [0, 0, 0, 1]
    finish(store.forgive("a"))
    assert guess() == [0, 0, 0, 1]
    clock.pass_by(3599)
    assert guess() == [0, 2, 2, 2]
    clock.pass_by(3601)
    assert guess() == [0, 0, 0, 1]


def test_one_attempt_alone_is_forgiven_too(store: Store, clock: Clock) -> None:
    assert [finish(store.attempt("a")) for _ in range(3)] == [0, 0, 0]
    finish(store.forgive("a", one=True))
    assert [finish(store.attempt("a")) for _ in range(2)] == [0, 1]
    clock.pass_by(1)
    assert finish(store.attempt("a")) == 0
    finish(store.forgive("a", one=True))
    assert finish(store.attempt("a")) == 1
    clock.pass_by(board.FORGOTTEN + 1)
    assert finish(store.attempt("a")) == 0
    for _ in range(2):  # more than there is to forgive
        finish(store.forgive("a", one=True))
    assert [finish(store.attempt("a")) for _ in range(4)] == [0, 0, 0, 1]


def test_of_two_attempts_one_is_forgiven_and_no_more(store: Store) -> None:
    assert [finish(store.attempt("a")) for _ in range(2)] == [0, 0]
    finish(store.forgive("a", one=True))
    assert [finish(store.attempt("a")) for _ in range(3)] == [0, 0, 1]


def test_one_address_never_slows_another(store: Store) -> None:
    while finish(store.attempt("a")) == 0:
        pass
    assert finish(store.attempt("b")) == 0


def test_guesses_at_two_workers_at_the_same_moment_get_no_more_tries(two: list[Store]) -> None:
    def guess(number: int) -> float:
        return persistently(lambda: finish(two[number % 2].attempt("a")))

    with ThreadPoolExecutor(4) as threads:
        waits = list(threads.map(guess, range(20)))
    assert waits.count(0) == board.LIMITS[0][0]


def test_so_many_addresses_are_remembered_and_no_more(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "ADDRESSES_MOST", 5)
    for _ in range(3):
        finish(store.attempt("first"))
    for number in range(5):
        clock.pass_by(0.01)
        finish(store.attempt(f"address {number}"))
    assert finish(store.attempt("first")) == 0


def tried(store: Store, networks: Iterable[tuple[str, ...]]) -> int:
    """How many guesses are heard, one from each of these addresses and the networks around it."""
    return sum(finish(store.attempt(*around)) == 0 for around in networks)


def test_whoever_guesses_from_one_address_after_the_other_is_known_by_the_network_around_them(
    store: Store, clock: Clock
) -> None:
    many = [(f"2001:db8:0:{n:x}::/64", "2001:db8::/56", "2001:db8::/48") for n in range(256)]
    assert tried(store, many) == board.LIMITS[1][0]
    wide = [(f"{n}/64", f"{n}/56", "2001:db8:1::/48") for n in range(256)]
    # By now it is a crowd, of whom a third of what was free is too much already.
    assert tried(store, wide) <= board.LIMITS[2][0]
    assert finish(store.attempt("192.0.2.1", "192.0.2.0/28", "192.0.2.0/24")) == 0
    clock.pass_by(board.LIMITS[2][1])
    assert finish(store.attempt("one", "two", "2001:db8:1::/48")) == 0


def test_a_wait_counts_nothing_anywhere(store: Store) -> None:
    for _ in range(30):
        finish(store.attempt("a", "around", "wide"))
    # Three were heard, so as many more as the network has free.
    others = [(f"{n}", "around", "wide") for n in range(30)]
    assert tried(store, others) == board.LIMITS[1][0] - 3


def test_in_a_crowd_the_second_guess_waits_and_the_first_never(store: Store, clock: Clock) -> None:
    crowd = [(f"{n}/32", f"{n}/28", f"{n}/24") for n in range(int(board.CROWD))]
    assert tried(store, crowd) == len(crowd)
    for number in range(100):
        each = (f"new {number}", f"around {number}", f"wide {number}")
        assert [finish(store.attempt(*each)) for _ in range(2)] == [0, 1]
    clock.pass_by(board.FORGOTTEN)
    assert [finish(store.attempt("late", "around", "wide")) for _ in range(3)] == [0, 0, 0]


def test_a_right_password_counts_for_no_crowd(store: Store) -> None:
    for number in range(100):
        each = (f"{number}", f"around {number}", f"wide {number}")
        finish(store.attempt(*each))
        finish(store.forgive(*each))
    assert [finish(store.attempt("x", "y", "z")) for _ in range(3)] == [0, 0, 0]


def test_a_right_password_forgives_a_wider_network_that_attempt_alone(store: Store) -> None:
    for number in range(board.LIMITS[1][0]):
        finish(store.attempt(f"{number}", "around", "wide"))
    assert finish(store.attempt("x", "around", "wide")) == 1
    finish(store.forgive("0", "around", "wide"))
    assert finish(store.attempt("x", "around", "wide")) == 0
    assert finish(store.attempt("y", "around", "wide")) == 1


def test_a_sign_in_that_was_ended_is_over_and_no_other(store: Store, clock: Clock) -> None:
    began = clock()
    assert not finish(store.is_signed_out("one", began))
    finish(store.sign_out("one"))
    assert finish(store.is_signed_out("one", began))
    assert not finish(store.is_signed_out("other", began))
    clock.pass_by(12 * 3600)
    finish(store.sign_out("third"))
    assert finish(store.is_signed_out("one", began))


def test_all_sign_ins_end_together_and_later_ones_begin(store: Store, clock: Clock) -> None:
    began = clock()
    clock.pass_by(1)
    finish(store.sign_out(board.ALL_SIGN_INS))
    assert finish(store.is_signed_out("one", began))
    clock.pass_by(1)
    assert not finish(store.is_signed_out("one", clock()))


def test_what_workers_post_is_read_by_all_until_it_is_old(store: Store, clock: Clock) -> None:
    assert finish(store.post("one", "1")) == {"one": "1"}
    clock.pass_by(60)
    assert finish(store.post("two", "é")) == {"one": "1", "two": "é"}
    assert finish(store.post("one", "3")) == {"one": "3", "two": "é"}
    assert finish(store.post("", "")) == {"one": "3", "two": "é"}  # who only reads
    clock.pass_by(3590)
    assert finish(store.post("two", "4")) == {"one": "3", "two": "4"}
    clock.pass_by(20)
    assert finish(store.post("two", "5")) == {"two": "5"}


def test_no_more_posts_are_kept_than_there_can_be_workers(store: Store, clock: Clock) -> None:
    for number in range(board.POSTS_MOST + 3):
        clock.pass_by(0.01)
        posts = finish(store.post(f"worker {number}", "x"))
    assert len(posts) == board.POSTS_MOST and "worker 2" not in posts
