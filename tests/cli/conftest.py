"""A room with a line, and the ways of `vwr` to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.clock import Clock
from tests.support.panel import API_KEY
from tests.support.rooms import Room
from tests.support.shell import SETTINGS, panel_over
from vwr_middleware.blocking import finish
from vwr_middleware.cli import asking
from vwr_middleware.cli.commands import vwr
from vwr_middleware.stores.opening import open_store

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with one room, in which two are inside and eight wait."""
    url = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    opened = open_store(url)
    room = Room(opened, Clock(), {"max_active": 2})
    room.look()
    room.join(10)
    finish(opened.close())
    return url


@pytest.fixture
def panel(store: str) -> Iterator[str]:
    """A panel over that store, on a server of its own."""
    with panel_over(store) as url:
        yield url


@pytest.fixture(params=["store", "api"])
def run(request: pytest.FixtureRequest, store: str) -> Run:
    """Runs a command on the store, and on the API."""
    if request.param == "store":
        reach = {"VWR_STORE": store, **SETTINGS}
    else:
        reach = {"VWR_URL": request.getfixturevalue("panel"), "VWR_KEY": API_KEY}

    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner(env=reach).invoke(vwr, arguments, input=more.get("input"))

    return invoke


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at the terminal and can be asked."""
    monkeypatch.setattr(asking, "is_person", lambda: True)
