"""How long the app takes for requests of those inside, for the adaptive strategy alone."""

from vwr_middleware.web.session import Session
from vwr_middleware.worker.desk import Desk
from vwr_middleware.worker.room_view import RoomView


class Measured:
    """Tells the room's meter, while it has one, what becomes of a request that was let through."""

    _desk: Desk
    _view: RoomView

    def waits(self, session: Session) -> None:
        """The app waits for the body of this request."""
        meter = self._view.meter
        if meter is not None and session.began is not None:
            session.waits_since = self._desk.monotonic()
            meter.pause(session.waits_since)

    def goes_on(self, session: Session) -> None:
        """It waits no more. How long the visitor has taken does not count."""
        since, session.waits_since = session.waits_since, None
        meter = self._view.meter
        if since is None or meter is None or session.began is None:
            return
        now = self._desk.monotonic()
        meter.resume(now)
        session.began += now - since

    def responded(self, session: Session, status: int) -> None:
        """The app has begun to answer."""
        self.goes_on(session)  # if it answers before it has read all
        meter = self._view.meter
        if meter is not None and session.began is not None:
            meter.end(session.began, self._desk.monotonic(), status)
        session.began = None
