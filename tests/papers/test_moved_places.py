"""The papers of a place that has moved say which device they are of."""

from dataclasses import replace

import pytest
from itsdangerous.encoding import base64_encode

from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import DEVICES_MOST, GIVEN_UP
from vwr_middleware.papers.tickets import MOVED_BODY, Ticket, Tickets
from vwr_middleware.papers.tokens import AccessToken, Tokens

KEYS = Keys(["a secret of these tests"], "vwr")
TICKET = Ticket("0123456789abcdef", 3, 17, 1_800_000_000)


@pytest.mark.parametrize("device", [1, 2, DEVICES_MOST, GIVEN_UP])
def test_the_ticket_of_a_moved_place_says_which_device_it_is_of(device: int) -> None:
    tickets = Tickets(KEYS, "main")
    moved = replace(TICKET, device=device)
    text = tickets.sign(moved)
    assert len(text) == 76
    assert tickets.read(text) == moved
    assert tickets.read(text[:-1] + ("A" if text[-1] != "A" else "B")) is None


def test_a_body_of_one_version_in_the_length_of_another_is_no_ticket() -> None:
    tickets = Tickets(KEYS, "main")
    signed = tickets._signer.sign(  # only we could sign so, and never do
        base64_encode(MOVED_BODY.pack(1, bytes(8), 1, 1, 1, 1))
    )
    assert tickets.read(signed.decode()) is None


def test_a_token_remembers_the_device() -> None:
    tokens = Tokens(KEYS, "vwr", "main")
    first = AccessToken(TICKET.room_id, 3, 17, 100, 160, True, device=2)
    assert tokens.read(tokens.mint(first)) == first
    confirmed = replace(first, first=False)
    assert tokens.read(tokens.mint(confirmed)) == confirmed
