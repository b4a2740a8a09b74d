"""Invitations: signed links that are good once, each for one person.

Nothing is kept of those that nobody has used. An invitation names its batch, its number in it, the
lane and until when it is good; the room is in the key. The store remembers which were used.
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache

from vwr_middleware.keys import Keys

_SIGNED = 32  # hexadecimal digits
_FORM = re.compile(r"([0-9a-f]{8})\.([0-9a-f]{1,6})\.([a-z0-9-]{0,32})\.([0-9a-f]{1,10})\.(\w{32})")
#: Hexadecimal digits of what tells the browser that has used an invitation from others.
_HOLDER = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A genuine invitation."""

    batch: str
    number: int
    lane: str  # "" for the main line
    expires_at: int  # store time

    @property
    def name(self) -> str:
        """What it is known by, in its room."""
        return f"{self.batch}.{self.number}"


@dataclass(frozen=True, slots=True)
class HeldInvitation:
    """An invitation as a browser holds it. Which one that is says a random word: so whoever opens
    the same link elsewhere is somebody else."""

    invitation: Invitation
    holder: str
    #: Whom the app knows the holder as, as a digest; "": it does not say.
    account: str = ""


class Invitations:
    """Signs and reads the invitations of one room."""

    def __init__(self, keys: Keys, room_name: str) -> None:
        self._keys = keys.for_purpose("invitation", room_name)
        self._read = lru_cache(maxsize=1024)(self._checked)

    def sign(self, invitation: Invitation) -> str:
        """The text of an invitation."""
        told = _told(invitation)
        return f"{told}.{_signature(self._keys[0], told)}"

    def read(self, text: str) -> Invitation | None:
        """A genuine invitation, whether it is still good or not; None of anything else."""
        return self._read(text) if len(text) <= 128 and text.isascii() else None

    def _checked(self, text: str) -> Invitation | None:
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        batch, number, lane, expires_at, signature = found.groups()
        invitation = Invitation(batch, int(number, 16), lane, int(expires_at, 16))
        told = _told(invitation)
        matches = [hmac.compare_digest(_signature(key, told), signature) for key in self._keys]
        return invitation if any(matches) else None

    def held(self, text: str) -> HeldInvitation | None:
        """What a browser's cookie says."""
        code, _, holder = text.partition("~")
        invitation = self.read(code)
        if invitation is None or not _HOLDER.fullmatch(holder):
            return None
        return HeldInvitation(invitation, holder)

    def hold(self, invitation: Invitation, holder: str = "") -> str:
        """The cookie of a browser that opens an invitation, or of one that holds it already."""
        return f"{self.sign(invitation)}~{holder or secrets.token_hex(8)}"


def _told(invitation: Invitation) -> str:
    batch, number, lane = invitation.batch, invitation.number, invitation.lane
    return f"{batch}.{number:x}.{lane}.{invitation.expires_at:x}"


def _signature(key: bytes, told: str) -> str:
    return hmac.digest(key, told.encode(), "sha256").hex()[:_SIGNED]
