"""`vwr store`: makes what a store in PostgreSQL needs before the app starts, or prints how."""

from typing import TYPE_CHECKING, cast

import click

from vwr_middleware.blocking import finish
from vwr_middleware.cli.base import vwr
from vwr_middleware.cli.reach import Reach, store_at
from vwr_middleware.settings import Settings
from vwr_middleware.stores.opening import POSTGRESQL

if TYPE_CHECKING:
    from vwr_middleware.stores.postgres.store import PostgresStore

_BY_ITSELF = "a store at {scheme}:// makes what it needs by itself"

_ROLE = click.option(
    "--role",
    default="",
    help="The role with which the app connects, if another one runs the statements: it is granted"
    " the rights that it needs.",
)


@vwr.group("store")
def store_() -> None:
    """Prepare a store in PostgreSQL. All others make what they need by themselves."""


@store_.command()
@_ROLE
@click.pass_obj
def sql(reach: Reach, role: str) -> None:
    """Print the statements that make our tables, for whoever runs them.

    It connects nowhere: vwr store sql --role shop | psql shop
    """
    url, store = _store(reach)
    if store is None:
        raise click.ClickException(f"there are no statements: {_BY_ITSELF.format(scheme=url)}")
    click.echo(store.sql(role), nl=False)


@store_.command()
@_ROLE
@click.pass_obj
def migrate(reach: Reach, role: str) -> None:
    """Make our tables, or bring them up to date, before a release starts.

    It may be run again, and while workers of the last release are running.
    """
    scheme, store = _store(reach)
    if store is None:
        click.echo(f"nothing to do: {_BY_ITSELF.format(scheme=scheme)}")
        return
    done, version = finish(store.migrate(role))
    click.echo(f"{done}: the schema {store.schema}, version {version}")
    if role:
        click.echo(f"granted to {role}: what the app needs there")


def _store(reach: Reach) -> tuple[str, "PostgresStore | None"]:
    """The scheme of the store's URL, and the store if it is one in PostgreSQL."""
    settings = reach.read()
    url = reach.store_of(settings) or "postgresql://"
    scheme = url.partition("://")[0]
    if scheme not in POSTGRESQL:
        return scheme, None
    namespace = reach.namespace or (settings or Settings).namespace
    return scheme, cast("PostgresStore", store_at(url, namespace))
