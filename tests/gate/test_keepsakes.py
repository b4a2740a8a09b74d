"""Papers of a lost room, kept beside those of the room in its place: which are, and until when."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.requests import PlainRequest
from tests.support.tokens import KEYS, TOKEN, TOKENS
from vwr_middleware.gate.keepsakes import Keepsakes
from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.jar import Jar
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.settings import Settings

HELD, LOST, OLDER, REPLACED = ("1" * 16, "2" * 16, "3" * 16, "4" * 16)
TICKETS = Tickets(KEYS, "main")
SETTINGS = Settings(secret_key="a secret of the tests, long enough", paths="/")
JAR = Jar(SETTINGS, "main")
OURS, THEIRS, OTHERS, GONE = (
    TICKETS.sign(Ticket(room, 1, 7, 1_700_000_000)) for room in (HELD, LOST, OLDER, REPLACED)
)
OUR_TOKEN, THEIR_TOKEN = (TOKENS.mint(replace(TOKEN, room_id=room)) for room in (HELD, LOST))
FORGED = "rubbish"


@pytest.fixture
def view() -> Any:
    """What a worker knows of the room that the store holds, which stands in another one's place."""
    return SimpleNamespace(snapshot=SimpleNamespace(room_id=HELD, replaced=[REPLACED]))


@pytest.fixture
def keepsakes(view: Any) -> Keepsakes:
    """Of that room."""
    return Keepsakes(view, TICKETS, TOKENS, JAR)


def bring(*cookies: str, **headers: str) -> PlainRequest:
    """A request with cookies: "main=x" for vwr_main, and so on."""
    header = "; ".join(f"vwr_{cookie}" for cookie in cookies)
    return PlainRequest(headers={"cookie": header} | headers)


def visit(request: PlainRequest, scheme: str = "http") -> Visit:
    """The same on its way through the gate."""
    request.scheme = scheme
    return Visit(request, SETTINGS, "/")


def given(cookies: tuple[Any, ...]) -> list[tuple[str, str]]:
    """The names and values of cookies that are set."""
    return [(cookie.name.removeprefix("vwr_"), cookie.value) for cookie in cookies]


def test_what_was_kept_is_good_again_in_its_own_room_alone(keepsakes: Keepsakes, view: Any) -> None:
    request = bring(
        f"main_kept={FORGED}", f"main_kept={THEIRS}", f"main_kept={OURS}",
        f"main_token_kept={THEIR_TOKEN}", f"main_token_kept={OUR_TOKEN}",
    )  # fmt: skip
    ticket, token = keepsakes.ticket(request), keepsakes.token(request)
    assert ticket is not None and ticket.room_id == HELD
    assert token is not None and token.room_id == HELD
    view.snapshot = None
    assert keepsakes.ticket(request) is None
    assert keepsakes.token(request) is None


@pytest.mark.parametrize(
    ("cookies", "headers", "is_kept"),
    [
        ([f"main_kept={OURS}"], {}, True),
        ([f"main_kept={OURS}", f"main={THEIRS}"], {}, True),
        ([f"main_kept={OURS}", f"main={THEIRS}", f"main={OURS}"], {}, False),
        ([f"main={OURS}"], {}, False),
        ([], {"vwr-ticket": OURS}, False),
        ([f"main_kept={OURS}"], {"vwr-ticket": OURS}, False),
    ],
)
def test_a_ticket_that_came_as_the_kept_one_alone_is_to_be_set_again(
    keepsakes: Keepsakes, cookies: list[str], headers: dict[str, str], is_kept: bool
) -> None:
    ticket = TICKETS.read(OURS)
    assert ticket is not None
    assert keepsakes.is_kept(bring(*cookies, **headers), ticket) is is_kept


def test_rooms_that_were_replaced_are_not_strange(keepsakes: Keepsakes, view: Any) -> None:
    request = bring(*(f"main={text}" for text in (FORGED, OURS, THEIRS, GONE)))
    assert keepsakes.strange(request) == [TICKETS.read(THEIRS)]
    view.snapshot = None
    assert keepsakes.strange(request) == []


@pytest.mark.parametrize(
    ("cookies", "change"),
    [
        ([], None),
        ([f"main={OURS}"], None),
        ([f"main={FORGED}"], None),
        ([f"main={GONE}"], None),
        ([f"main={THEIRS}"], THEIRS),
        ([f"main={THEIRS}", f"main={OTHERS}"], THEIRS),
        ([f"main={THEIRS}", f"main_kept={OTHERS}"], THEIRS),
        ([f"main={THEIRS}", f"main_kept={THEIRS}"], None),
        ([f"main={THEIRS}", f"main={OTHERS}", f"main_kept={THEIRS}"], None),
        ([f"main={OURS}", f"main_kept={THEIRS}"], None),
        ([f"main_kept={FORGED}", f"main_kept={THEIRS}"], None),
        ([f"main={THEIRS}", f"main_kept={OURS}"], THEIRS),
        ([f"main_kept={OURS}"], ""),
        ([f"main_kept={GONE}"], ""),
        ([f"main_kept={FORGED}"], ""),
    ],
)
def test_a_ticket_of_a_lost_room_is_kept_until_that_is_back(
    keepsakes: Keepsakes, cookies: list[str], change: str | None
) -> None:
    changed = [] if change is None else [("main_kept", change)]
    assert given(keepsakes.beside(visit(bring(*cookies)))) == changed


def test_a_token_of_a_lost_room_is_kept_beside_the_ticket(keepsakes: Keepsakes) -> None:
    request = bring(f"main={THEIRS}", f"main_token={THEIR_TOKEN}")
    both = keepsakes.beside(visit(request, "https"))
    assert given(both) == [("main_kept", THEIRS), ("main_token_kept", THEIR_TOKEN)]
    assert all(cookie.secure for cookie in both)
    request = bring(f"main_kept={THEIRS}", f"main_token_kept={OUR_TOKEN}")
    assert given(keepsakes.beside(visit(request, "https"))) == [("main_token_kept", "")]


def test_whoever_gives_all_up_loses_what_is_there(keepsakes: Keepsakes) -> None:
    removed = [("main_kept", ""), ("main_token_kept", "")]
    for cookie in ("main_kept=x", "main_token_kept=x"):
        assert given(keepsakes.gone(visit(bring(cookie)))) == removed
    assert given(keepsakes.gone(visit(bring(f"main={OURS}")))) == []
