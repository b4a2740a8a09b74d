"""Receivers on this machine, and a site whose worker makes its rounds by hand."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.support.alarm_receivers import WebhookReceiver, webhook_receiver
from tests.support.clock import Clock
from tests.support.house import House, Visitor, make_house
from tests.support.in_time import in_time
from vwr_middleware.blocking import finish


@pytest.fixture(scope="session")
def _receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: WebhookReceiver) -> WebhookReceiver:
    _receiver.came.clear()
    _receiver.status, _receiver.headers, _receiver.length = 204, {}, 0
    _receiver.goes_on = False
    _receiver.holds.set()
    return _receiver


@pytest.fixture
def alarmed(clock: Clock, receiver: WebhookReceiver) -> Callable[..., House]:
    """Makes a house that tells the receiver of alarms."""

    def make(**settings: Any) -> House:
        given = {"alarm_webhooks": [f"{receiver.url}/hook"], "max_active": 1, **settings}
        return make_house(clock, **given)

    return make


def rounds(*houses: House) -> None:
    """Each worker makes a round, sends what is due, and writes down what came of it."""
    for house in houses:
        for _ in range(3):
            finish(house.site.alarms.round())
            assert in_time(partial(_is_done, house))


def _is_done(house: House) -> bool:
    alarms = house.site.alarms
    return len(alarms.sending.free) == len(alarms.names)


def line_of(house: House, count: int) -> list[Visitor]:
    """Somebody inside, and so many who wait."""
    first = house.visitor()
    first.open(), first.open()
    return more(house, count)


def more(house: House, count: int) -> list[Visitor]:
    """So many more who wait."""
    waiting = [house.visitor() for _ in range(count)]
    for visitor in waiting:
        assert visitor.open().status == 202
        visitor.get("/vwr/main/position")
    return waiting


def polls(house: House, waiting: list[Visitor], seconds: float, every: float = 10.0) -> None:
    """Time passes while people wait, and a worker looks for alarms."""
    end = house.clock.now + seconds
    while house.clock.now < end:
        house.clock.pass_by(min(every, end - house.clock.now))
        for visitor in waiting:
            visitor.get("/vwr/main/position")
        finish(house.site.alarms.round())
