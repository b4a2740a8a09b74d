"""How requests to one path are answered. Found out once, since most requests are to few paths."""

from collections.abc import Callable
from dataclasses import dataclass

from vwr_middleware.gate.gate import Gate
from vwr_middleware.web.http import Pass, Reply, Request
from vwr_middleware.web.ready import Ready
from vwr_middleware.web.session import Session

#: Answers a request without the store, or gives None.
Glance = Callable[[Request], Pass | Reply | None]

#: Recognises an admitted visitor by a Cookie header, or gives None.
Greet = Callable[[str | bytes | None], Session | None]

#: Answers a plain GET by its Cookie header alone, or gives None. A plain request has no query and
#: no header of NOT_PLAIN.
AnswerPlain = Callable[[str | bytes | None], Ready | None]

#: The headers, cookies aside, that an answer at one of our own addresses may depend on.
NOT_PLAIN = ("vwr-ticket", "vwr-token", "authorization", "origin", "if-none-match")

#: The pass for an unprotected path. One object serves all requests.
OPEN = Pass()


@dataclass(frozen=True, slots=True)
class Way:
    """How requests to one path are answered."""

    glance: Glance
    greet: Greet | None = None
    answer_plain: AnswerPlain | None = None
    #: The gate that decides at this path, if the path alone says which.
    gate: Gate | None = None


#: No room protects this path.
UNPROTECTED = Way(lambda request: OPEN)
#: Only `Site.answer` can answer at this path.
UNDECIDED = Way(lambda request: None)
