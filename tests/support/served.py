"""The small app in Starlette as servers import it; VWR_… in the environment sets it up."""

import os
from typing import Any

from tests.support.starlette_shop import starlette_app
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings

# What a server of the other kind serves is apart, in served_flask.py: many servers are started.
app: Any = WaitingRoomMiddleware(starlette_app(has_action=False), Settings.from_env(os.environ))
