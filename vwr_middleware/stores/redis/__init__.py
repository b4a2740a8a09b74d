"""The store of several machines: Redis or Valkey, each step one Lua script.

The steps:
    store.py    the methods of a store
    scripts.py  makes the scripts of the files in ../lua, and runs each by its hash
    script_keys.py  the keys of a room, and which of them a script is given
    wire.py     what a script is given, and what its answer says

The way to the server:
    link.py     calls a client, of a cluster too, bounded in time, and tells errors in our words
    urls.py     the store's URL, taken apart
    clients.py  redis-py's clients for it
    reasons.py  why a server gave no answer, and the fix
    check.py    what keeps a server from being a store: `vwr check`
"""

from vwr_middleware.stores.redis.store import RedisStore

__all__ = ["RedisStore"]
