"""How numbers, lengths of time and settings are written for people."""

import pytest

from vwr_middleware.panel.words import count, duration, in_words, read_place


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (0, "0"), (7.5, "7.5"), (1234, "1,234"), (1234.0, "1,234")]
)
def test_numbers_have_their_thousands_apart_and_a_fraction_if_there_is_one(
    value: float | None, text: str
) -> None:
    assert count(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (99, "99 s"),
        (100, "2 min"),
        (3600, "60 min"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
        (400_000, "4 days"),
    ],
)
def test_lengths_of_time_are_told_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("max_active", 5000, "5,000"),
        ("per_minute", None, "none"),
        ("renew", False, "no"),
        ("opens_at", 2_051_222_400, "2035-01-01 00:00 UTC"),
        ("inlet", {"kind": "periodic", "count": 5, "every": 60.0}, "periodic, count 5, every 60"),
        ("message", "Sold out", "Sold out"),
        ("lanes", {"members": 0.3, "press": 0.07}, "members 30 %, press 7 %"),
    ],
)
def test_settings_are_told_as_people_write_them(name: str, value: object, text: str) -> None:
    assert in_words(value, name) == text


@pytest.mark.parametrize(
    "text",
    [
        *("11981", "11,981", "11.981", "11 981", "11\u202f981", "11\xa0981", "11'981"),
        *("#11981", "# 11981", "No. 11981", "no 11,981", "\u2116 11981", " 11981 "),
        *(
            "11\u2019981",
            "\uff11\uff11\uff19\uff18\uff11",
            "\uff03\uff11\uff11\uff0c\uff19\uff18\uff11",
        ),
        *(
            "Nr. 11.981",
            "n\u00b0 11 981",
            "11\u00b7981",
            "11981.",
            "\u0661\u0661\u060c\u0669\u0668\u0661",
        ),
        *("\u0661\u0661\u066c\u0669\u0668\u0661", "\u0967\u0967\u096f\u096e\u0967"),
    ],
)
def test_a_place_is_read_as_people_read_it_out(text: str) -> None:
    assert read_place(text) == 11981


def test_a_place_is_read_as_it_is_grouped_in_india() -> None:
    assert read_place("1,19,811") == read_place("#\u0967,\u0967\u096f,\u096e\u0967\u0967") == 119811


@pytest.mark.parametrize(
    "text", ["", "3-17", "1.5", "11,98", "1 2", "a11", "11981a", "-5", "9" * 19]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert read_place(text) is None
