"""The scripts as a worker reads them."""

import pytest

from vwr_middleware.stores.redis import RedisStore, scripts


def test_a_worker_reads_no_script_of_the_release_that_replaces_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for made in (scripts.script, scripts._texts):
        made.cache_clear()
    RedisStore("redis://127.0.0.1:1/0")

    def gone(package: str) -> None:
        raise AssertionError("the files of another release are there by now")

    monkeypatch.setattr(scripts, "files", gone)
    assert "line" in scripts.script("knock").source
