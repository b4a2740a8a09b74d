"""What people can use stands in the documents: commands, metrics, events, fields, cookies."""

import re
import typing
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.clock import Clock
from tests.support.doors import Door, open_door
from tests.support.panel import API_KEY, GIVEN
from tests.support.readme import README
from tests.support.servers import ROOT
from vwr_middleware.cli.commands import vwr
from vwr_middleware.events import EventName
from vwr_middleware.inlet.choices import CHOICES
from vwr_middleware.panel.endpoints import ENDPOINTS
from vwr_middleware.settings.clashes import OTHER_COOKIES
from vwr_middleware.types import Inlet, Snapshot

DOCS = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}


@pytest.fixture
def door(clock: Clock) -> Iterator[Door]:
    with ExitStack() as stack:
        yield open_door("wsgi", "memory://", clock, stack, max_active=1, **GIVEN)


def test_every_command_is_shown() -> None:
    text = "\n".join([README.read_text(), *DOCS.values()])
    assert [name for name in vwr.commands if f"vwr {name}" not in text] == []


def test_every_event_is_named() -> None:
    names = typing.get_args(EventName)
    assert [name for name in names if f"`{name}`" not in DOCS["rules"]] == []


def test_every_kind_of_strategy_is_named() -> None:
    rules = DOCS["rules"]
    assert [kind for kind in CHOICES if f"`{kind}`" not in rules and f'"{kind}"' not in rules] == []


def test_what_a_strategy_may_ask_and_say_is_there() -> None:
    _, _, told = DOCS["rules"].partition("An `Inlet` may say")
    names = re.findall(r"`([a-z_]+)`", told.partition("While it fails")[0])
    known = {*dir(Inlet), *dir(Snapshot)}
    assert {"limit", "calls", "first_claim"} <= set(names) <= known | {"max_active"}


def test_every_cookie_is_named() -> None:
    assert [name for name in OTHER_COOKIES if f"`{name}`" not in DOCS["sessions"]] == []


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_the_cookies_are_as_large_as_is_said(clock: Clock, algorithm: str) -> None:
    sizes = r"about (\d+) and (?P<HS256>\d+) bytes \(with ES256 (?P<ES256>\d+)\): `vwr_<room>`"
    told = re.search(sizes, DOCS["sessions"])
    assert told
    given = GIVEN | {"token_algorithm": algorithm}
    with ExitStack() as stack:
        door = open_door("wsgi", "memory://", clock, stack, max_active=1, **given)
        visitors = [door.visit_at(), door.visit_at()]
        visitors[0].opens("/tickets")  # confirms
        kept = [cookie for one in visitors for cookie in one.client.cookies.items()]
    token, ticket = (len(f"{name}={value}") for name, value in kept)
    assert (ticket, token) == pytest.approx((int(told[1]), int(told[algorithm])), abs=8)


def test_every_metric_is_named(door: Door) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    told = door.visitor().client.get("/vwr-admin/metrics", headers=headers).text
    kinds = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    own = {kind for kind in kinds if not kind.startswith("vwr_room_")}
    assert "vwr_store_up" in own
    assert [name for name in own if f"`{name}`" not in DOCS["operators"]] == []


def test_every_field_of_the_answers_to_programs_is_named(door: Door) -> None:
    inside, waiting = door.visitor().client, door.visitor().client
    answers = [inside.post("/vwr/main/tickets"), waiting.post("/vwr/main/tickets")]
    door.refresh()
    answers += [inside.post("/vwr/main/token"), inside.get("/vwr/main/position")]
    answers += [waiting.get("/vwr/main/position"), waiting.get("/vwr/main/status")]
    fields = {name for answer in answers for name in answer.json()}
    assert {"wait_seconds", "session", "seconds_left"} <= fields
    named = DOCS["programs"].partition("## Native apps")[2]
    assert [name for name in fields if f"`{name}`" not in named] == []


def test_every_address_that_stands_for_one_of_aws_is_there(clock: Clock) -> None:
    told = DOCS["from-aws"]
    ours = re.findall(r"`(GET|POST) (/vwr/<room>/[\w.]+)`", told)
    assert len(ours) == 5
    with ExitStack() as stack:
        door = open_door("wsgi", "memory://", clock, stack, **GIVEN, token_algorithm="ES256")
        for method, path in ours:
            answer = door.visitor().client.request(method, path.replace("<room>", "main"))
            assert answer.status_code not in (404, 405), path
    operations = {(each.method, each.path.rpartition("}")[2]) for each in ENDPOINTS.values()}
    steering = re.findall(r"`(GET|POST) …/\S+?(?:<room>|<id>)(\S*)`", told)
    assert {path for _, path in steering} == {"", "/advance", "/reset", "/complete", "/ended"}
    assert set(steering) <= operations
