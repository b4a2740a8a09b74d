"""A push service on this machine, and a room whose worker pushes to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.push_receiver import PushReceiver, push_receiver
from vwr_middleware.notices.notifier import Notifier


@pytest.fixture(scope="module")
def _receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushReceiver]:
    folder: Path = tmp_path_factory.mktemp("push")
    with push_receiver(folder) as receiver:
        yield receiver


@pytest.fixture
def receiver(_receiver: PushReceiver, monkeypatch: pytest.MonkeyPatch) -> PushReceiver:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(_receiver.certificate))
    _receiver.came.clear()
    _receiver.stayed.clear()
    _receiver.status, _receiver.headers, _receiver.drips = 201, {}, ""
    return _receiver


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test sends when it says so, and no thread does."""
    monkeypatch.setattr(Notifier, "wake", lambda self: None)
