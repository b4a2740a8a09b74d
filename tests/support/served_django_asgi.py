"""The Django project as ASGI servers import it."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.support.served_django"
os.environ["URLS"] = "tests.support.django_async_urls"

from django.core.asgi import get_asgi_application

application = get_asgi_application()
