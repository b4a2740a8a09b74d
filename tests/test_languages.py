"""Languages: which one a visitor gets, and that none of them lacks a text."""

import re
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.support.servers import ROOT
from tools.build_assets import built
from vwr_middleware.pages.languages import Language, Languages
from vwr_middleware.pages.wording import Words

CATALOGUES = sorted((ROOT / "vwr_middleware" / "locale").glob("*/LC_MESSAGES/vwr.po"))
#: What stands for itself: not in a template nor in wording.py.
OF_LANGUAGES = {"English", "12,345"}
#: Singular and plural of texts with numbers.
PLURALS = {
    ("{n} minute", "{n} minutes"),
    ("{low} to {n} minute", "{low} to {n} minutes"),
    ("{n} hour", "{n} hours"),
    ("{low} to {n} hour", "{low} to {n} hours"),
}


def texts_of_templates() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "templates").glob("waiting*.html"):
        source = BytesIO(path.read_bytes())
        found.update(str(text) for _, _, text, _ in babel_extract(source, ["_"], [], {}))
    return found


def texts_of_wording() -> set[str]:
    with (ROOT / "vwr_middleware" / "pages" / "wording.py").open("rb") as file:
        return {str(text) for _, text, _, _ in extract("python", file, keywords={"_": None})}


def texts() -> set[str]:
    plural = {text for pair in PLURALS for text in pair}
    return (texts_of_templates() | texts_of_wording() | OF_LANGUAGES) - plural


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def forms(message: Message) -> list[str]:
    """The text, or all its plural forms."""
    if isinstance(message.string, str):
        return [message.string]
    return list(message.string or [])


@pytest.fixture(scope="module")
def languages() -> Languages:
    """The languages that ship."""
    return Languages()


def test_thirteen_languages_ship(languages: Languages) -> None:
    assert {language.code for language in languages} == {
        "ar",
        "de",
        "en",
        "es",
        "fr",
        "he",
        "it",
        "ja",
        "ko",
        "nl",
        "pt",
        "zh-Hans",
        "zh-Hant",
    }


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_every_text_and_no_other(path: Path) -> None:
    catalogue = read(path)
    assert {message.id for message in catalogue if message.id} == texts() | PLURALS


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_text_is_translated_with_its_placeholders(path: Path) -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for message in read(path):
        if isinstance(message.id, str) and message.id:
            assert message.string, message.id
            assert not message.fuzzy
            assert names(str(message.string)) == names(message.id), message.id
        elif message.id:
            assert all(forms(message)), message.id


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_plural_with_the_most_uses_names_the_number(path: Path) -> None:
    for pair in PLURALS:
        message = read(path).get(pair[0])
        assert message is not None
        assert "{n}" in forms(message)[-1]


def test_what_ships_is_built_from_what_is_written() -> None:
    outdated = [str(path) for path, content in built() if path.read_bytes() != content]
    assert outdated == [], "run: python -m tools.build_assets"


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
        ("zh_HK", "zh-Hant"),
        ("pt-BR", "pt"),
        ("de;q=0,ja;q=0.1", "ja"),
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


def test_every_plural_form_goes_to_the_script_with_a_number_that_takes_it(
    languages: Languages,
) -> None:
    forms = languages["ar"].forms("{n} minute", "{n} minutes")
    assert list(forms) == [1, 2, 3, 11, 100]
    assert forms[3] == "{n} دقائق"


@pytest.mark.parametrize("code", sorted(language.code for language in Languages()))
def test_the_script_finds_the_form_that_the_catalogue_means(
    languages: Languages, code: str
) -> None:
    """As the script does it, with Babel's rules in the place of the browser's."""
    select = Locale.parse(code, sep="-").plural_form
    for (one, many), lowest in zip(sorted(PLURALS), (2, 2, 1, 1), strict=True):
        assert ("{low}" in one) == (lowest == 2)
        forms = languages[code].forms(one, many, lowest)
        for n in range(lowest, 200):
            found = next((forms[sample] for sample in forms if select(sample) == select(n)), None)
            assert found == languages[code].ngettext(one, many, n), n


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
    found = [language.code for language in Languages([tmp_path]) if language.name == "Mine"]
    assert found == ([code] if code else [])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known yet"),
        ((0, 0), "less than a minute"),
        ((20, 59), "less than a minute"),
        ((30, 60), "1 minute"),
        ((59, 61), "1 to 2 minutes"),
        ((130, 500), "2 to 9 minutes"),
        ((601, 1000), "10 to 20 minutes"),
        ((3000, 5400), "50 to 90 minutes"),
        ((5000, 5500), "1 to 2 hours"),
        ((7200, 7200), "2 hours"),
        ((90000, 200000), "25 to 56 hours"),
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
        (1000, "about 1,000"),
        (1049, "about 1,000"),
        (1050, "about 1,100"),
        (9999, "about 10,000"),
        (12_345, "about 12,000"),
        (123_456, "about 120,000"),
    ],
)
def test_people_ahead_are_exact_below_a_thousand_and_rounded_above(
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


def test_no_text_has_a_stray_space_or_a_straight_quote_around_it() -> None:
    for path in CATALOGUES:
        for message in read(path):
            for text in forms(message):
                assert text == text.strip() or not message.id, (path, text)
                assert not re.search(r"  ", text), (path, text)
