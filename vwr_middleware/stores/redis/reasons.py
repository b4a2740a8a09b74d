"""Why a server gave no answer, in the words that an operator reads."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import TimeoutError as NoAnswer

from vwr_middleware.errors import DAMAGE, StoreBusy, StoreDamaged, StoreUnavailable

T = TypeVar("T")

#: For a refusal about which `vwr check` says more.
RIGHTS = "give this user the rights that `vwr check` names"
#: For a server that is too old, or only imitates these two.
RELEASES = "use Redis 6.2 or Valkey 7.2, or later"
ONE_NODE = "this is one node of a cluster: write redis+cluster:// in the store's URL"
#: What an operator can do about a server that answers, and refuses.
_FIXES = (
    (ReadOnlyError, "name the primary in the store's URL"),
    (NoPermissionError, RIGHTS),
    (AuthenticationError, "correct the store's URL"),
    (AskError, ONE_NODE),
    (ClusterDownError, "bring back the cluster's nodes that are gone"),
    (OutOfMemoryError, "give the server more memory (maxmemory)"),
    (BusyLoadingError, "wait until it has loaded its data"),
)
#: The same, by words of such a refusal.
_FIXES_BY_WORDS = {
    # From Redis 7.0, for a client that says much before its password.
    "unauthenticated (multi)?bulk": "correct the store's URL",
    "^(MOVED|ASK) ": ONE_NODE,  # redis-py up to 5 has no class for it in a reply to a script
    # Within a script of Redis 6.2, where it is not the error's class.
    "^READONLY ": "name the primary in the store's URL",
    "^OOM ": "give the server more memory (maxmemory)",
    "^MISCONF": "free space on the server's disk, and check that it may write there",
    "^NOREPLICAS": "bring the server's replicas back, or lower its min-replicas-to-write",
    # Within a script, where it is no NOPERM: in Valkey's and in Redis's words.
    "^ACL failure|^The user executing the script can't": RIGHTS,
    "^BUSY": "stop the other program's script that is running there (SCRIPT KILL)",
    # An argument that only later releases have; or a Lua function, or a key that was not passed,
    # that servers of other makers do not let scripts use.
    "^syntax error|ERR syntax error|attempt to call | global |accessing undeclared key": RELEASES,
    # For a script at the node that a slot leaves, and at the one to which it goes; for one of whose
    # keys some are here and some there.
    "access a non local key|rehashing of (the )?slot|^TRYAGAIN|^TTL exhausted": (
        "wait until this slot of the cluster has been moved"
    ),
    "^max number of clients": "raise the server's maxclients, or connect fewer programs to it",
    "^[Uu]nknown (Redis )?command": (
        "remove the rename-command that hides it from the server's configuration"
    ),
    "connecting to /.*Permission denied": (
        "give this process the right to write to the socket (unixsocketperm)"
    ),
    "Permission denied": (
        "let this process connect to it: the system forbids that (with SELinux, turn on"
        " httpd_can_network_connect)"
    ),
    "CERTIFICATE_VERIFY_FAILED": (
        "give the server a valid certificate for the host in the store's URL, or name its"
        " authority in that URL (?ssl_ca_certs=/path/to/ca.pem; where the provider gives you none,"
        " as on Heroku, ?ssl_cert_reqs=none trusts any certificate)"
    ),
    # The blocking client may learn no more than that the connection is gone.
    r"ALERT_CERTIFICATE_REQUIRED|ALERT_UNKNOWN_CA|\[SYS\] unknown error": (
        "if the server requires client certificates (tls-auth-clients), name one that it"
        " accepts in the store's URL (?ssl_certfile=/path/to/one.pem&ssl_keyfile=/path/to/its.key)"
    ),
    r"connecting to [^/].*(No such file|\[X509|PEM lib)": (
        "correct the files named in the store's URL (ssl_ca_certs, ssl_certfile, ssl_keyfile)"
    ),
}
#: What the client says if this process has so many calls under way that no connection is left.
_ALL_IN_USE = ("No connection available", "Too many connections")
#: For a key of the wrong kind, or for a script that stumbles over what a key holds.
_OF_DAMAGE = re.compile("^WRONGTYPE|^user_script:")
#: With what a refusal within a script begins before Redis 7.
_WRAPPED = re.compile(
    r"^Error running script \(call to \w+\): @user_script:\d+: (@user_script: \d+: )?-?"
)
_LOOK_UP = "check the name server, or put the server's IP address into the store's URL"
#: What the client of a cluster says when "try again" was the answer to every try, and what we say.
_TRIED_AGAIN = "TTL exhausted"
_MOVES = "a slot of the cluster is on its way to another node"
#: A sentinel in redis-py's messages, which print its client with all of its options.
_CLIENT = re.compile(r"<redis\.[^<]*<.*?\bhost=([^,)]*),port=(\d+).*?\)>\)>\)>")


def unavailable(
    error: Exception, patience: float, sought: str = "", key: str = ""
) -> StoreUnavailable:
    """The error that the rest of the package reads, in place of the client's own.

    `patience`: seconds after which a call is given up, for an error without a message. `sought`:
    the servers' names, if none of them has been looked up yet. `key`: the key that was asked about.
    """
    if sought:
        return StoreUnavailable(f"Redis: looking up {sought} takes too long", _LOOK_UP)
    reason = _CLIENT.sub(r"\1:\2", _said(error)) or f"no answer within {patience * 1000:.0f} ms"
    reason = reason.partition(", with args")[0]  # of a command that the server does not know
    reason = _MOVES if reason.startswith(_TRIED_AGAIN) else reason
    fix = _fix(error)
    if key and not fix and _OF_DAMAGE.search(reason):
        return StoreDamaged(f"Redis: {reason}", _fix_of_damage(key))
    is_late = isinstance(error, NoAnswer | TimeoutError) or reason.startswith(_ALL_IN_USE)
    kind = StoreBusy if is_late else StoreUnavailable
    return kind(f"Redis: {reason}", fix)


def _fix(error: Exception) -> str:
    by_words = (fix for words, fix in _FIXES_BY_WORDS.items() if re.search(words, _said(error)))
    return next((fix for kind, fix in _FIXES if isinstance(error, kind)), next(by_words, ""))


def _said(error: Exception) -> str:
    return _WRAPPED.sub("", str(error))


def _fix_of_damage(key: str) -> str:
    return (
        f"delete the key {key} (running workers rebuild a room from what they know); if another"
        " program writes there, give one of the two another namespace"
    )


def undamaged(key: str, read: Callable[[Any], T], reply: Any) -> T:
    """What an answer about a key says. Raises StoreDamaged if no step would answer like that."""
    try:
        return read(reply)
    except DAMAGE as error:
        raise StoreDamaged(f"Redis: {key} is damaged ({error!r})", _fix_of_damage(key)) from error
