"""Who is invited to a room, and its address /vwr/<room>/invitation, to which the links lead.

To open a link uses nothing up: programs open links too, to show what is behind them or to look for
harm. Only the button on the page behind it does, and only when the place is taken. The browser that
has pressed it is known by a cookie, so a reload, a second tab or a lost answer costs nothing. For
everybody else the invitation is used then.

An invitation is good once in each generation: after a reset all lead to places again. Whoever has
gone in by it, and is known by the cookie alone, gets no other place by it: the cookie could be
handed on, and one after the other would come. While nobody has gone in, it is worth the one place
that it has, and goes with that to another device. Whom the app knows may come again.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.app_functions import AppFunctions, CannotTell, Challenged
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.small_pages import small
from vwr_middleware.gate.visit import Visit, wanted_by
from vwr_middleware.line.constants import DRAWN, ONCE
from vwr_middleware.line.messages import Turn
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.wording import (
    INVITATION_OVER,
    INVITATION_USED,
    INVITED,
    NO_INVITATION,
    PHASES,
    UNKNOWN_INVITATION,
)
from vwr_middleware.papers.invitations import HeldInvitation, Invitation
from vwr_middleware.settings import Settings
from vwr_middleware.settings.room import BATCH
from vwr_middleware.stores.board import USED_BY_THE_SAME
from vwr_middleware.web.http import Reply, Request, asked, cookie_texts
from vwr_middleware.web.next_url import written
from vwr_middleware.web.replies import cookie_headers, json_reply, see_other
from vwr_middleware.worker.current_room import CurrentRoom
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess

#: The address, below the room's own; the header by which programs bring an invitation.
NAME, HEADER = "invitation", "vwr-invitation"
#: What is said of an invitation that is not good, by the word for programs.
_PROBLEMS = {
    "needed": NO_INVITATION,
    "unknown": UNKNOWN_INVITATION,
    "expired": INVITATION_OVER,
    "revoked": INVITATION_OVER,
    "used": INVITATION_USED,
    "moved": PHASES["moved"][0],
}
#: With these the place may be on another device, from which it can be moved here.
_ELSEWHERE = ("needed", "used", "moved")


def use_of(room: CurrentRoom, what: str) -> str:
    """How the store knows a use of an invitation or a batch, in the present generation."""
    # Who registers for a draw is in line after it, in the next generation.
    generation = room.generation - int(room.snapshot.draw >= DRAWN)
    return f"invitation {room.room_id} {generation} {what}"


def _users(held: HeldInvitation) -> list[str]:
    """Who the store says has used an invitation, by each secret. A cookie can be handed on: so the
    account counts too, or one invitation would be good once for each account."""
    if not (held.holder or held.account):
        return [""]
    return [f"{held.holder} {account}" for account in held.account.split(",")]


class Invited:
    """Checks the invitations to one room, and uses them up."""

    def __init__(
        self,
        settings: Settings,
        papers: Papers,
        view: RoomView,
        store_access: StoreAccess,
        asked: AppFunctions,
    ) -> None:
        self._settings, self._papers = settings, papers
        self._view, self._store_access, self._asked = view, store_access, asked

    @property
    def is_needed(self) -> bool:
        """Whether nobody gets a place without one."""
        room = self._view.room
        return bool(room and room.rules.get("invited_only"))

    def is_brought(self, request: Request) -> bool:
        """Whether a request brings one, good or not."""
        return bool(self._brought(request))

    def _brought(self, request: Request) -> str:
        if given := request.header(HEADER):
            return given
        texts = cookie_texts(request, self._papers.invitation_mark)
        return next(filter(self._papers.invitations.held, texts), texts[0] if texts else "")

    def held_by(self, request: Request) -> HeldInvitation | None:
        """The invitation of which a request brings the cookie, good or not."""
        return self._papers.invitations.held(self._brought(request))

    def account(self, request: Request) -> str:
        """Whom the app knows somebody as, as a digest; "": nobody. May raise CannotTell."""
        who = self._asked.identity(request)
        return self._papers.identities.of(who) if who else ""

    async def admitted(self, request: Request, account: str) -> HeldInvitation | None:
        """The invitation that a newcomer brings, if it is good; None: there is none, and none is
        needed. Raises Challenged if one is needed, and StoreUnavailable."""
        text = self._brought(request)
        held = self.held_by(request) or self._by_program(text)
        problem = "needed" if not text else "unknown"
        if held is not None:
            held = replace(held, account=account)
            problem = await self.problem_of(held)
            if not problem:
                return held
        if self.is_needed:
            raise Challenged(self.address(request, problem))
        return None

    def _by_program(self, text: str) -> HeldInvitation | None:
        invitation = self._papers.invitations.read(text)
        return HeldInvitation(invitation, "") if invitation else None

    async def problem_of(self, held: HeldInvitation) -> str:
        """Why an invitation is not good for whoever holds it, in one word; "": it is."""
        invitation, room = held.invitation, self._view.room
        if self._store_access.now(self._view) >= invitation.expires_at:
            return "expired"
        batch = room.rules.get(BATCH + invitation.batch) if room else None
        if batch and batch.get("revoked"):
            return "revoked"
        return "" if await self._is_free_for(invitation, _users(held)) else "used"

    async def _is_free_for(self, invitation: Invitation, users: Iterable[str]) -> bool:
        """Whether nobody has used an invitation, or one of these."""
        for user in users:
            if not await self._uses(self._use(invitation), user):
                return True
        return False

    async def settled(self, held: HeldInvitation) -> bool:
        """Use an invitation up for a place that was taken, just now or by an earlier request whose
        answer was lost. False: somebody else has used it, so that place must be given up."""
        invitation, until = held.invitation, float(held.invitation.expires_at)
        user, *by_older_secrets = _users(held)
        before = await self._use_once(self._use(invitation), until, user)
        if not before:
            await self._use_once(use_of(self._room, invitation.batch), until)  # to count them
        is_theirs = before in (0, USED_BY_THE_SAME)
        return is_theirs or await self._is_free_for(invitation, by_older_secrets)

    def gone(self, held: HeldInvitation, turn: Turn) -> str:
        """Why a join brings no place to whoever holds an invitation that was used, in one word:
        somebody has gone in by it, or its place is on another device. "": it brings one."""
        if turn.verdict == "spent":
            return "used"
        return "moved" if turn.verdict == "known" and turn.device and not held.account else ""

    def identity(self, held: HeldInvitation) -> str:
        """Who somebody is: of whom the app says nothing, the holder of this invitation. So a join
        that is repeated since its answer was lost gives the same place, and after its session
        none."""
        if held.account:
            return held.account
        name, holder = held.invitation.name, held.holder
        if not holder:
            return ""
        return self._papers.identities.of(f"\0invitation {name} {holder}", ONCE)

    @property
    def _room(self) -> CurrentRoom:
        if self._view.room is None:
            raise StoreUnavailable("the room is not known")
        return self._view.room

    def _use(self, invitation: Invitation) -> str:
        return use_of(self._room, invitation.name)

    async def _uses(self, what: str, by: str) -> int:
        store = self._store_access.store
        return await self._store_access.breaker.ask(lambda: store.uses(what, by))

    async def _use_once(self, what: str, until: float, by: str = "") -> int:
        store = self._store_access.store
        return await self._store_access.breaker.ask(lambda: store.use_once(what, until, by))

    def address(self, request: Request, problem: str) -> str:
        """The page that says what is wrong, and leads back to what was asked for."""
        base = written(f"{request.mount}{self._settings.prefix}/{self._view.name}")
        wanted = wanted_by(request, self._settings.prefix)
        return f"{base}/{NAME}?why={problem}&next={quote(wanted, safe='/')}"


class InvitationPage:
    """Answers at the address to which invitations lead."""

    def __init__(
        self,
        settings: Settings,
        papers: Papers,
        invited: Invited,
        store_access: StoreAccess,
        view: RoomView,
    ) -> None:
        self._settings, self._papers, self._invited = settings, papers, invited
        self._store_access, self._view = store_access, view

    async def page(self, visit: Visit, pages: Pages) -> Reply:
        """What the link leads to. It uses nothing up."""
        given = dict(asked(visit.request))
        problem, _ = await self._looked_at(visit, given)
        return self._shown(visit, pages, problem)

    async def accept(self, visit: Visit, pages: Pages) -> Reply | str:
        """The button was pressed: the cookie to come in with; or, in place of a page, what is wrong
        with the invitation, as one."""
        given = dict(asked(visit.request))
        problem, held = await self._looked_at(visit, given)
        if problem or held is None:
            return self._shown(visit, pages, problem)
        return self._papers.invitations.hold(held.invitation, held.holder)

    async def _looked_at(
        self, visit: Visit, given: dict[str, str]
    ) -> tuple[str, HeldInvitation | None]:
        if await self._store_access.fresh(self._view) is None:
            raise StoreUnavailable("the room is not known")
        code = given.get("code", "")
        if not code:
            why = given.get("why", "needed")
            return why if why in _PROBLEMS else "needed", None
        invitation = self._papers.invitations.read(code)
        if invitation is None:
            return "unknown", None
        brought = self._invited.held_by(visit.request)
        holder = brought.holder if brought and brought.invitation == invitation else ""
        held = HeldInvitation(invitation, holder, self._account(visit))
        return await self._invited.problem_of(held), held

    def _account(self, visit: Visit) -> str:
        try:
            return self._invited.account(visit.request)
        except CannotTell:
            return ""

    def _shown(self, visit: Visit, pages: Pages, problem: str) -> Reply:
        status = 403 if problem else 200
        if not visit.is_navigation:
            return json_reply(status, {"invitation": problem or "good"})
        wanted = quote(visit.wanted(), safe="/")
        if problem:
            links = {
                "back": f"{visit.request.mount}/" if self._invited.is_needed else visit.wanted()
            }
            if problem in _ELSEWHERE and self._settings.resume:
                links["move"] = f"{visit.below_prefix(self._view.name)}/resume?next={wanted}"
            return self._small(visit, pages, status, _PROBLEMS[problem], **links)
        code = quote(dict(asked(visit.request)).get("code", ""), safe="")
        post = f"{visit.below_prefix(self._view.name)}/{NAME}?code={code}&next={wanted}"
        back = f"{visit.request.mount}/"
        return self._small(visit, pages, status, INVITED, accept=post, back=back)

    def _small(self, visit: Visit, pages: Pages, status: int, heading: str, **links: str) -> Reply:
        request, name = visit.request, self._view.name
        return small(request, self._settings, pages, status, heading, name, **links)

    def accepted(self, visit: Visit, cookie: str, others: tuple[tuple[str, str], ...]) -> Reply:
        """Leads on to what was asked for, with the cookie."""
        held = self._papers.invitations.held(cookie)
        left = held.invitation.expires_at - self._store_access.now(self._view) if held else 0
        seconds = int(max(60, left))
        ours = self._papers.paper_cookies.invitation(cookie, seconds, visit.is_https)
        if visit.is_navigation:
            return see_other(visit.wanted(), (*cookie_headers((ours,)), *others))
        return json_reply(200, {"invitation": "good"}, (*cookie_headers((ours,)), *others))
