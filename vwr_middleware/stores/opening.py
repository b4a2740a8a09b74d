"""From a store's URL to a store."""

import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings.web_kinds import store_url
from vwr_middleware.stores import Store

#: Schemes of PostgreSQL's URLs; its own tools write either.
POSTGRESQL = ("postgresql", "postgres")


def open_store(
    url: str,
    namespace: str = "vwr",
    *,
    blocking: bool = True,
    clock: Callable[[], float] | None = None,
    patience: float = 0.0,
) -> Store:
    """The store at a URL. Nothing is opened or connected before its first use.

    `blocking` chooses a server's client: a blocking one for WSGI, an asynchronous one for ASGI.
    `clock` replaces the store's own clock, for tests and simulations. A step may wait `patience`
    seconds, if no visitor waits for it and that is more than usual. Raises ConfigurationError.
    """
    try:
        store_url.check(url)
    except ValueError as error:
        raise ConfigurationError([f"store {error}"]) from error
    scheme, _, rest = url.partition("://")
    if scheme == "memory":
        from vwr_middleware.stores.memory.store import MemoryStore

        return MemoryStore(clock or time.time)
    if scheme == "sqlite":
        from vwr_middleware.stores.sqlite.connection import PATIENCE
        from vwr_middleware.stores.sqlite.store import SqliteStore

        path, most = _file_of(rest), max(patience, PATIENCE)
        return SqliteStore(path, clock or time.time, namespace=namespace, patience=most)
    if scheme in POSTGRESQL:
        return _postgres(url, namespace, blocking=blocking, clock=clock, patience=patience)
    try:
        from vwr_middleware.stores.redis import RedisStore
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise ConfigurationError(
            [f'store {scheme}:// needs the redis package: pip install "vwr-middleware[redis]"']
        ) from error
    return RedisStore(url, namespace, blocking=blocking, clock=clock, patience=patience)


def _postgres(url: str, namespace: str, **options: Any) -> Store:
    try:
        from vwr_middleware.stores.postgres.store import PostgresStore
        from vwr_middleware.stores.postgres.urls import read_url
    except ImportError as error:  # psycopg says so too where it finds no libpq
        if (error.name or "psycopg").partition(".")[0] != "psycopg":
            raise
        raise ConfigurationError(
            ['store postgresql:// needs psycopg: pip install "vwr-middleware[postgres]"']
        ) from error
    return PostgresStore(read_url(url), namespace, **options)


def place_problems(url: str) -> list[str]:
    """What is wrong with a store's URL or its file's place. Makes no file and connects nowhere."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        from vwr_middleware.stores.sqlite.check import file_problems

        return file_problems(_file_of(rest))
    try:
        open_store(url)
    except ConfigurationError as error:
        return list(error.problems)
    return []


def missing_file(url: str) -> str:
    """The absolute path of a store's file, if it is not there; "" for one that is, and for other
    kinds of stores. Makes no file."""
    path = file_of(url)
    return path if path and not os.path.exists(path) else ""


def file_of(url: str) -> str:
    """The absolute path of a store's file; "" for other kinds of stores."""
    scheme, _, rest = url.partition("://")
    return _file_of(rest) if scheme == "sqlite" else ""


def _file_of(rest: str) -> str:
    from vwr_middleware.stores.sqlite.check import located

    return located(unquote(rest.removeprefix("/")))
