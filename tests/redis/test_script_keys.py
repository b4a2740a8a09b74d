"""Each script is given all keys that it touches, as servers of some makers require."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from tests.support.agreement import Walk
from tests.support.clock import Clock
from tests.support.declared_keys import declared_keys_only, steps_among
from vwr_middleware.blocking import finish
from vwr_middleware.errors import StoreUnavailable
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.stores.redis import RedisStore
from vwr_middleware.stores.redis.reasons import RIGHTS
from vwr_middleware.stores.redis.scripts import steps


@pytest.fixture
def ran(patient_url: str) -> Iterator[set[str]]:
    with declared_keys_only() as ran:
        yield ran


@pytest.fixture
def store(ran: set[str], patient_url: str, clock: Clock) -> Iterator[RedisStore]:
    store = RedisStore(patient_url, clock=clock)
    yield store
    finish(store.close())


def test_no_script_touches_a_key_that_it_does_not_declare(
    ran: set[str], store: RedisStore, clock: Clock
) -> None:
    walk = Walk(3, clock, [MemoryStore(clock), store])
    walk.run(200)
    for step in (
        *[walk.advance] * 20,
        walk.reset,
        walk.restore,
        walk.crowd,
        walk.fall_back,
        walk.record,
        walk.history,
    ):
        step()
    for count in range(9):
        assert finish(store.attempt("192.0.2.1", "192.0.2.0/24")) >= 0
        finish(store.post(f"worker {count}", "{}"))
    finish(store.forgive("192.0.2.1", "192.0.2.0/24"))
    finish(store.sign_out("one"))
    assert finish(store.is_signed_out("one", clock()))
    assert finish(store.use_once("one", clock() + 60)) == 0
    assert finish(store.uses("one")) == 1
    assert finish(store.note_done("main", "alarm", "on", "taken up", who="anna")) == 1
    assert finish(store.exchange("one", "text", 0)) == (1, "text")
    assert finish(store.secret("main", "fresh")) == "fresh"
    assert finish(store.check()) == []
    assert steps_among(ran) == steps()


def test_a_key_that_is_not_declared_is_refused(store: RedisStore) -> None:
    text = "return redis.call('GET', KEYS[1] .. ':more')"

    async def ask(*keys: str) -> None:
        await store._link.answer(lambda client: client.eval(text, len(keys), *keys))

    finish(ask("{vwr:main}", "{vwr:main}:more"))
    with pytest.raises(StoreUnavailable) as refused:
        finish(ask("{vwr:main}"))
    assert refused.value.fix == RIGHTS


def test_no_script_makes_the_name_of_a_key() -> None:
    for path in files("vwr_middleware.stores").joinpath("lua").iterdir():
        text = re.sub("--.*", "", path.read_text())
        assert not re.search(r"\bKEYS?\b[^\n,)]*\.\.", text), path.name
