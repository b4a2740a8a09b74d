"""Joins per minute and address."""

from tests.support.clock import Clock
from vwr_middleware.web.throttle import Throttle


def test_without_a_limit_everybody_may(clock: Clock) -> None:
    throttle = Throttle(None, clock)
    assert all(throttle.allows("203.0.113.7") for _ in range(1000))


def test_one_address_may_join_so_often_and_then_at_the_rate(clock: Clock) -> None:
    throttle = Throttle(3, clock)
    assert [throttle.allows("203.0.113.7") for _ in range(5)] == [True] * 3 + [False] * 2
    clock.pass_by(19.9)
    assert not throttle.allows("203.0.113.7")
    clock.pass_by(0.2)
    assert [throttle.allows("203.0.113.7") for _ in range(2)] == [True, False]
    clock.pass_by(3600)
    assert [throttle.allows("203.0.113.7") for _ in range(5)] == [True] * 3 + [False] * 2


def test_others_are_not_held_up(clock: Clock) -> None:
    throttle = Throttle(1, clock)
    assert throttle.allows("203.0.113.7")
    assert throttle.allows("203.0.113.8")


def test_a_whole_network_of_ipv6_is_one_address(clock: Clock) -> None:
    throttle = Throttle(1, clock)
    assert throttle.allows("2001:db8:1:2::1")
    assert not throttle.allows("2001:db8:1:2:ffff::9")
    assert throttle.allows("2001:db8:1:3::1")


def test_a_flood_of_addresses_makes_it_forget_and_not_grow(clock: Clock) -> None:
    throttle = Throttle(1, clock)
    assert throttle.allows("203.0.113.7")
    for i in range(50_001):
        throttle.allows(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
        if i % 10_000 == 0:
            assert not throttle.allows("203.0.113.7")  # who goes on asking is not forgotten
    assert len(throttle._buckets) == 50_000
    assert throttle.allows("10.0.0.0")


def test_a_clock_that_steps_back_lets_nobody_in_twice(clock: Clock) -> None:
    throttle = Throttle(1, clock)
    assert throttle.allows("203.0.113.7")
    clock.pass_by(-3600)
    assert not throttle.allows("203.0.113.7")


def test_what_is_given_back_may_be_used_again_and_no_more(clock: Clock) -> None:
    throttle = Throttle(2, clock)
    assert throttle.allows("203.0.113.7")
    throttle.give_back("203.0.113.7")
    throttle.give_back("203.0.113.7")
    throttle.give_back("203.0.113.8")
    assert [throttle.allows("203.0.113.7") for _ in range(3)] == [True, True, False]
    assert [throttle.allows("203.0.113.8") for _ in range(3)] == [True, True, False]
    throttle.give_back("203.0.113.8")
    assert [throttle.allows("203.0.113.8") for _ in range(2)] == [True, False]
