"""Signed queue positions."""

import hashlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer
from itsdangerous.encoding import base64_encode

from vwr_middleware.keys import Keys
from vwr_middleware.papers.tickets import BODY, Ticket, Tickets

KEYS = Keys(["new secret", "old secret"], "vwr")
TICKETS = Tickets(KEYS, "main")
TICKET = Ticket("00ff112233aabbcc", generation=3, position=40_000, joined_at=1_700_000_000)
VALUE = TICKETS.sign(TICKET)

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
WORDS = st.integers(0, 2**32 - 1)
ANY_TICKET = st.builds(
    Ticket,
    room_id=st.binary(min_size=8, max_size=8).map(bytes.hex),
    generation=WORDS,
    position=WORDS,
    joined_at=WORDS,
)


@given(ANY_TICKET)
def test_a_ticket_reads_as_it_was_signed(ticket: Ticket) -> None:
    value = TICKETS.sign(ticket)
    assert TICKETS.read(value) == ticket
    assert Tickets(KEYS, "main").read(value) == ticket  # also in another worker


@given(ANY_TICKET)
def test_a_ticket_is_what_the_library_would_have_signed(ticket: Ticket) -> None:
    value = TICKETS.sign(ticket)
    (key, *_) = KEYS.for_purpose("ticket", "main")
    signer = Signer(key, key_derivation="none", digest_method=hashlib.sha256)
    assert signer.sign(value.partition(".")[0]).decode() == value


def test_a_ticket_is_short_and_needs_no_quoting_in_a_cookie() -> None:
    assert len(VALUE) == 72
    assert set(VALUE) <= set(LETTERS + ".")


def test_a_ticket_of_an_earlier_release_still_reads() -> None:
    assert VALUE == "AQD_ESIzqrvMAAAAAwAAnEBlU_EA.uCncJhsCbLCaSTZUi7iJhUBuqUoe-6jknbbnq7_bVKo"
    assert (
        Tickets(KEYS, "main").read(
            "AQD_ESIzqrvMAAAAAwAAnEBlU_EA.uCncJhsCbLCaSTZUi7iJhUBuqUoe-6jknbbnq7_bVKo"
        )
        == TICKET
    )


def test_no_bit_of_a_ticket_can_be_changed() -> None:
    for index, letter in enumerate(VALUE):
        for bit in range(8):
            changed = VALUE[:index] + chr(ord(letter) ^ 1 << bit) + VALUE[index + 1 :]
            assert TICKETS.read(changed) is None, changed


def test_no_letter_can_be_left_out_doubled_or_added() -> None:
    for index in range(len(VALUE) + 1):
        assert TICKETS.read(VALUE[:index] + "A" + VALUE[index:]) is None
        assert TICKETS.read(VALUE[:index] + "=" + VALUE[index:]) is None
    for index in range(len(VALUE)):
        assert TICKETS.read(VALUE[:index]) is None
        assert TICKETS.read(VALUE[index + 1 :]) is None
        assert TICKETS.read(VALUE[:index] + VALUE[index + 1 :]) is None
    for extra in (" ", "\n", "=", "==", ".", "\0", "é", VALUE):
        assert TICKETS.read(VALUE + extra) is None
        assert TICKETS.read(extra + VALUE) is None


@given(st.text(max_size=600) | st.text(alphabet="AZaz09-_.=é\ud800", min_size=72, max_size=72))
def test_rubbish_is_no_ticket_and_no_error(value: str) -> None:
    assert TICKETS.read(value) is None


@pytest.mark.parametrize("value", ["", ".", "." * 72, "A" * 72, "\ud800" * 72, VALUE * 10_000])
def test_odd_values_are_no_tickets_and_no_errors(value: str) -> None:
    assert TICKETS.read(value) is None


def test_a_signature_has_one_spelling() -> None:
    # The last letter of 43 has two spare bits, which a lenient decoder ignores.
    for position in range(20):
        value = TICKETS.sign(Ticket(TICKET.room_id, 1, position, 0))
        assert [last for last in LETTERS if TICKETS.read(value[:-1] + last)] == [value[-1]]


def test_a_value_of_another_length_costs_no_cryptography() -> None:
    tickets = Tickets(KEYS, "main")
    del tickets._signer
    assert [tickets.read("A" * length) for length in (0, 71, 73, 513, 100_000)] == [None] * 5
    with pytest.raises(AttributeError):
        tickets.read("A" * 72)


def test_the_newest_secret_signs_and_the_old_ones_still_verify() -> None:
    before = Tickets(Keys(["old secret"], "vwr"), "main")
    alone = Tickets(Keys(["new secret"], "vwr"), "main")
    assert TICKETS.read(before.sign(TICKET)) == TICKET
    assert alone.read(TICKETS.sign(TICKET)) == TICKET
    assert before.read(TICKETS.sign(TICKET)) is None
    assert alone.read(before.sign(TICKET)) is None


def test_a_ticket_of_another_room_is_none_here() -> None:
    assert Tickets(KEYS, "other").read(VALUE) is None


def test_a_ticket_of_another_namespace_is_none_here() -> None:
    staging = Keys(["new secret", "old secret"], "staging")
    assert Tickets(staging, "main").read(VALUE) is None


def test_a_ticket_of_another_version_is_none_here() -> None:
    signer = Signer([KEYS.for_purpose("ticket", "main")[0]], **_as_ours())
    current = base64_encode(BODY.pack(1, b"8 bytes.", 1, 2, 3))
    later = base64_encode(BODY.pack(2, b"8 bytes.", 1, 2, 3))
    assert TICKETS.read(signer.sign(current).decode()) is not None
    assert TICKETS.read(signer.sign(later).decode()) is None


def test_nothing_else_that_the_secret_signed_is_a_ticket() -> None:
    body = VALUE.rpartition(".")[0]
    assert TICKETS.read(Signer("new secret", **_as_ours()).sign(body).decode()) is None
    assert TICKETS.read(Signer("new secret").sign(body).decode()) is None


def test_a_position_that_does_not_fit_is_never_signed() -> None:
    with pytest.raises(struct.error):
        TICKETS.sign(Ticket(TICKET.room_id, 1, 2**32, 0))


def test_only_verified_tickets_are_remembered_and_only_so_many() -> None:
    tickets = Tickets(KEYS, "main", remembered=3)
    for position in range(10):
        tickets.read(tickets.sign(Ticket(TICKET.room_id, 1, position, 0)))
        tickets.read(f"rubbish {position}")
    assert tickets._remembered.cache_info().currsize == 3
    rubbish = Tickets(KEYS, "main")
    assert [rubbish.read(f"{n:072}") for n in range(100)] == [None] * 100
    assert rubbish._remembered.cache_info().currsize == 0


def test_a_ticket_that_is_shown_again_is_not_verified_again() -> None:
    tickets = Tickets(KEYS, "main")
    assert tickets.read(VALUE) is tickets.read(VALUE[:9] + VALUE[9:])
    assert tickets._remembered.cache_info().hits == 1


def _as_ours() -> dict[str, Any]:
    return {"key_derivation": "none", "digest_method": hashlib.sha256}
