"""What apprise sends arrives, as the interfaces of others want it: servers here check what came.

Of services whose hosts are fixed (Slack, Teams and the rest) only apprise's word is known.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.alarms.conftest import line_of, rounds
from tests.support.alarm_receivers import chat_server
from tests.support.house import House
from vwr_middleware.blocking import finish

pytestmark = pytest.mark.outside

TITLE, TEXT = "Note: main line formed", "A line has formed for main: 2 waiting."
BASIC = f"Basic {b64encode(b'ann:hidden').decode()}"


@dataclass(frozen=True)
class Interface:
    """`url` is its address for apprise. `says` finds title and text in what came to `asked`."""

    url: str
    answers: Mapping[str, Any]
    asked: str
    headers: Mapping[str, str]
    says: Callable[[Any], tuple[str, str]]
    more: Mapping[str, Any] = field(default_factory=dict)  # what else stands in it


MATRIX = "/_matrix/client/v3"
INTERFACES = {
    "Matrix": Interface(
        "matrix://hidden@{host}/!ops:chat.example",
        {
            f"GET {MATRIX}/account/whoami": {"user_id": "@room:chat.example", "device_id": "A"},
            f"POST {MATRIX}/join/": {"room_id": "!ops:chat.example"},
            f"PUT {MATRIX}/rooms/": {"event_id": "$1"},
        },
        f"PUT {MATRIX}/rooms/!ops:chat.example/send/m.room.message/",
        {"authorization": "Bearer hidden"},
        lambda body: tuple(body["body"].removeprefix("# ").split("\r\n", 1)),
        {"msgtype": "m.text"},
    ),
    "Mattermost": Interface(  # whose incoming webhooks have the form of Slack's
        "mmost://room@{host}/hidden?to=ops",
        {"POST /hooks/hidden": {"ok": True}},
        "POST /hooks/hidden",
        {"content-type": "application/json"},
        lambda body: tuple(body["text"].split("\r\n", 1)),
        {"username": "room", "channel": "ops"},
    ),
    "ntfy": Interface(
        "ntfy://ann:hidden@{host}/ops",
        {"POST /": {"id": "1"}},
        "POST /",
        {"authorization": BASIC},
        lambda body: (body["title"], body["message"]),
        {"topic": "ops"},
    ),
    "Gotify": Interface(
        "gotify://{host}/hidden?priority=high",
        {"POST /message": {"id": 1}},
        "POST /message",
        {"x-gotify-key": "hidden"},
        lambda body: (body["title"], body["message"]),
        {"priority": 8},
    ),
    "JSON": Interface(
        "json://ann:hidden@{host}/ops",
        {"POST /ops": {}},
        "POST /ops",
        {"authorization": BASIC},
        lambda body: (body["title"], body["message"]),
        {"type": "info"},
    ),
}


@pytest.mark.parametrize("name", INTERFACES)
def test_an_alarm_arrives(alarmed: Callable[..., House], name: str) -> None:
    its = INTERFACES[name]
    with chat_server(its.answers) as chat:
        house = alarmed(
            alarms={"line_formed": 2}, alarm_webhooks=[],
            alarm_services=[its.url.format(host=chat.host)],
        )  # fmt: skip
        line_of(house, 2)
        house.clock.pass_by(2)
        house.visitor().get("/vwr/main/status")
        chat.is_broken = True
        rounds(house)
        assert outcomes(house) == ["tried again later"]
        chat.is_broken = False
        chat.came.clear()
        house.clock.pass_by(10)
        rounds(house)
        assert outcomes(house) == ["tried again later", "sent"]
    asked, headers, body = chat.came[-1]
    assert asked.startswith(its.asked), chat.came
    assert its.headers.items() <= headers.items()
    title, text = its.says(body)
    assert (title, text.partition("\n")[0].strip()) == (TITLE, TEXT)
    assert its.more.items() <= body.items()
    assert sum(asked.startswith(its.asked) for asked, *_ in chat.came) == 1


def outcomes(house: House) -> list[str]:
    rows = finish(house.site.alarms.shared.read()).rows["log"]
    assert all("hidden" not in row["problem"] for row in rows)
    return [row["outcome"] for row in rows]
