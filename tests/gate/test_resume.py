"""Resume codes as people type them, tickets of moved places, and what a worker knows of these."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous.encoding import base64_encode

from tests.support.clock import Clock
from tests.support.rooms import Room
from vwr_middleware.keys import Keys
from vwr_middleware.line.constants import DEVICES_MOST, GIVEN_UP
from vwr_middleware.line.place import Place
from vwr_middleware.papers.resume_codes import ALPHABET, LENGTH, ResumeCodes, written
from vwr_middleware.papers.tickets import MOVED_BODY, Ticket, Tickets
from vwr_middleware.papers.tokens import AccessToken, Tokens
from vwr_middleware.stores.memory.store import MemoryStore
from vwr_middleware.worker import devices
from vwr_middleware.worker.devices import Devices

KEYS = Keys(["a secret of these tests"], "vwr")
ROTATED = Keys(["a newer secret of theirs", "a secret of these tests"], "vwr")
TICKET = Ticket("0123456789abcdef", 3, 17, 1_800_000_000)

codes = ResumeCodes(KEYS, "main")


def test_a_code_has_sixty_bits_at_least() -> None:
    assert len(set(ALPHABET)) ** LENGTH >= 2**60
    assert len({codes.make() for _ in range(1000)}) == 1000
    assert set("".join(codes.make() for _ in range(1000))) == set(ALPHABET)


def test_every_letter_of_a_code_is_drawn_by_itself() -> None:
    asked: list[int] = []

    def draw(below: int) -> int:
        asked.append(below)
        return len(asked) % below

    assert ResumeCodes(KEYS, "main", draw).make() == "123456789ABC"
    assert asked == [32] * 12


@given(st.data())
def test_a_code_is_read_however_it_is_typed(data: st.DataObject) -> None:
    code = data.draw(st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\u2013", "\t"])) + data.draw(misread(letter))
        for letter in code
    )
    assert codes.read(typed) == code
    assert codes.read(written(code)) == code


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    "typed",
    [
        full_width("7q2k-9XWM-4htb") + "\u3000",
        full_width("7q2k") + "\u30fc" + full_width("9xwm") + "\u30fc" + full_width("4htb"),
        "\u0667Q\u0662K-\u06f9XWM-\u0664HTB",  # the digits of an Arabic and a Persian keyboard
        "\u200f7Q2K\u200b9XWM\u22124HTB\u200e\ufeff",  # copied, with marks that nobody sees
        "7Q2K.9XWM_4HTB.",
        "https://shop.example/vwr/main/resume?next=/tickets%3Fday%3D3#resume=7Q2K-9XWM-4HTB",
    ],
)
def test_a_code_is_read_from_every_keyboard(typed: str) -> None:
    assert codes.read(typed) == "7Q2K9XWM4HTB"


def misread(letter: str) -> st.SearchStrategy[str]:
    others = {"0": "oO", "1": "iIlL"}.get(letter, "")
    return st.sampled_from([letter, letter.lower(), *others])


@given(st.text(max_size=80))
def test_no_other_text_is_a_code(text: str) -> None:
    read = codes.read(text)
    assert read is None or (len(read) == LENGTH and set(read) <= set(ALPHABET))


def test_a_store_sees_hashes_that_depend_on_secret_namespace_and_room() -> None:
    code = codes.make()
    seen = [
        codes.hashes(code),
        ResumeCodes(KEYS, "other").hashes(code),
        ResumeCodes(Keys(["a secret of these tests"], "staging"), "main").hashes(code),
        ResumeCodes(Keys(["another secret of ours"], "vwr"), "main").hashes(code),
        [codes.attempt(code)],
    ]
    assert len({hashed for (hashed,) in seen}) == 5
    assert all(len(hashed) == 32 and code not in hashed for (hashed,) in seen)


def test_a_code_made_before_the_secret_was_rotated_is_found_after() -> None:
    code = codes.make()
    assert codes.hashes(code)[0] in ResumeCodes(ROTATED, "main").hashes(code)


def test_any_text_can_name_an_attempt() -> None:
    assert codes.attempt("") == ""
    assert len({codes.attempt(text) for text in ("a", "b", "\ud800", "\x00")}) == 4


@pytest.mark.parametrize("device", [1, 2, DEVICES_MOST, GIVEN_UP])
def test_the_ticket_of_a_moved_place_says_which_device_it_is_of(device: int) -> None:
    tickets = Tickets(KEYS, "main")
    moved = replace(TICKET, device=device)
    text = tickets.sign(moved)
    assert len(text) == 76
    assert tickets.read(text) == moved
    assert tickets.read(text[:-1] + ("A" if text[-1] != "A" else "B")) is None


def test_a_place_that_never_moved_has_the_ticket_that_earlier_releases_read() -> None:
    assert len(Tickets(KEYS, "main").sign(TICKET)) == 72


def test_a_body_of_one_version_in_the_length_of_another_is_no_ticket() -> None:
    tickets = Tickets(KEYS, "main")
    signed = tickets._signer.sign(  # only we could sign so, and never do
        base64_encode(MOVED_BODY.pack(1, bytes(8), 1, 1, 1, 1))
    )
    assert tickets.read(signed.decode()) is None


def test_a_token_remembers_the_device() -> None:
    tokens = Tokens(KEYS, "vwr", "main")
    first = AccessToken(TICKET.room_id, 3, 17, 100, 160, True, device=2)
    assert tokens.read(tokens.mint(first)) == first
    confirmed = replace(first, first=False)
    assert tokens.read(tokens.mint(confirmed)) == confirmed


def knows(*rows: tuple[int, int]) -> Devices:
    known = Devices()
    known.generation = 1
    for position, device in rows:
        known.note(1, position, device)
    return known


def test_a_worker_knows_whose_a_place_is() -> None:
    known = knows((5, 2), (6, GIVEN_UP))
    lost = [known.lost_by(Place(1, 5, device)) for device in (0, 1, 2, 3)]
    assert lost == ["moved", "moved", "", ""]
    assert known.lost_by(Place(1, 6)) == known.lost_by(Place(1, 6, 7)) == "left"
    assert known.lost_by(Place(1, 7)) == ""
    assert known.lost_by(Place(2, 7, GIVEN_UP)) == "left"  # the ticket says so itself


def test_what_a_worker_heard_is_not_taken_back_by_a_snapshot_that_was_on_its_way() -> None:
    known = knows((5, 2))
    known.note(1, 5, 1)
    assert known.lost_by(Place(1, 5, 1)) == "moved"
    known.note(0, 5, 9)
    known.note(1, 6, 1)
    assert [known.lost_by(Place(1, 5, device)) for device in (1, 2)] == ["moved", ""]


def test_a_new_generation_begins_with_every_place_at_its_first_device() -> None:
    known = knows((5, 2))
    known.note(2, 6, 1)
    assert (known.lost_by(Place(2, 5)), known.lost_by(Place(2, 6))) == ("", "moved")
    assert known.lost_by(Place(1, 6)) == known.lost_by(Place(3, 6)) == ""  # another place
    known.forget()
    assert not known


def test_the_devices_of_the_latest_generations_are_remembered_and_no_more() -> None:
    known = knows((5, 2))
    for number in range(1, devices.FORMER_MOST + 2):
        known.note(1 + 2 * number, 6, 1)  # between them was one in which nothing moved
        assert known.lost_by(Place(1, 5)) == ("moved" if number <= devices.FORMER_MOST else "")
    known.forget()
    assert not known.former


def test_a_worker_takes_the_stores_list_and_asks_on_from_its_end(clock: Clock) -> None:
    room = Room(MemoryStore(clock), clock, {"mode": "queue"})
    room.look()
    room.join(2)
    room.keep_code(1, "code")
    room.move("code")
    known = Devices()
    known.take(room.look())
    assert (known.lost_by(Place(1, 1)), known.number) == ("moved", 1)
    known.take(room.look(moved_after=1))
    assert known.lost_by(Place(1, 1)) == "moved"
    room.reset()
    known.take(room.look(moved_after=1))
    assert not known


def test_a_worker_remembers_the_latest_of_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "KNOWN_MOST", 2)
    known = knows((1, 1), (2, 1), (1, 2), (3, 1))
    assert list(known) == [1, 3]


def test_places_too_many_are_forgotten_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "KNOWN_MOST", 50)
    known = knows(*((position, 1) for position in range(1, 51)))
    assert len(known) == 50
    known.note(known.generation, 51, 1)
    assert list(known) == list(range(7, 52))
