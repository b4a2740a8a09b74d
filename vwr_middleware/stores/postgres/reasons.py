"""Why a server gave no answer, in the words that an operator reads."""

import re

from vwr_middleware.errors import StoreBusy, StoreUnavailable
from vwr_middleware.stores.postgres.connection import ServerError

#: The oldest release that has all that our statements use, as the server numbers it.
OLDEST = 130000
RELEASES = "use PostgreSQL 13 or later"
#: Where our tables or our function are not there (yet).
MISSING = ("42883", "42P01", "3F000")
#: To this user.
NOT_ALLOWED = "42501"
#: What the server undoes, and what may be tried again at once.
TRY_AGAIN = ("40001", "40P01")
#: The connection was cut; libpq has no code for that.
CUT = ("", "57P01", "57P02")
#: For want of time: others hold the room, or the server is slow.
_LATE = ("55P03", "57014", "25P03")
NOT_MADE = (
    "let the owner of the database run GRANT CREATE ON DATABASE {database} TO {user}, or the"
    " statements that `vwr store sql --role {user}` prints"
)
PRIMARY = (
    "name the primary in the store's URL; where there are several hosts, add"
    " ?target_session_attrs=read-write"
)
#: What an operator can do, by the server's code.
_FIXES = {
    "25006": PRIMARY,
    "28P01": "correct the password in the store's URL",
    "28000": "correct the user in the store's URL, or let it connect (pg_hba.conf)",
    "3D000": "correct the database in the store's URL, or make it (CREATE DATABASE)",
    NOT_ALLOWED: "give this user the rights that `vwr store sql --role ROLE` prints",
    "42704": "make that role (CREATE ROLE), or correct --role",
    "53100": "free space on the server's disk",
    "53300": "raise the server's max_connections, or connect fewer programs to it",
    "57P03": "wait until it has started",
}
#: The same by words: while a client connects, libpq does not tell the code.
_FIXES_BY_WORDS = {
    "password authentication failed|no password supplied": _FIXES["28P01"],
    'database ".*" does not exist|no such database': _FIXES["3D000"],
    'role ".*" does not exist|no pg_hba.conf entry|Peer authentication': _FIXES["28000"],
    "too many (clients|connections)|remaining connection slots": _FIXES["53300"],
    "read-only|during recovery|hot standby mode": PRIMARY,
    "starting up|in recovery mode|shutting down": _FIXES["57P03"],
    "could not translate host name": (
        "check the name server, or put the server's IP address into the store's URL"
    ),
    "certificate verify failed|root certificate file": (
        "give the server a valid certificate for the host in the store's URL, or name its"
        " authority in that URL (?sslrootcert=/path/to/ca.pem)"
    ),
    "does not support SSL": "remove sslmode from the store's URL, or turn on the server's TLS",
    "refused|No such file or directory": "start the server, or correct the store's URL",
}


def unavailable(error: Exception, patience: float) -> StoreUnavailable:
    """The error that the rest of the package reads. `patience`: seconds after which it was given
    up, for an error without a message."""
    if isinstance(error, TimeoutError):
        return StoreBusy(f"PostgreSQL: no answer within {patience * 1000:.0f} ms")
    code = error.code if isinstance(error, ServerError) else ""
    kind = StoreBusy if code in _LATE or code in TRY_AGAIN else StoreUnavailable
    told = " ".join(str(error).split()).replace("connection failed: ", "")
    return kind(f"PostgreSQL: {told}", fix_of(code, told))


def fix_of(code: str, words: str) -> str:
    """What an operator can do; "" if that is not known."""
    by_words = (fix for each, fix in _FIXES_BY_WORDS.items() if re.search(each, words))
    return _FIXES.get(code) or next(by_words, "")
