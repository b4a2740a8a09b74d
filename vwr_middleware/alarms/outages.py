"""The one alarm that the store cannot keep: that it does not answer.

Each worker sees it for itself, and tells it by itself. The rule by which it is told once all the
same: all workers know from the book which number the next outage has, so the message has the same
id from each of them, and receivers drop what they have. Mail and chats know no ids: of the workers
of one machine only one tells them, the one that makes a file of this outage's name first.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from vwr_middleware.alarms.book import AGAIN, AGAIN_MOST, Delivery, DeliveryReport, event_of
from vwr_middleware.alarms.conditions import in_words
from vwr_middleware.alarms.kinds import KINDS

OF_STORE = "store_down"
#: Seconds after which a file says nothing any more: its process ended in an outage of long ago.
_STALE = 3600.0


class StoreOutage:
    """What one worker makes of a store that does not answer. `threshold`: after how many seconds
    that is told; None: never."""

    def __init__(self, threshold: float | None, secret: bytes) -> None:
        self._threshold, self._secret = threshold, secret
        self._since: float | None = None  # by the monotonic clock
        self._began = 0.0
        #: The alarm while it is on.
        self.row: dict[str, Any] | None = None
        #: What is still to be sent, with the moment from which on, by the monotonic clock.
        self._due: list[tuple[Delivery, float]] = []
        self._file: Path | None = None

    def is_away(
        self, monotonic: float, now: float, number: int, mark: str, receivers: Sequence[str]
    ) -> bool:
        """The store has not answered. Whether the alarm begins with that."""
        if self._since is None:
            self._since, self._began = monotonic, now
        lasted = monotonic - self._since
        if self._threshold is None or self.row is not None or lasted < self._threshold:
            return False
        its = KINDS[OF_STORE]
        self.row = {
            "number": number,
            "kind": OF_STORE,
            "room": "",
            "severity": its.severity,
            "value": in_words(lasted),
            "since": self._began,
            "began": now,
        }
        event = event_of(mark, "alarm.began", self.row, now)
        if self._is_first_here(str(event["id"]), now):
            deliveries = (Delivery(str(event["id"]), to, event, 1) for to in receivers)
            self._due += [(delivery, monotonic) for delivery in deliveries]
        return True

    def is_back(self) -> dict[str, Any] | None:
        """The store answers. The alarm that is to end, if it was on."""
        self._since = None
        return self.row

    def end(self) -> None:
        """That it has ended is written down."""
        self.row = None
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None

    def take(self, free: Sequence[str], monotonic: float) -> list[Delivery]:
        """What is to be sent now."""
        taken = [d for d, at in self._due if at <= monotonic and d.receiver in free]
        later = monotonic + max(AGAIN)  # unless a report comes
        self._due = [(d, later if d in taken else at) for d, at in self._due]
        return taken

    def report(self, reports: Sequence[DeliveryReport], monotonic: float) -> list[DeliveryReport]:
        """What came of a try. Returns the reports of other alarms, and of receivers that are gone:
        that is written down when the store is back."""
        others = []
        for report in reports:
            asked = report.id, report.receiver
            own = [pair for pair in self._due if (pair[0].id, pair[0].receiver) == asked]
            if not own:
                others.append(report)
                continue
            delivery = own[0][0]
            self._due.remove(own[0])
            if report.is_final:
                others.append(report)
            elif not report.is_done and delivery.tries <= len(AGAIN):
                again = Delivery(*asked, delivery.event, delivery.tries + 1)
                wait = min(max(report.again_in, AGAIN[delivery.tries - 1]), AGAIN_MOST)
                self._due.append((again, monotonic + wait))
        return others

    @property
    def is_sending(self) -> bool:
        return bool(self._due)

    def _is_first_here(self, message: str, now: float) -> bool:
        """Whether no other worker of this machine has told of this outage."""
        digest = blake2b(message.encode(), key=self._secret, digest_size=12).hexdigest()
        file = Path(tempfile.gettempdir()) / f"vwr-alarm-{digest}"
        with suppress(OSError):
            if now - file.stat().st_mtime > _STALE:
                file.unlink()
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        except OSError:
            return True  # better told twice than not at all
        self._file = file
        return True
