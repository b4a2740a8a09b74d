"""An open page keeps its visitor's session, and tells when nobody has it open any more.

static/src/keep.js asks here. Where `session_idle` is set, a page in front of somebody says so again
and again, and each time the session lasts no longer than that: so it ends soon after the last page
was closed. Any request to the app gives it its whole length again, so that a page without the
script, such as a bank's, has all of it. So does a page that gets hidden, since browsers let such a
page do little.
"""

from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.visit import Visit
from vwr_middleware.web.http import Pass, Reply
from vwr_middleware.web.replies import cookie_headers, json_reply


class Keeping:
    """What an open page asks and tells. Whoever has no session is told so, and gets none by it."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        self._idle = gate.view.settings.session_idle

    async def ask(self, visit: Visit) -> Reply:
        """A page asks how long the session lasts: it is renewed, as by any request to the app."""
        verdict: Pass | Reply = Pass()
        if visit.papers.token() or visit.papers.token_bound_elsewhere():
            verdict = await self._gate.decide(visit)
        return verdict if isinstance(verdict, Reply) else self._told(visit, verdict)

    async def tell(self, visit: Visit) -> Reply:
        """A page tells that it is open: in front of somebody, or hidden."""
        token = visit.papers.token()
        if token is None or self._idle is None:
            return await self.ask(visit)
        await self._gate.store_access.fresh(self._gate.view)
        is_hidden = "hidden=1" in visit.request.query.split("&")
        page, lasts = ("hidden", 0.0) if is_hidden else ("open", self._idle)
        verdict = await self._gate.inside.heard(visit, token, lasts, page)
        return await self.ask(visit) if verdict is None else self._told(visit, verdict)

    def _told(self, visit: Visit, verdict: Pass) -> Reply:
        """How long the session lasts, and how often it is to be kept."""
        told: dict[str, object] = {"seconds_left": None}
        room = self._gate.view.room
        if verdict.session is not None and room is not None:
            self._gate.inside.finished(verdict.session)
            told["seconds_left"] = round(verdict.session.seconds_left)
            told["renews"] = bool(room.rules["renew"])
            if self._idle is not None and room.rules["renew"]:
                told["idle"] = min(self._idle, room.rules["session_seconds"])
        # Not that the session ends soon: it does not, while the page is open.
        tokens = [header for header in verdict.extra_headers if header[0] == "VWR-Token"]
        cookies, cors = cookie_headers(verdict.cookies), self._replies.cors(visit.request)
        return json_reply(200, told, (*cors, *cookies, *tokens))
