"""What every answer of the panel has, and the addresses that it has none for."""

import re

import pytest

from tests.support.doors import Door
from tests.support.panel import PAGE, Operator, signed_in

#: On every answer of the panel.
EXPECTED = {
    "cache-control": "private, no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def test_no_answer_of_the_panel_is_kept_framed_or_scripted_by_others(door: Door) -> None:
    operator = signed_in(door)
    for path in ("/", "/rooms/main", "/rooms/main/live", "/sign-in", "/api/rooms", "/nothing"):
        headers = operator.open(path).headers
        assert {name: headers.get(name) for name in EXPECTED} == EXPECTED, path
        assert {"Cookie", "Accept", "Authorization"} <= set(headers["vary"].split(", "))


def test_a_page_holds_no_script_style_or_handler_of_its_own(door: Door) -> None:
    text = signed_in(door).open().text
    assert "<script>" not in text and "style=" not in text and not re.search(r"\son\w+=", text)


def test_names_and_messages_are_shown_as_text(door: Door) -> None:
    operator = Operator.at(door)
    operator.sign_in(name="<b>Ann</b>\x07")
    operator.open()
    operator.act("set", message="<script>alert(1)</script>")
    text = operator.open().text
    assert "<b>Ann" not in text and "<script>alert" not in text and "\x07" not in text


@pytest.mark.parametrize(
    "path",
    ["/rooms", "/rooms/main/", "/static/x.css", "/api"],
)
def test_what_is_not_there_is_not_found(door: Door, path: str) -> None:
    operator = signed_in(door)
    assert operator.client.get(f"/vwr-admin{path}", headers=PAGE).status_code == 404


def test_the_panels_path_without_a_slash_leads_to_the_panel(door: Door) -> None:
    assert Operator.at(door).open("").headers["location"] == "/vwr-admin/"


@pytest.mark.parametrize("kind", ["css", "js"])
def test_styles_and_script_are_kept_for_a_year_and_by_another_releases_name_for_minutes(
    door: Door, kind: str
) -> None:
    operator = Operator.at(door)
    (address,) = re.findall(rf"/static/panel\.\w+\.{kind}", operator.open("/").text)
    other = re.sub(r"\.\w+\.", ".0123456789.", address)
    for path, kept in ((address, "max-age=31536000, immutable"), (other, "max-age=300")):
        assert operator.open(path).headers["cache-control"] == f"public, {kept}"
