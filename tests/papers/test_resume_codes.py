"""Resume codes: how they are made, as people type them, and what a store sees of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwr_middleware.keys import Keys
from vwr_middleware.papers.resume_codes import ALPHABET, LENGTH, ResumeCodes, written

KEYS = Keys(["a secret of these tests"], "vwr")
ROTATED = Keys(["a newer secret of theirs", "a secret of these tests"], "vwr")

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
