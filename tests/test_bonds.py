"""What binds a session to the network where it began."""

from dataclasses import replace

import pytest

from tests.support.requests import PlainRequest
from tests.support.tokens import KEYS, TOKEN
from vwr_middleware.gate.bonds import Bonds
from vwr_middleware.papers.marks import Marks

HOME, TRAIN = (PlainRequest(client=address) for address in ("203.0.113.7", "198.51.100.1"))


def bonds(*, bind: bool) -> Bonds:
    return Bonds(Marks(KEYS, "main"), 0, bind=bind)


def test_where_nothing_is_bound_no_network_has_a_mark() -> None:
    assert len(bonds(bind=True).marks(HOME)) == 2, "one for each secret"
    assert bonds(bind=False).marks(HOME) == ()


@pytest.mark.parametrize("which", [0, 1])
def test_a_token_is_locked_out_of_other_networks_only(which: int) -> None:
    bound = bonds(bind=True)
    token = replace(TOKEN, mark=bound.marks(HOME)[which])
    assert [bound.lock_out(request, token) for request in (HOME, TRAIN)] == [False, True]
    assert not bonds(bind=False).lock_out(TRAIN, token), "sessions are not bound any more"
    assert not bound.lock_out(TRAIN, TOKEN), "it began before sessions were bound"
