"""A Django project as servers import it: a settings module, and both kinds of application."""

import os

SECRET_KEY = "the key of a project of Django"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["vwr_middleware.django"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vwr_middleware.django.WaitingRoomMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = os.environ.get("URLS", "tests.support.django_urls")
USE_TZ = True
VWR = {
    "STORE": os.environ.get("VWR_STORE", "memory://"),
    "ROOMS": [
        {"PATHS": ["/tickets"], "MAX_ACTIVE": int(os.environ.get("VWR_MAX_ACTIVE", "1"))},
        {"NAME": "action", "PATHS": []},
    ],
}
