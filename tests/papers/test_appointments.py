"""Appointments: the signed proof of when a newcomer may join."""

import gc
import weakref

import pytest

from vwr_middleware.keys import Keys
from vwr_middleware.papers.appointments import Appointments

OLD, NEW = "the old secret of the tests", "the new secret of the tests"


def of(*secrets: str, namespace: str = "vwr", room: str = "main") -> Appointments:
    return Appointments(Keys(secrets, namespace), room)


@pytest.mark.parametrize("other", [of(NEW), of(OLD, room="side"), of(OLD, namespace="staging")])
def test_it_counts_in_its_own_room_alone(other: Appointments) -> None:
    text = of(OLD).sign(1_700_000_000)
    assert of(OLD).read(text) == of(NEW, OLD).read(text.encode()) == 1_700_000_000
    assert other.read(text) is None


class Sent(str):
    """A text of which can be told whether anybody keeps it."""


def test_nothing_long_that_anybody_sends_is_remembered() -> None:
    appointments, text = of(OLD), Sent("6b0eed09." + "3d22159c" * 10_000)
    kept = weakref.ref(text)
    assert appointments.read(text) is None
    del text
    gc.collect()
    assert kept() is None
