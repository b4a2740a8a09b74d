"""A room's own addresses: /vwr/<room>/ and what lies below it."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial

from vwr_middleware.errors import RoomChanged
from vwr_middleware.gate.completion import Completion
from vwr_middleware.gate.draw_file import NAME as DRAW
from vwr_middleware.gate.draw_file import DrawFile
from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.invited import NAME as INVITATION
from vwr_middleware.gate.invited import InvitationPage
from vwr_middleware.gate.join_claim_leave import Entered, JoinClaimLeave
from vwr_middleware.gate.keeping import Keeping
from vwr_middleware.gate.opening import NAME as OPENING
from vwr_middleware.gate.opening import Opening
from vwr_middleware.gate.polls import Polls
from vwr_middleware.gate.public_keys import key_set
from vwr_middleware.gate.puzzle_page import NAME as PUZZLE
from vwr_middleware.gate.puzzle_page import PuzzlePage
from vwr_middleware.gate.resume import Resume
from vwr_middleware.gate.slow_lane import NAME as APPEAL
from vwr_middleware.gate.slow_lane import Appeal
from vwr_middleware.gate.small_pages import not_there, really_leave
from vwr_middleware.gate.standing import WORTHLESS
from vwr_middleware.gate.static_door import NAME as DOOR
from vwr_middleware.gate.static_door import StaticDoor
from vwr_middleware.gate.subscribing import Subscribing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.web.cors import may_post, preflight_headers
from vwr_middleware.web.http import BODY_LIMIT, READS, Pass, Reply, Request, asked, content_type
from vwr_middleware.web.replies import (
    PRIVATE,
    Headers,
    cookie_headers,
    see_other,
)
from vwr_middleware.web.request_kinds import is_navigation
from vwr_middleware.worker.shared_counts import kind_of

#: The address of the operator's message in full, below the room's own; below it each language.
MESSAGE = "message"

Step = Callable[[Request], Awaitable[Reply]]
Write = Callable[[Visit], Awaitable[Reply]]

#: Safari reloads the answer to a stopped form by sending the form again, to the address that the
#: page's script has set. And whoever has left without scripts may press Enter in the address bar,
#: or come back to a tab that the browser had put away. A page to which `challenge` has led may lead
#: back to where a program wanted to join.
_LOADED_AGAIN = (("", "POST"), ("leave", "GET"), ("tickets", "GET"), ("complete", "GET"))


class Endpoints:
    """Answers for one room. Bad input gets a 4xx: it takes no position and costs nobody a place."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies
        self._origins = gate.room_context.settings.cors_origins
        self.polls, self._exchange = Polls(gate), JoinClaimLeave(gate)
        completion, keeping = Completion(gate), Keeping(gate)

        def read(step: Step) -> dict[str, Step]:
            return dict.fromkeys(READS, step)

        def write(step: Write) -> dict[str, Step]:
            return {"POST": partial(self._write, step)}

        def ask(request: Request) -> Awaitable[Reply]:
            return keeping.ask(self._visit(request))

        #: What is done at each address, by the request's method.
        self._steps: dict[str, dict[str, Step]] = {
            "": read(self._page),
            "status": read(self.polls.status),
            "position": read(self.polls.position),
            MESSAGE: read(partial(self.polls.message, "")),
            "keep": {**read(ask), "POST": partial(self._unless_refused, keeping.tell)},
            "tickets": write(self._exchange.join),
            "token": write(self._exchange.claim),
            "leave": write(self._leave),
            "complete": write(completion.post),
        }
        self._steps |= {name: read(step) for name, step in self._for_everybody()}
        if gate.view.settings.complete_by_image:
            image = read(lambda request: completion.image(self._visit(request)))
            self._steps["complete.gif"] = image
        if gate.papers.tokens.public_keys:
            self._steps["jwks.json"] = read(self._public_keys)
        notices = gate.room_context.notices
        if notices is not None:
            subscribing = Subscribing(gate, notices)
            self._steps["notices"] = {
                **read(subscribing.ways),
                **write(subscribing.subscribe),
                "DELETE": partial(self._write, subscribing.forget),
            }
            self._steps["push.js"] = read(self._push_script)
        self._steps |= self._of_puzzles() | self._of_appeals() | self._of_invitations()
        if gate.room_context.settings.resume:
            resume = Resume(gate)
            page = read(lambda request: resume.page(self._visit(request)))
            self._steps["resume"] = page | write(resume.post)

    def _of_appeals(self) -> dict[str, dict[str, Step]]:
        """Where somebody in the slow lane shows to be a person, if there is such a lane."""
        if not self._gate.view.settings.slow_lane:
            return {}
        appeal = Appeal(self._gate)
        return {APPEAL: self._page_with_form(appeal.page, appeal.post)}

    def _of_puzzles(self) -> dict[str, dict[str, Step]]:
        """Where newcomers solve a puzzle, if they have to."""
        gate = self._gate
        if gate.room_context.puzzle_check is None:
            return {}
        puzzles = PuzzlePage(gate.room_context.settings, gate.papers, gate.view, gate.store_access)

        def page(visit: Visit) -> Awaitable[Reply]:
            return puzzles.page(visit, self._replies.pages)

        return {PUZZLE: self._page_with_form(page, puzzles.solved)}

    def _of_invitations(self) -> dict[str, dict[str, Step]]:
        """Where invitations lead to."""
        gate = self._gate
        context = gate.room_context
        about = context.settings, gate.papers, context.invited, gate.store_access, gate.view
        invitations = InvitationPage(*about)

        def page(visit: Visit) -> Awaitable[Reply]:
            return invitations.page(visit, self._replies.pages)

        async def accept(visit: Visit) -> Reply:
            found = await invitations.accept(visit, self._replies.pages)
            if isinstance(found, Reply):
                return found
            held = gate.papers.invitations.held(found)
            given = await self._exchange.change_lane(visit, held) if held else ()
            return invitations.accepted(visit, found, given)

        return {INVITATION: self._page_with_form(page, accept)}

    def _page_with_form(self, page: Write, post: Write) -> dict[str, Step]:
        """A page, and its form, which only that page may send."""

        def read(request: Request) -> Awaitable[Reply]:
            return page(self._visit(request))

        return {**dict.fromkeys(READS, read), "POST": partial(self._unless_refused, post)}

    def _for_everybody(self) -> Iterator[tuple[str, Step]]:
        """The addresses of what is the same for all who read a language."""
        context = self._gate.room_context
        door, opening = StaticDoor(context), Opening(context)
        yield DRAW, DrawFile(context).file
        yield DOOR, door.choose
        for code in door.languages:
            yield f"{DOOR}/{code}", partial(door.page, code)
            yield f"{OPENING}/{code}.ics", partial(opening.file, code)
            yield f"{MESSAGE}/{code}", partial(self.polls.message, code)

    async def answer(self, name: str, request: Request) -> Reply:
        """The answer at the address `name` below the room's own."""
        steps = self._steps.get(name)
        if steps is None:
            return self._not_there(request)
        allow = ("Allow", ", ".join((*steps, "OPTIONS")))
        if request.method == "OPTIONS":
            return Reply(204, b"", (allow, *PRIVATE, *preflight_headers(request, self._origins)))
        step = steps.get(request.method)
        if step is None:
            if (reply := self._led_to_page(name, request)) is not None:
                return reply
            text = f"method not allowed: use {' or '.join(steps)}"
            return self._replies.problem(request, 405, text, (allow,))
        for _ in range(2):
            with suppress(RoomChanged):  # an operator restored it: the other room is read by now
                return await step(request)
        # The room changes again and again. Places are kept, and the answer says when to ask again.
        return self._replies.unavailable(request, self._visit(request).papers.ticket())

    def _led_to_page(self, name: str, request: Request) -> Reply | None:
        """Leads a browser that loads the answer to a form again to the waiting page."""
        if (name, request.method) not in _LOADED_AGAIN or not is_navigation(request):
            return None
        visit = self._visit(request)
        return see_other(self._replies.page_url(visit) if name else visit.here())

    def _not_there(self, request: Request) -> Reply:
        text, settings = "there is no such endpoint in this room", self._gate.room_context.settings
        position = self._gate.position_of(request)
        places = [(self._gate.view.name, position)] if position else []
        reply = not_there(
            request, settings, self._replies.pages, text, places, self._gate.view.name
        )
        return reply.with_headers(self._replies.cors(request))

    async def _write(self, write: Write, request: Request) -> Reply:
        """A request that changes something. It counts as a decision of the gate, for metrics."""
        visit = self._visit(request)
        refused = self._refuse_post(visit)
        if refused is not None:
            return refused
        monotonic = self._gate.store_access.monotonic
        began = monotonic()
        reply = await write(visit)
        kind = "entered" if isinstance(reply, Entered) else kind_of(reply)
        self._gate.decision_counts.add(kind, monotonic() - began)
        return reply

    async def _unless_refused(self, step: Write, request: Request) -> Reply:
        """A request that only a page of this origin may send, and that decides nothing."""
        visit = self._visit(request)
        if (refused := self._refuse_post(visit)) is not None:
            return refused
        return await step(visit)

    def _refuse_post(self, visit: Visit) -> Reply | None:
        request = visit.request
        if not may_post(request, visit.origin, self._origins):
            text = "requests from other sites are refused: see cors_origins"
            return self._replies.problem(request, 403, text)
        if len(request.body) > BODY_LIMIT:
            return self._replies.problem(request, 413, "the body is too large: send none")
        if content_type(request) == "application/json" and request.body.strip():
            try:
                json.loads(request.body)
            except (ValueError, RecursionError):
                return self._replies.problem(request, 400, "the body is not JSON: send none, or {}")
        return None

    def _visit(self, request: Request) -> Visit:
        visit = self._gate.room_context.visit(request, is_own_page=True)
        if "next=" in request.query:
            pairs = asked(request)
            visit.wants(next((text for name, text in pairs if name == "next"), ""))
            visit.was_stopped = ("stopped", "1") in pairs
        return visit

    async def _page(self, request: Request) -> Reply:
        """The waiting page itself; a visitor who may enter is sent on to `next`."""
        visit = self._visit(request)
        verdict = await self._gate.decide(visit)
        return verdict if isinstance(verdict, Reply) else self._through(visit, verdict)

    def _through(self, visit: Visit, verdict: Pass) -> Reply:
        if verdict.session is not None:
            self._gate.inside.finished(verdict.session)
        state = ("VWR-State", "admitted" if verdict.session is not None else "none")
        return see_other(visit.wanted(), (state, *cookie_headers(verdict.cookies)))

    async def _public_keys(self, request: Request) -> Reply:
        """The keys with which other programs verify access tokens: a JWK Set (RFC 7517)."""
        return key_set([self._gate.papers.tokens])

    async def _push_script(self, request: Request) -> Reply:
        """The service worker, which shows what is pushed. Its scope is below its address."""
        file = self._replies.pages.script("push.js")
        headers = (("Content-Type", file.content_type), ("Cache-Control", "no-cache"))
        return Reply(200, file.body, headers)

    async def _leave(self, visit: Visit) -> Reply:
        """Give up the place or the session. The button "Join the line" comes here too."""
        if visit.is_navigation and "join=1" in visit.request.query.split("&"):
            return await self._join_by_button(visit)
        if visit.is_navigation and self._must_ask(visit):
            return really_leave(
                visit, self._replies.pages, self._replies.base(visit), self._gate.view.name
            )
        return await self._exchange.leave(visit)

    def _must_ask(self, visit: Visit) -> bool:
        """Whether somebody in line has pressed a button without scripts, which would have asked."""
        if "sure=1" in visit.request.query.split("&"):
            return False
        ticket, token = visit.papers.ticket(), visit.papers.token()
        return ticket is not None and not ticket.is_given_up and token is None

    async def _join_by_button(self, visit: Visit) -> Reply:
        """Let in whoever may enter, and send everybody else to the page. A place or session that is
        still good is kept; one that is over is replaced."""
        papers = visit.papers
        paper = papers.ticket() or papers.token()
        if paper is None and papers.token_bound_elsewhere() is None:
            return see_other(self._replies.page_url(visit))  # which takes the place
        verdict = await self._gate.decide(visit)
        if isinstance(verdict, Pass):
            return self._through(visit, verdict)
        you = dict(verdict.headers).get("VWR-State")
        if you not in WORTHLESS:
            return see_other(self._replies.page_url(visit), _set_by(verdict))
        if you == "locked":  # papers of another network get no place here
            kept = papers.kept_removed(visit.is_https)
            return self._page_without_papers(visit, cookie_headers(kept))
        return await self._join_anew(visit)

    async def _join_anew(self, visit: Visit) -> Reply:
        """A new place for somebody whose papers are worth nothing any more.

        It is taken now, and not by the page that follows: that request would bring the old cookies
        again if a subdomain, or a worker with another `cookie_domain` or `cookie_path`, has set
        them, since no answer of ours removes those.
        """
        room = self._gate.view.room
        if room is None:
            return self._page_without_papers(visit)
        verdict = await self._gate.outside.arrive(visit, room)
        if isinstance(verdict, Pass):
            return self._through(visit, verdict)
        return self._page_without_papers(visit, _set_by(verdict))

    def _page_without_papers(self, visit: Visit, given: Headers = ()) -> Reply:
        """To the waiting page, with these cookies instead of the papers."""
        paper_cookies, secure = self._gate.papers.paper_cookies, visit.is_https
        gone = cookie_headers((paper_cookies.no_ticket(secure), paper_cookies.no_token(secure)))
        # One of each name, since not all proxies and servers keep the order of several.
        cookies = {text.partition("=")[0]: (header, text) for header, text in (*gone, *given)}
        return see_other(self._replies.page_url(visit), tuple(cookies.values()))


def _set_by(reply: Reply) -> list[tuple[str, str]]:
    """The cookies of a reply, as headers."""
    return [header for header in reply.headers if header[0] == "Set-Cookie"]
