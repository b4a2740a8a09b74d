"""Who operates rooms, and what this one may do; also those whom the app itself knows."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from vwr_middleware.user_functions import Failures
from vwr_middleware.web.http import Request

OPERATOR, VIEWER = "operator", "viewer"
NAME_LONGEST = 64


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


def clean_name(text: str) -> str:
    """A name for the audit log: one line, printable, not long."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:NAME_LONGEST]


# Operators whom the app itself knows: the setting `admin_auth`.


log = logging.getLogger("vwr_middleware.operators")

AUTH_FAILED = "admin_auth failed, so it lets nobody in (%d so far)"
LOGIN_FAILED = "the login of admin_auth failed, so the panel cannot link to it (%d so far)"
NO_ANSWER = (
    "admin_auth must return None, True, a name, or (name, role) with the role operator or viewer:"
    " it lets nobody in (%d so far)"
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
