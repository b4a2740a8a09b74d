"""Who may see the panel, and who may change anything."""

import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from vwr_middleware.keys import Keys
from vwr_middleware.panel.seals import LIFE, Seal, Seals
from vwr_middleware.settings import Settings
from vwr_middleware.user_functions import Failures
from vwr_middleware.web.cookies import find
from vwr_middleware.web.http import Cookie, Request
from vwr_middleware.web.next_url import written
from vwr_middleware.web.proxies import Origin, origin_of

log = logging.getLogger("vwr_middleware.operators")

OPERATOR, VIEWER = "operator", "viewer"
NAME_LONGEST = 64

AUTH_FAILED = "admin_auth failed, so it lets nobody in (%d so far)"
LOGIN_FAILED = "the login of admin_auth failed, so the panel cannot link to it (%d so far)"
NO_ANSWER = (
    "admin_auth must return None, True, a name, or (name, role) with the role operator or viewer:"
    " it lets nobody in (%d so far)"
)


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who was let in. `by` says how: password, app or key."""

    name: str
    role: str
    by: str

    @property
    def may_change(self) -> bool:
        """Whether this one may change anything."""
        return self.role == OPERATOR


class Guard:
    """Tells who asks: by a bearer key, by the app's own login, or by our signed cookie.

    `now` gives the store's time: the host's clock is never compared with anything.
    """

    def __init__(self, settings: Settings, keys: Keys, now: Callable[[], float]) -> None:
        self._settings, self._now = settings, now
        self._passwords = [
            (password, role)
            for password, role in (
                (settings.admin_password, OPERATOR),
                (settings.admin_viewer_password, VIEWER),
            )
            if password
        ]
        #: Anybody may ask for the panel, and one that is left open asks all night.
        self._failures, self._login_failures = Failures(), Failures()
        self.seals = Seals(keys, [password for password, _ in self._passwords])
        separate = settings.namespace != Settings.namespace
        self.cookie_name = f"vwr_panel_{settings.namespace}" if separate else "vwr_panel"

    @property
    def has_passwords(self) -> bool:
        """Whether there is anything to sign in with here."""
        return bool(self._passwords)

    def login(self, back: str) -> str:
        """The address of the app's own login, which leads `back`; "" if it is not known.

        `admin_auth` may have an attribute `login`: a callable that is given the address to come
        back to, and returns that of the login.
        """
        login = getattr(self._settings.admin_auth, "login", None)
        try:
            return str(login(back)) if callable(login) else ""
        except Exception as error:
            if count := self._login_failures.told(error):
                log.exception(LOGIN_FAILED, count)
            return ""

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
        if seal is not None and seal.is_signed_in:
            return Operator(seal.name, seal.role, "password")
        if self._settings.admin_auth is None:
            return None
        try:
            answer: Any = self._settings.admin_auth(request.native)
            if isawaitable(answer):
                answer = await answer
            return _operator(answer)
        except _NoAnswer as error:
            if count := self._failures.told(error):
                log.error(NO_ANSWER, count)
        except Exception as error:
            if count := self._failures.told(error):
                log.exception(AUTH_FAILED, count)
        return None

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
        return self.seals.fresh(clean_name(name) or role, role, self._now() + LIFE)

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


def clean_name(text: str) -> str:
    """A name for the audit log: one line, printable, not long."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:NAME_LONGEST]


class _NoAnswer(Exception):
    """`admin_auth` returned something that says nothing of an operator."""


def _operator(answer: object) -> Operator | None:
    """What `admin_auth` said: nobody, True, a name, or a name and a role."""
    if answer is True:
        return Operator(OPERATOR, OPERATOR, "app")
    if isinstance(answer, str) and answer:
        return Operator(clean_name(answer), OPERATOR, "app")
    if isinstance(answer, Sequence) and len(answer) == 2:
        name, role = answer
        if role in (OPERATOR, VIEWER):
            return Operator(clean_name(str(name)), role, "app")
    if answer not in (None, False, ""):
        raise _NoAnswer
    return None
