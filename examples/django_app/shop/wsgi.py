"""The shop for WSGI servers."""

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

# On a real site, something in front of the app serves the static files.
application = StaticFilesHandler(get_wsgi_application())
