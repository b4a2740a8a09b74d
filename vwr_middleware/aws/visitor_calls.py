"""The public calls: a visitor joins, asks where the line stands, and gets the tokens."""

import json
from collections.abc import Mapping
from typing import Any

from vwr_middleware.aws.answers import RETRY, Refusal, answered, unavailable
from vwr_middleware.aws.events import Event
from vwr_middleware.aws.token_set import Claims, public_key, token_set
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate import standing as stand
from vwr_middleware.gate.app_functions import CannotTell
from vwr_middleware.gate.standing import RETRY_LATER, Standing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.line.messages import Turn
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.worker.current_room import CurrentRoom

#: Seconds for which a cache may keep the public key.
_KEY_KEPT = 300

UNKNOWN_ID = "Invalid request ID"
NOT_SERVED = "Request ID not being served yet"
POSITION_OVER = "Queue position has expired"
TOKEN_OVER = "Token corresponding to request id has expired"
NOT_ENABLED = "Queue position expiration not enabled"


async def assign_queue_num(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """Take a place. It has its number at once, so nobody has to ask again and again for it."""
    visit = event.gate.room_context.visit(request)
    try:
        turn = await event.exchange.take_place(visit, await event.room())
    except CannotTell:
        raise unavailable() from None
    if isinstance(turn, Reply):
        raise _not_joined(turn)
    event.entry_times.note_joined(turn.room_id, turn.generation, turn.position, turn.now)
    request_id = event.request_ids.of(turn.room_id, turn.generation, turn.position)
    return answered(200, {"api_request_id": request_id})


def _not_joined(reply: Reply) -> Refusal:
    """Why the gate gives no place."""
    if reply.status == 429:
        return Refusal(429, "Too many requests from this address", retry_after=int(RETRY_LATER))
    if reply.status == 403:
        where = json.loads(reply.body).get("challenge", "")
        return Refusal(403, "Open the page `challenge` first", challenge=where)
    return Refusal(503, "Nobody can join now: try again later", retry_after=int(RETRY_LATER))


async def queue_num(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """The number of a place."""
    _, ticket = await event.ticket(given["request_id"])
    if ticket is None:
        raise Refusal(400, "Invalid event or request ID")
    told = {"queue_number": ticket.position, "entry_time": ticket.joined_at}
    return answered(200, {**told, "event_id": event.id, "status": 1})


async def serving_num(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """The serving counter, as a text, as there."""
    return event.serving.answer(await event.room())


async def waiting_num(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """How many have a place and no token yet."""
    return event.waiting.answer(await event.room())


async def key_of_event(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """The public key that verifies the tokens."""
    return answered(200, public_key(event.key), kept_for=_KEY_KEPT)


async def queue_pos_expiry(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """For how long somebody who is called is waited for, where a missed turn is lost."""
    room, ticket = await event.ticket(given["request_id"])
    if room.rules["late"] != "lost":
        raise Refusal(202, NOT_ENABLED)
    if ticket is None:
        raise Refusal(404, UNKNOWN_ID)
    if ticket.position > room.serving:
        raise Refusal(202, NOT_SERVED, retry_after=RETRY)
    until = stand.claim_by(room, ticket.position)
    left = 0.0 if until is None else until - room.wall
    if left <= 0 and await _has_missed(event, request, room, ticket):
        raise Refusal(410, POSITION_OVER)
    return answered(200, {"expires_in": max(0, int(left))})


async def _has_missed(event: Event, request: Request, room: CurrentRoom, ticket: Ticket) -> bool:
    """Whether a turn is lost: it is not, if its visitor came in time and found no slot."""
    place = event.gate.room_context.visit(request).papers.place(ticket)
    try:
        return (await event.gate.turns.poll(room, place)).you == "missed"
    except StoreUnavailable:
        raise unavailable() from None


async def generate_token(event: Event, request: Request, given: Mapping[str, Any]) -> Reply:
    """The tokens of a session, which begins if the place is called and a slot is free."""
    return await tokens_of(event, request, given["request_id"])


async def tokens_of(
    event: Event, request: Request, request_id: str, issuer: str = "", validity: int = 0
) -> Reply:
    """The same with an issuer of one's own, and a session that lasts so many seconds."""
    room, ticket = await event.ticket(request_id)
    if ticket is None:
        raise Refusal(400, UNKNOWN_ID)
    visit = event.gate.room_context.visit(request)
    try:
        turn = await _enter(event, visit, room, ticket, validity)
    except StoreUnavailable:
        raise unavailable() from None
    expires = int(turn.expires_at)
    if expires <= turn.now:
        raise Refusal(410, TOKEN_OVER)
    length = int(room.rules["session_seconds"])
    issued = expires - (min(validity, length) or length)
    claims = Claims(
        aud=event.id,
        sub=request_id.lower(),
        queue_position=ticket.position,
        iat=issued,
        nbf=issued,
        exp=expires,
        iss=issuer or event.issuer,
    )
    return answered(200, token_set(claims, event.key, event.gate.store_access.now(event.gate.view)))


async def _enter(
    event: Event, visit: Visit, room: CurrentRoom, ticket: Ticket, validity: int
) -> Turn:
    """The turn by which a session runs. Raises Refusal if none does.

    The tokens are verified elsewhere, so no request will confirm the session here: to have come for
    them is proof enough. If that is not told any more, the next call for the same tokens does it.
    """
    gate = event.gate
    place = visit.papers.place(ticket)
    turn = await gate.turns.claim(room, place)
    if isinstance(turn, Standing):
        raise _not_entered(turn)
    if turn.has_begun:
        gate.note_wait(ticket)
    if not turn.unconfirmed:
        return turn
    session = session_id(ticket.generation, ticket.position)
    confirmed = await gate.store_access.renew(
        gate.view, session, ticket.room_id, first=True, marks=place.marks, lasts=float(validity)
    )
    if confirmed.verdict != "entered":  # it was ended in this very moment
        raise Refusal(410, TOKEN_OVER)
    monotonic = gate.store_access.monotonic()
    gate.view.called.granted_claims.note(confirmed, monotonic, place.mark)
    return confirmed


def _not_entered(standing: Standing) -> Refusal:
    """Why somebody does not come in."""
    if standing.store_down:
        return unavailable()
    if standing.you in ("ended", "left", "moved"):
        return Refusal(410, TOKEN_OVER)
    if standing.you == "missed":
        return Refusal(410, POSITION_OVER)
    if standing.you == "locked":
        return Refusal(403, "This session belongs to another network")
    if standing.you in ("reset", "none"):
        return Refusal(400, UNKNOWN_ID)
    return Refusal(202, NOT_SERVED, retry_after=RETRY)
