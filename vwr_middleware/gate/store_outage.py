"""What a visitor gets while the store is away: the setting `on_store_error`."""

from vwr_middleware.gate.room_context import RoomContext
from vwr_middleware.gate.standing import RETRY, down
from vwr_middleware.gate.visit import Visit
from vwr_middleware.line.capacity import SHUT_STATES, mode_by
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.http import Pass, Reply


def store_down(
    room_context: RoomContext, visit: Visit, ticket: Ticket | None = None
) -> Pass | Reply:
    """What a visitor without a session gets while the store is away.

    Those who have a place wait, whatever `on_store_error` says: admitting the whole line would
    be the very spike that the room is for. Nobody is admitted while the store is only busy (or
    a crowd would keep it busy and walk in), or while the room is paused or not open yet.
    """
    admits = room_context.settings.on_store_error == "admit" and ticket is None
    if admits and room_context.store_access.breaker.is_away and not _is_shut(room_context):
        return Pass()
    reply = room_context.replies.standing(visit, down(ticket))
    if not admits or not visit.is_navigation:
        return reply
    # By itself the page's script would go on asking for a place throughout the outage.
    return reply.with_headers([("Refresh", f"{RETRY:.0f}; url={visit.wanted()}")])


def _is_shut(room_context: RoomContext) -> bool:
    """Whether nobody may enter now, as far as this worker knows."""
    view, now = room_context.view, room_context.store_access.now(room_context.view)
    if view.room is None:
        return mode_by(view.settings.store_config(), now) in SHUT_STATES
    return mode_by(view.room.rules, now - view.room.snapshot.ahead) in SHUT_STATES
