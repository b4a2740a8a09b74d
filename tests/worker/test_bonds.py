"""What binds a session to the network where it began."""

from dataclasses import replace

import pytest

from tests.support.requests import PlainRequest
from tests.support.tokens import KEYS, TOKEN
from vwr_middleware.gate.room_papers import Papers
from vwr_middleware.settings import Settings
from vwr_middleware.worker.room_view import RoomView

HOME, TRAIN = (PlainRequest(client=address) for address in ("203.0.113.7", "198.51.100.1"))


def papers(*, bind: bool) -> Papers:
    settings = Settings(secret_key="a secret of the tests, long enough", paths="/", bind=bind)
    return Papers(settings, KEYS, RoomView(settings.rooms[0]))


def test_where_nothing_is_bound_no_network_has_a_mark() -> None:
    assert len(papers(bind=True).marks_of(HOME)) == 2, "one for each secret"
    assert papers(bind=False).marks_of(HOME) == ()


@pytest.mark.parametrize("which", [0, 1])
def test_a_token_is_locked_out_of_other_networks_only(which: int) -> None:
    bound, unbound = papers(bind=True), papers(bind=False)
    token = replace(TOKEN, mark=bound.marks_of(HOME)[which])
    assert [bound.is_bound_elsewhere(request, token) for request in (HOME, TRAIN)] == [False, True]
    assert not unbound.is_bound_elsewhere(TRAIN, token), "sessions are not bound any more"
    assert not bound.is_bound_elsewhere(TRAIN, TOKEN), "it began before sessions were bound"
