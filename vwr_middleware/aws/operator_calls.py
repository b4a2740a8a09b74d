"""The private calls: operators, and programs of theirs, call people, end sessions, count, reset."""

from collections.abc import Mapping
from typing import Any

from vwr_middleware.aws.answers import Refusal, answered
from vwr_middleware.aws.events import Event
from vwr_middleware.aws.parameters import is_number, whole
from vwr_middleware.aws.public_numbers import serving_counter
from vwr_middleware.aws.visitor_calls import tokens_of
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.session_ids import place_of, session_id
from vwr_middleware.panel import ending
from vwr_middleware.panel.operations import Operations
from vwr_middleware.settings.kinds import LARGEST_COUNT, is_text
from vwr_middleware.web.http import Reply, Request

#: What `update_session` makes of a session, by its status.
_ENDINGS: Mapping[int, Ending] = {1: "completed", -1: "abandoned"}
#: Characters of an issuer, and seconds of a validity period, at most.
_LONGEST_ISSUER, _LONGEST_VALIDITY = 200, 10**9


class OperatorCalls:
    """Does what the control API does. May raise Refused and StoreUnavailable."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def increment_serving_counter(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """Call more. Calls that find nobody are kept for whoever comes next, but never add up."""
        count = whole(given["increment_by"])
        if count is None or not 0 <= count <= LARGEST_COUNT:
            raise Refusal(400, f"increment_by must be a whole number from 0 to {LARGEST_COUNT}")
        if count:
            key = request.header("idempotency-key").strip().strip('"')
            await self._operations.advance(
                event.room_name, who, count=count, keep_rest=True, key=key
            )
        return answered(200, {"serving_num": serving_counter(await event.room())})

    async def num_active_tokens(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """How many sessions run."""
        return answered(200, {"active_tokens": (await event.room()).active})

    async def expired_tokens(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """The sessions of the present line that are over, as far as they are listed."""
        room, record = await event.room(), await self._operations.record(event.room_name)
        over = [place_of(session) for _, session, how in record.outcomes if how != "lapsed"]
        ids = [
            event.request_ids.of(room.room_id, generation, position)
            for generation, position in over
            if generation == room.generation
        ]
        return answered(200, list(dict.fromkeys(ids)))

    async def update_session(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """End a session: its visitor is done, or has given up."""
        how = _ENDINGS.get(whole(given["status"]) or 0)
        if how is None:
            raise Refusal(400, "status must be 1 (completed) or -1 (abandoned)")
        _, ticket = await event.ticket(given["request_id"])
        session = ticket and session_id(ticket.generation, ticket.position)
        end = ending.complete if how == "completed" else ending.abandon
        if (
            not session
            or not (await end(self._operations, event.room_name, session, who))["was_running"]
        ):
            raise Refusal(404, "Request ID doesn't exist or status already set.")
        return answered(200, {})

    async def reset_initial_state(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """Begin a new line, at once. Running sessions end too, as they do there."""
        name = event.room_name
        await self._operations.reset(name, who, confirm=name, end_sessions=True)
        return answered(200, {"message": "Reset completed"})

    async def generate_token(
        self, event: Event, request: Request, given: Mapping[str, Any], who: str
    ) -> Reply:
        """A visitor's tokens, with another issuer or for a shorter time."""
        issuer, validity = given.get("issuer", ""), given.get("validity_period", 0)
        if not is_text(issuer) or len(issuer) > _LONGEST_ISSUER:
            raise Refusal(400, f"issuer must be text of up to {_LONGEST_ISSUER} characters")
        has_one = "validity_period" in given
        if has_one and not (is_number(validity) and 1 <= validity <= _LONGEST_VALIDITY):
            raise Refusal(400, "validity_period must be a number of seconds from 1 on")
        return await tokens_of(event, request, given["request_id"], issuer, int(validity))
