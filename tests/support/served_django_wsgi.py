"""The Django project as WSGI servers import it."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.served_django"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
