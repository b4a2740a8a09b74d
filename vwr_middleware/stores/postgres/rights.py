"""What the user of a worker must be allowed in our schema, and the statements that allow it."""

from collections.abc import Iterator, Mapping
from typing import Any

from vwr_middleware.stores.postgres.schema import ARGUMENTS, STEP, TIDY, quoted

#: What a step does to each table. The lock that it takes needs UPDATE, too.
_RIGHTS = {
    "release": ("SELECT",),
    "run": ("SELECT", "INSERT"),
    "rooms": ("SELECT", "INSERT", "UPDATE"),
    "items": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "bits": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}
#: What a step calls, with the types of its arguments.
_FUNCTIONS = {STEP: ARGUMENTS, TIDY: ""}

#: As JSON: what is in the schema, and what this user may do there; nothing without a schema.
#: The catalogue tells it also to a user who may do nothing.
LOOK = """
SELECT json_build_object(
    'may_make', has_schema_privilege(n.oid, 'CREATE'),
    'may_use', has_schema_privilege(n.oid, 'USAGE'),
    'functions', (SELECT json_object_agg(p.proname, has_function_privilege(p.oid, 'EXECUTE'))
        FROM pg_proc p WHERE p.pronamespace = n.oid),
    'tables', (SELECT json_object_agg(c.relname, ARRAY(SELECT r FROM
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) r
            WHERE has_table_privilege(c.oid, r)))
        FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'))
FROM pg_namespace n WHERE n.nspname = {schema}
"""


def grants(schema: str, role: str) -> Iterator[str]:
    """The statements that let a role work in the schema that another one has made."""
    yield _grant("USAGE", f"SCHEMA {quoted(schema)}", role)
    for table, rights in _RIGHTS.items():
        yield _grant(", ".join(rights), f"TABLE {quoted(schema)}.{table}", role)
    for function in _FUNCTIONS:
        yield _grant("EXECUTE", _function(schema, function), role)


def is_made(found: Mapping[str, Any]) -> bool:
    """Whether all that a worker of this release needs is there, allowed or not."""
    tables, functions = found["tables"] or {}, found["functions"] or {}
    return _RIGHTS.keys() <= tables.keys() and _FUNCTIONS.keys() <= functions.keys()


def lacking(schema: str, role: str, found: Mapping[str, Any]) -> Iterator[str]:
    """For each right that a role lacks, the statement that gives it."""
    if not found["may_use"]:
        yield _grant("USAGE", f"SCHEMA {quoted(schema)}", role)
    for table, rights in _RIGHTS.items():
        for right in rights:
            if right not in found["tables"][table]:
                yield _grant(right, f"TABLE {quoted(schema)}.{table}", role)
    for function in _FUNCTIONS:
        if not found["functions"][function]:
            yield _grant("EXECUTE", _function(schema, function), role)


def _grant(right: str, what: str, role: str) -> str:
    return f"GRANT {right} ON {what} TO {quoted(role)}"


def _function(schema: str, name: str) -> str:
    return f"FUNCTION {quoted(schema)}.{name}({_FUNCTIONS[name]})"
