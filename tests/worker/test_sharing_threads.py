"""Threads of one worker share a refresh of the rooms."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.line.messages import JoinKind, Turn
from vwr_middleware.worker import sharing
from vwr_middleware.worker.sharing import InPlace


class Held:
    """A refresh that has begun in another thread, and ends when it is let go."""

    def __init__(self) -> None:
        self.refreshes = 0
        self.go_on = threading.Event()
        self._begun = threading.Event()
        self.sharing = InPlace(self._refresh, self._join)
        self.thread = threading.Thread(target=lambda: finish(self.sharing.refreshed()))
        self.thread.start()
        self._begun.wait(30)

    async def _refresh(self) -> None:
        self.refreshes += 1
        self._begun.set()
        self.go_on.wait(30)

    async def _join(
        self, room_name: str, kinds: Sequence[JoinKind], *who: Sequence[str]
    ) -> list[Turn]:
        raise AssertionError("nobody joins")


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.go_on.set()
    held.thread.join()


@pytest.mark.parametrize(("soon", "wait_most"), [(True, 60.0), (False, 0.05)])
def test_in_place_threads_leave_the_refresh_to_the_one_that_is_at_it(
    held: Held, monkeypatch: pytest.MonkeyPatch, soon: bool, wait_most: float
) -> None:
    monkeypatch.setattr(sharing, "WAIT_MOST", wait_most)
    if soon:
        held.sharing.refresh_soon()
    else:
        finish(held.sharing.refreshed())
    assert held.refreshes == 1
    assert held.thread.is_alive(), "nobody waits for as long as a slow store does"


def test_in_place_a_thread_that_has_waited_for_a_refresh_leaves_the_next_one_to_others(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "WAIT_MOST", 5.0)
    timer = threading.Timer(0.02, held.go_on.set)
    timer.start()
    finish(held.sharing.refreshed())
    assert held.go_on.is_set()
    timer.join()
    held.thread.join()
    before = held.refreshes
    finish(held.sharing.refreshed())
    assert held.refreshes == before + 1


def test_the_lock_is_of_the_kind_that_threads_have_once_the_first_request_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[threading.Lock] = []

    async def refresh() -> None:
        assert made[0].locked()

    async def join(room_name: str, kinds: Sequence[JoinKind], *who: Sequence[str]) -> list[Turn]:
        raise AssertionError("nobody joins")

    def replaced(real: type[threading.Lock] = threading.Lock) -> threading.Lock:
        made.append(real())
        return made[-1]

    before = InPlace(refresh, join)
    # As gevent does in each of gunicorn's workers, after --preload has loaded the app.
    monkeypatch.setattr(threading, "Lock", replaced)
    finish(before.refreshed())
    finish(before.refreshed())
    assert [lock.locked() for lock in made] == [False]
