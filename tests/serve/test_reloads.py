"""New settings while the service runs: nobody loses anything, and bad ones change nothing."""

import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.room_service import SECRET, RoomServiceProcess, room_service, settings_file
from tests.support.visitor import PAGE, SCRIPT, Visitor, visitor_at

READ = "the settings were read again"
NAMES = ("One", "Two", "Three")
NEW_SECRET = "another key for the room service"


class Waiting(threading.Thread):
    """Somebody in line who polls without a pause, over one connection that is never made anew."""

    def __init__(self, service: RoomServiceProcess) -> None:
        super().__init__()
        self.told = set[tuple[int, str, int]]()
        self.polls, self.failures = 0, list[str]()
        self.is_done = threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        page = self._asks("/tickets", PAGE)
        self._connection.auto_open = 0
        assert page.status == 202, page.status
        cookies = page.headers.get_all("Set-Cookie") or []
        self._headers = SCRIPT | {"Cookie": cookies[0].partition(";")[0]}
        page.read()

    def _asks(self, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers=headers)
        return self._connection.getresponse()

    def run(self) -> None:
        """Poll until told to stop."""
        try:
            while not self.is_done.is_set():
                answer = self._asks("/vwr/main/position", self._headers)
                told = json.loads(answer.read())
                self.told.add((answer.status, told["you"], told["position"]))
                self.polls += 1
        except Exception as error:
            self.failures.append(repr(error))
        self._connection.close()


@contextmanager
def crowd_at(service: RoomServiceProcess) -> Iterator[list[Waiting]]:
    crowd = [Waiting(service) for _ in range(4)]
    for one in crowd:
        one.start()
    try:
        yield crowd
    finally:
        for one in crowd:
            one.is_done.set()
        for one in crowd:
            one.join()


def polled_on(crowd: list[Waiting]) -> bool:
    """Whether each of them has asked some more times by now."""
    before = [one.polls for one in crowd]
    return in_time(
        lambda: all(
            one.polls > was + 10 or one.failures for one, was in zip(crowd, before, strict=True)
        ),
        60,
    )


def shown(service: RoomServiceProcess) -> set[str]:
    """The site's names that twelve newcomers read, so that each of two workers surely answers."""
    pages = [httpx.get(f"{service.url}/tickets", headers=PAGE).text for _ in range(12)]
    return {name for name in NAMES for page in pages if f"{name} Shop" in page}


def all_show(service: RoomServiceProcess, name: str) -> bool:
    return in_time(lambda: shown(service) == {name}, 60)


def stays_inside(visitor: Visitor) -> bool:
    return (visitor.fetches("/vwr/main/keep").json()["seconds_left"] or 0) > 30


def settings(name: str, secrets: str = f'"{SECRET}"') -> str:
    others = f"max_active = 1\nclaim_within = {50 + NAMES.index(name)}\n"
    return f'secret_key = {secrets}\nsite_name = "{name} Shop"\n{others}'


@fault(
    "`vwr serve` takes over new settings, again and again",
    inside="Go on.",
    line="No failed request, the same places.",
    figure="0 failures of a crowd that asks all the while.",
)
def test_nobody_is_lost_while_all_workers_take_new_settings_over(tmp_path: Path) -> None:
    with (
        room_service(tmp_path, settings("One"), "--workers", "2") as service,
        visitor_at(service.url) as inside,
    ):
        assert inside.opens("/tickets").status_code == 303
        assert stays_inside(inside)
        with crowd_at(service) as crowd:
            reload_often(service, crowd)
        assert [one.failures for one in crowd] == [[]] * 4
        assert [one.told for one in crowd] == [{(200, "waiting", at)} for at in (2, 3, 4, 5)]
        assert stays_inside(inside)
        outlive_a_worker(service)
        assert "started later" not in service.log and "Traceback" not in service.log


def reload_often(service: RoomServiceProcess, crowd: list[Waiting]) -> None:
    assert all_show(service, "One") and polled_on(crowd)
    service.process.send_signal(signal.SIGHUP)
    assert service.says(READ) and polled_on(crowd)
    both = f'["{NEW_SECRET}", "{SECRET}"]'  # a new one, by which is signed at once
    settings_file(service.file.parent, settings("Two", both))
    assert service.says(READ, 2) and all_show(service, "Two") and polled_on(crowd)
    settings_file(service.file.parent, settings("Three") + "max_activ = 3\n")
    assert service.says("max_activ is not a setting: did you mean max_active?")
    settings_file(service.file.parent, settings("Three", '"a secret that nobody knows yet"'))
    assert service.says("secret_key has none of the secrets in force")
    assert polled_on(crowd)


def outlive_a_worker(service: RoomServiceProcess) -> None:
    """A worker that is started while the file is bad has the settings that are in force."""
    service.file.unlink()
    assert service.says("there is no file")
    killed = service.workers()[0]
    os.kill(killed, signal.SIGKILL)
    assert in_time(lambda: killed not in service.workers() and len(service.workers()) == 2, 30)
    assert all_show(service, "Two")


def test_a_room_in_memory_is_kept_and_a_socket_may_serve_it(tmp_path: Path) -> None:
    path = tmp_path / "vwr.sock"
    with room_service(
        tmp_path, 'store = "memory://"\nmax_active = 1\n', "--uds", str(path)
    ) as service:
        assert service.says(f"is served at unix:{path}")
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://shop.example") as client:
            assert httpx_joined(client) == 1
            assert httpx_joined(client) == 2
            service.process.send_signal(signal.SIGHUP)
            assert service.says(READ)
            settings_file(tmp_path, 'store = "memory://"\nmax_active = 1\nmessage = "soon"\n')
            assert service.says(READ, 2)
            status = "/vwr/main/status"
            assert in_time(lambda: client.get(status).json()["message"] == "soon")
            assert client.get(status).json()["issued"] == 2
    assert not path.exists()


def httpx_joined(client: httpx.Client) -> int:
    client.cookies.clear()
    position: int = client.post("/vwr/main/tickets").json()["position"]
    return position
