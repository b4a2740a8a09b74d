"""What keeps a PostgreSQL server from being a store, each problem with its fix; and how our schema
is made where it is not there.
"""

from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.postgres.connection import ServerError
from vwr_middleware.stores.postgres.link import Exchange, Link
from vwr_middleware.stores.postgres.reasons import (
    MISSING,
    NOT_MADE,
    OLDEST,
    PRIMARY,
    RELEASES,
)
from vwr_middleware.stores.postgres.schema import STEP, VERSION, quoted, statements

#: One worker at a time makes the schema. The number has no meaning.
_LOCK = 4_709_161_182
#: Seconds that a start waits while the schema is made, maybe by another worker.
MAKING = 5.0
NEWER = "it was made by a later release of vwr_middleware: install that, or name another schema"


async def make_schema(exchange: Exchange, schema: str) -> None:
    """Make what is not there. Raises StoreUnavailable if it may not be made, or is of a release
    with which this one cannot work."""
    number, works_from = await version_of(exchange, schema)
    if works_from > VERSION:
        raise StoreUnavailable(f"PostgreSQL: the schema {schema} has version {number}", NEWER)
    sql = ";".join((f"SELECT pg_advisory_xact_lock({_LOCK})", *statements(schema)))
    try:
        with exchange.lasting(MAKING):
            await exchange.ask(sql.encode())
    except ServerError as error:
        if error.code != "42501":
            raise
        raise StoreUnavailable(f"PostgreSQL: the schema {schema} is missing", NOT_MADE) from error


async def version_of(exchange: Exchange, schema: str) -> tuple[int, int]:
    """The version of the schema, and the version that a worker must know at least; (0, 0) if there
    is none."""
    try:
        (result,) = await exchange.ask(
            f"SELECT number, works_from FROM {quoted(schema)}.release".encode()
        )
    except ServerError as error:
        if error.code in MISSING:
            return 0, 0
        raise
    if not result.ntuples:
        return 0, 0
    return int(result.get_value(0, 0) or 0), int(result.get_value(0, 1) or 0)


_LOOK = """
SELECT current_setting('server_version'), current_setting('server_version_num'),
    pg_is_in_recovery(), current_user, current_database(),
    has_database_privilege(current_database(), 'CREATE'),
    to_regprocedure({step}) IS NOT NULL
"""
_ARGUMENTS = "text,bigint,bigint,double precision,bytea,text,json,json,json"


async def problems_of(link: Link, patience: float) -> list[str]:
    """Ask a server. `patience` is what a request waits; this `link` waits longer, so that it learns
    what is wrong."""
    try:
        async with link.turn() as exchange:
            return await _problems(exchange, link.target.schema)
    except StoreUnavailable as error:
        return [f"store: {error.told}"]


async def _problems(exchange: Exchange, schema: str) -> list[str]:
    connection = await exchange.connection()
    step = connection.quoted(f"{quoted(schema)}.{STEP}({_ARGUMENTS})").decode()
    (result,) = await exchange.ask(_LOOK.format(step=step).encode())
    told = [(result.get_value(0, i) or b"").decode() for i in range(7)]
    version, number, in_recovery, user, database, may_create, is_there = told
    if int(number) < OLDEST:
        return [f"store: PostgreSQL {version} is too old: {RELEASES}"]
    if in_recovery == "t":
        return [f"store: this server is a replica: {PRIMARY}"]
    if is_there == "t":
        return await _problems_of_rights(exchange, schema, user)
    if may_create == "t":
        await make_schema(exchange, schema)
        return []
    missing = f"the schema {schema} is missing in {database}, and {user} may not make it"
    return [f"store: {missing}: {NOT_MADE}"]


async def _problems_of_rights(exchange: Exchange, schema: str, user: str) -> list[str]:
    return []
