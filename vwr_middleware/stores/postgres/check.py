"""What keeps a PostgreSQL server from being a store, each problem with its fix; and how our schema
is made where it is not there.
"""

import json
from collections.abc import Iterable
from typing import Any

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.patience import problems_of_distance
from vwr_middleware.stores.postgres.connection import ServerError
from vwr_middleware.stores.postgres.link import Exchange, Link
from vwr_middleware.stores.postgres.reasons import (
    MISSING,
    NOT_ALLOWED,
    NOT_MADE,
    OLDEST,
    PRIMARY,
    RELEASES,
)
from vwr_middleware.stores.postgres.rights import LOOK, is_made, lacking
from vwr_middleware.stores.postgres.schema import VERSION, quoted, statements

#: One worker at a time makes the schema. The number has no meaning.
_LOCK = 4_709_161_182
#: Seconds that a start waits while the schema is made, maybe by another worker.
MAKING = 5.0
NEWER = "it was made by a later release of vwr_middleware: install that, or name another schema"
_FIX_OF_RIGHTS = "give this user the rights that `vwr store sql --role ROLE` prints"
_OLDER = (
    "let its owner run `vwr store migrate`, or the statements that `vwr store sql` prints, before"
    " this release of vwr_middleware starts"
)


async def make_schema(exchange: Exchange, schema: str, more: Iterable[str] = ()) -> None:
    """Make what is not there, and run `more` statements. Raises StoreUnavailable if that is not
    allowed, or if the schema is of a release with which this one cannot work."""
    number, works_from = await version_of(exchange, schema)
    if works_from > VERSION:
        raise StoreUnavailable(f"PostgreSQL: the schema {schema} has version {number}", NEWER)
    sql = ";".join((f"SELECT pg_advisory_xact_lock({_LOCK})", *statements(schema), *more))
    try:
        with exchange.lasting(MAKING):
            await exchange.ask(sql.encode())
    except ServerError as error:
        if error.code != NOT_ALLOWED:
            raise
        raise await refusal(exchange, schema) from error


async def version_of(exchange: Exchange, schema: str) -> tuple[int, int]:
    """The version of the schema, and the version that a worker must know at least; (0, 0) if there
    is none."""
    try:
        (result,) = await exchange.ask(
            f"SELECT number, works_from FROM {quoted(schema)}.release".encode()
        )
    except ServerError as error:
        if error.code == NOT_ALLOWED:
            raise await refusal(exchange, schema) from error
        if error.code in MISSING:
            return 0, 0
        raise
    if not result.ntuples:
        return 0, 0
    return int(result.get_value(0, 0) or 0), int(result.get_value(0, 1) or 0)


async def found_in(exchange: Exchange, schema: str) -> dict[str, Any] | None:
    """What is in the schema, and what this user may do there (rights.py); None without one."""
    connection = await exchange.connection()
    name = connection.quoted(schema).decode()
    (result,) = await exchange.ask(LOOK.format(schema=name).encode())
    return json.loads(result.get_value(0, 0) or b"null") if result.ntuples else None


_ASK = """
SELECT json_build_object('version', current_setting('server_version'),
    'number', current_setting('server_version_num')::int, 'is_replica', pg_is_in_recovery(),
    'user', current_user, 'database', current_database(),
    'may_make', has_database_privilege(current_database(), 'CREATE'))
"""


async def _server(exchange: Exchange) -> dict[str, Any]:
    (result,) = await exchange.ask(_ASK.encode())
    return dict(json.loads(result.get_value(0, 0) or b"{}"))


async def problems_of(link: Link, patience: float) -> list[str]:
    """Ask a server. `patience` is what a request waits; this `link` waits longer, so that it learns
    what is wrong. If our schema is not there, and may be made, this makes it."""
    try:
        async with link.turn() as exchange:
            problems = await _problems(exchange, link.target.schema)
            return problems or await problems_of_distance(
                lambda: exchange.ask(b"SELECT 1"), patience
            )
    except StoreUnavailable as error:
        return [f"store: {error.told}"]


async def place_of(exchange: Exchange, schema: str) -> str:
    """Where the rooms are kept, in words."""
    server, (number, _) = await _server(exchange), await version_of(exchange, schema)
    where = f"the database {server['database']} in PostgreSQL {server['version']}"
    return f"the schema {schema}, version {number}, of {where}"


async def _problems(exchange: Exchange, schema: str) -> list[str]:
    server, found = await _server(exchange), await found_in(exchange, schema)
    if server["number"] < OLDEST:
        return [f"store: PostgreSQL {server['version']} is too old: {RELEASES}"]
    if server["is_replica"]:
        return [f"store: this server is a replica: {PRIMARY}"]
    if found is None or not is_made(found):
        await make_schema(exchange, schema)
        return []
    if statements := list(lacking(schema, server["user"], found)):
        return [f"store: {server['user']} lacks rights: {statement}" for statement in statements]
    number, works_from = await version_of(exchange, schema)
    if works_from > VERSION:
        return [f"store: the schema {schema} has version {number}: {NEWER}"]
    return []


async def refusal(exchange: Exchange, schema: str) -> StoreUnavailable:
    """The error for a user who may not do what is needed: what is missing, and what gives it."""
    server, found = await _server(exchange), await found_in(exchange, schema)
    user, database = server["user"], server["database"]
    if found is None:
        told = f"the schema {schema} is missing in {database}, and {user} may not make it"
        fix = NOT_MADE.format(database=quoted(database), user=quoted(user))
    elif not is_made(found):
        told = f"the schema {schema} lacks what this release needs, and {user} may not make it"
        fix = _OLDER
    else:
        told = f"permission denied, {user} lacks rights to the schema {schema}"
        fix = "; ".join(lacking(schema, user, found)) or _FIX_OF_RIGHTS
    return StoreUnavailable(f"PostgreSQL: {told}", fix)
