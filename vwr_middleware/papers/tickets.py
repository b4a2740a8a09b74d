"""The ticket: the signed proof of a queue position, kept in the ticket cookie."""

import hashlib
import hmac
import struct
from binascii import b2a_base64
from dataclasses import dataclass, replace
from functools import lru_cache

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from vwr_middleware.draw.seed import Seeds
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import GIVEN_UP
from vwr_middleware.line.messages import Place
from vwr_middleware.papers.invitations import Invitations
from vwr_middleware.papers.request_ids import RequestIds

#: Version, room id, generation, position, time of joining. Widths are fixed, so that no two tickets
#: have the same bytes. 21 bytes are exactly 28 letters of base64, without padding or spare bits.
BODY = struct.Struct(">B8sIII")
VERSION = 1
#: The same with the number of the device, for a place that has moved: 32 letters.
MOVED_BODY = struct.Struct(">B8sIIIHx")
MOVED_VERSION = 2
#: The same with how many had places by lot as this generation began, if any had: 36 letters.
DRAWN_BODY = struct.Struct(">B8sIIIHI")
DRAWN_VERSION = 3
#: Of a body, a dot and the 43 letters of a SHA-256 signature.
LENGTHS = (72, 76, 80)
#: As a regular expression, by its length alone.
SHAPE = r'[^\s;"]{72}(?:[^\s;"]{4}){0,2}'
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
#: Verified tickets that are remembered at most: some 25 MB for each room and worker.
REMEMBERED = 65_536


@dataclass(slots=True)  # not frozen: making a frozen one takes three times as long
class Ticket:
    """A place in line: this queue position of this generation of this room."""

    room_id: str  # 16 hexadecimal digits
    generation: int
    position: int
    joined_at: int  # store time, in seconds
    device: int = 0  # how often the place has moved to another device
    drawn: int = 0  # how many had places by lot as this generation began
    #: With which number this place was registered, if it was drawn. No ticket says it: it is worked
    #: out (see drawn_tickets.py).
    number: int = 0

    @property
    def place(self) -> Place:
        """The place, and the device that comes for it."""
        at = self.generation, self.position
        return Place(*at, self.device, self.room_id, number=self.number)

    @property
    def is_given_up(self) -> bool:
        """Whether all that it says is that its holder has left the line."""
        return self.device == GIVEN_UP

    def given_up(self) -> "Ticket":
        """The ticket that is kept by somebody who leaves."""
        return replace(self, device=GIVEN_UP)


class Tickets:
    """Signs and reads the tickets of one room; no other room's keys verify them."""

    def __init__(
        self, keys: Keys, room_name: str, remembered: int = REMEMBERED, purpose: str = "ticket"
    ) -> None:
        #: How clients of AWS's API name the places of this room, for which others have tickets.
        self.request_ids = RequestIds(keys, room_name)
        #: What operators hand out, by which people join.
        self.invitations = Invitations(keys, room_name)
        #: By which numbers get their places, where the room draws.
        self.seeds = Seeds(keys, room_name)
        found = keys.for_purpose(purpose, room_name)
        self._signing = hmac.new(found[0], digestmod=hashlib.sha256)
        # itsdangerous signs with the last key and tries them from the last to the first.
        self._signer = Signer(
            list(reversed(found)),
            key_derivation="none",
            digest_method=hashlib.sha256,
        )
        # Those who wait bring the same ticket again and again. A refused one raises and so is not
        # remembered: rubbish cannot push good tickets out.
        self._remembered = lru_cache(maxsize=remembered)(self._verify)

    def sign(self, ticket: Ticket) -> str:
        """The ticket as the value of a cookie, 72 characters long, or 76 once it has moved, or 80
        after a draw."""
        body = _body(ticket)
        # As the signer does it, but faster for a crowd that joins: the key is set up once.
        text = _base64(body)
        signing = self._signing.copy()
        signing.update(text)
        return f"{text.decode()}.{_base64(signing.digest()).decode()}"

    def read(self, value: str | bytes) -> Ticket | None:
        """The ticket; None for any text that this room has not signed exactly like this."""
        try:
            return self._remembered(value)
        except (BadData, ValueError):
            return None

    def _verify(self, value: str | bytes) -> Ticket:
        if len(value) not in LENGTHS:
            raise ValueError("not a ticket")
        signed = value if isinstance(value, bytes) else value.encode("ascii")
        body = self._signer.unsign(signed)
        # Base64 spells one signature in several ways (spare bits, ignored letters): one counts.
        signature = signed[-43:]
        if base64_encode(base64_decode(signature)) != signature:
            raise ValueError("not spelt as we sign")
        return _ticket_in(base64_decode(body))


def _base64(data: bytes) -> bytes:
    """Base64 as itsdangerous writes it."""
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")


def _body(ticket: Ticket) -> bytes:
    """What is signed of a ticket."""
    room_id = bytes.fromhex(ticket.room_id)
    numbers = ticket.generation, ticket.position, ticket.joined_at
    if ticket.drawn:
        return DRAWN_BODY.pack(DRAWN_VERSION, room_id, *numbers, ticket.device, ticket.drawn)
    if ticket.device:
        return MOVED_BODY.pack(MOVED_VERSION, room_id, *numbers, ticket.device)
    return BODY.pack(VERSION, room_id, *numbers)


def _ticket_in(body: bytes) -> Ticket:
    """The ticket in a signed body."""
    if (len(body), body[0]) == (BODY.size, VERSION):
        _, room_id, generation, position, joined_at = BODY.unpack(body)
        return Ticket(room_id.hex(), generation, position, joined_at)
    if (len(body), body[0]) == (MOVED_BODY.size, MOVED_VERSION):
        _, room_id, generation, position, joined_at, device = MOVED_BODY.unpack(body)
        return Ticket(room_id.hex(), generation, position, joined_at, device)
    if (len(body), body[0]) == (DRAWN_BODY.size, DRAWN_VERSION):
        _, room_id, *numbers = DRAWN_BODY.unpack(body)
        return Ticket(room_id.hex(), *numbers)
    raise ValueError("a ticket of another version")
