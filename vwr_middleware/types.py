"""The types that an app's own code meets, for its annotations.

`bypass`, `challenge` and `identity` are given a Request, `on_event` an Event, a strategy a
Snapshot. A view finds a Session or None.
"""

from vwr_middleware.events import Event
from vwr_middleware.line.messages import Inlet, Snapshot
from vwr_middleware.web.http import Request
from vwr_middleware.web.session import Session

__all__ = ["Event", "Inlet", "Request", "Session", "Snapshot"]
