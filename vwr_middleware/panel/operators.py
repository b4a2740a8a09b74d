"""Who operates rooms, and what this one may do; also those whom the app itself knows.

Most of what takes a role is known by its name (`role_for`). What is known only by what is asked for
finds who asks by `acting`: nobody hands that on, as little as the language (language.py).
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

from vwr_middleware.errors import Refused
from vwr_middleware.panel.language import _
from vwr_middleware.settings.operators import (
    ADMIN,
    ALL_ROOMS,
    OPERATOR,
    ROLES,
    VIEWER,
    OperatorSettings,
    roles_of,
)
from vwr_middleware.user_functions import Failures
from vwr_middleware.web.http import Request

NAME_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who was let in. `by` says how: password, app or key.

    `role` is what holds where this one stands: in a room (see `within`), and for the panel as a
    whole the most that holds in any.
    """

    name: str
    role: str
    by: str
    roles: Mapping[str, str] = field(default_factory=dict)  # by room; none: `role` in each

    @property
    def may_change(self) -> bool:
        """Whether this one may change anything."""
        return self.role in (OPERATOR, ADMIN)

    @property
    def may_reset(self) -> bool:
        """Whether this one may do what takes places away."""
        return self.role == ADMIN

    @property
    def opens_everything(self) -> bool:
        """Whether nobody may do more, in no room."""
        return {*self.roles.values(), self.roles.get(ALL_ROOMS, "")} == {ADMIN} or (
            not self.roles and self.role == ADMIN
        )

    def role_in(self, room_name: str) -> str:
        """The role in a room; "": none, so that this one may not even look."""
        return self.roles.get(room_name, self.roles.get(ALL_ROOMS, "")) if self.roles else self.role

    def sees(self, row: object) -> bool:
        """Whether this one may see what is told of a room; what is told of none is for all."""
        room_name = row.get("room") if isinstance(row, Mapping) else None
        return room_name is None or self.role_in(room_name) != ""

    def within(self, room_name: str) -> "Operator":
        """The same in one room. Raises Refused where this one has no role."""
        role = self.role_in(room_name)
        if not role:
            names = ", ".join(name for name in self.roles if self.roles[name])
            text = _("you may not see the room {room}, only {rooms}", room=room_name, rooms=names)
            raise Refused(text, status=403)
        return replace(self, role=role)

    def need(self, role: str) -> None:
        """Raise Refused if this role is more than what this one has here."""
        if ROLES.index(self.role) < ROLES.index(role):
            text = (
                _("you have read-only access here: that takes the role {role}", role=role)
                if self.role == VIEWER
                else _(
                    "your role here is {mine}: that takes the role {role}",
                    mine=self.role,
                    role=role,
                )
            )
            raise Refused(text, status=403)


def seen_of(answer: Mapping[str, Any], operator: Operator) -> dict[str, Any]:
    """What is told of several rooms, without the rows of those that this operator may not see."""
    return {
        name: [row for row in told if operator.sees(row)] if isinstance(told, list) else told
        for name, told in answer.items()
    }


# Who asks for what is being done.


_acting: ContextVar["Operator | None"] = ContextVar("acting", default=None)


@contextmanager
def acting_as(operator: Operator) -> Iterator[None]:
    """Within this, all that is done is what this operator asks for."""
    before = _acting.set(operator)
    try:
        yield
    finally:
        _acting.reset(before)


def acting(who: str = "") -> Operator:
    """Who asks. Whoever comes by the store itself, as the shell may, may do everything."""
    return _acting.get() or Operator(who, ADMIN, "store")


#: What takes places away from people, and cannot be taken back.
_OF_ADMINS = frozenset({"reset", "restore"})


def role_for(action: str) -> str:
    """The role that an action takes, of a form or of the API."""
    return ADMIN if action in _OF_ADMINS else OPERATOR


def known_operator(settings: OperatorSettings, by: str) -> Operator:
    """An operator of the setting `admin_operators`."""
    most = max(settings.roles.values(), key=ROLES.index)
    return Operator(settings.name, most, by, settings.roles)


def clean_name(text: str) -> str:
    """A name for the audit log: one line, printable, not long."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:NAME_LONGEST]


# Operators whom the app itself knows: the setting `admin_auth`.


log = logging.getLogger("vwr_middleware.operators")

AUTH_FAILED = "admin_auth failed, so it lets nobody in (%d so far)"
LOGIN_FAILED = "the login of admin_auth failed, so the panel cannot link to it (%d so far)"
NO_ANSWER = (
    "admin_auth must return None, True, a name, (name, role), or a mapping with name, role and"
    " rooms, with the role viewer, operator or admin: it lets nobody in (%d so far)"
)


class AppLogin:
    """Asks the app who sends a request. A function that fails is logged, and lets nobody in."""

    def __init__(self, admin_auth: Callable[..., Any] | None) -> None:
        self._ask = admin_auth
        #: Anybody may ask for the panel, and one that is left open asks all night.
        self._failures, self._address_failures = Failures(), Failures()

    async def operator(self, request: Request) -> Operator | None:
        """Who sends this request, if the app knows an operator by it."""
        if self._ask is None:
            return None
        try:
            answer = self._ask(request.native)
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

    def address(self, back: str) -> str:
        """The address of the login, which leads `back`; "" if it is not known.

        `admin_auth` may have an attribute `login`: a callable that is given the address to come
        back to, and returns that of the login.
        """
        login = getattr(self._ask, "login", None)
        try:
            return str(login(back)) if callable(login) else ""
        except Exception as error:
            if count := self._address_failures.told(error):
                log.exception(LOGIN_FAILED, count)
            return ""


class _NoAnswer(Exception):
    """`admin_auth` returned something that says nothing of an operator."""


def _operator(answer: object) -> Operator | None:
    """What `admin_auth` said: nobody, True, a name, a name and a role, or these with rooms.

    In a pair `operator` is whoever may do everything, as it was before there were other roles.
    """
    if answer is True:
        return Operator(OPERATOR, ADMIN, "app")
    if isinstance(answer, str) and answer:
        return Operator(clean_name(answer), ADMIN, "app")
    if isinstance(answer, Mapping):
        problems = list[str]()
        roles = roles_of(answer, problems)
        name = clean_name(str(answer.get("name") or ""))
        if name and not problems:
            return Operator(name, max(roles.values(), key=ROLES.index), "app", roles)
    elif isinstance(answer, Sequence) and len(answer) == 2:
        name, role = answer
        if role in ROLES:
            return Operator(clean_name(str(name)), ADMIN if role == OPERATOR else role, "app")
    if answer not in (None, False, ""):
        raise _NoAnswer
    return None
