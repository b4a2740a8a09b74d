"""The waiting room in front of a Django project, synchronous or not.

MIDDLEWARE = ["vwr_middleware.django.WaitingRoomMiddleware", ...]
VWR = {"PATHS": ["/tickets"], "MAX_ACTIVE": 500}

With "vwr_middleware.django" in INSTALLED_APPS, problems show in `manage.py check` as well.
"""

from vwr_middleware.django.middleware import WaitingRoomMiddleware
from vwr_middleware.django.settings import waiting_rooms
from vwr_middleware.django.views import waiting_room

__all__ = ["WaitingRoomMiddleware", "waiting_room", "waiting_rooms"]
