"""The shop for ASGI servers."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

# On a real site, something in front of the app serves the static files.
application = ASGIStaticFilesHandler(get_asgi_application())
