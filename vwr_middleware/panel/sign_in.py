"""Signing in and out; whoever guesses passwords has to wait."""

import logging
import re
from contextlib import suppress
from math import ceil

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.panel.authentication import Guard, Seal
from vwr_middleware.panel.forms import form_of
from vwr_middleware.panel.language import _, said_later
from vwr_middleware.panel.operators import Operator
from vwr_middleware.panel.replies import HEADERS, Templates, problem
from vwr_middleware.stores import board
from vwr_middleware.stores.memory.store import MemoryBoard
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.proxies import network_of, networks_of
from vwr_middleware.worker.store_access import StoreAccess
from vwr_middleware.worker.wrong_passwords import WrongPasswords

# Wrong passwords, counted by network for all workers: each makes the next one wait longer.
#
# Whoever guesses from many networks slows those who guess down everywhere (stores/board.py), but
# the first attempt of a network is always heard: nobody can lock the operators out.


class Attempts:
    """Counts in the store; while that is away, in this worker alone."""

    def __init__(self, store_access: StoreAccess, guesses: WrongPasswords) -> None:
        self._store_access, self._own, self._guesses = store_access, MemoryBoard(), guesses

    async def wait(self, address: str) -> int:
        """Seconds until this address may try; 0: now. The try counts as wrong until `succeeded`."""
        networks, store_access = networks_of(address), self._store_access
        try:
            wait = await store_access.breaker.ask(lambda: store_access.store.attempt(*networks))
        except StoreUnavailable:
            wait = board.attempt(self._own, networks, store_access.monotonic())
        if wait > 0:
            self._guesses.early()
        return ceil(wait)

    def failed(self, address: str) -> None:
        """A wrong password came."""
        self._guesses.wrong(network_of(address))

    async def succeeded(self, address: str, *, opens_everything: bool) -> None:
        """A right password came, so those before were mistyped. If it does not open everything, its
        owner may be guessing at the one that does, and only this attempt is forgiven."""
        self._guesses.right()
        networks, store_access, only_this = (
            networks_of(address),
            self._store_access,
            not opens_everything,
        )
        board.forgive(self._own, networks, one=only_this)
        with suppress(StoreUnavailable):
            await store_access.breaker.ask(
                lambda: store_access.store.forgive(*networks, one=only_this)
            )


# Signing in and out.


log = logging.getLogger("vwr_middleware.operators")

#: Where a sign-in may lead: to a page of the panel, by its path below the panel's own.
_PAGE = re.compile(r"/(?:rooms/[a-z0-9-]{1,32}(?:/wall)?|wall|alarms)?")


def page_of(path: str) -> str:
    """The page of the panel to which an address belongs, such as the address of a form."""
    found = _PAGE.match(path)
    return found[0] if found else "/"


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer, and not a script."""
    return "text/html" in request.header("accept")


SIGNED_OUT = said_later("nothing was changed: you are signed out, reload the page to sign in")
UNKNOWN = said_later(
    "nothing was changed: the app does not know you as an operator, sign in there first"
)


class Signing:
    """The form, and what it sends."""

    def __init__(self, guard: Guard, attempts: Attempts, templates: Templates) -> None:
        self._guard, self._attempts, self._templates = guard, attempts, templates

    def not_signed_in(self, request: Request, base: str, path: str) -> Reply:
        """The answer to whoever has to sign in first: our form, or the way to the app's login."""
        page = page_of(path)
        if not self._guard.has_passwords:
            if not wants_page(request):
                return problem(403, _(UNKNOWN))
            login = self._guard.app_login.address(base + page)
            return self._templates.page("not_known.html", 403, base=base, page=page, login=login)
        if not wants_page(request):
            return problem(401, _(SIGNED_OUT))
        return self._form(base, 401, page)

    async def sign_in(self, request: Request, base: str) -> Reply:
        """Show the form, or take what it sends."""
        if not self._guard.has_passwords:
            return problem(404, _("there is no password to sign in with"))
        if request.method != "POST":
            return self._form(base, 200, "/")
        address = self._guard.origin(request).address
        form = form_of(request)
        path = page_of(form.get("next", "/"))
        wait = await self._attempts.wait(address)
        if wait:
            said = _("Too many wrong passwords from your network. Try again in {n} s.", n=wait)
            return self._form(base, 429, path, said).with_headers([("Retry-After", str(wait))])
        role = self._guard.role_of(form.get("password", ""))
        if role is None:
            self._attempts.failed(address)
            return self._form(base, 403, path, _("Wrong password."))
        if "screen" in form and self._guard.may_change(role):
            text = _(
                "A screen only shows numbers: give it a password of somebody who may only look."
            )
            return self._form(base, 403, path, text)
        await self._attempts.succeeded(address, opens_everything=self._guard.opens_everything(role))
        seal = self._guard.sign_in(form.get("name", ""), role)
        log.info("%s signed in", seal.name, extra={"event": "signed_in", "operator": seal.name})
        cookie = self._guard.cookie(request, seal)
        headers = (("Location", base + path), ("Set-Cookie", cookie.header()), *HEADERS)
        return Reply(303, b"", headers)

    async def sign_out(self, request: Request, base: str, seal: Seal, operator: Operator) -> Reply:
        """Forget who this was, or (`everywhere`) everybody who has signed in."""
        everywhere = "everywhere" in form_of(request) and operator.opens_everything
        await self._guard.sign_out(seal, everywhere=everywhere)
        if everywhere:
            fields = {"event": "signed_out_everywhere", "operator": operator.name}
            log.warning("%s ended all sign-ins to the panel", operator.name, extra=fields)
        cookie = self._guard.cookie(request, None)
        location = f"{base}/sign-in" if self._guard.has_passwords else f"{base}/"
        return Reply(303, b"", (("Location", location), ("Set-Cookie", cookie.header()), *HEADERS))

    def _form(self, base: str, status: int, path: str, said: str = "") -> Reply:
        return self._templates.page("sign_in.html", status, base=base, next=path, said=said)
