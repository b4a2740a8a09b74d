"""A room's address /vwr/<room>/puzzle: where `challenge="pow"` leads newcomers.

Their browser solves a puzzle there and brings the solution back, which a cookie keeps until the
join. The join uses it up: one solution is one place, on whichever worker.
"""

from urllib.parse import quote

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.gate.app_functions import Challenged
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.gate.small_pages import unserved
from vwr_middleware.gate.visit import Visit, choices, wanted_by
from vwr_middleware.pages.pages import Pages
from vwr_middleware.papers.puzzles import KEPT, PARTS, Solved
from vwr_middleware.settings import Settings
from vwr_middleware.settings.slow_kinds import UNSOLVED
from vwr_middleware.web.cors import is_from_other_site
from vwr_middleware.web.http import Reply, Request, cookie_texts, fields_of
from vwr_middleware.web.next_url import written
from vwr_middleware.web.replies import (
    HTML,
    PRIVATE,
    REFERRER,
    cookie_headers,
    json_reply,
    problem,
    see_other,
)
from vwr_middleware.worker.room_view import RoomView
from vwr_middleware.worker.store_access import StoreAccess

#: The address, below the room's own.
NAME = "puzzle"
#: The cookie of somebody who goes on without a solution.
SKIP = "skip"
_NOT_KNOWN = "no puzzle can be given at the moment: try again in a moment"


class PuzzleCheck:
    """Whether newcomers have solved a puzzle of one room."""

    def __init__(
        self, settings: Settings, papers: Papers, view: RoomView, store_access: StoreAccess
    ) -> None:
        self._settings, self._papers = settings, papers
        self._view, self._store_access = view, store_access

    def where(self, request: Request) -> str:
        """The path at which a newcomer must solve one first; "": this one has."""
        return (
            "" if self._brought(request) or self._goes_without(request) else self.address(request)
        )

    def address(self, request: Request) -> str:
        """The path of the page with the puzzle, which leads back to what was asked for."""
        base = written(f"{request.mount}{self._settings.prefix}/{self._view.name}")
        wanted = wanted_by(request, self._settings.prefix)
        return f"{base}/{NAME}?next={quote(wanted, safe='/')}"

    async def use(self, request: Request) -> bool:
        """Use up the solution that a newcomer brings to a join. False: it goes without, into the
        slow lane. Raises Challenged if it was used before, and StoreUnavailable."""
        solved = self._brought(request)
        if solved is None and self._goes_without(request):
            return False
        if solved is None:
            raise Challenged(self.address(request))
        if not await use_up(solved, self._view, self._store_access):
            raise Challenged(f"{self.address(request)}&again=1")
        return True

    def _goes_without(self, request: Request) -> bool:
        """Whether somebody would rather have a place behind the others than solve a puzzle."""
        if UNSOLVED not in self._view.settings.slow_lane:
            return False
        return SKIP in cookie_texts(request, self._papers.puzzle_mark)

    def _brought(self, request: Request) -> Solved | None:
        puzzles, now = self._papers.puzzles, self._store_access.now(self._view)
        texts = cookie_texts(request, self._papers.puzzle_mark)
        return next(filter(None, (puzzles.solved(text, now) for text in texts)), None)


async def use_up(solved: Solved, view: RoomView, store_access: StoreAccess) -> bool:
    """Use a solution up. False: it was used before. Raises StoreUnavailable."""
    what, store = f"puzzle {view.name} {solved.nonce}", store_access.store
    return not await store_access.breaker.ask(
        lambda: store.use_once(what, solved.until, strictly=True)
    )


class PuzzlePage:
    """Hands out the puzzles of one room, and takes solutions."""

    def __init__(
        self, settings: Settings, papers: Papers, view: RoomView, store_access: StoreAccess
    ) -> None:
        self._settings, self._papers = settings, papers
        self._view, self._store_access = view, store_access

    async def page(self, visit: Visit, pages: Pages, action: str = NAME) -> Reply:
        """The page with a puzzle; for programs the puzzle alone. `action` is where the solution
        goes."""
        may_skip = action == NAME and UNSOLVED in self._view.settings.slow_lane
        skips = may_skip and "skip=1" in visit.request.query.split("&")
        if skips and not is_from_other_site(visit.request, visit.origin):
            cookie = self._papers.paper_cookies.puzzle(SKIP, KEPT, visit.is_https)
            return see_other(visit.wanted(), cookie_headers((cookie,)))
        if await self._store_access.fresh(self._view) is None:
            return unserved(visit.request, self._settings, pages, 503, _NOT_KNOWN)
        puzzle = self._papers.puzzles.make(self._now())
        if not visit.is_navigation:
            return json_reply(200, {"puzzle": puzzle, "parts": PARTS, "expires_in": KEPT})
        return self._shown(visit, pages, puzzle, action, may_skip)

    def _shown(self, visit: Visit, pages: Pages, puzzle: str, action: str, may_skip: bool) -> Reply:
        chosen = choices(visit)
        wishes = visit.request.header("accept-language")
        language = pages.languages.best(wishes, chosen.language)
        body = pages.puzzle(
            language,
            visit.origin.host,
            visit.below_prefix("static"),
            self._view.name,
            base=visit.below_prefix(self._view.name),
            query=quote(visit.wanted(), safe="/"),
            puzzle=puzzle,
            action=action,
            may_skip=may_skip,
            again="again=1" in visit.request.query.split("&"),
        )
        headers = (
            HTML,
            *PRIVATE,
            REFERRER,
            ("X-Robots-Tag", "noindex"),
            ("VWR-State", "none"),
            ("Content-Security-Policy", pages.content_security_policy),
        )
        return Reply(200, body, headers)

    async def solved(self, visit: Visit) -> Reply:
        """Takes a solution, and leads on with its cookie. Nothing is used up by that."""
        fields = fields_of(visit.request)
        if fields is None:
            return problem(400, "solution must be a text")
        if await self._store_access.fresh(self._view) is None:
            raise StoreUnavailable("the time is not known")
        solution = fields.get("solution", "")
        if self._papers.puzzles.solved(solution, self._now()) is None:
            if visit.is_navigation:
                wanted = quote(visit.wanted(), safe="/")
                return see_other(
                    f"{visit.below_prefix(self._view.name)}/{NAME}?next={wanted}&again=1"
                )
            return problem(400, "this is no good solution: it is wrong, or older than 15 minutes")
        cookie = self._papers.paper_cookies.puzzle(solution, KEPT, visit.is_https)
        if visit.is_navigation:
            return see_other(visit.wanted(), cookie_headers((cookie,)))
        return json_reply(200, {"solved": True}, cookie_headers((cookie,)))

    def _now(self) -> float:
        return self._store_access.now(self._view)
