"""What stands behind the middleware where the service has no app: the site's app is elsewhere.

Whoever is let in here came without an access token, which their browser has from now on: a proxy
sends it to the app by that.
"""

from urllib.parse import quote

from vwr_middleware.asgi.replies import send_reply
from vwr_middleware.asgi.request import AsgiRequest, Receive, Scope, Send
from vwr_middleware.web.http import SITE_KEY, Reply
from vwr_middleware.web.next_url import way_back
from vwr_middleware.web.replies import NO_SNIFF, PRIVATE, problem, see_other
from vwr_middleware.web.request_kinds import is_navigation

NOT_HERE = """\
There is no page here: this is the waiting room as a service of its own (vwr serve).

Its own pages lie below {prefix}/ and {admin_prefix}. All others are those of the app, to which your
proxy has to send the request. To try the room without a proxy, start it with
    vwr serve --upstream http://127.0.0.1:3000
which is where the app runs.
"""
_AGAIN = (
    "you are inside: send the request again with the cookie that comes with this answer; a program"
    " without cookies gets its access token at {prefix}/{room}/token"
)
_PLAIN = ("Content-Type", "text/plain; charset=utf-8")


async def without_app(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app that has no pages."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
    else:
        request = AsgiRequest(scope)
        request.receive = receive
        await send_reply(_reply(scope, request), request, send)


async def _live(receive: Receive, send: Send) -> None:
    for ending in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{ending}.complete"})


def _reply(scope: Scope, request: AsgiRequest) -> Reply:
    settings, session = scope[SITE_KEY].settings, scope.get("vwr")
    if session is None or not session.is_new:
        text = NOT_HERE.format(prefix=settings.prefix, admin_prefix=settings.admin_prefix)
        return Reply(404, text.encode(), (_PLAIN, *PRIVATE, NO_SNIFF))
    here = way_back(scope["path"], scope["query_string"].decode("latin-1"))
    if is_navigation(request) and request.method in ("GET", "HEAD"):
        # Not to the same address: a browser without cookies would be let in again and again.
        return see_other(f"{settings.prefix}/{session.room}/?next={quote(here, safe='/')}")
    if request.cookies:
        return Reply(307, b"", (("Location", here), *PRIVATE))
    text = _AGAIN.format(prefix=settings.prefix, room=session.room)
    return problem(429, text, (("Retry-After", "1"),))
