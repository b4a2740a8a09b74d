"""Every store does exactly what the rule in memory does, step by step, down to the last number."""

from pathlib import Path

import pytest

from tests.support.agreement import Walk
from tests.support.clock import Clock
from vwr_middleware.blocking import finish
from vwr_middleware.stores.memory import MemoryStore
from vwr_middleware.stores.opening import open_store


@pytest.fixture(params=["sqlite", "redis"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "redis":
        return f"{request.getfixturevalue('valkey_url')}?socket_timeout=5"
    return f"sqlite:///{tmp_path / 'vwr.sqlite3'}"


@pytest.mark.parametrize("seed", range(8))
def test_a_store_gives_the_answers_of_the_rule_in_memory(
    other_url: str, seed: int, clock: Clock
) -> None:
    other = open_store(other_url, clock=clock)
    try:
        Walk(seed, clock, [MemoryStore(clock), other]).run(250)
    finally:
        finish(other.close())
