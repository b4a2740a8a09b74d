"""`STORE: "django"`: the store is where DATABASES says that the project's data is."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db.utils import ConnectionHandler
from django.test.utils import setup_test_environment, teardown_test_environment
from psycopg import connect
from psycopg.conninfo import conninfo_to_dict

from tests.support.django_project import browsers, project
from vwr_middleware.django import databases
from vwr_middleware.django.databases import store_of
from vwr_middleware.django.settings import read_settings
from vwr_middleware.errors import ConfigurationError
from vwr_middleware.stores.postgres.urls import read_url

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
SQLITE = {"ENGINE": "django.db.backends.sqlite3"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets DATABASES, which Django reads only once."""

    def set_databases(**by_alias: dict[str, Any]) -> None:
        monkeypatch.setattr(databases, "connections", ConnectionHandler(by_alias))

    return set_databases


def words_of(name: str) -> dict[str, Any]:
    """The parameters with which the store connects."""
    target = read_url(str(store_of(name)))
    ours = ("client_encoding", "fallback_application_name")
    words = conninfo_to_dict(target.conninfo)
    return {word: value for word, value in words.items() if word not in ours}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, {"dbname": "shop"}),
        (
            {"USER": "d@n", "PASSWORD": "p:/ä?#%@ +", "HOST": "db.example", "PORT": 5433},
            {
                **{"user": "d@n", "password": "p:/ä?#%@ +"},
                **{"dbname": "shop", "host": "db.example", "port": "5433"},
            },
        ),
        (
            {"HOST": "/var/run/postgresql", "NAME": "a shop"},
            {"host": "/var/run/postgresql", "dbname": "a shop"},
        ),
        (
            {"HOST": "one,two", "PORT": "1,2", "OPTIONS": {"target_session_attrs": "primary"}},
            {"dbname": "shop", "host": "one,two", "port": "1,2", "target_session_attrs": "primary"},
        ),
        ({"NAME": "", "OPTIONS": {"service": "shop"}}, {"service": "shop"}),
        ({"NAME": None}, {"dbname": "postgres"}),
        (
            {
                "OPTIONS": {
                    **{"sslmode": "verify-full", "sslrootcert": Path("/etc/a ca.pem")},
                    **{"connect_timeout": 3, "keepalives": True, "pool": {"min_size": 2}},
                    **{"isolation_level": 4, "assume_role": "shop", "options": "-c work_mem=1MB"},
                    **{"server_side_binding": True, "prepare_threshold": None},
                }
            },
            {
                **{"dbname": "shop", "sslmode": "verify-full", "sslrootcert": "/etc/a ca.pem"},
                **{"connect_timeout": "3", "keepalives": "1"},
                "options": "-c work_mem=1MB -c role=shop",
            },
        ),
    ],
)
def test_the_parameters_of_a_database_are_those_of_the_store(
    told: Any, given: dict[str, Any], words: dict[str, Any]
) -> None:
    told(default={**POSTGRES, **given})
    assert words_of("django") == words


def test_rooms_of_a_project_are_kept_in_its_database(
    told: Any, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = conninfo_to_dict(postgres_url)
    where = {"HOST": server["host"], "PORT": server["port"], "USER": server["user"]}
    told(default={**POSTGRES, **where, "NAME": server["dbname"]})
    with project(VWR_STORE="django?socket_timeout=10", VWR_NAMESPACE="shop"):
        assert not [message for message in run_checks() if str(message.id).startswith("vwr.")]
        assert browsers(1)[0].get("/tickets").status_code == 200
        for words in (("check",), ("status", "main"), ("store", "migrate")):
            call_command("vwr", *words)
    printed = capsys.readouterr().out
    assert "no problems found in the configuration or the store (rooms: main" in printed
    assert "the store is the schema vwr, version 1, of the database postgres in Postgre" in printed
    assert "1 entered" in printed
    assert "was up to date: the schema vwr, version 1" in printed
    with connect(postgres_url) as client:
        names = client.execute("SELECT name FROM vwr.rooms").fetchall()
    assert ("shop/main",) in names


def test_another_database_and_a_schema_can_be_named(told: Any) -> None:
    told(default={**SQLITE, "NAME": "x"}, queues={**POSTGRES, "NAME": "queues"})
    assert words_of("django:queues") == {"dbname": "queues"}
    url = str(store_of("django:queues?schema=shop&socket_timeout=0.2"))
    target = read_url(url)
    assert (target.database, target.schema, target.patience) == ("queues", "shop", 0.2)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("/srv/a shop/db.sqlite3", "sqlite:////srv/a%20shop/vwr.sqlite3"),
        (Path("/srv/shop/db.sqlite3"), "sqlite:////srv/shop/vwr.sqlite3"),
        ("file:/srv/shop/db.sqlite3?cache=private", "sqlite:////srv/shop/vwr.sqlite3"),
        (":memory:", "memory://"),
        ("file:memorydb_default?mode=memory&cache=shared", "memory://"),
    ],
)
def test_beside_a_file_of_the_project_the_store_has_a_file_of_its_own(
    told: Any, name: str | Path, url: str
) -> None:
    told(default={**SQLITE, "NAME": name})
    assert store_of("django") == store_of("django?schema=shop") == url


def test_tests_of_a_project_keep_rooms_in_memory(told: Any) -> None:
    told(default=POSTGRES, file={**SQLITE, "NAME": "/srv/db.sqlite3"})
    before = store_of("django"), store_of("django:file")
    setup_test_environment()
    try:
        assert store_of("django?schema=shop") == store_of("django:file") == "memory://"
        with pytest.raises(ConfigurationError, match="name one of 'default', 'file'"):
            store_of("django:other")
    finally:
        teardown_test_environment()
    assert (store_of("django"), store_of("django:file")) == before


@pytest.mark.parametrize("url", ["sqlite:///a", "redis://django:x@host", "memory://", None, 3])
def test_whatever_else_a_store_is_stays_as_it_is(url: object) -> None:
    assert store_of(url) == url


def test_a_database_that_can_be_no_store_is_told_with_all_other_problems(told: Any) -> None:
    told(
        default={**POSTGRES},
        dummy={"ENGINE": "django.db.backends.dummy"},
        odd={"ENGINE": "shop.backend"},
    )
    for store, problem in {
        "django:other": "DATABASES has no 'other': name one of 'default', 'dummy', 'odd'",
        "django:dummy": "DATABASES['dummy'] is unknown, where no room can be kept",
        "django:odd": "DATABASES['odd'] cannot be used: 'shop.backend' isn't an available",
    }.items():
        with project(VWR_STORE=store, VWR_MAX_ACTIV=3):
            with pytest.raises(ConfigurationError) as caught:
                read_settings()
            both = " ".join(caught.value.problems)
            assert problem in both and "did you mean" in both
            messages = [message.msg for message in run_checks() if message.id == "vwr.E001"]
            assert any(problem in message for message in messages)
