"""People inside, at servers of several workers whose store fails: each of their requests comes on a
connection of its own, so to any worker. They notice nothing, and no slot of theirs is given on."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.failing_valkey import FailingValkey, failing_valkey
from tests.support.faults import fault
from tests.support.in_time import in_time
from tests.support.live import settings
from tests.support.servers import free_port, running
from tests.support.visitor import PAGE, SCRIPT

pytestmark = pytest.mark.long

ASGI = "uvicorn tests.support.served:app --host 127.0.0.1 --port {port} --workers {workers}"
WSGI = "gunicorn tests.support.served_flask:app -b 127.0.0.1:{port} -w {workers} --threads 2"
INSIDE = 3


@dataclass(frozen=True)
class Case:
    """What fails, how, before whom, and for how long."""

    door: str
    workers: int
    how: str
    keeps: bool  # whether the store has its data afterwards
    session: int
    outage: float

    def __str__(self) -> str:
        kept = "keeps all" if self.keeps else "loses all"
        return f"{self.door}-{self.workers}-{self.how}-{kept}-{self.session}s-{self.outage}s"


@dataclass
class Person:
    """Somebody with cookies whose every request takes a new connection."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str = "/tickets", kind: Any = PAGE) -> httpx.Response:
        answer = httpx.get(f"{self.url}{path}", headers=kind, cookies=self.cookies, timeout=20)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        return answer

    def is_inside(self) -> bool:
        return self.ask().status_code == 200


@dataclass
class Sale:
    """A full room, and some who wait for it."""

    case: Case
    valkey: FailingValkey
    inside: list[Person]
    line: list[Person]

    def goes_on(self, seconds: float) -> None:
        """All inside ask for something twice a second; who waits polls, and comes when told."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for person in self.inside:
                answer = person.ask()
                assert answer.status_code == 200, answer.headers
            for person in self.line:
                told = person.ask("/vwr/main/position?door=1", SCRIPT).json()
                assert told["you"] in ("waiting", "next"), told
            time.sleep(0.5)

    def fail(self) -> None:
        if self.case.how == "hangs":
            self.valkey.hang()
        else:
            self.valkey.kill()

    def recover(self) -> None:
        if self.case.how == "hangs" and self.case.keeps:
            self.valkey.go_on()
            return
        self.valkey.kill()
        self.valkey.start()


@contextmanager
def selling(case: Case, folder: Path) -> Iterator[Sale]:
    """Serve, and let people come until the room is full and some wait."""
    port, more = free_port(), {"session_grace": 2, "confirm_within": case.session}
    with ExitStack() as stack:
        valkey = stack.enter_context(failing_valkey(folder, keeps=case.keeps))
        env = settings(valkey.url, max_active=INSIDE, session_seconds=case.session, **more)
        command = (ASGI if case.door == "asgi" else WSGI).format(port=port, workers=case.workers)
        url = stack.enter_context(running(command.split(), port, {**os.environ, **env}))
        inside = [Person(url) for _ in range(INSIDE)]
        for person in inside:
            assert in_time(person.is_inside)
        sale = Sale(case, valkey, inside, [])
        sale.goes_on(1)
        for _ in range(3):
            sale.line.append(Person(url))
            assert in_time(lambda: bool(sale.line[-1].ask().cookies))
        yield sale


FEW = [Case("asgi", 2, "killed", False, 4, 6)]
EACH_WAY = [
    Case(*kind, session, outage)
    for kind in product(("asgi", "wsgi"), (1, 2, 4), ("killed", "hangs"), (True, False))
    for session, outage in ((6, 15.0), (40, 10.0))
]
MANY = [Case("wsgi", 2, "hangs", True, 4, 6), *EACH_WAY]


@fault("The store is away: stopped, or cut off", inside="Their slots stay theirs.")
@pytest.mark.parametrize(
    "case",
    [*FEW, *(pytest.param(case, marks=pytest.mark.thorough) for case in MANY)],
    ids=str,
)
def test_those_inside_notice_nothing_and_keep_their_slots(case: Case, tmp_path: Path) -> None:
    with selling(case, tmp_path) as sale:
        sale.fail()
        sale.goes_on(case.outage)
        sale.recover()
        sale.goes_on(5)
        leaver = sale.inside.pop()
        assert leaver.ask("/tickets/done").status_code == 200
        assert in_time(lambda: any(_comes_in(person) for person in sale.line))


def _comes_in(person: Person) -> bool:
    told = person.ask("/vwr/main/position?door=1", SCRIPT).json()
    return bool(told["may_enter"]) and person.is_inside()
