"""Our schema, made or brought up to date before the app starts: `vwr store migrate`, or `vwr store
sql` for sites at which somebody else runs statements.

All of them may be run again, and while workers of this release and the last one are running.
"""

from collections.abc import Iterator

from vwr_middleware.stores.postgres.check import found_in, make_schema, version_of
from vwr_middleware.stores.postgres.link import Link
from vwr_middleware.stores.postgres.rights import grants, is_made
from vwr_middleware.stores.postgres.schema import VERSION, statements
from vwr_middleware.stores.postgres.urls import Target

_HEAD = """\
-- What vwr_middleware keeps its rooms in: the schema {schema}, version {version}.
-- Run this as the owner of the database{where}, or of the schema. It may be run again, and while
-- the app runs.
"""
_NO_ROLE = "-- If the app connects as another role than the one that runs this, add --role NAME.\n"


def script(target: Target, role: str) -> str:
    """The statements as a text for psql. `role` is the app's, if another one runs them."""
    where = f" {target.database}" if target.database else ""
    head = _HEAD.format(schema=target.schema, version=VERSION, where=where)
    body = ";\n".join(_statements(target.schema, role))
    return f"{head}{'' if role else _NO_ROLE}BEGIN;\n{body};\nCOMMIT;\n"


async def migrate(link: Link, role: str) -> tuple[str, int]:
    """Run them. What became of the schema, in words, and its version."""
    schema = link.target.schema
    async with link.turn() as exchange:
        before, _ = await version_of(exchange, schema)
        found = await found_in(exchange, schema)
        await make_schema(exchange, schema, grants(schema, role) if role else ())
        after, _ = await version_of(exchange, schema)
    if not before:
        return "made", after
    was_whole = before >= VERSION and found is not None and is_made(found)
    return "was up to date" if was_whole else "brought up to date", after


def _statements(schema: str, role: str) -> Iterator[str]:
    yield from statements(schema)
    if role:
        yield from grants(schema, role)
