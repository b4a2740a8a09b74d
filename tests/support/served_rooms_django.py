"""A project of Django with a view that answers everything, behind the rooms of served_rooms.py."""

import django
from django.conf import settings as project
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import re_path

from tests.support.served_rooms import settings

project.configure(
    SECRET_KEY="the key of a project of Django",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["vwr_middleware.django"],
    MIDDLEWARE=["vwr_middleware.django.WaitingRoomMiddleware"],
    ROOT_URLCONF=__name__,
    VWR=settings(),
)
django.setup()


def view(request: HttpRequest) -> JsonResponse:
    session = getattr(request, "vwr", None)
    return JsonResponse({"seen": request.path_info, "room": session and session.room})


urlpatterns = [re_path("", view)]
wsgi_app = get_wsgi_application()
asgi_app = get_asgi_application()
