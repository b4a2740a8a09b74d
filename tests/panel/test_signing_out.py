"""Signing out: the sign-in is over, at every worker, and for whoever has a copy of its cookie."""

import logging
from pathlib import Path

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import DOORS, Door
from tests.support.panel import CHANGE, GIVEN, VIEWER, Operator, api, setting, signed_in


def copy_of(operator: Operator, door: Door) -> Operator:
    """Somebody with the same cookie and form token, at a worker."""
    other = Operator.at(door)
    other.client.cookies.update(operator.client.cookies)
    other.csrf = operator.csrf
    return other


def signs_out(operator: Operator, **more: str) -> httpx.Response:
    return operator.client.post("/vwr-admin/sign-out", data={"csrf": operator.csrf, **more})


@pytest.mark.parametrize("name", DOORS)
def test_a_cookie_of_a_sign_in_that_was_ended_opens_nothing_at_any_worker(
    open_it: Open, tmp_path: Path, name: str
) -> None:
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    one, two = open_it(name, url, **GIVEN), open_it("wsgi", url, **GIVEN)
    operator = signed_in(one)
    copies = [copy_of(operator, one), copy_of(operator, two)]
    assert [copy.open().status_code for copy in copies] == [200, 200]
    assert signs_out(operator).status_code == 303
    for copy in copies:
        assert copy.open().status_code == 401
        assert copy.act("set", **CHANGE).status_code == 401
        assert copy.open("/rooms/main/live").status_code == 401
        assert copy.client.get("/vwr-admin/api/rooms").status_code == 401
        assert copy.client.get("/vwr-admin/metrics").status_code == 401
    assert not setting(one, "max_active")["overridden"]


def test_signing_out_ends_no_other_sign_in(door: Door) -> None:
    operator, other = signed_in(door), signed_in(door)
    signs_out(operator)
    assert other.open().status_code == 200


def test_signing_out_everywhere_ends_every_sign_in_but_no_later_one(
    open_it: Open, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    one, two = open_it("wsgi", url, **GIVEN), open_it("asgi", url, **GIVEN)
    operator, others = signed_in(one), [signed_in(two), signed_in(two, VIEWER)]
    clock.pass_by(1)
    assert signs_out(operator, everywhere="yes").status_code == 303
    assert [other.open().status_code for other in others] == [401, 401]
    assert "Ann ended all sign-ins to the panel" in caplog.text
    assert api(two).get("/rooms/main").status_code == 200, "keys are none"
    clock.pass_by(1)
    assert signed_in(two).open().status_code == 200


def test_a_viewer_signs_only_themselves_out(door: Door, clock: Clock) -> None:
    operator, viewer = signed_in(door), signed_in(door, VIEWER)
    assert "everywhere" in operator.open().text and "everywhere" not in viewer.open().text
    clock.pass_by(1)
    signs_out(viewer, everywhere="yes")
    assert operator.open().status_code == 200 and viewer.open().status_code == 401


def test_without_the_store_the_worker_that_was_told_still_knows(
    door: Door, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    operator, other = signed_in(door), signed_in(door)
    copy = copy_of(operator, door)
    door.store.is_off = True
    clock.pass_by(1)
    assert signs_out(operator).status_code == 303
    assert [copy.open().status_code, other.open().status_code] == [401, 200]
    assert any(
        record.levelno == logging.WARNING and "only this worker knows" in record.getMessage()
        for record in caplog.records
    )
    assert signs_out(other, everywhere="yes").status_code == 303
    assert copy_of(other, door).open().status_code == 401
