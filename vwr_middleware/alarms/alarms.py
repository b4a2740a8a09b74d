"""A worker's rounds: it looks at its rooms, writes down what begins and ends, and sends."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

from vwr_middleware.alarms.book import AlarmBook, Delivery, DeliveryReport
from vwr_middleware.alarms.conditions import Conditions, Finding, thresholds_of
from vwr_middleware.alarms.outages import OF_STORE, StoreOutage
from vwr_middleware.alarms.receivers import Receivers, names_of, receivers_of
from vwr_middleware.alarms.room_events import RoomEvent, RoomLook, has_changed, is_news
from vwr_middleware.alarms.sending import AT_ONCE, AlarmSending
from vwr_middleware.alarms.shared_book import SharedBook
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.keys import Keys
from vwr_middleware.settings import Settings
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.rounds import Rounds
from vwr_middleware.worker.store_access import StoreAccess

log = logging.getLogger("vwr_middleware")

#: Seconds between two rounds, while people wait or something is to be sent, and in quiet times.
OFTEN, SELDOM = 2.0, 10.0
#: Events of rooms that nothing else tells to hooks.
_FOUND_HERE = ("opening_soon", "settings_changed")
#: A reading of a room that is older than this says nothing of what is.
_YOUNG = 5.0


@dataclass(slots=True)
class _Changes:
    """What a round has changed in the book: what to tell hooks, and what to send."""

    told: list[tuple[str, Finding]] = field(default_factory=list)
    happened: list[RoomEvent] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


class Alarms(Rounds):
    """The alarms of all rooms, as one worker sees and tells them. `is_read`: there is a panel."""

    thread_name = "vwr-alarms"

    def __init__(
        self,
        store_access: StoreAccess,
        settings: Settings,
        receivers: Receivers,
        secret: bytes,
        *,
        is_read: bool,
    ) -> None:
        super().__init__(is_blocking=store_access.store.blocking)
        self._store_access, self._receivers = store_access, receivers
        self.names = names_of(receivers)
        self.shared = SharedBook(store_access)
        self.conditions = {room.name: Conditions(room.name, room.alarms) for room in settings.rooms}
        self._thresholds = [thresholds_of(room.alarms) for room in settings.rooms]
        of_store = [each[OF_STORE] for each in self._thresholds if OF_STORE in each]
        self.outage = StoreOutage(min(of_store, default=None), secret)
        self.sending = AlarmSending(receivers, settings.namespace, self.hurry)
        self._reports: list[DeliveryReport] = []  # that are still to be written down
        self._is_heard = is_read or bool(receivers) or store_access.hooks.are_heard
        self._room_events = settings.alarm_events if receivers else ()
        self._follows_rooms = bool(self._room_events) or store_access.hooks.are_heard
        self._is_enabled = settings.enabled and (any(self._thresholds) or self._follows_rooms)

    @property
    def has_work(self) -> bool:
        return self._is_enabled and self._is_heard

    async def next_round(self) -> float:
        return await self.round()

    async def round(self) -> float:
        """Look, write down, send. Returns the seconds until the next round."""
        try:
            is_busy = await self._look()
        except WaitingRoomError:
            self._store_is_away()
            is_busy = True
        except Exception:
            log.exception("the alarms could not be looked after, and are tried again")
            is_busy = True
        return (OFTEN if is_busy else SELDOM) * SystemRandom().uniform(0.8, 1.2)

    # While the store answers.

    async def _look(self) -> bool:
        """A round with the store. Whether there is reason for the next one soon."""
        access = self._store_access
        await access.fresh(next(iter(access.views.values())))
        await self.shared.read()
        now = self._now()
        findings = list(self._findings(self.shared.book))
        looks = await self._looks(self.shared.book)
        self._take_reports()
        self._send(self.outage.take(self.sending.free, access.monotonic()), now)
        has_found = findings or looks or self._reports or self.outage.is_back()
        if has_found or self._has_more(now):
            await self._write(findings, looks, now)
        book = self.shared.book
        waits = any(
            view.room is not None and view.room.waiting > 0 for view in access.views.values()
        )
        return bool(waits or book.on or book.rows["due"] or self.sending.is_busy)

    def _now(self) -> float:
        return self._store_access.now(next(iter(self._store_access.views.values())))

    def _findings(self, book: AlarmBook) -> Iterator[Finding]:
        access = self._store_access
        for name, conditions in self.conditions.items():
            view = access.views[name]
            if view.room is not None and self._is_young(view):
                found = conditions.look(view.room.as_snapshot(), book.kinds_on(name))
                yield from (finding for finding in found if book.takes(finding))

    def _is_young(self, view: RoomView) -> bool:
        return view.age(self._store_access.monotonic()) <= _YOUNG

    async def _looks(self, book: AlarmBook) -> list[RoomLook]:
        """What was read of rooms in which something has happened that nobody has told yet."""
        found = list[RoomLook]()
        for name, view in self._store_access.views.items():
            if not self._follows_rooms or not self._is_young(view) or view.room is None:
                continue
            snapshot, told = view.room.as_snapshot(), book.rows["rooms"].get(name)
            if is_news(told, snapshot):
                is_changed = has_changed(told, snapshot)
                audit = (await self._store_access.record(view)).audit if is_changed else ()
                found.append(RoomLook(name, snapshot, audit))
        return found

    def _has_more(self, now: float) -> bool:
        """Whether something is to be addressed or sent, or an alarm of the deliveries changes."""
        book, free = self.shared.book, self.sending.free
        failing, is_on = bool(book.rows["failing"]), "undelivered" in book.on
        changes = failing != is_on and (is_on or self._tells("undelivered"))
        return bool(book.rows["untold"]) or changes or book.is_due(free, now)

    def _tells(self, kind: str) -> bool:
        return any(kind in thresholds for thresholds in self._thresholds)

    async def _write(self, findings: list[Finding], looks: Sequence[RoomLook], now: float) -> None:
        reports, free, outage = self._reports, self.sending.free, self.outage.is_back()

        def change(book: AlarmBook) -> _Changes:
            made = _Changes()
            book.report(reports, now)
            self._note_failing(book, now, made)
            for finding in findings:
                if book.note(finding):
                    made.told.append(("began" if finding.begins else "ended", finding))
            for look in looks:
                made.happened += book.follow(look, self._room_events)
            if outage is not None and book.outage(outage, now):
                made.told.append(("ended", Finding(outage["kind"], "", False, now)))
            book.forget_rooms(self.conditions, now)
            book.forget_receivers(self._receivers, now)
            book.address(self.names)
            made.deliveries = book.take(free, now, AT_ONCE)
            return made

        made = await self.shared.update(change)
        self._reports = []
        if outage is not None:
            self.outage.end()
        for how, finding in made.told:
            self._tell(how, finding)
        self._tell_hooks(made.happened)
        self._send(made.deliveries, now)

    def _note_failing(self, book: AlarmBook, now: float, made: _Changes) -> None:
        """Begin or end the alarm that alarms do not arrive."""
        failing, is_on = book.rows["failing"], "undelivered" in book.on
        if bool(failing) == is_on or not (is_on or self._tells("undelivered")):
            return
        words = "; ".join(row["problem"] for row in failing.values())
        since = min((row["since"] for row in failing.values()), default=now)
        finding = Finding("undelivered", "", not is_on, now, since, words)
        if book.note(finding):
            made.told.append(("ended" if is_on else "began", finding))

    def _tell(self, how: str, finding: Finding) -> None:
        name: Any = f"alarm_{how}"
        self._store_access.hooks.tell(name, finding.room_name, finding.kind, finding.at)

    def _tell_hooks(self, events: Sequence[RoomEvent]) -> None:
        """Tell hooks of the events that only these rounds find out."""
        for event in events:
            if event.name in _FOUND_HERE:
                name: Any = event.name
                self._store_access.hooks.tell(name, event.room_name, event.subject, event.at)

    def _take_reports(self) -> None:
        reports, monotonic = self.sending.reports(), self._store_access.monotonic()
        self._reports += self.outage.report(reports, monotonic)

    def _send(self, deliveries: list[Delivery], now: float) -> None:
        if deliveries:
            room = next(iter(self._store_access.views.values())).room
            self.sending.begin(deliveries, now - room.snapshot.ahead if room else now)

    # While it does not.

    def _store_is_away(self) -> None:
        access, rows, now = self._store_access, self.shared.book.rows, self._now()
        self._take_reports()
        monotonic, number = access.monotonic(), rows["outages"] + 1
        receivers = [mark for mark in self._receivers if mark not in rows["gone"]]
        if self.outage.is_away(monotonic, now, number, rows["mark"], receivers):
            self._tell("began", Finding(OF_STORE, "", True, now))
        self._send(self.outage.take(self.sending.free, monotonic), now)


def alarms_of(
    settings: Settings, store_access: StoreAccess, keys: Keys, *, is_read: bool
) -> Alarms:
    """The alarms of a site. `is_read`: there is a panel."""
    receivers, secret = receivers_of(settings, keys), keys.for_purpose("outage")[0]
    return Alarms(store_access, settings, receivers, secret, is_read=is_read)
