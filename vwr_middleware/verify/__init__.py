"""Access tokens of a room, verified by another service: one that receives them, and does not stand
behind the room itself.

verifier = Verifier(issuer="https://shop.example", room="main")
session = verifier.verify(token)

verifier.py         the verifier: what a token must be, and the session that it proves
request_tokens.py   where in a request's headers the token stands
refusals.py         why a request is refused, and the answer to it
key_set.py          the public keys: fetched, kept, and fetched anew in time
fetched_keys.py     where they are, and which of them count
running.py          asks the room whether a session still runs
fetching.py         JSON over HTTP
in_thread.py        how asynchronous code waits for that
options.py          what a verifier is told, checked at once
asgi.py, wsgi.py    middleware; fastapi.py: a dependency

Nothing of the room itself is needed here but the names of its algorithms, and no framework.
"""

from vwr_middleware.verify.refusals import RoomUnreachable, TokenRefused, Unverified
from vwr_middleware.verify.verifier import VerifiedSession, Verifier

__all__ = ["RoomUnreachable", "TokenRefused", "Unverified", "VerifiedSession", "Verifier"]
