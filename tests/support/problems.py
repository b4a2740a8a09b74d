"""What settings and a server tell that cannot work."""

import pytest

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.stores.redis import RedisStore

KEY = "a key that is long enough"


def problems(**given: object) -> tuple[str, ...]:
    """The problems of settings that are good but for what is given."""
    good: dict[str, object] = {"secret_key": KEY, "paths": "/tickets"}
    if "rooms" in given:
        del good["paths"]
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{**good, **given})
    return caught.value.problems


def problems_of_redis(url: str) -> list[str]:
    """What the check says of a server that a busy machine makes no farther away."""
    store = RedisStore(f"{url}?socket_timeout=2")
    try:
        return finish(store.check())
    finally:
        finish(store.close())
