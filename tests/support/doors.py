"""Every door: the same small app behind the same room, driven by httpx."""

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar
from wsgiref.validate import validator

import httpx
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.support import django_shop, flask_shop, starlette_shop
from tests.support.asking_proxies import API_KEY, DECISION_KEY, AskingProxies, ThroughProxy
from tests.support.clock import Clock
from tests.support.django_shop import Injected
from tests.support.flask_shop import flask_app
from tests.support.rooms_for_proxies import nothing_here
from tests.support.starlette_shop import starlette_app
from tests.support.stores import Switched
from tests.support.transport import EnvironTransport, PortalTransport
from tests.support.visitor import TOKEN, Visitor, set_cookies
from vwr_middleware.asgi import middleware as asgi
from vwr_middleware.blocking import finish
from vwr_middleware.serve.upstream import proxying
from vwr_middleware.settings import Settings
from vwr_middleware.site.routing import Site
from vwr_middleware.stores.opening import open_store
from vwr_middleware.wsgi import middleware as wsgi

T = TypeVar("T")

#: Each door wraps a copy: routes are what takes long, and are the same for all.
FLASK = flask_app()

KEY = "a key for tests, long enough"


def _asgi(site: Site, stack: ExitStack) -> httpx.BaseTransport:
    app = asgi.WaitingRoomMiddleware(starlette_app(), site=site)
    return PortalTransport(app, site.close, raise_app_exceptions=False)


def _wsgi(site: Site, stack: ExitStack) -> httpx.BaseTransport:
    app = copy(FLASK)
    app.wsgi_app = wsgi.WaitingRoomMiddleware(app.wsgi_app, site=site)  # type: ignore[method-assign]
    stack.callback(lambda: finish(site.close()))
    return EnvironTransport(validator(app))


def _django_wsgi(site: Site, stack: ExitStack) -> httpx.BaseTransport:
    stack.callback(lambda: finish(site.close()))
    Injected.given.append(site)
    return EnvironTransport(validator(WSGIHandler()))


def _django_asgi(site: Site, stack: ExitStack) -> httpx.BaseTransport:
    Injected.given.append(site)
    stack.enter_context(override_settings(ROOT_URLCONF="tests.support.django_async_urls"))
    return PortalTransport(ASGIHandler(), site.close, raise_app_exceptions=False)


#: Name of a door, how its app is made, and whether its store is asked in place.
DOORS: dict[str, tuple[Callable[[Site, ExitStack], httpx.BaseTransport], bool]] = {
    "asgi": (_asgi, False),
    "wsgi": (_wsgi, True),
    "django-wsgi": (_django_wsgi, True),
    "django-asgi": (_django_asgi, False),
}


CLOSED = {
    "asgi": starlette_shop.closed,
    "wsgi": flask_shop.closed,
    "django-wsgi": django_shop.closed,
    "django-asgi": django_shop.closed,
}


@dataclass
class Door:
    """An app with a room, and visitors."""

    name: str
    clock: Clock
    store: Switched
    site: Site
    transport: httpx.BaseTransport
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self, **options: Any) -> Visitor:
        """Somebody with a browser of their own."""
        return Visitor.of(self.transport, **options)

    def visit_at(self, path: str = "/tickets") -> Visitor:
        """Somebody who has opened the page already."""
        visitor = self.visitor()
        visitor.opens(path)
        return visitor

    def refresh(self, seconds: float = 1.1) -> None:
        """Let so much time pass that the next request brings a new snapshot."""
        self.clock.pass_by(seconds)

    def ask(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine where the store lives, as a panel beside the app would."""
        if isinstance(self.transport, PortalTransport | ThroughProxy):
            return self.transport.run(work)
        return finish(work())

    def confirmed(self) -> Visitor:
        """Somebody inside whose browser keeps cookies."""
        visitor = self.visit_at()
        assert TOKEN in set_cookies(visitor.opens())
        return visitor

    def frees_a_slot(self, inside: Visitor) -> None:
        """The visitor inside is done, and the room is told."""
        inside.opens("/tickets/done")
        self.refresh()

    @property
    def closed(self) -> list[str]:
        """Paths whose stream was closed, as the app has noted them."""
        return CLOSED[self.name]

    def session_of(self, visitor: Visitor) -> str:
        """The id of a visitor's session, as the app sees it."""
        told: str = visitor.opens("/tickets").json()["session"]["id"]
        return told


def open_door(name: str, url: str, clock: Clock, stack: ExitStack, **given: Any) -> Door:
    """A door over a store."""
    build, blocking = DOORS[name]
    settings = Settings(
        **{"secret_key": KEY, "store": url, **({} if "rooms" in given else {"paths": "/tickets"})}
        | given
    )
    return _door(name, clock, stack, settings, blocking, build)


def open_behind(
    proxies: AskingProxies, name: str, url: str, clock: Clock, stack: ExitStack, **given: Any
) -> Door:
    """A door that is a real proxy, in front of an app that is not Python: it asks the room."""
    usual = {"secret_key": KEY, "store": url, "decision_key": DECISION_KEY}
    given["trusted_proxies"] = 1 + given.get("trusted_proxies", 0)
    usual |= {"admin_api_key": API_KEY} | ({} if "rooms" in given else {"paths": "/tickets"})

    def build(site: Site, stack: ExitStack) -> httpx.BaseTransport:
        return proxies.through(name, asgi.WaitingRoomMiddleware(nothing_here, site=site), site)

    return _door(name, clock, stack, Settings(**usual | given), False, build)


def open_before(upstream: str, url: str, clock: Clock, stack: ExitStack, **given: Any) -> Door:
    """A door that is the room as a proxy, before an app that is not Python."""
    usual = {"secret_key": KEY, "store": url} | ({} if "rooms" in given else {"paths": "/tickets"})

    def build(site: Site, stack: ExitStack) -> httpx.BaseTransport:
        proxy = proxying(upstream)
        app = asgi.WaitingRoomMiddleware(proxy, site=site)

        async def close() -> None:
            await proxy.close()
            await site.close()

        return PortalTransport(app, close, raise_app_exceptions=False)

    return _door("upstream", clock, stack, Settings(**usual | given), False, build)


def _door(
    name: str,
    clock: Clock,
    stack: ExitStack,
    settings: Settings,
    blocking: bool,
    build: Callable[[Site, ExitStack], httpx.BaseTransport],
) -> Door:
    store = Switched(open_store(settings.store, settings.namespace, blocking=blocking, clock=clock))
    site = Site(settings, store.as_store(), clock, clock)
    transport = build(site, stack)
    stack.callback(transport.close)
    return Door(name, clock, store, site, transport)
