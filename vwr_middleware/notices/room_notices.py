"""What a subscription says, and telling one visitor by all the ways that it names."""

import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import GONE, SENT
from vwr_middleware.line.messages import Notice
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.pages.view import Ways
from vwr_middleware.pages.wording import Words
from vwr_middleware.settings import RoomSettings, Settings
from vwr_middleware.settings.push_services import is_of_service
from vwr_middleware.user_functions import Failures, ask
from vwr_middleware.web.http import Request

if TYPE_CHECKING:
    from vwr_middleware.notices.web_push import WebPush

log = logging.getLogger("vwr_middleware")

CONTACT_LONGEST = 200
#: A push service holds a message at least so long for a browser that is off, where a turn that was
#: missed is kept, and so long at most.
_HELD_LEAST, _HELD_MOST = 3600.0, 28 * 86400.0
#: Of P-256 a point of 65 bytes, and a secret of 16.
_POINT, _SECRET = re.compile(r"[A-Za-z0-9_-]{87}=?"), re.compile(r"[A-Za-z0-9_-]{22}={0,2}")
NOTIFY_FAILED = "the notify of room %s failed, so a visitor was not told by it (%d so far)"
PUSH_FAILED = "a push of room %s failed, so a visitor was not told by it (%d so far)"
CONTACT_FAILED = "the contact of room %s failed, so a visitor cannot be told by notify (%d so far)"


@dataclass(frozen=True, slots=True)
class TurnNotice:
    """What `notify` is called with: somebody's turn has come."""

    room_name: str
    subject: str  # as in events: `3-17` is position 17 of generation 3
    position: int
    contact: str  # what `contact` returned for this visitor
    language: str  # of the page on which the visitor asked to be told


@dataclass(slots=True)
class Report:
    """What came of a notice, for the store."""

    again_in: float = SENT
    text: str = ""  # the subscription with what is still to be told, if that is less than before


class RoomNotices:
    """How people in line of one room can be told of their turn while they are away."""

    def __init__(
        self,
        settings: Settings,
        room_settings: RoomSettings,
        words: Mapping[str, Words],
        push: "WebPush | None",
    ) -> None:
        self._settings, self._room, self._words, self.push = settings, room_settings, words, push
        self._failures, self._unknown, self._faults = Failures(), Failures(), Failures()
        #: Called when somebody has subscribed at this worker.
        self.hurry: Callable[[], None] = lambda: None

    @property
    def is_by_message(self) -> bool:
        """Whether the site itself may tell people."""
        return self._room.notify is not None

    @property
    def ways(self) -> Ways:
        """For the page. What the site itself sends needs nothing of the browser."""
        needs = "document" if self.is_by_message else "PushManager"
        return Ways(needs, self.push is not None)

    # What a subscription says.

    def problem_of(self, fields: Mapping[str, str]) -> str:
        """Why no message can be pushed to what a browser has sent; "": one can be."""
        if self.push is None:
            return "this site sends no Web Push: set push_contact"
        if not is_of_service(fields.get("endpoint", ""), self._settings.push_services):
            return "endpoint must be an https URL of a push service of push_services"
        if not _POINT.fullmatch(fields.get("p256dh", "")):
            return "p256dh must be the browser's public key"
        if not _SECRET.fullmatch(fields.get("auth", "")):
            return "auth must be the browser's secret"
        return ""

    def text_of(self, fields: Mapping[str, str], contact: str, language: str) -> str:
        """A subscription as it is kept: nothing but the ways to tell, and the language."""
        kept = {"language": language}
        if fields.get("endpoint") and self.push is not None:
            kept |= {name: fields[name].rstrip("=") for name in ("p256dh", "auth")}
            kept |= {"endpoint": fields["endpoint"], "key": self.push.mark}
        if contact:
            kept["contact"] = contact
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    def contact_of(self, request: Request) -> str:
        """How `notify` knows a visitor; "": it cannot tell this one."""
        if self._room.notify is None or self._room.contact is None:
            return ""
        try:
            answer = ask(self._room.contact, request)
            found = "" if answer is None else str(answer)
            if len(found) > CONTACT_LONGEST:
                raise ValueError(f"it must return up to {CONTACT_LONGEST} characters, or None")
            return found.encode().decode()
        except Exception as error:
            if count := self._unknown.told(error):
                log.error(CONTACT_FAILED, self._room.name, count, exc_info=error)
            return ""

    # Telling.

    def tell(self, notice: Notice, generation: int, wall: float, within: float) -> Report:
        """Tell one visitor. It may take seconds, and raises nothing."""
        try:
            kept = json.loads(notice.text)
        except ValueError:
            return Report(GONE)
        subject = session_id(generation, notice.position)
        is_told = self._notify(kept, subject, notice.position) if "contact" in kept else None
        if "endpoint" not in kept:
            return Report(SENT if is_told else GONE)
        again_in = self._pushed(kept, subject, wall, within)
        if again_in <= 0:
            return Report(SENT if is_told else again_in)
        kept.pop("contact", None)
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
        return Report(again_in * 2.0 ** (notice.tries - 1), text)

    def _notify(self, kept: Mapping[str, str], subject: str, position: int) -> bool:
        if self._room.notify is None:
            return False
        room_name, language = self._room.name, kept.get("language", "en")
        told = TurnNotice(room_name, subject, position, kept["contact"], language)
        try:
            ask(self._room.notify, told)
        except Exception as error:
            if count := self._failures.told(error):
                log.error(NOTIFY_FAILED, self._room.name, count, exc_info=error)
            return False
        return True

    def _pushed(self, kept: Mapping[str, str], subject: str, wall: float, within: float) -> float:
        """What came of a push. A fault in one, which no other try would mend, is its own alone."""
        try:
            return self._push(kept, subject, wall, within)
        except Exception as error:
            if count := self._faults.told(error):
                log.error(PUSH_FAILED, self._room.name, count, exc_info=error)
            return GONE

    def _push(self, kept: Mapping[str, str], subject: str, wall: float, within: float) -> float:
        if self.push is None or not is_of_service(kept["endpoint"], self._settings.push_services):
            return GONE
        words = self._words.get(kept.get("language", "en")) or self._words["en"]
        title, lead = words.phases["turn"]
        digest = blake2b(f"{self._settings.namespace} {self._room.name} {subject}".encode())
        told = {
            "title": title,
            "body": lead,
            "site": self._settings.site_name,
            "topic": urlsafe_b64encode(digest.digest()[:24]).decode(),
        }
        least = 60.0 if self._room.late == "lost" else _HELD_LEAST
        held = int(min(max(within, least), _HELD_MOST))
        return self.push.send(kept, told, held, wall)[0]


def notices_of(
    settings: Settings, words: Mapping[str, Words], keys: Keys
) -> dict[str, RoomNotices]:
    """The rooms whose people may be told of their turn while they are away."""
    push, found = None, dict[str, RoomNotices]()
    if settings.push_contact and settings.enabled:
        # Imported late: what it needs need not be there.
        from vwr_middleware.notices.web_push import WebPush

        push = WebPush(keys, settings.push_key, settings.push_contact)
    for room_settings in settings.rooms:
        if settings.enabled and (push is not None or room_settings.notify is not None):
            found[room_settings.name] = RoomNotices(settings, room_settings, words, push)
    return found
