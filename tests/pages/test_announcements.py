"""The operator's message in full: what may stand in it, who reads what of it, and what becomes
markup."""

from typing import Any

import pytest

from vwr_middleware.pages.announcements import Announcement, announced, checked

FULL: dict[str, Any] = {
    "text": "Row 3 is gone. [Other rows](/seats?from=4) are left.",
    "language": "en",
    "texts": {"de": "Reihe 3 ist weg.", "pt-BR": "A fila 3 acabou.", "ar": "نفد الصف 3."},
    "severity": "warning",
    "at": 1_767_268_800.0,
}


@pytest.mark.parametrize(
    ("code", "read"),
    [
        *(("en", "en"), ("de", "de"), ("ar", "ar"), ("pt", "pt-BR"), ("pt-BR", "pt-BR")),
        *(("de-at", "de"), ("fr", "en"), ("zh-Hant", "en"), ("", "en")),
    ],
)
def test_each_reads_the_text_of_their_language_or_the_first(code: str, read: str) -> None:
    assert checked(FULL).told_in(code)[0] == read


def test_a_text_stands_on_the_page_with_its_language_its_direction_and_the_time() -> None:
    page = checked(FULL).as_html("ar")
    assert page.startswith('<span lang="ar" dir=rtl data-id=')
    time = "<time dir=auto datetime=2026-01-01T12:00Z>12:00 UTC</time>"
    assert f"class=warning>{time} نفد الصف 3.</span>" in page
    assert Announcement("A", at=0.0).as_html("ar").startswith("<span dir=auto data-id=")


def test_a_link_leads_to_the_own_site_in_a_tab_of_its_own() -> None:
    page = checked(FULL).as_html("en")
    assert '<a href="/seats?from=4" target=_blank>Other rows</a> are left.</span>' in page


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)>",
        '[<b onclick="x">now</b>](/a)',
        "[now](/a'onmouseover='alert(1))",
        '[now](/a"onmouseover="alert(1)")',
        "& < > \" '",
    ],
)
def test_nothing_in_it_becomes_markup(hostile: str) -> None:
    page = Announcement(hostile, "en", at=0.0).as_html("en")
    tags = [part.partition(">")[0] for part in page.split("<")[1:]]
    assert {tag.split(" ")[0] for tag in tags} <= {"span", "/span", "time", "/time", "a", "/a"}
    assert "onmouseover=alert" not in page and "'onmouse" not in page and '"onmouse' not in page


@pytest.mark.parametrize(
    ("target", "told"),
    [
        *((target, "has a link that leads to") for target in (
            "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert",
            "data:text/html,x", "seats", "", "/\x01", "/plätze", "\\/evil.example",
        )),
        ("javascript:alert(1)", "has a link that cannot be read"),
        ("/a b", "has a link that cannot be read"),
        ("/a(b", "has a link that cannot be read"),
        ("java\tscript:alert(1)", "has a link that cannot be read"),
    ],
)  # fmt: skip
def test_no_link_leads_elsewhere(target: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        checked({"text": f"See [this]({target})"})
    # What another release, or somebody at the store, has written there: it is no link.
    assert "<a" not in Announcement(f"See [this]({target})", "en").as_html("en")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (7, "must be like"),
        ({}, "text must be text of 1 to 1000"),
        ({"text": " "}, "text must be text of 1 to 1000"),
        ({"text": "x" * 1001}, "text must be text of 1 to 1000"),
        ({"text": "\ud800"}, "UTF-8"),
        ({"text": "a", "texts": {"de": ""}}, "texts.de must be text"),
        ({"text": "a", "texts": ["de"]}, "texts must be like"),
        ({"text": "a", "texts": {"german": "b"}}, "'german' is no language"),
        ({"text": "a", "language": 7}, "'7' is no language"),
        ({"text": "a", "language": "de", "texts": {"DE": "b"}}, "each language can have one text"),
        ({"text": "a", "severity": "loud"}, "severity must be one of info, warning, urgent"),
        ({"text": "a", "at": True}, "at must be a time"),
        ({"text": "a", "at": 1e15}, "at must be in seconds"),
        (
            {"text": "a", "texts": {f"a{n:c}": "x" * 900 for n in range(97, 105)}},
            "7,201 characters",
        ),
        ({"text": "a", "texts": {f"a{n:c}": "x" for n in range(97, 122)}}, "more than 24"),
        ({"text": "a", "colour": "red"}, "colour is not one of text, language"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(given: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        checked(given)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError) as caught:
        checked({"text": "", "severity": "loud", "texts": {"de": "[a](http://b)"}})
    assert all(name in str(caught.value) for name in ("text must", "severity must", "texts.de has"))


def test_programs_get_text_and_links_apart() -> None:
    told = checked(FULL).as_json("en")
    assert told["message"] == "Row 3 is gone. Other rows are left."
    assert told["parts"] == [
        {"text": "Row 3 is gone. "},
        {"text": "Other rows", "href": "/seats?from=4"},
        {"text": " are left."},
    ]
    assert (told["severity"], told["at"]) == ("warning", 1_767_268_800.0)
    assert told["languages"] == ["en", "ar", "de", "pt-BR"]
    assert checked(FULL).as_json("ar")["direction"] == "rtl"


def test_a_plain_message_of_an_earlier_release_is_words_and_nothing_else() -> None:
    old = announced({"message": "Row [3](/x) & <b>"})
    assert old is not None
    assert (old.message, old.shown_id) == ("Row [3](/x) & <b>", "")
    assert old.as_html("en") == "Row [3](/x) &amp; &lt;b&gt;"
    assert announced({"message": None, "announcement": FULL}) is None
    assert announced({}) is None


@pytest.mark.parametrize(
    "kept", [None, {}, {"text": "Another one"}, {"text": "Row 3", "colour": "red"}, [1], "Row 3"]
)
def test_words_that_were_changed_by_an_earlier_release_count_alone(kept: object) -> None:
    found = announced({"message": "Row 3", "announcement": kept})
    assert found == Announcement("Row 3", is_literal=True) or kept == "Row 3"


def test_each_message_has_an_id_of_its_own() -> None:
    ids = {checked({**FULL, **more}).id for more in ({}, {"text": "b"}, {"severity": "urgent"})}
    assert len(ids) == 3
    assert checked(FULL).id == checked(dict(reversed(FULL.items()))).id


@pytest.mark.parametrize("given", [{"severity": {}}, {"texts": None}, {"language": 0}])
def test_what_is_empty_in_another_way_is_no_default(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is wrong"):
        checked({"text": "Row 3 is gone.", **given})
