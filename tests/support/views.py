"""A site with a room that only decorated views lead into."""

from tests.support.clock import Clock
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.memory.store import MemoryStore

#: The cookie of a session in that room.
TOKEN = "vwr_buy_token"


def site_of_views(clock: Clock, **room: object) -> Site:
    """A room for views, with settings of its own, and one for a path."""
    rooms = [
        {"name": "buy", "paths": [], "max_active": 5, **room},
        {"name": "main", "paths": "/tickets", "max_active": 5},
    ]
    settings = Settings(secret_key="a key for tests, long enough", store="memory://", rooms=rooms)
    return Site(settings, MemoryStore(clock), clock, clock)
