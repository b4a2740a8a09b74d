"""Marks of addresses: nobody can tell an address by its mark who does not know the secret."""

from vwr_middleware.keys import Keys
from vwr_middleware.papers.digests import Marks

ONE, OTHER = "a secret of these tests", "another secret of theirs"


def marks(*secrets: str, room: str = "main") -> Marks:
    return Marks(Keys(list(secrets), "vwr"), room)


def test_the_same_address_has_another_mark_in_each_room_and_under_each_secret() -> None:
    (here,) = marks(ONE).of("203.0.113.7")
    (there,) = marks(ONE, room="other").of("203.0.113.7")
    (later,) = marks(OTHER).of("203.0.113.7")
    assert len({here, there, later}) == 3
    assert marks(OTHER, ONE).of("203.0.113.7") == (later, here)


def test_a_visitor_who_changes_the_address_within_a_network_has_one_mark() -> None:
    of = marks(ONE).of
    assert of("2001:db8::1") == of("2001:db8::ffff") != of("2001:db8:0:1::1")
    assert of("203.0.113.7") == of("::ffff:203.0.113.7") != of("203.0.113.8")
    assert of("\udcff") and of("")
