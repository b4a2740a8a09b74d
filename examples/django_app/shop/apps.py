"""The shop as an app of the project: it listens to the waiting room."""

import logging
from typing import Any

from django.apps import AppConfig

log = logging.getLogger("shop")


class ShopConfig(AppConfig):
    """What happens in the waiting room comes as signals of Django's."""

    name = "shop"

    def ready(self) -> None:
        from vwr_middleware.django import signals

        signals.alarm_began.connect(alarmed)


def alarmed(event: Any, **more: Any) -> None:
    """Something is wrong, or worth a look: send it wherever the shop's own people look."""
    log.warning("alarm in room %s: %s", event.room, event.subject)
