"""Who may see the panel, and who may change anything: by a key, our signed cookie, or the app's
login.
"""

import hashlib
import hmac
import json
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from ipaddress import ip_network

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.keys import Keys
from vwr_middleware.panel.operators import AppLogin, Operator, clean_name, known_operator
from vwr_middleware.settings import Settings
from vwr_middleware.settings.operators import ADMIN, OPERATOR, VIEWER, OperatorSettings
from vwr_middleware.settings.web_kinds import bare_host
from vwr_middleware.stores.board import ALL_SIGN_INS, SIGN_OUTS_MOST
from vwr_middleware.web.cookie_header import find
from vwr_middleware.web.http import Cookie, Reply, Request
from vwr_middleware.web.next_url import written
from vwr_middleware.web.proxies import Origin, certain_address, host_of, ip_of, origin_of
from vwr_middleware.web.remembered import warn_once
from vwr_middleware.web.replies import problem
from vwr_middleware.worker.store_access import StoreAccess

# The panel's signed cookie, and the token that proves that a form is ours.


#: How long a sign-in lasts at most, in seconds, and how long one that nobody uses.
LIFE, IDLE = 12 * 3600.0, 3600.0
#: How old the note of its last use gets in the cookie.
_NOTED = 60.0
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Seal:
    """What the cookie says: a seed that ties forms to a browser, and who is signed in there."""

    seed: str
    name: str = ""
    role: str = ""
    until: float = 0.0  # store time
    used: float = 0.0  # the last use that was noted

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody signed in here. If not, the app itself knows its operators."""
        return self.role != ""

    def is_due(self, now: float) -> bool:
        """Whether its use is to be noted."""
        return self.is_signed_in and now - self.used > _NOTED


class Seals:
    """Signs and reads the cookie. Its keys depend on the passwords, so a change of a password signs
    everybody out."""

    def __init__(self, keys: Keys, passwords: Sequence[str]) -> None:
        digests = [hashlib.sha256(password.encode()).hexdigest() for password in passwords]
        derived = keys.for_purpose("panel", *digests)
        self._signer = Signer(
            list(reversed(derived)), key_derivation="none", digest_method=hashlib.sha256
        )
        self._form_keys = keys.for_purpose("panel form", *digests)

    def fresh(self, name: str = "", role: str = "", now: float = 0.0) -> Seal:
        """A seal with a seed of its own, of somebody who signs in now if there is a role."""
        until = now + LIFE if role else 0.0
        return Seal(secrets.token_urlsafe(18), name, role, until, now)

    def sign(self, seal: Seal) -> str:
        """The seal as the value of a cookie."""
        body = json.dumps(astuple(seal)).encode()
        return self._signer.sign(base64_encode(body)).decode("ascii")

    def read(self, value: str, now: float) -> Seal | None:
        """The seal, or None if we have not signed it or its time is over."""
        if len(value) > _LONGEST or not value.isascii():
            return None
        try:
            seal = Seal(*json.loads(base64_decode(self._signer.unsign(value))))
        except (BadData, ValueError, TypeError):
            return None
        is_over = not now < seal.until <= now + LIFE + 60 or now - seal.used > IDLE
        return None if seal.is_signed_in and is_over else seal

    def form_token(self, seal: Seal, name: str) -> str:
        """What every form of this browser and operator carries."""
        return self._form_tokens(seal, name)[0]

    def is_form_token(self, seal: Seal, name: str, given: str) -> bool:
        """Whether a form came from a page of ours, under any secret. In constant time each."""
        sent, tokens = given.encode(), self._form_tokens(seal, name)
        fits = [hmac.compare_digest(sent, token.encode()) for token in tokens]
        return any(fits)

    def _form_tokens(self, seal: Seal, name: str) -> list[str]:
        """One for each secret; the first is the one to write."""
        message = json.dumps([seal.seed, name]).encode()
        return [hmac.digest(key, message, "sha256").hex() for key in self._form_keys]


# Sign-ins that were ended before their time, for all workers.


log = logging.getLogger("vwr_middleware.operators")

_NOT_TOLD = (
    "the store does not answer, so only this worker knows that %s ended. Others may take a copy of"
    " such a cookie: sign out everywhere when the store is back"
)


class SignIns:
    """Kept in the store. What this worker was told of holds also while that is away."""

    def __init__(self, store_access: StoreAccess) -> None:
        self._store_access = store_access
        self._own: OrderedDict[str, float] = OrderedDict()  # when each was ended, in this worker

    async def end(self, seal: Seal, now: float) -> None:
        """Sign somebody out."""
        await self._end(seal.seed, now, f"the sign-in of {seal.name}")

    async def end_all(self, now: float) -> None:
        """Sign everybody out who has signed in with a password."""
        await self._end(ALL_SIGN_INS, now, "all sign-ins")

    async def _end(self, seed: str, now: float, what: str) -> None:
        self._own[seed] = now
        while len(self._own) > SIGN_OUTS_MOST:
            self._own.popitem(last=False)
        try:
            await self._store_access.breaker.ask(lambda: self._store_access.store.sign_out(seed))
        except StoreUnavailable:
            log.warning(_NOT_TOLD, what)

    async def is_over(self, seal: Seal) -> bool:
        """Whether this sign-in was ended."""
        began = seal.until - LIFE
        if seal.seed in self._own or began <= self._own.get(ALL_SIGN_INS, 0.0):
            return True
        try:
            return await self._store_access.breaker.ask(
                lambda: self._store_access.store.is_signed_out(seal.seed, began)
            )
        except StoreUnavailable:
            return False


# Who may see the panel, and who may change anything.


class Guard:
    """Tells who asks: by a bearer key, by the app's own login, or by our signed cookie.

    `now` gives the store's time: the host's clock is never compared with anything.
    """

    def __init__(
        self, settings: Settings, keys: Keys, now: Callable[[], float], sign_ins: SignIns
    ) -> None:
        self._settings, self._now, self.sign_ins = settings, now, sign_ins
        shared = [
            (password, role)
            for password, role in (
                (settings.admin_password, OPERATOR),
                (settings.admin_viewer_password, VIEWER),
            )
            if password
        ]
        self._named = NamedOperators(keys, settings.admin_operators)
        self._passwords = [*shared, *self._named.passwords]
        self.app_login = AppLogin(settings.admin_auth)
        self.seals = Seals(keys, [password for password, _ in shared])
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
        """Who sends one of the API's keys."""
        scheme, _, given = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer":
            return None
        named = self._named.holder_of(given.strip())
        return named or holder_of(given.strip(), self._settings.admin_api_key, request)

    async def reader(self, request: Request) -> Operator | None:
        """Who asks for what programs and people may read: by a key, or signed in."""
        return self.by_key(request) or await self.by_browser(request, self.seal(request))

    async def by_browser(self, request: Request, seal: Seal | None) -> Operator | None:
        """Who is signed in here, or in the app."""
        if seal is not None and seal.is_signed_in and not await self.sign_ins.is_over(seal):
            if not self._named.is_mark(seal.role):
                return Operator(seal.name, ADMIN if seal.role == OPERATOR else VIEWER, "password")
            if found := self._named.marked(seal.role):
                return found
        return await self.app_login.operator(request)

    def seal(self, request: Request) -> Seal | None:
        """The seal in our cookie, if it is genuine."""
        for value in find(request.header("cookie"), self.cookie_name):
            seal = self.seals.read(value, self._now())
            if seal is not None:
                return seal
        return None

    def role_of(self, password: str) -> str | None:
        """What a password makes of whoever has it, as seals have it; or None. All are compared, in
        constant time each."""
        sent = password.encode()
        roles = [
            role for known, role in self._passwords if hmac.compare_digest(sent, known.encode())
        ]
        return roles[0] if roles else None

    def opens_everything(self, role: str) -> bool:
        """Whether no other password here opens more than that of this role."""
        named = self._named.marked(role)
        opens = named.opens_everything if named else role == OPERATOR
        return opens or len(self._passwords) == 1

    def may_change(self, role: str) -> bool:
        """Whether whoever has this role, as seals have it, may change anything."""
        named = self._named.marked(role)
        return named.may_change if named else role == OPERATOR

    def sign_in(self, name: str, role: str) -> Seal:
        """A new session of the panel. Who has a password of their own has the name with it."""
        if named := self._named.marked(role):
            return self.seals.fresh(named.name, role, self._now())
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
        path, secure = self.cookie_place(request)
        return Cookie(
            self.cookie_name,
            self.seals.sign(seal) if seal else "",
            int(LIFE) if seal else 0,
            path=path,
            secure=secure,
            same_site="Strict",
        )

    def cookie_place(self, request: Request) -> tuple[str, bool]:
        """The path of the panel's cookies, and whether they are sent over https only."""
        secure = self.origin(request).is_secure or self._settings.cookie_secure == "always"
        path = written(request.mount + self._settings.admin_prefix).replace(";", "%3B")
        return path, secure and self._settings.cookie_secure != "never"


def holder_of(given: str, keys: Sequence[str], request: Request) -> Operator | None:
    """Who sends one of these keys. All are compared, in constant time each."""
    sent = _bytes(given)
    fits = [hmac.compare_digest(sent, key.encode()) for key in keys]
    if not any(fits):
        return None
    name = _bytes(request.header("vwr-operator")).decode("utf-8", "replace")
    return Operator(clean_name(name) or "api", ADMIN, "key")


class NamedOperators:
    """The operators of `admin_operators`. A seal has a mark of one, and not the role: so a change
    of a role holds at once, and one of a password signs that operator out, and nobody else."""

    def __init__(self, keys: Keys, operators: Sequence[OperatorSettings]) -> None:
        self._keys = [(key, each) for each in operators for key in each.keys]
        self._by_mark: dict[str, OperatorSettings] = {}
        #: The passwords, each with its mark by the newest secret.
        self.passwords: list[tuple[str, str]] = []
        for each in operators:
            if each.password:
                marks = [_mark(key, each) for key in keys.for_purpose("panel operator")]
                self._by_mark |= dict.fromkeys(marks, each)
                self.passwords.append((each.password, marks[0]))

    @staticmethod
    def is_mark(role: str) -> bool:
        """Whether a seal's role is the mark of such an operator."""
        return role.startswith("@")

    def marked(self, role: str) -> Operator | None:
        """The operator of a mark."""
        found = self._by_mark.get(role)
        return known_operator(found, "password") if found else None

    def holder_of(self, given: str) -> Operator | None:
        """Who has this key. All are compared, in constant time each."""
        sent = _bytes(given)
        fits = [each for key, each in self._keys if hmac.compare_digest(sent, key.encode())]
        return known_operator(fits[0], "key") if fits else None


def _mark(key: bytes, operator: OperatorSettings) -> str:
    message = json.dumps([operator.name, operator.password]).encode()
    return f"@{hmac.digest(key, message, 'sha256').hex()[:24]}"


def _bytes(header: str) -> bytes:
    """A header as it came."""
    return header.encode("latin-1", "replace")


# Who may come to the panel at all: the settings `admin_hosts` and `admin_networks`.


_TURNED_AWAY = (
    "a request to the panel was answered 404, as if there were none, since it did not come %s."
    " If that was one of yours, correct the setting; the address and the host of those behind a"
    " proxy are right only with trusted_proxies"
)


class AllowedSources:
    """Knows who is to find nothing where the panel is, neither its pages nor the API or metrics."""

    def __init__(self, settings: Settings) -> None:
        self._hosts, self._trusted = frozenset(settings.admin_hosts), settings.trusted_proxies
        self._networks = [ip_network(text) for text in settings.admin_networks]

    def turned_away(self, request: Request) -> Reply | None:
        """The answer to an outsider, the same whatever was sent; None: this is none."""
        if self._hosts and bare_host(host_of(request, self._trusted)) not in self._hosts:
            warn_once(_TURNED_AWAY, "to a host of admin_hosts")
        elif self._networks and not self._is_near(request):
            warn_once(_TURNED_AWAY, "from one of admin_networks")
        else:
            return None
        return problem(404, "there is nothing here").closing()

    def _is_near(self, request: Request) -> bool:
        ip = ip_of(certain_address(request, self._trusted))
        return ip is not None and any(ip in network for network in self._networks)
