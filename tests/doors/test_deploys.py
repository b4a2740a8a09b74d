"""Workers of two configurations, side by side on one store."""

import re

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log
from vwr_middleware.inlet import MaxSize
from vwr_middleware.line.messages import Inlet, Snapshot


def test_a_worker_tells_that_another_has_replaced_its_settings(
    open_worker: Open, caplog: pytest.LogCaptureFixture
) -> None:
    first = open_worker(max_active=3, message="Row 1 is sold out")
    same = open_worker(max_active=3, message="Row 1 is sold out")
    each_reads(first, same, first)
    assert not told(caplog)
    other = open_worker(max_active=2, message="Row 2 is sold out")
    each_reads(other, first, other, first)
    assert [text.partition("workers: ")[2].partition(". ")[0] for text in told(caplog)] == [
        "max_active 2, not 3; message"
    ]
    again = open_worker(max_active=3)
    each_reads(again, other)
    assert "max_active 3, not 2; message. During" in told(caplog)[-1]


def test_a_worker_tells_that_another_obeys_other_settings_than_it_does(
    open_worker: Open, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"joins_per_address": 60, "inlet": [per_minute, {"kind": "periodic", "count": 5}]}
    first = open_worker(paths=["/tickets", re.compile("^/vip")], **given)
    same = open_worker(paths=["/tickets", re.compile("^/vip")], **given)
    each_reads(first, same, first)
    assert not told(caplog)
    other = open_worker(
        paths=["/tickets"],
        inlet=[per_minute, MaxSize(9)],
        bind=True,
        prefix="/line",
        token_algorithm=["ES256", "HS256"],
    )
    each_reads(other, first, other, first)
    assert [text.partition("itself: ")[2].partition(". During")[0] for text in told(caplog)] == [
        "prefix /line, not /vwr; token_algorithm ES256, HS256, not HS256;"
        " paths /tickets, not /tickets, ^/vip; inlet MaxSize(max_active=9),"
        " per_minute, not Periodic(count=5, every=60.0, burst=None), per_minute;"
        " bind True, not False; joins_per_address none, not 60"
    ]


def test_a_path_of_bytes_that_are_no_text_keeps_nobody_from_entering(open_it: Open) -> None:
    # As the environment has "/café" in Latin-1.
    door = open_it(paths=["/tickets", "/caf\udce9", "/caf\udce9/" + "x" * 100])
    assert door.visitor().opens().status_code == 200


def per_minute(room: Snapshot, now: float) -> Inlet:
    return Inlet()


def each_reads(*doors: Door) -> None:
    """Each of the workers in turn reads the room anew."""
    for door in doors:
        door.refresh()
        door.visitor().opens()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our log says of other settings."""
    return our_log(caplog, "has other settings")
