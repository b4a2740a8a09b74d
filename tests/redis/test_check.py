"""What vwr check and a worker's log say of a server that cannot be a store."""

import asyncio
import re
import shutil
import time
from pathlib import Path
from time import monotonic
from typing import Any, cast

import pytest
from redis.exceptions import ConnectionError, ResponseError

from tests.support.faults import fault
from tests.support.problems import problems_of_redis
from tests.support.readme import DOCS
from tests.support.rooms import config
from tests.support.valkey import valkey_node
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.line.messages import Ask
from vwr_middleware.stores.redis import RedisStore
from vwr_middleware.stores.redis.check import _problems_told, problems_of
from vwr_middleware.stores.redis.link import Link
from vwr_middleware.stores.redis.reasons import RELEASES, unavailable
from vwr_middleware.worker.circuit_breaker import Breaker


def test_a_good_server_has_no_problems(own: tuple[int, Any]) -> None:
    port, _ = own
    assert problems_of_redis(f"redis://127.0.0.1:{port}") == []

    async def check() -> list[str]:
        url = f"redis://127.0.0.1:{port}?socket_timeout=2"
        return await RedisStore(url, blocking=False).check()

    assert asyncio.run(check()) == []


@fault(
    "A store that would lose rooms: it may evict keys, is a replica, or on a network drive",
    new="Nobody has come yet: it is said at the start and by `vwr check`, with the fix.",
)
def test_a_server_that_may_throw_rooms_away_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.config_set("maxmemory-policy", "allkeys-lru")
    url = f"redis://127.0.0.1:{port}"
    assert problems_of_redis(url) == [], "without a limit nothing is thrown away"
    client.config_set("maxmemory", "100mb")
    for policy in ("allkeys-lru", "volatile-ttl"):  # all keys of a room have an end
        client.config_set("maxmemory-policy", policy)
        (problem,) = problems_of_redis(url)
        assert policy in problem and "set maxmemory-policy noeviction" in problem


@fault(
    "A store that would lose rooms: it may evict keys, is a replica, or on a network drive",
)
def test_a_replica_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.replicaof("127.0.0.1", port)
    (problem,) = problems_of_redis(f"redis://127.0.0.1:{port}")
    assert "name the primary" in problem


@pytest.mark.parametrize(
    ("rules", "fix"),
    [
        ("+@all -eval -evalsha ~*", "allow this user EVAL"),
        ("+@all -evalsha ~*", "allow this user EVAL, EVALSHA"),
        ("+@all ~elsewhere:*", "the namespace's keys"),
        ("+@all -info ~*", "allow this user INFO"),
        ("+@all ~{vwr:*", "the namespace's keys: +@scripting"),
        ("+@all ~{vwr}:*", "~{vwr}:* ~{vwr:*"),
        ("+@all ~{vwr}:probe ~{vwr:probe}", "~{vwr}:* ~{vwr:*"),
        ("+eval +evalsha +info ~*", "the commands that the scripts call"),
        ("+@all -@write ~*", "+@write"),
        ("+@all -time ~*", "+time"),
    ],
)
def test_a_user_who_may_not_is_a_problem(own: tuple[int, Any], rules: str, fix: str) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">hush", *rules.split())
    (problem,) = problems_of_redis(f"redis://shop:hush@127.0.0.1:{port}")
    assert fix in problem
    assert "hush" not in problem


def test_what_a_user_may_not_before_anything_is_asked_is_named(own: tuple[int, Any]) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">hush", *rights_of_the_recipe())
    (problem,) = problems_of_redis(f"redis://shop:hush@127.0.0.1:{port}/1")
    assert problem.endswith("allow this user SELECT")
    client.execute_command("ACL", "SETUSER", "shop", "+select")
    assert problems_of_redis(f"redis://shop:hush@127.0.0.1:{port}/1") == []


def rights_of_the_recipe() -> list[str]:
    """What the documentation says that a user must be allowed."""
    (rule,) = re.findall(r"`ACL SETUSER shop on >password (.*)`", (DOCS / "stores.md").read_text())
    return str(rule).split()


def test_a_user_with_the_rights_of_the_recipe_can_do_all(own: tuple[int, Any]) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">hush", *rights_of_the_recipe())
    url = f"redis://shop:hush@127.0.0.1:{port}"
    assert problems_of_redis(url) == []
    store = RedisStore(f"{url}?socket_timeout=5")
    finish(store.refresh([Ask("main", config())]))
    (turn,) = finish(store.join("main", ["place"]))
    assert turn.verdict == "entered"
    assert finish(store.post("worker", "{}")) == {"worker": "{}"}
    assert finish(store.attempt("203.0.113.7")) == 0
    finish(store.close())


@pytest.mark.parametrize(
    ("refusing", "fix"),
    [
        ("CONFIG SET maxmemory 1", "more memory"),
        ("CONFIG SET min-replicas-to-write 1", "replicas back"),
        ("BGSAVE", "space on the server's disk"),
    ],
)
def test_a_server_that_writes_nothing_at_the_moment_is_a_problem_and_no_question_of_rights(
    own: tuple[int, Any], tmp_path: Path, refusing: str, fix: str
) -> None:
    port, client = own
    shutil.rmtree(tmp_path)
    client.config_set("save", "3600 1")
    client.execute_command(*refusing.split())
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.01)
    (problem,) = problems_of_redis(f"redis://127.0.0.1:{port}")
    assert fix in problem
    assert "allow this user" not in problem


def test_a_server_with_too_many_clients_is_a_problem_of_its_own(own: tuple[int, Any]) -> None:
    port, client = own
    client.config_set("maxclients", 1)
    (problem,) = problems_of_redis(f"redis://127.0.0.1:{port}")
    assert problem.endswith("raise the server's maxclients, or connect fewer programs to it")


def test_a_wrong_password_is_a_problem(own: tuple[int, Any]) -> None:
    port, client = own
    client.execute_command("ACL", "SETUSER", "shop", "on", ">right", "+@all", "~*")
    (problem,) = problems_of_redis(f"redis://shop:hush@127.0.0.1:{port}")
    assert "correct the store's URL" in problem


@pytest.mark.parametrize("hidden", ["INFO", "EVAL", "EVALSHA", "TIME"])
def test_a_command_that_the_server_hides_is_no_question_of_rights(
    tmp_path: Path, hidden: str
) -> None:
    with valkey_node(tmp_path, config=f'rename-command {hidden} ""\n') as port:
        (problem,) = problems_of_redis(f"redis://127.0.0.1:{port}")
        assert problem.endswith(
            "remove the rename-command that hides it from the server's configuration"
        )
        assert "with args" not in problem


@pytest.mark.parametrize(
    ("refusing", "fix"),
    [
        ("REPLICAOF 127.0.0.1 1", "name the primary in the store's URL"),
        ("ACL SETUSER default -@scripting", "the rights that `vwr check` names"),
        ("ACL SETUSER default -@write", "the rights that `vwr check` names"),
        ("CONFIG SET requirepass other", "correct the store's URL"),
        ("CONFIG SET min-replicas-to-write 1", "or lower its min-replicas-to-write"),
    ],
)
def test_the_log_of_a_worker_says_what_to_do_about_a_refusal(
    own: tuple[int, Any], caplog: pytest.LogCaptureFixture, refusing: str, fix: str
) -> None:
    port, client = own
    client.execute_command(*refusing.split())
    store = RedisStore(f"redis://127.0.0.1:{port}?socket_timeout=5")
    with pytest.raises(StoreUnavailable):
        finish(Breaker(monotonic).ask(lambda: store.refresh([Ask("main", config())])))
    finish(store.close())
    (record,) = caplog.records
    assert record.getMessage().endswith(fix)


def test_a_server_that_stops_is_unavailable_and_then_a_problem(tmp_path: Path) -> None:
    with valkey_node(tmp_path) as port:
        store = RedisStore(f"redis://127.0.0.1:{port}?socket_timeout=5")
        finish(store.refresh([Ask("main", config())]))
    with pytest.raises(StoreUnavailable):
        finish(store.join("main", ["place"]))
    (problem,) = finish(store.check())
    assert "start the server" in problem
    finish(store.close())


class Cut:
    """A link that brings one answer, and then this error."""

    def __init__(self, error: Exception) -> None:
        self.answers, self.error = [{"redis_version": "7.2.4"}], error

    async def answer(self, call: Any) -> Any:
        if self.answers:
            return self.answers.pop()
        raise unavailable(self.error, 0.05) from self.error


def test_a_server_without_the_libraries_of_scripts_is_no_damaged_room() -> None:
    told = ResponseError("user_script:3: attempt to index global 'struct' (a nil value)")
    assert unavailable(told, 0.05, key="{vwr:main}").fix == RELEASES


@pytest.mark.parametrize(
    "hung_up", [ConnectionError("Connection closed by server."), TimeoutError()]
)
def test_a_server_that_hangs_up_in_between_refuses_no_rights(hung_up: Exception) -> None:
    (problem,) = finish(problems_of(cast(Link, Cut(hung_up)), ["{vwr}:probe"], 0.05))
    assert "start the server" in problem
    assert "allow this user" not in problem


@pytest.mark.parametrize(
    "told",
    [
        "Error running script (call to f_57): @user_script:2: user_script:2: attempt to call a nil "
        "value (field 'set_repl')",
        "Error running script (call to f_57): @user_script:2: script tried accessing undeclared "
        "key",
        "scripting must be enabled first",
        "user_script:3: Script attempted to access nonexistent global variable 'struct'",
        "user_script:3: a mistake of ours script: on @user_script:3.",
    ],
)
def test_a_server_that_only_speaks_like_redis_is_no_question_of_rights(told: str) -> None:
    link = cast(Link, Cut(ResponseError(told)))
    (problem,) = finish(problems_of(link, ["{vwr}:probe"], 0.05))
    assert told.removeprefix("Error running script (call to f_57): @user_script:2: ") in problem
    assert problem.endswith("use Redis 6.2 or Valkey 7.2, or later")


@pytest.mark.parametrize(
    ("told", "fix"),
    [
        (
            "Error 1 connecting to cache:6379. [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
            "failed: certificate has expired (_ssl.c:1006).",
            "give the server a valid certificate",
        ),
        (
            "Error 1 connecting to cache:6379. [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
            "failed: self-signed certificate (_ssl.c:1006).",
            "ssl_cert_reqs=none",
        ),
        (
            "Error 1 while writing to socket. [SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert"
            " certificate required (_ssl.c:2580).",
            "ssl_certfile",
        ),
        ("Error 5 while writing to socket. [SYS] unknown error (_ssl.c:2427).", "ssl_certfile"),
        ("Error 2 connecting to cache:6379. No such file or directory.", "correct the files"),
        (
            "Error 136 connecting to cache:6379. [X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate"
            " or crl found (_ssl.c:4154).",
            "correct the files",
        ),
        ("Error 13 connecting to /run/valkey.sock. Permission denied.", "write to the socket"),
        ("Attempted to access a non local key in a cluster node", "wait until this slot"),
        (
            "Unable to execute command 'exists' in script because undeclared keys were accessed "
            "during rehashing of the slot",
            "wait until this slot",
        ),
        ("Multiple keys request during rehashing of slot", "wait until this slot"),
        ("The user executing the script can't run this command", "the rights that `vwr check`"),
        ("Protocol error: unauthenticated multibulk length", "correct the store's URL"),
        ("Error 13 connecting to 10.0.0.7:6379. Permission denied.", "let this process connect"),
        # Redis 6.2's, of BITCOUNT within a script, and of SET.
        (
            "Error running script (call to f_6a): @user_script:209: ERR syntax error",
            "use Redis 6.2",
        ),
        ("syntax error", "use Redis 6.2"),
    ],
)
def test_a_server_that_runs_and_cannot_be_reached_need_not_be_started(told: str, fix: str) -> None:
    assert fix in unavailable(ConnectionError(told), 0.05).fix


@pytest.mark.parametrize(
    ("version", "is_too_old"),
    [("5.0.7", True), ("6.0.16", True), ("6.2.0", False), ("10.0", False)],
)
def test_a_server_that_is_too_old_is_a_problem(version: str, is_too_old: bool) -> None:
    told = _problems_told({"redis_version": version})
    assert bool(told) == is_too_old
    assert all(f"Redis {version} is too old: use Redis 6.2" in problem for problem in told)
