"""Wrong passwords: whoever guesses waits longer and longer, and nobody else waits at all."""

from pathlib import Path

import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.panel import GIVEN, PASSWORD, VIEWER, Operator


def test_quick_attempts_slow_one_address_down_at_all_workers_together_and_no_other(
    open_it: Open, tmp_path: Path
) -> None:
    url, given = f"sqlite:///{tmp_path / 'vwr.sqlite3'}", {**GIVEN, "trusted_proxies": 1}
    workers = [open_it("wsgi", url, **given), open_it("asgi", url, **given)]
    statuses = [
        Operator.at(workers[i % 2], "203.0.113.9").sign_in(f"guess {i}").status_code
        for i in range(20)
    ]
    assert statuses == [403] * 3 + [429] * 17
    for worker in workers:
        assert Operator.at(worker, "203.0.113.9").sign_in(PASSWORD).status_code == 429
        assert Operator.at(worker, "198.51.100.7").sign_in().status_code == 303


def test_half_a_network_of_addresses_gets_no_more_guesses_than_a_few(open_it: Open) -> None:
    door = open_it(**{**GIVEN, "trusted_proxies": 1})
    addresses = [f"2001:db8:7:{number:x}::1" for number in range(0, 32_768, 128)]
    heard = [Operator.at(door, address).sign_in("guess").status_code for address in addresses]
    assert heard.count(403) <= 48 and heard[-1] == 429
    assert Operator.at(door, "2001:db8:8::1").sign_in(PASSWORD).status_code == 303


def test_a_crowd_of_guessers_never_keeps_the_right_password_out(open_it: Open) -> None:
    door = open_it(**{**GIVEN, "trusted_proxies": 1})
    for number in range(200):
        Operator.at(door, f"198.{number}.0.1").sign_in("guess")
    assert Operator.at(door, "203.0.113.9").sign_in(PASSWORD).status_code == 303
    late = Operator.at(door, "203.0.113.77")
    assert [late.sign_in("guess").status_code for _ in range(3)] == [403, 429, 429]


def test_without_the_store_each_worker_counts_for_itself_and_the_right_one_gets_in(
    door: Door,
) -> None:
    guesser = Operator.at(door)
    guesser.open()
    door.store.is_off = True
    assert guesser.sign_in().status_code == 303
    statuses = [guesser.sign_in(f"guess {i}").status_code for i in range(20)]
    assert statuses == [403] * 3 + [429] * 17


def test_each_wrong_password_makes_the_next_wait_longer(door: Door, clock: Clock) -> None:
    operator, waits = Operator.at(door), []
    for _ in range(3):
        operator.sign_in("wrong")
    for _ in range(5):
        answer = operator.sign_in("wrong")
        waits.append(int(answer.headers["retry-after"]))
        clock.pass_by(waits[-1] - 0.5)
        assert operator.sign_in("wrong").headers["retry-after"] == "1", "also half a second before"
        clock.pass_by(0.5)
        assert operator.sign_in("wrong").status_code == 403
    assert waits == [1, 2, 4, 8, 16]
    clock.pass_by(32)
    assert operator.sign_in().status_code == 303


@pytest.mark.parametrize("is_away", [False, True])
def test_a_viewer_who_guesses_at_the_operators_password_waits_as_anybody_does(
    door: Door, is_away: bool
) -> None:
    guesser = Operator.at(door)
    guesser.open()
    door.store.is_off = is_away
    guessed = 0
    for number in range(20):
        guessed += guesser.sign_in(f"guess {number}").status_code == 403
        guesser.sign_in(VIEWER)
    assert guessed == 3


def test_a_viewer_may_sign_in_as_often_as_it_takes(door: Door) -> None:
    viewer = Operator.at(door)
    assert [viewer.sign_in(VIEWER).status_code for _ in range(10)] == [303] * 10


def test_where_nobody_has_more_than_a_viewers_password_it_wipes_the_slate(open_it: Open) -> None:
    viewer = Operator.at(open_it(**{**GIVEN, "admin_password": None}))
    for password in ("wrong", "wrong", VIEWER, "wrong", "wrong"):
        viewer.sign_in(password)
    assert viewer.sign_in(VIEWER).status_code == 303
