"""The forms of a Redis store's URL."""

from traceback import format_exception
from typing import Any

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.stores.redis.urls import read_url


@pytest.mark.parametrize(
    ("url", "kind", "nodes", "options"),
    [
        ("redis://localhost/3", "single", (), {}),
        ("rediss://user:p%40ss@cache:6380", "single", (), {}),
        ("unix:///run/valkey.sock", "single", (), {}),
        (
            "redis+sentinel://me:p%40ss@one:1,two/shop/2",
            "sentinel",
            (("one", 1), ("two", 26379)),
            {"username": "me", "password": "p@ss", "db": 2},
        ),
        ("redis+sentinel://[::1]:7/shop", "sentinel", (("::1", 7),), {"db": 0}),
        (
            "rediss+cluster://:secret@one,two:7001",
            "cluster",
            (("one", 6379), ("two", 7001)),
            {"password": "secret", "ssl": True},
        ),
    ],
)
def test_a_url_is_taken_apart(url: str, kind: str, nodes: Any, options: dict[str, Any]) -> None:
    target = read_url(url)
    assert (target.kind, target.nodes, target.options) == (kind, nodes, options)


@pytest.mark.parametrize("options", ["socket_timeout=1", "timeout=2&max_connections=9", "db=3"])
def test_a_single_servers_url_takes_options(options: str) -> None:
    assert read_url(f"redis://localhost?{options}").kind == "single"


@pytest.mark.parametrize(
    "url",
    [
        "valkey://localhost",
        "redis://localhost?socket_timeout=soon",
        "redis://localhost?socket_timeout=0",
        "redis+cluster://localhost?socket_timeout=nan",
        "redis+sentinel://localhost/shop?socket_timeout=inf",
        "redis://localhost:port",
        "redis://:hush#hush@localhost",
        "redis://localhost/shop",
        "redis://user:1/hush@localhost",
        "unix://",
        "redis://localhost?colour=red",
        "rediss://localhost?ssl_cert_reqs=sometimes",
        "unix:///run/valkey.sock?colour=red",
        "redis+sentinel://:hush@localhost",
        "redis+sentinel://:hush@localhost/shop/two",
        "redis+cluster://:hush@localhost/3",
        "redis+cluster://:hush@one,,two",
        "redis+cluster://:hush@one?colour=red",
        "redis+cluster://user:hush/1@localhost",
        "redis+sentinel://user:1/hush/hush@localhost/shop",
    ],
)
def test_a_url_that_cannot_work_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_url(url)
    assert "hush" not in "".join(format_exception(refused.value))
    assert "hush" not in repr(read_url("redis+cluster://:hush@one"))


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hu/sh@localhost",
        "redis://:hu#sh@localhost",
        "redis://:hu?sh@localhost",
        "redis+sentinel://:hu/sh@one:26379/shop",
    ],
)
def test_signs_that_a_password_must_not_hold_are_told(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"in a password write .*%2F.*%3F"):
        read_url(url)
