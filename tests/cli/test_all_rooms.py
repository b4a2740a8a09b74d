"""`vwr pause --all` and `vwr resume --all`: the rooms that one may steer, and no other."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.apps import wsgi_app
from tests.support.serving import serving
from tests.support.shell import KEY, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli import asking
from vwr_middleware.cli.commands import vwr
from vwr_middleware.settings import Settings
from vwr_middleware.wsgi import WaitingRoomMiddleware

ROOMS = [
    {"name": "spring", "paths": "/spring"},
    {"name": "autumn", "paths": "/autumn", "mode": "queue"},
    {"name": "winter", "paths": "/winter", "mode": "closed"},
]
ANNS, ALL = "a key of Ann's own, for programs", "a key that opens all"
ANN: dict[str, Any] = {"name": "Ann", "key": ANNS, "rooms": {"spring": "operator", "*": "viewer"}}


@pytest.fixture
def site(tmp_path: Any) -> Iterator[dict[str, str]]:
    """Three rooms behind a panel; how the shell reaches their store, and their panel."""
    store = f"sqlite:///{tmp_path / 'vwr.sqlite3'}"
    given = {"rooms": ROOMS, "admin_api_key": ALL, "admin_operators": [ANN]}
    app = WaitingRoomMiddleware(wsgi_app, Settings(secret_key=KEY, store=store, **given))
    with serving(app) as url:
        yield {"store": store, "url": f"{url}/vwr-admin"}
    finish(app.site.close())


@pytest.fixture(params=["store", "api"])
def reach(request: pytest.FixtureRequest, site: dict[str, str]) -> dict[str, str]:
    """By the store and by the panel, with everything allowed."""
    by_panel = {"VWR_URL": site["url"], "VWR_KEY": ALL}
    said(run(by_panel, "rooms"))  # which makes them
    if request.param == "api":
        return by_panel
    rooms = json.dumps(ROOMS)
    return {"VWR_STORE": site["store"], "VWR_SECRET_KEY": KEY, "VWR_ROOMS": rooms}


def run(reach: dict[str, str], *words: str, **more: str) -> Result:
    return CliRunner(env=reach).invoke(vwr, words, input=more.get("input"))


def modes(reach: dict[str, str]) -> dict[str, str]:
    rows = json.loads(said(run(reach, "rooms", "--json")))
    return {row["room"]: row["mode"] for row in rows}


def test_all_are_paused_and_those_resumed_that_were_paused_together(reach: dict[str, str]) -> None:
    told = said(run(reach, "pause", "--all"))
    assert told == "paused: spring, autumn\nnot winter: its mode is closed\n"
    assert modes(reach) == {"spring": "paused", "autumn": "paused", "winter": "closed"}
    again = said(run(reach, "pause", "--all"))
    assert again.startswith("paused: no room\nnot spring: its mode is paused\n")
    said(run(reach, "resume", "spring"))
    said(run(reach, "pause", "spring"))
    told = said(run(reach, "resume", "--all"))
    assert told.startswith("resumed: autumn\nnot spring: it was paused by itself")
    assert modes(reach) == {"spring": "paused", "autumn": "queue", "winter": "closed"}


def test_only_what_one_may_steer_is_paused(site: dict[str, str]) -> None:
    reach = {"VWR_URL": site["url"], "VWR_KEY": ANNS}
    told = said(run(reach, "pause", "--all"))
    assert told.startswith("paused: spring\nnot autumn: you have read-only access here")
    assert modes(reach) == {"spring": "paused", "autumn": "queue", "winter": "closed"}


def test_a_person_is_asked_once_for_all(
    reach: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "is_person", lambda: True)
    asked = run(reach, "pause", "--all", input="n\n")
    assert asked.exit_code == 1 and asked.output.count("nobody is called or enters") == 2
    assert modes(reach)["spring"] == "auto"
    assert "?" not in said(run(reach, "pause", "--all", "--yes"))
    assert modes(reach)["spring"] == "paused"


@pytest.mark.parametrize("words", ["pause", "pause spring --all", "resume", "resume spring --all"])
def test_a_room_is_named_or_all_are_meant(site: dict[str, str], words: str) -> None:
    reach = {"VWR_URL": site["url"], "VWR_KEY": ALL}
    assert "name a room, or say --all" in failed(run(reach, *words.split()))
