"""The picture of a room's panel for the documents: `python -m tools.photograph_panel`.

It shows a sale of eighty minutes, which the simulator has played and which then stands still: the
real room, its real history, and what an operator changed meanwhile.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from shutil import which
from threading import Thread
from typing import Any

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from vwr_middleware.line.constants import WAIT_CLASSES
from vwr_middleware.line.messages import Ask, Snapshot, Turn
from vwr_middleware.settings import Settings
from vwr_middleware.simulate.agenda import Agenda
from vwr_middleware.simulate.run import Simulation
from vwr_middleware.simulate.scenario import Crowd, Scenario
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.wsgi import WaitingRoomMiddleware

IMAGES = Path(__file__).parent.parent / "docs" / "images"
PASSWORD = "a password for a picture"
#: Seconds of the sale, and what the operator did when.
LENGTH = 4800.0
CHANGES: tuple[tuple[float, dict[str, Any]], ...] = (
    (2400.0, {"max_active": 150}),
    (3300.0, {"max_active": 100}),
    (3900.0, {"max_active": 130}),
)


class SaleStore(MemoryStore):
    """Notes what a gate and a panel note: how long those waited who go in, and who changed what."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._joined: dict[int, float] = {}
        self._waits = [0] * (len(WAIT_CLASSES) + 1)

    async def join(self, room_name: str, /, *args: Any, **kwargs: Any) -> list[Turn]:
        turns = await super().join(room_name, *args, **kwargs)
        for turn in turns:
            self._joined.setdefault(turn.position, turn.now)
        return turns

    async def claim(self, room_name: str, /, place: Any, *args: Any, **kwargs: Any) -> Turn:
        turn = await super().claim(room_name, place, *args, **kwargs)
        began = (
            self._joined.pop(place.position, turn.now) if turn.verdict == "entered" else turn.now
        )
        if turn.now - began > 2:
            self._waits[bisect_left(WAIT_CLASSES, turn.now - began)] += 1
        return turn

    async def change(self, room_name: str, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return await super().change(room_name, *args, **(kwargs | {"who": "Ann"}))

    async def refresh(self, asks: Sequence[Ask]) -> list[Snapshot]:
        saw = [replace(ask.for_operators, waits=[*self._waits]) for ask in asks]
        self._waits = [0] * len(self._waits)
        return await super().refresh(
            [replace(ask, for_operators=each) for ask, each in zip(asks, saw, strict=True)]
        )


def sale(settings: Settings) -> tuple[float, MemoryStore]:
    """The room when the sale has gone on for so long, and the time by its clock."""
    random = Random(4)
    arrivals = [random.uniform(0, LENGTH) for _ in range(600)]
    arrivals += [1800 + random.expovariate(1 / 1100) for _ in range(2600)]
    crowd = Crowd(
        arrivals=sorted(at for at in arrivals if at < LENGTH), visit=200, absent=0.04, gives_up=0.05
    )
    agenda = Agenda(time.time() - LENGTH)
    store = SaleStore(agenda)
    (room,) = settings.rooms
    scenario = Scenario(room=room, crowd=crowd, workers=2, until=LENGTH, changes=CHANGES)
    Simulation(scenario, store, agenda).run()
    return agenda.now, store


@contextmanager
def panel_of_a_sale() -> Iterator[str]:
    """The panel of that room, which stands still; its address."""
    settings = Settings(
        secret_key="a key for a picture of the panel",
        store="memory://",
        admin_password=PASSWORD,
        rooms=[{"name": "hamlet", "paths": ["/tickets"], "max_active": 120, "max_waiting": 20000}],
    )
    now, store = sale(settings)
    site = Site(settings, store, time.monotonic, lambda: now)
    app = WaitingRoomMiddleware(Response("nothing"), site=site)
    with make_server("127.0.0.1", 0, app, threaded=True) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/vwr-admin/rooms/hamlet"
        server.shutdown()


def sign_in(page: Page, url: str) -> None:
    """See the room's page as Ann, when its charts have come."""
    page.goto(url)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=name]", "Ann")
    page.click("button.main")
    page.wait_for_selector("#charts .plot")
    page.wait_for_timeout(1500)  # its times are the operator's own


def main() -> None:
    """Take it."""
    with panel_of_a_sale() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium-headless-shell") or which("chromium"),
            args=["--no-sandbox"],
        )
        page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 1140})
        sign_in(page, url)
        page.screenshot(path=IMAGES / "panel.png")
        browser.close()


if __name__ == "__main__":
    main()
