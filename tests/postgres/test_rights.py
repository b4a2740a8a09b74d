"""Roles: one that makes the schema, one that only works in it, and one that may neither."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from tests.support.clock import Clock
from tests.support.postgres import PostgresServer
from tests.support.rooms import config
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask, Place
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres.rights import grants
from vwr_middleware.stores.postgres.schema import ARGUMENTS, quoted, statements
from vwr_middleware.worker.circuit_breaker import Breaker

#: Names that SQL takes only in quotes.
APP, SCHEMA = 'the "app"', 'the "rooms"'


@pytest.fixture
def owner(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """Who may do anything; what is made here is gone afterwards."""
    with postgres.connect() as owner:
        owner.execute(f"CREATE ROLE {quoted(APP)} LOGIN")
        yield owner
        owner.execute(f"DROP SCHEMA IF EXISTS {quoted(SCHEMA)} CASCADE")
        owner.execute(f"DROP OWNED BY {quoted(APP)}; DROP ROLE {quoted(APP)}")


@pytest.fixture
def app(postgres: PostgresServer, owner: object) -> Iterator[Store]:
    """The store of a worker that connects as the app's role."""
    user, rest = f"{quote(APP)}@", postgres.url.partition("@")[2]
    store = open_store(f"postgresql://{user}{rest}&schema={quote(SCHEMA)}&socket_timeout=10")
    yield store
    finish(store.close())


def make(owner: psycopg.Connection[Any]) -> None:
    for statement in (*statements(SCHEMA), *grants(SCHEMA, APP)):
        owner.execute(statement)


def use(store: Store) -> None:
    """All that needs a right: rows and bits are read, made, changed and removed."""
    finish(store.refresh([Ask("main", config(max_active=1))]))
    finish(store.join("main", ["place", "place", "place"]))
    finish(store.end("main", "1-1", "completed"))
    finish(store.leave("main", Place(1, 3)))
    finish(store.reset("main"))
    finish(store.post("worker", "{}"))
    assert finish(store.attempt("192.0.2.1")) == 0
    finish(store.forgive("192.0.2.1"))


def test_a_role_that_may_make_nothing_works_in_what_the_owner_has_made(
    owner: psycopg.Connection[Any], app: Store
) -> None:
    make(owner)
    assert finish(app.check()) == []
    use(app)


def test_a_role_may_make_all_of_it_in_an_empty_schema_of_its_own(
    owner: psycopg.Connection[Any], app: Store
) -> None:
    owner.execute(f"CREATE SCHEMA {quoted(SCHEMA)} AUTHORIZATION {quoted(APP)}")
    assert finish(app.check()) == []
    use(app)


def test_the_owner_of_the_schema_may_run_what_is_printed(
    owner: psycopg.Connection[Any], app: Store
) -> None:
    owner.execute(f"CREATE SCHEMA {quoted(SCHEMA)} AUTHORIZATION {quoted(APP)}")
    owner.execute(f"SET ROLE {quoted(APP)}")
    make(owner)
    owner.execute("RESET ROLE")
    use(app)


def test_a_role_that_may_not_make_the_schema_is_told_both_ways_out(app: Store) -> None:
    (problem,) = finish(app.check())
    assert f"the schema {SCHEMA} is missing in postgres, and {APP} may not make it" in problem
    assert f'GRANT CREATE ON DATABASE "postgres" TO {quoted(APP)}' in problem
    assert f"`vwr store sql --role {quoted(APP)}`" in problem
    with pytest.raises(StoreUnavailable) as refused:
        finish(app.refresh([Ask("main", config())]))
    assert problem == f"store: {refused.value.told}"


def test_a_role_that_may_is_granted_it_and_makes_the_schema(
    owner: psycopg.Connection[Any], app: Store
) -> None:
    (problem,) = finish(app.check())
    owner.execute(problem.partition("run ")[2].partition(", or the")[0])
    assert finish(app.check()) == []
    use(app)
    owner.execute(f"REVOKE CREATE ON DATABASE postgres FROM {quoted(APP)}")


@pytest.mark.parametrize(
    ("revoked", "granted"),
    [
        ("UPDATE ON {}.rooms", ["UPDATE ON TABLE {}.rooms"]),
        ("SELECT ON {}.release", ["SELECT ON TABLE {}.release"]),
        ("INSERT, DELETE ON {}.bits", ["INSERT ON TABLE {}.bits", "DELETE ON TABLE {}.bits"]),
        ("USAGE ON SCHEMA {}", ["USAGE ON SCHEMA {}"]),
        ("ALL ON FUNCTION {}.tidy_1", ["EXECUTE ON FUNCTION {}.tidy_1()"]),
        ("ALL ON FUNCTION {}.step_1", ["EXECUTE ON FUNCTION {}.step_1(" + ARGUMENTS + ")"]),
    ],
)
def test_a_missing_right_is_named_by_the_statement_that_gives_it(
    owner: psycopg.Connection[Any], app: Store, revoked: str, granted: list[str]
) -> None:
    make(owner)
    use(app)
    for role in ("PUBLIC", quoted(APP)):
        owner.execute(f"REVOKE {revoked.format(quoted(SCHEMA))} FROM {role}")
    statements = [f"GRANT {right.format(quoted(SCHEMA))} TO {quoted(APP)}" for right in granted]
    found = finish(app.check())
    assert found == [f"store: {APP} lacks rights: {statement}" for statement in statements]
    if "release" not in revoked and "tidy" not in revoked:  # of which few steps have need
        with pytest.raises(StoreUnavailable, match=f"denied, {APP} lacks rights") as refused:
            use(app)
        assert refused.value.fix == "; ".join(statements)
    for statement in statements:
        owner.execute(statement)
    assert finish(app.check()) == []
    use(app)


def test_an_app_whose_role_lacks_a_right_logs_the_statement_and_needs_no_restart(
    owner: psycopg.Connection[Any], app: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    make(owner)
    owner.execute(f"REVOKE UPDATE ON {quoted(SCHEMA)}.rooms FROM {quoted(APP)}")
    breaker = Breaker(clock)
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            finish(breaker.ask(lambda: app.refresh([Ask("main", config())])))
    (line,) = [record.getMessage() for record in caplog.records]
    statement = f"GRANT UPDATE ON TABLE {quoted(SCHEMA)}.rooms TO {quoted(APP)}"
    assert line.endswith(f"{APP} lacks rights to the schema {SCHEMA}: {statement}")
    owner.execute(statement)
    clock.pass_by(5)
    assert finish(breaker.ask(lambda: app.refresh([Ask("main", config())])))[0].queue == 0
