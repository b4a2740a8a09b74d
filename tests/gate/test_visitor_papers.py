"""Papers of a lost room, kept beside those of the room in its place: which are, and until when."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.clock import Clock
from tests.support.requests import PlainRequest
from tests.support.tokens import KEYS, TOKEN, TOKENS
from vwr_middleware.blocking import finish
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.visitor_papers import VisitorPapers
from vwr_middleware.line.messages import Ask
from vwr_middleware.papers.tickets import Ticket, Tickets
from vwr_middleware.settings import Settings
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView

HELD, LOST, OLDER, REPLACED = ("1" * 16, "2" * 16, "3" * 16, "4" * 16)
TICKETS = Tickets(KEYS, "main")
SETTINGS = Settings(secret_key="a secret of the tests, long enough", paths="/")
OURS, THEIRS, OTHERS, GONE = (
    TICKETS.sign(Ticket(room, 1, 7, 1_700_000_000)) for room in (HELD, LOST, OLDER, REPLACED)
)
OUR_TOKEN, THEIR_TOKEN = (TOKENS.mint(replace(TOKEN, room_id=room)) for room in (HELD, LOST))
FORGED = "rubbish"


@pytest.fixture
def view(clock: Clock) -> RoomView:
    """What a worker knows of the room that the store holds, which stands in another one's place."""
    view = RoomView(SETTINGS.rooms[0])
    ask = Ask("main", view.settings.store_config())
    (room,) = finish(MemoryStore(clock).refresh([ask]))
    view.room = CurrentRoom(replace(room, room_id=HELD, replaced=[REPLACED]))
    return view


@pytest.fixture
def papers(view: RoomView) -> Papers:
    """Of that room."""
    return Papers(SETTINGS, KEYS, view)


def bring(*cookies: str, **headers: str) -> PlainRequest:
    """A request with cookies: "main=x" for vwr_main, and so on."""
    header = "; ".join(f"vwr_{cookie}" for cookie in cookies)
    return PlainRequest(headers={"cookie": header} | headers)


def given(cookies: tuple[Any, ...]) -> list[tuple[str, str]]:
    """The names and values of cookies that are set."""
    return [(cookie.name.removeprefix("vwr_"), cookie.value) for cookie in cookies]


def test_what_was_kept_is_good_again_in_its_own_room_alone(papers: Papers, view: RoomView) -> None:
    brought = VisitorPapers(papers,
        bring(
            f"main_kept={FORGED}", f"main_kept={THEIRS}", f"main_kept={OURS}",
            f"main_token_kept={THEIR_TOKEN}", f"main_token_kept={OUR_TOKEN}",
        )
    )  # fmt: skip
    ticket, token = brought.ticket(), brought.token()
    assert ticket is not None and ticket.room_id == HELD
    assert token is not None and token.room_id == HELD
    view.room = None
    assert brought.ticket() is None
    assert brought.token() is None


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
    papers: Papers, cookies: list[str], headers: dict[str, str], is_kept: bool
) -> None:
    ticket = TICKETS.read(OURS)
    assert ticket is not None
    assert VisitorPapers(papers, bring(*cookies, **headers)).is_kept(ticket) is is_kept


def test_rooms_that_were_replaced_are_not_strange(papers: Papers, view: RoomView) -> None:
    brought = VisitorPapers(
        papers, bring(*(f"main={text}" for text in (FORGED, OURS, THEIRS, GONE)))
    )
    assert brought.strange_tickets() == [TICKETS.read(THEIRS)]
    view.room = None
    assert brought.strange_tickets() == []


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
    papers: Papers, cookies: list[str], change: str | None
) -> None:
    changed = [] if change is None else [("main_kept", change)]
    assert given(VisitorPapers(papers, bring(*cookies)).kept_beside(False)) == changed


def test_a_token_of_a_lost_room_is_kept_beside_the_ticket(papers: Papers) -> None:
    request = bring(f"main={THEIRS}", f"main_token={THEIR_TOKEN}")
    both = VisitorPapers(papers, request).kept_beside(True)
    assert given(both) == [("main_kept", THEIRS), ("main_token_kept", THEIR_TOKEN)]
    assert all(cookie.secure for cookie in both)
    request = bring(f"main_kept={THEIRS}", f"main_token_kept={OUR_TOKEN}")
    assert given(VisitorPapers(papers, request).kept_beside(True)) == [("main_token_kept", "")]


def test_whoever_gives_all_up_loses_what_is_there(papers: Papers) -> None:
    removed = [("main_kept", ""), ("main_token_kept", "")]
    for cookie in ("main_kept=x", "main_token_kept=x"):
        assert given(VisitorPapers(papers, bring(cookie)).kept_removed(False)) == removed
    assert given(VisitorPapers(papers, bring(f"main={OURS}")).kept_removed(False)) == []
