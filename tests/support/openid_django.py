"""A Django app that signs people in by mozilla-django-oidc, as docs/openid.md sets it up.

The issuer and the app's folder are in the environment.
"""

import os
from typing import Any

from django.conf import settings

ISSUER, FOLDER = os.environ["ISSUER"], os.environ["FOLDER"]
_ENDPOINTS = f"{ISSUER}/vwr/main/openid"

settings.configure(
    SECRET_KEY="a key for a test, long enough to sign sessions",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/db"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    AUTHENTICATION_BACKENDS=[f"{__name__}.ByTurn"],
    LOGIN_URL="oidc_authentication_init",
    LOGIN_REDIRECT_URL="/",
    OIDC_RP_CLIENT_ID="django",
    OIDC_RP_CLIENT_SECRET=os.environ["SECRET"],
    OIDC_RP_SCOPES="openid",
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{_ENDPOINTS}/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{_ENDPOINTS}/token",
    OIDC_OP_USER_ENDPOINT=f"{_ENDPOINTS}/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/.well-known/jwks.json",
)

import django  # noqa: E402  (only now there are settings)

django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402


class ByTurn(OIDCAuthenticationBackend):  # type: ignore[misc]
    """A user for each session of the room."""

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        return claims.get("room") == "main"

    def filter_users_by_claims(self, claims: dict[str, Any]) -> Any:
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims: dict[str, Any]) -> Any:
        return self.UserModel.objects.create_user(claims["sub"])


@login_required
def home(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"user": request.user.get_username()})


urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]
call_command("migrate", verbosity=0)
app = get_wsgi_application()
