"""Ending sessions: an operator revokes one, and the app's other programs complete or abandon it."""

from contextlib import suppress
from typing import Any

from vwr_middleware.errors import Refused, RoomChanged
from vwr_middleware.line.messages import Ending
from vwr_middleware.line.session_ids import is_session_id
from vwr_middleware.panel import records
from vwr_middleware.panel.language import _
from vwr_middleware.panel.operations import Operations, log_change
from vwr_middleware.worker.room_view import RoomView


async def revoke(operations: Operations, name: str, session: str, who: str) -> dict[str, Any]:
    """End a session, also one whose claim has lapsed, so that its ticket is spent."""
    view = _view(operations, name, session)
    await operations.room(name)
    was_over = session in view.ended
    was_running = await _end(operations, view, session, "revoked", who)
    # A place whose claim had lapsed may be spent, too: what was done is written down. Listed as
    # ended it may not be, where no token can be used any more.
    if not was_running and (
        was_over or not records.is_revoked(await operations.record(name), session)
    ):
        raise Refused(_("the session {session} is not running", session=session), status=404)
    log_change(name, who, "revoke", "done")
    return {"revoked": session}


async def complete(operations: Operations, name: str, session: str, who: str) -> dict[str, Any]:
    """End a session whose visitor is done. To do it twice is to do it once.

    It is what client.py does for programs that have Python and the store. The audit log, which is
    for what operators do, has nothing of it.
    """
    return await _finish(operations, name, session, "completed", who)


async def abandon(operations: Operations, name: str, session: str, who: str) -> dict[str, Any]:
    """The same for a visitor who gave up."""
    return await _finish(operations, name, session, "abandoned", who)


async def _finish(
    operations: Operations, name: str, session: str, how: Ending, who: str
) -> dict[str, Any]:
    was_running = await _end(operations, _view(operations, name, session), session, how)
    log_change(name, who, how, "done")
    return {"session": session, "was_running": was_running}


async def _end(
    operations: Operations, view: RoomView, session: str, how: Ending, who: str = ""
) -> bool:
    with suppress(RoomChanged):  # an operator has restored it: in the other room it runs no more
        return await operations.store_access.endings.end(view, session, how, who)
    return False


def _view(operations: Operations, name: str, session: str) -> RoomView:
    view = operations.view(name)
    if not is_session_id(session):
        raise Refused(_("a session is written like 3-17: its generation and position"))
    return view
