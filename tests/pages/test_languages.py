"""Languages: which one a visitor gets, and how it says numbers."""

from datetime import UTC, datetime
from gettext import NullTranslations
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from vwr_middleware.pages.languages import Language, Languages
from vwr_middleware.pages.wording import Words


@pytest.fixture(scope="module")
def languages() -> Languages:
    """The languages that ship."""
    return Languages()


def test_seventeen_languages_ship(languages: Languages) -> None:
    codes = "ar de en es fr he hi it ja ko nl pl pt tr uk zh-Hans zh-Hant"
    assert {language.code for language in languages} == set(codes.split())


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("xx,fr;q=0.5,en;q=0.2", "fr"),
        ("en-GB,de;q=0.9", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW,zh;q=0.8", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("yue-HK", "zh-Hant"),
        ("yue-Hans-CN", "zh-Hans"),
        ("iw-IL,iw;q=0.9,en;q=0.8", "he"),
        ("pt-BR", "pt"),
        ("de;q=0,ja;q=0.1", "ja"),
        ("xx,de;q=0", "en"),
        ("*", "en"),
        ("\x00;;q=,,,", "en"),
    ],
)
def test_the_browsers_wish_chooses_the_language(
    languages: Languages, header: str, code: str
) -> None:
    assert languages.best(header) == code


def test_a_choice_on_the_page_goes_before_the_browsers_wish(languages: Languages) -> None:
    assert languages.best("de", "ja") == "ja"
    assert languages.best("de", "xx") == "de"
    assert languages.best("de", "../../etc") == "de"


def test_a_huge_header_is_no_trouble(languages: Languages) -> None:
    assert languages.best("de," * 100_000) == "de"


def test_arabic_and_hebrew_run_from_right_to_left(languages: Languages) -> None:
    found = {language.code for language in languages if language.direction == "rtl"}
    assert found == {"ar", "he"}


@pytest.mark.parametrize(
    ("code", "number"),
    [("en", "1,234,567"), ("de", "1.234.567"), ("fr", "1\u202f234\u202f567")],
)
def test_numbers_are_grouped_as_the_language_does(
    languages: Languages, code: str, number: str
) -> None:
    assert Words(languages[code]).number(1_234_567) == number


def test_dates_are_written_as_the_language_does_with_their_zone(languages: Languages) -> None:
    """Beside what Babel knows of each; English as the British write it, with the day first."""
    for language in languages:
        words, locale = Words(language), "en_GB" if language.code == "en" else language.code
        for month in range(1, 13):
            day = datetime(2026, month, 1, 13, 5, tzinfo=UTC)
            told = words.date(day.timestamp())
            expected = format_date(day, "long", Locale.parse(locale.replace("-", "_")))
            assert told.startswith(expected), language.code
            assert told.endswith(" 13:05 UTC")
    assert words.date(None) == ""


def test_a_catalogue_that_names_too_few_months_harms_nothing() -> None:
    class Few(NullTranslations):
        def gettext(self, text: str) -> str:
            return "januaro|februaro" if text.startswith("January|") else text

    assert Words(Language("eo", Few())).date(0.0) == "1 January 1970 at 00:00 UTC"


def test_every_plural_form_goes_to_the_script_with_a_number_that_takes_it(
    languages: Languages,
) -> None:
    forms = languages["ar"].forms("{n} minute", "{n} minutes")
    assert list(forms) == [1, 2, 3, 11, 100]
    assert forms[3] == "{n} دقائق"


@pytest.mark.parametrize("code", ["ps", "ckb", "yi", "ug", "sd", "dv", "fa", "ur", "ar-EG"])
def test_languages_of_users_may_run_from_right_to_left(code: str) -> None:
    assert Language(code, NullTranslations()).direction == "rtl"


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("de_AT", "de-AT"),
        ("sr@latin", "sr"),
        ("pt_BR.UTF-8", "pt-BR"),
        ("zh_Hant_HK", "zh-Hant-HK"),
        ("ca-valencia", "ca-valencia"),
        ("es_419", "es-419"),
        ("yue", "yue"),
        ("english", None),
        ("x", None),
    ],
)
def test_a_users_catalogue_has_a_tag_that_browsers_understand(
    tmp_path: Path, folder: str, code: str | None
) -> None:
    catalogue = Catalog()
    catalogue.add("English", "Mine")
    path = tmp_path / "locale" / folder / "LC_MESSAGES" / "vwr.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    languages = Languages([tmp_path])
    assert [one.code for one in languages if one.name == "Mine"] == ([code] if code else [])
    assert not code or languages.best(code) == code


def test_a_catalogue_of_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "locale" / "eo" / "LC_MESSAGES" / "django.mo"
    other.parent.mkdir(parents=True)
    other.touch()
    assert "eo" not in {one.code for one in Languages([tmp_path])}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known yet"),
        ((0, 0), "in less than a minute"),
        ((20, 59), "in less than a minute"),
        ((30, 60), "in 1 minute"),
        ((59, 61), "in 1 to 2 minutes"),
        ((130, 500), "in 2 to 9 minutes"),
        ((601, 1000), "in 10 to 20 minutes"),
        ((3000, 5400), "in 50 to 90 minutes"),
        ((1700, 5426), "in 25 to 95 minutes"),
        ((3599, 12_001), "in 55 to 205 minutes"),
        ((3600, 4000), "in 1 to 2 hours"),
        ((5000, 5500), "in 1 to 2 hours"),
        ((7200, 7200), "in 2 hours"),
        ((90000, 200000), "in 25 to 56 hours"),
    ],
)
def test_a_wait_is_told_as_a_range_rounded_outwards(
    languages: Languages, seconds: tuple[int, int] | None, text: str
) -> None:
    assert Words(languages["en"]).wait(seconds) == text


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (None, "not known yet"),
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (123_456, "123,456"),
    ],
)
def test_how_many_are_ahead_is_told_exactly(
    languages: Languages, ahead: int | None, text: str
) -> None:
    assert Words(languages["en"]).people(ahead) == text


def test_a_user_adds_a_language_with_a_file(tmp_path: Path) -> None:
    catalogue = Catalog("eo")
    catalogue.add("You are in line", "Vi estas en la vico")
    catalogue.add("English", "Esperanto")
    folder = tmp_path / "locale" / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "vwr.mo").open("wb") as file:
        write_mo(file, catalogue)
    languages = Languages([tmp_path])
    words = Words(languages[languages.best("eo")])
    assert words.phases["waiting"][0] == "Vi estas en la vico"
    assert words.wait(None) == "not known yet", "what is missing stands in English"
    assert "Esperanto" in [language.name for language in languages]
