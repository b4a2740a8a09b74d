"""Each cache of `examples/` is started once, with an app and rooms of its own behind it."""

import os
from collections.abc import Iterator

import pytest

from tests.support.caches import CACHES, PROGRAMS, Cached, cached


def _is_missing(name: str) -> bool:
    """Whether the tests of a cache are skipped: in CI, all must run."""
    return not ("CI" in os.environ or all(PROGRAMS[name]))


#: Each cache; those that are not there are skipped.
CACHE_PARAMS = [
    pytest.param(name, marks=pytest.mark.skipif(_is_missing(name), reason="not installed"))
    for name in CACHES
]


@pytest.fixture(scope="session", params=CACHE_PARAMS)
def started_cache(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cached]:
    """Each cache, with the configuration that people copy."""
    with cached(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def cache(started_cache: Cached) -> Iterator[Cached]:
    """The same, with a new room for each test."""
    started_cache.app.renew()
    yield started_cache
    started_cache.hang_up()
