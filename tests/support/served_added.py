"""The small app in Starlette, to which the room is added: it is made when the app starts."""

import os

from tests.support.starlette_shop import starlette_app
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings

app = starlette_app(has_action=False)
app.add_middleware(WaitingRoomMiddleware, settings=Settings.from_env(os.environ))
