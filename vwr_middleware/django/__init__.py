"""The waiting room in front of a Django project, synchronous or not.

MIDDLEWARE = ["vwr_middleware.django.WaitingRoomMiddleware", ...]
VWR = {"PATHS": ["/tickets"], "MAX_ACTIVE": 500}

With "vwr_middleware.django" in INSTALLED_APPS, problems show in `manage.py check` as well.

    middleware.py   passes a request on, or answers it
    request.py      requests as the gate reads them, and responses
    views.py        the decorator of single views
    settings.py     what VWR says, and the rooms of the process; databases.py: STORE "django"
    operators.py    who operates the panel; staff.py: staff that never waits
    signals.py      a signal for each event
    admin.py        a page of Django's admin, for which models.py has a permission
    checks.py       for `manage.py check`, by the project's routes (checks.py) and checks.py
    apps.py         the app in INSTALLED_APPS; management: `manage.py vwr`
"""

from vwr_middleware.startup.missing_extras import missing

try:
    from vwr_middleware.django.middleware import WaitingRoomMiddleware
    from vwr_middleware.django.settings import waiting_rooms
    from vwr_middleware.django.views import waiting_room
except ModuleNotFoundError as error:
    raise missing("django", error) from error

__all__ = ["WaitingRoomMiddleware", "waiting_room", "waiting_rooms"]
