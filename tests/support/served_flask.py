"""The small app in Flask as servers import it; VWR_… in the environment sets it up."""

import os

from tests.support.flask_shop import flask_app
from vwr_middleware.flask import WaitingRoom
from vwr_middleware.settings import RoomSettings, Settings

settings = Settings.from_env(os.environ)
rooms = (*settings.rooms, RoomSettings(name="action", paths=[]))  # one of its views is decorated

app = flask_app()
given = {name: getattr(settings, name) for name in ("secret_key", "store", "on_store_error")}
WaitingRoom(app, rooms=rooms, **given)
