"""The small app behind every door as servers import it; VWR_… in the environment sets it up."""

import os
from typing import Any

from tests.support.flask_shop import flask_app
from tests.support.starlette_shop import starlette_app
from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.settings import RoomSettings, Settings

settings = Settings.from_env(os.environ)

flask = flask_app()
rooms = (*settings.rooms, RoomSettings(name="action", paths=[]))  # one of its views is decorated
WaitingRoom(flask, secret_key=settings.secret_key, store=settings.store, rooms=rooms)

starlette: Any = WaitingRoomMiddleware(starlette_app(has_action=False), settings)
