"""The seed of a draw: derived, committed to, and mixed with what nobody knows before."""

from vwr_middleware.draw.seed import Seeds, commitment, is_committed, with_beacon
from vwr_middleware.keys import Keys

SEED = bytes(range(32))
ID = "00112233aabbccdd"


def seeds(*secrets: str, room_name: str = "main", namespace: str = "vwr") -> Seeds:
    return Seeds(Keys(secrets or ("first",), namespace), room_name)


def test_commitment_and_mixing_are_what_was_promised() -> None:
    assert commitment("main", 1, SEED) == (
        "81b525aa6410b29213a46f4f2b73382edfc173f9e24221601bfc2267e797c7ae"
    )
    assert with_beacon(SEED, None) == SEED
    assert with_beacon(SEED, "abc").hex() == (
        "bce826faa78fbaebf3c19ff01f8c53688010902234e9be7e21176b612b6d3872"
    )
    assert with_beacon(SEED, "bébé").hex() == (
        "29cd6860c29f392d1c33e81f7e6f437678c35d9e16e5d89a0d02e48fe0e4a4b5"
    )
    assert with_beacon(SEED, "") != SEED


def test_a_lost_store_loses_no_seed() -> None:
    assert seeds().seed(ID, 3) == seeds().seed(ID, 3)
    assert len(seeds().seed(ID, 3)) == 32


def test_each_draw_has_a_seed_of_its_own() -> None:
    found = {
        seeds().seed(ID, 3),
        seeds().seed(ID, 4),
        seeds().seed("0" * 16, 3),
        seeds("other").seed(ID, 3),
        seeds(room_name="side").seed(ID, 3),
        seeds(namespace="staging").seed(ID, 3),
    }
    assert len(found) == 6


def test_the_seed_is_found_after_the_secret_changed() -> None:
    shown = seeds("old").commitment(ID, 3)
    assert seeds("new", "old").committed(ID, 3, shown) == seeds("old").seed(ID, 3)
    assert seeds("new").committed(ID, 3, shown) is None


def test_a_seed_that_was_not_committed_is_seen() -> None:
    shown = seeds().commitment(ID, 3)
    seed = seeds().seed(ID, 3)
    assert is_committed("main", 3, seed, shown)
    assert not is_committed("main", 4, seed, shown)
    assert not is_committed("side", 3, seed, shown)
    assert not is_committed("main", 3, seeds("other").seed(ID, 3), shown)
    assert not is_committed("main", 3, seed, "not é digest")
