"""The store of several machines: Redis or Valkey, each step one Lua script.

The steps:
    store.py     the methods of a store
    calls.py     runs a step's script, by its hash if the server knows it
    scripts.py   makes the scripts of the files in ../lua
    wire.py      what a script is given, and what its answer says
    presence.py  who polled, as a script is given it

The way to the server:
    link.py      calls a client, bounded in time, and tells errors in our words
    cluster.py   the same for a cluster
    urls.py      the store's URL, taken apart
    clients.py   redis-py's clients for it
    patience.py  how long an event loop waits
    names.py     looks host names up without blocking an event loop's threads
    reasons.py   why a server gave no answer, and the fix
    check.py     what keeps a server from being a store: `vwr check`
"""

from vwr_middleware.stores.redis.store import RedisStore

__all__ = ["RedisStore"]
