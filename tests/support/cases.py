"""Cases of a test, of which a usual run tries some."""

from collections.abc import Container, Iterable
from typing import Any

import pytest


def cases(every: Iterable[Any], usual: Container[Any], longer: Container[Any] = ()) -> list[Any]:
    """Every case, in its order. Some of those that are not usual `make long` tries, and the others
    `make thorough` alone."""
    return [
        case if case in usual else in_long(case) if case in longer else rare(case) for case in every
    ]


def rare(*case: Any) -> Any:
    """A case that `make thorough` alone tries."""
    return pytest.param(*case, marks=pytest.mark.thorough)


def in_long(*case: Any) -> Any:
    """A case that `make long` tries, since it takes the processor for long."""
    return pytest.param(*case, marks=pytest.mark.long)
