"""Settings of a small ticket shop in Django, behind a waiting room."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("VWR_SECRET_KEY", "only for this example, change it anywhere else")
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "vwr_middleware.django",  # its checks and commands
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vwr_middleware.django.WaitingRoomMiddleware",  # those below never see people who wait
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The waiting room. It signs with keys of its own, derived from SECRET_KEY.
VWR = {
    "PATHS": ["/tickets"],
    "MAX_ACTIVE": int(os.environ.get("VWR_MAX_ACTIVE", "50")),
    "SESSION_SECONDS": int(os.environ.get("VWR_SESSION_SECONDS", "90")),
    "CONFIRM_WITHIN": 20,
    "CLAIM_WITHIN": 20,
    "RENEW": False,
    # The waiting page looks like the shop.
    "SITE_NAME": "Harbour Hall",
    "TITLE": "The Paper Lanterns",
    "HEADER": ["#16203a", "#3b2a4f", "#7c3f3f"],
    "COLORS": {
        "accent": "#c2410c",
        "text": "#1d2433",
        "background": "#fbf7f0",
        "accent_dark": "#fb923c",
        "surface_dark": "#1d2433",
        "background_dark": "#141a26",
    },
    "STORE": os.environ.get("VWR_STORE", f"sqlite:///{BASE_DIR / 'vwr.sqlite3'}"),
    "DEBUG": DEBUG,  # or a secret that stands in a document is refused
    "ADMIN_PASSWORD": os.environ.get("VWR_ADMIN_PASSWORD"),
}

ROOT_URLCONF = "shop.urls"
ASGI_APPLICATION = "shop.asgi.application"
WSGI_APPLICATION = "shop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "static/"
USE_TZ = True
