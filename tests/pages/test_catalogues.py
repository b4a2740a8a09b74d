"""The catalogues that ship: none of them lacks a text, and the script reads them alike."""

import re
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
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
    ("{n} person is ahead of you.", "{n} people are ahead of you."),
    ("{n} minute", "{n} minutes"),
    ("{n} hour", "{n} hours"),
    ("{n} second", "{n} seconds"),
    ("in {n} minute", "in {n} minutes"),
    ("in {low} to {n} minute", "in {low} to {n} minutes"),
    ("in {n} hour", "in {n} hours"),
    ("in {low} to {n} hour", "in {low} to {n} hours"),
    (
        "{n} person has gone in during the last minute.",
        "{n} people have gone in during the last minute.",
    ),
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


def test_no_text_has_a_stray_space_or_a_straight_quote_around_it() -> None:
    for path in CATALOGUES:
        for message in read(path):
            for text in forms(message):
                assert text == text.strip() or not message.id, (path, text)
                assert not re.search(r"  ", text), (path, text)


def test_french_marks_never_begin_a_line() -> None:
    (path,) = (path for path in CATALOGUES if path.parts[-3] == "fr")
    for message in read(path):
        for text in forms(message):
            assert not message.id or not re.search(r" [:;?!»]|« ", text), text


@pytest.mark.parametrize("code", ["es", "it", "pt"])
def test_no_article_stands_before_a_time_that_it_may_not_fit(code: str) -> None:
    """It would be another before one o'clock, and in Italian before the 8th and 11th."""
    (path,) = (path for path in CATALOGUES if path.parts[-3] == code)
    for message in read(path):
        for text in forms(message):
            assert not re.search(r"\b(las?|alle|às|il) \{time\}", text), text


@pytest.mark.parametrize(
    ("code", "minutes", "hours"),
    [
        ("ar", "خلال دقيقة إلى دقيقتين", "خلال ساعة إلى ساعتين"),
        ("he", "בעוד דקה עד שתי דקות", "בעוד שעה עד שעתיים"),
    ],
)
def test_one_and_two_are_words_where_a_language_has_a_form_for_them(
    code: str, minutes: str, hours: str
) -> None:
    words = Words(Languages()[code])
    assert words.wait((60, 100)) == minutes
    assert words.wait((3600, 7200)) == hours


@pytest.mark.parametrize("language", list(Languages()), ids=lambda language: language.code)
def test_the_script_finds_the_form_that_the_catalogue_means(language: Language) -> None:
    """As the script does it, with Babel's rules in the place of the browser's."""
    select = Locale.parse(language.code, sep="-").plural_form
    for one, many in sorted(PLURALS):
        lowest = 2 if "{low}" in one else 1
        forms = language.forms(one, many, lowest)
        for n in range(lowest, 200):
            found = next((forms[sample] for sample in forms if select(sample) == select(n)), None)
            assert found == language.ngettext(one, many, n), n


def test_what_ships_is_built_from_what_is_written() -> None:
    outdated = [str(path) for path, content in built() if path.read_bytes() != content]
    assert outdated == [], "run: python -m tools.build_assets"
