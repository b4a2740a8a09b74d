"""The panel's catalogues: none of them lacks a text, and no text of a page is left out of them."""

import re
from functools import cache
from gettext import c2py
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.panel.conftest import Open
from tests.support.panel import GIVEN, PAGE, Operator, signed_in
from tools.panel_catalogues import LOCALE, Text, catalogue, english, said_in, templates, texts
from vwr_middleware.pages.languages import Languages
from vwr_middleware.panel.language import DOMAIN, number, percent, speaking

CODES = sorted(path.parts[-3] for path in LOCALE.glob("*/LC_MESSAGES/panel.po"))
TEMPLATES = templates()
#: What stands for itself in every language.
SAME_EVERYWHERE = {"max_active", "per_minute", "inlet", "UTC", "API", "CSV", "JSON"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name and '"' not in name}


@cache
def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


@cache
def wanted() -> list[Text]:
    """All texts: to find them takes a second."""
    return texts()


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_every_text_and_no_other_with_its_placeholders(code: str) -> None:
    known = said_in(read(catalogue(code)))
    assert set(known) == set(map(english, wanted()))
    for text in wanted():
        said = known[english(text)]
        assert isinstance(said, tuple) == isinstance(text, tuple), text
        if isinstance(text, str):
            assert said and placeholders(str(said)) == placeholders(text), text


#: The catalogues of both: of visitors and of operators.
BOTH = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_catalogue_has_the_plural_forms_of_its_language(path: Path) -> None:
    """As CLDR knows them, which browsers go by: a form for each of its categories of numbers."""
    found = read(path)
    category = Locale.parse(path.parts[-3], sep="-").plural_form
    form = c2py(found.plural_expr)
    pairs = {(category(n), form(n)) for n in range(200)}
    assert len(pairs) == len(dict(pairs)) == found.num_plurals
    assert {index for _, index in pairs} == {*range(found.num_plurals)}


@pytest.mark.parametrize("path", BOTH, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_each_plural_form_has_its_placeholders(path: Path) -> None:
    """A form that goes with a single number may leave that and any lower one out."""
    found = read(path)
    form = c2py(found.plural_expr)
    numbers = [[n for n in range(200) if form(n) == at] for at in range(found.num_plurals)]
    for message in found:
        if not isinstance(message.id, tuple):
            continue
        one, many = map(placeholders, message.id)
        forms = [*(message.string or ())]
        assert len(forms) == found.num_plurals, message.id
        for text, its in zip(forms, numbers, strict=True):
            least = many if len(its) > 1 else (one & many) - {"n", "low"}
            assert text and least <= placeholders(text) <= many, (message.id, text)


@pytest.mark.parametrize("code", CODES)
def test_no_translation_is_one_in_doubt(code: str) -> None:
    found = read(catalogue(code))
    assert [message.id for message in found if message.id and message.fuzzy] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_text_of_a_page_is_outside_of_the_catalogues(path: Path) -> None:
    source = path.read_text()
    for pattern in (r"{#.*?#}", r"{%.*?%}", r"{{.*?}}", r"<code>.*?</code>", r"<!doctype html>"):
        source = re.sub(pattern, " ", source, flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", "\n", source)
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', source)
    words = {word for text in (shown, *attributes) for word in re.findall(r"[A-Za-z_]{3,}", text)}
    assert words - SAME_EVERYWHERE - {"sold", "out"} == set()


def test_the_panel_speaks_what_the_browser_or_the_operator_says(open_it: Open) -> None:
    operator = signed_in(open_it(**GIVEN))
    german = {**PAGE, "Accept-Language": "de-AT, en;q=0.5"}
    page = operator.client.get("/vwr-admin/rooms/main", headers=german).text
    assert '<html lang="de" dir="ltr">' in page and "Änderungsprotokoll" in page
    chosen = operator.client.post("/vwr-admin/language", data={"lang": "en", "next": "/rooms/main"})
    assert chosen.headers["location"] == "/vwr-admin/rooms/main"
    assert "Audit log" in operator.client.get("/vwr-admin/rooms/main", headers=german).text
    operator.client.post("/vwr-admin/language", data={"lang": "x", "next": "//evil.example"})
    assert '<html lang="de"' in operator.client.get("/vwr-admin/", headers=german).text


def test_what_a_button_asks_and_says_is_in_the_same_language_and_the_api_in_english(
    open_it: Open,
) -> None:
    operator = signed_in(open_it(**GIVEN))
    form = {"csrf": operator.csrf, "mode": "off"}
    headers = {"Accept": "application/json", "Accept-Language": "de"}
    asked = operator.client.post("/vwr-admin/rooms/main/set", data=form, headers=headers).json()
    assert asked["hazards"] == [
        "Alle gehen durch, ohne zu warten. Keine Grenze schützt die App mehr."
    ]
    bearer = {"Authorization": f"Bearer {GIVEN['admin_api_key']}", "Accept-Language": "de"}
    answer = operator.client.post(
        "/vwr-admin/api/rooms/main/hazards", json={"mode": "off"}, headers=bearer
    )
    assert answer.json()["hazards"][0].startswith("Everybody passes without waiting.")


def test_somebody_who_has_not_signed_in_may_choose_too(open_it: Open) -> None:
    operator = Operator.at(open_it(**GIVEN))
    operator.client.post("/vwr-admin/language", data={"lang": "de"})
    assert "Passwort" in operator.open("/").text


@pytest.mark.parametrize(
    ("code", "value", "digits", "text"),
    [
        ("en", 12345.5, 1, "12,345.5"),
        ("de", 12345.5, 1, "12.345,5"),
        ("de", 1234, 0, "1.234"),
        ("de", 0.25, 2, "0,25"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    code: str, value: float, digits: int, text: str
) -> None:
    with speaking(Languages(domain=DOMAIN)[code]):
        assert number(value, digits) == text


@pytest.mark.parametrize(("code", "text"), [("en", "7 %"), ("tr", "% 7"), ("ko", "7%")])
def test_a_part_is_written_as_the_language_writes_it(code: str, text: str) -> None:
    with speaking(Languages(domain=DOMAIN)[code]):
        assert percent(0.07) == text


def test_a_language_is_spoken_only_as_long_as_its_answer_is_made() -> None:
    with pytest.raises(ZeroDivisionError), speaking(Languages(domain=DOMAIN)["de"]):
        raise ZeroDivisionError
    assert number(12345) == "12,345"
