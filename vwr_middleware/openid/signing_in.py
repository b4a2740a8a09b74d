"""Through the waiting room and back to the client with a code.

The address is like a protected path of the room: who is not inside gets the waiting page, which
comes back to this very address. A request that is wrong is refused before it takes a place.
"""

import secrets
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oidc.core.errors import InteractionRequiredError, LoginRequiredError

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.visit import Visit
from vwr_middleware.openid.codes import Visitor
from vwr_middleware.openid.fields import LONGEST_QUERY, Fields, read
from vwr_middleware.openid.server import OpenidServer
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.http import Cookie, Pass, Reply, Request
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.replies import Headers, cookie_headers, json_reply, see_other


class TemporarilyUnavailableError(OAuth2Error):  # type: ignore[misc]
    """The store is away (RFC 6749, section 4.1.2.1)."""

    error = "temporarily_unavailable"


class SigningIn:
    """The authorization endpoint of one room."""

    def __init__(self, gate: Gate, server: OpenidServer) -> None:
        self._gate, self._server = gate, server

    async def by_post(self, request: Request) -> Reply:
        """The same parameters in a form, which a browser sends from the client's page without our
        cookies: it comes back by GET with them."""
        if len(request.body) > LONGEST_QUERY or not request.body.isascii():
            return json_reply(400, {"error": "invalid_request"})
        where = way_back(request.mount + request.path, request.body.decode())
        return see_other(where)

    async def by_get(self, request: Request) -> Reply:
        """The waiting page, or back to the client: with a code, or with what is wrong."""
        if len(request.query) > LONGEST_QUERY:
            return json_reply(400, _told(OAuth2Error("the query is too long"), "invalid_request"))
        fields = read(request.query)
        try:
            grant = self._server.asked(fields, self._gate.inside.now())
        except OAuth2Error as error:
            return self._refused(error)
        try:
            return await self._answer(request, fields, grant)
        except OAuth2Error as error:  # by now it is known whom to tell
            error.redirect_uri, error.state = grant.redirect_uri, fields.values.get("state")
            return self._refused(error)

    async def _answer(self, request: Request, fields: Fields, grant: Any) -> Reply:
        prompts = fields.values.get("prompt", "").split()
        visit = self._gate.room_context.visit(request)
        if "none" in prompts:
            verdict = await self._inside_already(visit)
        else:
            found = await self._gate.answer(request)
            if isinstance(found, Reply):
                return found
            verdict = found
        return await self._with_code(visit, fields, grant, verdict)

    async def _inside_already(self, visit: Visit) -> Pass:
        """Lets in who needs no page for it, and gives no place to others: nobody sees this request,
        as it comes from a hidden frame."""
        gate = self._gate
        room = await gate.store_access.fresh(gate.view)
        token = visit.papers.token()
        if room is None:
            raise TemporarilyUnavailableError()
        verdict = await gate.inside.with_token(visit, room, token) if token is not None else None
        if verdict is None and token is not None:
            verdict = await self._confirmed_since(visit, token)
        if isinstance(verdict, Pass):
            return verdict
        if room.mode in ("off", "shadow"):
            return Pass()
        raise InteractionRequiredError() if visit.papers.ticket() else LoginRequiredError()

    async def _confirmed_since(self, visit: Visit, token: AccessToken) -> Pass | None:
        """Lets in by a first token that has run out, if its session was confirmed: not by a request
        that has brought it, but by a client that has brought a code."""
        if not token.first or self._gate.view.devices.lost_by(token.place):
            return None
        try:
            return await self._gate.inside.confirmed(visit, token)
        except StoreUnavailable as error:
            raise TemporarilyUnavailableError() from error

    async def _with_code(self, visit: Visit, fields: Fields, grant: Any, verdict: Pass) -> Reply:
        session = verdict.session
        if session is None:  # the room lets everybody pass, or this request
            visitor, when = Visitor(f"open-{secrets.token_hex(8)}"), int(self._gate.inside.now())
            return self._back(fields, grant, visitor, when)
        self._gate.inside.finished(session)
        token: Any = session.token
        cookies = verdict.cookies
        if self._is_too_old(fields, token):
            token, cookies = await self._confirmed(visit, token, cookies)
        self._check_hint(fields, token)
        visitor = Visitor(
            token.session_id, token.room_id, token.session_id, token.position, visit.papers.marks
        )
        return self._back(fields, grant, visitor, token.issued_at, cookie_headers(cookies))

    def _is_too_old(self, fields: Fields, token: AccessToken) -> bool:
        """Whether the client wants to be sure of more than that the token is good."""
        if "login" in fields.values.get("prompt", "").split():
            return True
        most = fields.values.get("max_age")
        return most is not None and self._gate.inside.now() - token.issued_at >= int(most)

    async def _confirmed(
        self, visit: Visit, token: AccessToken, cookies: tuple[Cookie, ...]
    ) -> tuple[AccessToken, tuple[Cookie, ...]]:
        """The token of a session that the store has just confirmed: there is no password to ask
        for, and nobody has to wait twice."""
        try:
            verdict = await self._gate.inside.confirmed(visit, token)
        except StoreUnavailable as error:
            raise TemporarilyUnavailableError() from error
        if verdict is None or verdict.session is None:
            raise LoginRequiredError("the session has ended")
        self._gate.inside.finished(verdict.session)
        fresh: Any = verdict.session.token
        names = {cookie.name for cookie in verdict.cookies}
        others = tuple(cookie for cookie in cookies if cookie.name not in names)
        return fresh, (*others, *verdict.cookies)

    def _check_hint(self, fields: Fields, token: AccessToken) -> None:
        """Refuses another visitor than the one of whom the client speaks."""
        hint = fields.values.get("id_token_hint")
        if hint is None:
            return
        told = self._server.tokens.read_id_token(hint)
        if told is None or told.visitor.sub != token.session_id:
            raise LoginRequiredError("id_token_hint is of another session")

    def _back(
        self,
        fields: Fields,
        grant: Any,
        visitor: Visitor,
        auth_time: int,
        headers: Headers = (),
    ) -> Reply:
        code = self._server.code_for(grant, visitor, auth_time)
        told = {"code": code} | _state_in(fields) | {"iss": self._server.tokens.issuer}
        where = add_params_to_uri(fields.values["redirect_uri"], list(told.items()))
        return see_other(where, headers)

    def _refused(self, error: OAuth2Error) -> Reply:
        """The error, told to the client, or to the visitor if no client can be trusted with it."""
        where = error.redirect_uri
        if not where:
            return json_reply(error.status_code, _told(error))
        told = _told(error) | ({"state": error.state} if error.state else {})
        told["iss"] = self._server.tokens.issuer
        return see_other(add_params_to_uri(where, list(told.items())))


def _state_in(fields: Fields) -> dict[str, str]:
    state = fields.values.get("state")
    return {"state": state} if state else {}


def _told(error: OAuth2Error, name: str = "") -> dict[str, str]:
    text = error.get_error_description()
    return {"error": name or error.error} | ({"error_description": text} if text else {})
