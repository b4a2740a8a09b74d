"""A visitor who is done ends the own session: by a form, a script, a beacon, or an image.

It is for pages of which nobody can change the response: those of a shop system, or static ones.
Only a page of this origin may ask for it, and it ends only the session whose token comes along.
"""

import base64

from vwr_middleware.gate.gate import Gate
from vwr_middleware.gate.standing import RETRY, Standing
from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.tokens import AccessToken
from vwr_middleware.web.http import Reply, Request
from vwr_middleware.web.next_url import path_of_referer
from vwr_middleware.web.replies import NO_SNIFF, PRIVATE, see_other
from vwr_middleware.web.request_kinds import is_prefetch

#: The smallest image that browsers show: one clear pixel.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_GIF = ("Content-Type", "image/gif")
_NO_SESSION = "there is no session to end: send its cookie, or its token as VWR-Token"
_NOT_BY_IMAGE = "only an image in a page of this site ends a session"


class Completion:
    """Ends sessions whose visitors are done. Ending one twice is ending it once."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._replies = gate, gate.room_context.replies

    async def post(self, visit: Visit) -> Reply:
        """The answer to a form, a script, a beacon or a program."""
        token = await self._token(visit)
        if token is None:
            return self._replies.problem(visit.request, 401, _NO_SESSION)
        await self._gate.inside.complete(token)
        if visit.is_navigation and "next=" in visit.request.query:
            return see_other(visit.wanted(), [("VWR-State", "ended")])
        ended = Standing("ended", retry_after=RETRY)
        if visit.is_navigation:
            return self._replies.standing(visit, ended, status=200)
        return self._replies.json(visit.request, ended)

    async def image(self, visit: Visit) -> Reply:
        """The answer to an image. A page of this site that shows one ends its visitor's session; to
        look at its address, or to ask for it in advance, ends none."""
        request = visit.request
        if is_prefetch(request):
            later = ("Retry-After", "1")
            return self._replies.problem(request, 503, "nobody has seen this page yet", [later])
        if not is_shown_here(visit):
            return self._replies.problem(request, 403, _NOT_BY_IMAGE)
        token = await self._token(visit) if request.method == "GET" else None
        if token is not None:
            await self._gate.inside.complete(token)
        return Reply(200, PIXEL, (_GIF, *PRIVATE, NO_SNIFF))

    async def _token(self, visit: Visit) -> AccessToken | None:
        """The token of the visitor's session."""
        await self._gate.store_access.fresh(self._gate.view)
        token = visit.papers.token()
        if token is None:
            return None
        # Whoever has got the place by a resume code is inside by it, and not who had it before.
        has_moved = token.first and self._gate.view.devices.lost_by(token.place)
        return None if has_moved else token


def is_shown_here(visit: Visit) -> bool:
    """Whether an image is shown in a page of this origin.

    Browsers of before 2023 say only from which page it is asked for, if that.
    """
    request: Request = visit.request
    site = request.header("sec-fetch-site")
    if site:
        return site == "same-origin" and request.header("sec-fetch-dest") == "image"
    return bool(path_of_referer(request.header("referer"), visit.origin))
