"""The shop for ASGI servers."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

# A real site has its static files served by something in front of it.
application = ASGIStaticFilesHandler(get_asgi_application())
