"""An issuer on a server of its own, as it is at first."""

from collections.abc import Iterator

import pytest

from tests.support.issuer import Issuer, serving_issuer


@pytest.fixture(scope="session")
def one_issuer() -> Iterator[Issuer]:
    with serving_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(one_issuer: Issuer) -> Iterator[Issuer]:
    one_issuer.__init__(one_issuer.url)  # type: ignore[misc]  # as it was at first
    one_issuer.may_answer.set()
    yield one_issuer
    one_issuer.may_answer.set()
