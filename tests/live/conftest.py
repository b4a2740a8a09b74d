"""A store that fails, for workers that really run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.failing_valkey import FailingValkey, failing_valkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[FailingValkey]:
    """The store of these workers alone."""
    with failing_valkey(tmp_path) as server:
        yield server
