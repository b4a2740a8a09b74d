"""`vwr status --watch` in a terminal of its own."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from rich.console import Console
from werkzeug.wrappers import Response

from tests.support.apps import wsgi_app
from tests.support.cases import in_long
from tests.support.clock import Clock
from tests.support.panel import API_KEY, GIVEN
from tests.support.rooms import Room
from tests.support.servers import ROOT
from tests.support.serving import serving
from tests.support.shell import SETTINGS
from vwr_middleware.blocking import finish
from vwr_middleware.cli.show import rooms_table
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import open_store
from vwr_middleware.wsgi import WaitingRoomMiddleware


class Screen:
    """What a terminal was told so far."""

    def __init__(self, terminal: int) -> None:
        self._terminal, self.text = terminal, ""

    def press(self, keys: str) -> None:
        """Somebody presses these."""
        os.set_blocking(self._terminal, True)
        os.write(self._terminal, keys.encode())

    @property
    def widest(self) -> int:
        """How many columns the longest line took, of those since the last look."""
        return max(map(len, re.split(r"[\r\n]+", self.plain)))

    @property
    def plain(self) -> str:
        """What it was told since the last look, without colours and moves of the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.text)

    def shows(self, pattern: str, seconds: float = 20.0) -> bool:
        """Whether this comes to stand there; what was there before does not count."""
        self.text, until = "", time.monotonic() + seconds
        os.set_blocking(self._terminal, False)
        while time.monotonic() < until:
            try:
                self.text += os.read(self._terminal, 65_536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.05)
            if re.search(pattern, self.plain):
                return True
        return False


def _hear_ctrl_c() -> None:
    """A shell lets what it starts in the background ignore it, and so the tests, and this."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def watching(
    environ: dict[str, str],
    opened: Callable[[], tuple[int, int]] = pty.openpty,
    words: str = "status main --watch",
) -> Iterator[tuple[Screen, "subprocess.Popen[bytes]"]]:
    terminal, other_end = opened()
    columns = environ.get("COLUMNS", "120")
    command = [sys.executable, "-m", "vwr_middleware", *words.split()]
    env = {**os.environ, **SETTINGS, "TERM": "xterm", **environ, "COLUMNS": columns}
    if os.isatty(other_end):  # it says itself how wide it is
        termios.tcsetwinsize(other_end, (60, int(columns)))
        del env["COLUMNS"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        preexec_fn=_hear_ctrl_c,
    )
    os.close(other_end)
    try:
        yield Screen(terminal), process
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


@pytest.fixture
def room(store: str) -> Room:
    """That room, for others to change it."""
    return Room(open_store(store), Clock())


def test_the_watch_follows_the_room_through_an_outage_of_its_store(room: Room, store: str) -> None:
    file = Path(store.removeprefix("sqlite:///"))
    with watching({"VWR_STORE": store}) as (screen, process):
        assert screen.shows("serving +2 of 10")
        room.advance(3)
        assert screen.shows("serving +5 of 10")
        finish(room.store.close())
        # As a folder, in one step: the watch might look between a file and its log.
        away = file.parent.rename(f"{file.parent}.away")
        assert screen.shows("does not answer: these numbers are old")
        away.rename(file.parent)
        room.join()
        assert screen.shows("of 11 handed out")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("opened", "term"),
    [in_long(pty.openpty, "dumb"), (os.pipe, "xterm")],
    ids=["dumb", "pipe"],
)
def test_the_watch_is_seen_where_nothing_can_be_written_over(
    opened: Callable[[], tuple[int, int]], term: str, room: Room, store: str
) -> None:
    with watching({"VWR_STORE": store, "TERM": term}, opened) as (screen, _):
        assert screen.shows("serving +2 of 10")
        room.advance(3)
        assert screen.shows("serving +5 of 10")


@pytest.mark.parametrize("status", [502, pytest.param(504, marks=pytest.mark.thorough)])
def test_the_watch_waits_for_a_panel_that_is_away(room: Room, store: str, status: int) -> None:
    settings = Settings(
        secret_key="a secret of the tests, long enough", paths="/tickets", store=store, **GIVEN
    )
    app = WaitingRoomMiddleware(wsgi_app, settings)
    away = Response("<h1>Bad Gateway</h1>", status, content_type="text/html")
    behind: list[WSGIApplication] = [app, away]
    with ExitStack() as server:
        url = server.enter_context(serving(lambda environ, start: behind[0](environ, start)))
        reach = {"VWR_URL": f"{url}/vwr-admin", "VWR_KEY": API_KEY}
        with watching(reach) as (screen, _):
            assert screen.shows("of 10 handed out")
            behind.reverse()
            assert screen.shows(r"no answer: these numbers are \d+ s old")
            behind.reverse()
            room.join()
            assert screen.shows("of 11 handed out")
            server.close()  # its proxy, too
            assert screen.shows(r"no answer: these numbers are \d+ s old")
    finish(app.site.close())


@pytest.mark.parametrize("columns", [60, *map(in_long, (80, 120))])
def test_the_watch_draws_and_obeys_keys_in_narrow_terminals_too(
    columns: int, room: Room, store: str
) -> None:
    environ = {"VWR_STORE": store, "COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    with watching(environ) as (screen, process):
        assert screen.shows(r"\d\d:\d\d:\d\d[\s\S]*inside +█{10}[\s\S]*waiting +█[\s\S]*q quit")
        assert screen.widest <= columns
        screen.press("p")
        assert screen.shows("Pause main.*8 people wait")
        screen.press("n")
        assert screen.shows("Nothing was changed")
        screen.press("+")
        assert screen.shows("max_active from 2 to 3")
        screen.press("y")
        assert screen.shows("max_active is 3")
        screen.press("py")
        assert screen.shows("main paused")
        screen.press("py")
        assert screen.shows("main queueing")
        screen.press("q")
        assert process.wait(20) == 0
    assert room.look().limit == 3


@pytest.mark.long
@pytest.mark.parametrize("columns", [60, 120])
def test_all_rooms_are_watched_too(columns: int, room: Room, store: str) -> None:
    environ = {"VWR_STORE": store, "COLUMNS": str(columns)}
    with watching(environ, words="rooms --watch") as (screen, process):
        assert screen.shows(r"main +queueing +8 ")
        assert screen.widest <= columns and ("issued" in screen.text) is (columns == 120)
        room.join(5)
        assert screen.shows(r"main +queueing +13 ")
        screen.press("q")
        assert process.wait(20) == 0


DAY = "simulate --visitors 200 --max-active 20 --visit 10 --within 20"


@pytest.mark.long
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_simulated_day_is_told_and_drawn_in_narrow_terminals_too(
    columns: int, store: str
) -> None:
    environ = {"COLUMNS": str(columns), "PYTHONIOENCODING": "utf-8"}
    with watching(environ, words=DAY) as (screen, process):
        assert screen.shows(r"Went in +[▁▂▃▄▅▆▇█]{20,}\s*\n", 60.0)
        assert process.wait(20) == 0
    assert screen.widest <= columns
    lines = screen.plain.splitlines()
    for whole in (
        r"Arrived +200\b",
        r"Wait, median +[\d minhs]+\b",
        r"In line +[▁▂▃▄▅▆▇█]{20,} .* at most",
    ):
        assert any(re.match(whole, line) for line in lines), screen.plain


def test_in_a_narrow_terminal_names_are_cut_and_no_numbers() -> None:
    room = {"room": "a-room-with-a-name-of-thirty-two", "state": "queueing", "waiting": 11_500}
    console = Console(width=60, file=StringIO())
    console.print(rooms_table([room | {"active": 1500, "limit": 1500}], 60))
    head, line = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert head.split() == ["room", "state", "waiting", "inside", "of"]
    name, *rest = line.split()
    assert name.endswith("…") and rest == ["queueing", "11,500", "1,500", "1,500"]
