"""Request ids: a place in line as a UUID, which is all that a visitor of this API has for a ticket.

Nothing is kept for them. Such an id is encrypted and authenticated, as RFC 5297 (SIV) does it, with
HMAC-SHA256: of the 122 bits that a UUID of version 4 has to itself, 64 are the generation and the
position, masked, and 58 are their tag, under a key for this room alone. The tag covers the room's
id too, so an id of another event, or of a room that the store has lost, is none here. To guess one
takes 2**57 requests on the average, and then it is still of a generation and a position that hardly
ever exist.

A place always has the same id. So a session that has ended can be told by the id that its visitor
knows.
"""

import hmac
import re
from hashlib import sha256
from struct import Struct
from uuid import UUID

from vwr_middleware.keys import Keys

#: Generation, position.
_BODY = Struct(">II")
_BODY_BITS, _TAG_BITS = 64, 58
_LOW_BITS, _MIDDLE_BITS = 62, 12
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: The version (4) and the variant of a random UUID (RFC 9562), where they stand in its number.
_FIXED = 4 << 76 | 2 << 62


class RequestIds:
    """Makes and reads the request ids of one room."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        purpose = "request id", room_name
        tags, masks = keys.for_purpose(*purpose, "tag"), keys.for_purpose(*purpose, "mask")
        self._keys = tuple(zip(tags, masks, strict=True))

    def of(self, room_id: str, generation: int, position: int) -> str:
        """The id of a place, made with the newest secret."""
        body, (tag_key, mask_key) = _BODY.pack(generation, position), self._keys[0]
        tag = _tag(tag_key, room_id, body)
        return str(UUID(int=_spread(tag << _BODY_BITS | _masked(mask_key, tag, body))))

    @staticmethod
    def is_one(text: str) -> bool:
        """Whether a text has the shape of a request id."""
        return _UUID.fullmatch(text) is not None

    def read(self, text: str, room_id: str) -> tuple[int, int] | None:
        """Generation and position; None for any text that is no id of this room."""
        if not self.is_one(text):
            return None
        number = UUID(text).int
        packed = _gathered(number)
        if _spread(packed) != number:  # of another version
            return None
        tag, masked = packed >> _BODY_BITS, packed & (1 << _BODY_BITS) - 1
        for tag_key, mask_key in self._keys:
            body = _masked(mask_key, tag, masked.to_bytes(8, "big")).to_bytes(8, "big")
            if hmac.compare_digest(_bytes(tag), _bytes(_tag(tag_key, room_id, body))):
                generation, position = _BODY.unpack(body)
                return generation, position
        return None


def _tag(key: bytes, room_id: str, body: bytes) -> int:
    digest = hmac.digest(key, bytes.fromhex(room_id) + body, sha256)
    return int.from_bytes(digest[:8], "big") >> (64 - _TAG_BITS)


def _masked(key: bytes, tag: int, body: bytes) -> int:
    """The body with a mask over it that depends on its tag; of a masked one, the body."""
    mask = hmac.digest(key, _bytes(tag), sha256)[: _BODY.size]
    return int.from_bytes(body, "big") ^ int.from_bytes(mask, "big")


def _bytes(tag: int) -> bytes:
    return tag.to_bytes(8, "big")


def _spread(packed: int) -> int:
    """122 bits as the number of a UUID, around those that say its version."""
    low = packed & (1 << _LOW_BITS) - 1
    middle = packed >> _LOW_BITS & (1 << _MIDDLE_BITS) - 1
    return packed >> (_LOW_BITS + _MIDDLE_BITS) << 80 | middle << 64 | _FIXED | low


def _gathered(number: int) -> int:
    low = number & (1 << _LOW_BITS) - 1
    middle = number >> 64 & (1 << _MIDDLE_BITS) - 1
    return (number >> 80 << _MIDDLE_BITS | middle) << _LOW_BITS | low
