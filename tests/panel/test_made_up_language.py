"""The panel in a language made up on the fly, in which every text of the catalogues is in letters
of full width: what is still in plain ones is a text that no catalogue has.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from gettext import NullTranslations
from html import unescape

import httpx
import pytest

from tests.panel.conftest import Open
from tests.support.clock import Clock
from tests.support.doors import Door
from tests.support.lost import lose_room
from tests.support.panel import GIVEN, PAGE, Operator, api, fill, signed_in
from tests.support.servers import ROOT
from tools.panel_catalogues import english, texts
from vwr_middleware.alarms.alarms import Alarms
from vwr_middleware.alarms.kinds import KINDS
from vwr_middleware.inlet.choices import CHOICES
from vwr_middleware.pages import languages
from vwr_middleware.pages.languages import Language
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.settings.opening_kinds import PARTS
from vwr_middleware.settings.operators import ROLES
from vwr_middleware.settings.room import MODES

CODE = "zz"


# Not when the module is read: it takes a second of each process that shares the tests.
@cache
def known() -> set[str]:
    return {english(text) for text in texts()}


def strange(text: str) -> str:
    """The same in letters of full width; dates and what is put in stay."""
    if text.startswith("%"):
        return text.replace("%b", "%m")
    return re.sub(
        r"\{\w*\}|[A-Za-z]",
        lambda found: found[0] if len(found[0]) > 1 else chr(ord(found[0]) + 0xFEE0),
        text,
    )


class MadeUp(NullTranslations):
    """Knows the texts of the panel's catalogues, and no other."""

    def gettext(self, message: str) -> str:
        return strange(message) if message in known() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return strange(msgid1 if n == 1 else msgid2) if msgid1 in known() else msgid2


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = languages._ours

    def and_the_made_up_one(domain: str) -> tuple[Language, ...]:
        return (*ours(domain), *((Language(CODE, MadeUp()),) if domain == "panel" else ()))

    monkeypatch.setattr(languages, "_ours", and_the_made_up_one)


#: What operators, rooms and settings are called, in every language alike.
NAMED = {
    *(*NAMES, *PARTS, *MODES, *ROLES, *CHOICES, *KINDS),
    *(knob for choice in CHOICES.values() for knob in choice.knobs),
    *("main", "other", "Ann", "UTC", "UTF", "members", "sold", "out"),
    *("percent", "serving", "span", "against", "queue", "room_id", "day_log", "trusted_proxies"),
    *(
        "Europe",
        "Berlin",
        "paths",
        "evil",
        "tickets",
        "dates",
        "text",
        "kind",
        "value",
        "Expecting",
    ),
    *("when_space", "lost", "close", "info", "warning", "urgent"),
}


def plain_words(text: str) -> set[str]:
    without_ids = re.sub(r"\b[0-9a-f]{6,}\b", " ", text)
    return set(re.findall(r"[A-Za-z_]{3,}", without_ids)) - NAMED


def seen_on(page: str) -> str:
    """What somebody reads or hears of a page, without what is written in code."""
    for part in ("script", "style", "code", "time", "select", r'button name="lang"', "iframe"):
        page = re.sub(rf"<{part}[\s>].*?</{part.split()[0]}>", " ", page, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    told = re.findall(r"data-texts='([^']*)'", page) + re.findall(r'data-values="([^"]*)"', page)
    said = [re.sub(r'"\w+":|\{\w+\}|\\u\w{4}', " ", unescape(each)) for each in told]
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", page), *spoken, *said]))


def left_of(answer: httpx.Response) -> set[str]:
    """The words of an answer that are no texts of a catalogue."""
    if answer.headers["content-type"].startswith("text/html"):
        return plain_words(seen_on(answer.text))
    told = answer.json()
    parts = ("ask", "hazards", "said", "problem", "detail")
    return plain_words(" ".join(str(told.get(part, "")) for part in parts))


def reads_it(operator: Operator) -> Operator:
    operator.client.headers["Accept-Language"] = CODE
    return operator


def busy(open_it: Open) -> Door:
    """A room of which much is to be told."""
    door = open_it(
        max_active=2,
        lanes={"members": 0.3},
        prepared_messages={"sold-out": {"text": "§", "severity": "warning", "at": "now"}},
        max_waiting=9,
        alarms={"paused": 10, "line_formed": 2},
        alarm_webhooks=["http://127.0.0.1:9/"],
        stock=lambda: "§",
        **GIVEN,
    )
    fill(door)
    return door


def written(at: float) -> str:
    """A time as a field for dates sends it."""
    return datetime.fromtimestamp(at, UTC).isoformat()[:16]


def look_for_alarms(door: Door) -> None:
    """Alarms are looked for, and nothing is sent."""
    alarms: Alarms = door.site.alarms
    alarms.sending.begin = lambda deliveries, wall: None  # type: ignore[method-assign]
    for _ in range(3):
        door.refresh(6)
        door.ask(alarms.round)


def test_no_page_has_a_text_that_no_catalogue_has(open_it: Open, clock: Clock) -> None:
    door = busy(open_it)
    operator = reads_it(signed_in(door))
    times = {"soon": written(clock() + 3600), "later": written(clock() + 7200)}
    for action, fields in CHANGES:
        form = {name: text.format(**times) for name, text in fields.items()}
        answer = operator.act(action, **form)
        assert (answer.status_code, left_of(answer)) == (200, set()), (action, answer.text)
        look_for_alarms(door)
        for path in ("/rooms/main", "/alarms"):
            page = operator.open(path)
            assert left_of(page) == set(), (action, fields, path)
    for path in (
        "/",
        "/wall",
        "/rooms/main/wall",
        "/rooms/main/charts?span=30d&against=2026-11-01",
    ):
        assert left_of(operator.open(path)) == set(), path


#: Changes after each of which the pages say something else.
CHANGES: Sequence[tuple[str, dict[str, str]]] = (
    ("set", {"stock_left": "3"}),
    ("set", {"per_minute": "30"}),
    ("inlet", {"kind": "periodic", "periodic.count": "3"}),
    ("inlet", {"kind": "manual"}),
    ("unset", {"name": "inlet"}),
    ("message", {"message": "§", "severity": "urgent", "lang": "de", "translation": "§"}),
    ("prepare-message", {"prepared": "other", "message": "§"}),
    ("plan-change", {"at": "{soon}", "setting": "max_active", "value": "5"}),
    ("plan-change", {"at": "{soon}", "setting": "mode", "unset": "on"}),
    ("set", {"max_active": "3"}),
    ("advance", {"count": "1"}),
    ("serve", {"serving": "4"}),
    ("pause", {}),
    ("resume", {}),
    ("set", {"mode": "shadow"}),
    ("set", {"mode": "off"}),
    ("set", {"mode": "closed"}),
    ("set", {"mode": "auto"}),
    ("add-opening", {"opens_at": "{soon}", "closes_at": "{later}", "max_active": "4"}),
    ("remove-opening", {"opens_at": "{soon}+00:00"}),
    ("set", {"opens_at": "{soon}", "closes_at": "{later}"}),
    ("revoke", {"session": "1-1"}),
    ("reset", {"typed": "main"}),
)


def test_no_question_and_no_refusal_is_one_that_no_catalogue_has(open_it: Open) -> None:
    door = busy(open_it)
    operator = reads_it(signed_in(door))
    for action, fields in ASKED:
        answer = operator.press(action, **fields)
        assert answer.status_code >= 400, (action, fields, answer.text)
        assert left_of(answer) == set(), (action, fields, answer.text)
    for visitor in ("", "1", "3", "7", "99999", "1-1", "9-9", "nonsense", "0"):
        form = {"csrf": operator.csrf, "visitor": visitor}
        page = operator.client.post("/vwr-admin/rooms/main/explain", data=form, headers=PAGE)
        assert left_of(page) == set(), visitor
    for path in ("/rooms/none", "/nowhere", "/rooms/main/charts?span=9", "/sign-out"):
        assert left_of(operator.open(path)) - {"none", "POST"} == set(), path


#: Settings that take any text.
TEXTS = ("message", "announcement", "draw_beacon")
WRONG = "\u00a7"
FLOOR_ABOVE_CEILING = {"adaptive.floor": "9", "adaptive.ceiling": "2"}
#: What makes no sense, or asks first.
ASKED: Sequence[tuple[str, dict[str, str]]] = (
    *(("set", {name: WRONG}) for name in NAMES if name not in TEXTS),
    *(("set", {name: "0"}) for name in ("max_active", "per_minute", "burst", "session_seconds")),
    *(("set", {"lanes": text}) for text in ('{"\u00a7": 0.1}', '{"a": 3}', '{"a": 0.6, "b": 0.6}')),
    *(("set", {"quiet_hours": f"22:00-{text}"}) for text in ("99:00 UTC", "22:00 UTC", "1:00 §")),
    *(("set", {"mode": mode}) for mode in MODES if mode not in ("auto", "queue")),
    *(("set", {"max_active": most}) for most in ("1", "9000")),
    ("set", {"message": WRONG * 1001}),
    ("set", {"announcement": '{"text": "\u00a7", "texts": {"\u00a7": "\u00a7"}, "at": "\u00a7"}'}),
    ("set", {"announcement": '{"text": "[\u00a7](//evil)", "severity": "\u00a7"}'}),
    ("set", {"burst": "5"}),
    ("set", {"session_seconds": "60"}),
    ("set", {"renew": "no"}),
    ("set", {"late": "lost"}),
    ("set", {"opens_at": "2090-01-01T00:00"}),
    ("set", {"closes_at": "2020-01-01T00:00"}),
    ("set", {"opens_at": "2090-01-01T00:00", "closes_at": "2089-01-01T00:00"}),
    ("set", {}),
    ("unset", {"name": WRONG}),
    ("unset", {"name": "paths"}),
    ("inlet", {"kind": "periodic", "periodic.count": WRONG}),
    ("inlet", {"kind": WRONG}),
    ("inlet", {"kind": "adaptive", "adaptive.target": "1", **FLOOR_ABOVE_CEILING}),
    ("advance", {"count": WRONG}),
    ("advance", {"count": "0"}),
    ("serve", {"serving": "999"}),
    ("scale", {"percent": "999"}),
    ("undo", {"number": "1"}),
    ("resume", {}),
    ("message", {"message": "[\u00a7](\u00a7)"}),
    ("message", {"message": "\u00a7](\u00a7)"}),
    ("message", {"message": "\u00a7", "lang": "\u00a7\u00a7", "translation": "\u00a7"}),
    ("prepare-message", {"prepared": WRONG, "message": "\u00a7"}),
    ("prepare-message", {"prepared": "other"}),
    ("show-message", {"prepared": WRONG}),
    ("revoke", {"session": WRONG}),
    ("revoke", {"session": "1-1"}),
    ("revoke", {"session": "1-9", "sure": "yes"}),
    ("reset", {"typed": WRONG}),
    ("restore", {"queue": "9", "served": "9", "inside": "9", "typed": WRONG}),
    ("restore", {"queue": WRONG, "served": "9", "inside": "9", "typed": "main"}),
    ("plan-change", {"setting": "mode", "value": "off"}),
    ("plan-change", {"at": WRONG, "setting": "mode", "value": "off"}),
    ("plan-change", {"at": "2020-01-01T00:00", "setting": "mode", "value": "off"}),
    ("plan-change", {"at": "2990-01-01T00:00", "setting": "mode", "value": "off"}),
    ("withdraw", {"id": WRONG}),
    ("add-opening", {}),
    ("add-opening", {"opens_at": WRONG, "max_active": WRONG}),
    ("add-opening", {"opens_at": "2020-01-01T00:00", "closes_at": "2020-01-02T00:00"}),
    ("add-opening", {"opens_at": "2090-01-02T00:00", "closes_at": "2090-01-01T00:00"}),
    ("add-opening", {"opens_at": "2090-01-02T00:00", "joins_from": "2090-01-03T00:00"}),
    ("remove-opening", {"opens_at": WRONG}),
    ("remove-opening", {"opens_at": "2090-01-02T00:00+00:00"}),
    (WRONG, {}),
)  # fmt: skip


def test_a_lost_room_is_told_of_by_the_catalogues(clock: Clock) -> None:
    with ExitStack() as stack:
        loss = lose_room(clock, stack)
        loss.ask()
        operator = reads_it(signed_in(loss.door))
        assert left_of(operator.open()) == set()


def test_without_a_store_the_pages_speak_by_the_catalogues_too(door: Door) -> None:
    operator = reads_it(signed_in(door))
    door.store.is_off = True
    for path in ("/", "/rooms/main", "/wall"):
        assert left_of(operator.open(path)) == set(), path
    assert left_of(operator.act("pause")) == set()


def test_somebody_who_has_not_signed_in_reads_it_too(door: Door) -> None:
    stranger = reads_it(Operator.at(door))
    assert left_of(stranger.open("/")) == set()
    for _ in range(9):
        answer = stranger.sign_in("wrong")
        assert left_of(answer) == set()
    assert left_of(stranger.press("pause")) == set()


def test_a_program_reads_english_whatever_its_browser_says(door: Door) -> None:
    client = api(door)
    answer = client.patch(
        "/rooms/main/settings", json={"max_active": 0}, headers={"Accept-Language": CODE}
    )
    assert "max_active must be a whole number from 1" in answer.text


#: Modules of which only programs and the shell read the refusals.
FOR_PROGRAMS = ("api.py", "history.py", "operations.py")


def plainly_refused(source: str) -> Iterator[tuple[int, str]]:
    """Refusals whose text is no text of a catalogue."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            for given in node.args:
                if isinstance(given, ast.Constant | ast.JoinedStr):
                    yield node.lineno, ast.unparse(given)


def test_whatever_the_panel_refuses_it_says_by_the_catalogues() -> None:
    paths = sorted((ROOT / "vwr_middleware" / "panel").glob("*.py"))
    found = {path.name: [*plainly_refused(path.read_text())] for path in paths}
    assert {name: rows for name, rows in found.items() if rows and name not in FOR_PROGRAMS} == {}
