"""Workers of two configurations, side by side on one store."""

import pytest

from tests.doors.conftest import Open
from tests.support.doors import Door
from tests.support.our_log import our_log


def test_a_worker_tells_that_another_has_replaced_its_settings(
    open_it: Open, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    if store_url.startswith("memory"):
        pytest.skip("memory is for one worker")
    first = open_it(max_active=3, message="Row 1 is sold out")
    same = open_it(max_active=3, message="Row 1 is sold out")
    each_reads(first, same, first)
    assert not told(caplog)
    other = open_it(max_active=2, message="Row 2 is sold out")
    each_reads(other, first, other, first)
    assert [text.partition("now: ")[2].partition(". ")[0] for text in told(caplog)] == [
        "max_active 2, not 3; message"
    ]
    again = open_it(max_active=3)
    each_reads(again, other)
    assert "max_active 3, not 2; message. In" in told(caplog)[-1]


def each_reads(*doors: Door) -> None:
    """Each of the workers in turn reads the room anew."""
    for door in doors:
        door.refresh()
        door.visitor().opens()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our log says of other settings."""
    return our_log(caplog, "has other settings")
