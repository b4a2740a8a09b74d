"""What is checked before a site answers anybody: the user's templates, and the store's file."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.pages.pages import Pages
from vwr_middleware.settings import Settings
from vwr_middleware.settings.look_kinds import theme_of_room, theme_of_site
from vwr_middleware.settings.secrets import PUBLISHED, PUBLISHED_SECRETS, repetitions
from vwr_middleware.settings.settings import also_checked
from vwr_middleware.startup.own_templates import template_problems
from vwr_middleware.startup.servers import has_siblings
from vwr_middleware.startup.unreached_paths import never_reached
from vwr_middleware.stores import Store
from vwr_middleware.stores.line_store import LocalStore
from vwr_middleware.stores.opening import place_problems

log = logging.getLogger("vwr_middleware")

_only_looks = ContextVar("only_looks", default=False)

SPLIT = (
    "store memory:// is another room in each process, and this server starts several workers: each"
    " lets in max_active people, and their places differ. Use sqlite:// or redis://, or one worker"
)


def pages_of(settings: Settings) -> Pages:
    """The waiting page as these settings make it look."""
    of_site = replace(theme_of_site(vars(settings)), form_targets=_form_targets(settings))
    return Pages(
        folders=[settings.templates] if settings.templates else (),
        site_name=settings.site_name,
        theme=of_site,
        rooms={
            room.name: theme_of_room(of_site, room)
            for room in settings.rooms
            if room.theme or room.title or room.subtitle
        },
        resume=settings.resume,
    )


def _form_targets(settings: Settings) -> tuple[str, ...]:
    """Where a button of the waiting page may lead in the end: to a client, and on from there, which
    only the client knows."""
    urls = [urlsplit(url) for client in settings.openid_clients for url in client.redirect_uris]
    found = (f"http://{url.netloc}" if url.scheme == "http" else f"{url.scheme}:" for url in urls)
    return tuple(dict.fromkeys(found))


def refuse_what_cannot_work(settings: Settings, store: Store, pages: Pages) -> None:
    """Raises ConfigurationError for templates, or a store's file, that cannot be used.

    A Redis server is not asked here, since it may only be late: the worker's way to the store
    checks it later.
    """
    if not settings.enabled:
        return
    problems = template_problems(pages, settings.rooms)
    if _only_looks.get():
        problems += place_problems(settings.store)
    elif isinstance(store, LocalStore):
        problems += finish(store.check())
    if problems:
        raise ConfigurationError(problems)
    for warning in (*_of_this_process(settings), *warnings(settings)):
        log.warning("%s", warning)


@contextmanager
def only_looking() -> Iterator[None]:
    """An app that is loaded meanwhile is not served by this process, so no file is made for it."""
    before = _only_looks.set(True)
    try:
        yield
    finally:
        _only_looks.reset(before)


def _of_this_process(settings: Settings) -> list[str]:
    is_split = settings.store.startswith("memory:") and has_siblings()
    return [SPLIT] if is_split else []


def _problems_of_files(values: Mapping[str, Any]) -> list[str]:
    """Problems of templates and the store's file, to be reported with those of other settings."""
    if not values.get("enabled"):
        return []
    folder, url = values.get("templates"), values.get("store")
    problems = template_problems(Pages(folders=[folder])) if folder else []
    return problems + (place_problems(url) if url else [])


also_checked.append(_problems_of_files)


def warnings(settings: Settings) -> list[str]:
    """What works, but should not be like this for real visitors."""
    published = PUBLISHED_SECRETS.intersection(settings.secret_key)
    public = [PUBLISHED] if published else []
    weak = repetitions("secret_key", settings.secret_key)
    weak += repetitions("admin_api_key", settings.admin_api_key)
    weak += repetitions("decision_key", settings.decision_key)
    return [*public, *weak, *never_reached(settings)]
