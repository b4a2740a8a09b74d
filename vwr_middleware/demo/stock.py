"""What the demo's shop has left: the room asks for it, as `stock` of its settings.

A shop would look into its own database. This one counts who bought by the room's own minutes, which
all of its processes share. When the tickets are gone, more are printed after a while, so that a
demo shows both: what people read while little is left, and that a line goes on.
"""

import os
import time

from vwr_middleware.blocking import finish
from vwr_middleware.stores.opening import open_store

FIRST, MORE, EVERY = 1000, 500, 240.0
#: Where the demo writes when it began, for all processes of the shop.
BEGAN = "DEMO_BEGAN"


def left() -> int:
    """How many tickets are left."""
    began, now = float(os.environ[BEGAN]), time.time()
    printed = FIRST + MORE * int((now - began) / EVERY)
    return max(0, printed - _sold(began, now))


def _sold(began: float, now: float) -> int:
    store = open_store(os.environ["VWR_STORE"])
    try:
        minutes = finish(store.history("main", began, now + 60)).minutes()
    finally:
        finish(store.close())
    return sum(minute.completed for minute in minutes)
