"""What is told of a server that cannot be the store: one clear error, with the fix."""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.support.postgres import PostgresServer, postgres_server
from tests.support.rooms import config
from tests.support.servers import ROOT
from vwr_middleware.blocking import finish
from vwr_middleware.errors import ConfigurationError, StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores import Store
from vwr_middleware.stores.opening import open_store
from vwr_middleware.stores.postgres import link
from vwr_middleware.stores.postgres.schema import VERSION, statements

LIMITED = "visitor"


def opened(url: str) -> Store:
    return open_store(f"{url}{'&' if '?' in url else '?'}socket_timeout=5")


def problems(url: str) -> list[str]:
    """What `vwr check` says."""
    store = opened(url)
    try:
        return finish(store.check())
    finally:
        finish(store.close())


def told(url: str) -> str:
    """What a worker logs at its first reading."""
    store = opened(url)
    with pytest.raises(StoreUnavailable) as caught:
        finish(store.refresh([Ask("main", config())]))
    finish(store.close())
    return caught.value.told


@pytest.fixture(scope="module")
def guarded() -> Iterator[PostgresServer]:
    """A server that asks for passwords, where one user has few rights."""
    with postgres_server() as server:
        (server.folder / "data/pg_hba.conf").write_text(
            "local all vwr trust\nlocal all all scram-sha-256\nhost all all all scram-sha-256\n"
        )
        with server.connect() as client:
            client.execute("SELECT pg_reload_conf()")
            client.execute("SET password_encryption = 'scram-sha-256'")  # PostgreSQL 13 had another
            client.execute(f"CREATE ROLE {LIMITED} LOGIN PASSWORD 'right'")
        yield server


def as_limited(server: PostgresServer, password: str = "right", database: str = "postgres") -> str:
    host = quote(str(server.folder), safe="")
    return f"postgresql://{LIMITED}:{password}@/{database}?host={host}&port={server.port}"


def test_a_wrong_password_is_told_with_its_fix(guarded: PostgresServer) -> None:
    fix = 'password authentication failed for user "visitor": correct the password'
    url = as_limited(guarded, "wrong")
    assert fix in told(url)
    (problem,) = problems(url)
    assert fix in problem
    assert "wrong" not in problem


def test_a_wrong_user_and_a_wrong_database_are_told(guarded: PostgresServer) -> None:
    # The server tells nobody whether there is such a user.
    assert "correct the password" in told(as_limited(guarded).replace(LIMITED, "nobody-here"))
    missing = guarded.url.replace("/postgres?", "/shop?")
    assert 'database "shop" does not exist: correct the database' in told(missing)
    assert 'database "shop" does not exist: correct the database' in problems(missing)[0]


def test_nobody_there_is_told(guarded: PostgresServer) -> None:
    assert "start the server, or correct the store's URL" in told(
        "postgresql://vwr@127.0.0.1:1/postgres"
    )


def test_a_user_that_may_not_make_the_schema_is_told_how_it_is_made(
    guarded: PostgresServer,
) -> None:
    url = f"{as_limited(guarded)}&schema=none"
    assert "the schema none is missing" in told(url)
    (problem,) = problems(url)
    assert "the schema none is missing in postgres, and visitor may not make it" in problem
    assert "vwr store sql" in problem


def test_each_right_that_is_missing_is_told_and_those_named_are_enough(
    guarded: PostgresServer,
) -> None:
    url = f"{as_limited(guarded)}&schema=rights"
    with guarded.connect() as client:
        for statement in statements("rights"):
            client.execute(statement)
        found = problems(url)
        assert any("GRANT USAGE ON SCHEMA" in problem for problem in found)
        assert any('GRANT UPDATE ON TABLE "rights".rooms' in problem for problem in found)
        assert "permission denied" in told(url)
        for problem in found:
            client.execute(problem.partition("lacks rights: ")[2])
    assert problems(url) == []
    store = opened(url)
    assert finish(store.refresh([Ask("main", config())]))[0].queue == 0
    finish(store.close())


def test_a_schema_of_a_later_release_is_left_alone(guarded: PostgresServer) -> None:
    url = f"{guarded.url}&schema=later"
    with guarded.connect() as client:
        for statement in statements("later"):
            client.execute(statement)
        client.execute("DROP FUNCTION later.step_1")
        later = VERSION + 1
        client.execute("UPDATE later.release SET number = %s, works_from = %s", (later, later))
        wanted = "has version 2: it was made by a later release of vwr_middleware"
        assert wanted in told(url)
        assert wanted in problems(url)[0]
        client.execute("UPDATE later.release SET works_from = %s", (VERSION,))
    assert problems(url) == []  # it keeps what this release needs, or lets it be made again


def test_an_old_server_is_told(guarded: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "OLDEST", 990000)
    assert "is too old: use PostgreSQL 13 or later" in told(guarded.url)
    assert "is too old: use PostgreSQL 13 or later" in problems(guarded.url)[0]


def test_a_server_that_is_far_away_is_told(guarded: PostgresServer) -> None:
    store = open_store(f"{guarded.url}&socket_timeout=0.000001")
    assert "?socket_timeout=0.2 to the store's URL" in finish(store.check())[0]
    finish(store.close())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://host/db?socket_timeout=0", "socket_timeout must be a number of seconds"),
        ("postgresql://host/db?socket_timeout=soon", "could not convert"),
        ("postgresql://user:se#cret@host/db?nonsense=1", "it cannot be read"),
        ("postgresql://user:secret@host/db?schema=", "schema must be a name"),
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(url)
    assert reason in str(caught.value)
    assert "cret" not in str(caught.value)


def test_a_missing_driver_is_told_with_what_installs_it() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from vwr_middleware.stores.opening import place_problems\n"
        "print(place_problems('postgresql://host/db'))"
    )
    told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert 'needs psycopg: pip install "vwr-middleware[postgres]"' in told
