"""How requests to one path are answered. Found out once, since most requests are to few paths."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from vwr_middleware.web.http import PAPERS, Pass, Reply, Request
from vwr_middleware.web.ready import Ready
from vwr_middleware.web.session import Session

#: Answers a request without the store, or gives None. It is enough for unprotected paths, for
#: admitted visitors, and for polls and pages of those who are not called.
Glance = Callable[[Request], Pass | Reply | None]

#: Answers a request to which a glance has given None. It may ask the store.
Answer = Callable[[Request], Coroutine[Any, Any, Pass | Reply]]

#: Recognises an admitted visitor by a Cookie header, or gives None.
Greet = Callable[[str | bytes | None], Session | None]

#: Answers a plain GET by its Cookie header alone, or gives None. A plain request has no query and
#: no header of NOT_PLAIN.
AnswerPlain = Callable[[str | bytes | None], Ready | None]

#: The headers, cookies aside, that an answer at one of our own addresses may depend on.
NOT_PLAIN = (*PAPERS, "origin", "if-none-match")

#: The pass for an unprotected path. One object serves all requests.
OPEN = Pass()


@dataclass(frozen=True, slots=True)
class Way:
    """How requests to one path are answered: by `glance`, and by `answer` if that gives None.

    An adapter may try one of two short cuts first: `greet` at the paths of a room, `answer_plain`
    at the addresses of polls. No way has both.
    """

    glance: Glance
    answer: Answer
    greet: Greet | None = None
    answer_plain: AnswerPlain | None = None


async def _let_pass(request: Request) -> Pass:
    return OPEN


#: The way straight to the app: no room protects this path.
UNPROTECTED = Way(lambda request: OPEN, _let_pass)
