"""What one worker does with new settings, as far as it shows in one process."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.asgi import NAVIGATION, acall, scope_of
from tests.support.room_service import SECRET
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.serve import room_service
from vwr_middleware.serve.options import Options
from vwr_middleware.serve.room_service import LOOKS_EVERY, RoomService
from vwr_middleware.serve.shared_settings import LARGEST, SharedSettings
from vwr_middleware.site.routing import Site


class Behind:
    """An app that answers the path /tickets/slow when it is told to."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for ending in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{ending}.complete"})
            return
        if scope["path"].endswith("/slow"):
            self.is_asked.set()
            await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the shop"})


class Worker:
    """A worker's app with its lifespan."""

    def __init__(self, shared_settings: SharedSettings) -> None:
        self.service = RoomService(shared_settings, Options())
        self._says: asyncio.Queue[Any] = asyncio.Queue()
        self._hears: asyncio.Queue[Any] = asyncio.Queue()

    async def __aenter__(self) -> RoomService:
        scope = {"type": "lifespan"}
        self._task = asyncio.create_task(self.service(scope, self._says.get, self._hears.put))
        await self._says.put({"type": "lifespan.startup"})
        assert (await self._hears.get())["type"] == "lifespan.startup.complete"
        return self.service

    async def __aexit__(self, *_: object) -> None:
        await self._says.put({"type": "lifespan.shutdown"})
        await self._task


def given(store: Path | str, **more: object) -> dict[str, object]:
    url = str(store) if "://" in str(store) else f"sqlite:///{store}"
    return {"secret_key": SECRET, "paths": "/tickets", "store": url, **more}


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stores that were closed, by their URLs."""
    urls: list[str] = []
    close = Site.close

    async def noted(site: Site) -> None:
        urls.append(site.settings.store)
        await close(site)

    monkeypatch.setattr(Site, "close", noted)
    return urls


async def opens(service: RoomService, path: str = "/tickets") -> Any:
    return await acall(service, scope_of(path, NAVIGATION))


async def until(is_so: Any) -> None:
    for _ in range(600):
        if is_so():
            return
        await asyncio.sleep(LOOKS_EVERY / 4)
    raise AssertionError("it did not happen")


def test_an_old_store_is_closed_after_its_last_request(
    tmp_path: Path, closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = given(tmp_path / "old"), given(tmp_path / "new")

    async def journey() -> None:
        behind = Behind()
        monkeypatch.setattr(room_service, "without_app", behind)
        shared_settings = SharedSettings()
        shared_settings.put(old)
        async with Worker(shared_settings) as service:
            slow = asyncio.create_task(opens(service, "/tickets/slow"))
            await behind.is_asked.wait()
            shared_settings.put(old | {"max_active": 7})  # the same store
            await until(lambda: service._running.settings.rooms[0].max_active == 7)
            shared_settings.put(new)
            await until(lambda: service._running.settings.store == new["store"])
            assert (await opens(service)).has_passed
            assert closed == []
            behind.may_answer.set()
            assert (await slow).has_passed
            assert closed == [old["store"]]
        assert closed == [old["store"], new["store"]]

    asyncio.run(journey())


def test_settings_that_a_worker_cannot_take_leave_the_old_ones_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def journey() -> None:
        shared_settings = SharedSettings()
        shared_settings.put(given("memory://"))
        async with Worker(shared_settings) as service:
            before = service._running
            shared_settings.put(given(tmp_path / "away" / "file"))
            await until(lambda: "goes on with its old settings" in caplog.text)
            assert service._running is before
            shared_settings.put(given("memory://", max_active=3))
            await until(lambda: service._running.settings.rooms[0].max_active == 3)

    asyncio.run(journey())


def test_shared_settings_are_those_put_last_and_of_a_bounded_size() -> None:
    shared_settings = SharedSettings()
    for number in range(5):
        shared_settings.put({"number": number})
        assert shared_settings.take() == (number + 1, {"number": number})
    with pytest.raises(ConfigurationError, match="too large"):
        shared_settings.put({"message": "x" * LARGEST})
    assert shared_settings.take() == (5, {"number": 4})
