"""`vwr` and a room that nobody has visited yet."""

import json
import re

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.support.panel import API_KEY
from tests.support.shell import SETTINGS, failed, panel_over, said
from tests.support.waiting import wait_for
from vwr_middleware.cli.commands import vwr


def run(store: str, *arguments: str, answer: str = "", **environ: str) -> Result:
    runner = CliRunner(env={"VWR_STORE": store, **environ})
    return runner.invoke(vwr, arguments, input=answer)


def test_a_prepared_room_is_steered_before_its_first_visitor(shared_url: str) -> None:
    assert "create it with `vwr prepare" in failed(run(shared_url, "pause", "main", **SETTINGS))
    done = said(run(shared_url, "prepare", "main", "--yes", **SETTINGS))
    assert done == "the room is ready: open, with 0 in line\n"
    said(run(shared_url, "pause", "main", **SETTINGS))
    said(run(shared_url, "message", "main", "We open at ten", **SETTINGS))
    with panel_over(shared_url) as panel, httpx.Client(headers={"Accept": "text/html"}) as visitor:
        page = panel.replace("vwr-admin", "tickets")
        answer = visitor.get(page)
        assert answer.status_code == 202 and "We open at ten" in answer.text
        assert "paused, with 1 in line" in said(
            run(shared_url, "prepare", "main", "--yes", **SETTINGS)
        )
        said(run(shared_url, "resume", "main", **SETTINGS))
        wait_for(lambda: visitor.get(page).status_code == 200)  # the app's strategy has its say


def test_the_apps_settings_replace_those_of_the_shell_that_made_the_room(shared_url: str) -> None:
    of_the_shell = {**SETTINGS, "VWR_MAX_ACTIVE": "7"}
    said(run(shared_url, "prepare", "main", "--yes", **of_the_shell))
    assert "0 of 7" in said(run(shared_url, "status", "main"))
    with panel_over(shared_url) as panel:
        reach = {"VWR_URL": panel, "VWR_KEY": API_KEY}
        assert "0 of 2" in said(run(shared_url, "status", "main", **reach))
        said(run(shared_url, "prepare", "main", "--yes", **of_the_shell))
        assert "0 of 2" in said(run(shared_url, "status", "main")), "it was there already"


@pytest.mark.usefixtures("person")
def test_a_room_is_made_only_after_a_yes(shared_url: str) -> None:
    failed(run(shared_url, "prepare", "main", answer="n\n", **SETTINGS))
    assert "holds no room" in failed(run(shared_url, "status", "main", **SETTINGS))
    assert "open, with 0" in said(run(shared_url, "prepare", "main", answer="y\n", **SETTINGS))


def test_without_its_settings_no_room_is_made(shared_url: str) -> None:
    assert "VWR_SECRET_KEY, VWR_PATHS" in failed(run(shared_url, "prepare", "main", "--yes"))
    other = failed(run(shared_url, "prepare", "other", "--yes", **SETTINGS))
    assert other == "Error: the settings name no room 'other', only main"
    mistyped = failed(run(shared_url, "pause", "mian", **SETTINGS))
    assert "holds no room 'mian', and the settings name no room 'mian', only main" in mistyped
    for text in (
        failed(run(shared_url, "pause", "main")),
        failed(run(shared_url, "pause", "other")),
    ):
        assert "use the panel with --url" in text


def test_rooms_are_listed_beside_one_that_nobody_visited_yet(shared_url: str) -> None:
    two = '[{"name": "a", "paths": "/a"}, {"name": "b", "paths": "/b"}]'
    environ = {"VWR_SECRET_KEY": SETTINGS["VWR_SECRET_KEY"], "VWR_ROOMS": two}
    assert "holds no room" in failed(run(shared_url, "rooms", **environ))
    said(run(shared_url, "prepare", "b", "--yes", **environ))
    made, missing = json.loads(said(run(shared_url, "rooms", "--json", **environ)))
    assert (made["room"], made["waiting"]) == ("b", 0)
    assert missing == {"room": "a", "state": "not made yet"}
    assert "b open" in said(run(shared_url, "status", "b")), "whose settings are not known here"
    assert re.search(r"a +not made yet +—", said(run(shared_url, "rooms", **environ)))


def test_a_panel_makes_its_rooms_by_itself(shared_url: str) -> None:
    with panel_over(shared_url) as panel:
        reach = {"VWR_URL": panel, "VWR_KEY": API_KEY}
        assert said(run(shared_url, "pause", "main", **reach)) == "paused\n"
        assert "paused, with 0 in line" in said(run(shared_url, "prepare", "main", **reach))
