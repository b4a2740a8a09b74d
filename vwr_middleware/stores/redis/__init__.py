"""The store of several machines: Redis or Valkey, each step one Lua script.

store.py has the methods of a store. calls.py runs the scripts, which scripts.py makes of the files
in ../lua. wire.py writes what they are given and reads what they answer, but for who polled:
presence.py.

The way to the server is link.py: clients.py makes redis-py's clients by the URL, which urls.py
reads; patience.py bounds how long an event loop waits for them, and names.py looks names up. Why
there was no answer is told by reasons.py, and whether there will be one by check.py.
"""

from vwr_middleware.stores.redis.store import RedisStore, open_redis

__all__ = ["RedisStore", "open_redis"]
