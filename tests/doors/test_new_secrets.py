"""A new secret or algorithm, brought in while workers of two releases stand side by side."""

import pytest

from tests.doors.conftest import Open
from tests.support.faults import fault
from tests.support.our_log import our_log
from tests.support.resume import code_of, takes
from tests.support.visitor import set_cookies
from vwr_middleware.web.http import Request

OLD, NEW = "the old secret of the tests", "the new secret of the tests"


@fault(
    "The secret, or how tokens are signed, is replaced",
    inside="Let in by the one, they are inside at the other.",
)
@pytest.mark.parametrize(
    ("setting", "before", "after"),
    [
        pytest.param("secret_key", [OLD], [OLD, NEW], id="secret-known"),
        pytest.param("secret_key", [OLD, NEW], [NEW, OLD], id="secret-signing"),
        pytest.param("token_algorithm", "HS256", ["HS256", "ES256"], id="algorithm-known"),
        pytest.param(
            "token_algorithm", ["HS256", "ES256"], ["ES256", "HS256"], id="algorithm-signing"
        ),
    ],
)
def test_whom_one_release_lets_in_is_inside_at_the_other(
    open_worker: Open, setting: str, before: str | list[str], after: list[str]
) -> None:
    old, new = open_worker(**{setting: before}), open_worker(**{setting: after})
    for door, other in ((old, new), (new, old)):
        entered = door.visitor().opens()
        other.refresh()
        token = set_cookies(entered)["vwr_main_token"].partition(";")[0]
        for headers in ({"Cookie": token}, {"Authorization": f"Bearer {token.partition('=')[2]}"}):
            inside = other.visitor().opens(headers=headers)
            assert inside.json()["session"]["id"] == entered.json()["session"]["id"]


@fault(
    "The secret, or how tokens are signed, is replaced",
    line="Have the same places at both.",
    new="Join at either.",
)
def test_who_waits_at_one_release_has_the_same_place_at_the_other(open_worker: Open) -> None:
    old, new = (open_worker(secret_key=keys, max_active=1) for keys in ([OLD, NEW], [NEW, OLD]))
    old.visit_at()
    for position, (door, other) in enumerate(((old, new), (new, old)), 2):
        door.refresh()
        waiting, there = door.visitor(), other.visitor()
        assert waiting.opens().status_code == 202
        there.client.cookies = waiting.client.cookies
        other.refresh()
        assert [each.position()["position"] for each in (waiting, there)] == [position] * 2


def account(request: Request) -> str | None:
    return request.header("x-account") or None


def test_an_account_has_one_place_at_both_releases(open_worker: Open) -> None:
    old, new = (
        open_worker(secret_key=keys, max_active=1, identity=account)
        for keys in ([OLD, NEW], [NEW, OLD])
    )
    old.visit_at()
    for position, (door, other) in enumerate(((old, new), (new, old)), 2):
        who = {"X-Account": f"account {position}"}
        for worker in (door, other):
            worker.refresh()
            joined = worker.visitor().fetches("/vwr/main/tickets", "POST", headers=who)
            assert joined.json()["position"] == position


def test_a_device_repeats_at_the_other_release_how_it_took_a_place(
    open_worker: Open,
) -> None:
    old, new = (open_worker(secret_key=keys, max_active=1) for keys in ([OLD, NEW], [NEW, OLD]))
    old.visit_at()
    code = code_of(old.visit_at())
    new.refresh()
    assert takes(old.visitor(), code, "mine").status_code == 200  # and the answer is lost
    assert takes(new.visitor(), code, "mine").json()["position"] == 2
    assert takes(new.visitor(), code, "another").status_code == 404


def test_a_bound_session_outlives_the_secret_that_it_began_with(
    open_worker: Open,
) -> None:
    old, new, last = (
        open_worker(secret_key=keys, bind=True) for keys in ([OLD], [NEW, OLD], [NEW])
    )
    visitor = old.confirmed()
    for door in (new, last):
        door.visitor().fetches("/vwr/main/status")  # it has run for as long
    for door in (new, last):
        door.refresh(400)  # past half of its life, so the session is renewed
        cookies, visitor = visitor.client.cookies, door.visitor()
        visitor.client.cookies = cookies
        assert visitor.opens().json()["session"]["id"] == "1-1"


@fault("Two workers have different secrets", figure="One line in the log, without the secrets.")
@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ([1], [1, 2], False),
        ([1, 2], [2, 1], False),
        ([2, 1], [2], False),
        ([1], [2], True),
        ([1], [2, 1], True),
    ],
)
@pytest.mark.parametrize(
    ("name", "old_value", "new_value"),
    [("secret_key", OLD, NEW), ("token_algorithm", "HS256", "ES256")],
    ids=["secret", "algorithm"],
)
def test_a_worker_tells_once_that_another_signs_in_a_way_it_does_not_know(
    open_worker: Open,
    caplog: pytest.LogCaptureFixture,
    name: str,
    old_value: str,
    new_value: str,
    before: list[int],
    after: list[int],
    is_told: bool,
) -> None:
    values = {1: old_value, 2: new_value}
    old, new = (
        open_worker(**{name: [values[each] for each in given]}) for given in (before, after)
    )
    for door in (old, new, old, new, old):
        door.refresh()
        door.visitor().opens()
    told = our_log(caplog)
    assert sum("has another secret_key or token_algorithm" in text for text in told) == is_told
    assert not any(secret in text for text in told for secret in (OLD, NEW))
