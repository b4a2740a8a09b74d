"""What one worker serves: the middleware, which is replaced as a whole when the settings change.

A request is answered to its end by the middleware that it came to.
"""

import asyncio
import logging
from contextlib import suppress

from vwr_middleware.asgi import WaitingRoomMiddleware, make_site
from vwr_middleware.asgi.request import App, Message, Receive, Scope, Send
from vwr_middleware.errors import WaitingRoomError
from vwr_middleware.serve.options import Options
from vwr_middleware.serve.shared_settings import SharedSettings
from vwr_middleware.serve.without_app import without_app
from vwr_middleware.settings import Settings
from vwr_middleware.settings.settings import checked
from vwr_middleware.stores import Store
from vwr_middleware.worker.events_and_log import OTHER_OWN, OTHER_SECRET, OTHER_SETTINGS

log = logging.getLogger("vwr_middleware")

#: Seconds between two looks whether there are new settings.
LOOKS_EVERY = 0.2


def app_behind(options: Options) -> App:
    """What stands behind the room: the proxy to the app, or what says that there is no app."""
    if not options.upstream:
        return without_app
    from vwr_middleware.serve.upstream import proxying  # loaded only if used: it needs a client

    return proxying(options.upstream)


class RunningRoom:
    """The middleware with one version of the settings, and how many requests it has in hand."""

    def __init__(
        self, settings: Settings, behind: App, store: Store | None = None, *, aws: bool = False
    ) -> None:
        self.settings = settings
        self.site = make_site(settings, store)
        self.app: App = WaitingRoomMiddleware(behind, site=self.site)
        if aws:
            from vwr_middleware.aws import AwsApi  # loaded only if used

            self.app = AwsApi(site=self.site, otherwise=self.app)
        self.in_hand = 0

    def store_for(self, settings: Settings) -> Store | None:
        """The store, if it serves these settings too: a room in memory lives in it."""
        mine, theirs = self.settings, settings
        is_same = (mine.store, mine.namespace) == (theirs.store, theirs.namespace)
        return self.site.store if is_same else None

    async def read(self) -> None:
        """Read the rooms: the first request need not, and the store hears who has polled."""
        view = next(iter(self.site.store_access.views.values()), None)
        if view is not None:
            with suppress(WaitingRoomError):  # the store is away, which the log says
                await self.site.store_access.newest(view)


class RoomService:
    """The ASGI app of one worker."""

    def __init__(self, shared_settings: SharedSettings, options: Options) -> None:
        self._shared_settings, self._behind = shared_settings, app_behind(options)
        self._has_aws = options.aws
        self._version, values = shared_settings.take()
        self._running = RunningRoom(checked(values, []), self._behind, aws=self._has_aws)
        self._rooms = [self._running]  # and those before it that still have requests in hand
        self._following: asyncio.Task[None] | None = None
        self._is_reloading = False
        log.addFilter(self._is_news)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by the settings of this moment."""
        if scope["type"] == "lifespan":
            return await self._live(scope, receive, send)
        running = self._running
        running.in_hand += 1
        try:
            await running.app(scope, receive, send)
        finally:
            running.in_hand -= 1
            if running is not self._running:
                await self._close_if_done(running)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The lifespan is that of the app behind; between its ends, new settings are looked for."""

        async def follow_and_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._running.read()
                self._following = asyncio.create_task(self._follow())
            elif message["type"].startswith("lifespan.shutdown."):
                await self._stop()
            await send(message)

        await self._behind(scope, receive, follow_and_send)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            if self._shared_settings.version != self._version:
                self._is_reloading = True
                try:
                    await self._reload()
                except Exception as error:  # whatever it is, the old ones serve
                    log.error("this worker goes on with its old settings: %s", error)
                self._is_reloading = False

    async def _reload(self) -> None:
        """Take the new settings over."""
        self._version, values = self._shared_settings.take()
        settings, old = checked(values, []), self._running
        new = RunningRoom(settings, self._behind, old.store_for(settings), aws=self._has_aws)
        await new.read()
        self._rooms.append(new)
        old.in_hand += 1  # this last reading
        self._running = new
        await old.read()
        old.in_hand -= 1
        await self._close_if_done(old)

    async def _close_if_done(self, running: RunningRoom) -> None:
        """Close the store of a replaced middleware after its last request, if no other has it."""
        if not running.in_hand and running in self._rooms:
            self._rooms.remove(running)
            if all(other.site.store is not running.site.store for other in self._rooms):
                await running.site.close()

    async def _stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
        for running in self._rooms:
            await running.site.close()

    def _is_news(self, record: logging.LogRecord) -> bool:
        """Whether this belongs into the log. While workers take new settings over, one after the
        other, they see that those of others differ."""
        is_behind = self._is_reloading or self._shared_settings.version != self._version
        return not (is_behind and record.msg in (OTHER_OWN, OTHER_SECRET, OTHER_SETTINGS))
