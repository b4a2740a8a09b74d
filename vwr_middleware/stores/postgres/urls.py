"""A store's URL, taken apart.

    postgresql://[user[:password]@][host[:port][,host[:port] ...]][/database][?options]

All options of libpq work, such as `sslmode` and `target_session_attrs`. Two are ours: `schema` is
where our tables are (vwr), and `?socket_timeout=0.2` lets a request wait longer than 50 ms, for
servers that are far away.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from vwr_middleware.errors import ConfigurationError

#: Seconds that a request waits for the server at most.
PATIENCE = 0.05
SCHEMA = "vwr"
#: Where an app's own tables may have the names of ours.
OF_OTHERS = ("public", "pg_catalog", "information_schema")
_IN_PASSWORDS = "/ as %2F, : as %3A, ? as %3F, @ as %40, # as %23, % as %25"


@dataclass(frozen=True, slots=True)
class Target:
    """Which server to talk to, and where our tables are."""

    conninfo: str = field(repr=False)
    schema: str = SCHEMA
    patience: float = PATIENCE
    hosts: tuple[str, ...] = ()
    user: str = ""
    database: str = ""


def read_url(url: str) -> Target:
    """Take a URL apart. Raises ConfigurationError, without showing a password."""
    base, _, query = url.partition("?")
    scheme, _, rest = base.partition("://")
    try:
        words = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
        schema = words.pop("schema", SCHEMA)
        patience = float(words.pop("socket_timeout", PATIENCE))
        if not 0 < patience < math.inf:
            raise ValueError("socket_timeout must be a number of seconds above 0")
        if not schema or len(schema.encode()) > 63 or "\0" in schema:
            raise ValueError("schema must be a name of at most 63 bytes")
        if schema in OF_OTHERS:
            raise ValueError(
                f"schema must be one of its own, not {schema}: others have tables there"
            )
        told = conninfo_to_dict(
            f"postgresql://{rest}" + (f"?{urlencode(words, quote_via=quote)}" if words else "")
        )
    except (ValueError, psycopg.Error) as error:
        reason = "it cannot be read" if isinstance(error, psycopg.Error) else str(error)
        if "@" in rest:
            reason += f" (in a password write {_IN_PASSWORDS})"
        # `from None`, since a traceback would show the whole text of that error.
        raise ConfigurationError([f"store {scheme}://...: {reason}"]) from None
    return target_of(told, schema, patience)


def target_of(
    words: Mapping[str, str | int | None], schema: str = SCHEMA, patience: float = PATIENCE
) -> Target:
    """A server by libpq's own words, such as `host` and `dbname`."""
    usual: dict[str, str | int | None] = {
        "client_encoding": "UTF8",
        "fallback_application_name": "vwr_middleware",
    }
    conninfo = make_conninfo("", **{**usual, **words})
    hosts = tuple(filter(None, str(words.get("host") or "").split(",")))
    user, database = str(words.get("user") or ""), str(words.get("dbname") or "")
    return Target(conninfo, schema, patience, hosts, user, database)
