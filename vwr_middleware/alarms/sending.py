"""The threads that send alarms: one for each receiver, so that one that hangs holds up no other.

No process waits for them as it ends: what had not arrived is sent by another worker.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from vwr_middleware.alarms.book import Delivery, DeliveryReport
from vwr_middleware.alarms.receivers import Receivers, unlogged

log = logging.getLogger("vwr_middleware")

#: What is sent to a receiver by one thread, one after the other, at most: within the lease.
AT_ONCE = 3


class AlarmSending:
    """Sends, and keeps what came of it until it is asked for. `done` is called after each."""

    def __init__(self, receivers: Receivers, site: str, done: Callable[[], None]) -> None:
        self._receivers, self._site, self._done = receivers, site, done
        self._threads: dict[str, threading.Thread] = {}
        self._reports: SimpleQueue[DeliveryReport] = SimpleQueue()

    @property
    def free(self) -> list[str]:
        """The receivers to whom nothing is being sent."""
        return [
            mark
            for mark in self._receivers
            if mark not in self._threads or not self._threads[mark].is_alive()
        ]

    @property
    def is_busy(self) -> bool:
        return len(self.free) < len(self._receivers) or not self._reports.empty()

    def begin(self, deliveries: Sequence[Delivery], wall: float) -> None:
        """Send these, to receivers that are free."""
        for mark in {delivery.receiver for delivery in deliveries}:
            own = [delivery for delivery in deliveries if delivery.receiver == mark]
            thread = threading.Thread(
                target=self._send, args=(own, wall), name=f"vwr-alarm-{mark}", daemon=True
            )
            self._threads[mark] = thread
            thread.start()

    def reports(self) -> list[DeliveryReport]:
        """What came of those that were sent, each once."""
        found = []
        while True:
            try:
                found.append(self._reports.get_nowait())
            except Empty:
                return found

    def _send(self, deliveries: Sequence[Delivery], wall: float) -> None:
        for delivery in deliveries:
            receiver = self._receivers[delivery.receiver]
            try:
                with unlogged():
                    report = receiver.send(delivery, self._site, wall)
            except Exception as error:  # the library's own fault, which may show the address
                problem = f"{receiver.name}: {type(error).__name__}"
                report = DeliveryReport(delivery.id, delivery.receiver, False, problem)
            self._reports.put(report)
            self._done()
