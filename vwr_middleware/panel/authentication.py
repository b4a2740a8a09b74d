"""Who may see the panel, and who may change anything."""

import hmac
from collections.abc import Callable
from dataclasses import replace

from vwr_middleware.keys import Keys
from vwr_middleware.panel.app_login import AppLogin
from vwr_middleware.panel.operators import OPERATOR, VIEWER, Operator, clean_name
from vwr_middleware.panel.seals import LIFE, Seal, Seals
from vwr_middleware.panel.sign_ins import SignIns
from vwr_middleware.settings import Settings
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, Request
from vwr_middleware.web.next_url import written
from vwr_middleware.web.proxies import Origin, origin_of


class Guard:
    """Tells who asks: by a bearer key, by the app's own login, or by our signed cookie.

    `now` gives the store's time: the host's clock is never compared with anything.
    """

    def __init__(
        self, settings: Settings, keys: Keys, now: Callable[[], float], sign_ins: SignIns
    ) -> None:
        self._settings, self._now, self.sign_ins = settings, now, sign_ins
        self._passwords = [
            (password, role)
            for password, role in (
                (settings.admin_password, OPERATOR),
                (settings.admin_viewer_password, VIEWER),
            )
            if password
        ]
        self.app_login = AppLogin(settings.admin_auth)
        self.seals = Seals(keys, [password for password, _ in self._passwords])
        separate = settings.namespace != Settings.namespace
        self.cookie_name = f"vwr_panel_{settings.namespace}" if separate else "vwr_panel"

    @property
    def has_passwords(self) -> bool:
        """Whether there is anything to sign in with here."""
        return bool(self._passwords)

    def origin(self, request: Request) -> Origin:
        """Where a request came from."""
        return origin_of(request, self._settings.trusted_proxies)

    def by_key(self, request: Request) -> Operator | None:
        """Who sends one of the API's keys. All keys are compared, in constant time each."""
        scheme, _, given = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer":
            return None
        sent = _bytes(given.strip())
        fits = [hmac.compare_digest(sent, key.encode()) for key in self._settings.admin_api_key]
        if not any(fits):
            return None
        name = _bytes(request.header("vwr-operator")).decode("utf-8", "replace")
        return Operator(clean_name(name) or "api", OPERATOR, "key")

    async def reader(self, request: Request) -> Operator | None:
        """Who asks for what programs and people may read: by a key, or signed in."""
        return self.by_key(request) or await self.by_browser(request, self.seal(request))

    async def by_browser(self, request: Request, seal: Seal | None) -> Operator | None:
        """Who is signed in here, or in the app."""
        if seal is not None and seal.is_signed_in and not await self.sign_ins.is_over(seal):
            return Operator(seal.name, seal.role, "password")
        return await self.app_login.operator(request)

    def seal(self, request: Request) -> Seal | None:
        """The seal in our cookie, if it is genuine."""
        for value in find(request.header("cookie"), self.cookie_name):
            seal = self.seals.read(value, self._now())
            if seal is not None:
                return seal
        return None

    def role_of(self, password: str) -> str | None:
        """The role of a password, or None. All are compared, in constant time each."""
        sent = password.encode()
        roles = [
            role for known, role in self._passwords if hmac.compare_digest(sent, known.encode())
        ]
        return roles[0] if roles else None

    def opens_everything(self, role: str) -> bool:
        """Whether no other password here opens more than that of this role."""
        return role == self._passwords[0][1]

    def sign_in(self, name: str, role: str) -> Seal:
        """A new session of the panel."""
        return self.seals.fresh(clean_name(name) or role, role, self._now())

    async def sign_out(self, seal: Seal, *, everywhere: bool) -> None:
        """End a session of the panel, or all of them."""
        if everywhere:
            await self.sign_ins.end_all(self._now())
        elif seal.is_signed_in:
            await self.sign_ins.end(seal, self._now())

    def noted(self, seal: Seal) -> Seal | None:
        """The seal with a note of this use; None if there is one already."""
        now = self._now()
        return replace(seal, used=now) if seal.is_due(now) else None

    def cookie(self, request: Request, seal: Seal | None) -> Cookie:
        """The cookie that keeps a seal, or removes it."""
        secure = self.origin(request).is_secure or self._settings.cookie_secure == "always"
        return Cookie(
            self.cookie_name,
            self.seals.sign(seal) if seal else "",
            int(LIFE) if seal else 0,
            path=written(request.mount + self._settings.admin_prefix).replace(";", "%3B"),
            secure=secure and self._settings.cookie_secure != "never",
            same_site="Strict",
        )


def _bytes(header: str) -> bytes:
    """A header as it came."""
    return header.encode("latin-1", "replace")
