"""What is answered by a look at the Cookie header alone: most of what a crowd asks."""

from vwr_middleware.asgi.request import Scope, is_http_1
from vwr_middleware.site.routing import NOT_PLAIN, AnswerPlain, Greet
from vwr_middleware.web.replies import Ready
from vwr_middleware.web.session import Session

_SEEN_BY_PLAIN = frozenset(name.encode() for name in ("cookie", *NOT_PLAIN))


def greeted(greet: Greet, scope: Scope) -> Session | None:
    """The session of a visitor who is recognised by a Cookie header."""
    headers = scope["headers"]
    # From the end, where browsers send it.
    for name, value in reversed(headers) if isinstance(headers, list) else headers:
        if name == b"cookie":
            session = greet(value)
            # Over HTTP/2 there may be one header for each cookie.
            if session is not None or is_http_1(scope):
                return session
    return None


def plain_answer(answer_plain: AnswerPlain, scope: Scope) -> Ready | None:
    """The answer to a plain GET, by its Cookie header alone."""
    if scope.get("query_string") or scope["method"] != "GET":
        return None
    cookies = None
    for name, value in scope["headers"]:
        if name in _SEEN_BY_PLAIN:
            if cookies is not None or name != b"cookie":
                return None
            cookies = value
    return answer_plain(cookies)
