"""`vwr store migrate` and `vwr store sql`: our tables are made before the app starts."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from tests.support.faults import fault
from tests.support.postgres import PostgresServer
from tests.support.rooms import config
from tests.support.shell import SETTINGS, failed, said
from vwr_middleware.blocking import finish
from vwr_middleware.cli.commands import vwr
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store

ASKS = [Ask("main", config(max_active=1))]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return f"{postgres.url}&schema=shop&socket_timeout=10"


@pytest.fixture
def owner(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with postgres.connect() as owner:
        owner.execute("CREATE ROLE app LOGIN")
        yield owner
        owner.execute("DROP SCHEMA IF EXISTS shop CASCADE; DROP OWNED BY app; DROP ROLE app")


@pytest.fixture
def store(owner: object, url: str) -> Iterator[Store]:
    store = open_store(url.replace("//vwr@", "//app@"))
    yield store
    finish(store.close())


@pytest.fixture
def run(url: str) -> Callable[..., Result]:
    return lambda *words, **env: CliRunner(env={"VWR_STORE": url, **SETTINGS, **env}).invoke(
        vwr, ["store", *words]
    )


def test_what_is_printed_makes_what_the_app_needs(
    run: Callable[..., Result], owner: psycopg.Connection[Any], store: Store
) -> None:
    text = said(run("sql", "--role", "app"))
    assert text.startswith("-- What vwr_middleware keeps its rooms in: the schema shop, version 1.")
    for _ in range(2):  # it may be run again
        owner.execute(text.encode())
        assert finish(store.check()) == []
        assert finish(store.refresh(ASKS))[0].queue == 0
    assert "If the app connects as another role" in said(run("sql"))


def test_it_is_made_and_brought_up_to_date_by_hand(
    run: Callable[..., Result], owner: psycopg.Connection[Any], store: Store
) -> None:
    assert said(run("migrate")) == "made: the schema shop, version 1\n"
    assert finish(store.check())[0].endswith(
        'app lacks rights: GRANT USAGE ON SCHEMA "shop" TO "app"'
    )
    assert said(run("migrate", "--role", "app")) == (
        "was up to date: the schema shop, version 1\ngranted to app: what the app needs there\n"
    )
    finish(store.refresh(ASKS))
    owner.execute("DROP FUNCTION shop.step_1")
    with pytest.raises(StoreUnavailable) as older:
        finish(store.refresh(ASKS))
    assert "lacks what this release needs, and app may not make it" in older.value.told
    assert older.value.told in finish(store.check())[0]
    assert "brought up to date: the schema shop, version 1" in said(run("migrate", "--role=app"))
    finish(store.refresh(ASKS))


@fault(
    "An older and a newer release share a store",
    new=("Are served by both, until a later release says that it cannot; then the error names it."),
)
def test_this_release_and_a_later_one_work_side_by_side_until_that_says_no(
    run: Callable[..., Result], owner: psycopg.Connection[Any], store: Store
) -> None:
    said(run("migrate", "--role", "app"))
    owner.execute("UPDATE shop.release SET number = 2")
    assert finish(store.check()) == []
    finish(store.refresh(ASKS))
    assert "was up to date: the schema shop, version 2" in said(run("migrate"))
    owner.execute("UPDATE shop.release SET works_from = 2")
    later = "it was made by a later release of vwr_middleware: install that"
    assert later in finish(store.check())[0]
    assert later in failed(run("migrate"))
    owner.execute("DROP FUNCTION shop.step_1")
    with pytest.raises(StoreUnavailable) as refused:
        finish(store.refresh(ASKS))
    assert later in refused.value.fix


def test_a_role_that_is_not_there_is_told_and_nothing_is_made(
    run: Callable[..., Result], owner: psycopg.Connection[Any]
) -> None:
    told = failed(run("migrate", "--role", "nobody here"))
    assert 'role "nobody here" does not exist' in told
    assert "make that role (CREATE ROLE), or correct --role" in told
    assert owner.execute("SELECT to_regnamespace('shop')").fetchall() == [(None,)]


def test_other_stores_need_nothing_of_it(run: Callable[..., Result]) -> None:
    for url in ("sqlite:///vwr.sqlite3", "redis://127.0.0.1:1", "memory://"):
        scheme = url.partition("://")[0]
        by_itself = f"a store at {scheme}:// makes what it needs by itself"
        assert said(run("migrate", VWR_STORE=url)) == f"nothing to do: {by_itself}\n"
        assert f"there are no statements: {by_itself}" in failed(run("sql", VWR_STORE=url))


@pytest.mark.parametrize("schema", ["public", "pg_catalog"])
def test_a_schema_of_others_is_refused(run: Callable[..., Result], schema: str) -> None:
    told = failed(run("sql", VWR_STORE=f"postgresql://host/shop?schema={schema}"))
    assert f"schema must be one of its own, not {schema}" in told


def test_a_server_that_is_away_is_told_in_a_sentence(run: Callable[..., Result]) -> None:
    assert "start the server" in failed(run("migrate", VWR_STORE="postgresql://127.0.0.1:1/x"))
