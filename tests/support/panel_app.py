"""A small shop with a panel, for servers to serve: the settings stand in the environment."""

import os

from tests.support.apps import asgi_app
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings

app = WaitingRoomMiddleware(asgi_app, Settings.from_env(os.environ))
