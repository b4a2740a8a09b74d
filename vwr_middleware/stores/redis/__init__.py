"""The store of several machines: Redis or Valkey, each step one Lua script."""

from vwr_middleware.stores.redis.store import RedisStore, open_redis

__all__ = ["RedisStore", "open_redis"]
