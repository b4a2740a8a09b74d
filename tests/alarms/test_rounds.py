"""A worker looks by itself, in real time: in a thread, or as a task of an event loop; also if the
store never answers."""

from collections.abc import Iterator

import pytest

from tests.notices.test_loops import by_asgi, by_wsgi
from tests.support.alarm_receivers import WebhookReceiver
from tests.support.in_time import in_time
from tests.support.servers import free_port
from tests.support.visitor import visitor_at
from vwr_middleware.alarms import alarms
from vwr_middleware.settings import Settings
from vwr_middleware.worker.rounds import Rounds


@pytest.fixture(autouse=True)
def by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms.Alarms, "wake", Rounds.wake)
    monkeypatch.setattr(alarms, "OFTEN", 0.05)
    monkeypatch.setattr(alarms, "SELDOM", 0.05)


@pytest.fixture(params=["asgi-task", "asgi-thread", "wsgi-thread"])
def url(request: pytest.FixtureRequest, receiver: WebhookReceiver) -> Iterator[str]:
    door, _, way = request.param.partition("-")
    store = request.getfixturevalue("valkey_url") if way == "task" else "memory://"
    given = {"alarms": {"line_formed": 1}, "alarm_webhooks": [f"{receiver.url}/hook"]}
    settings = Settings(
        secret_key="a key for a shop that is looked after", paths="/tickets", store=store,
        max_active=1, **given,
    )  # fmt: skip
    site, server = (by_asgi if door == "asgi" else by_wsgi)(settings)
    with server as there:
        yield there
        worker = site.alarms
        begun = {"task": worker._task is not None, "thread": worker._thread is not None}
        assert [name for name, is_so in begun.items() if is_so] == [way]
        worker.close()
        assert in_time(
            worker._task.done if way == "task" else lambda: not worker._thread.is_alive()
        )


def test_an_alarm_is_sent_though_nobody_asks_for_a_round(
    url: str, receiver: WebhookReceiver
) -> None:
    with visitor_at(url) as first, visitor_at(url) as second:
        first.opens(), first.opens()
        assert second.opens().status_code == 202
        second.fetches("/vwr/main/position")
        assert in_time(lambda: bool(receiver.came))
    assert receiver.told("alarm")[0] == ("alarm.began", "line_formed")


def test_a_store_that_never_answered_is_an_alarm(
    receiver: WebhookReceiver, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settings = Settings(
        secret_key="a key for a shop that is looked after", paths="/tickets",
        store=f"redis://127.0.0.1:{free_port()}", alarms={"store_down": 2},
        alarm_webhooks=[f"{receiver.url}/hook"],
    )  # fmt: skip
    site, server = by_wsgi(settings)
    with server as url, visitor_at(url) as visitor:
        assert visitor.opens().status_code == 202
        assert in_time(lambda: bool(receiver.came))
        site.alarms.close()
        assert in_time(lambda: not site.alarms._thread.is_alive())
    assert receiver.told("alarm") == [("alarm.began", "store_down")]
