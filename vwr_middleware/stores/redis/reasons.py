"""Why a server gave no answer, in the words that an operator reads."""

import re

from redis.exceptions import AuthenticationError, NoPermissionError, ReadOnlyError

from vwr_middleware.errors import StoreUnavailable

#: What an operator can do about a server that answers, and refuses.
_FIXES = (
    (ReadOnlyError, "name the primary in the store's URL"),
    (NoPermissionError, "give this user the rights that `vwr check` names"),
    (AuthenticationError, "correct the store's URL"),
)
#: A sentinel in redis-py's messages, which show its client with every option.
_CLIENT = re.compile(r"<redis\.[^<]*<.*?\bhost=([^,)]*),port=(\d+).*?\)>\)>\)>")


def unavailable(error: Exception, patience: float) -> StoreUnavailable:
    """What the rest of the package reads, in place of the client's own error.

    `patience`: the seconds after which a call is given up, without a message.
    """
    reason = _CLIENT.sub(r"\1:\2", str(error)) or f"no answer within {patience * 1000:.0f} ms"
    fix = next((fix for kind, fix in _FIXES if isinstance(error, kind)), "")
    return StoreUnavailable(f"Redis: {reason}", fix)
