"""`STORE: "django"`: a store where the project's own data is, by the parameters in DATABASES.

Not by Django's connection, which belongs to a request's transaction: the store makes its own.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils.connection import ConnectionDoesNotExist

from vwr_middleware.errors import ConfigurationError

#: Of OPTIONS, what is meant for Django or for its driver and not for the server's library.
_OF_DJANGO = {
    *("pool", "isolation_level", "assume_role", "server_side_binding", "init_command"),
    *("cursor_factory", "row_factory", "prepare_threshold", "context", "autocommit"),
    *("client_encoding", "connection_factory"),
}
#: A file of ours beside the project's: SQLite lets one writer at a time into a file, and a request
#: of the project's may write for longer than a visitor is to wait.
BESIDE = "vwr.sqlite3"


def store_of(name: object) -> object:
    """The URL of the store that "django", "django:alias" or "django:alias?schema=shop" names;
    anything else as it is. Raises ConfigurationError.

    What stands behind the question mark is for PostgreSQL; a developer's SQLite has no use for it.
    """
    words, _, query = name.partition("?") if isinstance(name, str) else ("", "", "")
    kind, _, alias = words.partition(":")
    if kind != "django" or alias.startswith("//"):
        return name
    alias = alias or "default"
    told, vendor = _database(alias)
    if hasattr(mail, "outbox") and vendor in ("postgresql", "sqlite"):
        # Django's test runner has begun. It drops the database in the end, which PostgreSQL refuses
        # while the store is connected.
        return "memory://"
    if vendor == "postgresql":
        url = _postgresql(told)
        return f"{url}{'&' if '?' in url else '?'}{query}" if query else url
    if vendor == "sqlite":
        return _sqlite(told)
    raise ConfigurationError(
        [
            f"store {words!r}: DATABASES[{alias!r}] is {vendor or 'of another kind'}, where no room"
            " can be kept: name a PostgreSQL or SQLite database, or give the URL of a store, like"
            ' "redis://host:6379/0" or "sqlite:////path/vwr.sqlite3"'
        ]
    )


def _database(alias: str) -> tuple[Mapping[str, Any], str]:
    """What DATABASES says, as Django completes it, and the kind of database."""
    try:
        database = connections[alias]
    except ConnectionDoesNotExist as error:
        known = ", ".join(sorted(map(repr, connections)))
        raise ConfigurationError(
            [f"store 'django:{alias}': DATABASES has no {alias!r}: name one of {known}"]
        ) from error
    except ImproperlyConfigured as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            [f"store 'django:{alias}': DATABASES[{alias!r}] cannot be used: {reason}"]
        ) from error
    return database.settings_dict, database.vendor


def _postgresql(told: Mapping[str, Any]) -> str:
    """The same parameters as a URL of ours. Those that DATABASES leaves out the server's library
    finds as it does for Django: a service file, a file of passwords, the environment."""
    account = quote(str(told["USER"] or ""), safe="")
    if told["PASSWORD"]:
        account += f":{quote(str(told['PASSWORD']), safe='')}"
    query = urlencode(dict(_options(told)), quote_via=quote)
    return f"postgresql://{account}{'@' if account else ''}/{'?' if query else ''}{query}"


def _options(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    options = {**told.get("OPTIONS", {})}
    name = told["NAME"] or ("" if options.get("service") else "postgres")
    for word, value in (("host", told["HOST"]), ("port", told["PORT"]), ("dbname", name)):
        if value:
            yield word, str(value)
    role = options.get("assume_role")
    if role:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    for word, value in options.items():
        if word not in _OF_DJANGO and isinstance(value, str | int | float | Path):
            yield word, str(int(value) if isinstance(value, bool) else value)


def _sqlite(told: Mapping[str, Any]) -> str:
    name = str(told["NAME"])
    if not name or ":memory:" in name or "mode=memory" in name:  # as in a project's own tests
        return "memory://"
    path = Path(name.removeprefix("file:").partition("?")[0]).absolute().with_name(BESIDE)
    return f"sqlite:///{quote(str(path))}"
