"""What is made of the settings, and what is refused, before a site answers anybody."""

import logging

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.own_templates import template_problems, template_warnings
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.theme import Theme
from vwr_middleware.settings import Settings
from vwr_middleware.stores import Store
from vwr_middleware.stores.line_store import LineStore

log = logging.getLogger("vwr_middleware")


def pages_of(settings: Settings) -> Pages:
    """The waiting page as these settings make it look."""
    return Pages(
        folders=[settings.templates] if settings.templates else (),
        site_name=settings.site_name,
        theme=Theme(settings.logo, dict(settings.colors), settings.frame_ancestors),
        resume=settings.resume,
    )


def refuse_what_cannot_work(settings: Settings, store: Store, pages: Pages) -> None:
    """Files that cannot be used are told at start-up. A server may only be late: see the desk."""
    if not settings.enabled:
        return
    problems = template_problems(pages, settings.rooms)
    if isinstance(store, LineStore):
        problems += finish(store.check())
    if problems:
        raise ConfigurationError(problems)
    for warning in template_warnings(pages):
        log.warning("%s", warning)
