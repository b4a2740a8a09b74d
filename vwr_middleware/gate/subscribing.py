"""A room's address /vwr/<room>/notices: somebody in line asks to be told of the turn while away."""

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import RETRY_LATER, WORTHLESS_STATUS, Standing
from vwr_middleware.gate.turns import YOU
from vwr_middleware.gate.visit import Visit, choices
from vwr_middleware.line.messages import Verdict
from vwr_middleware.line.session_ids import session_id
from vwr_middleware.notices.room_notices import RoomNotices
from vwr_middleware.papers.tickets import Ticket
from vwr_middleware.web.http import Reply, Request, fields_of
from vwr_middleware.web.replies import json_reply
from vwr_middleware.web.throttle import Throttle

#: Times a minute that a worker changes what one place has left.
CHANGES_PER_MINUTE = 10
#: The HTTP status by the word `you`, where nothing was kept.
_STATUS = {**WORTHLESS_STATUS, "admitted": 409, "waiting": 429}


class Subscribing:
    """Keeps what people leave so as to be told, and tells their pages by which ways they may be."""

    def __init__(self, gate: Gate, notices: RoomNotices) -> None:
        self._gate, self._notices = gate, notices
        self._replies, self._store_access = gate.room_context.replies, gate.store_access
        self._changes = Throttle(CHANGES_PER_MINUTE, gate.store_access.monotonic)

    async def ways(self, request: Request) -> Reply:
        """By which ways people may be told here: the same for everybody."""
        push = self._notices.push
        told = {"push_key": push.public_key if push else None}
        content = {**told, "message": self._notices.is_by_message}
        return json_reply(200, content, self._replies.cors(request))

    async def subscribe(self, visit: Visit) -> Reply:
        """Keep what a browser has sent, or how the site itself knows this visitor."""
        fields = fields_of(visit.request)
        if fields is None:
            return self._replies.problem(visit.request, 400, "endpoint and keys must be strings")
        problem = self._notices.problem_of(fields) if fields.get("endpoint") else ""
        if problem:
            return self._replies.problem(visit.request, 400, problem)
        ticket = await self._holder(visit)
        if isinstance(ticket, Reply):
            return ticket
        # Only now: `contact` may ask a database, and anybody can send a request without a place.
        contact = self._notices.contact_of(visit.request)
        if not (contact or fields.get("endpoint")):
            return self._unknown_here(visit)
        language = self._language(visit)
        return await self._change(visit, ticket, self._notices.text_of(fields, contact, language))

    def _unknown_here(self, visit: Visit) -> Reply:
        """The site does not know this visitor; `message` is for the person, in their language."""
        problem = "there is no way to tell this visitor: sign in first, or send an endpoint"
        told = self._replies.pages.words[self._language(visit)].unknown_here
        content = {"error": problem, "message": told}
        return json_reply(400, content, self._replies.cors(visit.request))

    def _language(self, visit: Visit) -> str:
        wishes, chosen = visit.request.header("accept-language"), choices(visit)
        return self._replies.pages.languages.best(wishes, chosen.language)

    async def forget(self, visit: Visit) -> Reply:
        """Forget what this visitor has left."""
        ticket = await self._holder(visit)
        return ticket if isinstance(ticket, Reply) else await self._change(visit, ticket, "")

    async def _holder(self, visit: Visit) -> Ticket | Reply:
        """The ticket of the place that something is to change for, or why nothing may."""
        room = await self._store_access.fresh(self._gate.view)
        ticket = visit.papers.ticket()
        if room is None:
            return self._replies.unavailable(visit.request, ticket)
        if ticket is None or room.belonging(ticket) != "here":
            malformed = ticket is None and bool(visit.papers.given)
            told = "this is not a ticket" if malformed else "there is no ticket of this room"
            return self._replies.problem(visit.request, 400 if malformed else 401, told)
        if not self._changes.allows(session_id(ticket.generation, ticket.position)):
            return self._refused(visit, "waiting")
        return ticket

    async def _change(self, visit: Visit, ticket: Ticket, text: str) -> Reply:
        try:
            verdict = await self._kept(ticket, text)
        except StoreUnavailable:
            return self._replies.unavailable(visit.request, ticket)
        if verdict == "refused":
            return self._refused(visit, "waiting")
        if verdict not in ("waiting", "next"):
            return self._refused(visit, YOU.get(verdict, verdict))
        content = {"subscribed": bool(text) and verdict == "waiting", "you": verdict}
        headers = (("VWR-State", verdict), *self._replies.cors(visit.request))
        return json_reply(200, content, headers)

    async def _kept(self, ticket: Ticket, text: str) -> Verdict:
        view, store = self._gate.view, self._store_access.store
        verdict, _ = await self._store_access.step_of_place(
            view, ticket, lambda place, seen: store.subscribe(view.name, place, text, seen)
        )
        if text and verdict == "waiting":
            self._notices.hurry()
        return verdict

    def _refused(self, visit: Visit, you: str) -> Reply:
        you = "admitted" if you == "entered" else you
        standing = Standing(you, retry_after=RETRY_LATER)
        return self._replies.json(visit.request, standing, _STATUS.get(you, 400))
