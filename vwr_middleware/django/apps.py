"""The Django app. A project needs it only for system checks and for `manage.py vwr`."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from vwr_middleware.django import checks


class WaitingRoomConfig(AppConfig):
    """`"vwr_middleware.django"` in INSTALLED_APPS."""

    name = "vwr_middleware.django"
    label = "vwr"
    verbose_name = "Waiting room"

    def ready(self) -> None:
        """Register the checks."""
        register(checks.check_settings)
        register(checks.check_presence)
        register(checks.place_problems)
        register(Tags.urls)(checks.check_views)
        register(Tags.urls)(checks.check_paths)
        register(Tags.urls)(checks.check_logins)
