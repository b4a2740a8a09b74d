"""Digests of who people are."""

import re

from vwr_middleware.keys import Keys
from vwr_middleware.papers.digests import Identities

SECRET = "a secret of this site"


def of(who: str, secret: str = SECRET, namespace: str = "vwr", room: str = "main") -> str:
    return Identities(Keys([secret], namespace), room).of(who)


def test_a_digest_is_the_same_at_each_worker_and_another_for_everybody_else() -> None:
    assert of("ann@shop.example") == of("ann@shop.example")
    assert re.fullmatch(r"[0-9a-f]{16}", of("ann@shop.example"))
    assert len({of(who) for who in ("ann", "Ann", "ann ", "7", "\udcff", "x" * 10**6)}) == 6


def test_nobody_without_the_secret_can_tell_whose_it_is() -> None:
    others = {
        of("ann"),
        of("ann", secret="another secret of it"),
        of("ann", namespace="staging"),
        of("ann", room="other"),
    }
    assert len(others) == 4


def test_while_there_are_several_secrets_there_is_a_digest_by_each_the_newest_first() -> None:
    both = Identities(Keys(["another secret of it", SECRET], "vwr"), "main")
    assert both.of("ann") == f"{of('ann', secret='another secret of it')},{of('ann')}"
    assert both.of("ann", "!") == f"!{of('ann', secret='another secret of it')},!{of('ann')}"
