"""The scripts as a worker reads them."""

from itertools import combinations_with_replacement
from random import Random
from typing import Any

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


def test_bits_are_counted_by_bytes_where_a_server_counts_no_bits(server: Any) -> None:
    bits = scripts._texts()["bits"]
    counted = "return line.count_in_bytes(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))"
    text = scripts._with_used_functions(f"local line = {{}}\n{bits}\n{counted}")
    server.set("bits", bytes(Random(1).choices(range(256), k=3)))
    for first, last in combinations_with_replacement(range(28), 2):  # also behind the end
        by_bits = server.bitcount("bits", first, last, "BIT")
        assert server.eval(text, 1, "bits", first, last) == by_bits, (first, last)
